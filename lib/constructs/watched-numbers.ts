import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { NumberAlarm } from '../alarms.ts';
import type { Stage } from '../stages.ts';
import { math, type PipelineMetrics } from './pipeline-metrics.ts';

/** Null: this stage has nothing to watch there. */
type WatchedNumbers = Readonly<Record<NumberAlarm, IMetric | null>>;

const aDay = Duration.days(1);
/** Free local storage below which an instance is in trouble: sorts and logs go there. */
const localStorageBytesMin = 10 * 1024 ** 3;

/**
 * What each alarm looks at.
 * @param canaryFailures percent of the canary's runs that failed
 */
export function watchedNumbers(
  metrics: PipelineMetrics,
  stage: Stage,
  canaryFailures: IMetric,
): WatchedNumbers {
  return {
    ...countedVotes(metrics),
    ...lateVotes(metrics),
    ...refusedVotes(metrics, stage),
    ...foundations(metrics, stage),
    canary: canaryFailures,
  };
}

function countedVotes(m: PipelineMetrics) {
  return {
    unaccounted: m.own('Unaccounted', 'Maximum'),
    'books-unread': math(
      'IF(FILL(books, 0) > 0, 0, 1)',
      { books: m.own('Unaccounted', 'SampleCount') },
      'unread',
    ),
    // Deliveries that were repeated are dealt with twice: only too few says something.
    'stream-unreconciled': math(
      'taken - dealt',
      { taken: m.taken(aDay), dealt: m.dealtWith(aDay) },
      'missing',
      aDay,
    ),
    quarantine: m.own('Quarantined'),
    undeliverable: math(
      'FILL(delivered, 0) + FILL(dropped, 0)',
      {
        delivered: m.streamMapping('OnFailureDestinationDeliveredEventCount'),
        dropped: m.streamMapping('DroppedEventCount'),
      },
      'given up',
    ),
    'undeliverable-lost': m.lambda('writer', 'DestinationDeliveryFailures'),
    'dead-letters': m.queue('deadLetters', 'ApproximateNumberOfMessagesVisible', 'Maximum'),
  } satisfies Partial<WatchedNumbers>;
}

function lateVotes(m: PipelineMetrics) {
  const lag = m.stream('GetRecords.IteratorAgeMilliseconds', 'Maximum');
  return {
    'stream-stalled': math(
      'IF(FILL(incoming, 0) > 0 AND dealt == 0, 1, 0)',
      { incoming: m.stream('IncomingRecords'), dealt: m.dealtWith() },
      'stalled',
    ),
    'stream-lag': lag,
    'stream-lag-severe': lag,
    'overflow-in-use': m.queue('overflow', 'NumberOfMessagesSent', 'Sum'),
    'overflow-lag': m.queue('overflow', 'ApproximateAgeOfOldestMessage', 'Maximum'),
    'writer-failing': math(
      'FILL(errors, 0) + FILL(failed, 0)',
      { errors: m.lambda('writer', 'Errors'), failed: m.own('BatchesFailed') },
      'failed batches',
    ),
    'writer-throttled': m.lambda('writer', 'Throttles'),
    'default-partition': m.own('BallotsInDefaultPartitions', 'Maximum'),
    'fold-late': m.own('OldestPendingFold', 'Maximum'),
    'maintenance-failing': math(
      'FILL(errors, 0) + FILL(failures, 0)',
      { errors: m.lambda('maintenance', 'Errors'), failures: m.own('MaintenanceFailures') },
      'failed steps',
    ),
  } satisfies Partial<WatchedNumbers>;
}

function refusedVotes(m: PipelineMetrics, { ingest, loadBalancerUnits }: Stage) {
  return {
    'not-durable': m.own('NotDurable'),
    'ingest-errors': m.failureRate('ingest'),
    'ingest-failing': m.lambda('ingest', 'Errors'),
    'ingest-throttled': m.lambda('ingest', 'Throttles'),
    'ingest-spillover':
      ingest.kind === 'provisioned-concurrency'
        ? m.lambda('ingest', 'ProvisionedConcurrencySpilloverInvocations')
        : null,
    'stream-throttled': m.stream('WriteProvisionedThroughputExceeded'),
    'put-failures': m.own('PutFailures'),
    'load-balancer-errors': m.loadBalancer('HTTPCode_ELB_5XX_Count'),
    'load-balancer-full': m.loadBalancer('RejectedConnectionCount'),
    'load-balancer-units':
      loadBalancerUnits > 0
        ? math(
            `100 * used / ${loadBalancerUnits}`,
            { used: m.loadBalancer('PeakLCUs', 'Maximum') },
            '% in use',
          )
        : null,
    'edge-errors': m.edge('5xxErrorRate', 'Average'),
    'edge-blocking': math(
      '100 * FILL(blocked, 0) / (FILL(blocked, 0) + allowed)',
      { blocked: m.firewall('BlockedRequests'), allowed: m.firewall('AllowedRequests') },
      '% blocked',
    ),
  } satisfies Partial<WatchedNumbers>;
}

function foundations(m: PipelineMetrics, { database }: Stage) {
  const isServerless = database.kind === 'serverless';
  return {
    'database-cpu': m.database('CPUUtilization', 'Average', 'WRITER'),
    'database-memory': isServerless ? m.database('ACUUtilization', 'Maximum') : null,
    'database-connections': math(
      '100 * used / allowed',
      {
        used: m.proxy('DatabaseConnections', 'Maximum'),
        allowed: m.proxy('MaxDatabaseConnectionsAllowed', 'Maximum'),
      },
      '% of connections',
    ),
    'database-deadlocks': m.database('Deadlocks', 'Average', 'WRITER'),
    'database-transaction-ids': m.database('MaximumUsedTransactionIDs', 'Maximum'),
    // Serverless instances grow theirs with their capacity and do not report it (AWS, "Aurora metrics").
    'database-local-storage': isServerless
      ? null
      : math(
          `IF(free < ${localStorageBytesMin}, 1, 0)`,
          { free: m.database('FreeLocalStorage', 'Minimum') },
          'full',
        ),
    'replica-lag': m.database('AuroraReplicaLagMaximum', 'Maximum'),
    'proxy-pinning': m.proxy('DatabaseConnectionsCurrentlySessionPinned', 'Maximum'),
    'proxy-waiting': m.proxy('DatabaseConnectionsBorrowLatency', 'Average'),
    'results-errors': m.failureRate('results'),
    'issuer-failing': m.issuing('live', 'Errors'),
    'provider-keys-failing': m.issuing('providers', 'Errors'),
  } satisfies Partial<WatchedNumbers>;
}
