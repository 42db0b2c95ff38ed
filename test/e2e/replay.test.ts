import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../load/replay.ts', import.meta.url));
const sample = fileURLToPath(new URL('../../load/sample/three-counties.csv', import.meta.url));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ballotstream-replay-e2e-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param interruptOn a text on standard error after which it is sent SIGINT */
function replay(args: readonly string[], interruptOn?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, TMPDIR: directory } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    let isInterrupted = interruptOn === undefined;
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
      if (isInterrupted || !stderr.includes(interruptOn ?? '')) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('npm run replay', () => {
  it('counts the sample to the last vote through the whole pipeline', { timeout: 120_000 }, async () => {
    const args = [
      sample,
      '--vote-for',
      'School Committee=3',
      '--duplicates',
      '5',
      '--retries',
      '5',
      '--issue',
      '12',
      '--json',
    ];
    const { code, stdout, stderr } = await replay(args);
    expect(stderr).toContain('all equal');
    expect(stderr).toContain('2 of their voters asked for a second one and were refused');
    const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
    expect(Object.keys(figures)).toEqual([
      'ballots',
      'accepted',
      'refused',
      'recorded',
      'duplicates',
      'quarantined',
      'issued',
      'mismatches',
      'seconds',
      'acceptedPerSecond',
      'recordedPerSecond',
      'acceptMsP50',
      'acceptMsP99',
      'recordedMsP50',
      'recordedMsP99',
      'rssMbMax',
    ]);
    expect(figures).toMatchObject({
      ballots: 2163,
      accepted: 2271,
      refused: 0,
      recorded: 2163,
      duplicates: 108,
      quarantined: 0,
      mismatches: 0,
    });
    expect(code).toBe(0);
  });

  it('ends on Ctrl-C and leaves nothing behind', { timeout: 120_000 }, async () => {
    const { code, stderr } = await replay([sample, '--rate', '20', '--json'], 'minted');
    expect(stderr).toContain('interrupted');
    expect(code).toBe(130);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    [['nowhere.csv'], 1, 'there is no file nowhere.csv'],
    [[sample, '--limit', 'x'], 2, '--limit: "x" is not a whole number'],
    [[sample, '--offices', 'Governor'], 2, 'the file has no office called Governor'],
    [
      [sample, '--endpoint', 'http://127.0.0.1:1', '--data-dir', '/tmp'],
      1,
      'does not tell of a pipeline on port 1',
    ],
  ])('says in one line what is wrong with %j', { timeout: 30_000 }, async (args, code, message) => {
    const ended = await replay([...args, '--json']);
    expect(ended.stderr.trim().split('\n').at(-1)).toContain('replay: ');
    expect(ended.stderr).toContain(message);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe('');
  });
});
