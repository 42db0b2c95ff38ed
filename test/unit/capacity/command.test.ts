import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../../lib/capacity.ts';

const script = fileURLToPath(new URL('../../../bin/capacity.ts', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });

describe('npm run capacity', () => {
  it('prints the whole plan as one JSON object', () => {
    const { status, stdout } = run('--rps', '250000', '--votes', '300_000_000', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(planCapacity())));
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(
      expect.arrayContaining([
        'provisionedConcurrency',
        'bindingRule',
        'shards',
        'lcu',
        'writerConcurrency',
        'backlogVotesMax',
        'drainMinutes',
        'costPeakHourUsd',
        'quotaIncreases',
      ]),
    );
  });

  it('prints a page for people', () => {
    const { status, stdout } = run('--rps', '250,000');
    expect(status).toBe(0);
    for (const words of ['27,500', '417', 'L-B99A9384', '1,000 → 28,917', 'in all', 'Look at these']) {
      expect(stdout).toContain(words);
    }
  });

  it.each([
    [[], '--rps is missing'],
    [['--rps', 'many'], 'not a number'],
    [['--rps=-5'], 'not a number'],
    [['--rps', '1e9'], 'not a number'],
    [['--rps', '0'], 'votesPerSecond is 0'],
    [['--rps', '300', '--votes', '100'], 'one second of the peak'],
    [['--rps', '99999999'], 'planet'],
    [['--rsp', '1'], 'Unknown option'],
  ])('refuses %j in one line', (args, words) => {
    const { status, stdout, stderr } = run(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('explains itself', () => {
    expect(run('--help').stdout).toContain('--rps N');
  });
});
