import { checkAccounting, type VoteCounts } from '../../functions/core/accounting.ts';
import { compareWithStream, type StreamComparison } from './accepted.ts';
import { compareBooks, readBooks } from './books.ts';
import { refuseExisting } from './count-file.ts';
import type { Difference } from './difference.ts';
import { refuseDroppedDays } from './dropped-days.ts';
import { readNames } from './electoral-names.ts';
import { compareWithEvidence, keepEvidence } from './evidence.ts';
import { findPartitions } from './find-partitions.ts';
import { compareTallies, readTally } from './official-tally.ts';
import { openSnapshot } from './snapshot.ts';
import type { StreamWitness } from './stream-witness.ts';
import { type SumOptions, sumBallots } from './sum-ballots.ts';

export interface RecountOptions extends SumOptions {
  /** Logs in as `auditor`. */
  readonly url: string;
  readonly election: string;
  readonly connections: number;
  /** Distinct votes of this election that the stream accepted, where somebody counted them. */
  readonly accepted?: number | undefined;
  /** Whoever counts the stream's votes, of all elections, as they come in. */
  readonly stream?: StreamWitness | undefined;
  /** A file that the independent count or an earlier recount left: see `compareWithEvidence`. */
  readonly against?: string | undefined;
  /** Where to leave such a file, if there is no difference. */
  readonly keep?: string | undefined;
}

export interface RecountReport {
  readonly election: string;
  readonly ballots: number;
  readonly partitions: number;
  /** What the ballots were read and summed in; comparing comes on top. */
  readonly countingSeconds: number;
  readonly ballotsPerSecond: number;
  /** Cells that the evidence and the ballots were compared in; null: without evidence. */
  readonly evidenceCells: number | null;
  /** Null: nobody counted the stream's votes, or could not say. */
  readonly stream: StreamComparison | null;
  readonly differences: readonly Difference[];
}

/**
 * Counts every ballot of an election again, in one snapshot, and compares with everything that should say the
 * same: the tally at each level, its totals, the participations, what the writers noted of their batches, what the
 * stream accepted, and whatever was kept elsewhere. Reads only; works on a standby.
 *
 * Without evidence from elsewhere it cannot find what somebody changed in ballots and tally alike.
 * @throws CountError, and what the database throws
 */
export async function recount(options: RecountOptions): Promise<RecountReport> {
  const { election, accepted, against, keep, stream } = options;
  if (keep !== undefined) refuseExisting(keep);
  const streamBefore = (await stream?.before()) ?? null;
  const snapshot = await openSnapshot({ ...options, applicationName: 'ballotstream-recount' });
  try {
    const { lead } = snapshot;
    const names = await readNames(lead, election);
    await refuseDroppedDays(lead, names.electionNo);
    const beganMs = performance.now();
    const counted = await sumBallots(snapshot, names, options);
    const countingSeconds = (performance.now() - beganMs) / 1000;
    const books = await readBooks(lead, names);
    const streamAfter = (await stream?.after()) ?? null;
    const compared =
      streamBefore === null || streamAfter === null
        ? null
        : compareWithStream(streamBefore, streamAfter, books.noted);
    const evidence =
      against === undefined ? null : await compareWithEvidence(snapshot, counted.partitions, names, against);
    const differences = await findPartitions(
      lead,
      names.electionNo,
      [
        ...counted.differences,
        ...compareTallies(names, await readTally(lead, names.electionNo), counted.tally),
        ...compareBooks(books, counted.ballots),
        ...compareAccepted(accepted, { ...books, recorded: counted.ballots }),
        ...(compared?.differences ?? []),
        ...(evidence?.differences ?? []),
      ],
      counted.partitionsOf,
    );
    if (keep !== undefined && differences.length === 0)
      await keepEvidence(snapshot, counted.partitions, names, keep);
    return {
      election,
      ballots: counted.ballots,
      partitions: counted.partitions.length,
      countingSeconds,
      ballotsPerSecond: counted.ballots / countingSeconds,
      evidenceCells: evidence?.cells ?? null,
      stream: compared,
      differences,
    };
  } finally {
    await snapshot.close();
  }
}

function compareAccepted(
  accepted: number | undefined,
  { recorded, duplicates, quarantined }: Omit<VoteCounts, 'accepted'>,
): Difference[] {
  if (accepted === undefined) return [];
  const { ok, sentence } = checkAccounting({ accepted, recorded, duplicates, quarantined });
  return ok ? [] : [{ kind: 'accounting', text: sentence, partitions: [] }];
}
