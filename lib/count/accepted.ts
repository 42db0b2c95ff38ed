import type { VoteCounts } from '../../functions/core/accounting.ts';
import type { OperatorFigures } from '../../schema/wire/operator.ts';
import { judgeBooks } from '../local/operator/judge-books.ts';
import type { Difference } from './difference.ts';

/** What whoever counts a stream said of it at a moment. */
export type StreamFigures = Pick<OperatorFigures, 'at' | 'verdict' | 'accepted'>;

/** The stream against a snapshot: of all elections. */
export interface StreamComparison extends Omit<VoteCounts, 'accepted'> {
  readonly accepted: number;
  /** `catching-up`: votes were under way. `reading`, `partial`: there was nothing to compare with. */
  readonly verdict: OperatorFigures['verdict'];
  readonly differences: readonly Difference[];
}

/**
 * Whether a snapshot has what the stream accepted, while votes go on coming in: what had been recorded before it was
 * taken is in it, and it has nothing that was not accepted afterwards. Pure.
 * @param noted what the writers noted of their batches, in the snapshot
 */
export function compareWithStream(
  before: StreamFigures,
  after: StreamFigures,
  noted: Omit<VoteCounts, 'accepted'>,
): StreamComparison {
  const verdicts = [before.verdict, after.verdict];
  const { verdict } = judgeBooks({
    acceptedBefore: before.accepted,
    acceptedAfter: after.accepted,
    books: noted,
    unaccounted: 0,
    // All that it had accepted then was recorded.
    isDrained: before.verdict === 'balanced',
    isRead: !verdicts.includes('reading'),
    isWhole: !verdicts.includes('partial'),
  });
  // The pipeline's own word counts too: it has looked at the same books a moment before or after.
  const isBroken = verdict === 'broken' || verdicts.includes('broken');
  const { recorded, duplicates, quarantined } = noted;
  const text = `the stream accepted ${before.accepted} votes before, ${after.accepted} after; ${recorded} recorded, ${duplicates} duplicates, ${quarantined} quarantined`;
  return {
    ...noted,
    accepted: after.accepted,
    verdict: isBroken ? 'broken' : verdict,
    differences: isBroken ? [{ kind: 'accounting', text, partitions: [] }] : [],
  };
}
