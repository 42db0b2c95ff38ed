import type { ClientBase } from 'pg';
import { CountError } from '../count/count-error.ts';

/** An election as files name it, from one snapshot; everything in a fixed order. */
export interface ExportElection {
  readonly electionNo: number;
  readonly election: string;
  readonly name: string;
  readonly timeZone: string;
  /** Days in its own time zone. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** When the last batch in the snapshot was recorded, to the second, UTC: the only time a file is given. */
  readonly asOf: string;
  /** As the tally says. */
  readonly ballots: number;
  readonly units: readonly ExportUnit[];
  readonly contests: readonly ExportContest[];
  /** What a line number says. */
  readonly lines: ReadonlyMap<number, ExportLine>;
  /** Contests by ballot style, in the order of `contests`. */
  readonly contestsOf: ReadonlyMap<string, readonly ExportContest[]>;
}

export interface ExportUnit {
  readonly unitNo: number;
  readonly level: 'election' | 'region' | 'station';
  readonly parentNo: number | null;
  readonly region: string | null;
  readonly station: string | null;
  readonly name: string;
  readonly registeredVoters: number | null;
}

export interface ExportContest {
  readonly contest: string;
  readonly name: string;
  readonly maxSelections: number;
  readonly choices: readonly {
    readonly choice: string;
    readonly name: string;
    readonly party: string | null;
  }[];
}

export interface MarkedChoice {
  readonly contest: string;
  readonly choice: string;
  /** `contest=choice`, as tables have it: one string for all ballots. */
  readonly text: string;
}

/** A marked choice, or the ballot itself. */
export type ExportLine =
  | ({ readonly kind: 'choice' } & MarkedChoice)
  | { readonly kind: 'ballot'; readonly ballotStyle: string; readonly channel: string };

interface LineRow {
  readonly line_no: number;
  readonly contest: string | null;
  readonly contest_name: string | null;
  readonly max_selections: number | null;
  readonly choice: string | null;
  readonly choice_name: string | null;
  readonly party: string | null;
  readonly ballot_style: string | null;
  readonly channel: string | null;
}

/** @throws CountError `unknown-election` */
export async function readExportElection(client: ClientBase, election: string): Promise<ExportElection> {
  const { rows } = await client.query<Record<string, string>>(
    `select election_no::text, name, time_zone,
        to_char(opens_at at time zone time_zone, 'YYYY-MM-DD') as first_day,
        to_char(closes_at at time zone time_zone, 'YYYY-MM-DD') as last_day,
        to_char(coalesce(greatest(
          (select max(as_of) from tally_total t where t.election_no = e.election_no),
          (select max(recorded_at) from tally_pending p where p.election_no = e.election_no)), opens_at)
          at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as as_of,
        (select sum(votes)::text from tally_now t join reporting_unit u using (election_no, unit_no)
          join tally_line l using (election_no, line_no)
          where t.election_no = e.election_no and u.level = 'election' and l.ballot_style is not null) as ballots
      from election e where election = $1`,
    [election],
  );
  const [row] = rows;
  if (row === undefined) throw new CountError('unknown-election', `the database has no election ${election}`);
  const electionNo = Number(row['election_no']);
  const lines = await client.query<LineRow>(
    'select * from tally_line where election_no = $1 order by line_no',
    [electionNo],
  );
  const contests = contestsOfLines(lines.rows);
  return {
    electionNo,
    election,
    name: row['name'] ?? '',
    timeZone: row['time_zone'] ?? '',
    firstDay: row['first_day'] ?? '',
    lastDay: row['last_day'] ?? '',
    asOf: row['as_of'] ?? '',
    ballots: Number(row['ballots'] ?? 0),
    units: await readUnits(client, electionNo),
    contests,
    lines: new Map(lines.rows.map((line) => [line.line_no, toLine(line)])),
    contestsOf: await readStyles(client, electionNo, contests),
  };
}

function toLine({ contest, choice, ballot_style, channel }: LineRow): ExportLine {
  return contest === null
    ? { kind: 'ballot', ballotStyle: ballot_style ?? '', channel: channel ?? '' }
    : { kind: 'choice', contest, choice: choice ?? '', text: `${contest}=${choice ?? ''}` };
}

function contestsOfLines(rows: readonly LineRow[]): ExportContest[] {
  const byId = new Map<string, LineRow[]>();
  for (const row of rows)
    if (row.contest !== null) byId.set(row.contest, [...(byId.get(row.contest) ?? []), row]);
  return [...byId].map(([contest, choices]) => ({
    contest,
    name: choices[0]?.contest_name ?? contest,
    maxSelections: choices[0]?.max_selections ?? 1,
    choices: choices.map(({ choice, choice_name, party }) => ({
      choice: choice ?? '',
      name: choice_name ?? '',
      party,
    })),
  }));
}

async function readUnits(client: ClientBase, electionNo: number): Promise<ExportUnit[]> {
  const { rows } = await client.query<{
    unit_no: number;
    level: ExportUnit['level'];
    parent_no: number | null;
    region: string | null;
    station: string | null;
    name: string;
    registered_voters: number | null;
  }>('select * from reporting_unit where election_no = $1 order by unit_no', [electionNo]);
  return rows.map((row) => ({
    unitNo: row.unit_no,
    level: row.level,
    parentNo: row.parent_no,
    region: row.region,
    station: row.station,
    name: row.name,
    registeredVoters: row.registered_voters,
  }));
}

async function readStyles(
  client: ClientBase,
  electionNo: number,
  contests: readonly ExportContest[],
): Promise<Map<string, ExportContest[]>> {
  const { rows } = await client.query<{ ballot_style: string; contests: string[] }>(
    `select ballot_style, array_agg(contest) as contests from ballot_style_contest
      where election_no = $1 group by ballot_style order by ballot_style`,
    [electionNo],
  );
  return new Map(
    rows.map((row) => [row.ballot_style, contests.filter(({ contest }) => row.contests.includes(contest))]),
  );
}
