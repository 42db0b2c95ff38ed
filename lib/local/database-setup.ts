import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const inRepository = (folder: string): string => fileURLToPath(new URL(`../../${folder}`, import.meta.url));

/** The repository's migrations: of the votes' database, and of the voter roll's. */
export const migrationsFolders = {
  votes: inRepository('drizzle'),
  roll: inRepository('drizzle/roll'),
} as const;

/** Makes the database if it is not there. */
export async function ensureDatabase(superuserUrl: string, name: string): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  });
}

/**
 * Whether drizzle's migrator would do anything, by its own rule: a journal entry younger than the
 * last one applied. Asking costs 5 ms; loading the migrator costs 0.3 s and 130 MB.
 */
export async function hasPendingMigrations(url: string, folder: string): Promise<boolean> {
  const newestMs = newestMigrationMs(folder);
  if (newestMs === undefined) return false;
  return withClient(url, async (client) => {
    const { rows: tables } = await client.query<{ there: boolean }>(
      "select to_regclass('drizzle.__drizzle_migrations') is not null as there",
    );
    if (tables[0]?.there !== true) return true;
    const { rows } = await client.query<{ applied: string | null }>(
      'select max(created_at) as applied from drizzle.__drizzle_migrations',
    );
    return Number(rows[0]?.applied ?? 0) < newestMs;
  });
}

function newestMigrationMs(folder: string): number | undefined {
  const journal = join(folder, 'meta', '_journal.json');
  if (!existsSync(journal)) return undefined;
  const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as {
    entries: readonly { readonly when: number }[];
  };
  return entries.at(-1)?.when;
}

/**
 * Lets every role that the migrations made log in, each with its own password. In production the
 * password is the secrets manager's, so the migrations set none.
 *
 * @param passwordFor asked once per role
 */
export async function letRolesLogIn(url: string, passwordFor: (role: string) => string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ rolname: string }>(
      "select rolname from pg_roles where not rolsuper and rolname !~ '^pg_' order by rolname",
    );
    for (const { rolname } of rows) {
      await client.query(
        `alter role ${client.escapeIdentifier(rolname)} login password ${client.escapeLiteral(passwordFor(rolname))}`,
      );
    }
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
