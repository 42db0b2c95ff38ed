import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, query, startSingleDatabase } from '../../lib/local/database.ts';
import { startDatabaseCluster } from '../../lib/local/database-cluster.ts';
import { makeDirectory, until } from '../support/local-services.ts';

let directory: ReturnType<typeof makeDirectory>;
let opened: Database[];
let lines: string[];
beforeEach(() => {
  directory = makeDirectory();
  opened = [];
  lines = [];
});
afterEach(async () => {
  await Promise.all(opened.map((database) => database.stop()));
  directory.remove();
});

const options = () => ({
  file: (name: string) => join(directory.path, name),
  durable: false,
  onLine: (line: string) => lines.push(line),
});

async function open(synchronous = true): Promise<Database> {
  const cluster = await startDatabaseCluster({ ...options(), synchronous });
  opened.push(cluster);
  await query(cluster.urlFor('postgres'), 'create table if not exists kept (n integer primary key)');
  await cluster.withStandby();
  return cluster;
}

/** Inserts one row after the other through the writer's address; those that were answered. */
function startInserting(cluster: Database, from = 0) {
  const answered: number[] = [];
  let over = false;
  const run = async () => {
    let client: pg.Client | undefined;
    for (let n = from; !over; n += 1) {
      try {
        if (client === undefined) {
          client = new pg.Client({
            connectionString: cluster.urlFor('postgres'),
            connectionTimeoutMillis: 3_000,
          });
          client.on('error', () => {});
          await client.connect();
        }
        await client.query('insert into kept values ($1)', [n]);
        answered.push(n);
      } catch {
        // Unknown; the next number is tried on a new connection.
        client?.end().catch(() => {});
        client = undefined;
        await sleep(20);
      }
    }
    await client?.end().catch(() => {});
  };
  const running = run();
  return {
    answered,
    async stop() {
      over = true;
      await running;
    },
  };
}

async function lostOf(cluster: Database, answered: readonly number[]): Promise<number> {
  const rows = await query<{ n: number }>(cluster.urlFor('postgres'), 'select n from kept');
  const there = new Set(rows.map(({ n }) => n));
  return answered.filter((n) => !there.has(n)).length;
}

/** Kills the primary while the standby gets nothing any more: only whoever waits for it loses nothing. */
async function killBehindAStoppedReceiver(cluster: Database): Promise<void> {
  const { standby } = cluster.status();
  if (standby === undefined) throw new Error('there is no standby');
  const [receiver] = await query<{ pid: number }>(standby.url, 'select pid from pg_stat_wal_receiver');
  if (receiver === undefined) throw new Error('the standby receives nothing');
  process.kill(receiver.pid, 'SIGSTOP');
  await sleep(600);
  const dead = cluster.status().primary.pid;
  cluster.kill('primary', 'SIGKILL');
  await until(() => lines.some((line) => line.includes(`postgres (pid ${dead}) is dead`)));
  // What lies in its socket must not arrive after all: it ends before it reads on.
  process.kill(receiver.pid, 'SIGTERM');
  process.kill(receiver.pid, 'SIGCONT');
}

describe('the database cluster', () => {
  it('promotes the standby when the primary is killed, keeps every answered commit, and has a standby again', async () => {
    const cluster = await open();
    const inserting = startInserting(cluster);
    await until(() => inserting.answered.length > 50);
    for (const promotions of [1, 2]) {
      const { primary, standby } = cluster.status();
      cluster.kill('primary', 'SIGKILL');
      await until(() => cluster.status().promotions === promotions);
      expect(cluster.status().primary.pid).toBe(standby?.pid);
      expect(cluster.status().primary.pid).not.toBe(primary.pid);
      const before = inserting.answered.length;
      await until(() => inserting.answered.length > before + 20);
      await until(() => cluster.status().synchronous, 40_000);
    }
    await inserting.stop();
    expect(await lostOf(cluster, inserting.answered)).toBe(0);
  });

  it('loses nothing when the standby had stopped receiving before the primary died', async () => {
    const cluster = await open();
    const inserting = startInserting(cluster);
    await until(() => inserting.answered.length > 50);
    await killBehindAStoppedReceiver(cluster);
    await until(() => cluster.status().promotions === 1, 40_000);
    await inserting.stop();
    expect(await lostOf(cluster, inserting.answered)).toBe(0);
  });

  it('loses commits in just that case when they do not wait for the standby', async () => {
    const cluster = await open(false);
    const inserting = startInserting(cluster);
    await until(() => inserting.answered.length > 50);
    await killBehindAStoppedReceiver(cluster);
    await until(() => cluster.status().promotions === 1, 40_000);
    await inserting.stop();
    expect(await lostOf(cluster, inserting.answered)).toBeGreaterThan(0);
  });

  it('goes on without a dead standby, and then starts a dead primary again rather than promote one that lacks commits', async () => {
    const cluster = await open();
    const inserting = startInserting(cluster);
    cluster.kill('standby', 'SIGKILL');
    await until(() => lines.some((line) => line.includes('is dead: commits do not wait')));
    const before = inserting.answered.length;
    await until(() => inserting.answered.length > before + 5);
    cluster.kill('primary', 'SIGKILL');
    await until(() => cluster.status().synchronous && cluster.status().standby !== undefined, 40_000);
    await inserting.stop();
    expect(await lostOf(cluster, inserting.answered)).toBe(0);
  });

  it('goes on, and has another standby, when the standby hangs', async () => {
    const cluster = await open();
    const { standby } = cluster.status();
    const [receiver] = await query<{ pid: number }>(
      standby?.url ?? '',
      'select pid from pg_stat_wal_receiver',
    );
    if (receiver === undefined) throw new Error('the standby receives nothing');
    const inserting = startInserting(cluster);
    await until(() => inserting.answered.length > 5);
    process.kill(receiver.pid, 'SIGSTOP');
    await until(() => lines.some((line) => line.includes('does not follow: killing it')), 40_000);
    // Stopped, it cannot notice that its server is gone.
    process.kill(receiver.pid, 'SIGCONT');
    const before = inserting.answered.length;
    await until(() => inserting.answered.length > before + 20);
    await until(() => cluster.status().synchronous, 40_000);
    expect(cluster.status().standby?.pid).not.toBe(standby?.pid);
    await inserting.stop();
    expect(await lostOf(cluster, inserting.answered)).toBe(0);
  });

  it('starts a primary again that dies while its standby is being made', async () => {
    const cluster = await startDatabaseCluster({ ...options(), synchronous: true });
    opened.push(cluster);
    const made = cluster.withStandby();
    await sleep(300);
    cluster.kill('primary', 'SIGKILL');
    await until(() => lines.some((line) => line.includes('serves again')), 40_000);
    await made;
    expect(cluster.status()).toMatchObject({ synchronous: true, promotions: 0 });
  });

  it('reads from the standby, where nothing can be written, and from the primary while there is none', async () => {
    const cluster = await open();
    const reader = cluster.readerUrlFor('postgres');
    expect(await query(reader, 'select pg_is_in_recovery() as standby')).toEqual([{ standby: true }]);
    await expect(query(reader, 'insert into kept values (1)')).rejects.toMatchObject({ code: '25006' });
    const idle = new pg.Client({ connectionString: reader });
    const cut = new Promise((resolve) => idle.once('end', resolve).on('error', () => {}));
    await idle.connect();
    cluster.kill('standby', 'SIGKILL');
    await cut;
    await until(async () => (await query(reader, 'select 1 as one').catch(() => [])).length === 1);
  });

  it('takes a primary that has a process but does not answer for dead', async () => {
    const cluster = await open();
    await query(cluster.urlFor('postgres'), 'insert into kept values (1)');
    cluster.kill('primary', 'SIGSTOP');
    // A stopped postmaster accepts no sessions; its listening socket still takes connections.
    await until(() => cluster.status().promotions === 1, 40_000);
    expect(await lostOf(cluster, [1])).toBe(0);
  });

  it('starts on the data of whoever was primary last, with a standby and without', async () => {
    const first = await open();
    first.kill('primary', 'SIGKILL');
    await until(() => first.status().promotions === 1);
    await query(first.urlFor('postgres'), 'insert into kept values (1)');
    await first.stop();
    opened = [];
    const alone = await startSingleDatabase(options());
    opened.push(alone);
    expect(await lostOf(alone, [1])).toBe(0);
    await query(alone.urlFor('postgres'), 'insert into kept values (2)');
    await alone.stop();
    opened = [];
    const again = await open();
    expect(again.status().synchronous).toBe(true);
    expect(await query(again.readerUrlFor('postgres'), 'select n from kept order by n')).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
  });
});
