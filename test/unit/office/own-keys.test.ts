import { beforeEach, describe, expect, it } from 'vitest';
import { createKioskVerifier } from '../../../functions/adapters/kiosk-verifier.ts';
import { parseElection } from '../../../functions/core/election.ts';
import { makeKeys, publicHalf, readPems } from '../../../lib/admin/keys.ts';
import { openKioskFile } from '../../../lib/admin/kiosk-file.ts';
import { type OwnKind, readPublicKeys } from '../../../lib/admin/public-keys.ts';
import { needPublished, publishChange } from '../../../lib/admin/publish.ts';
import { registerKiosk } from '../../../lib/admin/register-kiosks.ts';
import { describeElection } from '../../../lib/admin/show.ts';
import { verifyTrail } from '../../../lib/admin/verify-trail.ts';
import { withdrawKeys } from '../../../lib/admin/withdraw-keys.ts';
import { electionIdSchema, regionIdSchema } from '../../../schema/wire/ids.ts';
import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';
import { authorize, makeKiosk, makeToken } from '../../support/kiosk.ts';
import { sealVotes } from '../../support/kiosk-file.ts';
import { mayorVote } from '../../support/office.ts';

const id = electionIdSchema.parse('town-2026');
let fake: FakeOffice;
beforeEach(async () => {
  fake = createFakeOffice();
  await publishNow(fake.office, draftOf(id));
});

const inEffect = () => needPublished(fake.office, id);
const passKeys = async () =>
  (await inEffect()).definition.regions[0]?.passKeys.map(({ keyId }) => keyId) ?? [];
const withdraw = (...keyIds: string[]) => withdrawKeys(fake.office, id, keyIds, Date.now());

describe('a key of the office’s own that others know', () => {
  const kiosk = makeKiosk();
  const place = { election: id, region: 'north', station: 'n-01', days: null, key: kiosk.key };
  const register = async () => (await registerKiosk(fake.office, place, Date.now())).credential;
  const ownKey = async (of: OwnKind) => (await inEffect()).definition[of]?.map(({ keyId }) => keyId) ?? [];
  const isGood = async (credential: string): Promise<boolean> => {
    const parsed = parseElection((await inEffect()).definition);
    if (!parsed.ok) throw new Error('the version in effect is none');
    const iat = Math.floor(Date.now() / 1000);
    const shown = authorize(credential, makeToken(kiosk, { aud: id, iat, exp: iat + 60 }));
    return createKioskVerifier({ isRevoked: () => false }).verify(parsed.election, shown, Date.now()).ok;
  };
  /** A file of one vote, as the kiosk writes it. */
  const save = async (credential: string) => {
    const [officeKey] = (await inEffect()).definition.officeKeys ?? [];
    if (officeKey === undefined) throw new Error('there is no key to seal to');
    const vote = mayorVote('p'.repeat(400), { channel: 'kiosk', station: 'n-01' }) as unknown as VoteRequest;
    return JSON.stringify(await sealVotes({ kiosk, credential, election: id, officeKey, votes: [vote] }));
  };
  const faults = async () => (await verifyTrail(fake.office, { keptHead: null, evidence: null })).faults;
  const shown = async () => (await describeElection(fake.office, id, Date.now())).text;

  it('makes kiosks’ credentials void that it signed, until they are registered again as they are', async () => {
    const before = await register();
    const [known = ''] = await ownKey('kioskKeys');
    const others = [await passKeys(), await ownKey('officeKeys')];
    expect(await isGood(before)).toBe(true);
    expect(await withdraw(known)).toMatchObject({
      withdrawn: [{ of: 'kioskKeys', keyId: known }],
      made: [{ of: 'kioskKeys', keyId: expect.not.stringContaining(known) }],
      published: { definition: { version: 2 } },
    });
    expect([await passKeys(), await ownKey('officeKeys')]).toEqual(others);
    expect([await isGood(before), await shown()]).toEqual([
      false,
      expect.stringContaining(`${kiosk.id}  north/n-01  ITS CREDENTIAL IS VOID: register it again`),
    ]);
    const credential = await register();
    expect([await isGood(credential), await isGood(before)]).toEqual([true, false]);
    expect(await shown()).not.toContain('VOID');
    expect(await faults()).toEqual([]);
  });

  it('opens the files that were sealed to it all the same, and new ones are sealed to another', async () => {
    const credential = await register();
    const [known = ''] = await ownKey('officeKeys');
    const before = await save(credential);
    await withdraw(known);
    expect(await ownKey('officeKeys')).toEqual([expect.not.stringContaining(known)]);
    for (const file of [before, await save(credential)])
      expect((await openKioskFile(fake.office, file)).votes).toHaveLength(1);
    expect(await isGood(credential)).toBe(true);
    expect(await faults()).toEqual([]);
  });

  it('leaves files readable of kiosks whose credential it made void, and says that it is', async () => {
    const credential = await register();
    const file = await save(credential);
    expect(await openKioskFile(fake.office, file)).toMatchObject({ isVoid: false });
    await withdraw(...(await ownKey('kioskKeys')));
    expect(await openKioskFile(fake.office, file)).toMatchObject({ isVoid: true, kiosk: kiosk.id });
  });

  it('signs for nobody before it is in effect, and gives way to yet another after somebody was stopped there', async () => {
    const [known = ''] = await ownKey('kioskKeys');
    const { replace } = fake.office.objects;
    const secret = () =>
      readPems(fake.secrets.get(`kiosk-keys/${id}`) ?? '').map((pem) => publicHalf(pem).keyId);
    Object.assign(fake.office.objects, { replace: () => Promise.reject(new Error('stopped')) });
    await expect(withdraw(known)).rejects.toThrow('stopped');
    Object.assign(fake.office.objects, { replace });
    expect(secret()).toEqual([expect.not.stringContaining(known), known]);
    expect(await isGood(await register())).toBe(true);
    const before = secret();
    await withdraw(known);
    expect(await ownKey('kioskKeys')).toEqual(secret().slice(0, 1));
    expect(secret().slice(1)).toEqual(before);
    expect(await shown()).toContain('VOID');
    expect(await isGood(await register())).toBe(true);
    expect(await shown()).not.toContain('VOID');
    expect(await makeKeys(fake.office, id, [], () => {})).toMatchObject({ madeKioskKey: false });
  });

  it('signs for nobody between its withdrawal and the version without it', async () => {
    const { replace } = fake.office.objects;
    Object.assign(fake.office.objects, {
      replace: (key: string, ...rest: [string, null]) =>
        key.endsWith('latest.json') ? Promise.reject(new Error('stopped')) : replace(key, ...rest),
    });
    await expect(withdraw(...(await ownKey('kioskKeys')))).rejects.toThrow('stopped');
    Object.assign(fake.office.objects, { replace });
    await expect(register()).rejects.toThrow('the key that signs for kiosks is not in effect');
  });

  it('has one place in the record, however many withdraw it at once, and the election goes on', async () => {
    const { read } = fake.office.objects;
    const [known = ''] = await ownKey('kioskKeys');
    Object.assign(fake.office.objects, {
      // Somebody is through with it just after this one has read the record.
      async read(key: string) {
        const object = await read(key);
        if (key !== `keys/${id}.json`) return object;
        Object.assign(fake.office.objects, { read });
        await withdraw(known);
        return object;
      },
    });
    await withdraw(known).catch(() => {});
    await publishChange(fake.office, await inEffect(), { resultsStatus: 'complete' }, Date.now());
    expect(await ownKey('kioskKeys')).not.toContain(known);
    expect(await isGood(await register())).toBe(true);
    expect(await faults()).toEqual([]);
  });

  it('is noted once also where two make the first ones at once', async () => {
    const other = electionIdSchema.parse('school-2026');
    const { create } = fake.office.secrets;
    Object.assign(fake.office.secrets, {
      // The second one is done while the first still makes the passes' keys, and has noted nothing.
      async create(name: string, text: string) {
        if (name.startsWith('pass-keys/')) {
          Object.assign(fake.office.secrets, { create });
          await makeKeys(fake.office, other, [], () => {});
        }
        return create(name, text);
      },
    });
    await makeKeys(fake.office, other, [regionIdSchema.parse('north')], () => {});
    const { kioskKeys, officeKeys } = await readPublicKeys(fake.office, other);
    expect([kioskKeys.length, officeKeys.length]).toEqual([1, 1]);
  });

  it('does not come back with what is published later, and is a fault where it does', async () => {
    const [known = ''] = await ownKey('kioskKeys');
    await withdraw(known);
    const [next] = await ownKey('kioskKeys');
    const renamed = (text: string) => text.replace('"General election"', '"Election"');
    expect(await publishNow(fake.office, draftOf(id, renamed))).toMatchObject({ isNew: true });
    await publishChange(fake.office, await inEffect(), { resultsStatus: 'complete' }, Date.now());
    expect(await ownKey('kioskKeys')).toEqual([next]);
    fake.objects.set(`elections/${id}/latest.json`, '{"version":1}');
    expect(await faults()).toContain(
      `key ${known} of ${id} was withdrawn, and the version in effect still has it: npm run election -- withdraw-key ${id} ${known}`,
    );
  });

  it('is not made beside a pass key that is withdrawn, where an older election has none', async () => {
    const record = `keys/${id}.json`;
    fake.objects.set(
      record,
      (fake.objects.get(record) ?? '').replace(/"officeKeys":\[[^\]]*\]/, '"officeKeys":[]'),
    );
    expect((await withdraw(...(await passKeys()))).made).toEqual([
      { region: 'north', keyId: expect.any(String) },
    ]);
    expect(fake.objects.get(record)).toContain('"officeKeys":[]');
  });
});
