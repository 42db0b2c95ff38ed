import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAws } from '../../../lib/prewarm/aws-prewarm.ts';
import { describeItems } from '../../../lib/prewarm/describe.ts';
import { type PrewarmOptions, prewarm } from '../../../lib/prewarm/prewarm.ts';
import { stages } from '../../../lib/stages.ts';
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts';
import { coolDown, planned, threeTimes } from '../../support/fake-aws-account.ts';

let fake: FakeAws;
beforeEach(async () => {
  fake = await startFakeAws();
  for (const [name, value] of Object.entries(fake.environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fake.close();
});

/** Real protocols, and time that passes only while prewarming sleeps. */
async function run(changes: Partial<PrewarmOptions> = {}) {
  let nowMs = 0;
  const lines: string[] = [];
  const result = await prewarm({
    aws: await openAws(stages.peak, Date.now),
    isCheck: false,
    timeoutMs: 600_000,
    pauseMs: 10_000,
    clock: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
    onProgress: (line) => lines.push(line),
    ...changes,
  });
  const found = (name: string) => result.items.find((item) => item.name === name);
  return { ...result, lines, found, sleptMs: nowMs };
}

const { environments, shards, units } = planned;

describe('prewarming', () => {
  it('brings everything to the plan, each thing asked for once, shards by doubling', async () => {
    coolDown(fake.account);
    const { isGo, lines } = await run();
    expect(isGo).toBe(true);
    expect(fake.account.changes.toSorted()).toEqual(
      [
        `bounds ${environments} to ${environments}`,
        `environments ${environments}`,
        `reservation ${units}`,
        'shards 200',
        'shards 400',
        `shards ${shards}`,
      ].toSorted(),
    );
    expect(lines).toContain(`environments ready: asking for ${environments}, held there`);
    expect(fake.account.changes.indexOf(`bounds ${environments} to ${environments}`)).toBeLessThan(
      fake.account.changes.indexOf(`environments ${environments}`),
    );
  });

  it('changes nothing where all is there already', async () => {
    const { isGo, sleptMs } = await run();
    expect([isGo, sleptMs, fake.account.changes]).toEqual([true, 0, []]);
  });

  it('changes nothing when it only checks', async () => {
    coolDown(fake.account);
    const { isGo, sleptMs } = await run({ isCheck: true });
    expect([isGo, sleptMs, fake.account.changes]).toEqual([false, 0, []]);
  });

  it('lowers nothing that somebody raised', async () => {
    const more = environments + 1_000;
    fake.account.scaling = { min: 10, max: more };
    fake.account.provisioned = { requested: more, available: 0, status: 'FAILED', reason: 'unlucky' };
    fake.account.reservation = { units: units + 100, states: threeTimes('failed') };
    fake.account.concurrency = 40_000;
    const { isGo } = await run();
    expect(isGo).toBe(true);
    expect(fake.account.changes.toSorted()).toEqual(
      [`bounds ${environments} to ${more}`, `environments ${more}`, `reservation ${units + 100}`].toSorted(),
    );
  });

  it('waits for shards that are being split, and interferes with nothing', async () => {
    fake.account.stream.status = 'UPDATING';
    fake.account.underWay.shards = 3;
    const { isGo, sleptMs } = await run();
    expect([isGo, fake.account.changes]).toEqual([true, []]);
    expect(sleptMs).toBeGreaterThan(0);
  });

  it('does not wait for what waiting does not mend', async () => {
    fake.account.deadLetters.visible = 3;
    const { isGo, isTimedOut, lines } = await run();
    expect([isGo, isTimedOut, lines]).toEqual([false, false, []]);
  });

  it('gives up when its time is over, and says so', async () => {
    coolDown(fake.account);
    fake.account.looksUntilThere = 1_000;
    const result = await run();
    expect([result.isGo, result.isTimedOut, result.sleptMs]).toEqual([false, true, 600_000]);
    expect(describeItems(result)).toMatch(/NO-GO: not there in time/);
  });

  it('does not ask for what the account may not have', async () => {
    coolDown(fake.account);
    fake.account.concurrency = 1_000;
    for (const quota of fake.account.quotas) quota.Value = 0;
    const { isGo, found } = await run();
    expect(isGo).toBe(false);
    expect(fake.account.changes).toEqual(['shards 200', 'shards 400', `shards ${shards}`]);
    expect(found('environments ready')?.todo).toBe('have the quota raised first');
    expect(found('capacity reserved')?.todo).toBe('have the quota raised first');
    expect(found('quota: Lambda, Concurrent executions')?.todo).toContain('--quota-code L-B99A9384');
  });

  it('says what AWS refused, goes on with the rest, and does not ask for ever', async () => {
    coolDown(fake.account);
    fake.failing.set('ModifyCapacityReservation', { code: 'CapacityUnitsLimitExceeded', message: 'no more' });
    const { isGo, isTimedOut, found } = await run();
    expect([isGo, isTimedOut]).toEqual([false, false]);
    expect(found('capacity reserved')?.todo).toBe(
      'AWS refused: CapacityUnitsLimitExceededException: no more',
    );
    expect(found('environments ready')?.verdict).toBe('go');
    expect(found('shards')?.verdict).toBe('go');
    expect(fake.asked.filter((one) => one === 'ModifyCapacityReservation')).toHaveLength(3);
  });

  it('asks again for an allocation that failed, gives it up in the end, and says why', async () => {
    coolDown(fake.account);
    fake.account.allocationFails = 'FUNCTION_ERROR_INIT_FAILURE';
    const { isGo, isTimedOut, found } = await run();
    expect([isGo, isTimedOut]).toEqual([false, false]);
    expect(found('environments ready')?.found).toContain('FAILED (FUNCTION_ERROR_INIT_FAILURE)');
    const asked = fake.account.changes.filter((change) => change.startsWith('environments'));
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('recovers where AWS refuses once', async () => {
    coolDown(fake.account);
    fake.failing.set('UpdateShardCount', { code: 'ResourceInUseException', times: 1 });
    expect((await run()).isGo).toBe(true);
  });

  it('asks for quotas once: nobody raises them in an hour', async () => {
    coolDown(fake.account);
    await run();
    expect(fake.asked.filter((one) => one === 'GetAccountSettings')).toHaveLength(1);
    expect(fake.asked.filter((one) => one === 'GetAlias').length).toBeGreaterThan(1);
  });
});

describe('the report', () => {
  it('prints every item and ends with one word', async () => {
    const go = describeItems(await run());
    expect(go.trimEnd().split('\n').at(-1)).toBe('GO');
    expect(go).toMatch(/^unknown +quota: WAF/m);
    fake.account.deadLetters.visible = 3;
    const noGo = describeItems(await run());
    expect(noGo.trimEnd().split('\n').at(-1)).toBe('NO-GO');
    expect(noGo).toContain('→ see the runbook, dead-letters');
  });
});
