import * as z from 'zod';
import { instantSchema } from './ids.ts';

const count = z.int().min(0);

/**
 * What the operator's page shows, on one machine only. Votes are counted by whoever reads the stream from its
 * beginning, apart from the writer that records them.
 */
export const operatorFiguresSchema = z.strictObject({
  at: instantSchema,
  /**
   * Of the sentence accepted = recorded + duplicate + quarantined. `reading`: the stream is still being read;
   * `partial`: it does not hold everything any more, or more than can be compared here.
   */
  verdict: z.enum(['balanced', 'catching-up', 'broken', 'reading', 'partial']),
  accepted: count,
  recorded: count,
  duplicates: count,
  quarantined: count,
  /** Accepted, and not recorded yet. Below 0: recorded, but never accepted. */
  onTheWay: z.int(),
  /** Votes by which audit trail, tally and tables disagree among themselves; see `check_books`. */
  unaccounted: count,
  /** Age of the oldest record in the stream that is not recorded, to a second; 0: there is none. */
  oldestMs: count,
  acceptedPerSecond: z.number().min(0),
  recordedPerSecond: z.number().min(0),
  shards: z.array(
    z.strictObject({
      shard: z.string(),
      /** Records in the stream: one vote may stand there several times. */
      records: count,
      acceptedPerSecond: z.number().min(0),
      recordedPerSecond: z.number().min(0),
      recorded: count,
      repeated: count,
      duplicates: count,
      quarantined: count,
      oldestMs: count,
      /** Null: the writer does not answer. */
      inHand: count.nullable(),
      failures: count.nullable(),
    }),
  ),
  queue: z.strictObject({
    /** Null: the writer does not answer. */
    waiting: count.nullable(),
    recordedPerSecond: z.number().min(0),
    recorded: count,
    repeated: count,
    duplicates: count,
    quarantined: count,
  }),
  quarantine: z.array(z.strictObject({ reason: z.string(), records: count })),
});
export type OperatorFigures = z.infer<typeof operatorFiguresSchema>;
