import { type BallotCount, type Cell, createBallotCount } from './ballot-count.ts';
import type { CountState } from './count-file.ts';
import type { Difference } from './difference.ts';
import { dayKey, listDroppedDays } from './dropped-days.ts';
import { listElections, readNames } from './electoral-names.ts';
import { compareCells, countBallots } from './evidence.ts';
import { compareTallies, readTally, type UnitTally } from './official-tally.ts';
import { readPublication } from './publication.ts';
import { listPartitions, openSnapshot } from './snapshot.ts';

export interface Comparison {
  readonly position: bigint;
  readonly ballots: number;
  /** Stations and days. */
  readonly cells: number;
  /** Official numbers compared. */
  readonly tallyCells: number;
  /** Whether each ballot in the tables was compared too. */
  readonly comparedBallots: boolean;
  /** Elections whose tally could not be compared: the own count began without an archived day of theirs. */
  readonly tallyLeftOut: readonly string[];
  /** Days whose ballots could not be compared: the own count has not got them, or the tables have not any more. */
  readonly daysLeftOut: readonly string[];
  readonly differences: readonly Difference[];
}

export interface CompareOptions {
  /** Logs in as `counter`. */
  readonly url: string;
  /** Of the slot that says where `ownAt` is. */
  readonly snapshotId: string;
  readonly position: bigint;
  readonly connections: number;
  /** Also read every ballot that is in the tables, and hold it against the digests. */
  readonly comparesBallots: boolean;
  /** The own count at the position, and nothing beyond; called once the snapshot is open. */
  readonly ownAt: () => Promise<OwnCount>;
  readonly publication: string;
  /** Hears what the publication is: see `readPublication`. */
  readonly onPublication: (definition: string) => void;
  /** Of the stream, whenever they were raised; asked last. */
  readonly alarms: () => readonly Difference[];
  readonly onPartition?: ((done: number, of: number) => void) | undefined;
}

export type OwnCount = Pick<CountState, 'count' | 'missing'>;

/** Holds the own count against the official one at the same position in the log. */
export async function compareAtPosition(options: CompareOptions): Promise<Comparison> {
  const { url, connections, snapshotId, comparesBallots, publication } = options;
  const snapshot = await openSnapshot({
    url,
    connections: comparesBallots ? connections : 1,
    applicationName: 'ballotstream-count',
    exportedId: snapshotId,
  });
  try {
    const { count: own, missing } = await options.ownAt();
    const look = await readPublication(snapshot.lead, publication);
    options.onPublication(look.definition);
    const differences: Difference[] = [...(look.isWhole ? [] : [notWhole(publication)])];
    const tallyLeftOut: string[] = [];
    let tallyCells = 0;
    for (const [electionNo, election] of await listElections(snapshot.lead)) {
      if (missing.some((day) => day.electionNo === electionNo)) {
        tallyLeftOut.push(election);
        continue;
      }
      const names = await readNames(snapshot.lead, election);
      const tally = await readTally(snapshot.lead, electionNo);
      tallyCells += [...tally.values()].reduce((sum, lines) => sum + lines.size, 0);
      differences.push(...compareTallies(names, tally, sumUnits(own.cells, electionNo, names.unitsOf)));
    }
    const leftOut = [...missing, ...(await listDroppedDays(snapshot.lead))];
    if (comparesBallots) {
      const there = createBallotCount(own.key);
      const lying = await countBallots(snapshot, await listPartitions(snapshot.lead), there, {
        onPartition: options.onPartition,
      });
      const keys = new Set(leftOut.map(dayKey));
      const compared = (cells: BallotCount['cells']) =>
        new Map(
          [...cells].filter(([, { electionNo, castOn }]) => !keys.has(dayKey({ electionNo, day: castOn }))),
        );
      differences.push(...compareCells(compared(own.cells), compared(there.cells), lying));
    }
    return {
      position: options.position,
      ballots: own.ballots(),
      cells: own.cells.size,
      tallyCells,
      comparedBallots: comparesBallots,
      tallyLeftOut,
      daysLeftOut: comparesBallots ? [...new Set(leftOut.map(({ day }) => day))] : [],
      differences: [...options.alarms(), ...differences],
    };
  } finally {
    await snapshot.close();
  }
}

function sumUnits(
  cells: ReadonlyMap<string, Cell>,
  electionNo: number,
  unitsOf: (region: string, station: string) => readonly number[] | null,
): UnitTally {
  const tally = new Map<number, Map<number, number>>();
  for (const cell of cells.values()) {
    if (cell.electionNo !== electionNo) continue;
    for (const unit of unitsOf(cell.region, cell.station) ?? []) {
      const lines = tally.get(unit) ?? new Map<number, number>();
      for (const [line, votes] of cell.votes) lines.set(line, (lines.get(line) ?? 0) + votes);
      tally.set(unit, lines);
    }
  }
  return tally;
}

const notWhole = (publication: string): Difference => ({
  kind: 'publication',
  text: `publication ${publication} is not what the migrations made: changes of ballots may have been hidden`,
  partitions: [],
});

/** A copy that later changes leave alone. */
export function copyCount({ key, cells }: BallotCount): BallotCount {
  const copies = [...cells].map(([name, cell]): [string, Cell] => [
    name,
    { ...cell, votes: new Map(cell.votes) },
  ]);
  return createBallotCount(key, new Map(copies));
}
