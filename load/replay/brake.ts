import type { ReceiptSampler } from './sample-receipts.ts';

/** Keeps a closed loop from running the stream ahead of the writer by more than a moment. */
export interface Brake {
  /** False while an accepted vote has waited too long for its record. */
  mayCast(nowMs: number): boolean;
  /** How long it was false, in all. */
  pausedMs(): number;
}

/** @param lagMsMax Infinity never brakes. */
export function createBrake(lagMsMax: number, sampler: Pick<ReceiptSampler, 'lagMs'>): Brake {
  let pausedMs = 0;
  let pausedSinceMs: number | null = null;
  return {
    mayCast(nowMs) {
      const isLate = sampler.lagMs(nowMs) >= lagMsMax;
      if (isLate) pausedSinceMs ??= nowMs;
      else if (pausedSinceMs !== null) {
        pausedMs += nowMs - pausedSinceMs;
        pausedSinceMs = null;
      }
      return !isLate;
    },
    pausedMs: () => pausedMs,
  };
}
