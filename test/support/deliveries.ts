import type { KinesisStreamEvent, SQSEvent } from 'aws-lambda';

let sequence = 0n;

/** The event of a stream's event source mapping, as Lambda documents it. */
export function kinesisEvent(
  records: readonly Uint8Array[],
  shard = 'shardId-000000000000',
): KinesisStreamEvent {
  return {
    Records: records.map((bytes) => {
      const sequenceNumber = `4954${String(sequence++).padStart(52, '0')}`;
      return {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: 'voter',
          sequenceNumber,
          data: Buffer.from(bytes).toString('base64'),
          approximateArrivalTimestamp: 1_793_709_296.789,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `${shard}:${sequenceNumber}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: 'arn:aws:iam::000000000000:role/writer',
        awsRegion: 'us-east-1',
        eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/ballots',
      };
    }),
  };
}

/** The event of the overflow queue's mapping. Bodies are text: bytes that are none would not survive SQS. */
export function sqsEvent(records: readonly Uint8Array[]): SQSEvent {
  return {
    Records: records.map((bytes) => {
      const messageId = `message-${sequence++}`;
      return {
        messageId,
        receiptHandle: `handle-${messageId}`,
        body: Buffer.from(bytes).toString('utf8'),
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: '1793709296789',
          SenderId: 'ingest',
          ApproximateFirstReceiveTimestamp: '1793709296790',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:ballots-overflow',
        awsRegion: 'us-east-1',
      };
    }),
  };
}
