import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { BatchStream } from '../core/ports.ts';

/**
 * The stream `ballots`. A call that answers 200 can have failed in part: an entry is stored only if
 * its own result carries a sequence number.
 */
export function createKinesisStream(client: KinesisClient, streamName: string): BatchStream {
  return {
    async putBatch(entries, timeoutMs) {
      const { Records = [] } = await client.send(
        new PutRecordsCommand({
          StreamName: streamName,
          Records: entries.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })),
        }),
        { abortSignal: AbortSignal.timeout(timeoutMs) },
      );
      return entries.map((_, index) => (Records[index]?.SequenceNumber ? 'stored' : 'failed'));
    },
  };
}
