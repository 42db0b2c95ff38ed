import { fileURLToPath } from 'node:url';
import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface PipelineFunctionProps<Name extends string> {
  /** The folder under functions/ whose handler.ts it is. */
  readonly folder: 'ingest' | 'results' | 'writer' | 'maintenance';
  /** From the folder's env.ts. */
  readonly environmentNames: readonly Name[];
  /** A value for each of them. */
  readonly environment: Readonly<Record<Name, string>>;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly logRetentionDays: number;
  /** Where it runs if it needs the database; otherwise in no network of ours. */
  readonly network?: { readonly vpc: ec2.IVpc; readonly securityGroup: ec2.ISecurityGroup };
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The one place for what all functions have in common: runtime, bundle, log, tracing, and a role
 * that may do nothing but write that log and traces until somebody grants more.
 */
export class PipelineFunction<Name extends string> extends Construct {
  readonly role: iam.Role;
  /** What callers call: a version, so that a deployment is one switch and capacity can be kept ready. */
  readonly live: lambda.IFunction;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps<Name>) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.grantDefaults(logGroup, props.network !== undefined);
    const code = new NodejsFunction(this, 'Function', {
      entry: `${root}functions/${props.folder}/handler.ts`,
      projectRoot: root,
      depsLockFilePath: `${root}package-lock.json`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      tracing: lambda.Tracing.ACTIVE,
      environment: Object.fromEntries(props.environmentNames.map((name) => [name, props.environment[name]])),
      bundling: {
        // The SDK goes in: the same bytes in every environment, and no search through the runtime's copy.
        bundleAwsSDK: true,
        format: OutputFormat.CJS,
        target: 'node24',
        // The packages' modules rather than their CommonJS: a fifth less, since what is unused falls away.
        mainFields: ['module', 'main'],
        minify: true,
        sourceMap: true,
        sourceMapMode: SourceMapMode.EXTERNAL,
        sourcesContent: false,
        // pg asks for it and goes on without.
        externalModules: ['pg-native'],
      },
      ...(props.network === undefined
        ? {}
        : { vpc: props.network.vpc, securityGroups: [props.network.securityGroup] }),
    });
    // See `Network` on why a cast.
    this.live = code.addAlias('live') as lambda.IFunction;
  }

  private grantDefaults(logGroup: logs.ILogGroup, inNetwork: boolean): void {
    this.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    const reasons = ['X-Ray has no resources to name'];
    if (inNetwork) {
      reasons.push(
        'Lambda makes its own network interfaces, and asks for this on all (AWS, "Lambda in a VPC")',
      );
      this.role.addToPolicy(
        new iam.PolicyStatement({
          actions: [
            'ec2:CreateNetworkInterface',
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSubnets',
            'ec2:DeleteNetworkInterface',
            'ec2:AssignPrivateIpAddresses',
            'ec2:UnassignPrivateIpAddresses',
          ],
          resources: ['*'],
        }),
      );
    }
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: reasons.join('; '),
    });
  }
}
