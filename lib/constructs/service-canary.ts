import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArnFormat, Duration, RemovalPolicy, Size, Stack, Validations } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as synthetics from 'aws-cdk-lib/aws-synthetics';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import type { environmentNames } from '../../functions/canary/env.ts';
import { math } from './pipeline-metrics.ts';
import { createPrivateBucket } from './private-bucket.ts';

export interface ServiceCanaryProps {
  /** At most 255 lower-case characters, digits, `-` and `_`. */
  readonly name: string;
  /** What voters' browsers talk to: `https://…`. */
  readonly origin: string;
  readonly accessLogs: s3.IBucket;
}

const handlerFile = fileURLToPath(new URL('../../functions/canary/handler.ts', import.meta.url));
const keptDays = 30;

/** Looks at the service from outside, every minute. See functions/canary on what it does not do. */
export class ServiceCanary extends Construct {
  /** Percent of the minute's runs that failed. */
  readonly failures: cloudwatch.IMetric;

  constructor(scope: Construct, id: string, { name, origin, accessLogs }: ServiceCanaryProps) {
    super(scope, id);
    const bucket = createPrivateBucket(this, 'Findings', { accessLogs, expireAfterDays: keptDays });
    const environmentVariables: Record<(typeof environmentNames)[number], string> = {
      SERVICE_ORIGIN: origin,
    };
    const directory = bundleCanary();
    const canary = new synthetics.Canary(this, 'Canary', {
      canaryName: name,
      // The newest, on Node 22; the plain one without a browser is still on Node 20.
      runtime: synthetics.Runtime.SYNTHETICS_NODEJS_PLAYWRIGHT_6_0,
      test: synthetics.Test.custom({ code: synthetics.Code.fromAsset(directory), handler: 'canary.handler' }),
      schedule: synthetics.Schedule.rate(Duration.minutes(1)),
      // Below the interval, above what four answers may take.
      timeout: Duration.seconds(45),
      // The least that Synthetics takes.
      memory: Size.mebibytes(960),
      environmentVariables,
      role: this.createRole(name, bucket),
      artifactsBucketLocation: { bucket },
      successRetentionPeriod: Duration.days(keptDays),
      failureRetentionPeriod: Duration.days(keptDays),
      provisionedResourceCleanup: true,
    });
    rmSync(directory, { recursive: true, force: true });
    canary.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const succeeded = canary.metricSuccessPercent({ period: Duration.minutes(1), statistic: 'Average' });
    this.failures = math('100 - succeeded', { succeeded }, '% of runs failed');
  }

  /** What AWS asks for ("Required roles and permissions for canaries"), narrowed to this one. */
  private createRole(name: string, bucket: s3.IBucket): iam.Role {
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const stack = Stack.of(this);
    const logGroups = stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `/aws/lambda/cwsyn-${name}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const allow = (actions: string[], resource: string, conditions = {}) =>
      role.addToPolicy(new iam.PolicyStatement({ actions, resources: [resource], conditions }));
    allow(['s3:PutObject'], bucket.arnForObjects('*'));
    allow(['s3:GetBucketLocation'], bucket.bucketArn);
    allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], logGroups);
    allow(['cloudwatch:PutMetricData'], '*', {
      StringEquals: { 'cloudwatch:namespace': 'CloudWatchSynthetics' },
    });
    allow(['s3:ListAllMyBuckets'], '*');
    const bucketId: unknown = stack.resolve((bucket.node.defaultChild as s3.CfnBucket).logicalId);
    Validations.of(role).acknowledge(
      {
        id: `AwsSolutions-IAM5[Resource::<${String(bucketId)}.Arn>/*]`,
        reason: 'Objects of one bucket: Synthetics names them by run.',
      },
      {
        id: `AwsSolutions-IAM5[Resource::arn:aws:logs:${stack.region}:<AWS::AccountId>:log-group:/aws/lambda/cwsyn-${name}-*]`,
        reason: 'The log of one canary: Synthetics puts an id of its own behind the name.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Metrics have no resource to name (the namespace is), nor has the listing of buckets.',
      },
    );
    return role;
  }
}

/** As Synthetics wants it: one module, named as the handler says. The asset is a copy: the directory may go. */
function bundleCanary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-canary-'));
  buildSync({
    entryPoints: [handlerFile],
    outfile: join(directory, 'canary.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    logLevel: 'error',
  });
  return directory;
}
