import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import { passKeyId } from '../../functions/core/pass.ts';
import { passKeySchema, signingKeySchema } from '../../schema/wire/definition.ts';
import { type ElectionId, electionIdSchema, type RegionId, regionIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import { parseJson, type StoredObject } from './objects.ts';
import type { Office } from './office.ts';

/** Public halves of an election's keys, `keys/<election>.json`: what publishing puts into the definition. */
const publicKeysSchema = z.strictObject({
  schema: z.literal('ballotstream/public-keys/1'),
  election: electionIdSchema,
  passKeys: z.record(regionIdSchema, z.array(passKeySchema)),
  kioskKeys: z.array(signingKeySchema),
});
export type PublicKeys = z.infer<typeof publicKeysSchema>;

const keyPair = promisify(generateKeyPair);
/** Two of the four threads that node:crypto has: the other ones stay for who else needs them. */
const atOnce = 2;

export interface MadeKeys {
  readonly regions: readonly string[];
  readonly madeKioskKey: boolean;
}

/**
 * Makes what an election's regions still lack: a pass key each (RSA-2048), and the key that signs kiosks'
 * credentials (Ed25519). What is there stays: running it again makes nothing. Private halves go where the issuer
 * looks for them and nowhere else; public ones lie beside the definitions.
 *
 * @param onProgress told after each key how many are done
 */
export async function makeKeys(
  office: Office,
  election: ElectionId,
  regions: readonly RegionId[],
  onProgress: (done: number, of: number) => void,
): Promise<MadeKeys> {
  const { object, keys } = await readPublicKeys(office, election);
  const passKeys: Record<string, PublicKeys['passKeys'][keyof PublicKeys['passKeys']]> = { ...keys.passKeys };
  const missing = regions.filter((region) => (passKeys[region] ?? []).length === 0);
  let done = 0;
  const queue = [...missing];
  const work = async () => {
    for (let region = queue.shift(); region !== undefined; region = queue.shift()) {
      passKeys[region] = [await makePassKey(office, election, region)];
      done += 1;
      onProgress(done, missing.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const madeKioskKey = keys.kioskKeys.length === 0;
  const kioskKeys = madeKioskKey ? [await makeKioskKey(office, election)] : keys.kioskKeys;
  if (missing.length === 0 && !madeKioskKey) return { regions: [], madeKioskKey };
  const next = publicKeysSchema.parse({ ...keys, passKeys, kioskKeys });
  await office.trail.append({
    action: 'keys.made',
    election,
    details: {
      passKeys: missing.map((region) => ({ region, keyId: passKeys[region]?.[0]?.keyId })),
      kioskKeys: madeKioskKey ? kioskKeys.map(({ keyId }) => keyId) : [],
    },
  });
  if (!(await office.objects.replace(keyOf(election), JSON.stringify(next), object)))
    throw new AdminError('somebody else made keys for this election just now: run it again');
  return { regions: missing, madeKioskKey };
}

/** One that was made before and not noted down is kept: somebody may have stopped in between. */
async function makePassKey(office: Office, election: ElectionId, region: RegionId) {
  const name = office.names.passKey(election, region);
  const { privateKey } = await keyPair('rsa', { modulusLength: 2048 });
  const made = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return publicHalf(
    (await office.secrets.create(name, made)) ? made : ((await office.secrets.read(name)) ?? made),
  );
}

async function makeKioskKey(office: Office, election: ElectionId) {
  const name = office.names.kioskKey(election);
  const { privateKey } = await keyPair('ed25519');
  const made = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return publicHalf(
    (await office.secrets.create(name, made)) ? made : ((await office.secrets.read(name)) ?? made),
  );
}

function publicHalf(privatePem: string): { keyId: string; spki: string } {
  const spki = createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'der' });
  return { keyId: passKeyId(spki), spki: spki.toString('base64') };
}

const keyOf = (election: string): string => `keys/${election}.json`;

/** The public halves that have been made so far; none at first. */
export async function readPublicKeys(
  office: Office,
  election: ElectionId,
): Promise<{ readonly object: StoredObject | null; readonly keys: PublicKeys }> {
  const object = await office.objects.read(keyOf(election));
  const keys: PublicKeys =
    object === null
      ? { schema: 'ballotstream/public-keys/1', election, passKeys: {}, kioskKeys: [] }
      : publicKeysSchema.parse(JSON.parse(object.text));
  return { object, keys };
}

const receiptSecretSchema = z.strictObject({
  schema: z.literal('ballotstream/receipt-keys/1'),
  privateKeys: z.array(z.string()),
});
const receiptPublicKey = 'keys/receipts.json';
const receiptPublicSchema = z.strictObject({
  schema: z.literal('ballotstream/receipt-public-keys/1'),
  receiptKeys: z.array(signingKeySchema).min(1),
});

/**
 * The keys that sign receipts, of this whole pipeline: the public halves. Made the first time, and put where ingest
 * reads them; there is no definition without them, so ingest has always had the private half first.
 */
export async function ensureReceiptKeys(office: Office): Promise<{ keyId: string; spki: string }[]> {
  const noted = await office.objects.read(receiptPublicKey);
  if (noted !== null) return receiptPublicSchema.parse(JSON.parse(noted.text)).receiptKeys;
  const text = await office.secrets.read(office.names.receiptKeys);
  const known = receiptSecretSchema.safeParse(parseJson(text ?? ''));
  let privateKeys = known.success ? known.data.privateKeys : [];
  if (privateKeys.length === 0) {
    const { privateKey } = await keyPair('ed25519');
    privateKeys = [privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()];
    const secret = JSON.stringify({ schema: 'ballotstream/receipt-keys/1', privateKeys }, null, 2);
    await office.secrets.replace(office.names.receiptKeys, `${secret}\n`);
  }
  const receiptKeys = privateKeys.map(publicHalf);
  await office.trail.append({
    action: 'receipt-key.made',
    election: null,
    details: { receiptKeys: receiptKeys.map(({ keyId }) => keyId) },
  });
  const body = JSON.stringify({ schema: 'ballotstream/receipt-public-keys/1', receiptKeys });
  await office.objects.replace(receiptPublicKey, body, null);
  return receiptKeys;
}
