import { describe, expect, it } from 'vitest';
import { connectionsOf, instanceTypeOf, vcpusOf } from '../../../lib/capacity/database.ts';
import { CapacityError } from '../../../lib/capacity/input.ts';
import { planCapacity } from '../../../lib/capacity.ts';

const peak = { votesPerSecond: 250_000, votes: 300_000_000 };

describe('a plan for 250,000 votes a second', () => {
  const plan = planCapacity(peak);

  it('keeps 25,000 environments and a tenth ready, since one serves 10 requests a second', () => {
    expect(plan).toMatchObject({ provisionedConcurrency: 27_500, bindingRule: 'ten-times-rule' });
    expect(plan.ingest.needs).toContainEqual({ rule: 'ten-times-rule', needed: 25_000 });
    expect(plan.ingest.needs).toContainEqual({ rule: 'littles-law', needed: 12_500 });
    expect(plan.ingest.allocationMinutes).toBe(5);
  });

  it('lets the ten-times rule bind at 100 ms, and Little’s law beyond', () => {
    expect(planCapacity({ ...peak, requestMs: 100 })).toMatchObject({
      provisionedConcurrency: 27_500,
      bindingRule: 'ten-times-rule',
    });
    expect(planCapacity({ ...peak, requestMs: 120 })).toMatchObject({
      provisionedConcurrency: 33_000,
      bindingRule: 'littles-law',
    });
  });

  it('takes 250 shards at the limit and 417 at 60 % of it', () => {
    expect(plan.shards).toBe(417);
    expect(plan.stream).toMatchObject({ boundBy: 'records', shardsByRecords: 250 });
    expect(planCapacity({ ...peak, shardLoad: 1 }).shards).toBe(250);
  });

  it('lets bytes bind the shards where records are large', () => {
    expect(planCapacity({ ...peak, recordBytes: 1_964 }).stream).toMatchObject({
      boundBy: 'bytes',
      shardsByBytes: 500,
      shards: 834,
    });
  });

  it.each([
    { bytes: 1_000, lcu: 2_250 },
    { bytes: 2_500, lcu: 5_625 },
  ])('reserves $lcu units for votes of $bytes bytes', ({ bytes, lcu }) => {
    const { loadBalancer } = planCapacity({ ...peak, requestBytes: bytes - 100, responseBytes: 100 });
    expect(loadBalancer).toMatchObject({ lcu, boundBy: 'processed-bytes', loadBalancers: 1 });
  });

  it('reserves 10,000 units if every request opened a connection', () => {
    expect(planCapacity({ ...peak, newConnectionShare: 1 }).loadBalancer).toMatchObject({
      lcu: 10_000,
      boundBy: 'new-connections',
    });
  });

  it.each([
    { rowsPerSecond: 50_000, backlog: 240e6, drain: 100 },
    { rowsPerSecond: 80_000, backlog: 204e6, drain: 62.5 },
    { rowsPerSecond: 120_000, backlog: 156e6, drain: 41.67 },
  ])('is $backlog votes behind at $rowsPerSecond rows/s', ({ rowsPerSecond, backlog, drain }) => {
    const { backlogVotesMax, drainMinutes, backlog: details } = planCapacity({ ...peak, rowsPerSecond });
    expect(backlogVotesMax).toBe(backlog);
    expect(drainMinutes).toBeCloseTo(drain, 1);
    expect(details.peakMinutes).toBe(20);
    expect(details.oldestVoteMinutes).toBeCloseTo(drain - 20, 1);
    expect(details.drainsInRetention).toBe(true);
  });

  it('asks for the quotas that are too low, with their codes, and for no others', () => {
    const asked = Object.fromEntries(plan.quotaIncreases.map((quota) => [quota.quota, quota]));
    expect(Object.keys(asked)).toHaveLength(4);
    expect(asked['Concurrent executions']).toMatchObject({
      code: 'L-B99A9384',
      default: 1_000,
      needed: 30_000,
    });
    expect(asked['Reserved Application Load Balancer Capacity Units per Region']).toMatchObject({
      code: 'L-8A66D0E6',
      default: 0,
      needed: 5_625,
    });
    expect(asked['Requests per second per distribution']).toMatchObject({
      default: 250_000,
      needed: 275_000,
    });
    expect(asked['Requests per second per web ACL']).toMatchObject({ default: 100_000, needed: 275_000 });
    expect(plan.quotasEnough.map(({ service }) => service)).toContain('Kinesis');
  });

  it('can be carried out, and says what it only assumes', () => {
    expect(plan.blockers).toEqual([]);
    const assumed = plan.assumptions.map(({ name }) => name);
    expect(assumed).toContain('rowsPerSecond');
    expect(assumed).not.toContain('votes');
    expect(plan.measurements.map(({ source }) => source).join()).toMatch(/npm run bench -- ingest/);
    expect(plan.secondHand.map(({ name }) => name)).toContain('unitLambdaBytesPerHour');
    expect(
      planCapacity({ ...peak, rowsPerSecond: 80_000 }).assumptions.map(({ name }) => name),
    ).not.toContain('rowsPerSecond');
  });

  it('costs what the list prices come to', () => {
    const line = (item: string) => plan.cost.lines.find((one) => one.item === item);
    expect(line('CloudFront requests')).toMatchObject({ peakHourUsd: 300, voteUsd: 300 });
    expect(line('WAF requests')).toMatchObject({ voteUsd: 180 });
    // 27,500 environments of half a GB for an hour.
    expect(line('Lambda environments kept ready, ingest')?.peakHourUsd).toBeCloseTo(165, 1);
    // Four r8g.16xlarge.
    expect(line('Aurora instances')?.peakHourUsd).toBeCloseTo(45.93, 1);
  });

  it('warns where environments ask S3 for definitions more often than it takes', () => {
    expect(plan.ingest.definitionGetsPerSecond).toBe(4_584);
    expect(plan.warnings.join('\n')).not.toMatch(/GETs/);
    expect(planCapacity({ votesPerSecond: 500_000, votes: 300_000_000 }).warnings.join('\n')).toMatch(
      /9,167 GETs a second .* 5,500 .* every 10 s/,
    );
  });
});

describe('a plan on Managed Instances', () => {
  const plan = planCapacity({ ...peak, compute: 'managed' });

  it('is bound by how many requests a vCPU takes at once, and stands at half load', () => {
    // 250,000/s × 50 ms = 12,500 at once, 64 a vCPU; twice that, and a tenth.
    expect(plan).toMatchObject({ bindingRule: 'concurrency-per-vcpu', provisionedConcurrency: 0 });
    expect(plan.ingest).toMatchObject({ vcpusMin: 432, vcpusMax: 864 });
  });

  it('is bound by CPU where votes cost more of it', () => {
    const { ingest } = planCapacity({ ...peak, compute: 'managed', cpuMicrosGrouped: 1_000 });
    expect(ingest).toMatchObject({ bindingRule: 'cpu', vcpusMin: 550 });
  });

  it('asks EC2 for vCPUs and warns of what AWS does not promise', () => {
    expect(plan.quotaIncreases).toContainEqual(expect.objectContaining({ code: 'L-1216C47A', needed: 864 }));
    expect(plan.warnings.join('\n')).toMatch(/load balancer can call a function on Managed Instances/);
  });
});

describe('a plan that fails as it stands', () => {
  const blockersOf = (changes: Partial<Parameters<typeof planCapacity>[0]>) =>
    planCapacity({ ...peak, ...changes }).blockers.join('\n');

  it('says that votes would be lost when recording takes longer than the stream keeps them', () => {
    const { backlog, blockers } = planCapacity({ ...peak, rowsPerSecond: 400 });
    expect(backlog.drainsInRetention).toBe(false);
    expect(backlog.outageHoursMax).toBe(0);
    expect(blockers.join('\n')).toMatch(/votes would be lost/);
  });

  it.each([
    [{ databaseVcpus: 2, votesPerSecond: 2_000_000 }, /connections, the database takes/],
    [{ rowsPerSecond: 10_000 }, /a batch takes 42 s/],
    [{ requestBytes: 10_000 }, /it takes 2, or a higher quota/],
    [{ compute: 'managed' as const, requestMs: 5_000 }, /capacity provider/],
  ])('names the reason: %j', (changes, reason) => {
    expect(blockersOf(changes)).toMatch(reason);
  });
});

describe('nonsense', () => {
  it.each([
    [{ votesPerSecond: 0 }, /votesPerSecond is 0/],
    [{ votesPerSecond: -1 }, /votesPerSecond is -1/],
    [{ votesPerSecond: Number.NaN }, /votesPerSecond is NaN/],
    [{ votesPerSecond: Number.POSITIVE_INFINITY }, /votesPerSecond is Infinity/],
    [{ votesPerSecond: 10_000_001, votes: 1e10 }, /at most 10,000,000/],
    [{ votesPerSecond: 1_000, votes: 999 }, /more than the 999 votes/],
    [{ votesPerSecond: 1, shardLoad: 1.1 }, /shardLoad/],
  ])('is refused: %j', (asked, message) => {
    expect(() => planCapacity(asked)).toThrow(CapacityError);
    expect(() => planCapacity(asked)).toThrow(message);
  });
});

describe('an instance class', () => {
  it('takes connections by its memory, up to 5,000', () => {
    expect(instanceTypeOf(64)).toBe('r8g.16xlarge');
    expect(vcpusOf('r8g.16xlarge')).toBe(64);
    expect(connectionsOf(64)).toBe(5_000);
    // 16 GiB / 9,531,392 bytes.
    expect(connectionsOf(2)).toBe(1_802);
    expect(instanceTypeOf(3)).toBeNull();
    expect(() => vcpusOf('m5.large')).toThrow(RangeError);
  });
});
