import {
  type CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type StackResource,
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
  readonly writerAlias: string;
  readonly loadBalancer: string;
  readonly ingestTargets: string;
}

/** The stage is not deployed, or not with these stacks. */
export class NotDeployedError extends Error {
  readonly code = 'not-deployed';
}

const parts = ['data', 'service', 'edge', 'operations'] as const;
export const stackNameOf = (stage: Stage, part: (typeof parts)[number]): string =>
  `ballotstream-${stage.name}-${part}`;

/** @throws NotDeployedError, and what the SDK throws */
export async function findDeployed(client: CloudFormationClient, stage: Stage): Promise<Deployed> {
  const resources = (
    await Promise.all([
      readResources(client, stackNameOf(stage, 'data')),
      readResources(client, stackNameOf(stage, 'service')),
    ])
  ).flat();
  const find = (type: string, logicalId: RegExp): string | null =>
    resources.find(
      ({ ResourceType, LogicalResourceId = '' }) =>
        ResourceType === type && logicalId.test(LogicalResourceId),
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
    writerAlias: need('AWS::Lambda::Alias', /^Writer/),
    loadBalancer: need('AWS::ElasticLoadBalancingV2::LoadBalancer', /^Entrance/),
    ingestTargets: need('AWS::ElasticLoadBalancingV2::TargetGroup', /^EntranceIngest/),
  };
}

async function readResources(client: CloudFormationClient, StackName: string): Promise<StackResource[]> {
  try {
    return (await client.send(new DescribeStackResourcesCommand({ StackName }))).StackResources ?? [];
  } catch (error) {
    // CloudFormation's word for a stack that is not there.
    if (error instanceof Error && error.name === 'ValidationError') {
      throw new NotDeployedError(`there is no stack ${StackName}: npx cdk deploy --all -c stage=…`);
    }
    throw error;
  }
}

/** Every stack of the stage that there is. */
export async function readStacks(
  client: CloudFormationClient,
  stage: Stage,
): Promise<{ name: string; status: string }[]> {
  const all = await Promise.all(
    parts.map(async (part) => {
      const StackName = stackNameOf(stage, part);
      try {
        const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
        return Stacks.map(({ StackStatus }) => ({ name: StackName, status: StackStatus ?? 'unknown' }));
      } catch (error) {
        if (error instanceof Error && error.name === 'ValidationError') return [];
        throw error;
      }
    }),
  );
  return all.flat();
}
