import type { Snapshot } from '../count/snapshot.ts';
import type { ExportElection, MarkedChoice } from './export-election.ts';
import { readRows } from './read-rows.ts';
import { choosePlaces, type ShownPlaces, type StationBallots } from './small-stations.ts';

/** A ballot in names, in the station it is shown in. */
export interface ExportBallot {
  readonly id: string;
  readonly castOn: string;
  readonly castAt: string;
  readonly region: string;
  /** Of several together, the name that they share. */
  readonly station: string;
  readonly channel: string;
  readonly ballotStyle: string;
  readonly selections: readonly MarkedChoice[];
}

/** What writers of files read. */
export interface ExportSource {
  readonly election: ExportElection;
  readonly places: ShownPlaces;
  /** Every ballot that is shown, in an order that is always the same; may be asked for once at a time. */
  ballots(): AsyncGenerator<ExportBallot[]>;
}

export interface SourceOptions {
  readonly snapshot: Snapshot;
  readonly election: ExportElection;
  readonly partitions: readonly string[];
  readonly stationBallotsMin: number;
  readonly onProgress?: ((done: number, ballots: number) => void) | undefined;
}

export async function openSource(options: SourceOptions): Promise<ExportSource> {
  const { snapshot, election, stationBallotsMin } = options;
  const contestsOf = new Map(
    [...election.contestsOf].map(([style, contests]) => [style, contests.map(({ contest }) => contest)]),
  );
  const places = choosePlaces(
    stationBallotsMin > 1 ? await countStations(snapshot, election) : [],
    (style) => contestsOf.get(style) ?? [],
    stationBallotsMin,
  );
  // By name, whatever their sizes are.
  const partitions = [...options.partitions].sort();
  return {
    election,
    places,
    async *ballots() {
      let done = 0;
      for (const partition of partitions) {
        for await (const rows of readRows(snapshot.lead, partition, election.electionNo)) {
          const ballots: ExportBallot[] = [];
          for (const row of rows) {
            const named = nameBallot(election, row);
            const station = places.placeOf(row.region, row.station, named.ballotStyle);
            if (station !== null) ballots.push({ ...row, ...named, station });
          }
          yield ballots;
          done += rows.length;
          options.onProgress?.(done, election.ballots);
        }
      }
    },
  };
}

function nameBallot(
  { lines }: ExportElection,
  row: { readonly lines: readonly number[] },
): Pick<ExportBallot, 'ballotStyle' | 'selections'> {
  const selections: MarkedChoice[] = [];
  let ballotStyle = '';
  for (const lineNo of row.lines) {
    const line = lines.get(lineNo);
    if (line === undefined)
      throw new Error(`a ballot has line ${lineNo}, which the election does not: recount`);
    if (line.kind === 'choice') selections.push(line);
    else ballotStyle = line.ballotStyle;
  }
  return { ballotStyle, selections };
}

/** From the tally, which equals the ballots in every snapshot: a recount says whether it does. */
async function countStations(snapshot: Snapshot, { electionNo }: ExportElection): Promise<StationBallots[]> {
  const { rows } = await snapshot.lead.query<{
    region: string;
    station: string;
    ballot_style: string;
    ballots: string;
  }>(
    `select u.region, u.station, l.ballot_style, sum(t.votes) as ballots
      from tally_now t
      join reporting_unit u using (election_no, unit_no)
      join tally_line l using (election_no, line_no)
      where t.election_no = $1 and u.level = 'station' and l.ballot_style is not null
      group by 1, 2, 3 having sum(t.votes) > 0 order by 1, 2, 3`,
    [electionNo],
  );
  return rows.map(({ region, station, ballot_style, ballots }) => ({
    region,
    station,
    ballotStyle: ballot_style,
    ballots: Number(ballots),
  }));
}
