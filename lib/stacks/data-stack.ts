import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IConstruct } from 'constructs';
import { DeployGate } from '../constructs/deploy-gate.ts';
import { ExternalDatabase } from '../constructs/external-database.ts';
import { Network } from '../constructs/network.ts';
import type { PipelineDatabase, RollRole, VoteRole } from '../constructs/pipeline-database.ts';
import { createPrivateBucket } from '../constructs/private-bucket.ts';
import { RollDatabase } from '../constructs/roll-database.ts';
import { VoteDatabase } from '../constructs/vote-database.ts';
import { VoteStream } from '../constructs/vote-stream.ts';
import type { Deployment } from '../deployment.ts';
import type { Stage } from '../stages.ts';

export interface DataStackProps extends StackProps {
  readonly stage: Stage;
  readonly deployment: Deployment;
}

/** All that holds votes. It is never replaced: kept when the stack goes, and the stack does not go by itself. */
export class DataStack extends Stack {
  readonly vpc: ec2.IVpc;
  readonly votes: VoteStream;
  /** Of the votes. */
  readonly database: PipelineDatabase<VoteRole>;
  /** Of the voters. */
  readonly roll: PipelineDatabase<RollRole>;
  /** The clusters behind them; null where an emulator has none. */
  readonly aurora: { readonly votes: VoteDatabase; readonly roll: RollDatabase } | null;
  /** Published definitions: immutable objects `elections/<id>/v<n>.json` and which is the latest. */
  readonly definitions: s3.IBucket;
  /** What the event source had to give up, whole. Empty, unless something went badly wrong. */
  readonly undeliverable: s3.IBucket;
  /** Asked by every stack before it changes anything. */
  readonly gate: DeployGate;
  /** Private halves of the receipt keys; `npm run election -- keys` fills it. */
  readonly receiptKeys: secrets.ISecret;
  /** Access logs of the buckets and the load balancer. */
  readonly accessLogs: s3.IBucket;

  constructor(scope: Construct, id: string, { stage, deployment, ...stackProps }: DataStackProps) {
    super(scope, id, { ...stackProps, terminationProtection: true });
    const key = new kms.Key(this, 'Key', {
      description: 'Votes at rest: stream, queues, database, what could not be delivered',
      enableKeyRotation: true,
    });
    this.accessLogs = createPrivateBucket(this, 'AccessLogs', { expireAfterDays: stage.logRetentionDays });
    allowLogDelivery(this.accessLogs);
    Validations.of(this.accessLogs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds the access logs; logging its own access would never end.',
    });
    this.definitions = createPrivateBucket(this, 'Definitions', { accessLogs: this.accessLogs });
    this.undeliverable = createPrivateBucket(this, 'Undeliverable', { accessLogs: this.accessLogs, key });
    const receiptKeys = new secrets.Secret(this, 'ReceiptKeys', {
      description: 'Ballotstream: private halves of the keys that sign receipts',
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(receiptKeys).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'A new key needs a new definition: the election office rotates it, not a clock.',
    });
    // See `Network` on why a cast.
    this.receiptKeys = receiptKeys as secrets.ISecret;
    this.vpc = new Network(this, 'Network', {
      cidr: stage.vpcCidr,
      availabilityZones: stage.availabilityZones,
      endpointZones: stage.availabilityZones.slice(0, stage.endpointZones),
      logRetentionDays: stage.logRetentionDays,
    }).vpc;
    this.votes = new VoteStream(this, 'Votes', {
      shards: stage.streamShards,
      key,
      writerTimeout: Duration.seconds(stage.writer.timeoutSeconds),
    });
    this.aurora = this.createAurora(stage, key);
    this.database = this.aurora?.votes ?? this.openExternal('Database', deployment);
    this.roll = this.aurora?.roll ?? this.openExternal('Roll', deployment, 'roll');
    this.gate = new DeployGate(this, 'DeployGate', {
      definitions: this.definitions,
      deployment,
      stackNames: `ballotstream-${stage.name}-*`,
      logRetentionDays: stage.logRetentionDays,
    });
    // Everything but itself and what it goes by.
    const before: readonly IConstruct[] = [this.gate, this.definitions, this.accessLogs];
    this.gate.guard(
      this,
      this.node.children.filter((child) => !before.includes(child)),
    );
  }

  private createAurora({ database, rollDatabase, ...stage }: Stage, key: kms.IKey): DataStack['aurora'] {
    if (database.kind === 'external' || rollDatabase.kind === 'external') return null;
    const { availabilityZones, backupDays } = stage;
    const common = { vpc: this.vpc, availabilityZones, backupDays };
    const votes = new VoteDatabase(this, 'Database', { ...common, key, size: database });
    const rollKey = new kms.Key(this, 'RollKey', {
      description:
        'Voters at rest: whoever may decrypt votes need not see who may vote, nor the other way round',
      enableKeyRotation: true,
    });
    const roll = new RollDatabase(this, 'Roll', { ...common, key: rollKey, size: rollDatabase });
    new CfnOutput(this, 'AnalystsHost', {
      description: 'Where analysts log in, as the role analyst with an IAM token',
      value: votes.analystsHost,
    });
    new CfnOutput(this, 'RollHost', {
      description:
        'Where the election office imports the voter roll, as the role registrar with an IAM token',
      value: roll.cluster.clusterEndpoint.hostname,
    });
    return { votes, roll };
  }

  /** @param name of a database beside the one that was given; default: that one */
  private openExternal(id: string, { databaseUrl }: Deployment, name?: string): ExternalDatabase {
    if (databaseUrl === undefined)
      throw new Error(`${this.stackName} needs -c database=postgres://owner:password@host:port/name`);
    const url = new URL(databaseUrl);
    if (name !== undefined) url.pathname = `/${name}`;
    return new ExternalDatabase(this, id, { vpc: this.vpc, url: url.href });
  }
}

/** Lets CloudWatch's log delivery put the distribution's log there (AWS, "Standard logging v2, permissions"). */
function allowLogDelivery(bucket: s3.IBucket): void {
  const { account } = Stack.of(bucket);
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('front/*')],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
}
