import { CapacityError } from '../../lib/capacity/input.ts';
import { describePeak } from './capacity/describe-peak.ts';
import { type Peak, playPeak } from './capacity/play-peak.ts';
import { helpText, parseCommandLine, type SimulateCommand } from './command-line.ts';
import { buildReport, describeReport, describeSeed } from './report.ts';
import { runSeed } from './run-seed.ts';
import { runSeeds } from './run-seeds.ts';
import { SimulateError } from './simulate-error.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * `npm run simulate`.
 * @returns the exit code: see `helpText`
 */
export async function runSimulateCommand(args: readonly string[]): Promise<number> {
  try {
    return await carryOut(parseCommandLine(args));
  } catch (error) {
    if (!(error instanceof SimulateError) && !(error instanceof CapacityError)) throw error;
    process.stderr.write(`simulate: ${error.message}\n`);
    return 1;
  }
}

async function carryOut(command: SimulateCommand): Promise<number> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(helpText);
      return 0;
    case 'seed':
      return playOne(command.seed, command.json);
    case 'seeds':
      return playMany(command);
    case 'capacity':
      return playCapacity(command.peak, command.json);
  }
}

function playCapacity(peak: Peak, json: boolean): number {
  const report = playPeak(peak);
  if (json) print(JSON.stringify(report));
  else for (const line of describePeak(report)) print(line);
  return report.ok ? 0 : 1;
}

async function playOne(seed: number, json: boolean): Promise<number> {
  const report = await runSeed(seed, json ? undefined : print);
  const ok = report.violations.length === 0;
  if (json) print(JSON.stringify({ ok, ...report }));
  else for (const line of describeSeed(report)) print(line);
  return ok ? 0 : 1;
}

async function playMany(command: Extract<SimulateCommand, { kind: 'seeds' }>): Promise<number> {
  const { first, seeds, threads, json } = command;
  const startedMs = performance.now();
  const summary = await runSeeds(first, seeds, threads);
  const report = buildReport(summary, { first, threads, ms: performance.now() - startedMs });
  if (json) print(JSON.stringify(report));
  else for (const line of describeReport(report)) print(line);
  return report.ok ? 0 : 1;
}
