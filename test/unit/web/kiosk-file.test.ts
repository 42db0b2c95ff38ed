import { generateKeyPairSync } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { passKeyId } from '../../../functions/core/pass.ts';
import { findSender, makeKioskFile, type Sender } from '../../../functions/web/kiosk/kiosk-file.ts';
import { makeIdentity } from '../../../functions/web/kiosk/kiosk-identity.ts';
import type { Kept, Pairing } from '../../../functions/web/kiosk/kiosk-store.ts';
import { kioskFileContentsSchema, kioskFileSchema } from '../../../schema/wire/kiosk-file.ts';
import { kioskFileBytesMax, kioskFileVotesMax, voteBodyBytesMax } from '../../../schema/wire/limits.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
const spki = publicKey.export({ type: 'spki', format: 'der' });
const officeKey = { keyId: passKeyId(spki), spki: spki.toString('base64') };
const identity = await makeIdentity();
const pairing = (changes: object = {}, credential: string | null = 'c.r.e') =>
  ({
    definition: { election: 'town', officeKeys: [officeKey], ...changes },
    region: 'north',
    station: 'n-01',
    credential,
  }) as unknown as Pairing;
const sender = findSender(identity, pairing()) as Sender;

const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const keep = (count: number, more: object = {}, refused: Kept['refused'] = new Map()) => ({
  votes: Array.from({ length: count }, (_, n) => ({
    ballotId: idOf(n),
    ...more,
  })) as unknown as Kept['votes'],
  refused,
});
const openFile = async (text: string) => {
  const file = kioskFileSchema.parse(JSON.parse(text));
  const { plaintext } = await compactDecrypt(file.sealed, privateKey);
  return kioskFileContentsSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
};
const idsIn = ({ votes }: { votes: readonly unknown[] }) =>
  votes.map((vote) => (vote as { ballotId: string }).ballotId);

describe('a file of a kiosk’s votes', () => {
  it('holds each vote as it is kept, and says of those that were refused why', async () => {
    const kept = keep(3, { castAt: '2026-11-03T09:30:00Z' }, new Map([[idOf(1), 'unknown-choice']]));
    const made = await makeKioskFile(sender, kept, null, Date.now());
    expect(made).toMatchObject({ votes: 3, left: 0, last: idOf(2) });
    expect(made?.name).toBe(`votes-north-n-01-${identity.kioskId.slice(0, 8)}-3.json`);
    expect(await openFile(made?.text ?? '')).toEqual({
      votes: kept.votes,
      refused: { [idOf(1)]: 'unknown-choice' },
    });
  });

  it('has no more votes than a file may have, and the next file goes on behind its last one', async () => {
    const kept = keep(kioskFileVotesMax + 2, {}, new Map([[idOf(kioskFileVotesMax), 'bad-pass']]));
    const first = await makeKioskFile(sender, kept, null, Date.now());
    expect(first).toMatchObject({ votes: kioskFileVotesMax, left: 2 });
    const inFirst = await openFile(first?.text ?? '');
    expect(inFirst.refused).toEqual({});
    const second = await makeKioskFile(sender, kept, first?.last ?? null, Date.now());
    expect(second).toMatchObject({ votes: 2, left: 0 });
    const inSecond = await openFile(second?.text ?? '');
    expect(inSecond.refused).toEqual({ [idOf(kioskFileVotesMax)]: 'bad-pass' });
    expect([...idsIn(inFirst), ...idsIn(inSecond)]).toEqual(idsIn(kept));
    // Where those behind have gone out meanwhile, it begins anew.
    const again = await makeKioskFile(sender, keep(2), idOf(1), Date.now());
    expect(again).toMatchObject({ votes: 2, left: 0 });
  });

  it('is not larger than the office takes, however long its votes are', async () => {
    const kept = keep(3_000, { pass: 'x'.repeat(voteBodyBytesMax - 80) });
    const made = await makeKioskFile(sender, kept, null, Date.now());
    expect(made?.left).toBeGreaterThan(0);
    expect(made?.votes).toBeGreaterThan(2_800);
    const { sealed } = kioskFileSchema.parse(JSON.parse(made?.text ?? ''));
    // And as large as it may be, but for what refusals may need.
    expect(sealed.length).toBeGreaterThan(kioskFileBytesMax * 0.9);
  }, 60_000);

  it('is not made without a vote, a credential, or a key of the office', async () => {
    expect(await makeKioskFile(sender, keep(0), null, Date.now())).toBeNull();
    expect(findSender(identity, pairing({}, null))).toBeNull();
    expect(findSender(identity, pairing({ officeKeys: [] }))).toBeNull();
    expect(findSender(identity, pairing({ officeKeys: undefined }))).toBeNull();
  });

  it('is sealed with the first of the office’s keys', () => {
    const keys = [officeKey, { ...officeKey, keyId: 'B'.repeat(22) }];
    expect(findSender(identity, pairing({ officeKeys: keys }))?.officeKey.keyId).toBe(officeKey.keyId);
  });
});
