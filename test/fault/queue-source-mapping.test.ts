import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalSqs } from '../../lib/local/aws-clients.ts';
import type { BatchResponse } from '../../lib/local/mapping-rules.ts';
import { type QueueSourceMapping, startQueueSourceMapping } from '../../lib/local/queue-source-mapping.ts';
import { makeDirectory, startStore, until } from '../support/local-services.ts';

let directory: ReturnType<typeof makeDirectory>;
let store: Awaited<ReturnType<typeof startStore>>;
let client: SQSClient;
let mappings: QueueSourceMapping[];

beforeEach(async () => {
  directory = makeDirectory();
  store = await startStore(directory.path);
  client = createLocalSqs(store.endpoint);
  mappings = [];
});

afterEach(async () => {
  await Promise.all(mappings.map((mapping) => mapping.stop()));
  client.destroy();
  await store.child.stop();
  directory.remove();
});

async function send(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 10) {
    const Entries = Array.from({ length: Math.min(10, to - n) }, (_, i) => ({
      Id: String(i),
      MessageBody: `vote ${n + i}`,
    }));
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: store.ready.queueUrl, Entries }),
    );
    expect(Failed).toEqual([]);
  }
}

function start(handler: (event: SQSEvent) => Promise<BatchResponse>): QueueSourceMapping {
  const mapping = startQueueSourceMapping({
    client,
    queueUrl: store.ready.queueUrl,
    queueArn: store.ready.queueArn,
    handler,
    name: 'fake',
  });
  mappings.push(mapping);
  return mapping;
}

async function drained(mapping: QueueSourceMapping): Promise<void> {
  await until(async () => {
    const { inHand, visible, notVisible } = await mapping.position();
    return inHand + visible + notVisible === 0;
  }, 40_000);
}

describe('the queue mapping against the real queue stand-in', () => {
  it('hands every message over and deletes it, several batches at a time when there are many', async () => {
    const seen: string[] = [];
    let atOnce = 0;
    let atOnceMax = 0;
    await send(0, 300);
    const mapping = start(async (event) => {
      atOnce += 1;
      atOnceMax = Math.max(atOnceMax, atOnce);
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(...event.Records.map((record) => record.body));
      atOnce -= 1;
      expect(event.Records[0]).toMatchObject({
        eventSource: 'aws:sqs',
        eventSourceARN: store.ready.queueArn,
      });
    });
    await drained(mapping);
    expect(new Set(seen).size).toBe(300);
    expect(seen).toHaveLength(300);
    expect(atOnceMax).toBeGreaterThan(1);
  });

  it('brings back exactly the messages that failed, and all of a batch that broke', async () => {
    const done = new Set<string>();
    let calls = 0;
    await send(0, 40);
    const mapping = start(async (event) => {
      calls += 1;
      if (calls === 1) throw new Error('broken');
      if (calls === 2) {
        for (const record of event.Records.slice(1)) done.add(record.body);
        return { batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }] };
      }
      for (const record of event.Records) {
        expect(done.has(record.body)).toBe(false);
        done.add(record.body);
      }
      return undefined;
    });
    await drained(mapping);
    expect(done.size).toBe(40);
  });

  it('loses no message when the queue is killed with -9 in the middle and comes back', async () => {
    const done = new Set<string>();
    await send(0, 100);
    const mapping = start(async (event) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      for (const record of event.Records) done.add(record.body);
    });
    await until(() => done.size > 10);
    store.child.signal('SIGKILL');
    await store.child.ended;
    store = await startStore(directory.path, store.ready.port);
    await drained(mapping);
    expect(done.size).toBe(100);
  });

  it('stops at once while it waits for messages', async () => {
    const mapping = start(async () => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = performance.now();
    await mapping.stop();
    expect(performance.now() - began).toBeLessThan(500);
  });
});
