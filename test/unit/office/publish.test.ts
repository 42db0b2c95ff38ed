import { beforeEach, describe, expect, it } from 'vitest';
import { closeElection } from '../../../lib/admin/close-election.ts';
import { needPublished, publishChange } from '../../../lib/admin/publish.ts';
import { describeElection, describeElections } from '../../../lib/admin/show.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';

const id = 'town-2026';
let fake: FakeOffice;
beforeEach(async () => {
  fake = createFakeOffice();
  await publishNow(fake.office, draftOf(id));
});

/** As somebody else, or an older program, left it. */
function spoil(version: number): void {
  const text = fake.objects.get(`elections/${id}/v1.json`) ?? '';
  const definition = { ...(JSON.parse(text) as object), version, closesAt: '2020-01-01T00:00:00Z' };
  fake.objects.set(`elections/${id}/v${version}.json`, JSON.stringify(definition));
  fake.objects.set(`elections/${id}/latest.json`, JSON.stringify({ version }));
}

describe('publishing', () => {
  it('refuses a change that nothing could use, says what to do, and leaves everything as it was', async () => {
    const before = new Map(fake.objects);
    const current = await needPublished(fake.office, id);
    const closesAt = new Date(Date.parse(current.definition.opensAt) - 1_000).toISOString();
    await expect(publishChange(fake.office, current, { closesAt }, Date.now())).rejects.toMatchObject({
      message: expect.stringContaining('change the election’s file'),
      details: ['closesAt: must be later than opensAt'],
    });
    expect(fake.objects).toEqual(before);
  });

  it.each<[string, (text: string) => string]>([
    ['has a mistake', () => ''],
    ['is no JSON', (text) => text.slice(1)],
    ['is of another election', (text) => text.replace(id, 'other')],
    ['is of another version', (text) => text.replace('"version":2', '"version":3')],
  ])(
    'mends what is in effect and %s, by the rules of the last version that could be used',
    async (_, change) => {
      spoil(2);
      const key = `elections/${id}/v2.json`;
      const text = change(fake.objects.get(key) ?? '');
      if (text !== '') fake.objects.set(key, text);
      const without = draftOf(id, (draft) => draft.replace(/\{ "id": "ben"[^}]*\},/, ''));
      await expect(publishNow(fake.office, without)).rejects.toMatchObject({
        details: [expect.stringContaining('ben has been published')],
      });
      expect(await publishNow(fake.office, draftOf(id))).toMatchObject({ isNew: true });
      expect((await needPublished(fake.office, id)).definition.version).toBe(3);
    },
  );

  it('takes no other kind of access code for one that was taken away before', async () => {
    const codes = (kind: string) => draftOf(id, (draft) => draft.replace('"accessCodes": "random",', kind));
    await publishNow(fake.office, codes(''));
    await expect(publishNow(fake.office, codes('"accessCodes": "chosen",'))).rejects.toMatchObject({
      details: [
        expect.stringMatching(/^town\.jsonc:24: identification\.accessCodes: was published as random/),
      ],
    });
    expect(await publishNow(fake.office, draftOf(id))).toMatchObject({ isNew: true });
  });

  it('says the line of what would lock voters out, once voting has begun', async () => {
    const shorter = draftOf(id, (draft) => draft.replace('"graceSeconds": 14400', '"graceSeconds": 60'));
    const { opensAt } = (await needPublished(fake.office, id)).definition;
    await expect(publishNow(fake.office, shorter, Date.parse(opensAt))).rejects.toMatchObject({
      details: [expect.stringMatching(/^town\.jsonc:12: graceSeconds: kiosks count on 14400/)],
    });
    expect(await publishNow(fake.office, shorter)).toMatchObject({ isNew: true });
  });

  it('refuses a version whose receipts nobody could sign, for ingest would take no vote by it', async () => {
    fake.secrets.delete('receipt-keys');
    const renamed = draftOf(id, (draft) => draft.replace('"General election"', '"Election"'));
    await expect(publishNow(fake.office, renamed)).rejects.toThrow(/the secret of the receipt keys lacks/);
    expect((await needPublished(fake.office, id)).definition.version).toBe(1);
  });

  it('changes nothing on top of what cannot be used', async () => {
    spoil(2);
    await expect(needPublished(fake.office, id)).rejects.toMatchObject({
      message: expect.stringMatching(/version 2 of town-2026 is in effect and cannot be used: mend its file/),
      details: ['closesAt: must be later than opensAt'],
    });
  });
});

describe('closing', () => {
  it('before the opening is refused with what to do instead, and leaves everything as it was', async () => {
    const before = new Map(fake.objects);
    for (const at of [null, '2020-11-03T20:00'])
      await expect(closeElection(fake.office, id, at, Date.now())).rejects.toThrow(
        /^town-2026 opens at \S+ and can close after that; .* change opensAt and closesAt in its file and publish that$/,
      );
    expect(fake.objects).toEqual(before);
  });

  it('is possible from the opening on, and once', async () => {
    const nowMs = Date.parse((await needPublished(fake.office, id)).definition.opensAt) + 1;
    const { definition } = await closeElection(fake.office, id, null, nowMs);
    expect(Date.parse(definition.closesAt)).toBe(nowMs + 999);
    await expect(closeElection(fake.office, id, null, nowMs + 1_000)).rejects.toThrow('closed at');
  });
});

describe('what is shown', () => {
  it('says of an election that cannot be used that it cannot, and of the others what it said', async () => {
    await publishNow(fake.office, draftOf('other-2026'));
    expect(await describeElections(fake.office)).toMatchObject({ exitCode: 0 });
    spoil(2);
    const { text, exitCode, json } = await describeElections(fake.office);
    expect(exitCode).toBe(1);
    expect(text).toMatch(
      /^other-2026 {2}version 1 {2}.*\ntown-2026 {2}version 2 CANNOT BE USED: closesAt: must be later/,
    );
    expect(json['elections']).toMatchObject([
      { election: 'other-2026', opensAt: expect.any(String) },
      { election: id, version: 2, mistakes: ['closesAt: must be later than opensAt'] },
    ]);
    await expect(describeElection(fake.office, id, Date.now())).rejects.toThrow('cannot be used');
    fake.objects.set(`elections/${id}/latest.json`, '{');
    expect((await describeElections(fake.office)).text).toMatch(
      /^other-2026 {2}version 1 {2}.*\ntown-2026 {2}version unknown CANNOT BE USED: elections\/town-2026\/latest\.json names no version/,
    );
  });
});
