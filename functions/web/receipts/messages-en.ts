import type { ReceiptStatus } from '../../../schema/wire/receipt.ts';
import type { SignatureVerdict } from '../crypto/receipt-signature.ts';

/** What a status or a verdict is called, and what it means for the voter. */
interface Verdict {
  readonly name: string;
  readonly meaning: string;
}

const statuses: Readonly<Record<ReceiptStatus, Verdict>> = {
  pending: {
    name: 'Not recorded yet',
    meaning:
      'No ballot with this receipt is in the count yet. An accepted ballot arrives within seconds, after a great rush within hours.',
  },
  recorded: { name: 'Recorded', meaning: 'The ballot is in the count.' },
  duplicate: {
    name: 'Another ballot counts',
    meaning:
      'A different ballot was cast with the same pass before this one. The first one counts; this one is kept for the audit.',
  },
  quarantined: {
    name: 'Put aside',
    meaning:
      'The ballot is kept whole, but could not be counted as it is. The election office decides; show them this receipt.',
  },
};

const signatures: Readonly<Record<SignatureVerdict | 'absent', Verdict>> = {
  valid: {
    name: 'Genuine',
    meaning:
      'This browser has verified the signature with the election’s published key: the ballot was accepted.',
  },
  invalid: {
    name: 'Not genuine',
    meaning: 'The signature does not belong to this receipt. It was changed or copied wrongly.',
  },
  'unknown-key': {
    name: 'Cannot be verified',
    meaning: 'The election has published no key with which this receipt could have been signed.',
  },
  'browser-cannot': {
    name: 'Not verified here',
    meaning: 'This browser cannot verify Ed25519 signatures. Open the link in a newer one.',
  },
  absent: {
    name: 'Not in this link',
    meaning:
      'An id alone has no signature. Scan the QR code or open the whole link of the receipt to have it verified.',
  },
};

export const en = {
  title: 'Check my vote',
  hint: 'Paste the link or the id of your receipt. Nothing about how you voted is in it.',
  receipt: 'Receipt',
  check: 'Check',
  another: 'Check another receipt',
  notAReceipt: 'This is neither the link nor the id of a receipt. An id has 43 characters.',
  brokenLink:
    'The address that led here is not a whole receipt’s link: it was cut short or mistyped. Paste the link once more, or the id alone, which has 43 characters.',
  election: 'Election',
  electionHint: 'Only for an id that stands alone: a link names its election.',
  needElection: 'An id alone does not say which election it is of. Fill in its name, as in its addresses.',
  unknownElection: (name: string) => `There is no election called ${name}.`,
  loading: 'Asking …',
  cannotAsk: 'The service cannot be reached. It is asked again by itself.',
  countTitle: 'In the count',
  signatureTitle: 'Signature',
  asOf: (time: string) => `Asked at ${time}.`,
  statuses,
  signatures,
};

export type ReceiptMessages = typeof en;
