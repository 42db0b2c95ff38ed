import * as z from 'zod';
import {
  ballotIdSchema,
  commitmentSchema,
  electionIdSchema,
  instantSchema,
  keyIdSchema,
  receiptIdSchema,
} from './ids.ts';

/**
 * What an accepted vote is answered with. The same request gets the same receipt, from any instance:
 * nothing in it changes with time, and Ed25519 signatures are deterministic. The signature is over
 * what `receiptMessage` (functions/core/receipt.ts) makes of election, receipt id and commitment.
 */
export const receiptSchema = z.strictObject({
  receiptId: receiptIdSchema,
  election: electionIdSchema,
  ballotId: ballotIdSchema,
  commitment: commitmentSchema.optional().describe('As the client sent it.'),
  keyId: keyIdSchema.optional().describe('The key in the definition that signed; absent where none signs.'),
  signature: z
    .string()
    .regex(/^[A-Za-z0-9_-]{86}$/)
    .optional()
    .describe('Ed25519, base64url.'),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** 202: the vote is durable and will be counted. The time stands beside the receipt, which never changes. */
export const acceptedSchema = z.strictObject({
  status: z.literal('accepted'),
  receipt: receiptSchema,
  acceptedAt: instantSchema,
});
export type Accepted = z.infer<typeof acceptedSchema>;

export const receiptStatusSchema = z.enum(['pending', 'recorded', 'duplicate', 'quarantined']);
export type ReceiptStatus = z.infer<typeof receiptStatusSchema>;

/** `GET /v1/elections/{election}/receipts/{receiptId}` */
export const receiptStatusResponseSchema = z.strictObject({
  receiptId: receiptIdSchema,
  election: electionIdSchema,
  status: receiptStatusSchema,
});
