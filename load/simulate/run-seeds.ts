import { Worker } from 'node:worker_threads';
import type { Chunk } from './seed-worker.ts';
import { addSummaries, emptySummary, type Summary } from './summary.ts';

/** Small enough that a failure stops the others soon, large enough that handing them out costs nothing. */
const chunkSeeds = 25;

/**
 * Plays `count` seeds from `first` on, on several threads, until one fails. Chunks are handed out in
 * order and every one that was is finished, so the lowest failing seed is found however many threads
 * there are.
 * @throws whatever a thread throws, and Error if not every run was played: faults of the simulation itself
 */
export async function runSeeds(first: number, count: number, threads: number): Promise<Summary> {
  const end = first + count;
  let next = first;
  let summary = emptySummary;

  async function work(): Promise<void> {
    const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), {
      // A run's garbage dies young: with room for several runs, hardly any of it is ever looked at.
      resourceLimits: { maxYoungGenerationSizeMb: 128 },
    });
    try {
      while (next < end && summary.failures.length === 0) {
        const chunk: Chunk = { first: next, count: Math.min(chunkSeeds, end - next) };
        next += chunk.count;
        const played = await runOn(worker, chunk);
        summary = addSummaries(summary, played);
      }
    } finally {
      await worker.terminate();
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, Math.ceil(count / chunkSeeds)) }, work));
  if (summary.failures.length === 0 && summary.seeds !== count)
    throw new Error(`${summary.seeds} of ${count} runs were played`);
  return summary;
}

function runOn(worker: Worker, chunk: Chunk): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const onMessage = (summary: Summary): void => {
      worker.off('error', onError).off('exit', onExit);
      resolve(summary);
    };
    const onError = (error: unknown): void =>
      reject(error instanceof Error ? error : new Error(String(error)));
    const onExit = (): void => reject(new Error('a thread ended before its work did'));
    worker.once('message', onMessage).once('error', onError).once('exit', onExit);
    worker.postMessage(chunk);
  });
}
