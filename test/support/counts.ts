import type { Election } from '../../functions/core/election.ts';
import type { CountSnapshot } from '../../functions/core/ports.ts';
import {
  type CountedBallot,
  linesOf,
  sumBallots,
  type TallyNumbers,
  tallyLevels,
  unitsOf,
} from '../../functions/core/tally.ts';
import { type Channel, channels } from '../../schema/wire/ids.ts';
import type { Selection } from '../../schema/wire/vote.ts';

/** The numbers that a database would give an election's units and lines. */
export function numbersFor({ definition }: Election): TallyNumbers {
  let unitNo = 0;
  let lineNo = 1;
  return {
    electionNo: 1,
    electionUnit: unitNo++,
    regionUnits: new Map(definition.regions.map(({ id }) => [id, unitNo++])),
    stationUnits: new Map(
      definition.regions.map(({ id, stations }) => [
        id,
        new Map(stations.map((station) => [station.id, unitNo++])),
      ]),
    ),
    ballotLines: new Map(
      definition.ballotStyles.map(({ id }) => [id, new Map(channels.map((channel) => [channel, lineNo++]))]),
    ),
    choiceLines: new Map(
      definition.contests.map(({ id, choices }) => [
        id,
        new Map(choices.map((choice) => [choice.id, lineNo++])),
      ]),
    ),
  };
}

/** A ballot in words; ids as strings, since tests make them up. */
export interface PlainBallot {
  readonly region: string;
  readonly station: string;
  readonly channel: Channel;
  readonly selections: readonly { readonly contest: string; readonly choices: readonly string[] }[];
}

/** Where a ballot counts and on which lines. Throws if the election does not know its place or its choices. */
export function toCounted(election: Election, numbers: TallyNumbers, ballot: PlainBallot): CountedBallot {
  const [region, station] = [ballot.region as never, ballot.station as never];
  const style = election.regions.get(region)?.stations.get(station)?.ballotStyle;
  const units = unitsOf(numbers, region, station);
  const lines = style && linesOf(numbers, style, ballot.channel, ballot.selections as unknown as Selection[]);
  if (units === null || !lines) throw new Error(`cannot count ${JSON.stringify(ballot)}`);
  return { units, lines };
}

/** The snapshot that a database would give after these ballots, summed as the writer sums them. */
export function snapshotOf(
  election: Election,
  ballots: readonly PlainBallot[],
  rest: Partial<CountSnapshot> = {},
): CountSnapshot {
  const numbers = numbersFor(election);
  const sums = sumBallots(ballots.map((ballot) => toCounted(election, numbers, ballot)));
  const cells = tallyLevels.flatMap((level) =>
    sums[level].votes.map((votes, index) => ({
      unitNo: sums[level].unitNos[index] ?? Number.NaN,
      lineNo: sums[level].lineNos[index] ?? Number.NaN,
      votes,
    })),
  );
  return {
    numbers,
    recorded: ballots.length,
    duplicates: 0,
    quarantined: 0,
    asOf: '2026-11-03T12:35:00.000Z',
    cells,
    ...rest,
  };
}
