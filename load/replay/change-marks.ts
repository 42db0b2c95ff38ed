import type { DealtBallot, Marks } from './deal-ballots.ts';
import type { PlanContest } from './plan-election.ts';

/**
 * The marks of somebody who votes again with the same pass and has changed their mind everywhere:
 * valid, and never the same as before, so that counting the second instead of the first shows.
 */
export function changeMarks({ station, marks }: DealtBallot, contests: readonly PlanContest[]): Marks[] {
  const changed: Marks[] = [];
  for (const { contest, choices } of marks) {
    const available = contests[contest]?.choices.length ?? 0;
    // All of n choices moved on by one are the same n choices.
    const kept = choices.length === available ? choices.slice(1) : choices;
    if (kept.length > 0) changed.push({ contest, choices: kept.map((choice) => (choice + 1) % available) });
  }
  const first = station.contests[0];
  return marks.length === 0 && first !== undefined ? [{ contest: first.contest, choices: [0] }] : changed;
}
