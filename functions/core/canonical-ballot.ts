import type { BallotId, ElectionId } from '../../schema/wire/ids.ts';
import type { Selection } from '../../schema/wire/vote.ts';

/** A ballot as one string: contests and choices in code unit order, as JSON. Runs in browsers too. */
export function canonicalBallot(
  election: ElectionId,
  ballotId: BallotId,
  selections: readonly Selection[],
): string {
  const sorted = selections
    .map(({ contest, choices }) => [contest, choices.toSorted()] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return JSON.stringify([election, ballotId, sorted]);
}
