import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../../lib/local/free-port.ts';
import { type Postgres, type PostgresOptions, startPostgres } from '../../lib/local/postgres.ts';
import { isPostmasterOf } from '../../lib/local/postmaster.ts';

let parent: string;
let started: Postgres[];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ballotstream-launcher-'));
  chmodSync(parent, 0o711);
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  rmSync(parent, { recursive: true, force: true });
});

async function start(options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const server = await startPostgres({
    directory: join(parent, 'postgres'),
    sharedBuffersMb: 32,
    ...options,
  });
  started.push(server);
  return server;
}

async function query(server: Postgres, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.superuserUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the PostgreSQL launcher', () => {
  it('starts a server that takes passwords only, over TCP on loopback only', async () => {
    const server = await start();
    expect(
      await query(
        server,
        "select current_setting('listen_addresses') as at, current_setting('unix_socket_directories') as sockets, current_setting('fsync') as fsync, current_setting('server_encoding') as encoding",
      ),
    ).toEqual([{ at: '127.0.0.1', sockets: '', fsync: 'on', encoding: 'UTF8' }]);
    const stranger = new pg.Client({ connectionString: server.urlFor('postgres', 'guess') });
    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(parent, 'postgres', 'superuser-password')).mode & 0o777).toBe(0o600);
  });

  it('loses no committed row when the server is killed with -9', async () => {
    const first = await start();
    await query(first, 'create table kept as select n from generate_series(1, 10000) n');
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await start();
    expect(await query(second, 'select count(*)::int as rows from kept')).toEqual([{ rows: 10_000 }]);
  });

  it('stops the server that a killed run left on the same directory, and only then starts', async () => {
    const launcher = new URL('../../lib/local/postgres.ts', import.meta.url).href;
    const script = `
      const { startPostgres } = await import(${JSON.stringify(launcher)});
      const server = await startPostgres({ directory: ${JSON.stringify(join(parent, 'postgres'))}, sharedBuffersMb: 32 });
      console.log(server.pid);
      setInterval(() => {}, 1000);`;
    const run = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const orphan = await new Promise<number>((resolve) =>
      run.stdout.once('data', (line) => resolve(Number(line))),
    );
    const dataDir = join(parent, 'postgres', 'data');
    run.kill('SIGKILL');
    await new Promise((resolve) => run.once('exit', resolve));
    expect(isPostmasterOf(orphan, dataDir)).toBe(true);

    const server = await start();
    expect(isPostmasterOf(orphan, dataDir)).toBe(false);
    expect(server.pid).not.toBe(orphan);
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('leaves alone a process that merely has the number of the old server', async () => {
    const first = await start();
    await first.stop();
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
    writeFileSync(
      join(parent, 'postgres', 'data', 'postmaster.pid'),
      `${bystander.pid}\n${join(parent, 'postgres', 'data')}\n`,
    );
    const second = await start();
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(bystander.exitCode).toBeNull();
    bystander.kill();
  });

  it('begins again when a kill interrupted the making of the cluster', async () => {
    const half = join(parent, 'postgres', 'data.building', 'data');
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'PG_VERSION'), '18\n');
    const server = await start();
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('stops twice without complaint, and after the server has died', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    const killed = await start();
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    await killed.stop();
  });

  it('says in one line that a directory cannot be written to', async () => {
    // A file in the way stops root too, whom permissions do not.
    writeFileSync(join(parent, 'file'), '');
    await expect(start({ directory: join(parent, 'file', 'postgres') })).rejects.toMatchObject({
      code: 'data-dir-unwritable',
      message: expect.stringMatching(/^cannot write to .*: choose another data directory$/),
    });
  });

  it('says in one line that the port it was told to use is taken', async () => {
    const server = await start();
    await expect(start({ directory: join(parent, 'other'), port: server.port })).rejects.toMatchObject({
      code: 'port-taken',
    });
  });

  it('gives the reason from the log when the server refuses its settings', async () => {
    await expect(start({ extra: { shared_buffers: 'many' } })).rejects.toMatchObject({
      code: 'postgres-failed',
      message: expect.stringContaining('shared_buffers'),
    });
  });

  it('keeps its log beside the data', async () => {
    const server = await start({ port: await findFreePort() });
    expect(readFileSync(server.logFile, 'utf8')).toContain('ready to accept connections');
  });
});
