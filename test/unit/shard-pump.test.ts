import type { KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchResponse } from '../../lib/local/mapping-rules.ts';
import { createShardPump } from '../../lib/local/shard-pump.ts';

const record = (n: number): KinesisStreamRecord => ({
  kinesis: {
    kinesisSchemaVersion: '1.0',
    partitionKey: 'k',
    sequenceNumber: String(n),
    data: '',
    approximateArrivalTimestamp: 1,
  },
  eventSource: 'aws:kinesis',
  eventVersion: '1.0',
  eventID: `s:${n}`,
  eventName: 'aws:kinesis:record',
  invokeIdentityArn: '',
  awsRegion: '',
  eventSourceARN: '',
});

type Invoke = (sequences: readonly string[]) => BatchResponse | Promise<BatchResponse>;

/** A closed shard with `total` records, read `perRead` at a time, to its end. */
async function pumpThrough(total: number, perRead: number, recordsMax: number, invoke: Invoke) {
  const checkpoints: number[] = [];
  let at = 0;
  const pump = createShardPump({
    shardId: 's',
    read: () => {
      const count = Math.min(perRead, total - at);
      const records = Array.from({ length: count }, (_, i) => record(at + i));
      at += count;
      return Promise.resolve({
        records,
        sizes: records.map(() => 0),
        ended: at === total,
        atTip: at === total,
      });
    },
    invoke: async (event) => invoke(event.Records.map((one) => one.kinesis.sequenceNumber)),
    recordsMax,
    windowMs: 0,
    readIntervalMs: 0,
    checkpoint: async (sequence) => void checkpoints.push(Number(sequence)),
    onError: () => {},
  });
  const ended = await pump.run();
  return { ended, checkpoints, pump };
}

describe('the pump of one shard', () => {
  it('delivers everything once and in order when nothing fails', async () => {
    const seen: string[] = [];
    const { ended, checkpoints } = await pumpThrough(25, 4, 10, (sequences) => void seen.push(...sequences));
    expect(ended).toBe(true);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => String(n)));
    expect(checkpoints.at(-1)).toBe(24);
  });

  it('closes in on the record that breaks the function, and passes it when it does no more', async () => {
    const sizes: number[] = [];
    let poisoned = true;
    const done: string[] = [];
    await pumpThrough(8, 8, 8, (sequences) => {
      sizes.push(sequences.length);
      if (poisoned && sequences.includes('5')) {
        if (sequences.length === 1) poisoned = false;
        throw new Error('poison');
      }
      done.push(...sequences);
    });
    expect(sizes.slice(0, 6)).toEqual([8, 4, 4, 2, 1, 1]);
    expect(done).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('goes on at the record that the function named, without repeating those before it', async () => {
    const calls: (readonly string[])[] = [];
    await pumpThrough(4, 4, 4, (sequences) => {
      calls.push(sequences);
      return calls.length === 1 ? { batchItemFailures: [{ itemIdentifier: '2' }] } : undefined;
    });
    expect(calls).toEqual([
      ['0', '1', '2', '3'],
      ['2', '3'],
    ]);
  });

  it('never moves the checkpoint past a record that is not done, whatever the function does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
        async (total, perRead, mishaps) => {
          const done = new Set<number>();
          const order: number[] = [];
          const left = [...mishaps];
          const { checkpoints } = await pumpThrough(total, perRead, 7, (sequences) => {
            const mishap = left.shift();
            if (mishap === 4) throw new Error('broken');
            const from = mishap === undefined || mishap >= sequences.length ? sequences.length : mishap;
            for (const sequence of sequences.slice(0, from)) {
              done.add(Number(sequence));
              order.push(Number(sequence));
            }
            return from === sequences.length
              ? undefined
              : { batchItemFailures: sequences.slice(from).map((itemIdentifier) => ({ itemIdentifier })) };
          });
          expect(order).toEqual(Array.from({ length: total }, (_, n) => n));
          expect(checkpoints).toEqual([...checkpoints].sort((a, b) => a - b));
          expect(checkpoints.at(-1)).toBe(total - 1);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('finishes the call in hand when it stops, and says that the shard is not at its end', async () => {
    let release = () => {};
    const checkpoints: string[] = [];
    const pump = createShardPump({
      shardId: 's',
      read: () => Promise.resolve({ records: [record(1)], sizes: [1], ended: false, atTip: true }),
      invoke: () => new Promise<undefined>((resolve) => (release = () => resolve(undefined))),
      recordsMax: 10,
      windowMs: 0,
      readIntervalMs: 1,
      checkpoint: async (sequence) => void checkpoints.push(sequence),
      onError: () => {},
    });
    const run = pump.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pump.position()).toMatchObject({ failures: 0, sequence: undefined });
    expect(pump.isDrainedSince(0)).toBe(false);
    pump.stop();
    release();
    expect(await run).toBe(false);
    expect(checkpoints).toEqual(['1']);
  });

  it('waits for more records as long as its window says', async () => {
    const sizes: number[] = [];
    let n = 0;
    const began = Date.now();
    const pump = createShardPump({
      shardId: 's',
      read: () => Promise.resolve({ records: [record(n++)], sizes: [1], ended: n >= 20, atTip: true }),
      invoke: async (event) => void sizes.push(event.Records.length),
      recordsMax: 100,
      windowMs: 60,
      readIntervalMs: 10,
      checkpoint: async () => {},
      onError: () => {},
    });
    await pump.run();
    expect(sizes[0]).toBeGreaterThan(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20);
    expect(Date.now() - began).toBeGreaterThanOrEqual(180);
  });
});
