import {
  type CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import type { Stage } from '../stages.ts';

/** The stage is not deployed, or not with these stacks. */
export class NotDeployedError extends Error {
  readonly code = 'not-deployed';
}

export const stackParts = ['data', 'service', 'edge', 'operations'] as const;
export type StackPart = (typeof stackParts)[number];
export const stackNameOf = (stage: Stage, part: StackPart): string => `ballotstream-${stage.name}-${part}`;

/** What a stack is made of, with the names that AWS gave. Throws NotDeployedError, and what the SDK throws. */
export async function readStackResources(
  client: CloudFormationClient,
  stage: Stage,
  part: StackPart,
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

/** The name that AWS gave to the one of a type whose logical id begins so; null: there is none. */
export function findResource(
  resources: readonly StackResourceSummary[],
  type: string,
  logicalId: RegExp,
): string | null {
  return (
    resources.find(
      ({ ResourceType, LogicalResourceId = '', ResourceStatus = '' }) =>
        // Versions that were replaced and are still being cleaned up stand there too.
        ResourceType === type && logicalId.test(LogicalResourceId) && !ResourceStatus.startsWith('DELETE_'),
    )?.PhysicalResourceId ?? null
  );
}

/** CloudFormation's word for a stack that is not there. */
export const isNoStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError';
