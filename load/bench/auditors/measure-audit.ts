import { rmSync } from 'node:fs';
import { BenchError } from '../bench-error.ts';
import type { BenchDatabase } from '../stage/databases.ts';
import type { Stage } from '../stage/stage.ts';
import { runCommand } from './run-command.ts';

/** Those with a row a ballot. */
export const formats = ['csv', 'parquet', 'cvr'] as const;
export type Format = (typeof formats)[number];

export interface CommandSample {
  readonly seconds: number;
  readonly memoryMb: number;
}

export interface ExportSample extends CommandSample {
  /** Written. */
  readonly megabytes: number;
}

export interface FilledElection {
  readonly stage: Stage;
  readonly database: BenchDatabase;
  readonly election: string;
  readonly ballots: number;
}

/** @returns ballots read and summed a second; comparing them comes on top */
export async function recountOnce(
  { stage, database, election, ballots }: FilledElection,
  ...options: string[]
): Promise<number> {
  const place = ['--database-url', database.urlFor('auditor'), '--election', election];
  const { answer } = await runCommand(stage, 'recount', [...place, ...options]);
  const report = answer as { ok: boolean; ballots: number; ballotsPerSecond: number };
  if (!report.ok || report.ballots !== ballots)
    throw new BenchError('wrong-result', `recount: ${report.ballots} ballots of ${ballots}, or a difference`);
  return report.ballotsPerSecond;
}

/** Begins an independent count: reads what is in the tables, and then compares each ballot with it. */
export async function countOnce({
  stage,
  database,
  election,
  ballots,
}: FilledElection): Promise<CommandSample> {
  const place = ['--database-url', database.urlFor('counter'), '--file', stage.file('count.json')];
  const { answer, seconds, memoryMb } = await runCommand(stage, 'count', [...place, '--ballots']);
  const comparison = answer as { ok: boolean; ballots: number };
  if (!comparison.ok || comparison.ballots !== ballots)
    throw new BenchError('wrong-result', `count of ${election}: ${comparison.ballots} of ${ballots} ballots`);
  return { seconds, memoryMb };
}

export async function exportOnce(
  { stage, database, election, ballots }: FilledElection,
  format: Format,
): Promise<ExportSample> {
  const directory = stage.file(`export-${format}`);
  const place = ['--database-url', database.urlFor('auditor'), '--election', election];
  const { answer, seconds, memoryMb } = await runCommand(stage, 'export', [
    ...place,
    ...['--format', format, '--out', directory],
  ]);
  rmSync(directory, { recursive: true });
  const { files } = answer as { files: { rows: number; bytes: number }[] };
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  if (rows !== ballots) throw new BenchError('wrong-result', `${format}: ${rows} ballots of ${ballots}`);
  return { seconds, megabytes: files.reduce((sum, file) => sum + file.bytes, 0) / 1e6, memoryMb };
}
