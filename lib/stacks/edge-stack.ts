import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import type { Stage } from '../stages.ts';
import type { DataStack } from './data-stack.ts';
import type { ServiceStack } from './service-stack.ts';

export interface EdgeStackProps extends StackProps {
  readonly stage: Stage;
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly service: ServiceStack;
}

/** What the internet reaches: the distribution, and the firewall in front of it. Has to be in us-east-1. */
export class EdgeStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { stage: _stage, deployment: _deployment, data: _data, service: _service, ...stackProps }: EdgeStackProps,
  ) {
    super(scope, id, stackProps);
  }
}
