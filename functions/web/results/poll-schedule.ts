/** What became of one request, as far as the next one depends on it. */
export type PollOutcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly retryAfterMs: number | null }
  /** Results that nobody may see before the close. */
  | { readonly kind: 'not-public'; readonly retryAfterMs: number | null };

export interface PollCircumstances {
  readonly outcome: PollOutcome;
  /** In a row, this one among them. */
  readonly failures: number;
  readonly isHidden: boolean;
  /** Complete or certified: nothing more is expected. */
  readonly isFinal: boolean;
  /** While all is well and somebody looks. */
  readonly intervalMs: number;
  /** 0 to 1. */
  readonly random: number;
}

/** While all is well and somebody looks; together less than what the firewall grants a browser (`edgeLimits`). */
export const intervalsMs = {
  results: 1_000,
  /** Of the region that is open. */
  stations: 2_500,
  /** Twice in the time that the edge keeps it. */
  progress: 5_000,
  /** While results are not public: the edge keeps the definition, and no refusal. It tells of an early close. */
  definition: 15_000,
} as const;
/** A tab that nobody looks at; it asks at once when it is looked at again. */
export const hiddenIntervalMs = 30_000;
export const finalIntervalMs = 60_000;
export const backoffMsMax = 30_000;
/** Clocks are set, and elections postponed. */
export const notPublicMsMax = 5 * 60_000;
/** Over so long everybody who waits for the close comes back, not all in the same moment. */
const closeSpreadMs = 5_000;

/** Milliseconds until the next request. Pure. */
export function nextPollMs(circumstances: PollCircumstances): number {
  const { outcome, intervalMs, isHidden, isFinal, random } = circumstances;
  switch (outcome.kind) {
    case 'answered':
      return Math.max(intervalMs, isHidden ? hiddenIntervalMs : 0, isFinal ? finalIntervalMs : 0);
    case 'failed':
      return Math.max(backoffMs(circumstances), isHidden ? hiddenIntervalMs : 0);
    case 'not-public':
      return (
        Math.min(Math.max(outcome.retryAfterMs ?? 0, intervalMs), notPublicMsMax) + random * closeSpreadMs
      );
  }
}

/** Twice as long after each failure, and never all viewers at once; not sooner than the server says. */
function backoffMs({ outcome, failures, intervalMs, random }: PollCircumstances): number {
  const doubled = Math.min(intervalMs * 2 ** Math.min(failures, 20), backoffMsMax);
  const asked = outcome.kind === 'failed' ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(doubled * (0.5 + random / 2), Math.min(asked, backoffMsMax) * (1 + random / 2));
}
