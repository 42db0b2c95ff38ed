import { createPublicKey } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { passKeyId } from '../../../functions/core/pass.ts';
import { parseElectionArgs } from '../../../lib/admin/election-verb.ts';
import { makeKeys } from '../../../lib/admin/keys.ts';
import { needPublished, publishChange } from '../../../lib/admin/publish.ts';
import { withdrawKeys } from '../../../lib/admin/withdraw-keys.ts';
import { electionIdSchema, regionIdSchema } from '../../../schema/wire/ids.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';

const id = electionIdSchema.parse('town-2026');
const twoRegions = (text: string) =>
  text.replace(
    '"regions": [',
    `"regions": [{ "id": "south", "name": "South", "stations": [{ "id": "online", "name": "Home", "ballotStyle": "standard" }] },`,
  );
let fake: FakeOffice;
let old: string;
beforeEach(async () => {
  fake = createFakeOffice();
  await publishNow(fake.office, draftOf(id, twoRegions));
  [old = ''] = await keysOf('north');
});

const inEffect = () => needPublished(fake.office, id);
async function keysOf(region: string): Promise<string[]> {
  const { definition } = await inEffect();
  return definition.regions.find((one) => one.id === region)?.passKeys.map(({ keyId }) => keyId) ?? [];
}
const withdraw = (...keyIds: string[]) => withdrawKeys(fake.office, id, keyIds, Date.now());

/** Somebody who withdraws it and is stopped before the version without it takes effect. */
async function beStopped(): Promise<void> {
  const { replace } = fake.office.objects;
  Object.assign(fake.office.objects, {
    replace: (key: string, ...rest: [string, null]) =>
      key.endsWith('latest.json') ? Promise.reject(new Error('stopped')) : replace(key, ...rest),
  });
  await expect(withdraw(old)).rejects.toThrow('stopped');
  Object.assign(fake.office.objects, { replace });
}

describe('a pass key that others know', () => {
  it('is replaced in its region alone, by one whose private half is where the issuer looks', async () => {
    const south = await keysOf('south');
    const { withdrawn, made, published } = await withdraw(old);
    expect([withdrawn, made]).toEqual([
      [{ region: 'north', keyId: old }],
      [{ region: 'north', keyId: expect.any(String) }],
    ]);
    expect(published?.definition.version).toBe(2);
    const [next = ''] = await keysOf('north');
    expect([await keysOf('north'), await keysOf('south')]).toEqual([[next], south]);
    expect(next).not.toBe(old);
    const pem = fake.secrets.get(`pass-keys/${id}/north/${next}.pem`) ?? '';
    expect(passKeyId(createPublicKey(pem).export({ type: 'spki', format: 'der' }))).toBe(next);
    expect(fake.actions().slice(-3)).toEqual(['keys.made', 'keys.withdrawn', 'election.published']);
  });

  it('is in no later version, whatever publishes it', async () => {
    await withdraw(old);
    const [next] = await keysOf('north');
    expect(await publishNow(fake.office, draftOf(id, twoRegions))).toMatchObject({ isNew: false });
    const renamed = (text: string) => twoRegions(text).replace('"General election"', '"Election"');
    expect(await publishNow(fake.office, draftOf(id, renamed))).toMatchObject({ isNew: true });
    await publishChange(fake.office, await inEffect(), { resultsStatus: 'complete' }, Date.now());
    expect([(await inEffect()).definition.version, await keysOf('north')]).toEqual([4, [next]]);
  });

  it('goes when it is withdrawn again after somebody was stopped before the new version', async () => {
    await beStopped();
    expect(await keysOf('north')).toEqual([old]);
    // Said of again, since only now it takes effect.
    expect(await withdraw(old)).toMatchObject({
      withdrawn: [{ region: 'north', keyId: old }],
      made: [],
      published: { definition: { version: 3 } },
    });
    expect(await keysOf('north')).not.toContain(old);
    expect(await withdraw(old)).toMatchObject({ published: null });
  });

  it('goes with any other version too, after somebody was stopped before the new one', async () => {
    await beStopped();
    await publishChange(fake.office, await inEffect(), { resultsStatus: 'complete' }, Date.now());
    expect(await keysOf('north')).not.toContain(old);
  });

  it('can go before anything was published, and the election opens with the new one', async () => {
    const early = createFakeOffice();
    const draft = draftOf(id);
    await makeKeys(early.office, id, draft.readRegionIds(), () => {});
    const [first = ''] = [...early.secrets.keys()].flatMap(
      (name) => /north\/(.*)\.pem$/.exec(name)?.[1] ?? [],
    );
    expect(await withdrawKeys(early.office, id, [first], Date.now())).toMatchObject({ published: null });
    const { election } = await publishNow(early.office, draft);
    expect([...election.passKeys.keys()]).toEqual([expect.not.stringContaining(first)]);
  });

  it('is one of this election, or nothing is done', async () => {
    const before = new Map(fake.objects);
    for (const keyIds of [[old, 'A'.repeat(22)], ['x']])
      await expect(withdraw(...keyIds)).rejects.toThrow(/^nothing was withdrawn: town-2026 has no key (A|x)/);
    await expect(withdrawKeys(fake.office, '../x', [old], Date.now())).rejects.toThrow('no election’s id');
    expect(fake.objects).toEqual(before);
  });
});

describe('keys', () => {
  it('are noted in parts, so that whoever is stopped has the ones before', async () => {
    const regions = Array.from({ length: 21 }, (_, no) => regionIdSchema.parse(`r-${no}`));
    const { create } = fake.office.secrets;
    let made = 0;
    Object.assign(fake.office.secrets, {
      create: (name: string, text: string) => {
        made += 1;
        return made > 22 ? Promise.reject(new Error('stopped')) : create(name, text);
      },
    });
    const other = electionIdSchema.parse('other');
    await expect(makeKeys(fake.office, other, regions, () => {})).rejects.toThrow('stopped');
    Object.assign(fake.office.secrets, { create });
    expect(await makeKeys(fake.office, other, regions, () => {})).toEqual({
      regions: ['r-20'],
      madeKioskKey: false,
      madeOfficeKey: false,
    });
  }, 60_000);

  it('of an election that would be called as the keys of receipts are refused', async () => {
    const receipts = electionIdSchema.parse('receipts');
    await expect(makeKeys(fake.office, receipts, [], () => {})).rejects.toThrow('no place for its keys');
  });
});

describe('an id that begins with a hyphen', () => {
  it.each(['-AAAAAAAAAAAAAAAAAAAAA', '--AAAAAAAAAAAAAAAAAAAA'])('is no option: %s', (odd) => {
    expect(parseElectionArgs(['revoke-kiosk', id, odd, '--json', 'B'.repeat(22)])).toMatchObject({
      values: { json: true },
      positionals: ['revoke-kiosk', id, 'B'.repeat(22), odd],
    });
    expect(parseElectionArgs(['revoke-kiosk', id, '--', odd]).positionals).toEqual(['revoke-kiosk', id, odd]);
  });

  it('lets what is an option, or is meant to be one, be one', () => {
    expect(() => parseElectionArgs(['show', '--no-such-option-at-all'])).toThrow('--no-such-option-at-all');
    expect(parseElectionArgs(['show', '-h']).values.help).toBe(true);
  });
});
