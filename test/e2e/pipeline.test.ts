import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkService } from '../../functions/canary/check-service.ts';
import { buildDemoVote, type Demo } from '../../lib/local/demo.ts';
import { type Pipeline, startPipeline } from '../../lib/local/pipeline.ts';
import { identifyProcess } from '../../lib/local/process-identity.ts';
import { voteHeaders } from '../../load/http/request-text.ts';
import { makeDirectory, until } from '../support/local-services.ts';

const command = fileURLToPath(new URL('../../bin/local.ts', import.meta.url));
let directory: ReturnType<typeof makeDirectory>;
let dataDir: string;
let runs: ChildProcess[];

beforeEach(() => {
  directory = makeDirectory();
  dataDir = join(directory.path, 'data');
  runs = [];
});

afterEach(async () => {
  for (const run of runs) {
    if (run.exitCode !== null || run.signalCode !== null) continue;
    run.kill('SIGINT');
    await new Promise((resolve) => run.once('exit', resolve));
  }
  directory.remove();
}, 60_000);

type Announced = {
  endpoint: string;
  resultsUrl: string;
  pids: Record<string, number>;
  postgresPid: number;
  standbyPid?: number;
};

/** `npm start` as a process of its own, as a newcomer runs it. */
function run(...args: string[]): {
  process: ChildProcess;
  ready: Promise<Announced>;
  ended: Promise<{ code: number | null; stderr: string }>;
} {
  const child = spawn(process.execPath, [command, '--data-dir', dataDir, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  runs.push(child);
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('exit', (code) => resolve({ code, stderr })),
  );
  const ready = new Promise<Announced>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('\n')) resolve(JSON.parse(text) as Announced);
    });
    void ended.then(() => reject(new Error(`it ended: ${stderr}`)));
  });
  ready.catch(() => {});
  return { process: child, ready, ended };
}

async function cast(endpoint: string, demo: Demo, count: number): Promise<number> {
  const statuses = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const vote = buildDemoVote(demo, n);
      const response = await fetch(`${endpoint}/v1/elections/demo/votes`, {
        method: 'POST',
        headers: voteHeaders(vote.pass),
        body: JSON.stringify(vote),
      });
      return response.status;
    }),
  );
  return statuses.filter((status) => status === 202).length;
}

async function ballots(endpoint: string): Promise<number> {
  const response = await fetch(`${endpoint}/v1/elections/demo/results`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { ballots: number }).ballots;
}

/** Every file and directory that somebody else may do anything with, and what. */
function openToOthers(path: string, name = ''): [string, number][] {
  // What goes away meanwhile is PostgreSQL's.
  const stat = statSync(join(path, name), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  const below = stat.isDirectory() ? readdirSync(join(path, name)).sort() : [];
  return [
    ...((stat.mode & 0o077) === 0 ? [] : [[name, stat.mode & 0o777] as [string, number]]),
    ...below.flatMap((one) => openToOthers(path, join(name, one))),
  ];
}

/** The demo election of a run in another process, from its files. */
function demoOf(): Demo {
  const read = (name: string) => JSON.parse(readFileSync(join(dataDir, name), 'utf8')) as never;
  return { definition: read('demo-definition.json'), keys: read('issuer-keys.json') };
}

describe('npm start', () => {
  it('takes votes, records them before it stops on Ctrl-C, has them at the next start, and forgets them with --fresh', async () => {
    const first = run('--port', '0');
    const { endpoint } = await first.ready;
    expect(await cast(endpoint, demoOf(), 20)).toBe(20);
    const passes = join(dataDir, 'demo-passes.txt');
    await until(() => statSync(passes, { throwIfNoEntry: false }) !== undefined);
    const offered = readFileSync(passes, 'utf8');
    expect(offered.trim().split('\n')).toHaveLength(100);
    // PostgreSQL, which runs as another user where we are root, passes through these.
    expect(openToOthers(dataDir)).toEqual([
      ['', 0o711],
      ['postgres', 0o711],
      ['roll', 0o711],
    ]);
    first.process.kill('SIGINT');
    expect(await first.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Every accepted vote is recorded'),
    });

    const second = run('--port', '0');
    expect(await ballots((await second.ready).endpoint)).toBe(20);
    await until(() => readFileSync(passes, 'utf8') !== offered);
    second.process.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0 });

    const third = run('--port', '0', '--fresh');
    expect(await ballots((await third.ready).endpoint)).toBe(0);
  });

  it('loses no accepted vote when the whole tree is killed with -9', async () => {
    const first = run('--port', '0');
    const { endpoint, pids, postgresPid } = await first.ready;
    const accepted = await cast(endpoint, demoOf(), 100);
    expect(accepted).toBe(100);
    for (const pid of [...Object.values(pids), postgresPid]) process.kill(pid, 'SIGKILL');
    await first.ended;
    const second = run('--port', '0');
    const again = (await second.ready).endpoint;
    await until(async () => (await ballots(again)) === accepted);
  });

  it('leaves nobody behind when only the supervisor is killed with -9', async () => {
    const first = run('--port', '0');
    const { endpoint, pids, postgresPid } = await first.ready;
    expect(await cast(endpoint, demoOf(), 10)).toBe(10);
    first.process.kill('SIGKILL');
    await first.ended;
    await until(() =>
      [...Object.values(pids), postgresPid].every((pid) => identifyProcess(pid) === undefined),
    );
    const second = run('--port', '0');
    const again = (await second.ready).endpoint;
    await until(async () => (await ballots(again)) === 10);
  });

  it('with --standby goes on when its database is killed with -9, leaves neither behind, and has the votes without it', async () => {
    const first = run('--port', '0', '--standby');
    const { endpoint, pids, postgresPid, standbyPid = 0 } = await first.ready;
    expect(await cast(endpoint, demoOf(), 20)).toBe(20);
    process.kill(postgresPid, 'SIGKILL');
    expect(await cast(endpoint, demoOf(), 20)).toBe(20);
    await until(async () => (await ballots(endpoint)) === 40);
    expect(identifyProcess(standbyPid)).toBeDefined();
    first.process.kill('SIGKILL');
    await first.ended;
    await until(() =>
      [...Object.values(pids), standbyPid].every((pid) => identifyProcess(pid) === undefined),
    );
    const second = run('--port', '0');
    const announced = await second.ready;
    expect(announced.standbyPid).toBeUndefined();
    await until(async () => (await ballots(announced.endpoint)) === 40);
  });

  it('refuses a second start on the same data, a taken port, and data that is not its own, in one line each', async () => {
    const first = run('--port', '0');
    const { endpoint } = await first.ready;
    const second = await run('--port', '0').ended;
    expect(second).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^ballotstream: Ballotstream is already running on this data directory \(pid \d+\)[^\n]*\n$/,
      ),
    });
    first.process.kill('SIGINT');
    await first.ended;

    const squatter = createServer();
    await new Promise<void>((resolve) =>
      squatter.listen(Number(new URL(endpoint).port), '127.0.0.1', resolve),
    );
    const third = await run('--port', new URL(endpoint).port).ended;
    expect(third).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^ballotstream: port \d+ is taken[^\n]*\n$/),
    });
    squatter.close();

    dataDir = join(directory.path, 'precious');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'thesis.txt'), 'years of work');
    const fourth = await run('--port', '0', '--fresh').ended;
    expect(fourth).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^ballotstream: [^\n]*not Ballotstream's[^\n]*\n$/),
    });
    expect(readFileSync(join(dataDir, 'thesis.txt'), 'utf8')).toBe('years of work');

    dataDir = join(directory.path, 'precious', 'thesis.txt', 'below');
    const fifth = await run('--port', '0').ended;
    expect(fifth).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^ballotstream: cannot write to [^\n]*\n$/),
    });
  });
});

describe('the pipeline', () => {
  const place = makeDirectory();
  let pipeline: Pipeline;
  let recorded = 0;
  beforeAll(async () => {
    pipeline = await startPipeline({ dataDir: join(place.path, 'data'), port: 0, durable: false });
  });
  afterAll(async () => {
    await pipeline.stop();
    place.remove();
  });

  it('satisfies the canary, and writes no metrics where nobody reads them', async () => {
    await checkService({ origin: pipeline.endpoint, fetch, timeoutMs: 5_000 });
    const logs = readdirSync(join(pipeline.dataDir, 'logs')).map((name) =>
      readFileSync(join(pipeline.dataDir, 'logs', name), 'utf8'),
    );
    expect(logs.join('\n')).toContain('definition.loaded');
    expect(logs.join('\n')).not.toContain('CloudWatchMetrics');
  });

  /** Everything accepted so far, and nothing else, is in the count. */
  const expectRecorded = async (accepted: number) => {
    expect(await pipeline.drained()).toBe(true);
    recorded += accepted;
    await until(async () => (await ballots(pipeline.endpoint)) === recorded);
  };

  it('starts every part again that is killed, on the same address, and loses no accepted vote', async () => {
    let accepted = 0;
    for (const name of ['writer', 'postgres', 'store', 'stream', 'edge'] as const) {
      accepted += await cast(pipeline.endpoint, pipeline.demo, 20);
      const before = name === 'postgres' ? pipeline.postgresPid() : pipeline.pids()[name];
      pipeline.kill(name, 'SIGKILL');
      await until(() => (name === 'postgres' ? pipeline.postgresPid() : pipeline.pids()[name]) !== before);
    }
    accepted += await cast(pipeline.endpoint, pipeline.demo, 20);
    expect(accepted).toBe(120);
    await expectRecorded(accepted);
  });

  it('waits in the stream for a writer that is down, and drains when it is back', async () => {
    pipeline.kill('writer', 'SIGKILL', { restart: false });
    expect(await cast(pipeline.endpoint, pipeline.demo, 50)).toBe(50);
    expect(await pipeline.drained({ withinMs: 500 })).toBe(false);
    expect(await ballots(pipeline.endpoint)).toBe(recorded);
    await pipeline.restart('writer');
    await expectRecorded(50);
  });

  it('takes votes into the overflow queue while the stream is down, and records them too', async () => {
    expect(await cast(pipeline.endpoint, pipeline.demo, 5)).toBe(5);
    pipeline.kill('stream', 'SIGKILL', { restart: false });
    expect(await cast(pipeline.endpoint, pipeline.demo, 20)).toBe(20);
    await pipeline.restart('stream');
    await expectRecorded(25);
  });
});
