import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client } from 'pg';

/** Any number, as long as every version of this code has the same: who holds it may migrate. */
const migrationLock = 7_240_613;
/** A deployment that waits for another one's migrations gives up after this. */
const lockWaitMs = 60_000;

export interface MigrationReport {
  /** How many were applied just now. */
  readonly applied: number;
  /** How many the database has in all. */
  readonly total: number;
}

/**
 * Applies what is missing of the migrations in `folder`, in one transaction; nothing, if nothing is. Two at
 * the same time wait for each other: a lock of the session, so not through a proxy that shares sessions.
 * Throws what the database throws; then nothing of it is applied.
 *
 * @param client connected as the owner: migrations make roles
 */
export async function applyMigrations(client: Client, folder: string): Promise<MigrationReport> {
  await client.query(`set lock_timeout = ${lockWaitMs}`);
  await client.query('select pg_advisory_lock($1)', [migrationLock]);
  try {
    await client.query('set lock_timeout = 0');
    const before = await countApplied(client);
    await migrate(drizzle(client), { migrationsFolder: folder });
    const total = await countApplied(client);
    return { applied: total - before, total };
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock]);
  }
}

/** How many migrations the folder has. Throws if it is not one. */
export function countMigrations(folder: string): number {
  return readMigrationFiles({ migrationsFolder: folder }).length;
}

async function countApplied(client: Client): Promise<number> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    "select to_regclass('drizzle.__drizzle_migrations') is not null as there",
  );
  if (tables[0]?.there !== true) return 0;
  const { rows } = await client.query<{ count: string }>('select count(*) from drizzle.__drizzle_migrations');
  return Number(rows[0]?.count ?? 0);
}
