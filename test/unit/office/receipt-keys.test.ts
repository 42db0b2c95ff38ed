import { beforeEach, describe, expect, it } from 'vitest';
import { publicHalf } from '../../../lib/admin/keys.ts';
import { needPublished, publishChange, publishDraft } from '../../../lib/admin/publish.ts';
import { rotateReceiptKey } from '../../../lib/admin/rotate-receipt-key.ts';
import { verifyTrail } from '../../../lib/admin/verify-trail.ts';
import { electionIdSchema } from '../../../schema/wire/ids.ts';
import { receiptKeysMax } from '../../../schema/wire/limits.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';

const id = electionIdSchema.parse('town-2026');
const other = electionIdSchema.parse('school-2026');
const renamed = (text: string) => text.replace('"General election"', '"Election"');
let fake: FakeOffice;
let first: string;
beforeEach(async () => {
  fake = createFakeOffice();
  for (const election of [id, other]) await publishNow(fake.office, draftOf(election));
  [first = ''] = await keysOf();
});

const inEffect = async (election = id) => (await needPublished(fake.office, election)).definition;
const keysOf = async (election = id) =>
  ((await inEffect(election)).receiptKeys ?? []).map(({ keyId }) => keyId);
const rotate = async (...ids: string[]) => {
  const { signing, published } = await rotateReceiptKey(fake.office, ids.length > 0 ? ids : [id], Date.now());
  return { signing, versions: published.map(({ definition }) => definition.version) };
};
/** What ingest could sign with. */
const inSecret = () =>
  (JSON.parse(fake.secrets.get('receipt-keys') ?? '{}') as { privateKeys: string[] }).privateKeys.map(
    (pem) => publicHalf(pem).keyId,
  );
const faults = async () => (await verifyTrail(fake.office, { keptHead: null, evidence: null })).faults;

describe('the key that signs receipts', () => {
  it('gives way to a new one, with the one before beside it, and both where ingest reads them', async () => {
    const { signing, versions } = await rotate();
    expect(versions).toEqual([2]);
    expect(signing).not.toBe(first);
    expect([await keysOf(), inSecret()]).toEqual([
      [signing, first],
      [signing, first],
    ]);
    expect(fake.actions().slice(-2)).toEqual(['receipt-key.made', 'election.published']);
    expect(await faults()).toEqual([]);
  });

  it('stays that of another election until its next version, whose receipts stay verifiable too', async () => {
    const { signing } = await rotate();
    expect(await keysOf(other)).toEqual([first]);
    await publishChange(
      fake.office,
      await needPublished(fake.office, other),
      { resultsStatus: 'complete' },
      Date.now(),
    );
    expect(await keysOf(other)).toEqual([first]);
    await publishNow(fake.office, draftOf(other, renamed));
    expect(await keysOf(other)).toEqual([signing, first]);
    // A new election has signed nothing with the one before.
    const third = electionIdSchema.parse('park-2026');
    await publishNow(fake.office, draftOf(third));
    expect(await keysOf(third)).toEqual([signing]);
  });

  it('comes from nowhere else: one that is put in beside the office is found by the audit', async () => {
    const { signing } = await rotate();
    const text = fake.objects.get('keys/receipts.json') ?? '';
    const planted = text.replace(`"keyId":"${signing}"`, `"keyId":"${'x'.repeat(22)}"`);
    fake.objects.set('keys/receipts.json', planted);
    expect(await faults()).toEqual([
      `the trail does not tell of key ${'x'.repeat(22)} of receipts`,
      `key ${'x'.repeat(22)} signs receipts of what is published next; the trail says ${signing}`,
    ]);
    fake.objects.set('keys/receipts.json', text);
    expect(await faults()).toEqual([]);
    // Nor does one that was rotated out come back.
    const { receiptKeys, ...rest } = JSON.parse(text) as { receiptKeys: unknown[] };
    fake.objects.set(
      'keys/receipts.json',
      JSON.stringify({ ...rest, receiptKeys: receiptKeys.toReversed() }),
    );
    expect(await faults()).toEqual([
      `key ${first} signs receipts of what is published next; the trail says ${signing}`,
    ]);
  });

  it('is verified, and looked at before publishing, without a right to the secret', async () => {
    await rotate();
    Object.assign(fake.office.secrets, { read: () => Promise.reject(new Error('AccessDenied')) });
    expect(await faults()).toEqual([]);
    const options = { nowMs: Date.now(), isCheck: true };
    expect(await publishDraft(fake.office, draftOf(id, renamed), options)).toMatchObject({ isNew: true });
  });

  it('is one for all elections that are named, and none is changed where one of them is none', async () => {
    const secret = fake.secrets.get('receipt-keys');
    await expect(rotate(id, 'none-2026')).rejects.toThrow('no election none-2026 has been published');
    expect([fake.secrets.get('receipt-keys'), await keysOf()]).toEqual([secret, [first]]);
    const { signing, versions } = await rotate(id, other);
    expect([versions, await keysOf(), await keysOf(other)]).toEqual([
      [2, 2],
      [signing, first],
      [signing, first],
    ]);
  });

  it('is another one after somebody was stopped in between: what lay in the secret may be known too', async () => {
    for (const stoppedAt of ['keys/receipts.json', 'latest.json']) {
      const { replace } = fake.office.objects;
      Object.assign(fake.office.objects, {
        replace: (key: string, ...rest: [string, null]) =>
          key.endsWith(stoppedAt) ? Promise.reject(new Error('stopped')) : replace(key, ...rest),
      });
      await expect(rotate()).rejects.toThrow('stopped');
      Object.assign(fake.office.objects, { replace });
      const [before, made] = [await keysOf(), inSecret()];
      const { signing } = await rotate();
      expect([await keysOf(), inSecret()]).toEqual([
        [signing, ...before],
        [signing, ...made],
      ]);
    }
    expect(await faults()).toEqual([]);
  });

  it('is not lost to somebody who makes one at the same time: the secret is written over what was read', async () => {
    const { read } = fake.office.secrets;
    Object.assign(fake.office.secrets, {
      async read(name: string) {
        const text = await read(name);
        Object.assign(fake.office.secrets, { read });
        await rotate();
        return text;
      },
    });
    await expect(rotate()).rejects.toThrow('somebody else made keys of receipts just now');
    const [signing = ''] = await keysOf();
    expect(inSecret()).toEqual([signing, first]);
    expect(await faults()).toEqual([]);
  });

  it('is not published before its private half can be read back', async () => {
    const { replace } = fake.office.secrets;
    Object.assign(fake.office.secrets, { replace: async () => true });
    await expect(rotate()).rejects.toThrow(/the secret of the receipt keys lacks/);
    expect(await keysOf()).toEqual([first]);
    Object.assign(fake.office.secrets, { replace });
  });

  it('cannot be changed more often than a definition has room for, which is said before anything is made', async () => {
    for (let had = 1; had < receiptKeysMax; had += 1) await rotate();
    const secret = fake.secrets.get('receipt-keys');
    await expect(rotate()).rejects.toThrow(/has had 8 keys of receipts/);
    expect(fake.secrets.get('receipt-keys')).toBe(secret);
    // Whatever others do, this one stays with what it has.
    const keys = await keysOf();
    await rotate(other);
    await publishNow(fake.office, draftOf(id, renamed));
    expect(await keysOf()).toEqual(keys);
  });

  it('is told with what the pipeline began with, where that was made beside the office', async () => {
    fake.objects.delete('keys/receipts.json');
    const { signing } = await rotate();
    expect(await keysOf()).toEqual([signing, first]);
    expect(await faults()).toEqual([]);
  });
});
