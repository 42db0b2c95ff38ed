import type { Comparison, Mismatch } from './compare-results.ts';
import type { Issued } from './issue-passes.ts';
import { formatCount, formatSeconds } from './progress.ts';

/** The last line of `--json`. */
export interface ReplayFigures {
  /** Of the file that were cast, second ballots under a pass not among them. */
  readonly ballots: number;
  /** Distinct votes that a receipt is held for, second ballots among them. */
  readonly accepted: number;
  readonly refused: number;
  readonly recorded: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Passes that the running issuer signed; the others were minted. */
  readonly issued: number;
  readonly mismatches: number;
  /** From the first request until all was counted. */
  readonly seconds: number;
  /** Over the time from the first request to the last answer. */
  readonly acceptedPerSecond: number;
  /** Over `seconds`. */
  readonly recordedPerSecond: number;
  readonly acceptMsP50: number;
  readonly acceptMsP99: number;
  /** From the 202 until the receipt says so, of the votes sampled; null without any. */
  readonly recordedMsP50: number | null;
  readonly recordedMsP99: number | null;
  /** This process and the pipeline's, PostgreSQL not among them; the highest sum of a second. */
  readonly rssMbMax: number;
}

/** What the summary says beyond the figures. */
export interface ReplayContext {
  readonly model: string;
  readonly issued: Issued | null;
  readonly castSeconds: number;
  readonly duplicatesCast: number;
  readonly retriesCast: number;
  readonly changedReceipts: number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly retriesByReason: ReadonlyMap<string, number>;
  readonly samples: number;
  readonly samplesPending: number;
  readonly resolutionMsP99: number;
  readonly firstTenthMb: number;
  readonly lastTenthMb: number;
  readonly expectation: string;
  readonly accounting: string;
  readonly comparison: Comparison;
}

/** The summary for people. */
export function describeReplay(figures: ReplayFigures, context: ReplayContext): string[] {
  const { comparison } = context;
  const { issued } = context;
  const lines = [
    ...(issued === null
      ? []
      : [
          `issued     ${formatCount(issued.issued)} passes by the running issuer in ${formatSeconds(issued.seconds)}; ${formatCount(issued.askedTwice)} of their voters asked for a second one and were refused`,
        ]),
    `cast       ${formatCount(figures.ballots)} ballots, ${formatCount(context.duplicatesCast)} second ballots, ${formatCount(context.retriesCast)} repeated requests in ${formatSeconds(context.castSeconds)}: ${context.model}`,
    `accepted   ${formatCount(figures.acceptedPerSecond)}/s, p50 ${ms(figures.acceptMsP50)}, p99 ${ms(figures.acceptMsP99)}; ${formatCount(figures.refused)} refused`,
    `recorded   ${formatCount(figures.recordedPerSecond)}/s, accepted to recorded p50 ${ms(figures.recordedMsP50)}, p99 ${ms(figures.recordedMsP99)}${describeSamples(context)}`,
    `memory     ${formatCount(figures.rssMbMax)} MB at most, ${formatCount(context.firstTenthMb)} MB in the first tenth, ${formatCount(context.lastTenthMb)} MB in the last (resident, all our processes, without PostgreSQL)`,
    `accounting ${context.accounting}`,
    `results    ${formatCount(comparison.compared)} counts compared with ${context.expectation}: ${comparison.mismatches === 0 ? 'all equal' : `${formatCount(comparison.mismatches)} differ`}`,
  ];
  for (const [reason, times] of context.refusals)
    lines.push(`refused    ${formatCount(times)} requests: ${reason}`);
  for (const [reason, times] of context.retriesByReason)
    lines.push(`retried    ${formatCount(times)} requests: ${reason}`);
  if (context.changedReceipts > 0)
    lines.push(
      `receipts   ${formatCount(context.changedReceipts)} repeated requests got another receipt than the first time`,
    );
  if (comparison.mismatches > 0) lines.push('', ...describeMismatches(comparison));
  return lines;
}

function describeSamples({ samples, samplesPending, resolutionMsP99 }: ReplayContext): string {
  const pending = samplesPending > 0 ? `; ${formatCount(samplesPending)} were still pending` : '';
  return ` (${formatCount(samples)} receipts followed, seen at most ${ms(resolutionMsP99)} late${pending})`;
}

/** A table of the first of them. */
function describeMismatches({ shown, mismatches }: Comparison): string[] {
  const head = ['region', 'station', 'contest', 'choice', 'expected', 'counted'];
  const rows = shown.map((mismatch: Mismatch) => [
    clip(mismatch.region),
    clip(mismatch.station),
    clip(mismatch.contest),
    clip(mismatch.choice),
    formatCount(mismatch.expected),
    formatCount(mismatch.counted),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const format = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column < 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  const more = mismatches > shown.length ? [`… and ${formatCount(mismatches - shown.length)} more`] : [];
  return [format(head), ...rows.map(format), ...more];
}

const cellCharsMax = 32;
const clip = (text: string): string =>
  text.length > cellCharsMax ? `${text.slice(0, cellCharsMax - 1)}…` : text;

function ms(value: number | null): string {
  if (value === null) return 'unknown';
  return value < 10 ? `${value.toFixed(1)} ms` : `${formatCount(value)} ms`;
}
