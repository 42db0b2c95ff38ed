import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { CountedElection } from './counted-election.ts';
import { type Ended, runBin } from './running.ts';

const bin = fileURLToPath(new URL('../../bin/count.ts', import.meta.url));

/** `npm run count` of an election, as somebody types it, with a file and a slot of its own. */
export function openIndependentCount(election: CountedElection) {
  const children: ChildProcess[] = [];
  const options = (...args: string[]) => [
    ...['--database-url', election.database.urlFor('counter')],
    ...['--file', election.file('count.json'), '--slot', election.slot],
    ...args,
  ];
  /** Up to now, once. */
  const countOnce = (...args: string[]): Promise<Ended> => runBin('count', options(...args));

  /** `--follow`, until somebody ends it. */
  function follow(...args: string[]) {
    const child = spawn(
      process.execPath,
      [bin, ...options('--follow', '--every', '0.2', '--json', ...args)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    children.push(child);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const comparisons = () =>
      stdout
        .split('\n')
        .slice(0, -1)
        .map(
          (line) => JSON.parse(line) as { ballots: number; differences: { kind: string; text: string }[] },
        );
    return {
      comparisons,
      stderr: () => stderr,
      ended,
      kill: async (signal: NodeJS.Signals) => {
        child.kill(signal);
        return ended;
      },
      async until(condition: () => boolean) {
        for (let wait = 0; wait < 600 && !condition(); wait += 1) {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${stderr}`);
          await sleep(50);
        }
        expect(condition(), `${stdout}\n${stderr}`).toBe(true);
      },
    };
  }

  return {
    countOnce,
    follow,
    /** Kills what still follows. */
    close() {
      for (const child of children.splice(0)) child.kill('SIGKILL');
    },
  };
}
export type IndependentCount = ReturnType<typeof openIndependentCount>;
