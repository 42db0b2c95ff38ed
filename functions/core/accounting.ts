/** Distinct votes by fate: a repeated request or delivery of the same ballot is the same vote. */
export interface VoteCounts {
  readonly accepted: number;
  readonly recorded: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

export interface Accounting extends VoteCounts {
  readonly ok: boolean;
  /** Accepted but nowhere to be found: lost, or not yet drained. Negative: recorded, but never accepted. */
  readonly missing: number;
  /** The sentence with its numbers, for people. */
  readonly sentence: string;
}

/**
 * The sentence that every drill, replay and load run ends with:
 * accepted = recorded + duplicate + quarantined, once the stream is drained.
 */
export function checkAccounting(counts: VoteCounts): Accounting {
  const { accepted, recorded, duplicates, quarantined } = counts;
  const missing = accepted - recorded - duplicates - quarantined;
  const sign = missing === 0 ? '=' : '≠';
  return {
    accepted,
    recorded,
    duplicates,
    quarantined,
    ok: missing === 0,
    missing,
    sentence: `accepted ${accepted} ${sign} ${recorded} recorded + ${duplicates} duplicate + ${quarantined} quarantined`,
  };
}
