import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../load/simulate/command-line.ts';
import { createRandom } from '../../../load/simulate/random.ts';
import { buildReport } from '../../../load/simulate/report.ts';
import { runSeeds } from '../../../load/simulate/run-seeds.ts';
import { emptySummary } from '../../../load/simulate/summary.ts';

describe('the command line of the simulation', () => {
  it('reads how many runs, from where, on how many threads', () => {
    expect(parseCommandLine(['--seeds', '10000', '--first', '7', '--threads', '2', '--json'])).toEqual({
      kind: 'seeds',
      seeds: 10_000,
      first: 7,
      threads: 2,
      json: true,
    });
    expect(parseCommandLine(['--seed', '0'])).toEqual({ kind: 'seed', seed: 0, json: false });
    expect(parseCommandLine(['--seeds', '5', '--help'])).toEqual({ kind: 'help' });
  });

  it.each([
    [['--seeds', '0'], '--seeds must be a whole number from 1 to 10000000, not "0"'],
    [['--seeds', '1e3'], 'not "1e3"'],
    [['--seed', '-1'], ''],
    [['--seed', '1.5'], 'not "1.5"'],
    [['--seed', '1', '--seeds', '2'], '--seed is one run: leave out --seeds'],
    [['--threads', '65'], 'from 1 to 64'],
    [['--rps', '5'], '--rps belongs to --capacity'],
    [['--capacity', '--seeds', '5'], 'leave out --seeds'],
    [['--capacity', '--rps', '-5'], ''],
    [['--capacity', '--minutes', '0'], 'from 1 to 1440'],
    [['--sed', '1'], '--help lists the options'],
    [['12'], '--help lists the options'],
  ])('refuses %j in one line', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
    expect(() => parseCommandLine(args)).toThrow(/^[^\n]+$/);
  });
});

describe('chance from a seed', () => {
  it('differs between neighbouring seeds, and is even', () => {
    const first = Array.from({ length: 1_000 }, (_, seed) => createRandom(seed).next());
    expect(new Set(first).size).toBe(1_000);
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    expect(mean).toBeGreaterThan(0.45);
    expect(mean).toBeLessThan(0.55);
  });

  it('draws whole numbers with both ends, and every order of a list', () => {
    const random = createRandom(1);
    expect(new Set(Array.from({ length: 200 }, () => random.int(3, 6)))).toEqual(new Set([3, 4, 5, 6]));
    const orders = new Set(Array.from({ length: 200 }, () => random.shuffled(['a', 'b', 'c']).join('')));
    expect(orders.size).toBe(6);
  });
});

describe('what many runs come to', () => {
  it('is the same on one thread and on several', async () => {
    const alone = await runSeeds(1, 60, 1);
    expect(alone.seeds).toBe(60);
    expect(await runSeeds(1, 60, 3)).toEqual(alone);
  });

  it('is not ok when a fault never happened in a thousand runs', () => {
    const circumstances = { first: 1, threads: 1, ms: 1 };
    const report = buildReport({ ...emptySummary, seeds: 1_000, faults: { 'put-lost': 1 } }, circumstances);
    expect(report.ok).toBe(false);
    expect(report.missing).toContain('commit-reply-lost');
    expect(report.missing).not.toContain('put-lost');
    expect(buildReport({ ...emptySummary, seeds: 999 }, circumstances).ok).toBe(true);
  });
});
