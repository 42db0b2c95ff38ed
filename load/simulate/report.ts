import type { SeedReport } from './run-seed.ts';
import { missingFrom, type Summary } from './summary.ts';

/** What `--json` prints of many runs. */
export interface SimulationReport {
  readonly ok: boolean;
  readonly seeds: number;
  readonly first: number;
  /** The lowest one that failed. */
  readonly failingSeed: number | null;
  readonly violations: readonly string[];
  /** What the simulation should have met in so many runs, and did not. */
  readonly missing: readonly string[];
  readonly seconds: number;
  readonly threads: number;
  readonly virtualHours: number;
  readonly counts: Summary['counts'];
  readonly reasons: Summary['reasons'];
  readonly faults: Summary['faults'];
}

export interface Circumstances {
  readonly first: number;
  readonly threads: number;
  readonly ms: number;
}

export function buildReport(summary: Summary, { first, threads, ms }: Circumstances): SimulationReport {
  const [failure] = summary.failures;
  const missing = failure === undefined ? missingFrom(summary) : [];
  return {
    ok: failure === undefined && missing.length === 0,
    seeds: summary.seeds,
    first,
    failingSeed: failure?.seed ?? null,
    violations: failure?.violations ?? [],
    missing,
    seconds: Math.round(ms / 100) / 10,
    threads,
    virtualHours: Math.round(summary.virtualMs / 360_000) / 10,
    counts: summary.counts,
    reasons: summary.reasons,
    faults: summary.faults,
  };
}

const number = (value: number | undefined): string => (value ?? 0).toLocaleString('en');

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ');

export function describeReport(report: SimulationReport): string[] {
  const { counts } = report;
  const lines = [
    `${number(report.seeds)} runs from seed ${report.first} in ${report.seconds} s on ${report.threads} threads, ${number(report.virtualHours)} hours of virtual time`,
    `votes   ${number(counts['cast'])} cast, ${number(counts['acknowledged'])} acknowledged, ${number(counts['overflowed'])} entries in the queue, ${number(counts['repeated'])} repeated deliveries`,
    `fates   accepted ${number(counts['accepted'])} = ${number(counts['recorded'])} recorded + ${number(counts['duplicates'])} duplicate + ${number(counts['quarantined'])} quarantined (${list(report.reasons)})`,
    `faults  ${list(report.faults)}, reshards ${number(counts['reshards'])}`,
  ];
  if (report.missing.length > 0)
    lines.push(`FAILED  never happened, so nothing is known about it: ${report.missing.join(', ')}`);
  if (report.failingSeed !== null) {
    lines.push(...report.violations.map((violation) => `FAILED  seed ${report.failingSeed}: ${violation}`));
    lines.push(`step by step: npm run simulate -- --seed ${report.failingSeed}`);
  }
  if (report.ok) lines.push('ok      everything held in every run');
  return lines;
}

export function describeSeed({ seed, counts, violations, faults }: SeedReport): string[] {
  return [
    '',
    `seed ${seed}: ${counts.cast} cast, ${counts.acknowledged} acknowledged, accepted ${counts.accepted} = ${counts.recorded} recorded + ${counts.duplicates} duplicate + ${counts.quarantined} quarantined`,
    `faults  ${list(faults)}`,
    ...(violations.length === 0
      ? ['ok      everything held']
      : violations.map((violation) => `FAILED  ${violation}`)),
  ];
}
