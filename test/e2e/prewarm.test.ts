import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts';
import { coolDown, planned } from '../support/fake-aws-account.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const children: ChildProcess[] = [];
let fake: FakeAws;

beforeEach(async () => {
  fake = await startFakeAws();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await fake.close();
});

/** The command as `npm run` starts it; nothing of this machine's account reaches it. */
function start(...args: string[]) {
  const mine = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const env = { ...Object.fromEntries(mine), ...fake.environment, AWS_EC2_METADATA_DISABLED: 'true' };
  const child = spawn(process.execPath, ['bin/prewarm.ts', ...args], { cwd: root, env });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
  return { child, ended };
}

const run = (...args: string[]) => start(...args).ended;
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

describe('npm run prewarm', () => {
  it('warms a cold stage up, tells its progress, and ends with GO', async () => {
    coolDown(fake.account);
    const { code, stdout, stderr } = await run('--stage', 'peak', '--every-seconds', '0.05');
    expect([code, lastLine(stdout)]).toEqual([0, 'GO']);
    expect(stderr).toContain(`shards: asking for at least ${planned.shards}`);
    expect(stderr).toContain('IN_PROGRESS');
    expect(fake.account.provisioned?.available).toBe(planned.environments);
  });

  it('only looks with --check, and ends with NO-GO and 1', async () => {
    coolDown(fake.account);
    const { code, stdout, stderr } = await run('--stage', 'peak', '--check');
    expect([code, lastLine(stdout), stderr]).toEqual([1, 'NO-GO', '']);
    expect(fake.account.changes).toEqual([]);
  });

  it('prints one JSON object', async () => {
    const { code, stdout } = await run('--stage', 'peak', '--check', '--json');
    const report = JSON.parse(stdout) as { stage: string; isGo: boolean; items: { verdict: string }[] };
    expect([code, report.stage, report.isGo]).toEqual([0, 'peak', true]);
    expect(report.items.length).toBeGreaterThan(10);
  });

  it('stops waiting when its time is over', async () => {
    coolDown(fake.account);
    fake.account.looksUntilThere = 1_000_000;
    const { code, stdout } = await run(
      '--stage',
      'peak',
      '--every-seconds',
      '0.05',
      '--timeout-minutes',
      '0.005',
    );
    expect([code, lastLine(stdout)]).toEqual([
      1,
      'NO-GO: not there in time; it may come yet: look again with --check',
    ]);
  });

  it('stops at once on Ctrl-C, and says that AWS goes on', async () => {
    coolDown(fake.account);
    fake.account.looksUntilThere = 1_000_000;
    const { child, ended } = start('--stage', 'peak', '--every-seconds', '600');
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: string) => chunk.includes('asking for') && resolve());
    });
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect([code, lastLine(stderr)]).toEqual([1, 'prewarm: stopped; what was asked for goes on in AWS']);
  });

  it('says in one line that the stage is not deployed', async () => {
    fake.account.stacks.clear();
    const { code, stdout, stderr } = await run('--stage', 'peak');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^prewarm: there is no stack ballotstream-peak-(data|service): npx cdk deploy --all -c stage=peak\n$/,
    );
  });

  it('says in one line that credentials are refused', async () => {
    fake.failing.set('ListStackResources', {
      code: 'AccessDenied',
      message: 'test may not ListStackResources',
    });
    const { code, stdout, stderr } = await run('--stage', 'peak');
    expect([code, stdout, stderr]).toEqual([1, '', 'prewarm: test may not ListStackResources\n']);
  });

  it.each([
    [[], '--stage is missing'],
    [['--stage', 'nowhere'], 'no stage "nowhere"'],
    [['--stage', 'peak', '--force'], "Unknown option '--force'"],
    [['--stage', 'peak', '--timeout-minutes', 'soon'], '--timeout-minutes soon: a number from 0 to 1440'],
    [['--stage', 'peak', '--every-seconds', '0'], '--every-seconds 0: a number from 0.01 to 600'],
  ])('refuses %j and asks AWS nothing', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(fake.asked).toEqual([]);
  });

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const option of ['--stage', '--check', '--timeout-minutes', '--every-seconds', '--json']) {
      expect(stdout).toContain(option);
    }
  });
});
