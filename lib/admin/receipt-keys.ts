import { generateKeyPairSync } from 'node:crypto';
import * as z from 'zod';
import { type Definition, signingKeySchema } from '../../schema/wire/definition.ts';
import { receiptKeysMax } from '../../schema/wire/limits.ts';
import { AdminError } from './admin-error.ts';
import { publicHalf } from './keys.ts';
import { parseJson, type StoredObject } from './objects.ts';
import type { Office } from './office.ts';
import type { PublishedKey } from './public-keys.ts';

/** As many as ingest reads. */
const privateKeysMax = 64;
const secretSchema = z.strictObject({
  schema: z.literal('ballotstream/receipt-keys/1'),
  privateKeys: z.array(z.string()),
});
const publicKey = 'keys/receipts.json';
const publicSchema = z.strictObject({
  schema: z.literal('ballotstream/receipt-public-keys/1'),
  /** The first one signs. */
  receiptKeys: z.array(signingKeySchema).min(1),
});

/** The keys that sign receipts, of this whole pipeline. */
interface ReceiptKeys {
  readonly noted: StoredObject | null;
  /** Public halves as noted, the one that signs first; none before the first election. */
  readonly receiptKeys: readonly PublishedKey[];
  /** The secret as it was read. */
  readonly secret: string | null;
  readonly privateKeys: readonly string[];
}

async function readNoted({ objects }: Office): Promise<Pick<ReceiptKeys, 'noted' | 'receiptKeys'>> {
  const noted = await objects.read(publicKey);
  return {
    noted,
    receiptKeys: noted === null ? [] : publicSchema.parse(JSON.parse(noted.text)).receiptKeys,
  };
}

async function readKeys(office: Office): Promise<ReceiptKeys> {
  const noted = await readNoted(office);
  const secret = await office.secrets.read(office.names.receiptKeys);
  // A secret that nobody has filled yet holds what it was made with.
  const known = secretSchema.safeParse(parseJson(secret ?? ''));
  return { ...noted, secret, privateKeys: known.success ? known.data.privateKeys : [] };
}

/** The public halves that are noted, the one that signs first: what publishing would go by. Takes no right to a secret. */
export async function readReceiptKeys(office: Office): Promise<readonly PublishedKey[]> {
  return (await readNoted(office)).receiptKeys;
}

/**
 * The same, with one made the first time, and put where ingest reads it; there is no definition without, so ingest has always
 * had the private half first.
 *
 * @throws AdminError where the private half of the one that signs is not there: ingest would take no vote
 */
export async function ensureReceiptKeys(office: Office): Promise<readonly PublishedKey[]> {
  const keys = await readKeys(office);
  if (keys.noted === null) {
    // Keys that are in the secret already are taken: somebody may have stopped in between.
    const there = keys.privateKeys.map(publicHalf);
    const receiptKeys = there.length > 0 ? there : [await makeKey(office, keys)];
    return (await noteKeys(office, keys, receiptKeys)).receiptKeys;
  }
  const signing = keys.receiptKeys[0]?.keyId;
  if (!keys.privateKeys.some((pem) => publicHalf(pem).keyId === signing))
    throw new AdminError(
      `the secret of the receipt keys lacks ${signing}, the one that signs: without it ingest takes no vote; put it back`,
    );
  return keys.receiptKeys;
}

/**
 * A new one that signs what is published from now on. Never one that lies in the secret already: whoever knows the key before may
 * have read it there.
 *
 * @throws AdminError
 */
export async function makeReceiptKey(office: Office): Promise<void> {
  const keys = await readKeys(office);
  // What the pipeline began with is told first, or else nobody knows what it was.
  const isUntold = keys.noted === null && keys.privateKeys.length > 0;
  const noted = isUntold ? await noteKeys(office, keys, keys.privateKeys.map(publicHalf)) : keys;
  await noteKeys(office, noted, [await makeKey(office, keys)]);
}

async function makeKey(office: Office, { secret, privateKeys }: ReceiptKeys): Promise<PublishedKey> {
  if (privateKeys.length >= privateKeysMax)
    throw new AdminError(
      `the secret of the receipt keys holds ${privateKeys.length}, as many as ingest reads: take out those of elections that are over`,
    );
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const next = { schema: 'ballotstream/receipt-keys/1', privateKeys: [pem, ...privateKeys] };
  const text = `${JSON.stringify(next, null, 2)}\n`;
  if (!(await office.secrets.replace(office.names.receiptKeys, text, secret))) throw madeMeanwhile();
  return publicHalf(pem);
}

/** Tells the trail, and then notes what publishing goes by. */
async function noteKeys(
  office: Office,
  { noted, receiptKeys }: Pick<ReceiptKeys, 'noted' | 'receiptKeys'>,
  added: readonly PublishedKey[],
) {
  await office.trail.append({
    action: 'receipt-key.made',
    election: null,
    details: { receiptKeys: added.map(({ keyId }) => keyId) },
  });
  const next = [...added, ...receiptKeys];
  const text = JSON.stringify({ schema: 'ballotstream/receipt-public-keys/1', receiptKeys: next });
  if (!(await office.objects.replace(publicKey, text, noted))) throw madeMeanwhile();
  return { noted: await office.objects.read(publicKey), receiptKeys: next };
}

const madeMeanwhile = () => new AdminError('somebody else made keys of receipts just now: try again');

/**
 * What a definition says of them: the one that signs, and those that have signed for this election before. One that has had as
 * many as there is room for stays with its own.
 */
export function layReceiptKeys(
  [signing]: readonly PublishedKey[],
  previous: Pick<Definition, 'receiptKeys'> | null,
): readonly PublishedKey[] {
  const before = previous?.receiptKeys ?? [];
  if (signing === undefined) return before;
  const others = before.filter(({ keyId }) => keyId !== signing.keyId);
  return others.length < receiptKeysMax ? [signing, ...others] : before;
}
