import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OverflowQueue } from '../core/ports.ts';

/** The overflow queue. A message's body is the record as it would stand in the stream, UTF-8 JSON. */
export function createSqsOverflow(client: SQSClient, queueUrl: string): OverflowQueue {
  return {
    async sendBatch(entries, timeoutMs) {
      const { Successful = [] } = await client.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: entries.map(({ data }, index) => ({
            Id: String(index),
            MessageBody: data.toString('utf8'),
          })),
        }),
        { abortSignal: AbortSignal.timeout(timeoutMs) },
      );
      const stored = new Set(Successful.filter((result) => result.MessageId).map((result) => result.Id));
      return entries.map((_, index) => (stored.has(String(index)) ? 'stored' : 'failed'));
    },
  };
}
