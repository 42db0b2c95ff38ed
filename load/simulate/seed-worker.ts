import { parentPort } from 'node:worker_threads';
import { runSeed } from './run-seed.ts';
import { addSummaries, emptySummary, type Summary, summarise } from './summary.ts';

/** Seeds from `first` on. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
}

/** Plays a chunk to its first failure: what comes after it changes nothing. */
export async function runChunk({ first, count }: Chunk): Promise<Summary> {
  let summary = emptySummary;
  for (let seed = first; seed < first + count && summary.failures.length === 0; seed++)
    summary = addSummaries(summary, summarise(await runSeed(seed)));
  return summary;
}

// Nobody reads the stacks of errors that are thrown on purpose, tens of thousands of them.
if (parentPort !== null) Error.stackTraceLimit = 0;

parentPort?.on('message', (chunk: Chunk) => {
  void runChunk(chunk).then((summary) => parentPort?.postMessage(summary));
});
