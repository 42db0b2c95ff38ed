import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import type { Comparison } from '../../lib/count/compare-count.ts';
import { followBallots } from '../../lib/count/follow.ts';
import { query } from '../../lib/local/database.ts';
import { startDatabaseCluster } from '../../lib/local/database-cluster.ts';
import { ensureDatabase, letRolesLogIn } from '../../lib/local/database-setup.ts';
import { runMigrations } from '../../lib/local/migrate.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const slot = 'count_failover';

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let wait = 0; wait < 900; wait += 1) {
    if (await condition()) return;
    await sleep(100);
  }
  throw new Error('not within 90 s');
}

it('goes on after a failover where it was, on the standby that kept its slot', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-count-failover-'));
  chmodSync(directory, 0o711);
  const cluster = await startDatabaseCluster({
    file: (name) => join(directory, name),
    durable: false,
    synchronous: true,
    onLine: () => {},
  });
  const stopping = new AbortController();
  let following: Promise<Comparison | null> = Promise.resolve(null);
  onTestFinished(async () => {
    stopping.abort();
    await following.catch(() => {});
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);
  await ensureDatabase(cluster.urlFor('postgres'), 'ballotstream');
  const superuserUrl = cluster.urlFor('postgres', undefined, 'ballotstream');
  await runMigrations(superuserUrl);
  await letRolesLogIn(superuserUrl, () => 'test');
  await cluster.withStandby();

  const pool = createPool({
    url: cluster.urlFor('writer', 'test', 'ballotstream'),
    connectionsMax: 1,
    applicationName: 'test',
  });
  onTestFinished(() => pool.end());
  const store = createVoteStore(pool);
  const count = createRecordCounter({ definitions: definitionsOf(testElection()), store });
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '2' } as const;
  const record = async (votes: number) => {
    const records = encodeAll(Array.from({ length: votes }, () => testRecord()));
    await store.record({ origin, ...(await count(records)) });
  };

  await record(25);
  const comparisons: Comparison[] = [];
  const lines: string[] = [];
  following = followBallots({
    findUrl: () => cluster.urlFor('counter', 'test', 'ballotstream'),
    slot,
    publication: 'ballots',
    file: join(directory, 'count.json'),
    connections: 1,
    isFresh: false,
    follows: true,
    compareMs: 300,
    comparesBallots: true,
    signal: stopping.signal,
    onComparison: (comparison) => comparisons.push(comparison),
    onAlarm: () => {},
    onLine: (line) => lines.push(line),
  });
  following.catch((error: unknown) => lines.push(String(error)));
  await until(() => comparisons.at(-1)?.ballots === 25);
  await record(25);
  await until(() => comparisons.at(-1)?.ballots === 50);
  // The standby keeps the slot from when it has caught up with it.
  await until(async () => {
    const { standby } = cluster.status();
    const rows = await query<{ ready: boolean }>(
      standby?.url ?? '',
      'select synced and not temporary and invalidation_reason is null as ready from pg_replication_slots where slot_name = $1',
      { values: [slot] },
    );
    return rows[0]?.ready === true;
  });

  cluster.kill('primary', 'SIGKILL');
  await until(() => cluster.status().promotions === 1);
  await record(25);
  await until(() => comparisons.at(-1)?.ballots === 75 || lines.some((line) => /slot|lacks/.test(line)));
  expect([comparisons.at(-1)?.ballots, lines]).toEqual([75, lines]);
  expect(comparisons.flatMap(({ differences }) => differences)).toEqual([]);
}, 180_000);
