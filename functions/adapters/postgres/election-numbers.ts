import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { PoolClient } from 'pg';
import { election, reportingUnit, tallyLine } from '../../../schema/tables.ts';
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

/** The numbers of an election's units and lines as they stand; null if the election is not registered. */
export async function readElectionNumbers(
  client: PoolClient,
  electionId: ElectionId,
): Promise<TallyNumbers | null> {
  const db = drizzle(client);
  const [row] = await db
    .select({ electionNo: election.electionNo })
    .from(election)
    .where(eq(election.election, electionId));
  if (row === undefined) return null;
  const units = await db
    .select({
      unitNo: reportingUnit.unitNo,
      level: reportingUnit.level,
      region: reportingUnit.region,
      station: reportingUnit.station,
    })
    .from(reportingUnit)
    .where(eq(reportingUnit.electionNo, row.electionNo));
  const lines = await db
    .select({
      lineNo: tallyLine.lineNo,
      contest: tallyLine.contest,
      choice: tallyLine.choice,
      ballotStyle: tallyLine.ballotStyle,
      channel: tallyLine.channel,
    })
    .from(tallyLine)
    .where(eq(tallyLine.electionNo, row.electionNo));
  return { electionNo: row.electionNo, ...indexUnits(units), ...indexLines(lines) };
}

type UnitRow = Pick<typeof reportingUnit.$inferSelect, 'unitNo' | 'level' | 'region' | 'station'>;

function indexUnits(
  rows: readonly UnitRow[],
): Pick<TallyNumbers, 'electionUnit' | 'regionUnits' | 'stationUnits'> {
  let electionUnit = 0;
  const regionUnits = new Map<RegionId, number>();
  const stationUnits = new Map<RegionId, Map<StationId, number>>();
  for (const { unitNo, level, region, station } of rows) {
    // The ids were written from a parsed definition, by `registerElection` alone.
    if (level === 'election') electionUnit = unitNo;
    else if (level === 'region') regionUnits.set(region as RegionId, unitNo);
    else entryOf(stationUnits, region as RegionId).set(station as StationId, unitNo);
  }
  return { electionUnit, regionUnits, stationUnits };
}

type LineRow = Pick<
  typeof tallyLine.$inferSelect,
  'lineNo' | 'contest' | 'choice' | 'ballotStyle' | 'channel'
>;

function indexLines(rows: readonly LineRow[]): Pick<TallyNumbers, 'choiceLines' | 'ballotLines'> {
  const choiceLines = new Map<ContestId, Map<ChoiceId, number>>();
  const ballotLines = new Map<BallotStyleId, Map<Channel, number>>();
  for (const { lineNo, contest, choice, ballotStyle, channel } of rows) {
    if (contest !== null) entryOf(choiceLines, contest as ContestId).set(choice as ChoiceId, lineNo);
    else entryOf(ballotLines, ballotStyle as BallotStyleId).set(channel as Channel, lineNo);
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
