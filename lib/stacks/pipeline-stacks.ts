import type { App } from 'aws-cdk-lib';
import type { Stage } from '../stages.ts';
import { DataStack } from './data-stack.ts';
import { ServiceStack } from './service-stack.ts';

export interface PipelineStacks {
  readonly data: DataStack;
  readonly service: ServiceStack;
}

/**
 * The stacks of a stage, one a lifecycle.
 *
 * @param buildId what `/healthz` says is running
 */
export function createPipelineStacks(app: App, stage: Stage, buildId: string): PipelineStacks {
  const named = (part: string) => ({
    stackName: `ballotstream-${stage.name}-${part}`,
    env: { region: stage.region },
  });
  const data = new DataStack(app, 'Data', { ...named('data'), stage });
  const service = new ServiceStack(app, 'Service', { ...named('service'), stage, data, buildId });
  return { data, service };
}
