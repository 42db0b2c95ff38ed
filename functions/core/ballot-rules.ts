import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { Selection } from '../../schema/wire/vote.ts';
import type { Election, Station } from './election.ts';

export type BallotFault = Extract<
  ProblemCode,
  | 'unknown-contest'
  | 'contest-not-on-ballot'
  | 'contest-twice'
  | 'unknown-choice'
  | 'choice-twice'
  | 'too-many-selections'
>;

/**
 * What makes these selections no valid ballot of this station, or null. An undervote, down to a
 * blank ballot, is valid; an overvote is not.
 */
export function findBallotFault(
  election: Election,
  station: Station,
  selections: readonly Selection[],
): BallotFault | null {
  const answered = new Set<string>();
  for (const selection of selections) {
    if (answered.has(selection.contest)) return 'contest-twice';
    answered.add(selection.contest);
    const fault = findSelectionFault(election, station, selection);
    if (fault !== null) return fault;
  }
  return null;
}

function findSelectionFault(
  election: Election,
  station: Station,
  { contest, choices }: Selection,
): BallotFault | null {
  const rules = election.contests.get(contest);
  if (rules === undefined) return 'unknown-contest';
  if (!station.contests.has(contest)) return 'contest-not-on-ballot';
  for (const choice of choices) {
    if (!rules.choices.has(choice)) return 'unknown-choice';
  }
  if (new Set(choices).size !== choices.length) return 'choice-twice';
  return choices.length > rules.contest.maxSelections ? 'too-many-selections' : null;
}
