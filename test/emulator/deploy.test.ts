import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absentTypes } from '../../lib/emulator.ts';
import { ensureDatabase, letRolesLogIn } from '../../lib/local/database-setup.ts';
import { buildDemoVote, type Demo, openDemo } from '../../lib/local/demo.ts';
import { type Postgres, startPostgres } from '../../lib/local/postgres.ts';
import { type Deployed, openDeployed } from '../support/deployed.ts';
import { openEmulator } from '../support/emulator.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const password = 'emulator';

const scratch = mkdtempSync(join(tmpdir(), 'ballotstream-emulator-'));
// Run as root, the database server is another user, who has to pass through.
chmodSync(scratch, 0o711);
const emulator = await openEmulator(scratch);
if (typeof emulator === 'string') console.warn(`skipped: deploying into an emulator (${emulator})`);

/** The CDK's command line, as a person would type it. */
function cdk(environment: Readonly<Record<string, string>>, ...args: string[]) {
  return run(environment, 'cdk', [
    ...args,
    '--output',
    join(scratch, 'cdk.out'),
    '--ci',
    '--progress',
    'events',
  ]);
}

const runNode = (environment: Readonly<Record<string, string>>, ...args: string[]) =>
  run(environment, process.execPath, args);

function run(environment: Readonly<Record<string, string>>, command: string, args: readonly string[]) {
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe.skipIf(typeof emulator === 'string')('the stacks, deployed into an emulator of AWS', () => {
  let postgres: Postgres;
  let admin: pg.Client;
  let deployed: Deployed;
  let demo: Demo;
  let deployment: { code: number | null; output: string };

  beforeAll(async () => {
    if (typeof emulator === 'string') return;
    mkdirSync(join(scratch, 'demo'));
    postgres = await startPostgres({ directory: join(scratch, 'postgres'), durable: false });
    await ensureDatabase(postgres.superuserUrl, 'ballotstream');
    admin = new pg.Client({ connectionString: postgres.urlFor('postgres', undefined, 'ballotstream') });
    await admin.connect();
    await admin.query(`create role owner superuser login password '${password}'`);
    const database = `database=${postgres.urlFor('owner', password, 'ballotstream').replace('postgresql:', 'postgres:')}`;
    const settings = ['-c', 'stage=emulator', '-c', database, '-c', 'build=emulator-test'];
    await cdk(emulator.environment, 'bootstrap', 'aws://000000000000/us-east-1', ...settings);
    deployment = await cdk(
      emulator.environment,
      'deploy',
      '--all',
      '--require-approval',
      'never',
      ...settings,
    );
    if (deployment.code !== 0) throw new Error(deployment.output.slice(-4_000));
    await letRolesLogIn(postgres.urlFor('postgres', undefined, 'ballotstream'), () => password);
    deployed = await openDeployed(emulator);
    for (const mended of deployed.mended) console.warn(`not done by ${emulator.name}: ${mended}`);
    demo = await openDemo(join(scratch, 'demo'), Date.now());
    await deployed.publish(demo.definition);
  }, 240_000);

  afterAll(async () => {
    if (typeof emulator !== 'string') await emulator.stop();
    await admin?.end();
    await postgres?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const count = async (table: string): Promise<number> => {
    const { rows } = await admin.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    return rows[0]?.count ?? -1;
  };
  const untilRecorded = async (votes: number): Promise<void> => {
    for (let waits = 0; (await count('participation')) < votes; waits += 1) {
      if (waits > 120) throw new Error('not recorded within a minute');
      await sleep(500);
    }
  };

  it('say what they are without there', () => {
    for (const type of Object.keys(absentTypes).slice(0, 1)) expect(deployment.output).toContain(type);
    expect(deployment.output).toContain('Aurora, its replicas and RDS Proxy: ');
  });

  it('migrate the database while they are deployed', async () => {
    expect(await count('drizzle.__drizzle_migrations')).toBeGreaterThanOrEqual(3);
  });

  it('answer through the load balancer', async () => {
    expect(await deployed.call('GET', '/healthz')).toMatchObject({
      status: 200,
      json: { status: 'ok', build: 'emulator-test' },
    });
    expect((await deployed.call('GET', '/v1/elections/nowhere')).status).toBe(404);
  });

  it('take a vote, record it, and show it; the same again changes nothing', async () => {
    const path = `/v1/elections/${demo.definition.election}`;
    const vote = buildDemoVote(demo);
    const first = await deployed.call('POST', `${path}/votes`, vote);
    expect(first.status).toBe(202);
    await untilRecorded(1);
    const { receiptId } = first.json['receipt'] as { receiptId: string };
    expect((await deployed.call('GET', `${path}/receipts/${receiptId}`)).json).toMatchObject({
      status: 'recorded',
    });
    const results = await deployed.call('GET', `${path}/results`);
    expect(results.json).toMatchObject({ ballots: 1, version: 1, duplicates: 0 });

    const again = await deployed.call('POST', `${path}/votes`, vote);
    expect(again.json['receipt']).toEqual(first.json['receipt']);
    // Another voter's comes after it in the stream: once it is there, so was the repetition.
    await deployed.call('POST', `${path}/votes`, buildDemoVote(demo));
    await untilRecorded(2);
    expect(await count('ballot')).toBe(2);
    expect(await count('duplicate_attempt')).toBe(0);
    expect((await deployed.call('GET', `${path}/results`)).json).toMatchObject({ ballots: 2, version: 2 });
  });

  it('keep a second ballot of one voter out of the count', async () => {
    const path = `/v1/elections/${demo.definition.election}`;
    const vote = buildDemoVote(demo);
    await deployed.call('POST', `${path}/votes`, vote);
    await deployed.call('POST', `${path}/votes`, { ...vote, ballotId: crypto.randomUUID() });
    for (let waits = 0; (await count('duplicate_attempt')) < 1; waits += 1) {
      if (waits > 120) throw new Error('the duplicate is not kept');
      await sleep(500);
    }
    expect(await count('ballot')).toBe(3);
  });

  it('are looked at by prewarm, item by item, in AWS’s own words', async () => {
    if (typeof emulator === 'string') return;
    const { output } = await runNode(
      emulator.environment,
      'bin/prewarm.ts',
      '--stage',
      'emulator',
      '--check',
      '--json',
    );
    const { items } = JSON.parse(output.slice(output.indexOf('{'))) as {
      items: { name: string; verdict: string; found: string }[];
    };
    const verdicts = Object.fromEntries(items.map(({ name, verdict }) => [name, verdict]));
    // MiniStack reports no encryption of a stream, whatever the template asks for: prewarm notices.
    expect(verdicts).toMatchObject({
      stacks: 'go',
      shards: 'go',
      'writer is fed': 'go',
      'dead letters': 'go',
      database: 'go',
    });
  });

  it('refuse a bad pass as in production', async () => {
    const vote = { ...buildDemoVote(demo), pass: 'nothing' };
    const answer = await deployed.call('POST', `/v1/elections/${demo.definition.election}/votes`, vote);
    expect([answer.status, answer.json['type']]).toEqual([401, 'urn:ballotstream:problem:bad-pass']);
  });
});
