import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import type { Stage } from '../stages.ts';

/** The names that AWS gave to what the stacks of a stage are made of. */
export interface Deployed {
  readonly stream: string;
  readonly deadLetters: string;
  /** Null: the stage has a database of somebody else's. */
  readonly cluster: string | null;
  readonly ingest: string;
  /** ARN of the version that callers call. */
  readonly ingestAlias: string;
  /** The number of the version that CloudFormation deployed last; null where it does not say. */
  readonly ingestVersion: string | null;
  /** What provides instances of ours; null: ingest runs on Lambda's own environments. */
  readonly capacityProvider: string | null;
  readonly writerAlias: string;
  readonly loadBalancer: string;
  readonly ingestTargets: string;
}

/** The stage is not deployed, or not with these stacks. */
export class NotDeployedError extends Error {
  readonly code = 'not-deployed';
}

const parts = ['data', 'service', 'edge', 'operations'] as const;
type Part = (typeof parts)[number];
const stackNameOf = (stage: Stage, part: Part): string => `ballotstream-${stage.name}-${part}`;

/** @throws NotDeployedError, and what the SDK throws */
export async function findDeployed(client: CloudFormationClient, stage: Stage): Promise<Deployed> {
  const resources = (
    await Promise.all([readResources(client, stage, 'data'), readResources(client, stage, 'service')])
  ).flat();
  const find = (type: string, logicalId: RegExp): string | null =>
    resources.find(
      ({ ResourceType, LogicalResourceId = '', ResourceStatus = '' }) =>
        // Versions that were replaced and are still being cleaned up stand there too.
        ResourceType === type && logicalId.test(LogicalResourceId) && !ResourceStatus.startsWith('DELETE_'),
    )?.PhysicalResourceId ?? null;
  const need = (type: string, logicalId: RegExp): string => {
    const found = find(type, logicalId);
    if (found === null) throw new NotDeployedError(`stage ${stage.name} has no ${type} ${logicalId.source}`);
    return found;
  };
  return {
    stream: need('AWS::Kinesis::Stream', /^Votes/),
    deadLetters: need('AWS::SQS::Queue', /^VotesDeadLetters/),
    cluster: find('AWS::RDS::DBCluster', /^Database/),
    ingest: need('AWS::Lambda::Function', /^Ingest/),
    ingestAlias: need('AWS::Lambda::Alias', /^Ingest/),
    ingestVersion: /:(\d+)$/.exec(find('AWS::Lambda::Version', /^Ingest/) ?? '')?.[1] ?? null,
    capacityProvider: find('AWS::Lambda::CapacityProvider', /^Ingest/),
    writerAlias: need('AWS::Lambda::Alias', /^Writer/),
    loadBalancer: need('AWS::ElasticLoadBalancingV2::LoadBalancer', /^Entrance/),
    ingestTargets: need('AWS::ElasticLoadBalancingV2::TargetGroup', /^EntranceIngest/),
  };
}

async function readResources(
  client: CloudFormationClient,
  stage: Stage,
  part: Part,
): Promise<StackResourceSummary[]> {
  const StackName = stackNameOf(stage, part);
  const resources: StackResourceSummary[] = [];
  try {
    for await (const page of paginateListStackResources({ client }, { StackName })) {
      resources.push(...(page.StackResourceSummaries ?? []));
    }
  } catch (error) {
    if (!isNoStack(error)) throw error;
    throw new NotDeployedError(`there is no stack ${StackName}: npx cdk deploy --all -c stage=${stage.name}`);
  }
  return resources;
}

/** Every stack of the stage that there is. */
export async function readStacks(
  client: CloudFormationClient,
  stage: Stage,
): Promise<{ part: Part; status: string }[]> {
  const all = await Promise.all(
    parts.map(async (part) => {
      try {
        const { Stacks = [] } = await client.send(
          new DescribeStacksCommand({ StackName: stackNameOf(stage, part) }),
        );
        return Stacks.map(({ StackStatus }) => ({ part, status: StackStatus ?? 'unknown' }));
      } catch (error) {
        if (isNoStack(error)) return [];
        throw error;
      }
    }),
  );
  return all.flat();
}

/** CloudFormation's word for a stack that is not there. */
const isNoStack = (error: unknown): boolean => error instanceof Error && error.name === 'ValidationError';
