import { type FaultName, faultNames } from './faults.ts';
import { countNames, type SeedReport } from './run-seed.ts';

/** What several runs came to together. */
export interface Summary {
  readonly seeds: number;
  readonly failures: readonly Pick<SeedReport, 'seed' | 'violations'>[];
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, number>>;
  readonly virtualMs: number;
}

export const emptySummary: Summary = {
  seeds: 0,
  failures: [],
  counts: Object.fromEntries(countNames.map((name) => [name, 0])),
  faults: {},
  reasons: {},
  virtualMs: 0,
};

export function summarise({ seed, violations, counts, faults, reasons, virtualMs }: SeedReport): Summary {
  const failures = violations.length > 0 ? [{ seed, violations }] : [];
  return { seeds: 1, failures, counts, faults, reasons, virtualMs };
}

export function addSummaries(a: Summary, b: Summary): Summary {
  return {
    seeds: a.seeds + b.seeds,
    failures: [...a.failures, ...b.failures].sort((one, other) => one.seed - other.seed),
    counts: addCounts(a.counts, b.counts),
    faults: addCounts(a.faults, b.faults),
    reasons: addCounts(a.reasons, b.reasons),
    virtualMs: a.virtualMs + b.virtualMs,
  };
}

type Counts = Readonly<Record<string, number>>;

function addCounts(a: Counts, b: Counts): Counts {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** From this many runs on, a fault that never happened is a fault of the simulation. */
export const seedsEnough = 1_000;

/** What these runs say nothing about, though they should. */
export function missingFrom({ seeds, counts, faults }: Summary): string[] {
  if (seeds < seedsEnough) return [];
  const missingFaults = faultNames.filter((name: FaultName) => (faults[name] ?? 0) === 0);
  return [...missingFaults, ...countNames.filter((name) => (counts[name] ?? 0) === 0)];
}
