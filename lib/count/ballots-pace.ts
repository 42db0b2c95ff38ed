/** Five million ballots take some 11 s of one core, in which half of what the stream brings has to wait. */
const timesPauseMin = 19;
const pauseMsMin = 60_000;

/**
 * When each ballot is to be compared again while a count follows the stream: for a twentieth of the time, so that
 * following is at most so much slower, and not more often than once a minute. Pure.
 */
export interface BallotsPace {
  isDue(nowMs: number): boolean;
  note(beganMs: number, endedMs: number): void;
}

export function createBallotsPace(startedMs: number): BallotsPace {
  let dueMs = startedMs + pauseMsMin;
  return {
    isDue: (nowMs) => nowMs >= dueMs,
    note(beganMs, endedMs) {
      dueMs = endedMs + Math.max(pauseMsMin, (endedMs - beganMs) * timesPauseMin);
    },
  };
}
