import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAws } from '../../../lib/prewarm/aws-prewarm.ts';
import { createClients } from '../../../lib/prewarm/clients.ts';
import { findDeployed } from '../../../lib/prewarm/find-deployed.ts';
import { type Item, isGo, judge } from '../../../lib/prewarm/items.ts';
import { stages } from '../../../lib/stages.ts';
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts';
import { type FakeAccount, planned, threeTimes } from '../../support/fake-aws-account.ts';

let fake: FakeAws;
beforeEach(async () => {
  fake = await startFakeAws();
  for (const [name, value] of Object.entries(fake.environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fake.close();
});

async function look(): Promise<Item[]> {
  const aws = await openAws(stages.peak, Date.now);
  return judge(aws.goal, await aws.read());
}

const notGo = (items: readonly Item[]) =>
  items.filter(({ verdict }) => verdict !== 'go').map(({ name, verdict }) => `${name}: ${verdict}`);

/** WAF's quota for distributions is nowhere in Service Quotas. */
const untold = 'quota: WAF, Requests per second per web ACL: unknown';
const { environments, shards, units } = planned;
const atWork = (available: number, status: string) => ({ requested: environments, available, status });

describe('what AWS reports over its own protocols', () => {
  it('is go where it is as planned', async () => {
    const items = await look();
    expect(notGo(items)).toEqual([untold]);
    expect(isGo(items)).toBe(true);
    expect(items.find(({ name }) => name === 'database')?.found).toBe(
      'available, 1 writing, 2 to take over, 3 zones',
    );
    expect(items.find(({ name }) => name === 'ingest')?.found).toBe('version 7, deployed 7');
  });

  const cases: readonly (readonly [
    what: string,
    change: (account: FakeAccount) => void,
    expected: string[],
  ])[] = [
    [
      'a stack that is being changed',
      ({ stacks }) =>
        Object.assign(stacks.get('ballotstream-peak-edge') ?? {}, { status: 'UPDATE_IN_PROGRESS' }),
      ['stacks: no-go'],
    ],
    [
      'a deployment that was rolled back',
      ({ stacks }) =>
        Object.assign(stacks.get('ballotstream-peak-data') ?? {}, { status: 'UPDATE_ROLLBACK_COMPLETE' }),
      ['stacks: no-go'],
    ],
    ['no edge', ({ stacks }) => stacks.delete('ballotstream-peak-edge'), ['stacks: no-go']],
    [
      'an account for fewer executions',
      (account) => Object.assign(account, { concurrency: 29_999 }),
      ['quota: Lambda, Concurrent executions: no-go'],
    ],
    [
      'a quota of the load balancer that was not raised',
      ({ quotas }) =>
        Object.assign(quotas.find(({ QuotaCode }) => QuotaCode === 'L-8A66D0E6') ?? {}, { Value: 0 }),
      ['quota: Elastic Load Balancing, Reserved Application Load Balancer Capacity Units per Region: no-go'],
    ],
    [
      'a quota of the distribution, found by its name',
      ({ quotas }) =>
        Object.assign(quotas.find(({ ServiceCode }) => ServiceCode === 'cloudfront') ?? {}, {
          Value: 250_000,
        }),
      ['quota: CloudFront, Requests per second per distribution: no-go'],
    ],
    [
      'callers that get an older version',
      ({ alias }) => Object.assign(alias, { version: '6' }),
      ['ingest: no-go'],
    ],
    [
      'callers split between two versions',
      ({ alias }) => Object.assign(alias, { weights: { '8': 0.1 } }),
      ['ingest: no-go'],
    ],
    [
      'no environments',
      (account) => Object.assign(account, { provisioned: null }),
      ['environments ready: no-go'],
    ],
    [
      'environments that are being allocated',
      (account) =>
        Object.assign(account, { provisioned: atWork(10, 'IN_PROGRESS'), underWay: { environments: 9 } }),
      ['environments ready: warming'],
    ],
    [
      'environments on their way down',
      (account) =>
        Object.assign(account, {
          provisioned: { requested: 10, available: 10, status: 'IN_PROGRESS' },
          underWay: { environments: 9 },
        }),
      ['environments ready: no-go'],
    ],
    [
      'one environment too few',
      (account) => Object.assign(account, { provisioned: atWork(environments - 1, 'READY') }),
      ['environments ready: no-go'],
    ],
    [
      'environments that the clock would take back',
      (account) => Object.assign(account, { scaling: { min: 10, max: environments } }),
      ['environments ready: no-go'],
    ],
    ['calls that found none ready', ({ spilledOver }) => spilledOver.push(1, 2), ['spilled over: no-go']],
    ['a shard too few', ({ stream }) => Object.assign(stream, { shards: shards - 1 }), ['shards: no-go']],
    [
      'shards being split',
      (account) => {
        account.stream.status = 'UPDATING';
        account.underWay.shards = 9;
      },
      ['shards: warming'],
    ],
    [
      'a stream that forgets',
      ({ stream }) => Object.assign(stream, { retentionHours: 24 }),
      ['stream keeps: no-go'],
    ],
    [
      'a stream in the clear',
      ({ stream }) => Object.assign(stream, { encryption: 'NONE' }),
      ['stream keeps: no-go'],
    ],
    ['a queue that feeds nobody', ({ mappings }) => mappings.pop(), ['writer is fed: no-go']],
    [
      'a stream that feeds nobody',
      ({ mappings }) => Object.assign(mappings[0] ?? {}, { state: 'Disabled' }),
      ['writer is fed: no-go'],
    ],
    [
      'a load balancer that calls another function',
      ({ loadBalancer }) => Object.assign(loadBalancer, { targets: ['arn:other'] }),
      ['load balancer calls: no-go'],
    ],
    [
      'a load balancer that forwards elsewhere',
      ({ loadBalancer }) => Object.assign(loadBalancer, { forwardsTo: 'arn:other' }),
      ['load balancer calls: no-go'],
    ],
    [
      'a load balancer that is not there yet',
      ({ loadBalancer }) => Object.assign(loadBalancer, { state: 'provisioning' }),
      ['load balancer calls: no-go'],
    ],
    [
      'nothing reserved',
      ({ reservation }) => Object.assign(reservation, { units: 0, states: [] }),
      ['capacity reserved: no-go'],
    ],
    [
      'a unit too few',
      ({ reservation }) => Object.assign(reservation, { units: units - 1 }),
      ['capacity reserved: no-go'],
    ],
    [
      'a reservation that moves between zones',
      ({ reservation }) =>
        Object.assign(reservation, { states: [...threeTimes('provisioned'), { code: 'rebalancing' }] }),
      ['capacity reserved: warming'],
    ],
    [
      'a zone without capacity',
      ({ reservation }) =>
        Object.assign(reservation, { states: [...threeTimes('provisioned'), { code: 'failed' }] }),
      ['capacity reserved: no-go'],
    ],
    [
      'a dead letter',
      ({ deadLetters }) => Object.assign(deadLetters, { visible: 1 }),
      ['dead letters: no-go'],
    ],
    [
      'a dead letter in somebody’s hands',
      ({ deadLetters }) => Object.assign(deadLetters, { invisible: 1 }),
      ['dead letters: no-go'],
    ],
    [
      'a failover',
      ({ database }) => Object.assign(database, { status: 'failing-over' }),
      ['database: no-go'],
    ],
    [
      'a reader that restarts',
      ({ database }) => Object.assign(database.instances[1] ?? {}, { status: 'rebooting' }),
      ['database: no-go'],
    ],
    [
      'everything in one zone',
      ({ database }) => {
        for (const one of database.instances) one.zone = 'us-east-1a';
      },
      ['database: no-go'],
    ],
    [
      'no writer',
      ({ database }) => {
        for (const one of database.instances) one.isWriter = false;
      },
      ['database: no-go'],
    ],
  ];

  it.each(cases)('shows %s', async (_, change, expected) => {
    change(fake.account);
    const items = await look();
    expect(notGo(items).filter((one) => one !== untold)).toEqual(expected);
    expect(isGo(items)).toBe(false);
  });

  it.each([
    'DescribeStacks',
    'GetAccountSettings',
    'ListServiceQuotas',
    'GetAlias',
    'GetProvisionedConcurrencyConfig',
    'DescribeScalableTargets',
    'GetMetricStatistics',
    'DescribeStreamSummary',
    'ListEventSourceMappings',
    'DescribeLoadBalancers',
    'DescribeListeners',
    'DescribeTargetHealth',
    'DescribeCapacityReservation',
    'GetQueueAttributes',
    'DescribeDBClusters',
    'DescribeDBInstances',
  ])('is no go where %s is denied, and says so', async (operation) => {
    fake.failing.set(operation, { code: 'AccessDeniedException' });
    const items = await look();
    const denied = items.filter(({ found }) => found === 'cannot be read: AccessDeniedException');
    expect(denied.length).toBeGreaterThan(0);
    expect(denied.every(({ verdict }) => verdict === 'no-go')).toBe(true);
    expect(fake.asked).toContain(operation);
  });

  it('is read in spite of being throttled for a moment', async () => {
    fake.failing.set('DescribeScalableTargets', { code: 'ThrottlingException', times: 1 });
    expect(notGo(await look())).toEqual([untold]);
    expect(fake.asked.filter((one) => one === 'DescribeScalableTargets')).toHaveLength(2);
  });

  it('does not wait for ever for an answer', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const clients = createClients('us-east-1', 20);
    await expect(findDeployed(clients.cloudFormation, stages.peak)).rejects.toThrow(/timed out|timeout/i);
    for (const client of Object.values(clients)) client.destroy();
    server.closeAllConnections();
    server.close();
  });

  it('names the version that CloudFormation cleans up as deployed in no case', async () => {
    fake.account.alias.version = '6';
    const item = (await look()).find(({ name }) => name === 'ingest');
    expect([item?.verdict, item?.found]).toEqual(['no-go', 'version 6, deployed 7']);
  });

  it('is judged by instances where ingest was deployed on them', async () => {
    const { resources } = fake.account.stacks.get('ballotstream-peak-service') ?? {};
    resources?.push({
      type: 'AWS::Lambda::CapacityProvider',
      logicalId: 'IngestCapacityProvider1',
      physicalId: 'provider',
      status: 'CREATE_COMPLETE',
    });
    fake.account.provisioned = null;
    const items = await look();
    expect(items.map(({ name }) => name)).not.toContain('environments ready');
    expect(items.find(({ name }) => name === 'instances')).toMatchObject({ found: 'Active', verdict: 'go' });
    fake.account.capacityProvider = 'Failed';
    expect((await look()).find(({ name }) => name === 'instances')?.verdict).toBe('no-go');
  });
});
