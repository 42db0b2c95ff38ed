import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, metricsNamespace, serviceDimension } from '../../functions/core/metrics.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { EdgeStack } from '../stacks/edge-stack.ts';
import type { ServiceStack } from '../stacks/service-stack.ts';
import type { VoteDatabase } from './vote-database.ts';

export interface PipelineMetricsProps {
  readonly data: DataStack;
  readonly aurora: VoteDatabase;
  readonly service: ServiceStack;
  readonly edge: EdgeStack;
}

type Statistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'SampleCount' | 'p50' | 'p99';

/** Every metric that is watched, by the resource that it is about: for alarms and the dashboard alike. */
export class PipelineMetrics {
  private readonly data: DataStack;
  private readonly aurora: VoteDatabase;
  private readonly service: ServiceStack;
  private readonly edgeStack: EdgeStack;

  constructor({ data, aurora, service, edge }: PipelineMetricsProps) {
    this.data = data;
    this.aurora = aurora;
    this.service = service;
    this.edgeStack = edge;
  }

  /** One of ours, of the function that writes it. */
  own(name: MetricName, statistic: Statistic = 'Sum'): Metric {
    const { functionName } = this.service[writtenBy[name]];
    return metric(metricsNamespace, name, { [serviceDimension]: functionName }, statistic);
  }

  /** Of the version that callers call. */
  lambda(
    of: 'ingest' | 'results' | 'writer' | 'maintenance',
    name: string,
    statistic: Statistic = 'Sum',
  ): IMetric {
    return this.service[of].live.metric(name, { statistic, period: aMinute });
  }

  /** Of what issues passes, or fetches identity providers' keys for it. */
  issuing(of: 'live' | 'providers', name: string): IMetric {
    return this.service.issuer[of].metric(name, { statistic: 'Sum', period: aMinute });
  }

  stream(name: string, statistic: Statistic = 'Sum'): Metric {
    return metric('AWS/Kinesis', name, { StreamName: this.data.votes.stream.streamName }, statistic);
  }

  /** What became of the stream's records on their way to the writer. */
  streamMapping(name: string): IMetric {
    return metric('AWS/Lambda', name, { EventSourceMappingUUID: this.service.streamMappingId }, 'Sum');
  }

  queue(of: 'overflow' | 'deadLetters', name: string, statistic: Statistic): Metric {
    return metric('AWS/SQS', name, { QueueName: this.data.votes[of].queueName }, statistic);
  }

  loadBalancer(name: string, statistic: Statistic = 'Sum'): IMetric {
    const { loadBalancer } = this.service.entrance;
    return metric('AWS/ApplicationELB', name, { LoadBalancer: loadBalancer.loadBalancerFullName }, statistic);
  }

  /** Of the requests that went to ingest or to results. */
  targets(of: 'ingest' | 'results', name: string, statistic: Statistic = 'Sum'): IMetric {
    const { entrance } = this.service;
    const group = of === 'ingest' ? entrance.ingestTargets : entrance.resultsTargets;
    const dimensions = {
      LoadBalancer: entrance.loadBalancer.loadBalancerFullName,
      TargetGroup: group.targetGroupFullName,
    };
    return metric('AWS/ApplicationELB', name, dimensions, statistic);
  }

  database(name: string, statistic: Statistic, role?: 'WRITER'): IMetric {
    const cluster = { DBClusterIdentifier: this.aurora.cluster.clusterIdentifier };
    return metric('AWS/RDS', name, role === undefined ? cluster : { ...cluster, Role: role }, statistic);
  }

  proxy(name: string, statistic: Statistic): IMetric {
    return metric('AWS/RDS', name, { ProxyName: this.aurora.proxy.dbProxyName }, statistic);
  }

  edge(name: string, statistic: Statistic): IMetric {
    const { distributionId } = this.edgeStack.front.distribution;
    return metric('AWS/CloudFront', name, { DistributionId: distributionId, Region: 'Global' }, statistic);
  }

  /** All rules of the firewall together. */
  firewall(name: string): IMetric {
    const { metricName } = this.edgeStack.firewall;
    return metric('AWS/WAFV2', name, { WebACL: metricName, Rule: 'ALL' }, 'Sum');
  }

  /** Records that the stream and the overflow queue took: accepted votes, repeats of requests among them. */
  taken(period = aMinute): IMetric {
    const usingMetrics = {
      stream: over(period, this.stream('IncomingRecords')),
      overflow: over(period, this.queue('overflow', 'NumberOfMessagesSent', 'Sum')),
    };
    return math('FILL(stream, 0) + FILL(overflow, 0)', usingMetrics, 'taken by stream and queue', period);
  }

  /** Records that the writer dealt with, whatever became of them. */
  dealtWith(period = aMinute): IMetric {
    const names = ['Recorded', 'Repeated', 'Duplicates', 'Quarantined'] as const;
    const usingMetrics = Object.fromEntries(
      names.map((name) => [name.toLowerCase(), over(period, this.own(name))]),
    );
    const sum = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`);
    return math(sum.join(' + '), usingMetrics, 'recorded, repeated, duplicate or quarantined', period);
  }

  /** Percent of requests that ended in 5xx; below `requestsMin` in a minute one failure says nothing. */
  failureRate(of: 'ingest' | 'results'): IMetric {
    // Ids of its own: two rates may stand in one graph.
    const [failed, requests] = [`${of}Failed`, `${of}Requests`];
    const usingMetrics = {
      [failed]: this.targets(of, 'HTTPCode_Target_5XX_Count'),
      [requests]: this.targets(of, 'RequestCount'),
    };
    const expression = `IF(FILL(${failed}, 0) >= ${failuresMin}, 100 * ${failed} / ${requests}, 0)`;
    return math(expression, usingMetrics, `${of}: % 5xx`);
  }
}

const aMinute = Duration.minutes(1);
/** Failures in a minute below which no rate is made of them: with ten requests, one is 10 %. */
const failuresMin = 3;

/** The same, added up over another stretch of time. */
const over = (period: Duration, one: Metric): IMetric => one.with({ period });

export function math(
  expression: string,
  usingMetrics: Record<string, IMetric>,
  label: string,
  period = aMinute,
): IMetric {
  return new MathExpression({ expression, usingMetrics, label, period });
}

function metric(
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic: Statistic,
): Metric {
  return new Metric({ namespace, metricName, dimensionsMap, statistic, period: aMinute });
}

/** Whose `service` dimension a metric carries. */
const writtenBy: Readonly<Record<MetricName, 'ingest' | 'results' | 'writer' | 'maintenance'>> = {
  AcceptedByStream: 'ingest',
  AcceptedByOverflow: 'ingest',
  Refused: 'ingest',
  NotDurable: 'ingest',
  PutFailures: 'ingest',
  Recorded: 'writer',
  Repeated: 'writer',
  Duplicates: 'writer',
  Quarantined: 'writer',
  BatchesFailed: 'writer',
  RecordAge: 'writer',
  ResultsServed: 'results',
  ReceiptsServed: 'results',
  BallotsInDefaultPartitions: 'maintenance',
  RecordsInQuarantine: 'maintenance',
  Unaccounted: 'maintenance',
  OldestPendingFold: 'maintenance',
  MaintenanceFailures: 'maintenance',
};
