import type { ContestResult, Suppression, UnitResult } from '../../../schema/wire/results.ts';

/** Part of a whole; null where there is no whole, or it is not known. */
export const shareOf = (part: number | null, whole: number | null | undefined): number | null =>
  part === null || whole === null || whole === undefined || whole <= 0 ? null : part / whole;

export interface ChoiceView {
  readonly id: string;
  readonly name: string;
  readonly party: string | null;
  /** Null: suppressed for privacy, as all of the contest. */
  readonly votes: number | null;
  /** See `shareBase`; null before the first ballot. */
  readonly share: number | null;
  /** Among the `maxSelections` with most votes, and nobody below has as many. Leading, not elected. */
  readonly isLeading: boolean;
}

export interface ContestView {
  readonly id: string;
  readonly name: string;
  readonly maxSelections: number;
  readonly ballots: number;
  readonly votes: number | null;
  readonly undervotes: number | null;
  /** Why there are no votes; null where there are. */
  readonly suppressed: Suppression | null;
  /** With several choices a ballot, shares of votes would say little: they are of ballots then. */
  readonly shareBase: 'votes' | 'ballots';
  /** Most votes first; in ballot order where there are as many. */
  readonly choices: readonly ChoiceView[];
}

/** A contest as it is shown. Pure. */
export function viewContest(contest: ContestResult): ContestView {
  const { maxSelections, ballots, votes, undervotes } = contest;
  const shareBase = maxSelections > 1 ? 'ballots' : 'votes';
  const sorted = [...contest.choices].sort((a, b) => (b.votes ?? 0) - (a.votes ?? 0));
  // The first who is not among the leading; with fewer choices than places all of them lead.
  const beyond = sorted[maxSelections]?.votes ?? 0;
  return {
    id: contest.contest,
    name: contest.name,
    maxSelections,
    ballots,
    votes,
    undervotes,
    suppressed: contest.suppressedForPrivacy ?? null,
    shareBase,
    choices: sorted.map((choice) => ({
      id: choice.choice,
      name: choice.name,
      party: choice.party ?? null,
      votes: choice.votes,
      share: shareOf(choice.votes, shareBase === 'votes' ? votes : ballots),
      isLeading: (choice.votes ?? 0) > beyond,
    })),
  };
}

/** Votes of all contests, null where those of one are suppressed; voters are something else. */
export const votesOf = ({ contests }: Pick<UnitResult, 'contests'>): number | null =>
  contests.reduce<number | null>(
    (sum, { votes }) => (sum === null || votes === null ? null : sum + votes),
    0,
  );
