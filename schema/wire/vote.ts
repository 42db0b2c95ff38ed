import * as z from 'zod';
import {
  ballotIdSchema,
  channelSchema,
  choiceIdSchema,
  commitmentSchema,
  contestIdSchema,
  instantSchema,
  regionIdSchema,
  stationIdSchema,
} from './ids.ts';
import { batchVotesMax, choicesPerContestMax, contestsPerBallotMax, passCharsMax } from './limits.ts';
import { problemSchema } from './problem.ts';
import { acceptedSchema } from './receipt.ts';

/** What was marked in one contest. An array, not an object keyed by contest: no key can be `__proto__`. */
export const selectionSchema = z.strictObject({
  contest: contestIdSchema,
  choices: z.array(choiceIdSchema).max(choicesPerContestMax),
});
export type Selection = z.infer<typeof selectionSchema>;

/** `POST /v1/elections/{election}/votes`: one vote, as the client sends it. */
export const voteRequestSchema = z.strictObject({
  version: z.literal(1).describe('Version of this schema.'),
  ballotId: ballotIdSchema.describe('A random UUID. Repeat it, and the whole request, when you retry.'),
  region: regionIdSchema.describe('The region that the pass was issued for.'),
  channel: channelSchema,
  station: stationIdSchema.optional().describe('The polling station, where the channel may name one.'),
  castAt: instantSchema.optional().describe('When the vote was cast, where the channel may say so.'),
  pass: z
    .string()
    .min(1)
    .max(passCharsMax)
    .describe('The voter pass: keyId.message.signature, base64url each.'),
  commitment: commitmentSchema
    .optional()
    .describe('A salted hash of the ballot; it stands in the receipt. The salt stays with the voter.'),
  selections: z
    .array(selectionSchema)
    .max(contestsPerBallotMax)
    .describe('Contests left out are undervotes.'),
});
export type VoteRequest = z.infer<typeof voteRequestSchema>;

/**
 * `POST /v1/elections/{election}/votes/batch`. The votes are parsed one by one, so that a bad one
 * among them costs only itself.
 */
export const voteBatchRequestSchema = z.strictObject({
  version: z.literal(1),
  votes: z.array(z.unknown()).min(1).max(batchVotesMax),
});

/** One result a vote, in the order of the request. */
export const voteBatchResponseSchema = z.strictObject({
  results: z.array(
    z.discriminatedUnion('status', [
      acceptedSchema,
      z.strictObject({ status: z.literal('refused'), problem: problemSchema }),
    ]),
  ),
});
