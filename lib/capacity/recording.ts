import { connectionsOf } from './database.ts';
import { ceil } from './ingest.ts';
import type { CapacityInput } from './input.ts';
import { limits } from './limits.ts';
import { recordsPerEvent, voteRecordBytesMax } from './writer-event.ts';

export interface StreamPlan {
  readonly shards: number;
  readonly boundBy: 'records' | 'bytes';
  /** Shards that each dimension needs at the limit. */
  readonly shardsByRecords: number;
  readonly shardsByBytes: number;
}

export interface WriterPlan {
  readonly batchRecordsMax: number;
  readonly batchesPerShard: number;
  /** Invocations for the stream at once. */
  readonly writerConcurrency: number;
  /** Invocations for the overflow queue, beside those. */
  readonly overflowConcurrency: number;
  /** Connections that the database has to hold for us: one an invocation, and a few for who keeps house. */
  readonly databaseConnections: number;
  readonly databaseConnectionsMax: number;
  /** How long a full batch takes while all of them share the database. */
  readonly batchSecondsMax: number;
  /** Records of an ordinary vote, and of the largest there is, that one event holds. */
  readonly recordsPerEvent: number;
  readonly largestRecordsPerEvent: number;
}

export interface BacklogPlan {
  readonly recordsPerSecond: number;
  /** If everybody voted at the peak rate, one after the other. */
  readonly peakMinutes: number;
  /** At the end of the peak. */
  readonly backlogVotesMax: number;
  /** From the first vote until the last one is recorded. */
  readonly drainMinutes: number;
  /** How old a vote gets before it is recorded. */
  readonly oldestVoteMinutes: number;
  readonly drainsInRetention: boolean;
  /** How long the database may be away besides, before the stream forgets a vote. */
  readonly outageHoursMax: number;
}

/** The partition key counts: a voter key written as a UUID. */
const partitionKeyBytes = 36;

/** Pure. */
export function planStream({ votesPerSecond, recordBytes, shardLoad }: CapacityInput): StreamPlan {
  const shardsByRecords = ceil(votesPerSecond / limits.shardRecordsPerSecond);
  const shardsByBytes = ceil(
    (votesPerSecond * (recordBytes + partitionKeyBytes)) / limits.shardBytesPerSecond,
  );
  const boundBy = shardsByBytes > shardsByRecords ? 'bytes' : 'records';
  const usedBySecond = votesPerSecond / shardLoad;
  return {
    shards: Math.max(
      ceil(usedBySecond / limits.shardRecordsPerSecond),
      ceil((usedBySecond * (recordBytes + partitionKeyBytes)) / limits.shardBytesPerSecond),
    ),
    boundBy,
    shardsByRecords,
    shardsByBytes,
  };
}

/** Batches of the queue are seldom full, so it takes more of them. */
const overflowLanesPerLane = 5;
/** Maintenance, migrations, the people who look after it. */
const housekeepingConnections = 13;

/** Pure. */
export function planWriter(input: CapacityInput, shards: number): WriterPlan {
  const { votesPerSecond, rowsPerSecond, batchRecords, batchMs } = input;
  const laneRecordsPerSecond = batchRecords / (batchMs / 1_000);
  // More would only wait for the database; fewer would leave it idle.
  const lanes = ceil(Math.min(rowsPerSecond, votesPerSecond) / laneRecordsPerSecond);
  const batchesPerShard = Math.min(limits.batchesPerShardMax, ceil(lanes / shards));
  const writerConcurrency = shards * batchesPerShard;
  const overflowConcurrency = Math.min(
    limits.queueConcurrencyMax,
    Math.max(limits.queueConcurrencyMin, lanes * overflowLanesPerLane),
  );
  return {
    batchRecordsMax: batchRecords,
    batchesPerShard,
    writerConcurrency,
    overflowConcurrency,
    databaseConnections: writerConcurrency + overflowConcurrency + housekeepingConnections,
    databaseConnectionsMax: connectionsOf(input.databaseVcpus),
    batchSecondsMax: Math.max(batchMs / 1_000, (writerConcurrency * batchRecords) / rowsPerSecond),
    recordsPerEvent: recordsPerEvent(input.recordBytes),
    largestRecordsPerEvent: recordsPerEvent(voteRecordBytesMax),
  };
}

/** The stream hands its votes over in order, so the last vote of the peak waits longest. Pure. */
export function planBacklog(input: CapacityInput, writerConcurrency: number): BacklogPlan {
  const { votes, votesPerSecond, rowsPerSecond, batchRecords, batchMs } = input;
  const recordsPerSecond = Math.min(rowsPerSecond, writerConcurrency * (batchRecords / (batchMs / 1_000)));
  const peakSeconds = votes / votesPerSecond;
  const drainSeconds = Math.max(peakSeconds, votes / recordsPerSecond);
  const oldestHours = (drainSeconds - peakSeconds) / 3_600;
  return {
    recordsPerSecond,
    peakMinutes: peakSeconds / 60,
    backlogVotesMax: Math.max(0, ceil(votes - recordsPerSecond * peakSeconds)),
    drainMinutes: drainSeconds / 60,
    oldestVoteMinutes: oldestHours * 60,
    drainsInRetention: oldestHours < limits.retentionHours,
    outageHoursMax: Math.max(0, limits.retentionHours - oldestHours),
  };
}
