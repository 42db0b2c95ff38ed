import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type EventAlarm, eventAlarms, runbookAnchor, type Severity } from '../alarms.ts';

export interface EventNoticesProps {
  readonly topics: Readonly<Record<Severity, sns.ITopic>>;
  /** Of the databases' clusters. */
  readonly clusterArns: readonly string[];
  /** How the names of the stage's stacks begin. */
  readonly stackPrefix: string;
}

/** Calls that take away what keeps or proves votes. Ours are never made in operation. */
const tamperingCalls = [
  'StopLogging',
  'DeleteTrail',
  'UpdateTrail',
  'PutEventSelectors',
  'ScheduleKeyDeletion',
  'DisableKey',
  'PutKeyPolicy',
  'DecreaseStreamRetentionPeriod',
  'DeleteStream',
  'StopStreamEncryption',
  'PurgeQueue',
  'DeleteQueue',
  'DeleteBucketPolicy',
  'DeleteDBCluster',
];

/** Tells people of what happened once and is no number: the event is sent as it is. */
export class EventNotices extends Construct {
  constructor(scope: Construct, id: string, { topics, clusterArns, stackPrefix }: EventNoticesProps) {
    super(scope, id);
    const stacks = Stack.of(this).formatArn({
      service: 'cloudformation',
      resource: 'stack',
      resourceName: stackPrefix,
    });
    const patterns: Record<EventAlarm, events.EventPattern> = {
      'database-failover': {
        source: ['aws.rds'],
        detailType: ['RDS DB Cluster Event'],
        resources: [...clusterArns],
        detail: { EventCategories: ['failover', 'failure'] },
      },
      'deployment-failed': {
        source: ['aws.cloudformation'],
        detailType: ['CloudFormation Stack Status Change'],
        detail: {
          'stack-id': [{ prefix: stacks }],
          'status-details': { status: [{ suffix: '_FAILED' }, { suffix: 'ROLLBACK_IN_PROGRESS' }] },
        },
      },
      'audit-tampering': {
        detailType: ['AWS API Call via CloudTrail'],
        // A deployment may: it is reviewed, and its own notice tells of one that failed.
        detail: {
          eventName: tamperingCalls,
          sourceIPAddress: [{ 'anything-but': 'cloudformation.amazonaws.com' }],
        },
      },
      'root-login': {
        detailType: ['AWS Console Sign In via CloudTrail'],
        detail: { userIdentity: { type: ['Root'] } },
      },
    };
    for (const [name, eventPattern] of Object.entries(patterns) as [EventAlarm, events.EventPattern][]) {
      const { severity, says } = eventAlarms[name];
      const message = events.RuleTargetInput.fromObject({
        alarm: name,
        severity,
        says,
        whatToDo: runbookAnchor(name),
        event: events.EventField.fromPath('$.detail'),
      });
      new events.Rule(this, name, {
        description: `[${severity}] ${says} What to do: ${runbookAnchor(name)}`,
        eventPattern,
        targets: [new SnsTopic(topics[severity], { message })],
      });
    }
  }
}
