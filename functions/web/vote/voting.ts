import type { Contest, Definition } from '../../../schema/wire/definition.ts';
import type { ChoiceId, ContestId } from '../../../schema/wire/ids.ts';
import type { PassRequest } from '../../../schema/wire/passes.ts';
import type { Accepted } from '../../../schema/wire/receipt.ts';
import type { Selection, VoteRequest } from '../../../schema/wire/vote.ts';
import type { Draw } from '../crypto/blind-pass.ts';

/** Choices by contest, in the order in which they were marked. */
export type Marks = Readonly<Record<string, readonly ChoiceId[]>>;

/**
 * Where a voter is in one election, as it is kept on the device, so that a reload or a crash goes on there. Each step
 * holds what it needs and nothing of the one before: once a ballot is accepted, neither pass nor selections.
 *
 * `openAttempts`: how many times the request went out and no answer has said no. More than none: it may have been
 * taken. Counted before it is sent, and in all tabs.
 */
export type Voting =
  /** Gone to an identity provider, to come back with a code. */
  | {
      readonly step: 'signing-in';
      readonly region: string;
      readonly keyId: string;
      readonly draw: Draw;
      readonly login: Login;
      /** Who an open draw is for: nobody else may have it signed. */
      readonly drawnFor?: string;
    }
  /** Until there is a definite answer the same message is asked about: an answer that was lost may have been a pass. */
  | {
      readonly step: 'asking';
      readonly draw: Draw;
      readonly request: PassRequest;
      readonly openAttempts: number;
    }
  | {
      readonly step: 'marking';
      readonly pass: string;
      readonly region: string;
      readonly marks: Marks;
      readonly at: number;
      /** All of it has been reviewed: whoever changes something goes back there. */
      readonly isReviewed: boolean;
    }
  /** Takes the pass along on paper, or gives up: what goes is not asked for twice. */
  | { readonly step: 'leaving'; readonly way: 'carry' | 'clear'; readonly marking: Marking }
  /** The ballot id is made once, with the request, before it is first sent. */
  | {
      readonly step: 'casting';
      readonly request: VoteRequest;
      readonly salt: string;
      readonly openAttempts: number;
    }
  | { readonly step: 'cast'; readonly accepted: Accepted; readonly salt: string };

export interface Login {
  readonly issuer: string;
  readonly state: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
  readonly tokenEndpoint: string;
}

export type Marking = Extract<Voting, { step: 'marking' }>;
export type Casting = Extract<Voting, { step: 'casting' }>;

export const startMarking = (pass: string, region: string): Marking => ({
  step: 'marking',
  pass,
  region,
  marks: {},
  at: 0,
  isReviewed: false,
});

/** The contests on the ballot of somebody who votes from home in a region, or at a station of it. */
export function contestsFor(
  definition: Pick<Definition, 'regions' | 'ballotStyles' | 'contests'>,
  regionId: string,
  stationId = 'online',
): readonly Contest[] {
  const region = definition.regions.find(({ id }) => id === regionId);
  const station = region?.stations.find(({ id }) => id === stationId);
  const style = definition.ballotStyles.find(({ id }) => id === station?.ballotStyle);
  const byId = new Map(definition.contests.map((contest) => [contest.id, contest]));
  return (style?.contests ?? []).flatMap((id) => byId.get(id) ?? []);
}

export const markedIn = (marks: Marks, contest: ContestId): readonly ChoiceId[] => marks[contest] ?? [];

/**
 * Marks a choice, or takes its mark away. In a contest of one another choice takes its place; where the contest is
 * full, nothing changes and `isFull` says so: which mark should go is the voter's decision.
 */
export function toggleMark(
  marks: Marks,
  contest: Pick<Contest, 'id' | 'maxSelections'>,
  choice: ChoiceId,
): { readonly marks: Marks; readonly isFull: boolean } {
  const marked = markedIn(marks, contest.id);
  const change = (next: readonly ChoiceId[]) => ({ marks: { ...marks, [contest.id]: next }, isFull: false });
  if (marked.includes(choice)) return change(marked.filter((one) => one !== choice));
  if (contest.maxSelections === 1) return change([choice]);
  if (marked.length >= contest.maxSelections) return { marks, isFull: true };
  return change([...marked, choice]);
}

/** In the order of the ballot, not of the marks: that is nobody's business. Contests without a mark are left out. */
export function selectionsOf(marks: Marks, contests: readonly Contest[]): Selection[] {
  return contests.flatMap(({ id, choices }) => {
    const marked = new Set(markedIn(marks, id));
    const chosen = choices.filter((choice) => marked.has(choice.id)).map((choice) => choice.id);
    return chosen.length === 0 ? [] : [{ contest: id, choices: chosen }];
  });
}

/** Marks that the voter could still make. */
export const undervotesIn = (marks: Marks, { id, maxSelections }: Contest): number =>
  maxSelections - markedIn(marks, id).length;

/** To a contest, or behind the last one to the review. */
export const goToContest = (marking: Marking, at: number, contests: number): Marking => ({
  ...marking,
  at,
  isReviewed: marking.isReviewed || at >= contests,
});

/**
 * From marking to casting, once: whatever another tab or an earlier press has made of it stands. `made` is used only
 * where nobody has begun.
 */
export function beginCasting(kept: Voting | undefined, made: Casting): Voting {
  return kept === undefined || kept.step === 'marking' ? made : kept;
}

/** A change to the marks, where they still are marks: a tab that is behind changes nothing. */
export function changeMarking(
  kept: Voting | undefined,
  change: (marking: Marking) => Marking,
): Voting | undefined {
  return kept?.step === 'marking' ? change(kept) : kept;
}
