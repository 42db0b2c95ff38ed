import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { NumberAlarm } from '../alarms.ts';
import { AlarmTopics } from '../constructs/alarm-topics.ts';
import { AuditTrail } from '../constructs/audit-trail.ts';
import { EventNotices } from '../constructs/event-notices.ts';
import { Experiments } from '../constructs/experiments.ts';
import { PipelineAlarms } from '../constructs/pipeline-alarms.ts';
import { PipelineDashboard } from '../constructs/pipeline-dashboard.ts';
import { PipelineMetrics } from '../constructs/pipeline-metrics.ts';
import { ServiceCanary } from '../constructs/service-canary.ts';
import { watchedNumbers } from '../constructs/watched-numbers.ts';
import type { Deployment } from '../deployment.ts';
import { operationsSettings } from '../operations-settings.ts';
import type { Stage } from '../stages.ts';
import type { DataStack } from './data-stack.ts';
import type { EdgeStack } from './edge-stack.ts';
import type { ServiceStack } from './service-stack.ts';

export interface OperationsStackProps extends StackProps {
  readonly stage: Stage;
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly service: ServiceStack;
  readonly edge: EdgeStack;
}

/** An experiment that sets off one of these is over: it must not cost a vote. */
const endsExperiments: readonly NumberAlarm[] = [
  'unaccounted',
  'quarantine',
  'undeliverable',
  'dead-letters',
  'not-durable',
];

/** What watches the others, and what breaks them on purpose. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    const { stage, deployment, data, service, edge, ...stackProps } = props;
    super(scope, id, stackProps);
    const { aurora } = data;
    if (stage.name === 'emulator' || aurora === null) throw new Error('an emulator has nothing to watch');
    const name = `ballotstream-${stage.name}`;
    const settings = operationsSettings[stage.name];
    const key = new kms.Key(this, 'Key', {
      description: 'Alarms on their way, and the audit trail',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { topics } = new AlarmTopics(this, 'Topics', {
      key,
      ...(deployment.alarmEmail === undefined ? {} : { email: deployment.alarmEmail }),
    });
    const { distribution } = edge.front;
    const canary = new ServiceCanary(this, 'Canary', {
      name,
      origin: `https://${deployment.domain?.name ?? distribution.distributionDomainName}`,
      accessLogs: data.accessLogs,
    });
    const metrics = new PipelineMetrics({ data, aurora: aurora.votes, service, edge });
    const numbers = watchedNumbers(metrics, stage, canary.failures);
    const alarms = new PipelineAlarms(this, 'Alarms', { prefix: name, numbers, topics });
    const { clusterArn } = aurora.votes.cluster;
    const clusterArns = [clusterArn, aurora.roll.cluster.clusterArn];
    new EventNotices(this, 'Notices', { topics, clusterArns, stackPrefix: `${name}-` });
    new PipelineDashboard(this, 'Overview', { name, stage, metrics, alarms });
    new AuditTrail(this, 'Audit', {
      name,
      key,
      lock: settings.auditLock,
      accessLogs: data.accessLogs,
      written: [data.definitions],
      touched: [data.undeliverable],
    });
    if (settings.experiments) {
      const { streamArn } = data.votes.stream;
      const stopWhen = endsExperiments.map((alarm) => alarms.get(alarm));
      new Experiments(this, 'Experiments', { clusterArn, streamArn, stopWhen });
    }
  }
}
