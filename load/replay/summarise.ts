import { type Accounting, checkAccounting } from '../../functions/core/accounting.ts';
import type { Results } from '../../schema/wire/results.ts';
import type { LoadCounts } from '../http/drive-load.ts';
import type { MemoryFigures } from '../measure/resident-memory.ts';
import type { CastCounts } from './cast-source.ts';
import type { Comparison } from './compare-results.ts';
import type { Issued } from './issue-passes.ts';
import type { ReplayContext, ReplayFigures } from './report.ts';
import type { SampledReceipts } from './sample-receipts.ts';

export interface ReplayOutcome {
  /** Every count is equal, the accounting holds, and no repeated request got another receipt. */
  readonly ok: boolean;
  readonly figures: ReplayFigures;
  readonly context: ReplayContext;
}

/** A run that has come to its end. */
export interface FinishedRun {
  readonly counts: CastCounts;
  /** Null: all passes were minted here. */
  readonly issued: Issued | null;
  readonly load: LoadCounts;
  /** From the first request to the last answer. */
  readonly castSeconds: number;
  /** From the first request until all was counted. */
  readonly seconds: number;
  /** The last results there were; null: none. */
  readonly drained: Results | null;
  readonly memory: MemoryFigures;
  readonly sampled: SampledReceipts;
  readonly comparison: Comparison;
  /** How the load was made, for people. */
  readonly model: string;
  /** What the results were compared with, for people. */
  readonly expectation: string;
}

export function summarise(run: FinishedRun): ReplayOutcome {
  const { counts, drained, comparison } = run;
  const accounting = checkAccounting({
    accepted: counts.accepted,
    recorded: drained?.ballots ?? 0,
    duplicates: drained?.duplicates ?? 0,
    quarantined: drained?.quarantined ?? 0,
  });
  const ok = comparison.mismatches === 0 && accounting.ok && counts.changedReceipts === 0;
  return { ok, figures: figuresOf(run, accounting), context: contextOf(run, accounting) };
}

function figuresOf(
  { counts, issued, castSeconds, seconds, memory, sampled, comparison }: FinishedRun,
  accounting: Accounting,
): ReplayFigures {
  const { recordedMs } = sampled;
  const recordedQuantile = (share: number): number | null =>
    recordedMs.count === 0 ? null : round(recordedMs.quantileMs(share));
  return {
    ballots: counts.ballots,
    accepted: counts.accepted,
    refused: counts.refused,
    recorded: accounting.recorded,
    duplicates: accounting.duplicates,
    quarantined: accounting.quarantined,
    issued: issued?.issued ?? 0,
    mismatches: comparison.mismatches,
    seconds: round(seconds),
    acceptedPerSecond: round(counts.accepted / castSeconds),
    recordedPerSecond: round(accounting.recorded / seconds),
    acceptMsP50: round(counts.acceptMs.quantileMs(0.5)),
    acceptMsP99: round(counts.acceptMs.quantileMs(0.99)),
    recordedMsP50: recordedQuantile(0.5),
    recordedMsP99: recordedQuantile(0.99),
    rssMbMax: round(memory.mbMax),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

function contextOf(run: FinishedRun, accounting: Accounting): ReplayContext {
  const { counts, load, sampled, memory } = run;
  return {
    model: run.model,
    issued: run.issued,
    castSeconds: run.castSeconds,
    duplicatesCast: counts.duplicates,
    retriesCast: counts.retries,
    changedReceipts: counts.changedReceipts,
    refusals: counts.refusals,
    retriesByReason: load.retriesByReason,
    samples: sampled.recordedMs.count,
    samplesPending: sampled.pending,
    resolutionMsP99: sampled.resolutionMs.quantileMs(0.99),
    firstTenthMb: memory.firstTenthMb,
    lastTenthMb: memory.lastTenthMb,
    expectation: run.expectation,
    accounting: accounting.sentence,
    comparison: run.comparison,
  };
}
