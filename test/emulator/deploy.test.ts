import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { absentTypes } from '../../lib/emulator.ts';
import { ensureDatabase, letRolesLogIn } from '../../lib/local/database-setup.ts';
import { buildDemoVote, type Demo, openDemo, receiptKeysFile } from '../../lib/local/demo.ts';
import { startPostgres } from '../../lib/local/postgres.ts';
import { stages } from '../../lib/stages.ts';
import { askForTypes, type Deployed, openDeployed } from '../support/deployed.ts';
import { type Emulator, openEmulator, whyNoEmulator } from '../support/emulator.ts';
import { makeDirectory, until } from '../support/local-services.ts';
import { synthesise } from '../support/template.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const password = 'emulator';

const skipped = await whyNoEmulator();
if (skipped !== undefined) console.warn(`skipped: deploying into an emulator (${skipped})`);

interface Site {
  readonly emulator: Emulator;
  readonly deployed: Deployed;
  /** What the CDK's command line printed. */
  readonly output: string;
  readonly admin: pg.Pool;
  /** The voter roll’s, beside the votes’ on one server here. */
  readonly roll: pg.Pool;
  readonly demo: Demo;
}

describe.skipIf(skipped !== undefined)('the stacks, deployed into an emulator of AWS', () => {
  const cleanUp: (() => unknown)[] = [];
  let site: Site;

  beforeAll(async () => {
    site = await deploy(cleanUp);
  }, 240_000);

  afterAll(async () => {
    for (const step of cleanUp.reverse()) await step();
  }, 60_000);

  const call = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    site.deployed.call(method, `/v1/elections/${site.demo.definition.election}/${path}`, body);
  /** Until the writer has had so many records in its hands, repeated ones too. */
  const untilHandled = (records: number) =>
    until(async () => {
      const handled = 'coalesce(sum(recorded + repeated + duplicates + quarantined), 0)';
      return (await count(site.admin, handled, 'writer_batch')) === records;
    }, 60_000);
  const countTables = async () => {
    const tables = ['participation', 'ballot', 'duplicate_attempt', 'quarantine'];
    const counts: [string, number][] = [];
    for (const table of tables) counts.push([table, await count(site.admin, 'count(*)', table)]);
    return Object.fromEntries(counts);
  };

  it('say what they are without there', () => {
    for (const type of ['AWS::EC2::FlowLog', 'stack Edge', 'Aurora, its replicas and RDS Proxy']) {
      expect(site.output).toContain(type);
    }
  });

  it('are without nothing that MiniStack would have', async (context) => {
    const types = [...new Set(synthesise(stages.peak).resources.map(({ Type }) => Type))].toSorted();
    const absent = await askForTypes(site.emulator.endpoint, types);
    console.warn(`of what production has, refused here by name: ${absent.join(', ') || 'nothing'}`);
    if (site.emulator.name !== 'MiniStack') context.skip('what is left out was found by trying MiniStack');
    expect(Object.keys(absentTypes).filter((type) => !absent.includes(type))).toEqual([]);
  });

  it('migrate both databases while they are deployed', async () => {
    expect(await count(site.roll, 'count(*)', 'drizzle.__drizzle_migrations')).toBeGreaterThanOrEqual(2);
    expect(await count(site.admin, 'count(*)', 'drizzle.__drizzle_migrations')).toBeGreaterThanOrEqual(3);
  });

  it('answer through the load balancer', async () => {
    expect(await site.deployed.call('GET', '/healthz')).toMatchObject({
      status: 200,
      json: { status: 'ok', build: 'emulator-test' },
    });
    expect((await site.deployed.call('GET', '/v1/elections/nowhere')).status).toBe(404);
  });

  it('are looked at by prewarm, item by item, in AWS’s own words', () => {
    const args = ['bin/prewarm.ts', '--stage', 'emulator', '--check', '--json'];
    const env = { ...process.env, ...site.emulator.environment };
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
    expect(stderr).toBe('');
    const { items } = JSON.parse(stdout) as { items: { name: string; verdict: string }[] };
    // MiniStack reports no encryption of a stream, whatever the template asks for: prewarm notices.
    expect(Object.fromEntries(items.map(({ name, verdict }) => [name, verdict]))).toMatchObject({
      stacks: 'go',
      shards: 'go',
      'writer is fed': 'go',
      'dead letters': 'go',
      database: 'go',
    });
  });

  it('refuse a bad pass as in production', async () => {
    const { status, json } = await call('POST', 'votes', { ...buildDemoVote(site.demo), pass: 'nothing' });
    expect([status, json['type']]).toEqual([401, 'urn:ballotstream:problem:bad-pass']);
  });

  it('take a vote, record it, and show it; the same again changes nothing; another by the same voter neither', async () => {
    const vote = buildDemoVote(site.demo);
    const first = await call('POST', 'votes', vote);
    expect(first.status).toBe(202);
    await untilHandled(1);
    const { receiptId } = first.json['receipt'] as { receiptId: string };
    expect((await call('GET', `receipts/${receiptId}`)).json).toMatchObject({ status: 'recorded' });
    const { asOf: _, ...results } = (await call('GET', 'results')).json;
    expect(results).toMatchObject({ ballots: 1, duplicates: 0 });
    const once = { participation: 1, ballot: 1, duplicate_attempt: 0, quarantine: 0 };
    expect(await countTables()).toEqual(once);

    expect((await call('POST', 'votes', vote)).json['receipt']).toEqual(first.json['receipt']);
    await untilHandled(2);
    expect((await call('GET', 'results')).json).toMatchObject(results);
    expect(await countTables()).toEqual(once);

    expect((await call('POST', 'votes', { ...vote, ballotId: randomUUID() })).status).toBe(202);
    await untilHandled(3);
    const { json } = await call('GET', 'results');
    expect(json).toMatchObject({ ballots: 1, duplicates: 1, contests: results['contests'] });
    expect(await countTables()).toEqual({ ...once, duplicate_attempt: 1 });
  });
});

async function deploy(cleanUp: (() => unknown)[]): Promise<Site> {
  const directory = makeDirectory();
  cleanUp.push(() => directory.remove());
  const emulator = await openEmulator(directory.path);
  cleanUp.push(() => emulator.stop());
  const postgres = await startPostgres({ directory: join(directory.path, 'postgres'), durable: false });
  cleanUp.push(() => postgres.stop());
  for (const name of ['ballotstream', 'roll']) await ensureDatabase(postgres.superuserUrl, name);
  const adminUrl = postgres.urlFor('postgres', undefined, 'ballotstream');
  const open = (url: string) => createPool({ url, connectionsMax: 1, applicationName: 'test' });
  const [admin, roll] = [open(adminUrl), open(postgres.urlFor('postgres', undefined, 'roll'))];
  cleanUp.push(() => Promise.all([admin.end(), roll.end()]));
  await admin.query(`create role owner superuser login password '${password}'`);

  const ownerUrl = postgres.urlFor('owner', password, 'ballotstream').replace('postgresql:', 'postgres:');
  const settings = ['-c', 'stage=emulator', '-c', `database=${ownerUrl}`, '-c', 'build=emulator-test'];
  const output = ['--output', join(directory.path, 'cdk.out')];
  const cdk = (...args: string[]) => runCdk([...args, ...settings, ...output], emulator.environment);
  await cdk('bootstrap', 'aws://000000000000/us-east-1');
  const said = await cdk('deploy', '--all', '--require-approval', 'never');

  // The migrations, which the deployment ran, have made the roles.
  await letRolesLogIn(adminUrl, () => password);
  const deployed = await openDeployed(emulator);
  for (const mended of deployed.mended) console.warn(`not done by ${emulator.name}: ${mended}`);
  const demoDirectory = join(directory.path, 'demo');
  mkdirSync(demoDirectory);
  const demo = await openDemo(demoDirectory, Date.now());
  await deployed.putReceiptKeys(readFileSync(receiptKeysFile(demoDirectory), 'utf8'));
  await deployed.publish(demo.definition);
  return { emulator, deployed, output: said, admin, roll, demo };
}

/** The CDK's command line, as a person would type it. Throws the end of what it printed when it fails. */
function runCdk(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const command = [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--ci', '--progress', 'events'];
    const child = spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`cdk ${args[0]} ended with ${code}: ${output.slice(-4_000)}`)),
    );
  });
}

async function count(admin: pg.Pool, expression: string, table: string): Promise<number> {
  const { rows } = await admin.query<{ count: string }>(`select ${expression} as count from ${table}`);
  return Number(rows[0]?.count);
}
