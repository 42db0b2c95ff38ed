import { beforeEach, describe, expect, it } from 'vitest';
import { revokeKiosks } from '../../../lib/admin/kiosks.ts';
import { needPublished } from '../../../lib/admin/publish.ts';
import { registerKiosk } from '../../../lib/admin/register-kiosks.ts';
import { describeElection } from '../../../lib/admin/show.ts';
import { credentialClaimsSchema } from '../../../schema/wire/kiosk.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';
import { makeKiosk, type TestKiosk } from '../../support/kiosk.ts';

const id = 'town-2026';
const dayMs = 86_400_000;
let fake: FakeOffice;
let opensMs: number;
let closesMs: number;
const graceMs = 14_400_000;
const kiosk = makeKiosk();
beforeEach(async () => {
  fake = createFakeOffice();
  await publishNow(fake.office, draftOf(id));
  const { definition } = await needPublished(fake.office, id);
  [opensMs, closesMs] = [Date.parse(definition.opensAt), Date.parse(definition.closesAt)];
});

const register = (days: number | null, nowMs: number, { key }: TestKiosk = kiosk) =>
  registerKiosk(fake.office, { election: id, region: 'north', station: 'n-01', key, days }, nowMs);
const endOf = (credential: string) =>
  credentialClaimsSchema.parse(
    JSON.parse(Buffer.from(credential.split('.')[1] ?? '', 'base64url').toString()),
  ).exp * 1000;

describe('a kiosk’s credential', () => {
  it('is good until closing and grace are over, whenever it is made', async () => {
    for (const nowMs of [opensMs - 90 * dayMs, opensMs + 1, closesMs + graceMs - 1_000]) {
      const { credential, warning } = await register(null, nowMs);
      expect([endOf(credential), warning]).toEqual([closesMs + graceMs, null]);
    }
  });

  it('says until when on the clocks of the election', async () => {
    const { untilThere, until } = await register(null, opensMs);
    expect(untilThere).toBe(`${untilThere.slice(0, 10)} 00:00 America/New_York (${until})`);
  });

  it.each<[string, (n: { opens: number; closes: number }) => [days: number, nowMs: number], RegExp | null]>([
    [
      'before voting ends',
      ({ closes }) => [1, closes - dayMs - 1_000],
      /voting goes on until .* 20:00 America/,
    ],
    [
      'before the grace does',
      ({ closes }) => [1, closes - dayMs + 1_000],
      /delivered until .* 00:00 America/,
    ],
    ['after the grace', ({ closes }) => [2, closes - dayMs], null],
  ])('that ends %s is made, and what goes on longer is said', async (_, choose, said) => {
    const [days, nowMs] = choose({ opens: opensMs, closes: closesMs });
    const { warning, credential } = await register(days, nowMs);
    expect(endOf(credential)).toBe(Math.floor(nowMs / 1000) * 1000 + days * dayMs);
    expect(warning).toEqual(said === null ? null : expect.stringMatching(said));
  });

  it('that would be dead when voting begins is not made, nor one of an election that is over', async () => {
    await expect(register(2, opensMs - 2 * dayMs)).rejects.toThrow('before voting begins');
    await expect(register(null, closesMs + graceMs)).rejects.toThrow('is over');
    expect(fake.actions()).not.toContain('kiosk.registered');
  });

  it('is not made for a kiosk that was revoked, and what to do on the device is said', async () => {
    await register(null, opensMs);
    await revokeKiosks(fake.office, id, [kiosk.id]);
    await expect(register(null, opensMs)).rejects.toThrow(
      /on the device, choose “Set up anew”.* register that/,
    );
  });
});

describe('revoking', () => {
  it('takes kiosks that were registered, each once', async () => {
    const other = makeKiosk();
    await register(null, opensMs);
    await register(null, opensMs, other);
    expect(await revokeKiosks(fake.office, id, [kiosk.id, kiosk.id])).toBe(1);
    expect(await revokeKiosks(fake.office, id, [kiosk.id, other.id])).toBe(1);
    expect(await revokeKiosks(fake.office, id, [kiosk.id, other.id])).toBe(0);
  });

  it('takes none at all when one of them was never registered for this election, unless it is meant to', async () => {
    await register(null, opensMs);
    await publishNow(fake.office, draftOf('other-2026'));
    const stranger = makeKiosk().id;
    const before = new Map(fake.objects);
    await expect(revokeKiosks(fake.office, id, [kiosk.id, stranger])).rejects.toThrow(
      `nothing was revoked: nobody registered ${stranger} for town-2026`,
    );
    await expect(revokeKiosks(fake.office, 'other-2026', [kiosk.id])).rejects.toThrow('nobody registered');
    await expect(revokeKiosks(fake.office, id, ['n-01'])).rejects.toThrow('is no kiosk’s id');
    expect(fake.objects).toEqual(before);
    expect(await revokeKiosks(fake.office, id, [kiosk.id, stranger], true)).toBe(2);
  });
});

describe('what is shown of an election', () => {
  it('has its kiosks, until when they are good, and which are revoked', async () => {
    const [short, gone, stranger] = [makeKiosk(), makeKiosk(), makeKiosk()];
    await register(null, opensMs);
    await register(1, closesMs - dayMs, short);
    await register(null, opensMs, gone);
    await revokeKiosks(fake.office, id, [gone.id, stranger.id], true);
    const { text, json } = await describeElection(fake.office, id, opensMs);
    expect(text).toContain('2 registered, 2 revoked');
    for (const line of [
      `${kiosk.id}  north/n-01  until `,
      `${gone.id}  north/n-01  REVOKED\n`,
      `${stranger.id}  never registered here  REVOKED\n`,
    ])
      expect(text).toContain(line);
    const ends = (one: TestKiosk) => text.split('\n').find((line) => line.includes(one.id));
    expect(ends(short)).toContain('BEFORE THE GRACE ENDS');
    expect(ends(kiosk)).toMatch(/until \S+ 00:00 America\/New_York \(\S+\)$/);
    expect(json['kiosks']).toContainEqual({
      kiosk: kiosk.id,
      registered: { region: 'north', station: 'n-01', until: expect.any(String), file: null, isVoid: false },
      isRevoked: false,
    });
  });
});
