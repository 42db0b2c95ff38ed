import type { SQSRecord } from 'aws-lambda';
import type { OverflowQueue } from '../../functions/core/ports.ts';
import type { Life } from './life.ts';
import { makePutCall } from './put-call.ts';
import type { Outage, World } from './world.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receives: number;
}

export interface QueueModel {
  /** As one process sees it. */
  portFor(life: Life, name: string): OverflowQueue;
  /** Up to `messagesMax` of those that nobody has in hand, in no order. */
  receive(messagesMax: number): readonly SQSRecord[];
  delete(ids: ReadonlySet<string>): void;
  isEmpty(): boolean;
  /** Everything that it ever took. */
  readonly taken: readonly { readonly data: Buffer; readonly order: number }[];
}

/** After that, a message that was received and not deleted is there again. */
const visibilityMs = 20_000;

/** SQS, standard: no order, at least once. */
export function createQueueModel(
  world: World,
  outages: readonly Outage[],
  nextOrder: () => number,
): QueueModel {
  const { time, random, faults } = world;
  const taken: { data: Buffer; order: number }[] = [];
  let messages: Message[] = [];
  return {
    taken,
    isEmpty: () => messages.length === 0,
    portFor: (life, name) => ({
      sendBatch: (entries, timeoutMs) =>
        makePutCall(world, {
          life,
          name: `${name} → queue`,
          entries: entries.length,
          timeoutMs,
          outages,
          store(index) {
            const data = entries[index]?.data;
            if (data === undefined) return false;
            const order = nextOrder();
            taken.push({ data, order });
            const nowMs = time.clock();
            messages.push({
              id: `message-${order}`,
              body: data.toString('utf8'),
              sentAtMs: nowMs,
              visibleAtMs: nowMs,
              receives: 0,
            });
            return true;
          },
        }),
    }),
    receive(messagesMax) {
      const nowMs = time.clock();
      const visible = random.shuffled(messages.filter((message) => message.visibleAtMs <= nowMs));
      return visible.slice(0, messagesMax).map((message) => {
        message.receives++;
        if (!faults.bites('received-twice')) message.visibleAtMs = nowMs + visibilityMs;
        return toEventRecord(message, nowMs);
      });
    },
    delete(ids) {
      messages = messages.filter((message) => !ids.has(message.id) || faults.bites('delete-lost'));
    },
  };
}

/** As Lambda hands it to a function. */
function toEventRecord(message: Message, nowMs: number): SQSRecord {
  return {
    messageId: message.id,
    receiptHandle: `${message.id}-${message.receives}`,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(message.sentAtMs),
      SenderId: 'ingest',
      ApproximateFirstReceiveTimestamp: String(nowMs),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:ballots-overflow',
    awsRegion: 'us-east-1',
  };
}
