import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMigrations } from '../../lib/local/migrate.ts';
import * as tables from '../../schema/tables.ts';
import * as voterRollTables from '../../schema/voter-roll-tables.ts';
import { cloneDatabase, useDatabase } from '../support/database.ts';

const database = useDatabase();
let admin: pg.Client;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
});
afterAll(() => admin.end());

/** Everything in a database that a migration can make, one line each. */
async function describeDatabase(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(`
    select format('%s %s', relkind, oid::regclass) as line from pg_class where relnamespace = 'public'::regnamespace
    union all select format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
      where connamespace = 'public'::regnamespace
    union all select format('trigger %s', pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal
    union all select format('function %s %s', oid::regprocedure, md5(prosrc)) from pg_proc where pronamespace = 'public'::regnamespace
    union all select format('grants %s %s', oid::regclass, relacl) from pg_class where relnamespace = 'public'::regnamespace
    union all select format('migration %s', hash) from drizzle.__drizzle_migrations
    order by 1`);
  return rows.map((row) => row.line);
}

const drizzleTables = Object.values<unknown>({ ...tables, ...voterRollTables }).filter((value) =>
  is(value, PgTable),
);

describe('the migrations', () => {
  it('change nothing when they are applied again', async () => {
    const before = await describeDatabase(admin);
    expect(before.length).toBeGreaterThan(100);
    await runMigrations(database().url);
    expect(await describeDatabase(admin)).toEqual(before);
  });

  it('make the same of an empty database in a cluster that has the roles already', async () => {
    const name = `${database().name}_fresh`;
    await admin.query(`create database ${name} template template0`);
    const url = new URL(database().url);
    url.pathname = `/${name}`;
    const fresh = new pg.Client({ connectionString: url.href });
    try {
      await runMigrations(url.href);
      await fresh.connect();
      expect(await describeDatabase(fresh)).toEqual(await describeDatabase(admin));
    } finally {
      await fresh.end();
      await admin.query(`drop database ${name} with (force)`);
    }
  });

  it('made what schema/ says, also where they were written by hand', async () => {
    const { rows } = await admin.query<{ table: string; column: string; type: string; required: boolean }>(`
      select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped and not c.relispartition
        and c.relkind in ('r', 'p')`);
    const made = rows.map(
      ({ table, column, type, required }) => `${table}.${column} ${type}${required ? ' not null' : ''}`,
    );
    const said = drizzleTables.flatMap((table) =>
      Object.values(getTableColumns(table)).map(
        (column) =>
          `${getTableName(table)}.${column.name} ${column.getSQLType()}${column.notNull ? ' not null' : ''}`,
      ),
    );
    expect(made.sort()).toEqual(said.sort());
  });

  it('made every check and key that schema/ names', async () => {
    const { rows } = await admin.query<{ name: string }>(
      "select conname as name from pg_constraint where connamespace = 'public'::regnamespace",
    );
    const made = new Set(rows.map((row) => row.name));
    const said = drizzleTables.flatMap((table) => {
      const { checks, primaryKeys, uniqueConstraints, foreignKeys } = getTableConfig(table);
      return [
        ...checks.map((one) => one.name),
        ...[...primaryKeys, ...uniqueConstraints, ...foreignKeys].map((one) => one.getName()),
      ];
    });
    expect(said.length).toBeGreaterThan(15);
    expect(said.filter((name) => !made.has(name ?? ''))).toEqual([]);
  });

  it('partition what has to be partitioned, by what it is read and locked by', async () => {
    const { rows } = await admin.query<{ line: string }>(
      "select partrelid::regclass || ' ' || pg_get_partkeydef(partrelid) as line from pg_partitioned_table order by 1",
    );
    expect(rows.map((row) => row.line)).toEqual([
      'archive.ballot RANGE (cast_on)',
      'ballot RANGE (cast_on)',
      'participation HASH (voter_key)',
      'pass_issued HASH (roll_number)',
      'voter_roll HASH (roll_number)',
      'voter_subject HASH (subject_key)',
    ]);
  });

  it('leave a clone of a migrated database with nothing to migrate', async () => {
    const clone = await cloneDatabase();
    try {
      await runMigrations(clone.url);
    } finally {
      await clone.drop();
    }
  });
});
