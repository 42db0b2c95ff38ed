import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { letRolesLogIn, migrationsFolders } from '../../lib/local/database-setup.ts';
import { runMigrations } from '../../lib/local/migrate.ts';
import { startPostgres } from '../../lib/local/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's URL of the run's one server, database `postgres`. */
    databaseSuperuserUrl: string;
  }
}

/** Of the votes, and of the voter roll: on one server here, for speed; on two wherever votes are cast. */
const templates = { votes: 'ballotstream_template', roll: 'roll_template' } as const;
export type DatabaseKind = keyof typeof templates;
/** The same for every role: these servers live for a test run, on loopback. */
const rolePassword = 'test';

/**
 * Vitest's global setup: one server for the whole run, migrated once into template databases
 * that test files clone.
 *
 * @returns the teardown
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-db-'));
  // Run as root, the server is another user, who has to pass through.
  chmodSync(directory, 0o711);
  const server = await startPostgres({
    directory: join(directory, 'postgres'),
    durable: false,
    sharedBuffersMb: 256,
    connectionsMax: 200,
  });
  try {
    for (const kind of ['votes', 'roll'] as const) {
      await runSql(server.superuserUrl, `create database ${templates[kind]}`);
      await runMigrations(withDatabase(server.superuserUrl, templates[kind]), migrationsFolders[kind]);
    }
    await letRolesLogIn(server.superuserUrl, () => rolePassword);
  } catch (error) {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  project.provide('databaseSuperuserUrl', server.superuserUrl);
  return async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}

export type TestDatabase = {
  readonly name: string;
  /** As superuser: for looking and for arranging. */
  readonly url: string;
  /** As one of the migrations' roles: for what is tested. */
  urlFor(role: string): string;
  /** Ends every session on it first. */
  drop(): Promise<void>;
};

/** A migrated, empty database of the caller's own, who drops it. */
export async function cloneDatabase(kind: DatabaseKind = 'votes'): Promise<TestDatabase> {
  const superuserUrl = inject('databaseSuperuserUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  // Copying files beats writing each page to the log where fsync is off.
  await runSql(superuserUrl, `create database ${name} template ${templates[kind]} strategy file_copy`);
  const url = withDatabase(superuserUrl, name);
  return {
    name,
    url,
    urlFor(role) {
      const roleUrl = new URL(url);
      roleUrl.username = role;
      roleUrl.password = rolePassword;
      return roleUrl.href;
    },
    drop: () => runSql(superuserUrl, `drop database if exists ${name} with (force)`),
  };
}

/**
 * A database for all tests of the file (or `describe`) that calls this at its top level: made
 * before the first, dropped after the last.
 *
 * @returns a getter, since there is no database before the first hook has run
 */
export function useDatabase(kind: DatabaseKind = 'votes'): () => TestDatabase {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await cloneDatabase(kind);
  });
  afterAll(async () => {
    await database?.drop();
  });
  return () => {
    if (database === undefined) throw new Error('useDatabase: asked before the tests began');
    return database;
  };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** One statement on a connection of its own: databases are neither made nor dropped in a transaction. */
async function runSql(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
