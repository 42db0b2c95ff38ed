import { type CsvLine, readCsvLines } from './read-lines.ts';
import { ReplayError } from './replay-error.ts';
import { type Columns, normaliseName, readHeader } from './results-columns.ts';
import { isRegisteredTotal, isTotalsPlace, pseudoKindOf, readVotes } from './results-rows.ts';
import { createResultsSums, type FileContest, type FilePrecinct, type ResultsRow } from './results-sums.ts';
import { createRowNotes, type RowNote, type RowNotes } from './row-notes.ts';

/** A results file, read: who got how many votes where. Names as the file first spells them. */
export interface ResultsFile {
  readonly contests: readonly FileContest[];
  readonly precincts: readonly FilePrecinct[];
  /** Lines of data, the header not counted. */
  readonly rows: number;
  readonly columns: Columns;
  /** All offices that have a candidate, also those not asked for. */
  readonly offices: readonly string[];
  /** What was skipped or added up, by kind. */
  readonly notes: readonly RowNote[];
}

export interface ReadOptions {
  /** Offices to keep, in any case; null keeps all. */
  readonly offices: readonly string[] | null;
}

/**
 * Reads a precinct-level results file in the OpenElections form: one line for each candidate in
 * each precinct, columns in any order, the same line again added to the first. Memory grows with
 * what is distinct in the file, not with its lines.
 * @throws ReplayError `bad-file`
 */
export async function readResultsFile(path: string, options: ReadOptions): Promise<ResultsFile> {
  const lines = readCsvLines(path);
  const first = await lines.next();
  if (first.done) throw new ReplayError('bad-file', `${path} is empty`);
  const reader = createReader(readHeader(first.value.cells), options);
  for await (const line of lines) reader.add(line);
  return reader.finish(path);
}

interface Reader {
  add(line: CsvLine): void;
  finish(path: string): ResultsFile;
}

function createReader(columns: Columns, options: ReadOptions): Reader {
  const notes = createRowNotes();
  const sums = createResultsSums();
  const offices = new Map<string, string>();
  const wanted = options.offices === null ? null : new Set(options.offices.map(normaliseName));
  let rows = 0;

  const add = ({ cells, line }: CsvLine): void => {
    rows += 1;
    if (cells.every((cell) => cell.trim() === '')) return;
    if (!fitsHeader(cells, columns)) {
      notes.add(`ragged: not the header's ${columns.header.length} columns; skipped`, line, cells);
      return;
    }
    const row = readRow(cells, columns);
    const reason = reasonToSkip(row);
    if (reason !== null) {
      notes.add(reason, line, cells, votesOf(cells, columns));
      if (reason === registeredReason) sums.addRegistered(row, votesOf(cells, columns));
      return;
    }
    const office = normaliseName(row.office);
    if (!offices.has(office)) offices.set(office, row.office);
    if (wanted !== null && !wanted.has(office)) {
      notes.add('other offices than those asked for; skipped', line, cells, votesOf(cells, columns));
      return;
    }
    const votes = readRowVotes(cells, columns, line, notes);
    if (votes !== null && sums.addVotes(row, votes))
      notes.add('the same row again; added up', line, cells, votes);
  };

  return {
    add,
    finish(path) {
      const missing = (options.offices ?? []).filter((office) => !offices.has(normaliseName(office)));
      if (missing.length > 0) throw noSuchOffice(missing, [...offices.values()]);
      if (sums.contests.length === 0)
        throw new ReplayError('bad-file', `${path} has no row with votes for a candidate`);
      return {
        contests: sums.contests,
        precincts: sums.precincts(),
        rows,
        columns,
        offices: [...offices.values()],
        notes: notes.list(),
      };
    },
  };
}

const registeredReason = 'registered voters, no candidate; used for the turnout';

/** Null: the row is somebody's votes. */
function reasonToSkip(row: ResultsRow): string | null {
  if (isTotalsPlace(row.precinct) || isTotalsPlace(row.county)) return 'totals of several precincts; skipped';
  const pseudo = pseudoKindOf(row.office) ?? pseudoKindOf(row.candidate);
  if (pseudo === 'registered voters') {
    const name =
      pseudoKindOf(row.candidate) === 'registered voters' ? row.candidate : `${row.office} ${row.candidate}`;
    const isTotal = isRegisteredTotal(name) && row.precinct !== '';
    return isTotal ? registeredReason : 'registered voters of a party or place, no candidate; skipped';
  }
  if (pseudo !== null) return `${pseudo}, no candidate; skipped`;
  if (row.precinct === '') return 'no precinct; skipped';
  if (row.office === '') return 'no office; skipped';
  return row.candidate === '' ? 'no candidate; skipped' : null;
}

/** Lines may go on with empty cells, as spreadsheets write them. Everything else may have shifted. */
function fitsHeader(cells: readonly string[], { header }: Columns): boolean {
  return (
    cells.length === header.length ||
    (cells.length > header.length && cells.slice(header.length).every((cell) => cell.trim() === ''))
  );
}

function readRow(cells: readonly string[], columns: Columns): ResultsRow {
  const cell = (at: number | null): string =>
    at === null ? '' : (cells[at] ?? '').trim().replace(/\s+/g, ' ');
  return {
    county: cell(columns.county),
    precinct: [...columns.precinctPrefixes, columns.precinct]
      .map(cell)
      .filter((part) => part !== '')
      .join(' '),
    office: cell(columns.office),
    // Some counties of a state write 01 for 1, and spreadsheets 1.0.
    district: cell(columns.district).replace(/^0*(\d+)(?:\.0+)?$/, '$1'),
    candidate: cell(columns.candidate),
    party: cell(columns.party),
  };
}

/** The row's votes for a note: 0 where there is no number. */
function votesOf(cells: readonly string[], columns: Columns): number {
  const cell = columns.votes === null ? null : readVotes(cells[columns.votes] ?? '');
  return cell?.kind === 'votes' ? cell.votes : 0;
}

/** Null when the row has no votes to count, which is then noted. */
function readRowVotes(
  cells: readonly string[],
  columns: Columns,
  line: number,
  notes: RowNotes,
): number | null {
  const cell = columns.votes === null ? ({ kind: 'blank' } as const) : readVotes(cells[columns.votes] ?? '');
  if (cell.kind === 'votes') return cell.votes;
  if (cell.kind === 'no-number') {
    notes.add('votes that are no number; skipped', line, cells);
    return null;
  }
  const byMode = sumModes(cells, columns.modes);
  if (byMode === null) notes.add('blank votes; skipped', line, cells);
  else notes.add('no total; the votes by mode added up', line, cells, byMode);
  return byMode;
}

/** Null unless at least one mode has a number and the rest are blank. */
function sumModes(cells: readonly string[], modes: readonly number[]): number | null {
  let sum: number | null = null;
  for (const at of modes) {
    const cell = readVotes(cells[at] ?? '');
    if (cell.kind === 'no-number') return null;
    if (cell.kind === 'votes') sum = (sum ?? 0) + cell.votes;
  }
  return sum;
}

function noSuchOffice(missing: readonly string[], offices: readonly string[]): ReplayError {
  const has =
    offices.slice(0, 30).join(', ') + (offices.length > 30 ? `, and ${offices.length - 30} more` : '');
  return new ReplayError(
    'usage',
    `--offices: the file has no office called ${missing.join(' or ')}; it has: ${has}`,
  );
}
