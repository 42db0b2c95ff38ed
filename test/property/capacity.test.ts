import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CapacityError, type CapacityInput, computes, defaultInput } from '../../lib/capacity/input.ts';
import { limits } from '../../lib/capacity/limits.ts';
import { eventBytesOf, recordsPerEvent } from '../../lib/capacity/writer-event.ts';
import { type CapacityPlan, planCapacity } from '../../lib/capacity.ts';

const inputs = fc.record({
  votesPerSecond: fc.integer({ min: 1, max: 2_000_000 }),
  votes: fc.integer({ min: 2_000_000, max: 2_000_000_000 }),
  requestMs: fc.integer({ min: 1, max: 1_000 }),
  requestBytes: fc.integer({ min: 100, max: 20_000 }),
  recordBytes: fc.integer({ min: 100, max: 16_000 }),
  rowsPerSecond: fc.integer({ min: 1_000, max: 1_000_000 }),
  openHours: fc.integer({ min: 1, max: 48 }),
  newConnectionShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
  compute: fc.constantFrom(...computes),
});

const check = (property: (plan: CapacityPlan) => void): void =>
  fc.assert(fc.property(inputs, (input) => property(planCapacity(input))));

describe('a plan', () => {
  it('never asks for less at a higher rate', () => {
    fc.assert(
      fc.property(inputs, fc.double({ min: 1, max: 4, noNaN: true }), (input, factor) => {
        const votesPerSecond = Math.min(input.votes, input.votesPerSecond * factor);
        const [low, high] = [planCapacity(input), planCapacity({ ...input, votesPerSecond })];
        for (const quantityOf of quantities) expect(quantityOf(high)).toBeGreaterThanOrEqual(quantityOf(low));
        expect(high.drainMinutes).toBeLessThanOrEqual(low.drainMinutes + 1e-6);
        const asked = (plan: CapacityPlan) => plan.quotaIncreases.map(({ quota }) => quota);
        expect(asked(high)).toEqual(expect.arrayContaining(asked(low)));
      }),
    );
  });

  it('grows in proportion, give or take what rounding up adds', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 2, max: 10 }), (input, times) => {
        const votesPerSecond = Math.ceil(input.votesPerSecond / times);
        const one = planCapacity({ ...input, votesPerSecond });
        const many = planCapacity({ ...input, votesPerSecond: votesPerSecond * times, votes: 1e9 });
        for (const quantityOf of [shards, lcu]) {
          expect(quantityOf(many)).toBeLessThanOrEqual(quantityOf(one) * times);
          expect(quantityOf(many)).toBeGreaterThanOrEqual((quantityOf(one) - 1) * times);
        }
      }),
    );
  });

  it('names the rule that asks for the most, and satisfies every rule', () => {
    check(({ bindingRule, ingest, input }) => {
      const most = Math.max(...ingest.needs.map(({ needed }) => needed));
      expect(ingest.needs.find(({ rule }) => rule === bindingRule)?.needed).toBe(most);
      if (input.compute === 'managed') {
        expect(ingest.vcpusMin).toBeGreaterThanOrEqual(2 * most);
        return;
      }
      const { provisionedConcurrency } = ingest;
      expect(provisionedConcurrency * limits.lambdaRequestsPerEnvironmentPerSecond).toBeGreaterThanOrEqual(
        input.votesPerSecond,
      );
      expect(provisionedConcurrency).toBeGreaterThanOrEqual((input.votesPerSecond * ingest.heldMs) / 1_000);
      expect(provisionedConcurrency).toBeLessThanOrEqual(most * (1 + input.headroom) + 1);
    });
  });

  it('names the dimension that binds the load balancer', () => {
    check(({ lcu: reserved, loadBalancer: { units, boundBy, loadBalancers } }) => {
      expect(reserved).toBe(Math.max(...Object.values(units)));
      expect(units[boundBy]).toBe(reserved);
      expect(loadBalancers * limits.loadBalancerUnitsMax).toBeGreaterThanOrEqual(reserved);
      expect((loadBalancers - 1) * limits.loadBalancerUnitsMax).toBeLessThan(reserved);
    });
  });

  it('keeps every shard at the load it was given, with no shard too many', () => {
    check(({ shards: count, input }) => {
      const load = (shardCount: number) =>
        Math.max(
          input.votesPerSecond / shardCount / limits.shardRecordsPerSecond,
          (input.votesPerSecond * (input.recordBytes + 36)) / shardCount / limits.shardBytesPerSecond,
        );
      expect(load(count)).toBeLessThanOrEqual(input.shardLoad + 1e-9);
      if (count > 1) expect(load(count - 1)).toBeGreaterThan(input.shardLoad - 1e-9);
    });
  });

  it('has lanes enough to keep the database busy, and a connection for each', () => {
    check(({ writer, input, databaseConnections, writerConcurrency }) => {
      const lanesRecord = writerConcurrency * (writer.batchRecordsMax / (input.batchMs / 1_000));
      if (writer.batchesPerShard < limits.batchesPerShardMax) {
        expect(lanesRecord).toBeGreaterThanOrEqual(
          Math.min(input.rowsPerSecond, input.votesPerSecond) - 1e-6,
        );
      }
      expect(databaseConnections).toBeGreaterThan(writerConcurrency + writer.overflowConcurrency);
    });
  });

  it('loses no vote between peak, backlog and database', () => {
    check(({ backlog, input }) => {
      const recordedInPeak = Math.min(input.votes, backlog.recordsPerSecond * backlog.peakMinutes * 60);
      expect(backlog.backlogVotesMax + recordedInPeak).toBeCloseTo(input.votes, -1);
      expect(backlog.drainMinutes).toBeGreaterThanOrEqual(backlog.peakMinutes);
      expect(backlog.drainMinutes * 60 * backlog.recordsPerSecond).toBeGreaterThanOrEqual(
        input.votes * 0.999999,
      );
      // What is waiting when the peak ends is recorded in the time that is left.
      const left = (backlog.drainMinutes - backlog.peakMinutes) * 60 * backlog.recordsPerSecond;
      expect(Math.abs(left - backlog.backlogVotesMax)).toBeLessThanOrEqual(input.votes * 1e-6 + 1);
    });
  });

  it('has cost lines that add up to the cent', () => {
    check(({ cost, costPeakHourUsd, costVoteUsd }) => {
      const sum = (numbers: number[]) =>
        numbers.reduce((total, one) => total + Math.round(one * 100), 0) / 100;
      expect(sum(cost.lines.map((line) => line.peakHourUsd))).toBeCloseTo(costPeakHourUsd, 6);
      expect(sum(cost.lines.map((line) => line.voteUsd))).toBeCloseTo(costVoteUsd, 6);
      expect(Math.min(...cost.lines.map((line) => line.voteUsd))).toBeGreaterThanOrEqual(0);
      expect(new Set(cost.lines.map((line) => line.item)).size).toBe(cost.lines.length);
    });
  });

  it('sorts every quota it touches by whether the default is enough', () => {
    check(({ quotaIncreases, quotasEnough }) => {
      for (const quota of quotaIncreases) expect(quota.needed).toBeGreaterThan(quota.default);
      for (const quota of quotasEnough) expect(quota.needed).toBeLessThanOrEqual(quota.default);
      for (const { code } of [...quotaIncreases, ...quotasEnough]) {
        expect(code ?? 'L-00000000').toMatch(/^L-[0-9A-F]{8}$/);
      }
    });
  });

  it('says that votes would be lost exactly when one waits longer than the stream keeps it', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 10, max: 5_000 }), (input, rowsPerSecond) => {
        const { backlog, blockers } = planCapacity({ ...input, rowsPerSecond });
        const lost = backlog.oldestVoteMinutes >= limits.retentionHours * 60;
        expect(backlog.drainsInRetention).toBe(!lost);
        expect(blockers.some((one) => one.startsWith('votes would be lost'))).toBe(lost);
      }),
    );
  });
});

describe('an event of the writer', () => {
  it('holds as many records as fit, and not one more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_536 }), (bytes) => {
        const records = recordsPerEvent(bytes);
        expect(records * eventBytesOf(bytes)).toBeLessThanOrEqual(limits.lambdaEventBytesMax);
        expect((records + 1) * eventBytesOf(bytes)).toBeGreaterThan(limits.lambdaEventBytesMax);
      }),
    );
  });
});

describe('nonsense', () => {
  const numbers = Object.entries(defaultInput).flatMap(([name, value]) =>
    typeof value === 'number' ? [name as keyof CapacityInput] : [],
  );
  const nonsense = fc.oneof(
    fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e18),
    fc.double({ max: 0, noNaN: true }),
  );

  it('is refused in one line that names it, wherever it stands', () => {
    fc.assert(
      fc.property(fc.constantFrom(...numbers, 'votesPerSecond' as const), nonsense, (name, value) => {
        const plan = () => planCapacity({ votesPerSecond: 1_000, [name]: value });
        expect(plan).toThrow(CapacityError);
        expect(plan).toThrow(new RegExp(`^[^\n]*${name} is [^\n]*$`));
      }),
    );
  });
});

const shards = (plan: CapacityPlan): number => plan.shards;
const lcu = (plan: CapacityPlan): number => plan.lcu;
/** What grows with the rate. Writers do not always: they are whole batches a whole shard. */
const quantities: readonly ((plan: CapacityPlan) => number)[] = [
  shards,
  lcu,
  (plan) => plan.provisionedConcurrency,
  (plan) => plan.ingest.vcpusMin,
  (plan) => plan.ingest.allocationMinutes,
  (plan) => plan.backlogVotesMax,
  (plan) => plan.quotaIncreases.length,
];
