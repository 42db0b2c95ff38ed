import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../../lib/capacity.ts';

const command = fileURLToPath(new URL('../../../bin/capacity.ts', import.meta.url));

/** `npm run capacity -- …` */
function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('npm run capacity', () => {
  it('prints the whole plan as one JSON object', () => {
    const { status, stdout, stderr } = run('--rps', '250000', '--votes', '300,000,000', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trimEnd()).not.toContain('\n');
    const plan = JSON.parse(stdout);
    expect(plan).toEqual(planCapacity({ votesPerSecond: 250_000, votes: 300_000_000 }));
    for (const key of ['provisionedConcurrency', 'shards', 'lcu', 'writerConcurrency', 'backlogVotesMax']) {
      expect(plan[key], key).toBeGreaterThan(0);
    }
    expect(plan.bindingRule).toBe('ten-times-rule');
    expect(plan.drainMinutes).toBeGreaterThan(20);
    expect(plan.costPeakHourUsd).toBeGreaterThan(0);
    expect(plan.quotaIncreases.length).toBeGreaterThan(0);
  });

  it('prints a page with the rule that binds, each default, the backlog, the cost and what is assumed', () => {
    const { status, stdout } = run('--rps', '250000');
    expect(status).toBe(0);
    for (const text of [
      '27,500  ten-times-rule binds',
      'records bind',
      'default 1,000: Concurrent executions (L-B99A9384)',
      '--service-code lambda --quota-code L-B99A9384 --desired-value 30000',
      '204,000,000',
      '62.5 min',
      'total',
      'rowsPerSecond',
    ]) {
      expect(stdout).toContain(text);
    }
  });

  it('takes every figure that it offers', () => {
    const options = [
      ['--votes', '1000000', 'votes', 1_000_000],
      ['--request-ms', '80.5', 'requestMs', 80.5],
      ['--request-bytes', '3000', 'requestBytes', 3_000],
      ['--record-bytes', '600', 'recordBytes', 600],
      ['--cpu-micros', '900', 'cpuMicrosAlone', 900],
      ['--rows', '50,000', 'rowsPerSecond', 50_000],
      ['--open-hours', '8', 'openHours', 8],
    ] as const;
    const args = options.map(([name, text]) => `${name}=${text}`);
    const { input } = JSON.parse(run('--rps', '1000', '--json', ...args).stdout);
    expect(input).toMatchObject(Object.fromEntries(options.map(([, , key, value]) => [key, value])));
    const managed = run('--rps', '1000', '--compute', 'managed', '--cpu-micros', '900', '--json');
    expect(JSON.parse(managed.stdout).input).toMatchObject({ compute: 'managed', cpuMicrosGrouped: 900 });
  });

  it('ends with 1 and says why when votes would be lost', () => {
    const { status, stdout } = run('--rps', '250000', '--rows', '400');
    expect(status).toBe(1);
    expect(stdout).toContain('NO-GO');
    expect(stdout).toContain('votes would be lost');
  });

  it('explains itself', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('--rps N');
  });

  it.each([
    [[], '--rps is missing'],
    [['--rps'], '--rps'],
    [['--rps', 'many'], '"many" is not a number'],
    [['--rps', '-5'], '"-5" is not a number'],
    [['--rps=-5'], '"-5" is not a number'],
    [['--rps', '0'], 'votesPerSecond is 0'],
    [['--rps', 'NaN'], '"NaN" is not a number'],
    [['--rps', '1e9'], '"1e9" is not a number'],
    [['--rps', '250,00'], '"250,00" is not a number'],
    [['--rps', '99999999'], 'at most 10,000,000'],
    [['--rps', '1000', '--votes', '10'], 'more than the 10 votes'],
    [['--rps', '1000', '--compute', 'magic'], 'magic is not provisioned or managed'],
    [['--rps', '1000', '--colour', 'red'], "Unknown option '--colour'"],
    [['--rps', '1000', 'extra'], "Unexpected argument 'extra'"],
  ])('refuses %j in one line', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^capacity: .+\n$/);
    expect(stderr).toContain(message);
  });
});
