import { availableParallelism } from 'node:os';
import { LocalError } from '../../lib/local/local-error.ts';
import { helpText, parseCommandLine, type ReplayOptions } from './command-line.ts';
import { openPipeline } from './open-pipeline.ts';
import { createProgress } from './progress.ts';
import { exitCodeOf, ReplayError } from './replay-error.ts';
import { describeReplay } from './report.ts';
import { runReplay } from './run-replay.ts';

/**
 * `npm run replay`.
 * @returns the exit code: see `helpText`
 */
export async function runReplayCommand(args: readonly string[]): Promise<number> {
  // Passes are minted on libuv's threads, of which there are four where nothing else is said.
  process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, availableParallelism()));
  try {
    const options = parseCommandLine(args);
    if (options !== null) return await replay(options, stopOnSignals());
    process.stdout.write(helpText);
    return 0;
  } catch (error) {
    if (!(error instanceof ReplayError) && !(error instanceof LocalError)) throw error;
    process.stderr.write(`replay: ${error.message}\n`);
    return error instanceof ReplayError ? exitCodeOf(error) : 1;
  }
}

async function replay(options: ReplayOptions, signal: AbortSignal): Promise<number> {
  // With --json, standard output is for the machine that reads its last line.
  const stream = options.json ? process.stderr : process.stdout;
  const progress = createProgress({
    stream,
    isTerminal: stream.isTTY === true,
    columns: stream.columns || 80,
  });
  const { ok, figures, context } = await runReplay({
    options,
    progress,
    signal,
    openPipeline: (workDir) => openPipeline(options, workDir, progress),
  });
  for (const line of describeReplay(figures, context)) progress.say(line);
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  return ok ? 0 : 1;
}

function stopOnSignals(): AbortSignal {
  const interrupt = new AbortController();
  const stop = (): void =>
    interrupt.abort(new ReplayError('interrupted', 'interrupted: nothing was compared'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return interrupt.signal;
}
