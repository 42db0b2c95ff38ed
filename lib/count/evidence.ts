import { type BallotCount, type Cell, createBallotCount, digestOf } from './ballot-count.ts';
import { CountError } from './count-error.ts';
import { createCountFile, readCountFile } from './count-file.ts';
import type { Difference } from './difference.ts';
import type { ElectoralNames } from './electoral-names.ts';
import { readBallots } from './read-ballots.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Compares every ballot's bytes with what was kept outside of the database: it finds what leaves all sums as
 * they were, such as a ballot and its tally changed alike, or two ballots exchanged. The evidence has to be of
 * the same moment: a station that got more ballots since differs.
 * @param file as `writeCountFile` leaves it
 * @throws CountError `evidence-unreadable`, `ballots-in-files`
 */
export async function compareWithEvidence(
  snapshot: Snapshot,
  partitions: readonly string[],
  { electionNo, election }: ElectoralNames,
  file: string,
): Promise<{ readonly cells: number; readonly differences: Difference[] }> {
  const evidence = readCountFile(file);
  if (evidence === null) throw new CountError('evidence-unreadable', `there is no file ${file}`);
  const missing = evidence.missing.find((one) => one.electionNo === electionNo);
  if (missing !== undefined)
    throw new CountError(
      'ballots-in-files',
      `${file} has no ballots of ${missing.day}: that day was dropped when it began to count`,
    );
  const ofElection = (cells: BallotCount['cells']) =>
    new Map([...cells].filter(([, cell]) => cell.electionNo === electionNo));
  const known = ofElection(evidence.count.cells);
  // An independent count's file has all of them, from a position on; a recount's has one.
  if (evidence.position === 0n && known.size === 0 && evidence.count.cells.size > 0)
    throw new CountError('evidence-unreadable', `${file} was kept of another election than ${election}`);
  const counted = createBallotCount(evidence.count.key);
  const lying = await countBallots(snapshot, partitions, counted, { electionNo });
  const differences = compareCells(known, counted.cells, lying);
  return { cells: known.size, differences: [...differences, ...evidence.alarms] };
}

export interface BallotsToCount {
  /** Of one election; default: of all. */
  readonly electionNo?: number;
  readonly onPartition?: ((done: number, of: number) => void) | undefined;
}

/** @returns the partitions that hold ballots of each cell */
export async function countBallots(
  snapshot: Snapshot,
  partitions: readonly string[],
  count: BallotCount,
  { electionNo, onPartition }: BallotsToCount = {},
): Promise<Map<string, Set<string>>> {
  const lying = new Map<string, Set<string>>();
  let done = 0;
  await snapshot.eachItem(partitions, async (client, partition) => {
    const seen = new Set<string>();
    await readBallots(client, partition, (text) => void seen.add(count.add(text)), electionNo);
    for (const cell of seen) {
      const names = lying.get(cell) ?? new Set<string>();
      names.add(partition);
      lying.set(cell, names);
    }
    onPartition?.(++done, partitions.length);
  });
  return lying;
}

/** Where the ballots in the tables are not those of the evidence, cell by cell. */
export function compareCells(
  evidence: ReadonlyMap<string, Cell>,
  found: ReadonlyMap<string, Cell>,
  lying: ReadonlyMap<string, ReadonlySet<string>>,
): Difference[] {
  const differences: Difference[] = [];
  for (const key of new Set([...evidence.keys(), ...found.keys()])) {
    const [known, there] = [evidence.get(key), found.get(key)];
    if (known !== undefined && there !== undefined && digestOf(known) === digestOf(there)) continue;
    const [castOn = '', , region = '', station = ''] = key.split('|');
    const numbers = `ballots in the evidence: ${known?.ballots ?? 0}, in the table: ${there?.ballots ?? 0}`;
    const said =
      known?.ballots === there?.ballots
        ? `${numbers}, but not the same ones (or not the same in them)`
        : numbers;
    differences.push({
      kind: 'evidence',
      text: `station ${region}/${station} on ${castOn}: ${said}`,
      partitions: [...(lying.get(key) ?? [])].sort(),
      station: { region, station, castOn },
    });
  }
  return differences;
}

/**
 * Leaves what `compareWithEvidence` reads, of one election that was just found to be right: with a key of its own,
 * and no position to count on from.
 * @throws CountError `evidence-exists`
 */
export async function keepEvidence(
  snapshot: Snapshot,
  partitions: readonly string[],
  { electionNo }: ElectoralNames,
  file: string,
): Promise<void> {
  const count = createBallotCount();
  await countBallots(snapshot, partitions, count, { electionNo });
  createCountFile(file, {
    count,
    systemId: '',
    timeline: 0,
    position: 0n,
    alarms: [],
    publication: null,
    missing: [],
  });
}
