/** Ballots of one style in one station. */
export interface StationBallots {
  readonly region: string;
  readonly station: string;
  readonly ballotStyle: string;
  readonly ballots: number;
}

/** Where ballots are shown: `merge` gives the name of a station, one that several share, or null: not at all. */
export interface StationGroups {
  merge(region: string, station: string, ballotStyle: string): string | null;
  /** Shared names with the stations in them. */
  readonly merged: ReadonlyMap<string, readonly string[]>;
  readonly ballotsMerged: number;
  readonly ballotsSuppressed: number;
}

/**
 * Hides stations with fewer than `ballotsMin` ballots of one style among others of the same region and style, the
 * smallest first, until they are enough together; the next larger one joins them where they are not. What is
 * still too few is left out. By style, since a style that only one station has would tell which one it is. Pure.
 * @param stations every station and style there is
 */
export function groupStations(stations: readonly StationBallots[], ballotsMin: number): StationGroups {
  const groups = new Map<string, string | null>();
  const merged = new Map<string, string[]>();
  let ballotsMerged = 0;
  let ballotsSuppressed = 0;
  const byPlace = new Map<string, StationBallots[]>();
  for (const one of stations) {
    const place = `${one.region}/${one.ballotStyle}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), one]);
  }
  for (const [place, all] of byPlace) {
    const ascending = [...all].sort((a, b) => a.ballots - b.ballots || (a.station < b.station ? -1 : 1));
    const hidden: StationBallots[] = [];
    let ballots = 0;
    for (const one of ascending) {
      const isSmall = one.ballots < ballotsMin;
      if (!isSmall && (hidden.length === 0 || (ballots >= ballotsMin && hidden.length > 1))) break;
      hidden.push(one);
      ballots += one.ballots;
    }
    if (hidden.length === 0) continue;
    const isEnough = ballots >= ballotsMin && hidden.length > 1;
    const name = isEnough ? `merged-${place.replace('/', '-')}` : null;
    for (const { region, station, ballotStyle } of hidden)
      groups.set(keyOf(region, station, ballotStyle), name);
    if (name === null) ballotsSuppressed += ballots;
    else {
      merged.set(
        name,
        hidden.map(({ station }) => station),
      );
      ballotsMerged += ballots;
    }
  }
  return {
    merge(region, station, ballotStyle) {
      const group = groups.get(keyOf(region, station, ballotStyle));
      return group === undefined ? station : group;
    },
    merged,
    ballotsMerged,
    ballotsSuppressed,
  };
}

const keyOf = (region: string, station: string, ballotStyle: string) => `${region}/${station}/${ballotStyle}`;
