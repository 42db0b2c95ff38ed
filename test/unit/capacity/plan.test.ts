import { describe, expect, it } from 'vitest';
import { CapacityError, type CapacityInput, defaultInput, defaults } from '../../../lib/capacity/input.ts';
import { limits } from '../../../lib/capacity/limits.ts';
import { planCapacity } from '../../../lib/capacity.ts';
import { peakPlan, stages } from '../../../lib/stages.ts';

describe('the plan for 250,000 votes a second', () => {
  const plan = planCapacity({ votesPerSecond: 250_000, votes: 300_000_000 });

  it('needs 25,000 environments by the ten times rule, and a tenth more', () => {
    expect(plan.bindingRule).toBe('ten-times-rule');
    expect(plan.concurrencyByTenTimesRule).toBe(25_000);
    expect(plan.concurrencyByLittlesLaw).toBeLessThan(25_000);
    expect(plan.provisionedConcurrency).toBe(27_500);
    expect(plan.provisioningMinutes).toBe(5);
  });

  it('needs 250 shards at their limit, 417 with room for chance', () => {
    expect([plan.shardsAtLimit, plan.shards]).toEqual([250, 417]);
  });

  it('is bound by bytes at the load balancer while connections are reused, and by new ones otherwise', () => {
    expect([plan.lcuBindingDimension, plan.lcuByDimension.bytes]).toEqual(['bytes', 5_625]);
    const fresh = planCapacity({ newConnectionShare: 1 });
    expect([fresh.lcuBindingDimension, fresh.lcuByDimension['new-connections']]).toEqual([
      'new-connections',
      10_000,
    ]);
  });

  it.each([
    [50_000, 240_000_000, 100],
    [80_000, 204_000_000, 62.5],
    [120_000, 156_000_000, 300_000_000 / 120_000 / 60],
  ])(
    'at %d rows a second leaves a backlog of %d, drained %d minutes from the start',
    (rows, backlog, minutes) => {
      const { backlogVotesMax, drainMinutes } = planCapacity({ rowsPerSecond: rows });
      expect(backlogVotesMax).toBe(backlog);
      expect(drainMinutes).toBeCloseTo(minutes);
    },
  );

  it('names every quota that is above its default, and no other', () => {
    expect(plan.quotaIncreases.every((quota) => quota.needed > quota.default)).toBe(true);
    expect(plan.quotaIncreases.map(({ quota }) => quota.split(':')[0])).toEqual([
      'Lambda',
      'Elastic Load Balancing',
      'CloudFront',
      'WAF',
    ]);
    expect(
      planCapacity({ votesPerSecond: 1_000, votes: 1_000_000 }).quotaIncreases.map(({ quota }) => quota),
    ).toEqual([expect.stringContaining('Lambda'), expect.stringContaining('Elastic Load Balancing')]);
  });

  it('costs the sum of its lines', () => {
    const sum = (pick: 'peakHourUsd' | 'voteUsd') =>
      plan.costs.reduce((total, line) => total + line[pick], 0);
    expect(plan.costPeakHourUsd).toBeCloseTo(sum('peakHourUsd'), 1);
    expect(plan.costVoteUsd).toBeCloseTo(sum('voteUsd'), 1);
  });

  it('says of every estimate in it that it is one', () => {
    const estimates = Object.entries(defaults).filter(([, { provenance }]) => provenance === 'estimate');
    expect(plan.warnings).toHaveLength(estimates.length);
    expect(planCapacity({ rowsPerSecond: 79_999 }).warnings).toHaveLength(estimates.length - 1);
  });
});

describe('other plans', () => {
  it('are bound by Little’s law where a vote takes long', () => {
    const plan = planCapacity({ putMs: 200 });
    expect(plan.bindingRule).toBe('littles-law');
    expect(plan.provisionedConcurrency).toBeGreaterThan(50_000);
  });

  it('count bytes where records are large', () => {
    expect(planCapacity({ recordBytes: 4_000 }).shardsAtLimit).toBe(1_009);
  });

  it('warn before the stream forgets what was not recorded', () => {
    expect(planCapacity({ rowsPerSecond: 500 }).warnings.join()).toContain('votes would be in danger');
  });

  it('warn where one load balancer is not enough', () => {
    expect(planCapacity({ requestBytes: 16_000 }).warnings.join()).toContain('several stacks');
  });
});

describe('what cannot be planned for', () => {
  const names = Object.keys(defaultInput) as (keyof CapacityInput)[];
  it.each(
    names.flatMap((name) =>
      [0, -1, Number.NaN, Number.POSITIVE_INFINITY].map((value) => [name, value] as const),
    ),
  )('%s of %d is refused by name', (name, value) => {
    expect(() => planCapacity({ [name]: value })).toThrow(CapacityError);
    expect(() => planCapacity({ [name]: value })).toThrow(name);
  });

  it.each([
    [{ votesPerSecond: 10_000_001, votes: 1_000_000_000 }, 'planet'],
    [{ votes: 10_000_000_001 }, 'planet'],
    [{ votesPerSecond: 250_000, votes: 249_999 }, 'one second of the peak'],
    [{ headroom: 1.1 }, 'share'],
    [{ shardLoad: 1.1 }, 'share'],
    [{ requestBytes: 1_000_001 }, 'load balancer'],
    [{ recordBytes: 1_000_001 }, 'shard'],
  ])('%j is refused', (input, words) => {
    expect(() => planCapacity(input)).toThrow(words);
  });
});

describe('the peak stage', () => {
  it('is what the plan says', () => {
    expect(stages.peak).toMatchObject({
      streamShards: peakPlan.shards,
      ingest: { kind: 'provisioned-concurrency', environments: peakPlan.provisionedConcurrency },
      loadBalancerUnits: peakPlan.lcu,
    });
    expect(stages.peak.writer.batchesPerShardMax * peakPlan.shards).toBe(peakPlan.writerConcurrency);
  });

  it('has one load balancer, which takes its units', () => {
    expect(peakPlan.loadBalancers).toBe(1);
    expect(stages.peak.loadBalancerUnits).toBeLessThanOrEqual(limits.lcuPerLoadBalancerMax);
  });

  it('has as many database instances as the plan pays for', () => {
    const { database } = stages.peak;
    if (database.kind === 'external') throw new Error('the peak has a database of its own');
    expect(1 + database.readers + (database.analystsReader ? 1 : 0)).toBe(defaultInput.databaseInstances);
  });
});
