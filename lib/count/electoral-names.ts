import type { ClientBase } from 'pg';
import type { Channel } from '../../schema/wire/ids.ts';
import { CountError } from './count-error.ts';

/** What the numbers of an election stand for, and what is above what. */
export interface ElectoralNames {
  readonly electionNo: number;
  readonly election: string;
  /** Numbers of the election's unit, the region's and the station's own; null: there is no such station. */
  unitsOf(region: string, station: string): readonly number[] | null;
  /** `election`, `region alder` or `station alder/3`. */
  unitName(unitNo: number): string;
  /** Of a station's unit, `region/station`; null at the levels above. */
  stationOf(unitNo: number): string | null;
  /** The lines of ballots that were cast through a channel. */
  ballotLines(channel: Channel): readonly number[];
  /** `contest mayor, choice ada` or `ballots of style s, kiosk`. */
  lineName(lineNo: number): string;
}

interface UnitRow {
  readonly unit_no: number;
  readonly region: string | null;
  readonly station: string | null;
}

interface LineRow {
  readonly line_no: number;
  readonly contest: string | null;
  readonly choice: string | null;
  readonly ballot_style: string | null;
  readonly channel: string | null;
}

/** Every election that is registered, by number. */
export async function listElections(client: ClientBase): Promise<Map<number, string>> {
  const { rows } = await client.query<{ election_no: number; election: string }>(
    'select election_no, election from election order by election_no',
  );
  return new Map(rows.map((row) => [row.election_no, row.election]));
}

/** @throws CountError `unknown-election` */
export async function readNames(client: ClientBase, election: string): Promise<ElectoralNames> {
  const { rows: elections } = await client.query<{ election_no: number }>(
    'select election_no from election where election = $1',
    [election],
  );
  const electionNo = elections[0]?.election_no;
  if (electionNo === undefined)
    throw new CountError('unknown-election', `the database has no election ${election}`);
  const units = await client.query<UnitRow>(
    'select unit_no, region, station from reporting_unit where election_no = $1',
    [electionNo],
  );
  const lines = await client.query<LineRow>(
    'select line_no, contest, choice, ballot_style, channel from tally_line where election_no = $1',
    [electionNo],
  );
  return describeNames(electionNo, election, units.rows, lines.rows);
}

function describeNames(
  electionNo: number,
  election: string,
  units: readonly UnitRow[],
  lines: readonly LineRow[],
): ElectoralNames {
  const byPlace = new Map(units.map(({ unit_no, region, station }) => [placeOf(region, station), unit_no]));
  const unitRows = new Map(units.map((row) => [row.unit_no, row]));
  const lineRows = new Map(lines.map((row) => [row.line_no, row]));
  return {
    electionNo,
    election,
    unitsOf(region, station) {
      const numbers = [placeOf(null, null), placeOf(region, null), placeOf(region, station)].map((place) =>
        byPlace.get(place),
      );
      return numbers.every((unitNo) => unitNo !== undefined) ? numbers : null;
    },
    unitName(unitNo) {
      const row = unitRows.get(unitNo);
      if (row === undefined) return `unknown unit ${unitNo}`;
      if (row.region === null) return 'election';
      return row.station === null ? `region ${row.region}` : `station ${row.region}/${row.station}`;
    },
    stationOf(unitNo) {
      const row = unitRows.get(unitNo);
      return row?.station == null ? null : `${row.region}/${row.station}`;
    },
    ballotLines: (channel) => lines.filter((row) => row.channel === channel).map(({ line_no }) => line_no),
    lineName(lineNo) {
      const row = lineRows.get(lineNo);
      if (row === undefined) return `unknown line ${lineNo}`;
      return row.contest === null
        ? `ballots of style ${row.ballot_style}, ${row.channel}`
        : `contest ${row.contest}, choice ${row.choice}`;
    },
  };
}

const placeOf = (region: string | null, station: string | null): string => `${region ?? ''}/${station ?? ''}`;
