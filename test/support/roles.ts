import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { useDatabase } from './database.ts';
import { testElection } from './election.ts';
import { definitionsOf, encodeAll, testRecord } from './records.ts';

export const roles = ['writer', 'results', 'maintainer', 'analyst', 'auditor', 'counter'] as const;
export type Role = (typeof roles)[number];

/** PostgreSQL's code for having no right to something, our own guard's, and that of a read-only transaction. */
export const denied = '42501';
export const guarded = 'BS001';
export const deniedOrReadOnly = /^(?:42501|25006)$/;

/** The tables of what is recorded. */
export const voteTables = ['ballot', 'participation', 'duplicate_attempt', 'quarantine', 'writer_batch'];

/**
 * A session of each role, and the superuser's, on a database in which every table has rows: a vote, a
 * second ballot, a record in quarantine, and a ballot of an unforeseen day.
 */
export function useRoles() {
  const database = useDatabase();
  const clients = new Map<string, pg.Client>();

  beforeAll(async () => {
    for (const role of [...roles, 'superuser'] as const) {
      const url = role === 'superuser' ? database().url : database().urlFor(role);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      clients.set(role, client);
    }
    await as('superuser', "select make_ballot_partitions('2026-11-03', '{north,south}')");
    await recordSome(database().urlFor('writer'));
  });
  afterAll(async () => {
    for (const client of clients.values()) await client.end();
  });

  async function as(
    role: Role | 'superuser',
    statement: string,
    values: unknown[] = [],
  ): Promise<Record<string, unknown>[]> {
    const client = clients.get(role);
    if (client === undefined) throw new Error(`no session of ${role}`);
    return (await client.query<Record<string, unknown>>(statement, values)).rows;
  }

  return {
    as,
    /** `ok`, or the SQLSTATE. Whatever it did is undone. */
    async attempt(role: Role | 'superuser', statement: string): Promise<string> {
      await as(role, 'begin');
      try {
        await as(role, statement);
        return 'ok';
      } catch (error) {
        return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error);
      } finally {
        await as(role, 'rollback');
      }
    },
    /** These tables and every partition of theirs, as the database has them. */
    async withPartitions(tables: readonly string[]): Promise<string[]> {
      const rows = await as(
        'superuser',
        `with recursive tree as (
           select oid from pg_class where relnamespace = 'public'::regnamespace and relname = any($1)
           union all select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid
         ) select oid::regclass::text as name from tree join pg_class using (oid) where relkind in ('r', 'p')`,
        [tables],
      );
      return rows.map((row) => String(row['name']));
    },
  };
}

async function recordSome(url: string): Promise<void> {
  const pool = createPool({ url, connectionsMax: 1, applicationName: 'test' });
  const store = createVoteStore(pool);
  const voter = testRecord();
  const records = [
    voter,
    testRecord({ voterKey: voter.voterKey }),
    testRecord({ station: 'nowhere' }),
    testRecord({ acceptedAt: '2026-11-20T12:00:00Z' }),
  ];
  const count = createRecordCounter({ definitions: definitionsOf(testElection()), store });
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '2' } as const;
  await store.record({ origin, ...(await count(encodeAll(records))) });
  await store.fold();
  await pool.end();
}
