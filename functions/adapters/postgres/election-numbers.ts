import type { PoolClient } from 'pg';
import type {
  BallotStyleId,
  Channel,
  ChoiceId,
  ContestId,
  ElectionId,
  RegionId,
  StationId,
} from '../../../schema/wire/ids.ts';
import type { TallyNumbers } from '../../core/tally.ts';

/**
 * The numbers of an election's units and lines as they stand; null if the election is not registered.
 * Plain SQL, as everywhere at run time: loading drizzle's table builders for one typed read would
 * cost each function 40 MB of memory.
 */
export async function readElectionNumbers(
  client: PoolClient,
  electionId: ElectionId,
): Promise<TallyNumbers | null> {
  const { rows } = await client.query<{ election_no: number }>({
    text: 'select election_no from election where election = $1',
    values: [electionId],
  });
  const electionNo = rows[0]?.election_no;
  if (electionNo === undefined) return null;
  const units = await client.query<UnitRow>({
    text: 'select unit_no, region, station from reporting_unit where election_no = $1',
    values: [electionNo],
    rowMode: 'array',
  });
  const lines = await client.query<LineRow>({
    text: 'select line_no, contest, choice, ballot_style, channel from tally_line where election_no = $1',
    values: [electionNo],
    rowMode: 'array',
  });
  return { electionNo, ...indexUnits(units.rows), ...indexLines(lines.rows) };
}

/** The ids were written from a parsed definition, by `registerElection` alone. */
type UnitRow = [unitNo: number, region: RegionId | null, station: StationId | null];

function indexUnits(
  rows: readonly UnitRow[],
): Pick<TallyNumbers, 'electionUnit' | 'regionUnits' | 'stationUnits'> {
  let electionUnit = 0;
  const regionUnits = new Map<RegionId, number>();
  const stationUnits = new Map<RegionId, Map<StationId, number>>();
  for (const [unitNo, region, station] of rows) {
    if (region === null) electionUnit = unitNo;
    else if (station === null) regionUnits.set(region, unitNo);
    else entryOf(stationUnits, region).set(station, unitNo);
  }
  return { electionUnit, regionUnits, stationUnits };
}

type LineRow = [
  lineNo: number,
  contest: ContestId | null,
  choice: ChoiceId | null,
  ballotStyle: BallotStyleId | null,
  channel: Channel | null,
];

function indexLines(rows: readonly LineRow[]): Pick<TallyNumbers, 'choiceLines' | 'ballotLines'> {
  const choiceLines = new Map<ContestId, Map<ChoiceId, number>>();
  const ballotLines = new Map<BallotStyleId, Map<Channel, number>>();
  for (const [lineNo, contest, choice, ballotStyle, channel] of rows) {
    if (contest !== null && choice !== null) entryOf(choiceLines, contest).set(choice, lineNo);
    if (ballotStyle !== null && channel !== null) entryOf(ballotLines, ballotStyle).set(channel, lineNo);
  }
  return { choiceLines, ballotLines };
}

function entryOf<K, A, B>(outer: Map<K, Map<A, B>>, key: K): Map<A, B> {
  let inner = outer.get(key);
  if (inner === undefined) {
    inner = new Map();
    outer.set(key, inner);
  }
  return inner;
}
