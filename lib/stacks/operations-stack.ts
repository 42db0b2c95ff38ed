import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import type { Stage } from '../stages.ts';
import type { DataStack } from './data-stack.ts';
import type { EdgeStack } from './edge-stack.ts';
import type { ServiceStack } from './service-stack.ts';

export interface OperationsStackProps extends StackProps {
  readonly stage: Stage;
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly service: ServiceStack;
  readonly edge: EdgeStack;
}

/** What watches the others, and what breaks them on purpose. */
export class OperationsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    {
      stage: _stage,
      deployment: _deployment,
      data: _data,
      service: _service,
      edge: _edge,
      ...stackProps
    }: OperationsStackProps,
  ) {
    super(scope, id, stackProps);
  }
}
