import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as StreamRecord,
} from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { localRegion } from './local-account.ts';

/** Kinesis allows five reads a second on a shard; so does this, which also makes batches larger. */
export const readIntervalMs = 200;

export type ShardRead = {
  readonly records: readonly KinesisStreamRecord[];
  /** Bytes of each record's data. */
  readonly sizes: readonly number[];
  /** The shard is closed, and these were its last records. */
  readonly ended: boolean;
  /** Whether nothing newer was there. An empty answer alone does not say so. */
  readonly atTip: boolean;
};

export type ShardReaderSpec = {
  readonly client: KinesisClient;
  readonly stream: string;
  readonly streamArn: string;
  readonly shardId: string;
  /** Reading begins after this one; at the oldest record kept, when undefined. */
  readonly after: string | undefined;
  readonly recordsMax: number;
};

/**
 * Reads one shard from a position on, in order.
 *
 * @returns a function that reads the next records, possibly none; after it throws, the next call
 * reads the same ones again
 */
export function createShardReader(spec: ShardReaderSpec): (signal: AbortSignal) => Promise<ShardRead> {
  let after = spec.after;
  let iterator: string | undefined;
  return async (signal) => {
    const options = { abortSignal: signal };
    iterator ??= await openIterator(spec, after, options);
    const used = iterator;
    // Whatever becomes of this call, the iterator is spent: the next one starts from `after`.
    iterator = undefined;
    const answer = await spec.client.send(
      new GetRecordsCommand({ ShardIterator: used, Limit: spec.recordsMax }),
      options,
    );
    const records = (answer.Records ?? []).map((record) => toEventRecord(spec, record));
    after = records.at(-1)?.kinesis.sequenceNumber ?? after;
    // Before the first record, every read begins at the horizon anew: kinesalite's next iterator
    // from there can point past a first record that is being written at that moment.
    iterator = after === undefined ? undefined : answer.NextShardIterator;
    return {
      records,
      sizes: (answer.Records ?? []).map((record) => record.Data?.byteLength ?? 0),
      ended: answer.NextShardIterator === undefined || answer.NextShardIterator === null,
      atTip: records.length < spec.recordsMax && (answer.MillisBehindLatest ?? 0) === 0,
    };
  };
}

async function openIterator(
  spec: ShardReaderSpec,
  after: string | undefined,
  options: { abortSignal: AbortSignal },
): Promise<string> {
  const at = { StreamName: spec.stream, ShardId: spec.shardId };
  const position =
    after === undefined
      ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
      : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: after } as const);
  try {
    const { ShardIterator } = await spec.client.send(
      new GetShardIteratorCommand({ ...at, ...position }),
      options,
    );
    if (ShardIterator === undefined) throw new Error(`no iterator for ${spec.shardId}`);
    return ShardIterator;
  } catch (error) {
    // A checkpoint of another stream (its data was removed): start over, which is safe.
    const foreign =
      error instanceof Error && error.name === 'InvalidArgumentException' && after !== undefined;
    if (!foreign) throw error;
    return openIterator(spec, undefined, options);
  }
}

/** As Lambda hands it to a function. */
function toEventRecord(spec: ShardReaderSpec, record: StreamRecord): KinesisStreamRecord {
  const data = record.Data ?? new Uint8Array();
  const sequenceNumber = record.SequenceNumber ?? '';
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.PartitionKey ?? '',
      sequenceNumber,
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
      approximateArrivalTimestamp: (record.ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${spec.shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/local',
    awsRegion: localRegion,
    eventSourceARN: spec.streamArn,
  };
}
