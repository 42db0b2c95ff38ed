import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { hasPendingMigrations, migrationsFolders } from './database-setup.ts';

/**
 * Applies what is missing of the migrations, in one transaction. No migration is nothing to do.
 *
 * @param url a superuser's: migrations make roles
 */
export async function runMigrations(
  url: string,
  migrationsFolder: string = migrationsFolders.votes,
): Promise<void> {
  if (!(await hasPendingMigrations(url, migrationsFolder))) return;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    await client.end();
  }
}
