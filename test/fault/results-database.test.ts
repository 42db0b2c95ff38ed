import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createResultsStore } from '../../functions/adapters/postgres/results-store.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import type { ResultsStore } from '../../functions/core/ports.ts';
import { useDatabase } from '../support/database.ts';
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts';
import { testElection } from '../support/election.ts';

/** Far below what a test may take, and far above what a read takes. */
const readMsMax = 1_000;

const election = testElection();
const id = election.definition.election;
const database = useDatabase();
let proxy: DatabaseProxy;
let pools: Pool[];
let store: ResultsStore;
beforeAll(async () => {
  proxy = await startDatabaseProxy(database().url);
  const settings = { connectionsMax: 1, applicationName: 'test' };
  const writing = createPool({ ...settings, url: database().urlFor('writer') });
  const reading = createPool({ ...settings, url: proxy.urlFor(database().urlFor('results')) });
  pools = [writing, reading];
  await createVoteStore(writing).register(election);
  store = createResultsStore(reading, readMsMax);
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await proxy.close();
});
beforeEach(() => {
  proxy.judge = () => 'pass';
  proxy.statements.length = 0;
});

const read = () => store.readCounts(id, { by: 'election' });

describe('a replica that says nothing', () => {
  it.each(['begin', 'select definition_version', 'with units', 'commit'])(
    'costs one read from "%s" on and none after it, though there is one connection only',
    async (beginning) => {
      proxy.judge = (statement) => (statement.startsWith(beginning) ? 'hang' : 'pass');
      await expect(read()).rejects.toBeInstanceOf(UnavailableError);
      expect(proxy.statements.filter((statement) => statement.startsWith('begin'))).toHaveLength(1);
      proxy.judge = () => 'pass';
      expect(await read()).toMatchObject({ recorded: 0 });
    },
  );

  it('is asked again at once when it breaks the connection instead', async () => {
    let cuts = 0;
    proxy.judge = (statement) => (statement.startsWith('begin') && cuts++ === 0 ? 'cut' : 'pass');
    expect(await read()).toMatchObject({ recorded: 0 });
    expect(cuts).toBe(2);
  });
});
