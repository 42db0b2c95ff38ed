import type { MetricName } from '../../functions/core/metrics.ts';
import type { Metrics } from '../../functions/core/ports.ts';

/** Adds up what is counted and keeps what is observed, for looking at. */
export function createCounts() {
  const sums: Partial<Record<MetricName, number>> = {};
  const problems: Record<string, number> = {};
  const observed: [MetricName, number][] = [];
  const state = { flushes: 0 };
  const metrics: Metrics = {
    count(name, by = 1, problem) {
      sums[name] = (sums[name] ?? 0) + by;
      if (problem !== undefined) problems[problem] = (problems[problem] ?? 0) + by;
    },
    observe(name, value) {
      observed.push([name, value]);
    },
    flush() {
      state.flushes++;
    },
  };
  return { ...metrics, sums, problems, observed, state };
}
