import type { StationCount } from '../../../schema/wire/progress.ts';
import type { Suppression, UnitResult } from '../../../schema/wire/results.ts';
import { shareOf } from './contest-view.ts';
import type { Standing } from './positions.ts';

/** A region, or a station of the region that is open. */
export interface TableRow {
  readonly id: string;
  readonly name: string;
  readonly ballots: number;
  readonly registeredVoters: number | null;
  readonly turnout: number | null;
  /** Of a region, once it is known. */
  readonly stations: StationCount | null;
  /** Votes by choice in the contest that is shown; null: not on the ballots here, or suppressed. */
  readonly votes: ReadonlyMap<string, number> | null;
  readonly contestVotes: number | null;
  /** Of the answer that it came in. */
  readonly standing: Standing;
  readonly suppressed: Suppression | null;
}

export function toRow(
  id: string,
  name: string,
  unit: UnitResult,
  contest: string | null,
  stations: StationCount | null,
  standing: Standing,
): TableRow {
  const found = unit.contests.find((one) => one.contest === contest);
  return {
    id,
    name,
    ballots: unit.ballots,
    registeredVoters: unit.registeredVoters ?? null,
    turnout: shareOf(unit.ballots, unit.registeredVoters),
    stations,
    votes:
      found === undefined || found.votes === null
        ? null
        : new Map(found.choices.map(({ choice, votes }) => [choice, votes ?? 0])),
    contestVotes: found?.votes ?? null,
    standing,
    suppressed: found?.suppressedForPrivacy ?? null,
  };
}

/** A column by its kind; of a choice, its id follows. */
export type Column = 'name' | 'stations' | 'ballots' | 'turnout' | `choice:${string}`;
export interface Sorting {
  readonly column: Column;
  readonly isDescending: boolean;
}

/** Rows that match the filter, in order. Rows of equal value stay in the order of their names. Pure. */
export function arrangeRows(
  rows: readonly TableRow[],
  { column, isDescending }: Sorting,
  filter: string,
  language: string,
): readonly TableRow[] {
  const { compare } = new Intl.Collator(language, { numeric: true });
  const wanted = fold(filter);
  const direction = isDescending ? -1 : 1;
  const kept = rows.filter(
    ({ id, name }) => wanted === '' || fold(name).includes(wanted) || fold(id).includes(wanted),
  );
  return kept.sort((a, b) => {
    const byName = compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
    if (column === 'name') return direction * byName;
    const [first, second] = [valueIn(a, column), valueIn(b, column)];
    // What is not known stands last, whichever way.
    if (first === null || second === null) return first === second ? byName : first === null ? 1 : -1;
    return direction * (first - second) || byName;
  });
}

function valueIn(row: TableRow, column: Exclude<Column, 'name'>): number | null {
  switch (column) {
    case 'stations':
      return row.stations === null ? null : shareOf(row.stations.reporting, row.stations.total);
    case 'ballots':
      return row.ballots;
    case 'turnout':
      return row.turnout;
    default:
      return row.votes?.get(column.slice('choice:'.length)) ?? null;
  }
}

/** As people type: without accents and capitals. */
const fold = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();

/** What a click on a column's head asks for: numbers from the largest first, names from A. */
export function sortBy(column: Column, now: Sorting): Sorting {
  return now.column === column
    ? { column, isDescending: !now.isDescending }
    : { column, isDescending: column !== 'name' };
}
