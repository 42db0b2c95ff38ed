import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/**
 * What CloudFormation says it is doing with a stack, `UPDATE_IN_PROGRESS` and the like; null if it does not say
 * in time. Never rejects.
 */
export type ReadStackStatus = (stackId: string) => Promise<string | null>;

/** All attempts together. */
const askMsMax = 5_000;

export function createStackStatusReader(client = new CloudFormationClient({})): ReadStackStatus {
  return async (StackName) => {
    try {
      const command = new DescribeStacksCommand({ StackName });
      const { Stacks } = await client.send(command, { abortSignal: AbortSignal.timeout(askMsMax) });
      return Stacks?.[0]?.StackStatus ?? null;
    } catch {
      return null;
    }
  };
}
