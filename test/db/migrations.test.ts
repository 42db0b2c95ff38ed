import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { migrationsFolders } from '../../lib/local/database-setup.ts';
import { runMigrations } from '../../lib/local/migrate.ts';
import * as rollTables from '../../schema/roll-tables.ts';
import * as tables from '../../schema/tables.ts';
import { cloneDatabase, type DatabaseKind, useDatabase } from '../support/database.ts';

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

interface Expected {
  readonly kind: DatabaseKind;
  readonly tables: readonly PgTable[];
  readonly partitioned: readonly string[];
  /** Rather fewer than there are. */
  readonly linesMin: number;
  readonly constraintsMin: number;
}

const drizzleTables = (module: object) =>
  Object.values<unknown>({ ...module }).filter((value): value is PgTable => is(value, PgTable));

const expected: readonly Expected[] = [
  {
    kind: 'votes',
    tables: drizzleTables(tables),
    partitioned: [
      'archive.ballot RANGE (cast_on)',
      'ballot RANGE (cast_on)',
      'participation HASH (voter_key)',
    ],
    linesMin: 100,
    constraintsMin: 15,
  },
  {
    kind: 'roll',
    tables: drizzleTables(rollTables),
    partitioned: [
      'pass_issued HASH (roll_number)',
      'voter_roll HASH (roll_number)',
      'voter_subject HASH (subject_key)',
    ],
    linesMin: 100,
    constraintsMin: 5,
  },
];

describe.each(expected)(
  'the migrations of the $kind',
  ({ kind, tables: ours, partitioned, linesMin, constraintsMin }) => {
    const database = useDatabase(kind);
    const folder = migrationsFolders[kind];
    let admin: pg.Client;
    beforeAll(async () => {
      admin = new pg.Client({ connectionString: database().url });
      await admin.connect();
    });
    afterAll(() => admin.end());

    it('change nothing when they are applied again', async () => {
      const before = await describeDatabase(admin);
      expect(before.length).toBeGreaterThan(linesMin);
      await runMigrations(database().url, folder);
      expect(await describeDatabase(admin)).toEqual(before);
    });

    it('make the same of an empty database in a cluster that has the roles already', async () => {
      const name = `${database().name}_fresh`;
      await admin.query(`create database ${name} template template0`);
      const url = new URL(database().url);
      url.pathname = `/${name}`;
      const fresh = new pg.Client({ connectionString: url.href });
      try {
        await runMigrations(url.href, folder);
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
      const said = ours.flatMap((table) =>
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
      const said = ours.flatMap((table) => {
        const { checks, primaryKeys, uniqueConstraints, foreignKeys } = getTableConfig(table);
        return [
          ...checks.map((one) => one.name),
          ...[...primaryKeys, ...uniqueConstraints, ...foreignKeys].map((one) => one.getName()),
        ];
      });
      expect(said.length).toBeGreaterThan(constraintsMin);
      expect(said.filter((name) => !made.has(name ?? ''))).toEqual([]);
    });

    it('partition what has to be partitioned, by what it is read and locked by', async () => {
      const { rows } = await admin.query<{ line: string }>(
        "select partrelid::regclass || ' ' || pg_get_partkeydef(partrelid) as line from pg_partitioned_table order by 1",
      );
      expect(rows.map((row) => row.line)).toEqual(partitioned);
    });

    it('leave a clone of a migrated database with nothing to migrate', async () => {
      const clone = await cloneDatabase(kind);
      try {
        await runMigrations(clone.url, folder);
      } finally {
        await clone.drop();
      }
    });
  },
);

describe('a roll that was imported when it lay beside the votes', () => {
  /** As they were before the one of that name. */
  function migrationsBefore(name: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'ballotstream-migrations-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(migrationsFolders.votes, folder, { recursive: true });
    const file = join(folder, 'meta', '_journal.json');
    const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: { tag: string }[] };
    const entries = journal.entries.slice(
      0,
      journal.entries.findIndex(({ tag }) => tag.endsWith(name)),
    );
    writeFileSync(file, JSON.stringify({ ...journal, entries }));
    return folder;
  }

  it('stays for the owner to take over when it moves out, and for nobody else', async () => {
    const admin = new pg.Client({ connectionString: inject('databaseSuperuserUrl') });
    await admin.connect();
    const name = `test_former_${randomUUID().slice(0, 8)}`;
    await admin.query(`create database ${name}`);
    const url = new URL(inject('databaseSuperuserUrl'));
    url.pathname = `/${name}`;
    const client = new pg.Client({ connectionString: url.href });
    try {
      await runMigrations(url.href, migrationsBefore('roll_moves_out'));
      await client.connect();
      await client.query(
        "insert into voter_roll (election_no, roll_number, region) values (1, 'A-1', 'north')",
      );
      await client.query(
        "insert into pass_issued (election_no, roll_number, blinded_sha256) values (1, 'A-1', sha256('x'))",
      );
      await runMigrations(url.href);
      const { rows } = await client.query<{ name: string; acl: string | null }>(
        "select relname as name, relacl::text as acl from pg_class where relname ~ '^(voter_roll|voter_subject|pass_issued|identity_attempt)$'",
      );
      expect(rows.map((row) => row.name).sort()).toEqual(['pass_issued', 'voter_roll']);
      for (const role of ['issuer', 'registrar', 'maintainer'])
        expect(JSON.stringify(rows)).not.toContain(`${role}=`);
      expect((await client.query('select roll_number from former_roll.voter_roll')).rows).toEqual([
        { roll_number: 'A-1' },
      ]);
      expect((await client.query('select roll_number from former_roll.pass_issued')).rows).toEqual([
        { roll_number: 'A-1' },
      ]);
      const { rows: left } = await client.query(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relname ~ '^(voter_|pass_issued|identity_)'",
      );
      expect(left).toEqual([]);
    } finally {
      await client.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    }
  });
});
