import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { countRecord } from '../../../functions/core/count-record.ts';
import type { Election } from '../../../functions/core/election.ts';
import type { BatchOrigin, CountableVote } from '../../../functions/core/ports.ts';
import { encodeRecord } from '../../../functions/core/record.ts';
import type { TallyNumbers } from '../../../functions/core/tally.ts';
import { localAccount, localRegion, streamName } from '../../../lib/local/local-account.ts';
import type { StreamRecord } from '../../../schema/wire/record.ts';

export const shardId = 'shardId-000000000000';

/** As the event source mapping hands a batch to the writer. */
export function toKinesisEvent(records: readonly StreamRecord[], firstSequence: number): KinesisStreamEvent {
  return {
    Records: records.map((record, at): KinesisStreamRecord => {
      const sequenceNumber = String(firstSequence + at).padStart(56, '0');
      return {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: record.voterKey,
          sequenceNumber,
          data: encodeRecord(record).toString('base64'),
          approximateArrivalTimestamp: Date.parse(record.acceptedAt) / 1000,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `${shardId}:${sequenceNumber}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: `arn:aws:iam::${localAccount}:role/bench`,
        awsRegion: localRegion,
        eventSourceARN: `arn:aws:kinesis:${localRegion}:${localAccount}:stream/${streamName}`,
      };
    }),
  };
}

/** What the writer makes of a record before it asks the database. */
export function toCountable(record: StreamRecord, election: Election, numbers: TallyNumbers): CountableVote {
  const counted = countRecord(record, encodeRecord(record), election, numbers);
  if (!counted.ok) throw new Error(`a vote of the bench cannot be counted: ${counted.reason}`);
  return counted.vote;
}

export const originOf = (firstSequence: number, records: number): BatchOrigin => ({
  source: 'kinesis',
  shard: shardId,
  firstSequence: String(firstSequence),
  lastSequence: String(firstSequence + records - 1),
});

/** Consecutive pieces of at most `size`. */
export function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
