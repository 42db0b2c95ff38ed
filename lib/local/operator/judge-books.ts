import { checkAccounting, type VoteCounts } from '../../../functions/core/accounting.ts';
import type { OperatorFigures } from '../../../schema/wire/operator.ts';

export interface Evidence {
  /** Distinct votes in stream and queue, counted before the books were read. */
  readonly acceptedBefore: number;
  /** The same, counted afterwards. */
  readonly acceptedAfter: number;
  /** What the writers noted. */
  readonly books: Omit<VoteCounts, 'accepted'>;
  /** See `check_books`. */
  readonly unaccounted: number;
  /** Whether everything that was accepted before the books were read had been recorded then. */
  readonly isDrained: boolean;
  /** Whether both counts went to the end of the stream. */
  readonly isRead: boolean;
  /** Whether the stream still held everything, and no vote was left out of the count. */
  readonly isWhole: boolean;
}

type Judged = Pick<OperatorFigures, 'verdict' | 'onTheWay'>;

/**
 * Whether the books can be true. Votes go on coming in while they are read: what was counted before is the least
 * that a drained pipeline has recorded, what was counted afterwards the most that any can have. Pure.
 */
export function judgeBooks(evidence: Evidence): Judged {
  const { acceptedBefore, acceptedAfter, books, unaccounted, isDrained, isRead, isWhole } = evidence;
  const { missing: onTheWay } = checkAccounting({ accepted: acceptedAfter, ...books });
  if (unaccounted !== 0) return { verdict: 'broken', onTheWay };
  if (!isWhole) return { verdict: 'partial', onTheWay };
  if (!isRead) return { verdict: 'reading', onTheWay };
  const isLost = isDrained && checkAccounting({ accepted: acceptedBefore, ...books }).missing > 0;
  if (isLost || onTheWay < 0) return { verdict: 'broken', onTheWay };
  return { verdict: onTheWay === 0 ? 'balanced' : 'catching-up', onTheWay };
}
