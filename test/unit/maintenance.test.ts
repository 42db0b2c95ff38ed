import { describe, expect, it } from 'vitest';
import type { Election } from '../../functions/core/election.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import type { LogCode, VoteStore } from '../../functions/core/ports.ts';
import { createMaintenance, type MaintenanceDependencies } from '../../functions/maintenance/maintain.ts';
import { openMs, testElection } from '../support/election.ts';
import { definitionsOf } from '../support/records.ts';

function start(elections: readonly Election[], changes: Partial<MaintenanceDependencies> = {}) {
  const done: string[] = [];
  const logged: LogCode[] = [];
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
    clock: () => openMs,
    log: (code) => logged.push(code),
    describeError: (error) => (error instanceof Error ? error.name : 'unknown'),
    ...changes,
  });
  return { maintain, done, logged };
}

const unavailable = () => Promise.reject(new UnavailableError('test'));

describe('maintenance', () => {
  it('registers each election, makes the partitions of its days, and folds', async () => {
    const { maintain, done, logged } = start([testElection(), testElection({ election: 'other' })]);
    expect(await maintain()).toEqual({
      elections: 2,
      partitionsMade: 20,
      ballotsInDefaultPartitions: 0,
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
});
