import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from '../../lib/local/chromium.ts';
import { until } from '../support/local-services.ts';

const command = fileURLToPath(new URL('../../load/bench.ts', import.meta.url));
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ballotstream-test-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** `npm run bench`, with a directory of its own for what it makes. */
function run(...args: string[]) {
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: scratch },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output, ended };
}

/** Every number in there, wherever it stands, but how often something was not to be had: best not once. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => (/Unavailable$/.test(name) ? [] : numbersIn(part)));
}

describe('npm run bench', () => {
  it('measures everything, says whether each goal is met, and leaves nothing behind', async () => {
    const { output, ended } = run('all', '--quick', '--json');
    const code = await ended;
    const report = JSON.parse(output.stdout.trim().split('\n').at(-1) ?? '');
    expect(Object.keys(report.benches), output.stderr).toEqual([
      'ingest',
      'writer',
      'results',
      'reports',
      'analysts',
      'auditors',
      'cold-start',
      ...(findChromium() === undefined ? [] : ['pages']),
    ]);
    expect(report).toMatchObject({
      command: 'npm run bench -- all --quick --json',
      machine: { cores: expect.any(Number), cpu: expect.any(String) },
      versions: { node: process.versions.node, postgresql: expect.stringMatching(/^\d+/) },
    });
    for (const { figures, goals } of Object.values<Record<string, unknown>>(report.benches)) {
      expect(numbersIn(figures).length).toBeGreaterThan(3);
      expect(numbersIn({ figures, goals }).every((number) => number > 0)).toBe(true);
    }
    const goals = Object.values<{ goals: { met: boolean }[] }>(report.benches).flatMap(
      (bench) => bench.goals,
    );
    expect(report.met).toBe(goals.every((goal) => goal.met));
    expect(code).toBe(report.met ? 0 : 1);
    expect(output.stderr.match(/not met: [\d.,]+ of [\d.,]+/g)?.length ?? 0).toBe(
      goals.filter((goal) => !goal.met).length,
    );
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('stops what it started on Ctrl-C, and says nothing about figures', async () => {
    const { child, output, ended } = run('writer', '--quick', '--json');
    await until(() => output.stderr.includes('warming up'));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(output.stdout).toBe('');
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('names what is wrong with a command line, and exits with 2', async () => {
    const mistakes = [
      [],
      ['database'],
      ['ingest', 'writer'],
      ['ingest', '--rounds'],
      ['all', '--quick', '--save'],
    ];
    for (const args of mistakes) {
      const { output, ended } = run(...args);
      expect(await ended, args.join(' ')).toBe(2);
      expect(output.stderr).toMatch(/^bench: .+\n$/);
    }
  });
});
