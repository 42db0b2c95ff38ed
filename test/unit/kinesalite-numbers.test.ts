import fc from 'fast-check';
import originalDb from 'kinesalite/db/index.js';
import { describe, expect, it } from 'vitest';
import { fasterNumbers } from '../../lib/local/services/kinesalite-numbers.ts';

const original = { ...originalDb };
const faster = fasterNumbers(original);

const parts = fc.record({
  shardCreateTime: fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 }),
  shardIx: fc.integer({ min: 0, max: 5_000 }),
  seqIx: fc.integer({ min: 0, max: 2 ** 48 }),
  seqTime: fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 }),
});

describe('the faster arithmetic of the stream stand-in', () => {
  it('writes and reads every sequence number as kinesalite does', () => {
    fc.assert(
      fc.property(parts, (of) => {
        const sequence = original.stringifySequence(of);
        expect(faster.stringifySequence(of)).toBe(sequence);
        expect(faster.parseSequence(sequence)).toEqual(original.parseSequence(sequence));
      }),
    );
  });

  it('reads whatever else a client sends as kinesalite does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 187n }), (number) => {
        expect(outcome(() => faster.parseSequence(String(number)))).toEqual(
          outcome(() => original.parseSequence(String(number))),
        );
      }),
    );
  });

  it('places every partition key on the same side of every bound', () => {
    fc.assert(
      fc.property(fc.string(), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (key, bound) => {
        const expected = original.partitionKeyToHashKey(key).comparedTo(String(bound));
        expect(faster.partitionKeyToHashKey(key).comparedTo(String(bound))).toBe(expected);
      }),
    );
  });
});

function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return 'refused';
  }
}
