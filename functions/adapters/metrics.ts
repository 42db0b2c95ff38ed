import { Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import { type MetricName, metricsNamespace, metricUnits, problemDimension } from '../core/metrics.ts';
import type { Clock, Metrics } from '../core/ports.ts';

export interface MetricsOptions {
  /**
   * `AWS_LAMBDA_FUNCTION_NAME`: set by Lambda, and nowhere else. Without it there is nobody who would
   * read the lines, and none are written.
   */
  readonly functionName: string | undefined;
  readonly clock: Clock;
}

/**
 * How long counts come together before they are written by themselves. At 250,000 votes a second a
 * line a vote (400 B) would be 360 GB an hour, $180 at $0.50/GB (AWS, "CloudWatch pricing"); 25,000
 * environments that write one every ten seconds make 3.6 GB.
 */
const flushEveryMs = 10_000;
/** For what somebody must hear of: with the first one, then at most once a second. */
const urgentEveryMs = 1_000;
/** Below the hundred that one line may carry of a metric (CloudWatch, "Embedded metric format"). */
const valuesKeptMax = 99;
const urgent: ReadonlySet<MetricName> = new Set(['NotDurable', 'AcceptedByOverflow']);

/**
 * Metrics as lines in CloudWatch's embedded format on standard output. Counts are written when
 * somebody counts after the interval, or asks: Lambda freezes an environment between requests, so a
 * timer would not run, and without an extension none hears of its end. What an environment counted
 * since its last line is lost with it.
 */
export function createMetrics({ functionName, clock }: MetricsOptions): Metrics {
  if (functionName === undefined) return silent;
  const counters = new Map<MetricName, number>();
  const refusals = new Map<ProblemCode, number>();
  const values: [MetricName, number][] = [];
  let writtenAtMs = clock();
  let urgentAtMs = Number.NEGATIVE_INFINITY;

  function flush(): void {
    writtenAtMs = clock();
    writeLines(functionName ?? '', counters, refusals, values);
    counters.clear();
    refusals.clear();
    values.length = 0;
  }

  return {
    count(name, by = 1, problem) {
      counters.set(name, (counters.get(name) ?? 0) + by);
      if (problem !== undefined) refusals.set(problem, (refusals.get(problem) ?? 0) + by);
      const nowMs = clock();
      const isUrgent = urgent.has(name) && nowMs - urgentAtMs >= urgentEveryMs;
      if (isUrgent) urgentAtMs = nowMs;
      if (isUrgent || nowMs - writtenAtMs >= flushEveryMs) flush();
    },
    observe(name, value) {
      if (Number.isFinite(value)) values.push([name, value]);
      if (values.length >= valuesKeptMax) flush();
    },
    flush,
  };
}

const silent: Metrics = { count() {}, observe() {}, flush() {} };

function writeLines(
  functionName: string,
  counters: ReadonlyMap<MetricName, number>,
  refusals: ReadonlyMap<ProblemCode, number>,
  values: readonly [MetricName, number][],
): void {
  if (counters.size + values.length === 0) return;
  const line = new Powertools({ namespace: metricsNamespace, serviceName: functionName });
  for (const [name, sum] of counters) line.addMetric(name, metricUnits[name], sum);
  for (const [name, value] of values) line.addMetric(name, metricUnits[name], value);
  line.publishStoredMetrics();
  for (const [problem, sum] of refusals)
    line
      .addDimension(problemDimension, problem)
      .addMetric('Refused', metricUnits.Refused, sum)
      .publishStoredMetrics();
}
