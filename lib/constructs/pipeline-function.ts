import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  type BundlingOptions,
  NodejsFunction,
  OutputFormat,
  SourceMapMode,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundleOptions, entryOf, type FunctionFolder, repositoryRoot } from '../bundle-options.ts';
import type { ReadyEnvironments } from '../ready-environments.ts';
import type { ManagedCapacity } from './managed-capacity.ts';

export interface PipelineFunctionProps<Name extends string> {
  /** The folder under functions/ whose handler.ts it is. */
  readonly folder: FunctionFolder;
  /** From the folder's env.ts. */
  readonly environmentNames: readonly Name[];
  /** A value for each of them. */
  readonly environment: Readonly<Record<Name, string>>;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly logRetentionDays: number;
  /** Where it runs if it needs the database; otherwise in no network of ours. */
  readonly network?: { readonly vpc: ec2.IVpc; readonly securityGroup: ec2.ISecurityGroup };
  /** Environments that wait for requests; none when left out. */
  readonly keptReady?: ReadyEnvironments;
  /** Instances of ours to run on; Lambda's own environments when left out. */
  readonly capacity?: ManagedCapacity;
  /** Most invocations at once, kept free for it in the account; the account's limit when left out. */
  readonly concurrencyMax?: number;
  /** Folders of the repository that go into the bundle beside the code. */
  readonly assets?: readonly string[];
}

/**
 * The one place for what all functions have in common: runtime, bundle, log, tracing, and a role
 * that may do nothing but write that log and traces until somebody grants more.
 */
export class PipelineFunction<Name extends string> extends Construct {
  readonly role: iam.Role;
  /** What callers call: a version, so that a deployment is one switch and capacity can be kept ready. */
  readonly live: lambda.IFunction;
  /** Without its version: what its metrics go by. */
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps<Name>) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.grantDefaults(logGroup, props.network !== undefined);
    const code = new NodejsFunction(this, 'Function', {
      entry: entryOf(props.folder),
      projectRoot: repositoryRoot,
      depsLockFilePath: `${repositoryRoot}package-lock.json`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      tracing: lambda.Tracing.ACTIVE,
      environment: Object.fromEntries(props.environmentNames.map((name) => [name, props.environment[name]])),
      bundling: bundling(props.assets ?? []),
      ...(props.concurrencyMax === undefined ? {} : { reservedConcurrentExecutions: props.concurrencyMax }),
      ...(props.network === undefined
        ? {}
        : { vpc: props.network.vpc, securityGroups: [props.network.securityGroup] }),
      ...(props.capacity === undefined ? {} : { currentVersionOptions: props.capacity.versionOptions }),
    });
    this.functionName = code.functionName;
    props.capacity?.run(code);
    const { keptReady } = props;
    const live = code.addAlias(
      'live',
      keptReady === undefined ? {} : { provisionedConcurrentExecutions: keptReady.now },
    );
    if (keptReady !== undefined) keepReady(live, keptReady);
    // See `Network` on why a cast.
    this.live = live as lambda.IFunction;
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

/** The same as `bundleOptions`, in the CDK's words. */
function bundling(assets: readonly string[]): BundlingOptions {
  return {
    bundleAwsSDK: true,
    format: OutputFormat.CJS,
    target: bundleOptions.target,
    mainFields: [...bundleOptions.mainFields],
    minify: bundleOptions.minify,
    externalModules: [...bundleOptions.external],
    sourceMap: true,
    sourceMapMode: SourceMapMode.EXTERNAL,
    sourcesContent: false,
    ...(assets.length === 0
      ? {}
      : {
          commandHooks: {
            beforeBundling: () => [],
            beforeInstall: () => [],
            afterBundling: (from, to) =>
              assets.map((folder) => `cp -R "${from}/${folder}" "${to}/${folder}"`),
          },
        }),
  };
}

/**
 * Application Auto Scaling moves the number only as far as its bounds demand, so both bounds are the number: with
 * a lower least alone, what was scaled up would stay (AWS, "How scheduled scaling works"). Whoever sets it by hand
 * sets the bounds (`npm run prewarm`).
 */
function keepReady(live: lambda.Alias, { now, changes }: ReadyEnvironments): void {
  const scaling = live.addAutoScaling({ minCapacity: now, maxCapacity: now });
  for (const { at, environments } of changes) {
    scaling.scaleOnSchedule(`To${environments}`, {
      schedule: appscaling.Schedule.at(at),
      minCapacity: environments,
      maxCapacity: environments,
    });
  }
}
