import type { KinesisStreamEvent, SQSEvent } from 'aws-lambda';
import type { BatchOrigin } from '../core/ports.ts';

/** What one invocation delivers, whichever source it comes from. */
export interface Delivery {
  readonly origin: BatchOrigin;
  readonly records: readonly Uint8Array[];
  /** When the oldest of them came into the stream or queue, by the clock of AWS. */
  readonly oldestAtMs: number;
  /** What to report if the whole of it has to be delivered again. */
  readonly failures: readonly { readonly itemIdentifier: string }[];
}

/** Null: nothing in it. Throws a TypeError for an event of neither source: a wrong wiring, not a vote. */
export function readDelivery(event: KinesisStreamEvent | SQSEvent): Delivery | null {
  if (event.Records.length === 0) return null;
  if (isKinesis(event)) return readKinesis(event);
  if (isSqs(event)) return readSqs(event);
  throw new TypeError('neither a Kinesis nor an SQS event');
}

const isKinesis = (event: KinesisStreamEvent | SQSEvent): event is KinesisStreamEvent =>
  event.Records.every((record) => 'kinesis' in record);

const isSqs = (event: KinesisStreamEvent | SQSEvent): event is SQSEvent =>
  event.Records.every((record) => 'messageId' in record);

function readKinesis({ Records }: KinesisStreamEvent): Delivery {
  const sequences = Records.map((record) => record.kinesis.sequenceNumber);
  const first = sequences[0] ?? '';
  return {
    origin: {
      source: 'kinesis',
      // `shardId-000000000001:4959…`: the event id carries the shard before the sequence number.
      shard: Records[0]?.eventID.split(':')[0] ?? '',
      firstSequence: first,
      lastSequence: sequences.at(-1) ?? '',
    },
    records: Records.map((record) => Buffer.from(record.kinesis.data, 'base64')),
    // A shard's records come in the order in which it took them.
    oldestAtMs: (Records[0]?.kinesis.approximateArrivalTimestamp ?? Number.NaN) * 1000,
    // Lambda delivers again from the lowest sequence number reported.
    failures: [{ itemIdentifier: first }],
  };
}

function readSqs({ Records }: SQSEvent): Delivery {
  return {
    origin: {
      source: 'sqs',
      shard: Records[0]?.eventSourceARN.split(':').at(-1) ?? '',
      firstSequence: Records[0]?.messageId ?? '',
      lastSequence: Records.at(-1)?.messageId ?? '',
    },
    records: Records.map((record) => Buffer.from(record.body, 'utf8')),
    oldestAtMs: Math.min(...Records.map((record) => Number(record.attributes.SentTimestamp))),
    failures: Records.map((record) => ({ itemIdentifier: record.messageId })),
  };
}
