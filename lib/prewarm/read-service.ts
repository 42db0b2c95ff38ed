import { DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeCapacityReservationCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  GetAliasCommand,
  GetCapacityProviderCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import type { Clients } from './clients.ts';
import type { Deployed } from './find-deployed.ts';
import type {
  EnvironmentsReading,
  IngestReading,
  LoadBalancerReading,
  Reading,
  ReservationReading,
} from './reading.ts';

const alias = 'live';
const spillOverMinutes = 15;

export const scalableOf = ({ ingest }: Deployed) =>
  ({
    ServiceNamespace: 'lambda',
    ResourceId: `function:${ingest}:${alias}`,
    ScalableDimension: 'lambda:function:ProvisionedConcurrency',
  }) as const;

export const qualifiedOf = ({ ingest }: Deployed) => ({ FunctionName: ingest, Qualifier: alias });

export async function readIngest({ lambda }: Clients, deployed: Deployed): Promise<IngestReading> {
  const found = await lambda.send(new GetAliasCommand({ FunctionName: deployed.ingest, Name: alias }));
  return {
    version: found.FunctionVersion ?? 'unknown',
    deployedVersion: deployed.ingestVersion,
    isSplit: Object.keys(found.RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0,
  };
}

export async function readEnvironments(clients: Clients, deployed: Deployed): Promise<EnvironmentsReading> {
  const { ServiceNamespace, ResourceId } = scalableOf(deployed);
  const [provisioned, targets] = await Promise.all([
    readProvisioned(clients, deployed),
    clients.scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId] })),
  ]);
  const [target] = targets.ScalableTargets ?? [];
  return {
    provisioned,
    scaling: target === undefined ? null : { min: target.MinCapacity ?? 0, max: target.MaxCapacity ?? 0 },
  };
}

async function readProvisioned(
  { lambda }: Clients,
  deployed: Deployed,
): Promise<EnvironmentsReading['provisioned']> {
  try {
    const found = await lambda.send(new GetProvisionedConcurrencyConfigCommand(qualifiedOf(deployed)));
    return {
      requested: found.RequestedProvisionedConcurrentExecutions ?? 0,
      available: found.AvailableProvisionedConcurrentExecutions ?? 0,
      status: found.Status ?? 'unknown',
      reason: found.StatusReason ?? '',
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ProvisionedConcurrencyConfigNotFoundException') return null;
    throw error;
  }
}

export async function readInstances({ lambda }: Clients, { capacityProvider }: Deployed) {
  if (capacityProvider === null) return null;
  const { CapacityProvider } = await lambda.send(
    new GetCapacityProviderCommand({ CapacityProviderName: capacityProvider }),
  );
  return CapacityProvider?.State ?? 'unknown';
}

export async function readSpillOver({ cloudWatch }: Clients, { ingest }: Deployed, nowMs: number) {
  const { Datapoints = [] } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'ProvisionedConcurrencySpilloverInvocations',
      Dimensions: [
        { Name: 'FunctionName', Value: ingest },
        { Name: 'Resource', Value: `${ingest}:${alias}` },
      ],
      StartTime: new Date(nowMs - spillOverMinutes * 60_000),
      EndTime: new Date(nowMs),
      Period: 60,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0);
}

type Mappings = Extract<Reading['mappings'], { ok: true }>['value'];

export async function readMappings({ lambda }: Clients, { writerAlias }: Deployed): Promise<Mappings> {
  const command = new ListEventSourceMappingsCommand({ FunctionName: writerAlias });
  const { EventSourceMappings = [] } = await lambda.send(command);
  return EventSourceMappings.map(({ EventSourceArn = '', State = 'unknown' }) => ({
    source: EventSourceArn.split(':')[2] === 'kinesis' ? 'stream' : 'queue',
    state: State,
  }));
}

export async function readLoadBalancer(
  { balancers }: Clients,
  { loadBalancer, ingestTargets, ingestAlias }: Deployed,
): Promise<LoadBalancerReading> {
  const [found, listeners, health] = await Promise.all([
    balancers.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [loadBalancer] })),
    balancers.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer })),
    balancers.send(new DescribeTargetHealthCommand({ TargetGroupArn: ingestTargets })),
  ]);
  const actions = (listeners.Listeners ?? []).flatMap(({ DefaultActions = [] }) => DefaultActions);
  return {
    state: found.LoadBalancers?.[0]?.State?.Code ?? 'unknown',
    isHeard:
      actions.length > 0 &&
      actions.every(({ Type, TargetGroupArn }) => Type === 'forward' && TargetGroupArn === ingestTargets),
    targets: (health.TargetHealthDescriptions ?? []).map(({ Target }) => Target?.Id ?? ''),
    liveAlias: ingestAlias,
  };
}

export async function readReservation(
  { balancers }: Clients,
  { loadBalancer }: Deployed,
): Promise<ReservationReading> {
  const command = new DescribeCapacityReservationCommand({ LoadBalancerArn: loadBalancer });
  const { MinimumLoadBalancerCapacity, CapacityReservationState = [] } = await balancers.send(command);
  return {
    units: MinimumLoadBalancerCapacity?.CapacityUnits ?? 0,
    states: CapacityReservationState.map(({ State }) => State?.Code ?? 'unknown'),
    reason:
      CapacityReservationState.map(({ State }) => State?.Reason ?? '').find((text) => text !== '') ?? '',
  };
}
