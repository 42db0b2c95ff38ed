import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsFolders } from '../../lib/local/database-setup.ts';
import { runMigrations } from '../../lib/local/migrate.ts';
import { cloneDatabase, type TestDatabase } from '../support/database.ts';
import { denied, deniedOrReadOnly, guarded } from '../support/roles.ts';

const roles = ['registrar', 'issuer', 'auditor'] as const;
type Role = (typeof roles)[number] | 'superuser';

let database: TestDatabase;
const clients = new Map<Role, pg.Client>();

beforeAll(async () => {
  database = await cloneDatabase('roll');
  for (const role of [...roles, 'superuser'] as const) {
    const url = role === 'superuser' ? database.url : database.urlFor(role);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    clients.set(role, client);
  }
  await run('superuser', "insert into election (election) values ('e')");
  await run(
    'superuser',
    "insert into voter_roll (election_no, roll_number, region) values (1, 'A-1', 'north')",
  );
  await run(
    'superuser',
    "insert into pass_issued (election_no, roll_number, blinded_sha256) values (1, 'A-1', sha256('x'))",
  );
});
afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await database.drop();
});

const run = (role: Role, statement: string) => {
  const client = clients.get(role);
  if (client === undefined) throw new Error(`no session of ${role}`);
  return client.query(statement);
};

/** `ok`, or the SQLSTATE. Whatever it did is undone. */
async function attempt(role: Role, statement: string): Promise<string> {
  await run(role, 'begin');
  try {
    await run(role, statement);
    return 'ok';
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error);
  } finally {
    await run(role, 'rollback');
  }
}

const inserts = {
  voter_roll: "insert into voter_roll (election_no, roll_number, region) values (1, 'A-2', 'north')",
  voter_subject: "insert into voter_subject values (gen_random_uuid(), 1, 'A-1')",
  pass_issued:
    "insert into pass_issued (election_no, roll_number, blinded_sha256) values (1, 'A-9', sha256('y'))",
  identity_attempt: "insert into identity_attempt values (1, 1, now(), 'A-1')",
};

describe('of the voter roll', () => {
  it.each<[keyof typeof inserts, readonly string[]]>([
    ['voter_roll', ['registrar']],
    ['voter_subject', ['registrar']],
    ['pass_issued', ['issuer']],
    ['identity_attempt', ['issuer']],
  ])('%s is written by %s alone', async (table, writers) => {
    for (const role of roles)
      expect([role, await attempt(role, inserts[table])]).toEqual([
        role,
        writers.includes(role) ? 'ok' : expect.stringMatching(deniedOrReadOnly),
      ]);
  });

  it('each role reads what it is there for, and nothing else', async () => {
    const { rows } = await run(
      'superuser',
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition",
    );
    const readable: Record<(typeof roles)[number], string[]> = {
      registrar: ['election', 'roll_count', 'voter_roll', 'voter_subject'],
      issuer: ['election', 'identity_attempt', 'pass_issued', 'voter_roll', 'voter_subject'],
      auditor: ['election', 'roll_count'],
    };
    for (const role of roles) {
      const may: string[] = [];
      for (const { name } of rows) if ((await attempt(role, `select from ${name}`)) === 'ok') may.push(name);
      expect([role, may.sort()]).toEqual([role, readable[role]]);
    }
  });

  it('a voter’s code can be replaced, and neither their region nor that they are on it', async () => {
    expect(
      await attempt('registrar', "update voter_roll set code_hash = '\\x01'::bytea || sha256('x')"),
    ).toBe('ok');
    for (const statement of [
      "update voter_roll set region = 'south'",
      'delete from voter_roll',
      'truncate voter_roll',
    ])
      expect([statement, await attempt('registrar', statement)]).toEqual([statement, denied]);
    expect(await attempt('issuer', 'update voter_roll set code_hash = null')).toBe(denied);
  });

  it('a pass that was issued stays issued, whoever asks: no role of ours, and a superuser has to take the guard away first', async () => {
    const partition = 'pass_issued_0';
    for (const statement of [
      'delete from pass_issued',
      'update pass_issued set issued_on = issued_on - 1',
      'truncate pass_issued',
      `truncate ${partition}`,
    ]) {
      for (const role of roles)
        expect([role, await attempt(role, statement)]).toEqual([
          role,
          expect.stringMatching(deniedOrReadOnly),
        ]);
      expect(await attempt('superuser', statement)).toBe(guarded);
    }
  });

  it('the counts are by region, of voters and of passes', async () => {
    const { rows } = await run('auditor', 'select * from roll_count');
    expect(rows).toEqual([{ election: 'e', region: 'north', voters: '1', passes_issued: '1' }]);
  });
});

it('a database of the votes’ roles lets none of them in, where both are on one server', async () => {
  const superuser = clients.get('superuser');
  const name = `test_roll_${randomUUID().slice(0, 8)}`;
  await superuser?.query(`create database ${name}`);
  try {
    const at = (url: string): string => {
      const changed = new URL(url);
      changed.pathname = `/${name}`;
      return changed.href;
    };
    await runMigrations(at(database.url), migrationsFolders.roll);
    for (const [role, mayConnect] of [
      ['analyst', false],
      ['counter', false],
      ['writer', false],
      ['issuer', true],
    ] as const) {
      const client = new pg.Client({ connectionString: at(database.urlFor(role)) });
      const outcome = await client.connect().then(
        () => 'in',
        (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
      );
      await client.end();
      expect([role, outcome]).toEqual([role, mayConnect ? 'in' : denied]);
    }
  } finally {
    await superuser?.query(`drop database ${name} with (force)`);
  }
});
