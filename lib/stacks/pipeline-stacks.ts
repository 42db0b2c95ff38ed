import { Annotations, type App, type Stack } from 'aws-cdk-lib';
import type { Deployment } from '../deployment.ts';
import { describeAbsent, leaveOutAbsent } from '../emulator.ts';
import type { Stage } from '../stages.ts';
import { DataStack } from './data-stack.ts';
import { EdgeStack } from './edge-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { ServiceStack } from './service-stack.ts';

export interface PipelineStacks {
  readonly data: DataStack;
  readonly service: ServiceStack;
  /** Null where an emulator has none. */
  readonly edge: EdgeStack | null;
  readonly operations: OperationsStack | null;
}

/** The stacks of a stage, one a lifecycle. */
export function createPipelineStacks(app: App, sized: Stage, deployment: Deployment): PipelineStacks {
  const stage = { ...sized, availabilityZones: deployment.zones ?? sized.availabilityZones };
  const named = (part: string) => ({
    stackName: `ballotstream-${stage.name}-${part}`,
    env: { region: stage.region },
    stage,
    deployment,
  });
  const data = new DataStack(app, 'Data', named('data'));
  const service = new ServiceStack(app, 'Service', { ...named('service'), data });
  const guard = (stack: Stack) => data.gate.guard(stack, [...stack.node.children]);
  guard(service);
  if (stage.name === 'emulator') {
    const leftOut = leaveOutAbsent([data, service]);
    Annotations.of(service).addInfoV2('emulator', describeAbsent(leftOut));
    return { data, service, edge: null, operations: null };
  }
  const edge = new EdgeStack(app, 'Edge', { ...named('edge'), data, service });
  const operations = new OperationsStack(app, 'Operations', { ...named('operations'), data, service, edge });
  guard(edge);
  guard(operations);
  return { data, service, edge, operations };
}
