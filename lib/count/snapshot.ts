import type { Pool, PoolClient } from 'pg';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { CountError } from './count-error.ts';

/** None: a statement may take as long as the role's own limit lets it, and node-postgres forgets the timer of a COPY. */
const answerMsMax = 0;
/** Of each connection: the sums of the largest partition fit. */
const workMemMb = 64;

/** Several connections that see exactly the same, whatever is recorded meanwhile. */
export interface Snapshot {
  readonly lead: PoolClient;
  /** Does `work` for every item, as many at a time as there are connections, in order. The first error ends it. */
  eachItem<T>(items: readonly T[], work: (client: PoolClient, item: T) => Promise<void>): Promise<void>;
  /** Also in the middle of what is under way, which then throws. */
  close(): Promise<void>;
}

export interface SnapshotOptions {
  readonly url: string;
  readonly connections: number;
  readonly applicationName: string;
  /** One that somebody else exported, and still holds; otherwise the present one. */
  readonly exportedId?: string | undefined;
}

/**
 * Opens a snapshot of the database on several connections. Works on a standby too. It holds vacuum back as
 * long as it is open. Throws what the database throws.
 */
export async function openSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { url, connections, applicationName } = options;
  const pool = createPool({ url, connectionsMax: connections, applicationName, answerMsMax });
  try {
    const lead = await connect(pool);
    await begin(lead, options.exportedId);
    const others = await Promise.all(Array.from({ length: connections - 1 }, () => connect(pool)));
    if (others.length > 0) {
      const { rows } = await lead.query<{ id: string }>('select pg_export_snapshot() as id');
      for (const client of others) await begin(client, rows[0]?.id);
    }
    return describeSnapshot(pool, lead, [lead, ...others]);
  } catch (error) {
    // Not waited for: a client that is still out would never come back.
    void pool.end();
    throw error;
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  // A connection that breaks fails the statement under way; without a listener it would end the process.
  client.on('error', () => {});
  return client;
}

async function begin(client: PoolClient, snapshotId: string | undefined): Promise<void> {
  await client.query('begin isolation level repeatable read read only');
  if (snapshotId !== undefined)
    await client.query(`set transaction snapshot ${client.escapeLiteral(snapshotId)}`);
  // One connection a partition is parallel enough; a statement's own workers would fight over the same cores.
  await client.query('set local max_parallel_workers_per_gather = 0');
  await client.query(`set local work_mem = '${workMemMb}MB'`);
}

function describeSnapshot(pool: Pool, lead: PoolClient, clients: readonly PoolClient[]): Snapshot {
  return {
    lead,
    async eachItem(items, work) {
      let next = 0;
      let failed = false;
      await Promise.all(
        clients.map(async (client) => {
          for (let item = items[next++]; item !== undefined && !failed; item = items[next++]) {
            await work(client, item).catch((error: unknown) => {
              failed = true;
              throw error;
            });
          }
        }),
      );
    },
    async close() {
      // After an error some may be in the middle of a statement, or of a COPY that nobody reads: nothing is asked of
      // them any more, and their connections end.
      for (const client of clients) client.release(true);
      await pool.end();
    },
  };
}

/**
 * The partitions that hold ballots, those of archived days too, biggest first: what is begun last should be short.
 * @throws CountError `partition-unreadable`: whoever attaches a table by hand does not grant it
 */
export async function listPartitions(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string; readable: boolean }>(
    `select relid::regclass::text as name, has_table_privilege(relid, 'select') as readable
      from unnest(array['ballot', 'archive.ballot']::regclass[]) tree, pg_partition_tree(tree) where isleaf
      order by pg_relation_size(relid) desc, name`,
  );
  const unreadable = rows.filter(({ readable }) => !readable).map(({ name }) => name);
  if (unreadable.length > 0)
    throw new CountError(
      'partition-unreadable',
      `partition ${unreadable.join(', ')} may not be read: it was not made by make_ballot_partitions, and nobody knows what is in it`,
    );
  return rows.map(({ name }) => name);
}
