import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../lib/local/free-port.ts';

/** Where an emulator of AWS answers. */
export interface Emulator {
  readonly endpoint: string;
  readonly name: string;
  /** Of what speaks to it; any credentials do. */
  readonly environment: NodeJS.ProcessEnv;
  /** Ends it, if it was started here. */
  stop(): Promise<void>;
}

const startMsMax = 30_000;
const stopMsMax = 10_000;

/**
 * Why there is nothing to deploy into here; undefined if there is: something at AWS_ENDPOINT_URL, or MiniStack
 * to start (`pip install ministack`; its command on the path). Starts nothing: a run that leaves these tests
 * out would never stop it.
 *
 * @throws Error for an endpoint that is not on this machine: tests touch nothing else
 */
export async function whyNoEmulator(): Promise<string | undefined> {
  const given = givenEndpoint();
  if (given !== undefined) {
    return (await answers(given)) ? undefined : `nothing answers at AWS_ENDPOINT_URL=${given}`;
  }
  const { status } = spawnSync('ministack', ['--help'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'no emulator: pip install ministack, or set AWS_ENDPOINT_URL';
}

/** @param scratch a directory for whatever the emulator writes */
export async function openEmulator(scratch: string): Promise<Emulator> {
  const given = givenEndpoint();
  if (given === undefined) return startMiniStack(scratch);
  const environment = environmentFor(given, scratch);
  return { endpoint: given, name: given, environment, stop: async () => {} };
}

function givenEndpoint(): string | undefined {
  const given = process.env['AWS_ENDPOINT_URL'];
  if (given === undefined || given === '') return undefined;
  const { hostname } = new URL(given);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
    throw new Error(`AWS_ENDPOINT_URL=${given} is not on this machine: tests talk to loopback only`);
  }
  return given;
}

function environmentFor(endpoint: string, scratch: string): NodeJS.ProcessEnv {
  return {
    ...withoutAccount(),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    // Neither somebody's profile nor the CDK's cache.
    HOME: scratch,
  };
}

/** The caller's, without what could lead to a real account or another database. */
function withoutAccount(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|PG)/.test(name)));
}

async function startMiniStack(scratch: string): Promise<Emulator> {
  const port = await findFreePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = join(scratch, 'ministack.log');
  const log = openSync(logFile, 'w');
  // Functions run on the first `node` of the path, which is npm's; their processes end with this one.
  const child = spawn('ministack', [], {
    stdio: ['ignore', log, log],
    env: {
      ...withoutAccount(),
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      TMPDIR: scratch,
      HOME: scratch,
    },
  });
  closeSync(log);
  const emulator: Emulator = {
    endpoint,
    name: 'MiniStack',
    environment: environmentFor(endpoint, scratch),
    stop: () => stop(child),
  };
  const deadline = performance.now() + startMsMax;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop(child);
      throw new Error(
        `MiniStack is installed and does not start: ${readFileSync(logFile, 'utf8').slice(-2_000)}`,
      );
    }
    await sleep(200);
  }
  return emulator;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
  await ended;
  clearTimeout(hard);
}
