import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { applyMigrations } from '../../functions/adapters/postgres/migrate.ts';
import { connectAsOwner } from '../../functions/adapters/postgres/owner.ts';
import { migrationsFolders } from '../../lib/local/database-setup.ts';
import { type Postgres, startPostgres } from '../../lib/local/postgres.ts';
import { roles } from '../support/roles.ts';

/** Of its own: roles belong to the server, and other files' migrations change them at the same time. */
let server: Postgres;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ballotstream-migrate-'));
  // Run as root, the server is another user, who has to pass through.
  chmodSync(directory, 0o711);
  server = await startPostgres({ directory: join(directory, 'postgres'), durable: false });
});
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** An empty database of its own; connections to it end with the test. */
async function emptyDatabase(): Promise<string> {
  const { superuserUrl } = server;
  const name = `migrate_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: superuserUrl });
  await admin.connect();
  await admin.query(`create database ${name} template template0`);
  undo.push(async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
  const url = new URL(superuserUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  undo.push(() => client.end());
  return client;
}

/** A migrated database on a server that lets roles log in by IAM, as Aurora does. */
async function migratedWhereIamIs(): Promise<pg.Client> {
  const admin = new pg.Client({ connectionString: server.superuserUrl });
  await admin.connect();
  await admin.query('create role rds_iam');
  undo.push(async () => {
    await admin.query(`revoke rds_iam from ${roles.join(', ')}`);
    await admin.query('drop role rds_iam');
    // Its rights have gone with the database.
    await admin.query('drop role rds_pgaudit');
    await admin.end();
  });
  const client = await connect(await emptyDatabase());
  await applyMigrations(client, migrationsFolders.votes);
  return client;
}

/** The repository's migrations with one more at the end. */
function folderWith(sql: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ballotstream-migrations-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(migrationsFolders.votes, folder, { recursive: true });
  const journalFile = join(folder, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(journalFile, 'utf8')) as {
    entries: { idx: number; when: number; tag: string }[];
  };
  const last = journal.entries.at(-1);
  if (last === undefined) throw new Error('no migrations');
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_planted' });
  writeFileSync(journalFile, JSON.stringify(journal));
  writeFileSync(join(folder, '9999_planted.sql'), sql);
  return folder;
}

describe('migrations at deploy', () => {
  it('are applied to an empty database, and are nothing to do the second time', async () => {
    const client = await connect(await emptyDatabase());
    const first = await applyMigrations(client, migrationsFolders.votes);
    expect(first.applied).toBe(first.total);
    expect(first.total).toBeGreaterThanOrEqual(3);
    expect(await applyMigrations(client, migrationsFolders.votes)).toEqual({
      applied: 0,
      total: first.total,
    });
  });

  it('are applied once by two deployments at the same time', async () => {
    const url = await emptyDatabase();
    const clients = await Promise.all([connect(url), connect(url), connect(url)]);
    const reports = await Promise.all(
      clients.map((client) => applyMigrations(client, migrationsFolders.votes)),
    );
    const applied = reports.map((report) => report.applied).toSorted((a, b) => a - b);
    expect(applied).toEqual([0, 0, reports[0]?.total]);
  });

  it('leave nothing behind when one fails, and go on where they were once it is mended', async () => {
    const client = await connect(await emptyDatabase());
    const { total } = await applyMigrations(client, migrationsFolders.votes);
    const broken = folderWith('create table planted (id int);\n--> statement-breakpoint\nselect 1 / 0;');
    await expect(applyMigrations(client, broken)).rejects.toThrow();
    const { rows } = await client.query("select to_regclass('planted') as planted");
    expect(rows).toEqual([{ planted: null }]);
    const mended = folderWith('create table planted (id int);');
    expect(await applyMigrations(client, mended)).toEqual({ applied: 1, total: total + 1 });
  });

  it('give the lock back when they fail', async () => {
    const url = await emptyDatabase();
    const [first, second] = [await connect(url), await connect(url)];
    await expect(applyMigrations(first, folderWith('select 1 / 0;'))).rejects.toThrow();
    expect((await applyMigrations(second, migrationsFolders.votes)).applied).toBeGreaterThan(0);
  });

  it('let the roles log in by IAM where there is such a thing', async () => {
    const client = await migratedWhereIamIs();
    const { rows } = await client.query<{ role: string; login: boolean }>(`
      select r.rolname as role, r.rolcanlogin as login
      from pg_auth_members m join pg_roles r on r.oid = m.member join pg_roles g on g.oid = m.roleid
      where g.rolname = 'rds_iam' and not r.rolsuper order by 1`);
    expect(rows).toEqual(roles.toSorted().map((role) => ({ role, login: true })));
  });

  it('have changes of what is recorded audited there, in partitions made later too, and never a vote', async () => {
    const client = await migratedWhereIamIs();
    await client.query("select make_ballot_partitions('2026-11-03', '{north}')");
    const { rows } = await client.query<{ guarded: string; audited: string }>(`
      select tgrelid::regclass::text as guarded, string_agg(privilege_type, ' ' order by privilege_type) as audited
      from pg_trigger t
      left join lateral (
        select privilege_type from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
        where c.oid = t.tgrelid and r.rolname = 'rds_pgaudit'
      ) granted on true
      where tgname = 'append_only_truncate' group by 1`);
    expect(rows.map(({ guarded }) => guarded)).toEqual(
      expect.arrayContaining([
        'ballot',
        'ballot_20261103',
        expect.stringMatching(/^ballot_20261103_north_\w+_3$/),
        'participation_15',
        'archive.ballot',
      ]),
    );
    expect(new Set(rows.map(({ audited }) => audited))).toEqual(new Set(['DELETE UPDATE']));
    const { rows: others } = await client.query(`
      select c.oid::regclass from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
      where r.rolname = 'rds_pgaudit'
        and not exists (select from pg_trigger t where t.tgrelid = c.oid and tgname = 'append_only_truncate')`);
    expect(others).toEqual([]);
    const { rows: logins } = await client.query(
      "select rolcanlogin, (select count(*)::int from pg_auth_members where roleid = r.oid) as members from pg_roles r where rolname = 'rds_pgaudit'",
    );
    expect(logins).toEqual([{ rolcanlogin: false, members: 0 }]);
  });

  it('log in with the secret that RDS keeps, and say nothing of one that is broken', async () => {
    const url = new URL(await emptyDatabase());
    const owner = `owner_${randomBytes(4).toString('hex')}`;
    const admin = await connect(url.href);
    await admin.query(`create role ${owner} login password 'p@ss:w/ord'`);
    undo.push(async () => {
      await admin.query(`drop role ${owner}`);
    });
    url.username = '';
    url.password = '';
    const client = await connectAsOwner(
      url.href,
      JSON.stringify({ username: owner, password: 'p@ss:w/ord', engine: 'postgres' }),
    );
    const { rows } = await client.query('select current_user as me');
    await client.end();
    expect(rows).toEqual([{ me: owner }]);
    for (const secret of ['', 'swordfish', '{"username":"x"}']) {
      await expect(connectAsOwner(url.href, secret)).rejects.toThrow(/^the owner’s secret is not one of RDS/);
    }
  });
});
