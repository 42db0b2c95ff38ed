import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface VoteStreamProps {
  readonly shards: number;
  readonly key: kms.IKey;
  /** Of the function that reads the overflow queue. */
  readonly writerTimeout: Duration;
}

/** What AWS asks for between a queue and its function: room for retries when Lambda is throttled. */
const visibilityTimeouts = 6;
/** How long an outage of the database may last before a vote is in danger. */
const retention = Duration.days(7);
/** SQS's longest. */
const queueRetention = Duration.days(14);
/**
 * SQS's most. The writer diverts what it cannot count itself, so a message fails only while the
 * database is away: that must not move votes to where somebody has to fetch them back by hand.
 */
const receivesMax = 1_000;

/** Where accepted votes are durable: the stream, and the queue for when the stream does not take them. */
export class VoteStream extends Construct {
  readonly stream: kinesis.Stream;
  readonly overflow: sqs.Queue;
  readonly deadLetters: sqs.Queue;
  private readonly key: kms.IKey;

  constructor(scope: Construct, id: string, props: VoteStreamProps) {
    super(scope, id);
    this.key = props.key;
    this.stream = new kinesis.Stream(this, 'Ballots', {
      streamMode: kinesis.StreamMode.PROVISIONED,
      shardCount: props.shards,
      retentionPeriod: retention,
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: props.key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.stream).acknowledge({
      id: 'AwsSolutions-KDS3',
      reason: 'A key of our own: who may read votes is said in one place, for stream, queues and database.',
    });
    const queueProps = {
      retentionPeriod: queueRetention,
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      // Without it, every send at the peak would be a call to KMS.
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', queueProps);
    this.overflow = new sqs.Queue(this, 'Overflow', {
      ...queueProps,
      visibilityTimeout: Duration.seconds(visibilityTimeouts * props.writerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: receivesMax },
    });
  }

  /** Lets `grantee` put votes into both, and nothing else. */
  grantPut(grantee: iam.IGrantable): void {
    const allow = (actions: string[], resource: string) =>
      iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [resource] }).assertSuccess();
    allow(['kinesis:PutRecords'], this.stream.streamArn);
    allow(['sqs:SendMessage'], this.overflow.queueArn);
    // SQS asks for both of whoever sends (AWS, "SQS key management").
    allow(['kms:GenerateDataKey', 'kms:Decrypt'], this.key.keyArn);
  }
}
