import type {
  BatchOrigin,
  BatchOutcome,
  CountableVote,
  QuarantineReason,
} from '../../../functions/core/ports.ts';
import { lineNoMax, type TallyDelta } from '../../../functions/core/tally.ts';

export interface ParticipationRow {
  readonly key: string;
  readonly voterKey: string;
  readonly ballotId: string;
}

export type BallotRow = Pick<
  CountableVote,
  'electionNo' | 'region' | 'station' | 'channel' | 'castMinute' | 'castOn' | 'lines'
>;

export interface DuplicateRow {
  readonly key: string;
  readonly voterKey: string;
  readonly ballotId: string;
  readonly electionNo: number;
}

export interface QuarantineRow {
  /** Hexadecimal. */
  readonly key: string;
  readonly reason: QuarantineReason;
  readonly bytes: Buffer;
  readonly electionNo: number | null;
}

export interface BatchRow {
  readonly origin: BatchOrigin;
  readonly outcome: BatchOutcome;
}

/** What one batch adds to the tally, until it is folded. */
export interface PendingRow {
  readonly electionNo: number;
  readonly deltas: readonly TallyDelta[];
  readonly recorded: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

export interface TotalsRow {
  recorded: number;
  duplicates: number;
  quarantined: number;
}

/** What is committed. Rows are kept as they came: whether keys are unique is for the audit to find. */
export interface Tables {
  readonly participation: ParticipationRow[];
  readonly ballot: BallotRow[];
  readonly duplicateAttempt: DuplicateRow[];
  readonly quarantine: QuarantineRow[];
  readonly writerBatch: BatchRow[];
  readonly tallyPending: Set<PendingRow>;
  /** Votes by unit and line, see `cellOf`. */
  readonly tally: Map<number, number>;
  readonly tallyTotal: Map<number, TotalsRow>;
}

export const cellOf = (unitNo: number, lineNo: number): number => unitNo * lineNoMax + lineNo;

export const createTables = (): Tables => ({
  participation: [],
  ballot: [],
  duplicateAttempt: [],
  quarantine: [],
  writerBatch: [],
  tallyPending: new Set(),
  tally: new Map(),
  tallyTotal: new Map(),
});

/** Adds what a pending row holds to counters. */
export function addPending(
  row: PendingRow,
  tally: Map<number, number>,
  totals: Map<number, TotalsRow>,
): void {
  for (const { unitNos, lineNos, votes } of row.deltas) {
    for (const [at, unitNo] of unitNos.entries()) {
      const cell = cellOf(unitNo, lineNos[at] ?? 0);
      tally.set(cell, (tally.get(cell) ?? 0) + (votes[at] ?? 0));
    }
  }
  const total = totals.get(row.electionNo) ?? { recorded: 0, duplicates: 0, quarantined: 0 };
  total.recorded += row.recorded;
  total.duplicates += row.duplicates;
  total.quarantined += row.quarantined;
  totals.set(row.electionNo, total);
}
