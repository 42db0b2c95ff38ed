import { LocalError } from '../../lib/local/local-error.ts';
import { benchAnalysts } from './analysts/analysts-bench.ts';
import { benchAuditors } from './auditors/auditors-bench.ts';
import { BenchError } from './bench-error.ts';
import type { BenchInput, BenchResult } from './bench-result.ts';
import { benchColdStart } from './cold-start/cold-start-bench.ts';
import { type BenchName, type BenchOptions, helpText, parseCommandLine } from './command-line.ts';
import { benchIngest } from './ingest/ingest-bench.ts';
import { benchPages } from './pages/pages-bench.ts';
import { describeMachine } from './provenance.ts';
import { buildReport, describeBench, saveReport } from './report.ts';
import { benchReports } from './reports/reports-bench.ts';
import { benchResults } from './results/results-bench.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { benchWriter } from './writer/writer-bench.ts';

const benches: Readonly<Record<BenchName, (input: BenchInput) => Promise<BenchResult>>> = {
  ingest: benchIngest,
  writer: benchWriter,
  results: benchResults,
  reports: benchReports,
  analysts: benchAnalysts,
  auditors: benchAuditors,
  'cold-start': benchColdStart,
  pages: benchPages,
};

/**
 * `npm run bench`.
 * @returns the exit code: see `helpText`
 */
export async function runBenchCommand(args: readonly string[]): Promise<number> {
  try {
    const options = parseCommandLine(args);
    if (options !== null) return await bench(options, args);
    process.stdout.write(helpText);
    return 0;
  } catch (error) {
    if (!(error instanceof BenchError) && !(error instanceof LocalError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    return error.code === 'usage' ? 2 : 1;
  }
}

async function bench(options: BenchOptions, args: readonly string[]): Promise<number> {
  const provenance = describeMachine(args, Date.now());
  // With --json, standard output is for the machine that reads its last line.
  const stream = options.json ? process.stderr : process.stdout;
  const say = (line: string): void => void stream.write(`${line}\n`);
  if (provenance.loadAverage > provenance.machine.cores / 4)
    say(
      `others are using this machine (load ${provenance.loadAverage}): expect the figures to differ from run to run`,
    );
  const results = new Map<BenchName, BenchResult>();
  for (const name of options.benches) {
    const result = await runOne(name, options.quick, say).catch((error: unknown) => {
      if (!options.isAll || !(error instanceof BenchError) || error.code !== 'no-browser') throw error;
      say(`${name}: left out: ${error.message}`);
      return null;
    });
    if (result === null) continue;
    results.set(name, result);
    for (const line of describeBench(name, result)) say(line);
  }
  const report = buildReport(provenance, options.quick, results);
  if (options.save) for (const file of saveReport(report)) say(`written to ${file}`);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.met ? 0 : 1;
}

async function runOne(name: BenchName, quick: boolean, say: BenchInput['say']): Promise<BenchResult> {
  const stage = openStage();
  const release = closeOnSignals(stage);
  try {
    return await benches[name]({ quick, stage, say });
  } finally {
    await stage.close();
    release();
  }
}

/** Ctrl-C: nothing is left behind, and nothing is said about what was not measured to its end. */
function closeOnSignals(stage: Stage): () => void {
  const close = (): void => {
    process.stderr.write('bench: interrupted\n');
    void stage.close().then(() => process.exit(130));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, close);
  return () => {
    for (const signal of signals) process.off(signal, close);
  };
}
