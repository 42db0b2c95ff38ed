import type { Results } from '../../../schema/wire/results.ts';
import type { ContestView } from './contest-view.ts';
import type { Standing } from './positions.ts';
import type { TableRow } from './table-rows.ts';

/** What is shown in the table, with where it comes from. */
export interface ShownTable {
  readonly results: Pick<Results, 'election' | 'name' | 'suppressForPrivacyBelowBallots'>;
  /** That of the row that is furthest behind: stations come in pages, each at a position of its own. */
  readonly standing: Standing;
  /** Null: the rows are regions; otherwise the stations of this one. */
  readonly region: { readonly id: string; readonly name: string } | null;
  readonly contest: Pick<ContestView, 'id' | 'name'> | null;
  /** In the order of the columns. */
  readonly choices: readonly { readonly id: string; readonly name: string }[];
  readonly rows: readonly TableRow[];
}

type Cell = string | number | null;

/**
 * RFC 4180, a row a region or station, each with its position in the count, so that a row alone still says what it
 * is. Choices by id: names may be anything, ids are what the definition and the API know.
 */
export function toCsv({ results, region, contest, choices, rows }: ShownTable): string {
  const mayBeSuppressed = results.suppressForPrivacyBelowBallots !== undefined;
  const head: Cell[] = [
    'election',
    'status',
    'definition',
    'version',
    'as_of',
    region === null ? 'region' : 'station',
    'name',
    'ballots',
    'registered_voters',
    'turnout',
    ...(region === null ? ['stations_reporting', 'stations'] : []),
    'contest',
    ...(mayBeSuppressed ? ['suppressed_for_privacy'] : []),
    ...choices.map(({ id }) => `votes_${id}`),
  ];
  const lines = rows.map((row): Cell[] => [
    results.election,
    row.standing.status,
    row.standing.definition,
    row.standing.version,
    row.standing.asOf,
    row.id,
    row.name,
    row.ballots,
    row.registeredVoters,
    row.turnout,
    ...(region === null ? [row.stations?.reporting ?? null, row.stations?.total ?? null] : []),
    contest?.id ?? null,
    ...(mayBeSuppressed ? [row.suppressed] : []),
    ...choices.map(({ id }) => row.votes?.get(id) ?? null),
  ]);
  return [head, ...lines].map((cells) => `${cells.map(toCell).join(',')}\r\n`).join('');
}

/**
 * A spreadsheet takes text that begins like this for a formula, and runs it; a leading apostrophe keeps it text
 * (OWASP, "CSV Injection").
 */
const formulaStart = /^[=+\-@|%\t\r\n＝＋－＠]/;

function toCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = formulaStart.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The same as JSON, with names. All rows have got at least as far as the whole says. */
export function toJson({ results, standing, region, contest, choices, rows }: ShownTable): string {
  const { election, name } = results;
  const document = {
    election,
    name,
    ...positionOf(standing),
    status: standing.status,
    region: region?.id ?? null,
    contest: contest === null ? null : { contest: contest.id, name: contest.name },
    [region === null ? 'regions' : 'stations']: rows.map((row) => ({
      [region === null ? 'region' : 'station']: row.id,
      name: row.name,
      ...positionOf(row.standing),
      ballots: row.ballots,
      registeredVoters: row.registeredVoters,
      turnout: row.turnout,
      ...(row.stations === null ? {} : { stations: row.stations }),
      ...(row.suppressed === null ? {} : { suppressedForPrivacy: row.suppressed }),
      choices:
        row.votes === null
          ? null
          : choices.map((choice) => ({
              choice: choice.id,
              name: choice.name,
              votes: row.votes?.get(choice.id) ?? null,
            })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const positionOf = ({ definition, version, asOf }: Standing) => ({ definition, version, asOf });

/** `demo-alder-governor-1234.csv`. */
export function fileNameOf(
  { results, standing, region, contest }: ShownTable,
  extension: 'csv' | 'json',
): string {
  const parts = [results.election, region?.id ?? 'regions', contest?.id, standing.version];
  return `${parts.filter((part) => part !== undefined).join('-')}.${extension}`;
}
