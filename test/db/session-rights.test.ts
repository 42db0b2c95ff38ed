import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMigrations } from '../../lib/local/migrate.ts';
import { useDatabase } from '../support/database.ts';
import { denied, roles } from '../support/roles.ts';

const database = useDatabase();
/** Migrated itself: a clone has none of the rights to its database as such. */
let name: string;
let admin: pg.Client;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
  name = `${database().name}_own`;
  await admin.query(`create database ${name} template template0`);
  await runMigrations(inOwn(database().url));
});
afterAll(async () => {
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});

function inOwn(url: string): string {
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

/** `ok`, or the SQLSTATE, for a role that has lifted whatever it can lift. */
async function attempt(role: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: inOwn(database().urlFor(role)) });
  await client.connect();
  try {
    await client.query('set statement_timeout = 0; set default_transaction_read_only = off');
    await client.query(statement);
    return 'ok';
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error);
  } finally {
    await client.end();
  }
}

describe('a session', () => {
  it.each([
    ['a temporary table', 'create temporary table mine (id integer)'],
    ['a temporary sequence', 'create temporary sequence mine'],
    ['a temporary view', 'create temporary view mine as select 1'],
  ])('makes %s as no role', async (_, statement) => {
    for (const role of roles) expect([role, await attempt(role, statement)]).toEqual([role, denied]);
  });

  it.each([
    ['a function, in its own schema or anybody’s', 'create function spy() returns int language sql return 1'],
    ['a large object', 'select lo_create(0)'],
    ['a large object, by its older name', 'select lo_creat(-1)'],
    ['a large object of bytes', "select lo_from_bytea(0, '')"],
  ])('makes %s as no role', async (_, statement) => {
    for (const role of roles) expect([role, await attempt(role, statement)]).toEqual([role, denied]);
  });

  it.each([
    ['tables', 'select * from pg_stat_user_tables'],
    ['indexes', 'select * from pg_stat_all_indexes'],
    ['reads of disk', 'select * from pg_statio_user_tables'],
    ['one table', "select pg_stat_get_tuples_inserted('participation_0'::regclass)"],
  ])(
    'has no statistics of %s, which say in which part of participation a voter key came in',
    async (_, statement) => {
      for (const role of roles) expect([role, await attempt(role, statement)]).toEqual([role, denied]);
    },
  );

  it.each([
    ['analyst', '1min'],
    ['auditor', '10min'],
    ['results', '20s'],
    ['writer', '20s'],
  ])('of %s that does nothing in a transaction is ended after %s', async (role, limit) => {
    const client = new pg.Client({ connectionString: inOwn(database().urlFor(role)) });
    await client.connect();
    const { rows } = await client.query('show idle_in_transaction_session_timeout');
    await client.end();
    expect(rows).toEqual([{ idle_in_transaction_session_timeout: limit }]);
  });
});
