import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Stage } from '../stages.ts';
import {
  findResource,
  isNoStack,
  NotDeployedError,
  readStackResources,
  type StackPart,
  stackNameOf,
  stackParts,
} from './stack-resources.ts';

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

/** @throws NotDeployedError, and what the SDK throws */
export async function findDeployed(client: CloudFormationClient, stage: Stage): Promise<Deployed> {
  const resources = (
    await Promise.all([
      readStackResources(client, stage, 'data'),
      readStackResources(client, stage, 'service'),
    ])
  ).flat();
  const find = (type: string, logicalId: RegExp) => findResource(resources, type, logicalId);
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

/** Every stack of the stage that there is. */
export async function readStacks(
  client: CloudFormationClient,
  stage: Stage,
): Promise<{ part: StackPart; status: string }[]> {
  const all = await Promise.all(
    stackParts.map(async (part) => {
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
