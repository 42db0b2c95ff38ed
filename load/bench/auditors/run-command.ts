import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.ts';
import type { Stage } from '../stage/stage.ts';

export interface CommandRun {
  /** What it said with `--json`. */
  readonly answer: unknown;
  /** From the start of its process to its end. */
  readonly seconds: number;
  /** The most that its process ever had; PostgreSQL's are not in it. MB. */
  readonly memoryMb: number;
}

const root = new URL('../../../', import.meta.url);
const preload = new URL('./note-memory-process.ts', import.meta.url).href;

/** As `npm run <name>`, without npm's own half a second. @throws BenchError with what it complained of */
export function runCommand(stage: Stage, name: string, args: readonly string[]): Promise<CommandRun> {
  const { settings, nodeArgs } = parseScript(name);
  const memoryFile = stage.file('memory');
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(process.execPath, ['--import', preload, ...nodeArgs, ...args, '--json'], {
      cwd: fileURLToPath(root),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...settings, BENCH_MEMORY_FILE: memoryFile },
    });
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    stage.defer(async () => {
      child.kill();
      await ended;
    });
    let said = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = (performance.now() - startedMs) / 1000;
      if (code !== 0) return reject(new BenchError('wrong-result', `${name}: ${complaint || said}`));
      resolve({
        answer: JSON.parse(said),
        seconds,
        memoryMb: Number(readFileSync(memoryFile, 'utf8')) / 1024,
      });
    });
  });
}

/** The script of package.json: `NAME=value … node …`. */
function parseScript(name: string): { settings: Record<string, string>; nodeArgs: readonly string[] } {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const words = scripts[name]?.split(' ') ?? [];
  const node = words.indexOf('node');
  if (node < 0) throw new Error(`package.json has no script ${name} that runs node`);
  return {
    settings: Object.fromEntries(
      words.slice(0, node).map((word): [string, string] => {
        const [setting = '', value = ''] = word.split('=', 2);
        return [setting, value];
      }),
    ),
    nodeArgs: words.slice(node + 1),
  };
}
