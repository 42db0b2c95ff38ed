import type { Metrics } from '../../functions/core/ports.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What everything in one run shares. */
export interface World {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: Faults;
  /** A line of the trace; the words are only put together when somebody reads them. */
  readonly say: (words: () => string) => void;
  /** What must never happen, seen where it happened. */
  readonly violate: (violation: string) => void;
}

/** From when until when something is away altogether. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
}

export const isAway = (outages: readonly Outage[], nowMs: number): boolean =>
  outages.some(({ fromMs, untilMs }) => nowMs >= fromMs && nowMs < untilMs);

/** The functions count; the audit looks for itself. */
export const noMetrics: Metrics = { count() {}, observe() {}, flush() {} };

/** As the functions' own: a name, never a message. */
export const describeError = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
