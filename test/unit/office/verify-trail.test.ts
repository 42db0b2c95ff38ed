import { beforeEach, describe, expect, it } from 'vitest';
import { revokeKiosks } from '../../../lib/admin/kiosks.ts';
import { needPublished } from '../../../lib/admin/publish.ts';
import { type VerifyOptions, verifyTrail } from '../../../lib/admin/verify-trail.ts';
import { withdrawKeys } from '../../../lib/admin/withdraw-keys.ts';
import { electionIdSchema } from '../../../schema/wire/ids.ts';
import { testDefinition } from '../../support/election.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';

const id = electionIdSchema.parse('town-2026');
const demo = electionIdSchema.parse('demo');
const verify = ({ office }: FakeOffice, options: Partial<VerifyOptions> = {}) =>
  verifyTrail(office, { keptHead: null, evidence: null, ...options });

/** As `npm start` publishes its demonstration: with no word in the trail. */
function publishPast(fake: FakeOffice, changes: Record<string, unknown> = {}): void {
  fake.objects.set('elections/demo/v1.json', JSON.stringify(testDefinition({ election: demo, ...changes })));
  fake.objects.set('elections/demo/latest.json', '{"version":1}');
}

describe('an election that was published past the office', () => {
  const seal = { action: 'ballots.sealed', election: demo, details: { ballots: 3, sha256: 'a' } } as const;
  const roll = { action: 'roll.imported', election: demo, details: { added: 1 } } as const;

  it('is only noted on one machine, whatever else the office did with it', async () => {
    const fake = createFakeOffice({ hasUnofficial: true });
    publishPast(fake);
    expect(await verify(fake)).toMatchObject({
      faults: [],
      notes: [expect.stringContaining('past the office')],
    });
    await fake.office.trail.append(seal);
    await fake.office.trail.append(roll);
    await revokeKiosks(fake.office, demo, ['A'.repeat(22)], true);
    expect(await verify(fake)).toMatchObject({
      faults: [],
      notes: [expect.stringContaining('past the office'), expect.anything()],
    });
    fake.objects.set('elections/demo/revoked-kiosks-1.json', '{}');
    expect((await verify(fake)).faults).toEqual([
      'list 1 of revoked kiosks of demo is not what was published',
    ]);
  });

  it('is a fault in AWS, where there are none', async () => {
    const fake = createFakeOffice();
    publishPast(fake);
    await fake.office.trail.append(seal);
    expect((await verify(fake)).faults).toEqual([
      'version 1 of demo is in effect; the trail says that none was published',
    ]);
  });

  it('is a fault when it cannot be used', async () => {
    const fake = createFakeOffice({ hasUnofficial: true });
    publishPast(fake, { closesAt: '2020-01-01T00:00:00Z' });
    expect((await verify(fake)).faults).toEqual([
      'version 1 of demo is in effect and cannot be used: closesAt: must be later than opensAt; mend its file and publish that',
    ]);
  });
});

describe('what the office published', () => {
  let fake: FakeOffice;
  beforeEach(async () => {
    fake = createFakeOffice({ hasUnofficial: true });
    await publishNow(fake.office, draftOf(id));
  });

  it('follows from the trail, and is a fault when somebody else publishes a version', async () => {
    expect(await verify(fake)).toMatchObject({ faults: [], notes: [] });
    fake.objects.set(`elections/${id}/v2.json`, fake.objects.get(`elections/${id}/v1.json`) ?? '');
    fake.objects.set(`elections/${id}/latest.json`, '{"version":2}');
    expect((await verify(fake)).faults).toEqual([
      `version 2 of ${id} is in effect and cannot be used: definition: is version 1 of ${id}; mend its file and publish that`,
      `version 2 of ${id} is in effect; the trail says version 1`,
    ]);
  });

  it('was sealed by whoever says so: a note for each seal that nothing is held against', async () => {
    for (const sha256 of ['a', 'b'])
      await fake.office.trail.append({
        action: 'ballots.sealed',
        election: id,
        details: { ballots: 3, sha256 },
      });
    const noted = async (evidence: string | null) =>
      (await verify(fake, { evidence })).notes.map((note) => /SHA-256 (\w+)/.exec(note)?.[1]);
    expect(await noted(null)).toEqual(['a', 'b']);
    expect(await noted('b')).toEqual(['a']);
  });
});

describe('a withdrawn key', () => {
  let fake: FakeOffice;
  let keyId: string;
  beforeEach(async () => {
    fake = createFakeOffice();
    await publishNow(fake.office, draftOf(id));
    keyId = (await needPublished(fake.office, id)).definition.regions[0]?.passKeys[0]?.keyId ?? '';
  });
  const record = `keys/${id}.json`;
  const edit = (from: RegExp | string, to: string) =>
    fake.objects.set(record, (fake.objects.get(record) ?? '').replace(from, to));

  it('is a fault where it is forgotten, or withdrawn by nobody', async () => {
    edit('"withdrawn":[]', `"withdrawn":["${keyId}"]`);
    expect((await verify(fake)).faults).toEqual([
      `the trail does not tell that key ${keyId} of ${id} was withdrawn`,
    ]);
    edit(`"withdrawn":["${keyId}"]`, '"withdrawn":[]');
    await withdrawKeys(fake.office, id, [keyId], Date.now());
    expect((await verify(fake)).faults).toEqual([]);
    edit(`"withdrawn":["${keyId}"]`, '"withdrawn":[]');
    expect((await verify(fake)).faults).toEqual([
      `key ${keyId} of ${id} was withdrawn, and the next version would bring it back`,
    ]);
  });

  it('is a fault while it is in effect', async () => {
    await withdrawKeys(fake.office, id, [keyId], Date.now());
    fake.objects.set(`elections/${id}/latest.json`, '{"version":1}');
    expect((await verify(fake)).faults).toEqual([
      `version 1 of ${id} is in effect; the trail says version 2`,
      `key ${keyId} of ${id} was withdrawn, and the version in effect still has it: npm run election -- withdraw-key ${id} ${keyId}`,
    ]);
  });
});
