import type { Results } from '../../../schema/wire/results.ts';

/** A screen reader that is told of every second's count says nothing else any more. */
export const announceEveryMs = 30_000;

export interface Announced {
  readonly atMs: number;
  readonly ballots: number;
  readonly status: Results['status'];
}

/**
 * What to say of new results: the present ones when the last word was long enough ago and something has changed,
 * or when the status has; otherwise null. Of the first results nothing is said: the page itself has just been read.
 */
export function nextAnnouncement(
  results: Pick<Results, 'ballots' | 'status'>,
  last: Announced,
  nowMs: number,
): Announced | null {
  const next = { atMs: nowMs, ballots: results.ballots, status: results.status };
  if (results.status !== last.status) return next;
  return results.ballots !== last.ballots && nowMs - last.atMs >= announceEveryMs ? next : null;
}
