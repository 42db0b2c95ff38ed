import { ArnFormat, CustomResource, Duration, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { environmentNames } from '../../functions/gate/env.ts';
import type { Deployment } from '../deployment.ts';
import { allowObjects } from './object-policy.ts';
import { PipelineFunction } from './pipeline-function.ts';

export interface DeployGateProps {
  readonly definitions: s3.IBucket;
  readonly deployment: Deployment;
  /** A pattern of the names of the stacks that ask. */
  readonly stackNames: string;
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

  constructor(scope: Construct, id: string, props: DeployGateProps) {
    super(scope, id);
    const { definitions, logRetentionDays } = props;
    this.deployment = props.deployment;
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
    this.allowStackStatus(role, props.stackNames);
    this.serviceToken = gate.live.functionArn;
  }

  /** To tell a deployment that is undone from an old one that is deployed again. */
  private allowStackStatus(role: iam.Role, names: string): void {
    const stacks = Stack.of(this).formatArn({
      service: 'cloudformation',
      resource: 'stack',
      resourceName: `${names}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const policy = new iam.Policy(this, 'ReadStackStatus', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: [stacks] }),
      ],
    });
    const { region } = Stack.of(this);
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:aws:cloudformation:${region}:<AWS::AccountId>:stack/${names}/*]`,
      reason: 'The stacks of one stage: CloudFormation ends their ARNs with an id of its own.',
    });
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
