import * as z from 'zod';
import { ballotIdSchema, electionIdSchema, instantSchema, receiptIdSchema } from './ids.ts';

/** The answer to an accepted vote. The same request gets the same `receiptId`, from any instance. */
export const receiptSchema = z.strictObject({
  receiptId: receiptIdSchema,
  election: electionIdSchema,
  ballotId: ballotIdSchema,
});

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
