import { describe, expect, it } from 'vitest';
import type { PrewarmAws } from '../../../lib/prewarm/aws-prewarm.ts';
import { describeItems } from '../../../lib/prewarm/describe.ts';
import { isGo, judge, type Reading, type Remedy } from '../../../lib/prewarm/items.ts';
import { prewarm } from '../../../lib/prewarm/prewarm.ts';
import { stages } from '../../../lib/stages.ts';

const stage = stages.peak;
if (stage.ingest.kind !== 'provisioned-concurrency') throw new Error('the peak keeps environments ready');
const wanted = stage.ingest.environments;
const ok = <T>(value: T) => ({ ok: true, value }) as const;

/** Everything as the plan has it. */
const ready: Reading = {
  stacks: ok(['data', 'service', 'edge', 'operations'].map((name) => ({ name, status: 'UPDATE_COMPLETE' }))),
  concurrencyQuota: ok(30_000),
  environments: ok({
    version: '7',
    provisioned: { requested: wanted, available: wanted, status: 'READY' },
    scaling: { min: wanted, max: wanted },
  }),
  spillOver: ok(0),
  stream: ok({ status: 'ACTIVE', openShards: stage.streamShards, retentionHours: 168, isEncrypted: true }),
  mappings: ok([
    { source: 'stream', state: 'Enabled' },
    { source: 'queue', state: 'Enabled' },
  ]),
  loadBalancer: ok({
    state: 'active',
    reservedUnits: stage.loadBalancerUnits,
    reservations: ['provisioned', 'provisioned', 'provisioned'],
    targets: ['arn:live'],
    liveAlias: 'arn:live',
  }),
  deadLetters: ok(0),
  database: ok({
    status: 'available',
    instances: [
      { id: 'a', isWriter: true, status: 'available', zone: 'us-east-1a' },
      { id: 'b', isWriter: false, status: 'available', zone: 'us-east-1b' },
      { id: 'c', isWriter: false, status: 'available', zone: 'us-east-1c' },
      { id: 'd', isWriter: false, status: 'available', zone: 'us-east-1a' },
    ],
  }),
};

/** `ready`, with parts of some answers changed. */
function changed(name: keyof Reading, value: unknown): Reading {
  const before = ready[name];
  if (!before.ok) throw new Error('ready is');
  const isPart = typeof value === 'object' && value !== null && !Array.isArray(value);
  const after: unknown = isPart ? { ...(before.value as object), ...value } : value;
  return { ...ready, [name]: ok(after) };
}

const notGo = (reading: Reading) =>
  judge(stage, reading)
    .filter(({ verdict }) => verdict !== 'go')
    .map(({ name, verdict }) => `${name}: ${verdict}`);

describe('item by item', () => {
  it('all is go where AWS reports what the plan says', () => {
    expect(notGo(ready)).toEqual([]);
    expect(isGo(judge(stage, ready))).toBe(true);
  });

  it.each([
    ['stacks', [{ name: 'data', status: 'UPDATE_IN_PROGRESS' }], 'stacks: no-go'],
    ['stacks', [{ name: 'data', status: 'UPDATE_ROLLBACK_COMPLETE' }], 'stacks: no-go'],
    ['stacks', [], 'stacks: no-go'],
    ['concurrencyQuota', wanted + 499, 'executions allowed: no-go'],
    ['environments', { provisioned: null }, 'environments ready: no-go'],
    [
      'environments',
      { provisioned: { requested: wanted, available: 10, status: 'IN_PROGRESS' } },
      'environments ready: warming',
    ],
    [
      'environments',
      { provisioned: { requested: wanted, available: wanted - 1, status: 'READY' } },
      'environments ready: no-go',
    ],
    // Scaling by the clock would take them away again.
    ['environments', { scaling: { min: 10, max: wanted } }, 'environments ready: no-go'],
    ['spillOver', 1, 'spilled over: no-go'],
    ['stream', { openShards: stage.streamShards - 1 }, 'shards: no-go'],
    ['stream', { openShards: 300, status: 'UPDATING' }, 'shards: warming'],
    ['stream', { retentionHours: 24 }, 'stream keeps: no-go'],
    ['stream', { isEncrypted: false }, 'stream keeps: no-go'],
    ['mappings', [{ source: 'stream', state: 'Enabled' }], 'writer is fed: no-go'],
    [
      'mappings',
      [
        { source: 'stream', state: 'Disabled' },
        { source: 'queue', state: 'Enabled' },
      ],
      'writer is fed: no-go',
    ],
    ['loadBalancer', { targets: ['arn:other'] }, 'load balancer calls: no-go'],
    ['loadBalancer', { state: 'provisioning' }, 'load balancer calls: no-go'],
    ['loadBalancer', { reservedUnits: 0, reservations: [] }, 'capacity reserved: no-go'],
    [
      'loadBalancer',
      { reservations: ['provisioned', 'pending', 'provisioned'] },
      'capacity reserved: warming',
    ],
    ['loadBalancer', { reservations: ['provisioned', 'failed', 'provisioned'] }, 'capacity reserved: no-go'],
    ['deadLetters', 1, 'dead letters: no-go'],
    ['database', { status: 'failing-over' }, 'database: no-go'],
    ['database', null, 'database: no-go'],
    [
      'database',
      { instances: [{ id: 'a', isWriter: true, status: 'available', zone: 'us-east-1a' }] },
      'database: no-go',
    ],
  ] as const)('%s %j is seen', (name, value, expected) => {
    expect(notGo(changed(name, value))).toEqual([expected]);
  });

  it.each(Object.keys(ready) as (keyof Reading)[])('%s is no go where it cannot be asked for', (name) => {
    const reading = { ...ready, [name]: { ok: false, why: 'cannot be read: AccessDenied' } };
    const items = judge(stage, reading);
    expect(isGo(items)).toBe(false);
    expect(items.find(({ verdict }) => verdict === 'no-go')?.found).toContain('AccessDenied');
  });

  it('asks a stage that keeps nothing ready for nothing of it', () => {
    const names = judge(stages.dev, ready).map(({ name }) => name);
    expect(names).not.toContain('environments ready');
    expect(names).not.toContain('capacity reserved');
  });
});

/** AWS as it behaves: what is asked for takes a few looks to be there. */
function createAws(reading: Reading, looksUntilThere = 3): PrewarmAws & { begun: Remedy[] } {
  let state = reading;
  let looks = 0;
  const begun: Remedy[] = [];
  const value = <T>(asked: { ok: true; value: T } | { ok: false }) => {
    if (!asked.ok) throw new Error('not asked');
    return asked.value;
  };
  return {
    begun,
    async read() {
      looks += 1;
      if (looks > looksUntilThere && begun.length > 0) state = ready;
      return state;
    },
    async begin(remedy) {
      begun.push(remedy);
      if (remedy === 'environments') {
        const provisioned = { requested: wanted, available: 0, status: 'IN_PROGRESS' };
        const environments = {
          ...value(state.environments),
          provisioned,
          scaling: { min: wanted, max: wanted },
        };
        state = { ...state, environments: ok(environments) };
      }
      if (remedy === 'shards')
        state = { ...state, stream: ok({ ...value(state.stream), status: 'UPDATING' }) };
      if (remedy === 'reservation') {
        const reservation = { reservedUnits: stage.loadBalancerUnits, reservations: ['pending'] };
        state = { ...state, loadBalancer: ok({ ...value(state.loadBalancer), ...reservation }) };
      }
    },
  };
}

function run(aws: PrewarmAws, changes: { isCheck?: boolean; timeoutMs?: number } = {}) {
  let nowMs = 0;
  const lines: string[] = [];
  const result = prewarm({
    stage,
    aws,
    isCheck: false,
    timeoutMs: 60_000,
    pauseMs: 10_000,
    clock: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
    onProgress: (line) => lines.push(line),
    ...changes,
  });
  return result.then((outcome) => ({ ...outcome, lines }));
}

const cold = changed('loadBalancer', { reservedUnits: 0, reservations: [] });
const allCold: Reading = {
  ...cold,
  environments: ok({ version: '7', provisioned: null, scaling: { min: 10, max: wanted } }),
  stream: ok({ status: 'ACTIVE', openShards: 100, retentionHours: 168, isEncrypted: true }),
};

describe('prewarming', () => {
  it('asks for what is missing once, waits for it, and says go', async () => {
    const aws = createAws(allCold);
    const { isGo: went, lines } = await run(aws);
    expect(went).toBe(true);
    expect(aws.begun.toSorted()).toEqual(['environments', 'reservation', 'shards']);
    expect(lines.length).toBeGreaterThan(3);
  });

  it('changes nothing when it only checks', async () => {
    const aws = createAws(allCold);
    const { isGo: went } = await run(aws, { isCheck: true });
    expect([went, aws.begun]).toEqual([false, []]);
  });

  it('does not wait for what waiting does not mend', async () => {
    const aws = createAws(changed('deadLetters', 3));
    const { isGo: went, isTimedOut, lines } = await run(aws);
    expect([went, isTimedOut, lines]).toEqual([false, false, []]);
  });

  it('gives up when its time is over, and says so', async () => {
    const result = await run(createAws(allCold, 1_000));
    expect([result.isGo, result.isTimedOut]).toEqual([false, true]);
    expect(describeItems(result)).toMatch(/NO-GO: not there in time/);
  });

  it('asks again for shards that double at most, until all are there', async () => {
    let openShards = 100;
    const asked: number[] = [];
    const aws: PrewarmAws = {
      read: async () => changed('stream', { openShards }),
      begin: async () => {
        openShards = Math.min(openShards * 2, stage.streamShards);
        asked.push(openShards);
      },
    };
    expect((await run(aws)).isGo).toBe(true);
    expect(asked).toEqual([200, 400, stage.streamShards]);
  });

  it('prints every item and ends with one word', async () => {
    const text = describeItems(await run(createAws(ready)));
    expect(text.trimEnd().split('\n').at(-1)).toBe('GO');
    expect(text).toContain(`wanted ${wanted} of version`);
    const bad = describeItems(await run(createAws(changed('deadLetters', 3))));
    expect(bad.trimEnd().split('\n').at(-1)).toBe('NO-GO');
    expect(bad).toContain('→ see the runbook, dead-letters');
  });
});
