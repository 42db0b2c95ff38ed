import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeStreamCommand,
  type KinesisClient,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalKinesis } from '../../lib/local/aws-clients.ts';
import { openCheckpoints } from '../../lib/local/checkpoints.ts';
import { type EventSourceMapping, startEventSourceMapping } from '../../lib/local/event-source-mapping.ts';
import { streamName } from '../../lib/local/local-account.ts';
import type { BatchResponse } from '../../lib/local/mapping-rules.ts';
import { makeDirectory, startStream, until } from '../support/local-services.ts';

const keys = 40;
let directory: ReturnType<typeof makeDirectory>;
let stream: Awaited<ReturnType<typeof startStream>>;
let client: KinesisClient;
let mappings: EventSourceMapping[];

beforeEach(async () => {
  directory = makeDirectory();
  stream = await startStream(directory.path);
  client = createLocalKinesis(stream.endpoint);
  mappings = [];
});

afterEach(async () => {
  await Promise.all(mappings.map((mapping) => mapping.stop()));
  client.destroy();
  await stream.child.stop();
  directory.remove();
});

/** What a function has taken for good: for each key the numbers, in the order they came. */
function createLedger() {
  const taken = new Map<string, number[]>();
  return {
    take(event: KinesisStreamEvent, count = event.Records.length): undefined {
      for (const { kinesis } of event.Records.slice(0, count)) {
        const { key, n } = JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as {
          key: string;
          n: number;
        };
        expect(kinesis.partitionKey).toBe(key);
        taken.set(key, [...(taken.get(key) ?? []), n]);
      }
    },
    total: () => [...taken.values()].reduce((sum, numbers) => sum + numbers.length, 0),
    distinct: () => [...taken.values()].reduce((sum, numbers) => sum + new Set(numbers).size, 0),
    /** In order: a number comes for the first time only after all before it have come. */
    expectOrderPerKey() {
      for (const numbers of taken.values()) {
        let next = 0;
        for (const n of numbers) {
          expect(n).toBeLessThanOrEqual(next);
          if (n === next) next += 1;
        }
      }
    },
  };
}

/** Puts records `from` up to `to` of every key, one request after another. */
async function put(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) {
    const Records = Array.from({ length: keys }, (_, k) => ({
      PartitionKey: `key-${k}`,
      Data: Buffer.from(JSON.stringify({ key: `key-${k}`, n })),
    }));
    await client.send(new PutRecordsCommand({ StreamName: streamName, Records }));
  }
}

function start(handler: (event: KinesisStreamEvent) => Promise<BatchResponse>): EventSourceMapping {
  const mapping = startEventSourceMapping({
    client,
    stream: streamName,
    checkpoints: openCheckpoints(join(directory.path, 'checkpoints.json')),
    handler,
    name: 'fake',
    batchRecordsMax: 50,
    readIntervalMs: 10,
    listIntervalMs: 100,
  });
  mappings.push(mapping);
  return mapping;
}

async function drained(mapping: EventSourceMapping): Promise<void> {
  const since = Date.now();
  await until(() => mapping.isDrainedSince(since));
}

describe('the event source mapping against the real stream stand-in', () => {
  it('delivers every record once, in order per key, to a function that does not fail', async () => {
    const ledger = createLedger();
    const mapping = start(async (event) => ledger.take(event));
    await put(0, 50);
    await drained(mapping);
    expect(ledger.total()).toBe(50 * keys);
    ledger.expectOrderPerKey();
    expect(mapping.positions()).toHaveLength(4);
    expect(
      mapping.positions().every((position) => position.inHand === 0 && position.iteratorAgeMs === 0),
    ).toBe(true);
  });

  it('skips nothing when the function throws, fails in part, names nonsense and is slow', async () => {
    const ledger = createLedger();
    let calls = 0;
    const mapping = start(async (event) => {
      calls += 1;
      const mishap = calls > 30 ? 0 : calls % 6;
      if (mishap === 1) throw new Error('broken before anything was done');
      if (mishap === 4) return { batchItemFailures: [{ itemIdentifier: 'nonsense' }] };
      if (mishap === 5) await new Promise((resolve) => setTimeout(resolve, 30));
      const done = mishap === 2 ? Math.floor(event.Records.length / 2) : event.Records.length;
      ledger.take(event, done);
      if (mishap === 3) throw new Error('broken after everything was done');
      return {
        batchItemFailures: event.Records.slice(done).map((record) => ({
          itemIdentifier: record.kinesis.sequenceNumber,
        })),
      };
    });
    await put(0, 30);
    await drained(mapping);
    expect(ledger.distinct()).toBe(30 * keys);
    ledger.expectOrderPerKey();
  });

  it('goes on where it was after a stop, and repeats nothing that was done', async () => {
    const ledger = createLedger();
    const first = start(async (event) => ledger.take(event));
    await put(0, 10);
    await drained(first);
    await first.stop();
    await put(10, 20);
    expect(ledger.total()).toBe(10 * keys);
    await drained(start(async (event) => ledger.take(event)));
    expect(ledger.total()).toBe(20 * keys);
    ledger.expectOrderPerKey();
  });

  it('delivers everything again when the checkpoints are lost', async () => {
    const ledger = createLedger();
    const first = start(async (event) => ledger.take(event));
    await put(0, 5);
    await drained(first);
    await first.stop();
    rmSync(join(directory.path, 'checkpoints.json'));
    await drained(start(async (event) => ledger.take(event)));
    expect([ledger.total(), ledger.distinct()]).toEqual([10 * keys, 5 * keys]);
  });

  it('loses nothing when the stream is killed with -9 in the middle and comes back', async () => {
    const ledger = createLedger();
    const mapping = start(async (event) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ledger.take(event);
    });
    await put(0, 20);
    stream.child.signal('SIGKILL');
    await stream.child.ended;
    stream = await startStream(directory.path, stream.port);
    await put(20, 30);
    await drained(mapping);
    expect(ledger.distinct()).toBe(30 * keys);
    ledger.expectOrderPerKey();
  });

  it('keeps every key in order when shards are split under it', async () => {
    const ledger = createLedger();
    const mapping = start(async (event) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      ledger.take(event);
    });
    await put(0, 10);
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: streamName }));
    for (const [split, shard] of (StreamDescription?.Shards ?? []).slice(0, 2).entries()) {
      const middle =
        (BigInt(shard.HashKeyRange?.StartingHashKey ?? 0) + BigInt(shard.HashKeyRange?.EndingHashKey ?? 0)) /
        2n;
      await client.send(
        new SplitShardCommand({
          StreamName: streamName,
          ShardToSplit: shard.ShardId,
          NewStartingHashKey: String(middle),
        }),
      );
      await until(
        async () =>
          (await client.send(new DescribeStreamCommand({ StreamName: streamName }))).StreamDescription
            ?.StreamStatus === 'ACTIVE',
      );
      await put(10 + split * 10, 20 + split * 10);
    }
    // Children of a split begin a second ahead of the clock in the stand-in.
    await until(() => mapping.positions().length === 6);
    await drained(mapping);
    expect(ledger.distinct()).toBe(30 * keys);
    ledger.expectOrderPerKey();
  });
});
