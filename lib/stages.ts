import { writerTimeoutSeconds } from './capacity/cautions.ts';
import { connectionsOf, connectionsOfServerless, instanceTypeOf, vcpusOf } from './capacity/database.ts';
import { defaultFigures } from './capacity/input.ts';
import { limits } from './capacity/limits.ts';
import { largestIsDeliverable, recordsPerEvent } from './capacity/writer-event.ts';
import { type CapacityPlan, planCapacity } from './capacity.ts';

/** How big a stage is. Everything else is the same in all of them. */
export interface Stage {
  readonly name: StageName;
  /** us-east-1, since what stands at the edge has to be there. */
  readonly region: string;
  /**
   * Three: Aurora keeps two copies in each of three (AWS, "Aurora storage"). Which zone a name means differs by
   * account, and in the one with the id use1-az3 there is neither a VPC origin nor RDS Proxy: `-c zones` names others.
   */
  readonly availabilityZones: readonly [string, string, string];
  readonly vpcCidr: string;
  /** In how many of the zones the network's endpoint to Secrets Manager stands. */
  readonly endpointZones: 1 | 2 | 3;
  /** Each takes 1,000 records or 1 MB a second (AWS, "Kinesis quotas"). */
  readonly streamShards: number;
  readonly database: DatabaseSize;
  /** Of the voter roll, for passes: most are issued in the weeks before, none while nobody asks. */
  readonly rollDatabase: DatabaseSize;
  /** Connections to the database's writer that our functions may need at once, all together. */
  readonly databaseConnections: number;
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
  /** The event source ends a batch early that would pass Lambda's 6 MB: `recordsPerEvent`. */
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

/** Beside the readers, and never one that takes over. */
const analystInstances = 1;
/** Kept while no election is open, so that the first vote of a test finds some. */
const idleEnvironments = 10;

/** The peak that the stage `peak` is for: everybody who may vote, 250,000 of them a second. */
export const peakPlan: CapacityPlan = planCapacity({ votesPerSecond: 250_000, votes: 300_000_000 });

export const stages: Readonly<Record<StageName, Stage>> = {
  /** Cheap, in any account, without a quota increase: 2,000 votes a second in. */
  dev: {
    ...oneRegion,
    name: 'dev',
    endpointZones: 1,
    streamShards: 2,
    database: { kind: 'serverless', acuMin: 0.5, acuMax: 8, readers: 1, analystsReader: false },
    rollDatabase: { kind: 'serverless', acuMin: 0.5, acuMax: 4, readers: 0, analystsReader: false },
    databaseConnections: 20,
    ingest: { kind: 'on-demand' },
    loadBalancerUnits: 0,
    writer: {
      timeoutSeconds: writerTimeoutSeconds,
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
    ...sizesOf(peakPlan),
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
    rollDatabase: { kind: 'external' },
    databaseConnections: 20,
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

/** The same peak, with ingest on instances of ours. @throws Error for a stage that is not the peak */
export function onManagedInstances(stage: Stage): Stage {
  if (stage.name !== 'peak') throw new Error(`-c ingest=managed is for stage peak, not for ${stage.name}`);
  const plan = planCapacity({ ...peakPlan.input, compute: 'managed' });
  return { ...stage, ...sizesOf(plan) };
}

/** Those that run in AWS. */
export const awsStages: readonly Stage[] = [stages.dev, stages.peak];

/** What a plan says of a stage. @throws RangeError where no instance class has the vCPUs of the plan */
export function sizesOf(
  plan: CapacityPlan,
): Pick<
  Stage,
  | 'streamShards'
  | 'database'
  | 'rollDatabase'
  | 'databaseConnections'
  | 'ingest'
  | 'loadBalancerUnits'
  | 'writer'
> {
  const { databaseVcpus, databaseInstances, rollVcpus, rollInstances, compute } = plan.input;
  const readers = databaseInstances - 1 - analystInstances;
  const instanceType = needInstanceType(databaseVcpus);
  return {
    streamShards: plan.shards,
    database: { kind: 'provisioned', instanceType, readers, analystsReader: true },
    rollDatabase: {
      kind: 'provisioned',
      instanceType: needInstanceType(rollVcpus),
      readers: rollInstances - 1,
      analystsReader: false,
    },
    databaseConnections: plan.databaseConnections,
    ingest:
      compute === 'managed'
        ? { kind: 'managed-instances', vcpusMin: plan.ingest.vcpusMin, vcpusMax: plan.ingest.vcpusMax }
        : {
            kind: 'provisioned-concurrency',
            environments: plan.provisionedConcurrency,
            idle: idleEnvironments,
          },
    loadBalancerUnits: plan.lcu,
    writer: {
      timeoutSeconds: writerTimeoutSeconds,
      batchRecordsMax: plan.writer.batchRecordsMax,
      // At the peak a shard brings 600 in a second: a wait that fills batches and nobody notices.
      batchWindowSeconds: 1,
      batchesPerShardMax: plan.writer.batchesPerShard,
      overflowConcurrencyMax: plan.writer.overflowConcurrency,
    },
  };
}

function needInstanceType(vcpus: number): string {
  const instanceType = instanceTypeOf(vcpus);
  if (instanceType === null) throw new RangeError(`no instance class of Aurora has ${vcpus} vCPUs`);
  return instanceType;
}

/**
 * Every relation between the numbers of a stage that has to hold, whoever edits one of them. Pure.
 *
 * @returns what is wrong, one line each; empty if nothing is
 */
export function findStageMistakes(stage: Stage): string[] {
  const { writer, ingest, database } = stage;
  const writers = stage.streamShards * writer.batchesPerShardMax + writer.overflowConcurrencyMax;
  const connections = connectionsTaken(database);
  const inOneEvent = recordsPerEvent(defaultFigures.recordBytes.value);
  const rules: readonly (readonly [broken: boolean, message: string])[] = [
    [!largestIsDeliverable(), 'the largest record does not fit into an event of the writer'],
    [
      writer.batchRecordsMax > Math.min(inOneEvent, limits.eventRecordsMax),
      `batchRecordsMax ${writer.batchRecordsMax}: ordinary votes reach 6 MB at ${inOneEvent}`,
    ],
    [
      !isWhole(writer.batchesPerShardMax, 1, limits.batchesPerShardMax),
      `batchesPerShardMax ${writer.batchesPerShardMax}: from 1 to ${limits.batchesPerShardMax}`,
    ],
    [
      !isWhole(writer.overflowConcurrencyMax, limits.queueConcurrencyMin, limits.queueConcurrencyMax),
      `overflowConcurrencyMax ${writer.overflowConcurrencyMax}: from ${limits.queueConcurrencyMin} to ${limits.queueConcurrencyMax}`,
    ],
    [
      writers > stage.databaseConnections,
      `${writers} writers at once, ${stage.databaseConnections} connections`,
    ],
    [
      stage.databaseConnections > connections,
      `databaseConnections ${stage.databaseConnections}: the database takes ${connections}`,
    ],
    [
      !isWhole(stage.loadBalancerUnits, 0, limits.loadBalancerUnitsMax),
      `loadBalancerUnits ${stage.loadBalancerUnits}: one load balancer has up to ${limits.loadBalancerUnitsMax}`,
    ],
    [!isWhole(stage.streamShards, 1, limits.shardsDefault), `streamShards ${stage.streamShards}: from 1`],
    [
      !isWhole(stage.backupDays, 1, backupDaysMax),
      `backupDays ${stage.backupDays}: from 1 to ${backupDaysMax}`,
    ],
    [
      ingest.kind === 'provisioned-concurrency' && ingest.idle > ingest.environments,
      'more environments idle than open',
    ],
    [
      ingest.kind === 'managed-instances' && !(ingest.vcpusMin >= 1 && ingest.vcpusMin <= ingest.vcpusMax),
      'vcpusMin is above vcpusMax',
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}

function connectionsTaken(database: DatabaseSize): number {
  switch (database.kind) {
    case 'serverless':
      return connectionsOfServerless(database.acuMax);
    case 'provisioned':
      return connectionsOf(vcpusOf(database.instanceType));
    case 'external':
      // PostgreSQL's own default.
      return 100;
  }
}

/** AWS, "Aurora backups". */
const backupDaysMax = 35;
const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

/** @throws Error that names the stages there are, or what is wrong with the one named */
export function findStage(name: string): Stage {
  const stage = Object.values(stages).find((one) => one.name === name);
  if (stage === undefined) {
    throw new Error(`no stage "${name}"; there are: ${Object.keys(stages).join(', ')}`);
  }
  const mistakes = findStageMistakes(stage);
  if (mistakes.length > 0) throw new Error(`stage ${name}: ${mistakes.join('; ')}`);
  return stage;
}
