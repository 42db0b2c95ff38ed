import type { Definition } from '../../../schema/wire/definition.ts';
import type { Commitment, ElectionId, ReceiptId } from '../../../schema/wire/ids.ts';
import { receiptMessage } from '../../core/receipt.ts';
import { fromBase64 } from './bytes.ts';

export type SignatureVerdict =
  | 'valid'
  | 'invalid'
  /** The definition has no such key: an old one, or not this election's. */
  | 'unknown-key'
  /** Before Chrome 137, Firefox 129 and Safari 17 browsers have no Ed25519. */
  | 'browser-cannot';

export interface SignedReceipt {
  readonly election: string;
  readonly receiptId: string;
  readonly commitment: string;
  readonly keyId: string;
  readonly signature: string;
}

/** Verifies a receipt with nothing but what the election has published. */
export async function verifyReceipt(
  { receiptKeys = [] }: Pick<Definition, 'receiptKeys'>,
  receipt: SignedReceipt,
): Promise<SignatureVerdict> {
  const spki = receiptKeys.find(({ keyId }) => keyId === receipt.keyId)?.spki;
  if (spki === undefined) return 'unknown-key';
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('spki', fromBase64(spki), 'Ed25519', false, ['verify']);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') return 'browser-cannot';
    throw error;
  }
  const { election, receiptId, commitment, signature } = receipt;
  const message = receiptMessage(election as ElectionId, receiptId as ReceiptId, commitment as Commitment);
  return (await crypto.subtle.verify('Ed25519', key, fromBase64(signature), message)) ? 'valid' : 'invalid';
}
