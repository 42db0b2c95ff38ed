import { type StationGroup, withholdSums } from './withhold-sums.ts';

/** Ballots of one style in one station. */
export interface StationBallots {
  readonly region: string;
  readonly station: string;
  readonly ballotStyle: string;
  readonly ballots: number;
}

/** Stations of one region that are shown together, as far as ballots of one style go. */
export interface MergedStations {
  readonly region: string;
  readonly ballotStyle: string;
  readonly stations: readonly string[];
}

/** What of an election is shown, and where. */
export interface ShownPlaces {
  /** Where a ballot is shown: in its station, under a name that several share, or (null) not at all. */
  placeOf(region: string, station: string, ballotStyle: string): string | null;
  readonly merged: readonly MergedStations[];
  /** Whether a sum of a region (null: of the election) is withheld; of a contest, or (null) of ballots. */
  withholds(region: string | null, contest: string | null): boolean;
  readonly ballotsMerged: number;
  readonly ballotsSuppressed: number;
}

/** The name that merged stations share within their region: no id of the wire schema holds a `/`. */
export const mergedName = (ballotStyle: string): string => `merged/${ballotStyle}`;

/**
 * Shows stations with fewer than `ballotsMin` ballots of one style together with others of the same region and
 * style, the smallest first, until they are enough; the next larger one joins them where they are not. What is still
 * too few is left out, and so is whatever would tell it by subtraction: see `withholdSums`. By style, since a style
 * that only one station has would tell which one it is. Pure.
 * @param stations every station and style there is
 * @param contestsOf the contests that a ballot style carries
 */
export function choosePlaces(
  stations: readonly StationBallots[],
  contestsOf: (ballotStyle: string) => readonly string[],
  ballotsMin: number,
): ShownPlaces {
  const groups = formGroups(stations, ballotsMin);
  const { leftOut, withheld } = withholdSums(groups, contestsOf, ballotsMin);
  const together = groups.filter((group) => !leftOut.has(group) && group.stations.length > 1);
  const places = new Map<string, string | null>();
  const note = ({ region, ballotStyle, stations: all }: StationGroup, name: string | null) => {
    for (const station of all) places.set(keyOf(region, station, ballotStyle), name);
  };
  for (const group of leftOut) note(group, null);
  for (const group of together) note(group, mergedName(group.ballotStyle));
  return {
    placeOf(region, station, ballotStyle) {
      const place = places.get(keyOf(region, station, ballotStyle));
      return place === undefined ? station : place;
    },
    merged: together,
    withholds: (region, contest) => withheld(region, contest),
    ballotsMerged: sumOf(together),
    ballotsSuppressed: sumOf([...leftOut]),
  };
}

const keyOf = (region: string, station: string, ballotStyle: string) => `${region}/${station}/${ballotStyle}`;
const sumOf = (groups: readonly StationGroup[]) => groups.reduce((sum, { ballots }) => sum + ballots, 0);

/** Each station by itself, or several together. A group is too small only where all of its region and style is. */
function formGroups(stations: readonly StationBallots[], ballotsMin: number): StationGroup[] {
  const byStyle = new Map<string, StationBallots[]>();
  for (const one of stations) {
    const key = `${one.region}/${one.ballotStyle}`;
    const alike = byStyle.get(key);
    if (alike === undefined) byStyle.set(key, [one]);
    else alike.push(one);
  }
  return [...byStyle.values()].flatMap((alike) => {
    const ascending = alike.sort((a, b) => a.ballots - b.ballots || (a.station < b.station ? -1 : 1));
    const hidden = countHidden(ascending, ballotsMin);
    const alone = ascending.slice(hidden).map((one) => groupOf([one]));
    return hidden === 0 ? alone : [groupOf(ascending.slice(0, hidden)), ...alone];
  });
}

/** @returns how many of the smallest are hidden among each other */
function countHidden(ascending: readonly StationBallots[], ballotsMin: number): number {
  let ballots = 0;
  for (const [hidden, one] of ascending.entries()) {
    const isSmall = one.ballots < ballotsMin;
    if (!isSmall && (hidden === 0 || (ballots >= ballotsMin && hidden > 1))) return hidden;
    ballots += one.ballots;
  }
  return ascending.length;
}

function groupOf(stations: readonly StationBallots[]): StationGroup {
  const [{ region, ballotStyle } = { region: '', ballotStyle: '' }] = stations;
  return {
    region,
    ballotStyle,
    stations: stations.map(({ station }) => station),
    ballots: stations.reduce((sum, { ballots }) => sum + ballots, 0),
  };
}
