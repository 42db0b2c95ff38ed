import { describe, expect, it } from 'vitest';
import { limits } from '../../lib/capacity/limits.ts';
import { planCapacity } from '../../lib/capacity.ts';
import { findStage, findStageMistakes, peakPlan, type Stage, sizesOf, stages } from '../../lib/stages.ts';

describe('the stage peak', () => {
  it('is what the plan says', () => {
    expect(peakPlan).toEqual(planCapacity({ votesPerSecond: 250_000, votes: 300_000_000 }));
    expect(peakPlan.blockers).toEqual([]);
    expect(stages.peak).toMatchObject({
      streamShards: peakPlan.shards,
      loadBalancerUnits: peakPlan.lcu,
      databaseConnections: peakPlan.databaseConnections,
      ingest: { kind: 'provisioned-concurrency', environments: peakPlan.provisionedConcurrency },
      database: { kind: 'provisioned', instanceType: 'r8g.16xlarge', readers: 2, analystsReader: true },
      writer: {
        batchRecordsMax: peakPlan.writer.batchRecordsMax,
        batchesPerShardMax: peakPlan.writer.batchesPerShard,
        overflowConcurrencyMax: peakPlan.writer.overflowConcurrency,
      },
    });
  });

  it('has as many database instances as the plan pays for', () => {
    const { database } = stages.peak;
    if (database.kind === 'external') throw new Error('the peak has a database of its own');
    expect(1 + database.readers + Number(database.analystsReader)).toBe(peakPlan.input.databaseInstances);
  });

  it('follows the plan to another rate and to Managed Instances', () => {
    const plan = planCapacity({ votesPerSecond: 100_000, compute: 'managed' });
    expect(sizesOf(plan)).toMatchObject({
      streamShards: 167,
      ingest: { kind: 'managed-instances', vcpusMin: plan.ingest.vcpusMin, vcpusMax: plan.ingest.vcpusMax },
    });
  });

  it('has time for a batch while all writers share the database', () => {
    expect(stages.peak.writer.timeoutSeconds).toBeGreaterThan(2 * peakPlan.writer.batchSecondsMax);
  });
});

describe('the stage dev', () => {
  const { dev } = stages;

  it('needs no quota increase', () => {
    expect(dev.ingest.kind).toBe('on-demand');
    expect(dev.loadBalancerUnits).toBe(limits.loadBalancerUnitsRegionDefault);
    const writers = dev.streamShards * dev.writer.batchesPerShardMax + dev.writer.overflowConcurrencyMax;
    expect(writers).toBeLessThan(limits.lambdaConcurrencyDefault / 10);
    expect(dev.database.kind).toBe('serverless');
  });
});

describe('a stage', () => {
  it.each(Object.values(stages))('$name has no mistakes', (stage) => {
    expect(findStageMistakes(stage)).toEqual([]);
    expect(findStage(stage.name)).toBe(stage);
  });

  it('that does not exist is refused with the names of those that do', () => {
    expect(() => findStage('prod')).toThrow('no stage "prod"; there are: dev, peak');
  });

  const { peak } = stages;
  const changes: readonly (readonly [Partial<Stage>, RegExp])[] = [
    [
      { writer: { ...peak.writer, batchRecordsMax: 5_000 } },
      /batchRecordsMax 5000: ordinary votes reach 6 MB/,
    ],
    [{ writer: { ...peak.writer, batchesPerShardMax: 0 } }, /batchesPerShardMax 0/],
    [{ writer: { ...peak.writer, batchesPerShardMax: 11 } }, /batchesPerShardMax 11/],
    [{ writer: { ...peak.writer, overflowConcurrencyMax: 1 } }, /overflowConcurrencyMax 1/],
    [{ writer: { ...peak.writer, overflowConcurrencyMax: 500 } }, /917 writers at once/],
    [{ streamShards: 0 }, /streamShards 0/],
    [{ streamShards: peak.streamShards * 2 }, /writers at once/],
    [{ databaseConnections: 5_001 }, /the database takes 5000/],
    [
      { database: { kind: 'serverless', acuMin: 0.5, acuMax: 1, readers: 1, analystsReader: false } },
      /the database takes 225/,
    ],
    [{ loadBalancerUnits: 15_001 }, /loadBalancerUnits 15001/],
    [{ backupDays: 36 }, /backupDays 36/],
    [{ ingest: { kind: 'provisioned-concurrency', environments: 5, idle: 6 } }, /idle/],
    [{ ingest: { kind: 'managed-instances', vcpusMin: 9, vcpusMax: 8 } }, /vcpusMin/],
  ];

  it.each(changes)('with one number wrong is found out: %j', (change, mistake) => {
    expect(findStageMistakes({ ...peak, ...change })).toContainEqual(expect.stringMatching(mistake));
  });
});
