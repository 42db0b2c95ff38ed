import { CustomResource, Duration, type Stack } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { environmentNames } from '../../functions/gate/env.ts';
import type { Deployment } from '../deployment.ts';
import { allowObjects } from './object-policy.ts';
import { PipelineFunction } from './pipeline-function.ts';

export interface DeployGateProps {
  readonly definitions: s3.IBucket;
  readonly deployment: Deployment;
  readonly logRetentionDays: number;
}

const timeout = Duration.seconds(60);

/**
 * Refuses deployments while an election takes votes, from whichever machine they come: a deployment in the
 * peak splits the environments that were kept ready. Each stack asks first, and changes nothing else before.
 */
export class DeployGate extends Construct {
  private readonly serviceToken: string;
  private readonly deployment: Deployment;

  constructor(scope: Construct, id: string, { definitions, deployment, logRetentionDays }: DeployGateProps) {
    super(scope, id);
    this.deployment = deployment;
    const gate = new PipelineFunction(this, 'Gate', {
      folder: 'gate',
      environmentNames,
      environment: { DEFINITION_BUCKET: definitions.bucketName },
      memoryMb: 256,
      timeout,
      logRetentionDays,
    });
    const { role } = gate;
    allowObjects(role, 'ReadDefinitions', {
      role,
      bucket: definitions,
      action: 's3:GetObject',
      keys: 'elections/*',
    });
    this.serviceToken = gate.live.functionArn;
  }

  /** Makes `guarded`, all of the same stack, wait for the gate's word in every deployment. */
  guard(stack: Stack, guarded: readonly IConstruct[]): void {
    const asked = new CustomResource(stack, 'DeployGateAsked', {
      serviceToken: this.serviceToken,
      resourceType: 'Custom::DeployGate',
      properties: {
        // Changes every time, so that every deployment asks.
        deployedAt: String(this.deployment.deployedAtMs),
        forced: this.deployment.forced ? 'yes' : 'no',
      },
      serviceTimeout: timeout,
    });
    for (const construct of guarded) construct.node.addDependency(asked);
  }
}
