import { judgeQueueBatch } from '../../lib/local/mapping-rules.ts';
import type { QueueModel } from './queue.ts';
import type { World } from './world.ts';
import type { InvokeWriter } from './writer-fleet.ts';

const pollIntervalMs = 500;
const pollersCount = 2;

/**
 * The queue's event source: what the function did not name as failed is deleted, the rest shows up
 * again when its visibility timeout is over. Judged by the local mapping's own rule.
 */
export function startQueueMapping(
  { time, random, say }: World,
  queue: QueueModel,
  invoke: InvokeWriter,
  messagesMax: number,
): void {
  async function poll(): Promise<void> {
    for (;;) {
      await time.sleep(pollIntervalMs * random.between(0.5, 1.5));
      const records = queue.receive(messagesMax);
      if (records.length === 0) continue;
      say(() => `queue: ${records.length} messages to a writer`);
      const ids = records.map((record) => record.messageId);
      try {
        const response = await invoke({ Records: [...records] });
        const staying = judgeQueueBatch(ids, response);
        queue.delete(new Set(ids.filter((_, position) => !staying.has(position))));
      } catch (error) {
        say(() => `queue: the batch failed, ${String(error)}`);
      }
    }
  }
  for (let poller = 0; poller < pollersCount; poller++) void poll();
}
