import { RegisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import { ModifyCapacityReservationCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { UpdateShardCountCommand } from '@aws-sdk/client-kinesis';
import { PutProvisionedConcurrencyConfigCommand } from '@aws-sdk/client-lambda';
import { planCapacity } from '../capacity.ts';
import { onManagedInstances, peakPlan, type Stage } from '../stages.ts';
import { type Clients, createClients } from './clients.ts';
import { type Deployed, findDeployed, readStacks } from './find-deployed.ts';
import type { Remedy } from './items.ts';
import { readDatabase, readDeadLetters, readStream } from './read-data.ts';
import { readQuotas } from './read-quotas.ts';
import {
  qualifiedOf,
  readEnvironments,
  readIngest,
  readInstances,
  readLoadBalancer,
  readMappings,
  readReservation,
  readSpillOver,
  scalableOf,
} from './read-service.ts';
import type { Asked, Goal, Reading } from './reading.ts';

/** What prewarming asks of AWS and has done there; endpoint and credentials come from the SDK's own variables. */
export interface PrewarmAws {
  readonly goal: Goal;
  /** Never throws for one thing that cannot be asked: that is in the reading. */
  read(): Promise<Reading>;
  /**
   * Begins what `remedy` names, and never asks for less than there is. Doing it again while it is under way
   * changes nothing. Throws what the SDK throws.
   */
  begin(remedy: Remedy): Promise<void>;
}

/** Resharding at most doubles (Kinesis, `UpdateShardCount`). */
const shardFactorMax = 2;

/** @throws NotDeployedError, and what the SDK throws while looking for the stacks */
export async function openAws(stage: Stage, clock: () => number): Promise<PrewarmAws> {
  const clients = createClients(stage.region);
  const deployed = await findDeployed(clients.cloudFormation, stage);
  const goal = goalOf(stage, deployed);
  const keepsReady = goal.stage.ingest.kind === 'provisioned-concurrency';
  let quotas: Reading['quotas'] | null = null;
  return {
    goal,
    async read() {
      // Whoever has one raised waits for days, not here: asked until there is an answer, and not again.
      if (quotas?.ok !== true) quotas = await ask(() => readQuotas(clients, goal.quotas));
      return readAll({
        stacks: ask(() => readStacks(clients.cloudFormation, stage)),
        quotas: Promise.resolve(quotas),
        ingest: ask(() => readIngest(clients, deployed)),
        environments: ask(async () => (keepsReady ? readEnvironments(clients, deployed) : null)),
        instances: ask(() => readInstances(clients, deployed)),
        spillOver: ask(async () => (keepsReady ? readSpillOver(clients, deployed, clock()) : 0)),
        stream: ask(() => readStream(clients, deployed)),
        mappings: ask(() => readMappings(clients, deployed)),
        loadBalancer: ask(() => readLoadBalancer(clients, deployed)),
        reservation: ask(() => readReservation(clients, deployed)),
        deadLetters: ask(() => readDeadLetters(clients, deployed)),
        database: ask(() => readDatabase(clients, deployed)),
      });
    },
    begin: (remedy) => begin(remedy, goal.stage, deployed, clients),
  };
}

/** The stage with what ingest was deployed on, and the quotas of its plan: only the peak goes beyond the defaults. */
function goalOf(stage: Stage, { capacityProvider }: Deployed): Goal {
  if (stage.name !== 'peak') return { stage, quotas: [] };
  if (capacityProvider === null) return { stage, quotas: peakPlan.quotaIncreases };
  const plan = planCapacity({ ...peakPlan.input, compute: 'managed' });
  return { stage: onManagedInstances(stage), quotas: plan.quotaIncreases };
}

async function readAll(
  asked: { readonly [Name in keyof Reading]: Promise<Reading[Name]> },
): Promise<Reading> {
  const entries = Object.entries(asked).map(async ([name, answer]) => [name, await answer] as const);
  return Object.fromEntries(await Promise.all(entries)) as unknown as Reading;
}

async function ask<T>(question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, value: await question() };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? `cannot be read: ${error.name}` : 'cannot be read' };
  }
}

async function begin(remedy: Remedy, stage: Stage, deployed: Deployed, clients: Clients): Promise<void> {
  switch (remedy) {
    case 'environments':
      if (stage.ingest.kind === 'provisioned-concurrency') {
        await raiseEnvironments(clients, deployed, stage.ingest.environments);
      }
      return;
    case 'shards': {
      const { openShards, status } = await readStream(clients, deployed);
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
    case 'reservation': {
      const { units } = await readReservation(clients, deployed);
      await clients.balancers.send(
        new ModifyCapacityReservationCommand({
          LoadBalancerArn: deployed.loadBalancer,
          MinimumLoadBalancerCapacity: { CapacityUnits: Math.max(units, stage.loadBalancerUnits) },
        }),
      );
    }
  }
}

/**
 * First the bounds of what scales by the clock: a number set past them would be taken back. Application Auto
 * Scaling then brings the number within them by itself (its API reference, `RegisterScalableTarget`), but does
 * not say when, and not after an allocation that failed: so it is also asked for directly.
 */
async function raiseEnvironments(clients: Clients, deployed: Deployed, wanted: number): Promise<void> {
  const { provisioned, scaling } = await readEnvironments(clients, deployed);
  if (scaling !== null && scaling.min < wanted) {
    const bounds = { MinCapacity: wanted, MaxCapacity: Math.max(scaling.max, wanted) };
    await clients.scaling.send(new RegisterScalableTargetCommand({ ...scalableOf(deployed), ...bounds }));
  }
  const requested = provisioned?.requested ?? 0;
  if (requested >= wanted && provisioned?.status !== 'FAILED') return;
  await clients.lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      ...qualifiedOf(deployed),
      ProvisionedConcurrentExecutions: Math.max(requested, wanted),
    }),
  );
}
