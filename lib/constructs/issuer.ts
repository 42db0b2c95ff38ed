import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { environmentNames } from '../../functions/issuer/env.ts';
import { environmentNames as providersNames } from '../../functions/providers/env.ts';
import { allowObjects } from './object-policy.ts';
import type { PipelineDatabase, RollRole } from './pipeline-database.ts';
import { PipelineFunction } from './pipeline-function.ts';

export interface IssuerProps {
  readonly vpc: ec2.IVpc;
  readonly roll: PipelineDatabase<RollRole>;
  readonly definitions: s3.IBucket;
  /** `ballotstream-dev` and the like. */
  readonly name: string;
  readonly logRetentionDays: number;
}

/**
 * Signs voters' passes; beside it, a function that fetches identity providers' keys, since the issuer has no way out
 * of its network. Never on the way of a vote: voting goes on without it.
 */
export class Issuer extends Construct {
  readonly live: lambda.IFunction;
  readonly providers: lambda.IFunction;

  constructor(scope: Construct, id: string, props: IssuerProps) {
    super(scope, id);
    const { vpc, roll, definitions, name } = props;
    const accessCodeKey = new secrets.Secret(this, 'AccessCodeKey', {
      description: 'Ballotstream: what access codes are hashed with',
      // 64 letters and digits are base64 of 48 bytes.
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(accessCodeKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'With another key every code on the roll would be wrong.',
    });
    // One a key, by `passKeyName`, made by `npm run election -- keys`: not known when this is deployed.
    const passKeys = `${name}/pass-keys/`;
    const issuer = new PipelineFunction(this, 'Issuer', {
      folder: 'issuer',
      environmentNames,
      environment: {
        DATABASE_URL: roll.urlFor('issuer', 'writer'),
        DEFINITION_BUCKET: definitions.bucketName,
        PASS_KEYS: passKeys,
        ACCESS_CODE_KEY: accessCodeKey.secretArn,
      },
      memoryMb: 1_024,
      timeout: Duration.seconds(9),
      logRetentionDays: props.logRetentionDays,
      network: { vpc, securityGroup: roll.clients },
    });
    this.live = issuer.live;
    this.providers = this.fetchProviderKeys(props);
    const { role } = issuer;
    roll.grantConnect(role, 'issuer');
    allowObjects(role, 'ReadDefinitions', {
      role,
      bucket: definitions,
      action: 's3:GetObject',
      keys: 'elections/*',
    });
    allowObjects(role, 'ReadProviders', {
      role,
      bucket: definitions,
      action: 's3:GetObject',
      keys: 'providers/*',
    });
    const keysArn = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${passKeys}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [keysArn, accessCodeKey.secretArn],
      }),
    );
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:aws:secretsmanager:${Stack.of(this).region}:<AWS::AccountId>:secret:${passKeys}*]`,
      reason: 'The pass keys of this stage: of elections and regions that are not known yet.',
    });
  }

  /** In no network of ours: it asks the internet, and knows nothing that is not public. */
  private fetchProviderKeys({ definitions, logRetentionDays }: IssuerProps): lambda.IFunction {
    const { live, role } = new PipelineFunction(this, 'Providers', {
      folder: 'providers',
      environmentNames: providersNames,
      environment: { DEFINITION_BUCKET: definitions.bucketName },
      memoryMb: 256,
      timeout: Duration.seconds(60),
      logRetentionDays,
    });
    for (const [id, action, keys] of [
      ['ReadDefinitions', 's3:GetObject', 'elections/*'],
      ['WriteProviders', 's3:PutObject', 'providers/*'],
    ] as const)
      allowObjects(role, id, { role, bucket: definitions, action, keys });
    new events.Rule(this, 'FetchProviderKeys', {
      schedule: events.Schedule.rate(Duration.minutes(5)),
      // The next run is the retry.
      targets: [new targets.LambdaFunction(live, { retryAttempts: 0 })],
    });
    return live;
  }
}
