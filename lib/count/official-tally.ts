import type { ClientBase } from 'pg';
import type { Difference } from './difference.ts';
import type { ElectoralNames } from './electoral-names.ts';

/** Votes by unit and line. */
export type UnitTally = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** The tally as everybody reads it: what is folded and what is not, in the client's snapshot. */
export async function readTally(client: ClientBase, electionNo: number): Promise<UnitTally> {
  const { rows } = await client.query<[unit: number, line: number, votes: string]>({
    text: 'select unit_no, line_no, votes from tally_now where election_no = $1',
    values: [electionNo],
    rowMode: 'array',
  });
  const tally = new Map<number, Map<number, number>>();
  for (const [unit, line, votes] of rows) {
    const lines = tally.get(unit) ?? new Map<number, number>();
    lines.set(line, Number(votes));
    tally.set(unit, lines);
  }
  return tally;
}

/** Where the tally is not what was counted, at every level. */
export function compareTallies(names: ElectoralNames, tally: UnitTally, counted: UnitTally): Difference[] {
  const differences: Difference[] = [];
  for (const unit of new Set([...tally.keys(), ...counted.keys()])) {
    const [official, own] = [tally.get(unit), counted.get(unit)];
    for (const line of new Set([...(official?.keys() ?? []), ...(own?.keys() ?? [])])) {
      const [votes, recounted] = [official?.get(line) ?? 0, own?.get(line) ?? 0];
      if (votes === recounted) continue;
      const [region, station] = names.stationOf(unit)?.split('/') ?? [];
      differences.push({
        kind: 'tally',
        text: `${names.unitName(unit)}, ${names.lineName(line)}: the tally says ${votes}, the ballots ${recounted}`,
        partitions: [],
        ...(region === undefined || station === undefined ? {} : { station: { region, station } }),
      });
    }
  }
  // Stations first: they lead to where it is.
  return differences.sort((a, b) => Number(b.station !== undefined) - Number(a.station !== undefined));
}
