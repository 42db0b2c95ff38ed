import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './database-probe.ts';

/** How many voters were recorded when, seen from outside; nothing while the database cannot be asked. */
export interface Monitor {
  readonly samples: readonly Sample[];
  /** Ends the sampling with one last look. */
  stop(): Promise<void>;
}

export interface Sample {
  readonly atMs: number;
  readonly recorded: number;
  readonly acked: number;
}

const everyMs = 150;

export function startMonitor(databaseUrl: () => string, acked: () => number): Monitor {
  const samples: Sample[] = [];
  let stopping = false;
  const look = async (): Promise<void> => {
    const ackedNow = acked();
    const rows = await ask<{ recorded: number }>(
      databaseUrl(),
      'select count(*)::integer as recorded from participation',
    ).catch(() => []);
    const [row] = rows;
    if (row !== undefined) samples.push({ atMs: performance.now(), recorded: row.recorded, acked: ackedNow });
  };
  const run = async (): Promise<void> => {
    while (!stopping) {
      await look();
      await sleep(everyMs);
    }
  };
  const running = run();
  return {
    samples,
    async stop() {
      stopping = true;
      await running;
      await look();
    },
  };
}

/** Seconds from `sinceMs` until that many were recorded; null when it was never seen. */
export function secondsUntilRecorded(
  samples: readonly Sample[],
  sinceMs: number,
  recorded: number,
): number | null {
  const reached = samples.find((sample) => sample.atMs >= sinceMs && sample.recorded >= recorded);
  return reached === undefined ? null : (reached.atMs - sinceMs) / 1000;
}

/** Seconds from `sinceMs` until recording was first seen to go on; null when it was not. */
export function secondsUntilRecording(samples: readonly Sample[], sinceMs: number): number | null {
  const before = samples.findLast((sample) => sample.atMs < sinceMs)?.recorded ?? 0;
  return secondsUntilRecorded(samples, sinceMs, before + 1);
}

/** The most voters that had a receipt and were not recorded, at any look. */
export function largestBacklog(samples: readonly Sample[]): number {
  return Math.max(0, ...samples.map((sample) => sample.acked - sample.recorded));
}
