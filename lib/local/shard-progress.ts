import type { KinesisStreamRecord } from 'aws-lambda';
import type { ShardRead } from './shard-reader.ts';

export type ShardPosition = {
  readonly shardId: string;
  /** Read from the stream, not yet recorded. How many more the stream holds, Kinesis does not say. */
  readonly inHand: number;
  /** Age of the oldest record in hand; 0 when there is none. */
  readonly iteratorAgeMs: number;
  /** When the newest record seen reached the stream; milliseconds since 1970. */
  readonly lastArrivalMs: number | undefined;
  /** Up to here everything is recorded. */
  readonly sequence: string | undefined;
  /** Calls that failed in a row; 0 when all is well. */
  readonly failures: number;
};

/** What is known of one shard while it is read. */
export type ShardProgress = {
  noteRead(read: ShardRead, beganMs: number): void;
  /** The oldest `count` records in hand are done; the last of them is `sequence`. */
  noteDone(count: number, sequence: string): void;
  /** @returns how many had failed in a row before this one */
  noteFailure(): number;
  position(): ShardPosition;
  isDrainedSince(sinceMs: number): boolean;
};

export function createShardProgress(shardId: string): ShardProgress {
  let inHand: readonly KinesisStreamRecord[] = [];
  let newest: KinesisStreamRecord | undefined;
  let sequence: string | undefined;
  let failures = 0;
  let emptyReadBeganMs = -1;
  return {
    noteRead({ records, ended, atTip }, beganMs) {
      inHand = [...inHand, ...records];
      newest = records.at(-1) ?? newest;
      // At the end of a closed shard its keys go on in its children: that is not drained.
      if (ended) emptyReadBeganMs = -1;
      else if (inHand.length === 0 && atTip) emptyReadBeganMs = beganMs;
    },
    noteDone(count, last) {
      inHand = inHand.slice(count);
      sequence = last;
      failures = 0;
    },
    noteFailure: () => failures++,
    position: () => ({
      shardId,
      inHand: inHand.length,
      iteratorAgeMs: inHand[0] === undefined ? 0 : Math.max(0, Date.now() - arrivalMs(inHand[0])),
      lastArrivalMs: newest === undefined ? undefined : arrivalMs(newest),
      sequence,
      failures,
    }),
    isDrainedSince: (sinceMs) => inHand.length === 0 && emptyReadBeganMs >= sinceMs,
  };
}

function arrivalMs(record: KinesisStreamRecord): number {
  return Math.round(record.kinesis.approximateArrivalTimestamp * 1000);
}
