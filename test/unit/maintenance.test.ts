import { describe, expect, it } from 'vitest';
import type { Election } from '../../functions/core/election.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import type { LogCode, VoteStore } from '../../functions/core/ports.ts';
import { createMaintenance, type MaintenanceDependencies } from '../../functions/maintenance/maintain.ts';
import { openMs, testElection } from '../support/election.ts';
import { createCounts } from '../support/metrics.ts';
import { definitionsOf } from '../support/records.ts';

function start(elections: readonly Election[], changes: Partial<MaintenanceDependencies> = {}) {
  const done: string[] = [];
  const logged: LogCode[] = [];
  const metrics = createCounts();
  const store: VoteStore = {
    register: async ({ definition }) => {
      done.push(`register ${definition.election}`);
      return {} as Awaited<ReturnType<VoteStore['register']>>;
    },
    record: () => Promise.reject(new Error('maintenance records nothing')),
    fold: async () => void done.push('fold'),
  };
  const maintain = createMaintenance({
    definitions: {
      ...definitionsOf(...elections),
      list: async () => elections.map(({ definition }) => definition.election),
    },
    store,
    makePartitions: async (day, regions) => {
      done.push(`partitions ${day} ${regions.join('+')}`);
      return 10;
    },
    countBallotsInDefaultPartitions: async () => 0,
    readBooks: async () => ({ unaccounted: 0, quarantined: 3, oldestPendingSeconds: 1.5 }),
    clock: () => openMs,
    log: (code) => logged.push(code),
    metrics,
    describeError: (error) => (error instanceof Error ? error.name : 'unknown'),
    ...changes,
  });
  return { maintain, done, logged, metrics };
}

const unavailable = () => Promise.reject(new UnavailableError('test'));

describe('maintenance', () => {
  it('registers each election, makes the partitions of its days, and folds', async () => {
    const { maintain, done, logged } = start([testElection(), testElection({ election: 'other' })]);
    expect(await maintain()).toEqual({
      elections: 2,
      partitionsMade: 20,
      ballotsInDefaultPartitions: 0,
      unaccounted: 0,
      failures: 0,
    });
    expect(done).toEqual([
      'register test-2026',
      'partitions 2026-11-03 north+south',
      'register other',
      'partitions 2026-11-03 north+south',
      'fold',
    ]);
    expect(logged).toEqual(['partitions.made', 'partitions.made']);
  });

  it('goes on with the others when one election cannot be prepared, and says so', async () => {
    let calls = 0;
    const { maintain, done, logged } = start([testElection(), testElection({ election: 'other' })], {
      makePartitions: () => (calls++ === 0 ? unavailable() : Promise.resolve(3)),
    });
    expect(await maintain()).toMatchObject({ elections: 2, partitionsMade: 3, failures: 1 });
    expect(done).toEqual(['register test-2026', 'register other', 'fold']);
    expect(logged).toEqual(['maintenance.failed', 'partitions.made']);
  });

  it('folds and looks also while the object store is away', async () => {
    const { maintain, done } = start([], {
      definitions: { ...definitionsOf(), list: unavailable },
      countBallotsInDefaultPartitions: async () => 7,
    });
    expect(await maintain()).toEqual({
      elections: 0,
      partitionsMade: 0,
      ballotsInDefaultPartitions: 7,
      unaccounted: 0,
      failures: 1,
    });
    expect(done).toEqual(['fold']);
  });

  it('says when ballots lie where nobody expected them', async () => {
    const { maintain, logged } = start([testElection()], {
      makePartitions: async () => 0,
      countBallotsInDefaultPartitions: async () => 1,
    });
    await maintain();
    expect(logged).toEqual(['partitions.default-in-use']);
  });

  it('leaves an election alone that vanished since it was listed', async () => {
    const { maintain, done } = start([testElection()], {
      definitions: { ...definitionsOf(), list: async () => [testElection().definition.election] },
    });
    expect(await maintain()).toMatchObject({ elections: 1, partitionsMade: 0, failures: 0 });
    expect(done).toEqual(['fold']);
  });

  it('writes the numbers that alarms watch, once a run', async () => {
    const { maintain, metrics } = start([testElection()], { countBallotsInDefaultPartitions: async () => 7 });
    await maintain();
    expect(metrics.observed).toEqual([
      ['BallotsInDefaultPartitions', 7],
      ['Unaccounted', 0],
      ['RecordsInQuarantine', 3],
      ['OldestPendingFold', 1.5],
    ]);
    expect(metrics.sums).toEqual({ MaintenanceFailures: 0 });
    expect(metrics.state.flushes).toBe(1);
  });

  it('says when the books do not agree', async () => {
    const readBooks = async () => ({ unaccounted: 2, quarantined: 0, oldestPendingSeconds: 0 });
    const { maintain, logged } = start([], { readBooks });
    expect(await maintain()).toMatchObject({ unaccounted: 2, failures: 0 });
    expect(logged).toEqual(['books.unaccounted']);
  });

  it('does not say 0 of what it could not look at', async () => {
    const { maintain, metrics } = start([], {
      countBallotsInDefaultPartitions: unavailable,
      readBooks: unavailable,
    });
    expect(await maintain()).toMatchObject({ unaccounted: null, failures: 2 });
    expect(metrics.observed).toEqual([]);
    expect(metrics.sums).toEqual({ MaintenanceFailures: 2 });
  });
});
