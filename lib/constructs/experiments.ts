import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as fis from 'aws-cdk-lib/aws-fis';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface ExperimentsProps {
  readonly clusterArn: string;
  readonly streamArn: string;
  /** Any of them ends an experiment: it must not cost a vote. */
  readonly stopWhen: readonly cloudwatch.IAlarm[];
}

/**
 * Faults to be injected by hand, with votes being cast: `aws fis start-experiment
 * --experiment-template-id …`. What must hold afterwards is what always must: accepted = recorded +
 * duplicate + quarantined. Lambda's own faults are left out: they need an extension in the function
 * (AWS, "Use the AWS FIS aws:lambda:function actions"), and a crash of ours is tested on one machine.
 */
export class Experiments extends Construct {
  private readonly stopConditions: fis.CfnExperimentTemplate.ExperimentTemplateStopConditionProperty[];

  constructor(scope: Construct, id: string, { clusterArn, streamArn, stopWhen }: ExperimentsProps) {
    super(scope, id);
    this.stopConditions = stopWhen.map(({ alarmArn }) => ({
      source: 'aws:cloudwatch:alarm',
      value: alarmArn,
    }));
    this.createTemplate('Failover', {
      description: 'The database’s writer fails over to a reader',
      actionId: 'aws:rds:failover-db-cluster',
      target: ['Clusters', 'aws:rds:cluster', clusterArn],
      parameters: {},
      permissions: ['rds:FailoverDBCluster', 'rds:DescribeDBClusters'],
    });
    // Half of the calls fail: the others keep the stream's own alarms and the overflow queue apart.
    this.createTemplate('StreamThrottled', {
      description: 'Half of the calls to the stream are refused for five minutes',
      actionId: 'aws:kinesis:stream-provisioned-throughput-exception',
      target: ['KinesisStreams', 'aws:kinesis:stream', streamArn],
      parameters: { duration: 'PT5M', percentage: '50' },
      permissions: ['kinesis:InjectApiError'],
    });
    // All of them: every vote has to take the overflow queue, and none may be refused.
    this.createTemplate('StreamAway', {
      description: 'Every call to the stream is refused for two minutes',
      actionId: 'aws:kinesis:stream-provisioned-throughput-exception',
      target: ['KinesisStreams', 'aws:kinesis:stream', streamArn],
      parameters: { duration: 'PT2M', percentage: '100' },
      permissions: ['kinesis:InjectApiError'],
    });
  }

  private createTemplate(id: string, fault: Fault): void {
    const [targetName, resourceType, resourceArn] = fault.target;
    const role = new iam.Role(this, `${id}Role`, {
      assumedBy: new iam.ServicePrincipal('fis.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(new iam.PolicyStatement({ actions: [...fault.permissions], resources: [resourceArn] }));
    new fis.CfnExperimentTemplate(this, id, {
      description: fault.description,
      roleArn: role.roleArn,
      targets: { [targetName]: { resourceType, resourceArns: [resourceArn], selectionMode: 'ALL' } },
      actions: {
        [id]: {
          actionId: fault.actionId,
          parameters: { ...fault.parameters },
          targets: { [targetName]: targetName },
        },
      },
      stopConditions: this.stopConditions,
      tags: { Name: id },
    });
  }
}

interface Fault {
  readonly description: string;
  readonly actionId: string;
  /** The action's name for its targets, their type, and the one it is. */
  readonly target: readonly [name: string, resourceType: string, arn: string];
  readonly parameters: Readonly<Record<string, string>>;
  readonly permissions: readonly string[];
}
