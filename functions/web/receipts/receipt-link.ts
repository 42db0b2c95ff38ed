import type { Receipt } from '../../../schema/wire/receipt.ts';

/** What a link says of a receipt. Without a signature only its status can be asked for. */
export interface ReceiptLink {
  readonly election: string | null;
  readonly receiptId: string;
  readonly signed: { readonly keyId: string; readonly signature: string; readonly commitment: string } | null;
}

/** What stands before an id is none of the characters that an id or a signature has: of a link cut short nothing is an id. */
const linkShape =
  /(?:^|[^A-Za-z0-9_.#-])(?:receipts\/([a-z0-9-]{1,64})\/)?([A-Za-z0-9_-]{43})(?:#([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{86})\.([A-Za-z0-9_-]{43})?)?$/;

/** Where a receipt is checked. What is signed stands behind `#`: a browser sends that to nobody. */
export function addressOf(election: string, { receiptId, signed }: Omit<ReceiptLink, 'election'>): string {
  const { keyId, signature, commitment } = signed ?? {};
  return `/receipts/${election}/${receiptId}${signed === null ? '' : `#${keyId}.${signature}.${commitment}`}`;
}

/** The same of a receipt as it was given. */
export function checkAddress({ election, receiptId, keyId, signature, commitment }: Receipt): string {
  const signed =
    keyId === undefined ? null : { keyId, signature: signature ?? '', commitment: commitment ?? '' };
  return addressOf(election, { receiptId, signed });
}

/** Reads a whole link or a receipt's id alone, as somebody pastes it. Null: neither. */
export function readReceiptLink(text: string): ReceiptLink | null {
  const [, election, receiptId, keyId, signature, commitment] =
    linkShape.exec(text.replaceAll(/\s/g, '')) ?? [];
  if (receiptId === undefined) return null;
  return {
    election: election ?? null,
    receiptId,
    signed:
      keyId === undefined || signature === undefined
        ? null
        : { keyId, signature, commitment: commitment ?? '' },
  };
}
