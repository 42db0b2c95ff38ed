import { setTimeout as sleep } from 'node:timers/promises';
import type { Results } from '../../schema/wire/results.ts';
import type { ElectionApi } from './api-client.ts';

export interface DrainOptions {
  readonly api: ElectionApi;
  /** Votes to wait for. */
  readonly accepted: number;
  /** Without any progress, the wait ends. */
  readonly stallMsMax: number;
  onProgress(accountedFor: number): void;
  readonly signal: AbortSignal;
}

/** Results may be cached for a second; asking more often than this only costs. */
const pollMs = 200;

/**
 * Waits until the results account for every accepted vote.
 * @returns the last results that there were, drained or not; null if there never were any
 */
export async function waitUntilDrained({
  api,
  accepted,
  stallMsMax,
  onProgress,
  signal,
}: DrainOptions): Promise<Results | null> {
  let last: Results | null = null;
  let progressMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const results = await api.results();
    if (results !== null && results.version !== last?.version) progressMs = performance.now();
    last = results ?? last;
    onProgress(last?.version ?? 0);
    if ((last?.version ?? 0) >= accepted || performance.now() - progressMs > stallMsMax) return last;
    await sleep(pollMs, undefined, { signal });
  }
}
