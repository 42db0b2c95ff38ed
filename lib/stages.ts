import { planCapacity } from './capacity.ts';

/** How big a stage is. Everything else is the same in all of them. */
export interface Stage {
  readonly name: StageName;
  /** us-east-1, since what stands at the edge has to be there. */
  readonly region: string;
  /** Three: Aurora keeps two copies in each of three (AWS, "Aurora storage"). */
  readonly availabilityZones: readonly [string, string, string];
  readonly vpcCidr: string;
  /** In how many of the zones the network's endpoint to Secrets Manager stands. */
  readonly endpointZones: 1 | 2 | 3;
  /** Each takes 1,000 records or 1 MB a second (AWS, "Kinesis quotas"). */
  readonly streamShards: number;
  readonly database: DatabaseSize;
  readonly ingest: IngestCompute;
  /** Reserved load balancer capacity units; 0: as the load balancer scales by itself. */
  readonly loadBalancerUnits: number;
  readonly writer: WriterSettings;
  /** How long point-in-time recovery reaches back; 35 is Aurora's limit. */
  readonly backupDays: number;
  readonly logRetentionDays: number;
}

export type StageName = 'dev' | 'peak' | 'emulator';

export type DatabaseSize =
  | AuroraSize
  /** A PostgreSQL that is there already, `-c database=postgres://owner:password@host:port/name`: for emulators. */
  | { readonly kind: 'external' };

export type AuroraSize = {
  /** In other zones than the writer, ready to take over. */
  readonly readers: number;
  /** One more, for analysts alone. */
  readonly analystsReader: boolean;
} & (
  | {
      readonly kind: 'serverless';
      /** Aurora capacity units, about 2 GiB of memory each. */
      readonly acuMin: number;
      readonly acuMax: number;
    }
  | { readonly kind: 'provisioned'; readonly instanceType: string }
);

/** What ingest runs on. */
export type IngestCompute =
  /** Environments as requests come: nothing is kept ready. */
  | { readonly kind: 'on-demand' }
  /** Environments kept ready while an election is open; a few of them (`idle`) at other times. */
  | { readonly kind: 'provisioned-concurrency'; readonly environments: number; readonly idle: number }
  /** Lambda on instances of ours, each environment serving many requests at once. */
  | { readonly kind: 'managed-instances'; readonly vcpusMin: number; readonly vcpusMax: number };

/** How the stream and the overflow queue feed the writer. */
export interface WriterSettings {
  /** A transaction of a full batch takes well under a second; the rest is for a failover in its midst. */
  readonly timeoutSeconds: number;
  /** A record is about 450 B, 0.9 kB in the event: 5,000 stay under Lambda's 6 MB. */
  readonly batchRecordsMax: number;
  /** How long a batch that is not full is waited for. */
  readonly batchWindowSeconds: number;
  /** Batches of one shard in flight at once, 1–10; one voter's stay in order (same partition key). */
  readonly batchesPerShardMax: number;
  /** Invocations for the overflow queue at once: the stream's come on top. */
  readonly overflowConcurrencyMax: number;
}

const oneRegion = {
  region: 'us-east-1',
  availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  vpcCidr: '10.40.0.0/16',
} as const;

/** What `npm run capacity -- --rps 250000 --votes 300000000` says. */
export const peakPlan = planCapacity({ votesPerSecond: 250_000, votes: 300_000_000 });

export const stages: Readonly<Record<StageName, Stage>> = {
  /** Cheap, in any account, without a quota increase: 2,000 votes a second in. */
  dev: {
    ...oneRegion,
    name: 'dev',
    endpointZones: 1,
    streamShards: 2,
    database: { kind: 'serverless', acuMin: 0.5, acuMax: 8, readers: 1, analystsReader: false },
    ingest: { kind: 'on-demand' },
    loadBalancerUnits: 0,
    writer: {
      timeoutSeconds: 60,
      batchRecordsMax: 1_000,
      batchWindowSeconds: 0,
      batchesPerShardMax: 1,
      overflowConcurrencyMax: 2,
    },
    backupDays: 7,
    logRetentionDays: 30,
  },
  /** 250,000 votes a second in; the stream is the buffer in front of one Aurora writer. */
  peak: {
    ...oneRegion,
    name: 'peak',
    endpointZones: 3,
    streamShards: peakPlan.shards,
    database: { kind: 'provisioned', instanceType: 'r8g.16xlarge', readers: 2, analystsReader: true },
    ingest: {
      kind: 'provisioned-concurrency',
      environments: peakPlan.provisionedConcurrency,
      idle: 10,
    },
    loadBalancerUnits: peakPlan.lcu,
    // The exactly-once statement gains little beyond 1,000 rows; a second's wait fills batches of 600.
    writer: {
      timeoutSeconds: 60,
      batchRecordsMax: 1_000,
      batchWindowSeconds: 1,
      batchesPerShardMax: peakPlan.writerConcurrency / peakPlan.shards,
      overflowConcurrencyMax: 50,
    },
    backupDays: 35,
    logRetentionDays: 365,
  },
  /** For an emulator of AWS on one machine; `emulator.ts` says what it does without. */
  emulator: {
    ...oneRegion,
    name: 'emulator',
    endpointZones: 1,
    streamShards: 1,
    database: { kind: 'external' },
    ingest: { kind: 'on-demand' },
    loadBalancerUnits: 0,
    writer: {
      timeoutSeconds: 60,
      batchRecordsMax: 100,
      batchWindowSeconds: 0,
      batchesPerShardMax: 1,
      overflowConcurrencyMax: 2,
    },
    backupDays: 1,
    logRetentionDays: 1,
  },
};

/** Those that run in AWS. */
export const awsStages: readonly Stage[] = [stages.dev, stages.peak];

/** @throws Error that names the stages there are */
export function findStage(name: string): Stage {
  const stage = Object.values(stages).find((one) => one.name === name);
  if (stage === undefined) {
    throw new Error(`no stage "${name}"; there are: ${Object.keys(stages).join(', ')}`);
  }
  return stage;
}
