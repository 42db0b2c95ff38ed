import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../lib/capacity/limits.ts';
import { planCapacity } from '../../lib/capacity.ts';

const rate = fc.integer({ min: 1, max: 5_000_000 });
const input = fc.record({
  votesPerSecond: rate,
  votes: fc.integer({ min: 5_000_000, max: 2_000_000_000 }),
  putMs: fc.integer({ min: 1, max: 2_000 }),
  rowsPerSecond: fc.integer({ min: 100, max: 1_000_000 }),
  recordBytes: fc.integer({ min: 100, max: 60_000 }),
  requestBytes: fc.integer({ min: 500, max: 16_384 }),
});

describe('a plan', () => {
  it('carries the rate it was made for', () => {
    fc.assert(
      fc.property(input, (given) => {
        const plan = planCapacity(given);
        const perEnvironment = Math.min(limits.lambdaRequestsPerEnvironmentPerSecond, 1000 / plan.requestMs);
        expect(plan.provisionedConcurrency * perEnvironment).toBeGreaterThanOrEqual(given.votesPerSecond);
        expect(plan.shards * limits.shardRecordsPerSecond).toBeGreaterThanOrEqual(given.votesPerSecond);
        expect(plan.shards * limits.shardBytesPerSecond).toBeGreaterThanOrEqual(
          given.votesPerSecond * given.recordBytes,
        );
        expect(plan.lcu).toBeGreaterThanOrEqual(Math.max(...Object.values(plan.lcuByDimension)));
      }),
    );
  });

  it('names the rule that asks for more', () => {
    fc.assert(
      fc.property(input, (given) => {
        const plan = planCapacity(given);
        const binding = {
          'littles-law': plan.concurrencyByLittlesLaw,
          'ten-times-rule': plan.concurrencyByTenTimesRule,
        };
        expect(binding[plan.bindingRule]).toBe(Math.max(...Object.values(binding)));
      }),
    );
  });

  it('never gets smaller or cheaper for more votes a second', () => {
    fc.assert(
      fc.property(input, rate, (given, other) => {
        const [low, high] = [given.votesPerSecond, other].toSorted((a, b) => a - b) as [number, number];
        const [less, more] = [low, high].map((votesPerSecond) => planCapacity({ ...given, votesPerSecond }));
        for (const name of [
          'provisionedConcurrency',
          'shards',
          'lcu',
          'writerConcurrency',
          'backlogVotesMax',
        ] as const) {
          expect(more?.[name]).toBeGreaterThanOrEqual(less?.[name] ?? 0);
        }
      }),
    );
  });

  it('loses no vote between what is recorded in the peak and what waits', () => {
    fc.assert(
      fc.property(input, (given) => {
        const plan = planCapacity(given);
        const recordedInPeak = Math.min(given.votes, given.rowsPerSecond * plan.peakMinutes * 60);
        expect(Math.abs(plan.backlogVotesMax + recordedInPeak - given.votes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
