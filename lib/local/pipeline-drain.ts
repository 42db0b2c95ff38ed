import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelinePositions } from './pipeline-positions.ts';

/** How long a stop waits for the writer to catch up, unless told otherwise. */
export const drainMsMax = 30_000;
const pollMs = 100;
const progressMs = 2_000;

export type DrainOptions = {
  /** Default 30 s. */
  readonly withinMs?: number;
  /** Hears every two seconds of what is left. */
  readonly onProgress?: (line: string) => void;
};

/**
 * Waits until everything accepted before the call is recorded.
 *
 * @param ask the writer; it may be just being started again, and then does not answer
 * @returns false when it is not recorded in time
 */
export async function waitUntilDrained(
  ask: (question: string) => Promise<unknown>,
  options: DrainOptions = {},
): Promise<boolean> {
  const { withinMs = drainMsMax, onProgress = () => {} } = options;
  const sinceMs = Date.now();
  let saidMs = sinceMs;
  for (;;) {
    if ((await ask(`drained ${sinceMs}`).catch(() => false)) === true) return true;
    if (Date.now() - sinceMs > withinMs) return false;
    if (Date.now() - saidMs >= progressMs) {
      saidMs = Date.now();
      onProgress(
        await ask('positions').then(
          (value) => describeBacklog(value as PipelinePositions),
          () => 'the writer does not answer',
        ),
      );
    }
    await sleep(pollMs);
  }
}

function describeBacklog({ shards, queue }: PipelinePositions): string {
  const inHand = shards.reduce((sum, shard) => sum + shard.inHand, 0);
  const ageMs = Math.max(0, ...shards.map((shard) => shard.iteratorAgeMs));
  return `draining: ${inHand} records in hand, the oldest ${(ageMs / 1000).toFixed(1)} s old, ${queue.visible + queue.notVisible} in the overflow queue`;
}
