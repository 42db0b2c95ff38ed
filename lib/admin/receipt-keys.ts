import { generateKeyPairSync } from 'node:crypto';
import * as z from 'zod';
import { signingKeySchema } from '../../schema/wire/definition.ts';
import { AdminError } from './admin-error.ts';
import { type PublishedKey, publicHalf } from './keys.ts';
import { parseJson } from './objects.ts';
import type { Office } from './office.ts';

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

/**
 * The keys that sign receipts, of this whole pipeline: the public halves. Made the first time, and put where ingest
 * reads them; there is no definition without them, so ingest has always had the private half first.
 *
 * @throws AdminError where the private half of the one that signs is not there: ingest would take no vote
 */
export async function ensureReceiptKeys(office: Office): Promise<PublishedKey[]> {
  const noted = await office.objects.read(publicKey);
  const privateKeys = readSecret(await office.secrets.read(office.names.receiptKeys));
  if (noted === null) return makeReceiptKeys(office, privateKeys);
  const { receiptKeys } = publicSchema.parse(JSON.parse(noted.text));
  const signing = receiptKeys[0]?.keyId;
  if (!privateKeys.some((pem) => publicHalf(pem).keyId === signing))
    throw new AdminError(
      `the secret of the receipt keys lacks ${signing}, the one that signs: without it ingest takes no vote; put it back`,
    );
  return receiptKeys;
}

/** A secret that nobody has filled yet holds what it was made with. */
function readSecret(text: string | null): readonly string[] {
  const known = secretSchema.safeParse(parseJson(text ?? ''));
  return known.success ? known.data.privateKeys : [];
}

/** Keys that are in the secret already, and not noted down, are kept: somebody may have stopped in between. */
async function makeReceiptKeys(office: Office, known: readonly string[]): Promise<PublishedKey[]> {
  let privateKeys = known;
  if (privateKeys.length === 0) {
    const { privateKey } = generateKeyPairSync('ed25519');
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
  if (!(await office.objects.replace(publicKey, body, null)))
    throw new AdminError('somebody else made the keys of receipts just now: try again');
  return receiptKeys;
}
