import { peakPlan, stages } from '../../lib/stages.ts';

export interface FakeResource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly status: string;
}

/** What an account holds of the stage `peak`; tests change it before they look. */
export interface FakeAccount {
  readonly stacks: Map<string, { status: string; resources: FakeResource[] }>;
  concurrency: number;
  /** What Service Quotas publishes. */
  quotas: { ServiceCode: string; QuotaCode: string; QuotaName: string; Value: number }[];
  alias: { version: string; weights: Record<string, number> };
  provisioned: { requested: number; available: number; status: string; reason?: string } | null;
  /** Allocating fails for this reason. */
  allocationFails: string | null;
  scaling: { min: number; max: number } | null;
  capacityProvider: string;
  spilledOver: number[];
  stream: { shards: number; status: string; retentionHours: number; encryption: 'KMS' | 'NONE' };
  mappings: { arn: string; state: string }[];
  loadBalancer: { state: string; forwardsTo: string; targets: string[] };
  reservation: { units: number; states: { code: string; reason?: string }[] };
  deadLetters: { visible: number; invisible: number };
  database: {
    status: string;
    instances: { id: string; status: string; zone: string; isWriter: boolean; tier: number }[];
  };
  /** Every version's content by its id, the newest last. */
  readonly secrets: Map<string, Map<string, string>>;
  /** How many looks something takes until it is there. */
  looksUntilThere: number;
  /** Looks left, of what is under way. */
  readonly underWay: { environments: number; shards: number; reservation: number };
  /** What was changed, and to what. */
  readonly changes: string[];
}

const { peak } = stages;
if (peak.ingest.kind !== 'provisioned-concurrency') throw new Error('the peak keeps environments ready');

export const planned = {
  environments: peak.ingest.environments,
  shards: peak.streamShards,
  units: peak.loadBalancerUnits,
} as const;

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:111111111111:${rest}`;
export const liveAlias = arn('lambda', 'function:ingest-fn:live');
export const ingestTargets = arn('elasticloadbalancing', 'targetgroup/ingest/1');

/** Everything deployed and as the plan has it. */
export function createAccount(url: string): FakeAccount {
  return {
    stacks: createStacks(url),
    secrets: new Map(),
    concurrency: 30_000,
    quotas: peakPlan.quotaIncreases
      .filter(({ code, service }) => code !== null || service === 'CloudFront')
      .map(({ serviceCode, code, quota, needed }) => ({
        ServiceCode: serviceCode,
        QuotaCode: code ?? 'L-00000000',
        QuotaName: quota,
        Value: needed,
      })),
    alias: { version: '7', weights: {} },
    provisioned: { requested: planned.environments, available: planned.environments, status: 'READY' },
    allocationFails: null,
    scaling: { min: planned.environments, max: planned.environments },
    capacityProvider: 'Active',
    spilledOver: [],
    stream: { shards: planned.shards, status: 'ACTIVE', retentionHours: 168, encryption: 'KMS' },
    mappings: [
      { arn: arn('kinesis', 'stream/votes'), state: 'Enabled' },
      { arn: arn('sqs', 'overflow'), state: 'Enabled' },
    ],
    loadBalancer: { state: 'active', forwardsTo: ingestTargets, targets: [liveAlias] },
    reservation: { units: planned.units, states: threeTimes('provisioned') },
    deadLetters: { visible: 0, invisible: 0 },
    database: {
      status: 'available',
      instances: ['a', 'b', 'c', 'd'].map((id, n) => ({
        id,
        status: 'available',
        zone: `us-east-1${'abca'[n]}`,
        isWriter: n === 0,
        // The last one is the analysts'.
        tier: [0, 1, 1, 15][n] ?? 15,
      })),
    },
    looksUntilThere: 2,
    underWay: { environments: 0, shards: 0, reservation: 0 },
    changes: [],
  };
}

export const threeTimes = (code: string) => [{ code }, { code }, { code }];

/** Before anything was warmed up: what a deployment without times leaves. */
export function coolDown(account: FakeAccount): void {
  account.provisioned = { requested: 10, available: 10, status: 'READY' };
  account.scaling = { min: 10, max: planned.environments };
  account.stream.shards = 100;
  account.reservation = { units: 0, states: [] };
}

/** Beside what prewarming looks for, as many others as make it turn the page. */
function createStacks(url: string): FakeAccount['stacks'] {
  const one = (type: string, logicalId: string, physicalId: string, status = 'UPDATE_COMPLETE') => ({
    type: `AWS::${type}`,
    logicalId,
    physicalId,
    status,
  });
  const others = Array.from({ length: 30 }, (_, n) => one('IAM::Policy', `Policy${n}`, `policy-${n}`));
  const resources: Record<string, FakeResource[]> = {
    data: [
      one('KMS::Key', 'Key', 'key'),
      one('SQS::Queue', 'VotesOverflow1', `${url}/111111111111/overflow`),
      ...others,
      one('SQS::Queue', 'VotesDeadLetters1', `${url}/111111111111/dead-letters`),
      one('Kinesis::Stream', 'VotesBallots1', 'votes'),
      one('RDS::DBCluster', 'DatabaseCluster1', 'cluster'),
    ],
    service: [
      one('Lambda::Function', 'WriterFunction1', 'writer-fn'),
      one('Lambda::Alias', 'WriterFunctionAliaslive1', arn('lambda', 'function:writer-fn:live')),
      ...others,
      one('Lambda::Function', 'IngestFunction1', 'ingest-fn'),
      one(
        'Lambda::Version',
        'IngestFunctionCurrentVersion0',
        arn('lambda', 'function:ingest-fn:6'),
        'DELETE_SKIPPED',
      ),
      one('Lambda::Version', 'IngestFunctionCurrentVersion1', arn('lambda', 'function:ingest-fn:7')),
      one('Lambda::Alias', 'IngestFunctionAliaslive1', liveAlias),
      one(
        'ElasticLoadBalancingV2::LoadBalancer',
        'EntranceLoadBalancer1',
        arn('elasticloadbalancing', 'loadbalancer/app/1'),
      ),
      one(
        'ElasticLoadBalancingV2::TargetGroup',
        'EntranceResults1',
        arn('elasticloadbalancing', 'targetgroup/results/1'),
      ),
      one('ElasticLoadBalancingV2::TargetGroup', 'EntranceIngest1', ingestTargets),
    ],
    edge: [],
    operations: [],
  };
  return new Map(
    Object.entries(resources).map(([part, list]) => [
      `ballotstream-peak-${part}`,
      { status: 'UPDATE_COMPLETE', resources: list },
    ]),
  );
}
