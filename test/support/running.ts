import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDirectory } from './local-services.ts';

const binOf = (name: string): string => fileURLToPath(new URL(`../../bin/${name}.ts`, import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of `bin/`, as somebody types it. */
/** One that hangs shall not outlive the tests. */
const runMsMax = 300_000;

export function runBin(name: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [binOf(name), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: runMsMax,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export interface RunningPipeline {
  readonly endpoint: string;
  readonly directory: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

/** `npm start` on a directory of its own and a free port. */
export async function startCommandPipeline(): Promise<RunningPipeline> {
  const directory = makeDirectory();
  const dataDir = join(directory.path, 'data');
  const args = [binOf('local'), '--data-dir', dataDir, '--port', '0', '--json'];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const endpoint = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('\n')) resolve((JSON.parse(text) as { endpoint: string }).endpoint);
    });
    void ended.then(() => reject(new Error(`it ended: ${stderr}`)));
  });
  return {
    endpoint,
    directory: directory.path,
    dataDir,
    async stop() {
      child.kill('SIGINT');
      await ended;
      directory.remove();
    },
  };
}
