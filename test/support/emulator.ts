import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where an emulator of AWS answers. */
export interface Emulator {
  readonly endpoint: string;
  readonly name: string;
  /** Of what speaks to it; any credentials do. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends it, if it was started here. */
  stop(): Promise<void>;
}

const startMsMax = 30_000;
const stopMsMax = 10_000;

/**
 * What stands at AWS_ENDPOINT_URL, or MiniStack if it is installed (`pip install ministack`; its command on
 * the path). Null, with a word on why: neither is there.
 *
 * @param scratch a directory for whatever the emulator writes
 * @throws Error for an endpoint that is not on this machine: tests touch nothing else
 */
export async function openEmulator(scratch: string): Promise<Emulator | string> {
  const given = process.env['AWS_ENDPOINT_URL'];
  if (given !== undefined && given !== '') {
    const { hostname } = new URL(given);
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
      throw new Error(`AWS_ENDPOINT_URL=${given} is not on this machine: tests talk to loopback only`);
    }
    if (!(await answers(given))) return `nothing answers at AWS_ENDPOINT_URL=${given}`;
    return {
      endpoint: given,
      name: given,
      environment: environmentFor(given, scratch),
      stop: async () => {},
    };
  }
  const { status } = spawnSync('ministack', ['--help'], { stdio: 'ignore' });
  if (status !== 0) return 'no emulator: pip install ministack, or set AWS_ENDPOINT_URL';
  return startMiniStack(scratch);
}

function environmentFor(endpoint: string, scratch: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    // Neither somebody's profile nor the CDK's cache.
    HOME: scratch,
  };
}

async function startMiniStack(scratch: string): Promise<Emulator> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn('ministack', [], {
    stdio: 'ignore',
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: undefined,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      TMPDIR: scratch,
      HOME: scratch,
    },
  });
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
      throw new Error('MiniStack is installed and does not start');
    }
    await sleep(200);
  }
  return emulator;
}

/** MiniStack and LocalStack answer the second one, the first one each has of its own. */
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
