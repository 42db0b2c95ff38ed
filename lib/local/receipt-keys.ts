import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { passKeyId } from '../../functions/core/pass.ts';
import { replaceFile } from './replace-file.ts';

/** The public half, as a definition has it. */
export type PublishedKey = { readonly keyId: string; readonly spki: string };

/**
 * The keys that sign this machine's receipts: made the first time, in a file of mode 600 of the form that
 * ingest reads. The secret in production has the same form.
 *
 * @returns what definitions publish of them
 */
export function openReceiptKeys(file: string): PublishedKey[] {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const privateKeys = [privateKey.export({ type: 'pkcs8', format: 'pem' })];
    replaceFile(file, `${JSON.stringify({ schema: 'ballotstream/receipt-keys/1', privateKeys }, null, 2)}\n`);
  }
  const { privateKeys } = JSON.parse(readFileSync(file, 'utf8')) as { privateKeys: readonly string[] };
  return privateKeys.map((pem) => {
    const spki = createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'der' });
    return { keyId: passKeyId(spki), spki: spki.toString('base64') };
  });
}
