import { loadavg } from 'node:os';
import { LocalError } from '../../lib/local/local-error.ts';
import { formatTable } from '../bench/table.ts';
import { allDrills } from './all-drills.ts';
import { type CommandLine, helpText, parseCommandLine } from './command-line.ts';
import { DrillError } from './drill-error.ts';
import { type DrillResult, runDrill } from './run-drill.ts';

/**
 * `npm run drill`.
 * @returns the exit code: see `helpText`
 */
export async function runDrillCommand(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(args, Math.floor(Math.random() * 2 ** 32));
    if (command === 'help') process.stdout.write(helpText);
    else if (command === 'list') process.stdout.write(listDrills());
    else return await runAll(command, stopOnSignals());
    return 0;
  } catch (error) {
    if (!(error instanceof DrillError) && !(error instanceof LocalError)) throw error;
    process.stderr.write(`drill: ${error.message}\n`);
    return 1;
  }
}

function listDrills(): string {
  return allDrills
    .map(({ name, title, inAll }) => `${name.padEnd(22)} ${title}${inAll === false ? ' (not in all)' : ''}\n`)
    .join('');
}

async function runAll(command: CommandLine, signal: AbortSignal): Promise<number> {
  // With --json, standard output is for the machine that reads it.
  const stream = command.json ? process.stderr : process.stdout;
  const say = (line: string): void => void stream.write(`${line}\n`);
  const beganMs = performance.now();
  const results: DrillResult[] = [];
  const broken: string[] = [];
  let skipped = 0;
  for (const drill of command.drills) {
    signal.throwIfAborted();
    say(`\n${drill.name} (seed ${command.seed}): ${drill.title}`);
    try {
      const result = await runDrill(drill, { ...command, signal, say });
      results.push(result);
      for (const problem of result.problems) say(`  NOT OK    ${problem}`);
      if (command.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof DrillError && error.code === 'not-here') {
        skipped += 1;
        say(`  SKIPPED   ${error.message}`);
        continue;
      }
      broken.push(drill.name);
      say(`  NOT OK    it could not be carried out: ${describe(error)}`);
    }
  }
  for (const line of describeResults(results, skipped, (performance.now() - beganMs) / 1000)) say(line);
  if (broken.length > 0) say(`NOT OK: ${broken.join(', ')} could not be carried out`);
  return results.length > 0 && broken.length === 0 && results.every(({ ok }) => ok) ? 0 : 1;
}

function describeResults(results: readonly DrillResult[], skipped: number, seconds: number): string[] {
  const sum = (of: (result: DrillResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const rows = results.map((result) => [
    result.drill,
    ...[
      result.acked,
      result.lost,
      result.doubleCounted,
      result.unexplained,
      result.refused,
      result.retried,
    ].map(String),
    result.recoverySeconds === null ? '-' : result.recoverySeconds.toFixed(1),
    String(result.acceptMs.p99),
    result.ok ? 'ok' : 'NOT OK',
  ]);
  const head = [
    'drill',
    'acked',
    'lost',
    'double',
    'unexplained',
    'refused',
    'retried',
    'recovery s',
    'p99 ms',
    '',
  ];
  return [
    '',
    ...formatTable(head, rows),
    '',
    `${results.length} drills in ${seconds.toFixed(0)} s: ${sum(({ acked }) => acked)} votes accepted, ${sum(({ lost }) => lost)} lost, ${sum(({ doubleCounted }) => doubleCounted)} counted twice, ${sum(({ unexplained }) => unexplained)} unexplained${skipped > 0 ? `; ${skipped} SKIPPED` : ''} (load average ${(loadavg()[0] ?? 0).toFixed(1)})`,
  ];
}

function stopOnSignals(): AbortSignal {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new DrillError('interrupted', 'interrupted: nothing was checked'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return interrupt.signal;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
