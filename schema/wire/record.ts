import * as z from 'zod';
import {
  ballotIdSchema,
  channelSchema,
  electionIdSchema,
  instantSchema,
  regionIdSchema,
  stationIdSchema,
  voterKeySchema,
} from './ids.ts';
import { contestsPerBallotMax } from './limits.ts';
import { selectionSchema } from './vote.ts';

/**
 * One accepted vote as it stands in the stream and in the overflow queue. Old versions stay
 * readable: a new one is added to `streamRecordSchema`, never put in place of this one, since what
 * was accepted under it may wait in the stream for seven days.
 */
export const streamRecordV1Schema = z.strictObject({
  v: z.literal(1),
  election: electionIdSchema,
  /** The definition that ingest judged the vote by. */
  definition: z.int().min(1),
  ballotId: ballotIdSchema,
  voterKey: voterKeySchema,
  region: regionIdSchema,
  station: stationIdSchema,
  channel: channelSchema,
  selections: z.array(selectionSchema).max(contestsPerBallotMax),
  castAt: instantSchema.optional(),
  acceptedAt: instantSchema,
});

export const streamRecordSchema = z.discriminatedUnion('v', [streamRecordV1Schema]);
export type StreamRecord = z.infer<typeof streamRecordSchema>;
