import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { NumberAlarm } from '../alarms.ts';
import type { Stage } from '../stages.ts';
import type { PipelineAlarms } from './pipeline-alarms.ts';
import { math, type PipelineMetrics } from './pipeline-metrics.ts';

export interface PipelineDashboardProps {
  readonly name: string;
  readonly stage: Stage;
  readonly metrics: PipelineMetrics;
  readonly alarms: PipelineAlarms;
}

const height = 6;
const width = 24;

/** The alarms that answer "are we losing votes?". */
const losing: readonly NumberAlarm[] = [
  'unaccounted',
  'books-unread',
  'quarantine',
  'undeliverable',
  'undeliverable-lost',
  'dead-letters',
  'not-durable',
  'stream-stalled',
  'stream-unreconciled',
];

/** One page that answers, from the top: are we losing votes, are we keeping up, how long is the backlog. */
export class PipelineDashboard extends Construct {
  constructor(scope: Construct, id: string, { name, stage, metrics, alarms }: PipelineDashboardProps) {
    super(scope, id);
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: name,
      defaultInterval: Duration.hours(3),
    });
    const rows = [
      ...losingVotes(metrics, alarms),
      ...keepingUp(metrics),
      ...ratesAndLatency(metrics),
      ...capacity(metrics, stage),
      ...edge(metrics),
    ];
    for (const row of rows) dashboard.addWidgets(...row);
  }
}

type Row = cloudwatch.IWidget[];

function title(text: string): Row {
  return [new cloudwatch.TextWidget({ markdown: `# ${text}`, width, height: 1 })];
}

function graph(heading: string, left: readonly cloudwatch.IMetric[], widgetWidth = 8): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title: heading,
    left: [...left],
    leftYAxis: { min: 0 },
    width: widgetWidth,
    height,
  });
}

function losingVotes(m: PipelineMetrics, alarms: PipelineAlarms): Row[] {
  const present = losing.flatMap((name) => alarms.all.get(name) ?? []);
  const sum = (heading: string, ...shown: cloudwatch.IMetric[]) =>
    // Over all that the page shows: change the time above to see another stretch.
    new cloudwatch.SingleValueWidget({
      title: heading,
      metrics: shown,
      setPeriodToTimeRange: true,
      width: 8,
      height: 4,
    });
  return [
    title('Are we losing votes?'),
    [
      new cloudwatch.AlarmStatusWidget({
        title: 'None of these may be on',
        alarms: present,
        width,
        height: 4,
      }),
    ],
    [
      sum('Came in, was dealt with: equal once drained', m.taken(), m.dealtWith()),
      sum(
        'What became of it',
        m.own('Recorded'),
        m.own('Duplicates'),
        m.own('Quarantined'),
        m.own('Repeated'),
      ),
      sum('Not made durable, given up', m.own('NotDurable'), m.streamMapping('DroppedEventCount')),
    ],
  ];
}

function keepingUp(m: PipelineMetrics): Row[] {
  const lag = m.stream('GetRecords.IteratorAgeMilliseconds', 'Maximum');
  const usingMetrics = { taken: m.taken(), dealt: m.dealtWith(), lag };
  // A vote that waited `lag` was put at the rate of then: the age times the rate is what lies between.
  const backlog = math('lag / 60000 * dealt', { lag, dealt: m.dealtWith() }, 'votes waiting, about');
  // While more comes in than goes out it never drains: nothing is drawn then.
  const drain = math(
    'IF(dealt > taken, lag / 60000 * dealt / (dealt - taken))',
    usingMetrics,
    'minutes until drained at the present rates',
  );
  return [
    title('Are we keeping up?'),
    [
      graph('Votes a minute: in and dealt with', [m.taken(), m.dealtWith()], 12),
      graph('From accepted to recorded, ms', [m.own('RecordAge', 'p50'), m.own('RecordAge', 'p99')], 12),
    ],
    title('How long is the backlog?'),
    [
      graph('Oldest vote in the stream, ms', [lag]),
      graph('Votes waiting', [backlog, m.queue('overflow', 'ApproximateNumberOfMessagesVisible', 'Maximum')]),
      graph('Minutes until drained', [drain]),
    ],
  ];
}

function ratesAndLatency(m: PipelineMetrics): Row[] {
  return [
    title('Rates and latency'),
    [
      graph('Accepted and refused, a minute', [
        m.own('AcceptedByStream'),
        m.own('AcceptedByOverflow'),
        m.own('Refused'),
      ]),
      graph('Ingest behind the load balancer, s', [
        m.targets('ingest', 'TargetResponseTime', 'p50'),
        m.targets('ingest', 'TargetResponseTime', 'p99'),
      ]),
      graph('Failures, %', [m.failureRate('ingest'), m.failureRate('results')]),
    ],
    [
      graph('Results and receipts from the database', [m.own('ResultsServed'), m.own('ReceiptsServed')]),
      graph('Put failures and failed batches', [m.own('PutFailures'), m.own('BatchesFailed')]),
      graph('Replica lag, ms', [m.database('AuroraReplicaLagMaximum', 'Maximum')]),
    ],
  ];
}

/** AWS, "Kinesis quotas". */
const shardRecordsPerMinute = 60_000;

function capacity(m: PipelineMetrics, stage: Stage): Row[] {
  const shards = math(
    `100 * incoming / ${stage.streamShards * shardRecordsPerMinute}`,
    { incoming: m.stream('IncomingRecords') },
    '% of the shards’ records',
  );
  const prepared =
    stage.ingest.kind === 'provisioned-concurrency'
      ? [
          m.lambda('ingest', 'ProvisionedConcurrencyUtilization', 'Maximum'),
          m.lambda('ingest', 'ProvisionedConcurrencySpilloverInvocations'),
        ]
      : [];
  const units = stage.loadBalancerUnits > 0 ? [m.loadBalancer('PeakLCUs', 'Maximum')] : [];
  return [
    title('How much of the capacity is in use?'),
    [
      graph('Ingest: environments', [m.lambda('ingest', 'ConcurrentExecutions', 'Maximum'), ...prepared]),
      graph('Stream', [shards, m.stream('WriteProvisionedThroughputExceeded')]),
      graph('Load balancer: units', [m.loadBalancer('ConsumedLCUs'), ...units]),
    ],
    [
      graph('Database: CPU of the writer, %', [m.database('CPUUtilization', 'Average', 'WRITER')]),
      graph('Proxy: connections', [
        m.proxy('DatabaseConnections', 'Maximum'),
        m.proxy('MaxDatabaseConnectionsAllowed', 'Maximum'),
        m.proxy('DatabaseConnectionsCurrentlySessionPinned', 'Maximum'),
      ]),
      graph('Writer: at once', [
        m.lambda('writer', 'ConcurrentExecutions', 'Maximum'),
        m.lambda('writer', 'Throttles'),
      ]),
    ],
  ];
}

function edge(m: PipelineMetrics): Row[] {
  return [
    title('The edge'),
    [
      graph('Requests', [m.edge('Requests', 'Sum')]),
      graph('5xx, %', [m.edge('5xxErrorRate', 'Average')]),
      graph('Turned away by the firewall', [m.firewall('BlockedRequests')]),
    ],
  ];
}
