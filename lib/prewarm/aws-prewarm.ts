import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeCapacityReservationCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyCapacityReservationCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import {
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Stage } from '../stages.ts';
import { type Deployed, findDeployed, readStacks } from './find-deployed.ts';
import type {
  Asked,
  DatabaseReading,
  Environments,
  LoadBalancerReading,
  Reading,
  Remedy,
  StreamReading,
} from './items.ts';

/** What prewarming asks of AWS and has done there; endpoint and credentials come from the SDK's own variables. */
export interface PrewarmAws {
  /** Never throws for one thing that cannot be asked: that is in the reading. */
  read(): Promise<Reading>;
  /** Begins what `remedy` names; doing it again while it is under way changes nothing. Throws what the SDK throws. */
  begin(remedy: Remedy): Promise<void>;
}

const spillOverMinutes = 15;
/** Resharding at most doubles (Kinesis, `UpdateShardCount`). */
const shardFactorMax = 2;

/** @throws NotDeployedError, and what the SDK throws while looking for the stacks */
export async function openAws(stage: Stage, clock: () => number): Promise<PrewarmAws> {
  const clients = createClients(stage.region);
  const deployed = await findDeployed(clients.cloudFormation, stage);
  return {
    async read() {
      const [
        stacks,
        concurrencyQuota,
        environments,
        spillOver,
        stream,
        mappings,
        loadBalancer,
        deadLetters,
        database,
      ] = await Promise.all([
        ask(() => readStacks(clients.cloudFormation, stage)),
        ask(() => readConcurrencyQuota(clients.lambda)),
        ask(() => readEnvironments(clients, deployed)),
        ask(() => readSpillOver(clients.cloudWatch, deployed, clock())),
        ask(() => readStream(clients.kinesis, deployed)),
        ask(() => readMappings(clients.lambda, deployed)),
        ask(() => readLoadBalancer(clients.balancers, deployed)),
        ask(() => readDeadLetters(clients.sqs, deployed)),
        ask(() => readDatabase(clients.rds, deployed)),
      ]);
      return {
        stacks,
        concurrencyQuota,
        environments,
        spillOver,
        stream,
        mappings,
        loadBalancer,
        deadLetters,
        database,
      };
    },
    begin: (remedy) => begin(remedy, stage, deployed, clients),
  };
}

async function begin(remedy: Remedy, stage: Stage, deployed: Deployed, clients: Clients): Promise<void> {
  switch (remedy) {
    case 'environments': {
      if (stage.ingest.kind !== 'provisioned-concurrency') return;
      const { environments } = stage.ingest;
      // By the bounds of what scales: a number set past them would be taken back by the next scheduled action.
      const bounds = { MinCapacity: environments, MaxCapacity: environments };
      await clients.scaling.send(new RegisterScalableTargetCommand({ ...scalableOf(deployed), ...bounds }));
      return;
    }
    case 'shards': {
      const { openShards, status } = await readStream(clients.kinesis, deployed);
      if (status !== 'ACTIVE' || openShards >= stage.streamShards) return;
      await clients.kinesis.send(
        new UpdateShardCountCommand({
          StreamName: deployed.stream,
          TargetShardCount: Math.min(openShards * shardFactorMax, stage.streamShards),
          ScalingType: 'UNIFORM_SCALING',
        }),
      );
      return;
    }
    case 'reservation':
      await clients.balancers.send(
        new ModifyCapacityReservationCommand({
          LoadBalancerArn: deployed.loadBalancer,
          MinimumLoadBalancerCapacity: { CapacityUnits: stage.loadBalancerUnits },
        }),
      );
  }
}

const scalableOf = ({ ingest }: Deployed) =>
  ({
    ServiceNamespace: 'lambda',
    ResourceId: `function:${ingest}:live`,
    ScalableDimension: 'lambda:function:ProvisionedConcurrency',
  }) as const;

function createClients(region: string) {
  return {
    cloudFormation: new CloudFormationClient({ region }),
    cloudWatch: new CloudWatchClient({ region }),
    scaling: new ApplicationAutoScalingClient({ region }),
    balancers: new ElasticLoadBalancingV2Client({ region }),
    kinesis: new KinesisClient({ region }),
    lambda: new LambdaClient({ region }),
    rds: new RDSClient({ region }),
    sqs: new SQSClient({ region }),
  };
}
type Clients = ReturnType<typeof createClients>;

async function ask<T>(question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, value: await question() };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? `cannot be read: ${error.name}` : 'cannot be read' };
  }
}

async function readConcurrencyQuota(lambda: LambdaClient): Promise<number> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return AccountLimit?.ConcurrentExecutions ?? 0;
}

async function readEnvironments({ lambda, scaling }: Clients, deployed: Deployed): Promise<Environments> {
  const qualifier = { FunctionName: deployed.ingest, Qualifier: 'live' };
  const { ServiceNamespace, ResourceId } = scalableOf(deployed);
  const [alias, provisioned, targets] = await Promise.all([
    lambda.send(new GetAliasCommand({ FunctionName: qualifier.FunctionName, Name: qualifier.Qualifier })),
    readProvisioned(lambda, qualifier),
    scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId] })),
  ]);
  const [target] = targets.ScalableTargets ?? [];
  return {
    version: alias.FunctionVersion ?? 'unknown',
    provisioned,
    scaling: target === undefined ? null : { min: target.MinCapacity ?? 0, max: target.MaxCapacity ?? 0 },
  };
}

async function readProvisioned(
  lambda: LambdaClient,
  qualifier: { readonly FunctionName: string; readonly Qualifier: string },
): Promise<Environments['provisioned']> {
  try {
    const found = await lambda.send(new GetProvisionedConcurrencyConfigCommand(qualifier));
    return {
      requested: found.RequestedProvisionedConcurrentExecutions ?? 0,
      available: found.AvailableProvisionedConcurrentExecutions ?? 0,
      status: found.Status ?? 'unknown',
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ProvisionedConcurrencyConfigNotFoundException') return null;
    throw error;
  }
}

async function readSpillOver(
  cloudWatch: CloudWatchClient,
  { ingest }: Deployed,
  nowMs: number,
): Promise<number> {
  const { Datapoints = [] } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'ProvisionedConcurrencySpilloverInvocations',
      Dimensions: [
        { Name: 'FunctionName', Value: ingest },
        { Name: 'Resource', Value: `${ingest}:live` },
      ],
      StartTime: new Date(nowMs - spillOverMinutes * 60_000),
      EndTime: new Date(nowMs),
      Period: 60,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0);
}

async function readStream(kinesis: KinesisClient, { stream }: Deployed): Promise<StreamReading> {
  const { StreamDescriptionSummary: found } = await kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: stream }),
  );
  return {
    status: found?.StreamStatus ?? 'unknown',
    openShards: found?.OpenShardCount ?? 0,
    retentionHours: found?.RetentionPeriodHours ?? 0,
    isEncrypted: found?.EncryptionType === 'KMS',
  };
}

async function readMappings(lambda: LambdaClient, { writerAlias }: Deployed) {
  const command = new ListEventSourceMappingsCommand({ FunctionName: writerAlias });
  const { EventSourceMappings = [] } = await lambda.send(command);
  return EventSourceMappings.map(({ EventSourceArn = '', State = 'unknown' }) => ({
    source: EventSourceArn.includes(':kinesis:') ? 'stream' : 'queue',
    state: State,
  }));
}

async function readLoadBalancer(
  balancers: ElasticLoadBalancingV2Client,
  { loadBalancer, ingestTargets, ingestAlias }: Deployed,
): Promise<LoadBalancerReading> {
  const [found, health, reservation] = await Promise.all([
    balancers.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [loadBalancer] })),
    balancers.send(new DescribeTargetHealthCommand({ TargetGroupArn: ingestTargets })),
    balancers.send(new DescribeCapacityReservationCommand({ LoadBalancerArn: loadBalancer })),
  ]);
  return {
    state: found.LoadBalancers?.[0]?.State?.Code ?? 'unknown',
    reservedUnits: reservation.MinimumLoadBalancerCapacity?.CapacityUnits ?? 0,
    reservations: (reservation.CapacityReservationState ?? []).map(({ State }) => State?.Code ?? 'unknown'),
    targets: (health.TargetHealthDescriptions ?? []).map(({ Target }) => Target?.Id ?? ''),
    liveAlias: ingestAlias,
  };
}

async function readDeadLetters(sqs: SQSClient, { deadLetters }: Deployed): Promise<number> {
  const AttributeNames = [
    'ApproximateNumberOfMessages' as const,
    'ApproximateNumberOfMessagesNotVisible' as const,
  ];
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames }),
  );
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

async function readDatabase(rds: RDSClient, { cluster }: Deployed): Promise<DatabaseReading | null> {
  if (cluster === null) return null;
  const [clusters, instances] = await Promise.all([
    rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: cluster })),
    rds.send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: [cluster] }] })),
  ]);
  const [found] = clusters.DBClusters ?? [];
  const writers = (found?.DBClusterMembers ?? []).filter(({ IsClusterWriter }) => IsClusterWriter === true);
  const writerIds = new Set(writers.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier));
  return {
    status: found?.Status ?? 'unknown',
    instances: (instances.DBInstances ?? []).map((instance) => ({
      id: instance.DBInstanceIdentifier ?? '',
      isWriter: writerIds.has(instance.DBInstanceIdentifier),
      status: instance.DBInstanceStatus ?? 'unknown',
      zone: instance.AvailabilityZone ?? '',
    })),
  };
}
