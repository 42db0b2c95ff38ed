import type { Commitment, ElectionId, ReceiptId } from '../../schema/wire/ids.ts';

/**
 * The bytes that a receipt's signature is over: a name for the purpose, then election, receipt id and
 * commitment (empty where there is none), NUL between them; none of them can contain one.
 *
 * The receipt id holds the voter key beside the ballot id. It is signed too, or a receipt could be shown
 * under another voter's key, where nothing was ever recorded, as proof of a vote gone missing.
 */
export function receiptMessage(
  election: ElectionId,
  receiptId: ReceiptId,
  commitment?: Commitment,
): Uint8Array<ArrayBuffer> {
  // Runs in browsers too, which have no Buffer.
  return new TextEncoder().encode(`ballotstream/receipt/v1\0${election}\0${receiptId}\0${commitment ?? ''}`);
}
