import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from './bench-result.ts';
import type { BenchName } from './command-line.ts';
import { describeOutcome, formatFigure, type Goal } from './goals.ts';
import type { Provenance } from './provenance.ts';
import { formatTable } from './table.ts';

/** The last line of `--json`, and what `--save` keeps. */
export interface BenchReport extends Provenance {
  readonly quick: boolean;
  /** Whether every goal of every bench in here is. */
  readonly met: boolean;
  readonly benches: Readonly<
    Partial<Record<BenchName, { readonly figures: unknown; readonly goals: readonly Goal[] }>>
  >;
}

export function buildReport(
  provenance: Provenance,
  quick: boolean,
  results: ReadonlyMap<BenchName, BenchResult>,
): BenchReport {
  const each = [...results];
  const postgresql = each.find(([, result]) => result.postgresql !== null)?.[1].postgresql ?? null;
  return {
    ...provenance,
    versions: { ...provenance.versions, postgresql },
    quick,
    met: each.every(([, { goals }]) => goals.every((goal) => goal.met)),
    benches: Object.fromEntries(each.map(([name, { figures, goals }]) => [name, { figures, goals }])),
  };
}

/** For people: the tables, then goal by goal. */
export function describeBench(name: BenchName, { lines, goals }: BenchResult): string[] {
  const rows = goals.map((goal) => [
    goal.name,
    `${goal.kind} ${goal.goal}`,
    formatFigure(goal.measured),
    describeOutcome(goal),
  ]);
  return ['', name, '', ...lines, '', ...formatTable(['figure', 'goal', 'measured', ''], rows), ''];
}

const resultsFolder = fileURLToPath(new URL('../results', import.meta.url));

/** One file a bench, each with where its figures come from. @returns the files, from here */
export function saveReport(report: BenchReport): string[] {
  mkdirSync(resultsFolder, { recursive: true });
  return Object.entries(report.benches).map(([name, result]) => {
    const file = join(resultsFolder, `bench-${name}.json`);
    const met = result.goals.every((goal) => goal.met);
    writeFileSync(file, `${JSON.stringify({ ...report, met, benches: { [name]: result } }, null, 2)}\n`);
    return relative(process.cwd(), file);
  });
}
