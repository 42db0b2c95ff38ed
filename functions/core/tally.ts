import type {
  BallotStyleId,
  Channel,
  ChoiceId,
  ContestId,
  RegionId,
  StationId,
} from '../../schema/wire/ids.ts';
import type { Selection } from '../../schema/wire/vote.ts';

/** The levels at which votes are summed, from the top; each unit of one has its parent in the one above. */
export const tallyLevels = ['election', 'region', 'station'] as const;
export type TallyLevel = (typeof tallyLevels)[number];

/**
 * The numbers that stand for an election's reporting units and tally lines in the database. A line
 * is a choice of a contest, or the ballots of one style cast through one channel.
 */
export interface TallyNumbers {
  readonly electionNo: number;
  readonly electionUnit: number;
  readonly regionUnits: ReadonlyMap<RegionId, number>;
  readonly stationUnits: ReadonlyMap<RegionId, ReadonlyMap<StationId, number>>;
  readonly choiceLines: ReadonlyMap<ContestId, ReadonlyMap<ChoiceId, number>>;
  readonly ballotLines: ReadonlyMap<BallotStyleId, ReadonlyMap<Channel, number>>;
}

/** Where one ballot counts and what it adds one to. */
export interface CountedBallot {
  readonly units: Readonly<Record<TallyLevel, number>>;
  readonly lines: readonly number[];
}

/** Votes to add, as three parallel arrays: `votes[i]` more on line `lineNos[i]` of unit `unitNos[i]`. */
export interface TallyDelta {
  readonly unitNos: number[];
  readonly lineNos: number[];
  readonly votes: number[];
}

/** The units a vote counts in; null if the database knows no such station. */
export function unitsOf(
  numbers: TallyNumbers,
  region: RegionId,
  station: StationId,
): CountedBallot['units'] | null {
  const regionUnit = numbers.regionUnits.get(region);
  const stationUnit = numbers.stationUnits.get(region)?.get(station);
  if (regionUnit === undefined || stationUnit === undefined) return null;
  return { election: numbers.electionUnit, region: regionUnit, station: stationUnit };
}

/**
 * The lines a ballot adds one to: first the one for the ballot itself, then one a marked choice, in
 * ascending order, so that the order in which a voter marked them is not kept. Null if one has no number.
 */
export function linesOf(
  numbers: TallyNumbers,
  ballotStyle: BallotStyleId,
  channel: Channel,
  selections: readonly Selection[],
): number[] | null {
  const ballotLine = numbers.ballotLines.get(ballotStyle)?.get(channel);
  if (ballotLine === undefined) return null;
  const lines: number[] = [];
  for (const { contest, choices } of selections) {
    const contestLines = numbers.choiceLines.get(contest);
    for (const choice of choices) {
      const line = contestLines?.get(choice);
      if (line === undefined) return null;
      lines.push(line);
    }
  }
  lines.sort((a, b) => a - b);
  return [ballotLine, ...lines];
}

/** Sums ballots at every level. At most ballots × lines cells a level, usually far fewer. */
export function sumBallots(ballots: readonly CountedBallot[]): Record<TallyLevel, TallyDelta> {
  return {
    election: sumLevel(ballots, 'election'),
    region: sumLevel(ballots, 'region'),
    station: sumLevel(ballots, 'station'),
  };
}

/** Line numbers stay below this (checked when they are assigned), so a cell fits one exact number. */
export const lineNoMax = 2 ** 21;

function sumLevel(ballots: readonly CountedBallot[], level: TallyLevel): TallyDelta {
  const cells = new Map<number, number>();
  for (const { units, lines } of ballots) {
    const base = units[level] * lineNoMax;
    for (const line of lines) cells.set(base + line, (cells.get(base + line) ?? 0) + 1);
  }
  const delta: TallyDelta = { unitNos: [], lineNos: [], votes: [] };
  for (const [cell, votes] of cells) {
    delta.unitNos.push(Math.floor(cell / lineNoMax));
    delta.lineNos.push(cell % lineNoMax);
    delta.votes.push(votes);
  }
  return delta;
}
