import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchLength,
  bisect,
  judgeQueueBatch,
  judgeStreamBatch,
  payloadBytesMax,
  readableShards,
  retryDelayMs,
} from '../../lib/local/mapping-rules.ts';

const failing = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('the answer to a batch from a stream', () => {
  it('is success when it names no failure', () => {
    for (const answer of [undefined, null, {}, { batchItemFailures: null }, failing()]) {
      expect(judgeStreamBatch(['1', '2'], answer)).toEqual({ kind: 'done' });
    }
  });

  it('goes on at the lowest of the failures, in the order of the batch', () => {
    expect(judgeStreamBatch(['9', '10', '11'], failing('11', '10'))).toEqual({ kind: 'retry', from: 1 });
  });

  it('fails whole when it names what is not in the batch', () => {
    for (const id of ['3', '', null, undefined, 2]) {
      expect(judgeStreamBatch(['1', '2'], failing('2', id))).toEqual({ kind: 'retry', from: 0 });
    }
  });
});

describe('the answer to a batch from a queue', () => {
  it('keeps exactly the failures in the queue', () => {
    expect(judgeQueueBatch(['a', 'b', 'c'], failing('c', 'a'))).toEqual(new Set([0, 2]));
    expect(judgeQueueBatch(['a', 'b'], undefined)).toEqual(new Set());
  });

  it('keeps everything when it names what is not in the batch', () => {
    expect(judgeQueueBatch(['a', 'b'], failing('x'))).toEqual(new Set([0, 1]));
  });
});

describe('a batch', () => {
  it('is halved without losing, doubling or moving anything', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (batch) => {
        const halves = bisect(batch);
        expect(halves.flat()).toEqual(batch);
        if (batch.length > 1)
          expect(halves.every((half) => half.length > 0 && half.length < batch.length)).toBe(true);
      }),
    );
  });

  it('is as long as fits into one call, and never empty', () => {
    expect(batchLength([], 10)).toBe(0);
    expect(batchLength([1, 1, 1], 2)).toBe(2);
    expect(batchLength([payloadBytesMax * 2, 1], 10)).toBe(1);
    expect(
      batchLength(
        Array.from({ length: 10 }, () => 1024 * 1024),
        10,
      ),
    ).toBe(4);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        (sizes, countMax) => {
          const length = batchLength(sizes, countMax);
          const bytes = sizes.slice(0, length).reduce((sum, size) => sum + (size * 4) / 3, 0);
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(Math.min(countMax, sizes.length));
          expect(length === 1 || bytes <= payloadBytesMax).toBe(true);
        },
      ),
    );
  });
});

describe('the wait before a retry', () => {
  it('grows to two seconds and no further', () => {
    expect(retryDelayMs(0, 1)).toBe(100);
    expect(retryDelayMs(3, 1)).toBe(800);
    expect(retryDelayMs(1_000, 1)).toBe(2_000);
    expect(retryDelayMs(1_000, 0)).toBe(1_000);
  });
});

describe('the shards that may be read', () => {
  const family = [
    { shardId: 'old', parents: ['trimmed'] },
    { shardId: 'left', parents: ['old'] },
    { shardId: 'right', parents: ['old'] },
    { shardId: 'merged', parents: ['left', 'right'] },
  ];

  it('are children only after all their parents have been read to the end', () => {
    expect(readableShards(family, new Set())).toEqual(['old']);
    expect(readableShards(family, new Set(['old']))).toEqual(['left', 'right']);
    expect(readableShards(family, new Set(['old', 'left']))).toEqual(['right']);
    expect(readableShards(family, new Set(['old', 'left', 'right']))).toEqual(['merged']);
    expect(readableShards(family, new Set(['old', 'left', 'right', 'merged']))).toEqual([]);
  });
});
