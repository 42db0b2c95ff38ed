import type { RegionId, StationId, VoterKey } from '../../schema/wire/ids.ts';
import type { Selection } from '../../schema/wire/vote.ts';

/**
 * One wish of one voter, as the outside knows it: what was cast and what was answered. A client
 * repeats a vote under the same ballot id, so a wish has one; were it to draw a new one, both would
 * still be the same wish.
 */
export interface Wish {
  readonly name: string;
  readonly voterKey: VoterKey;
  readonly region: RegionId;
  readonly station: StationId;
  readonly channel: 'browser' | 'kiosk';
  readonly selections: readonly Selection[];
  readonly ballotIds: Set<string>;
  /** Ballot ids for which a client holds a receipt. */
  readonly acknowledged: Set<string>;
  /** Attempts that were refused for good, and those of which nobody knows what became of them. */
  refused: number;
  unknown: number;
}

/** What all clients together know: an auditor who asks them needs nothing else. */
export interface Book {
  readonly wishes: Wish[];
  readonly byBallotId: Map<string, Wish>;
}

export const createBook = (): Book => ({ wishes: [], byBallotId: new Map() });
