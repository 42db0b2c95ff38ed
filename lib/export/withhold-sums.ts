/** Stations of one region that are shown together as far as ballots of one style go; usually one. */
export interface StationGroup {
  readonly region: string;
  readonly ballotStyle: string;
  readonly stations: readonly string[];
  readonly ballots: number;
}

export interface WithheldSums {
  /** Groups that no file shows. */
  readonly leftOut: ReadonlySet<StationGroup>;
  /** Sums of a region (null: of the election) in a contest (null: of its ballots) that are not shown. */
  readonly withheld: (region: string | null, contest: string | null) => boolean;
}

/** Of one region: ballots that carry a contest, and those of them that are left out. */
interface Sum {
  all: number;
  leftOut: number;
}

/**
 * What has to go so that votes of fewer than `ballotsMin` ballots are nobody's to work out, with all files of one
 * election side by side. Whoever takes everything that is shown of a region from its sum has the sum of what is left
 * out; and what is left out of all regions whose own sum is withheld, from the election's. So, contest by contest:
 *
 * 1. A group that is too small is left out, and with it the smallest other one that carries the contest, unless what
 *    is left out is enough already. (A group that is shown is never too small, so one more is always enough.)
 * 2. A region's sum over too few ballots is withheld, and with it that of the smallest other region, of which a group
 *    is left out as well, unless those withheld are enough already.
 * 3. The election's sum over too few ballots is withheld.
 *
 * How many ballots a place had is no secret that this keeps: contests of one ballot tell each other. How they were
 * marked is. Pure.
 * @param contestsOf the contests that a ballot style carries
 */
export function withholdSums(
  groups: readonly StationGroup[],
  contestsOf: (ballotStyle: string) => readonly string[],
  ballotsMin: number,
): WithheldSums {
  const columnsOf = ({ ballotStyle }: StationGroup) => [...contestsOf(ballotStyle), ballotsColumn];
  const sums = sumRegions(groups, columnsOf);
  const leftOut = new Set<StationGroup>();
  const leaveOut = (group: StationGroup): void => {
    leftOut.add(group);
    for (const column of columnsOf(group)) sumOf(sums, column, group.region).leftOut += group.ballots;
  };
  const leaveOutSmallest = (region: string, column: string): void => {
    const shown = groups.filter(
      (group) => group.region === region && !leftOut.has(group) && columnsOf(group).includes(column),
    );
    const smallest = smallestOf(shown, ({ ballots }) => ballots);
    if (smallest !== undefined) leaveOut(smallest);
  };
  const isFew = (ballots: number) => ballots > 0 && ballots < ballotsMin;

  for (const group of groups) if (isFew(group.ballots)) leaveOut(group);
  const withheld = new Set<string>();
  // The rarest first: what is left out for its sake helps those that more ballots carry.
  for (const [column, regions] of [...sums].sort(([, a], [, b]) => total(a) - total(b))) {
    for (const [region, sum] of regions)
      if (isFew(sum.leftOut) && !isFew(sum.all)) leaveOutSmallest(region, column);
    const few = [...regions].filter(([, { all }]) => isFew(all));
    for (const [region] of few) withheld.add(keyOf(region, column));
    if (isFew(total(new Map(few)))) {
      const others = [...regions].filter(([, { all }]) => !isFew(all));
      const smallest = smallestOf(others, ([, { all }]) => all);
      if (smallest !== undefined) {
        const [region, sum] = smallest;
        withheld.add(keyOf(region, column));
        if (sum.leftOut === 0) leaveOutSmallest(region, column);
      }
    }
    if (isFew(total(regions))) withheld.add(keyOf(null, column));
  }
  return { leftOut, withheld: (region, contest) => withheld.has(keyOf(region, contest ?? ballotsColumn)) };
}

/** Beside the contests, whose ids are not empty. */
const ballotsColumn = '';
const keyOf = (region: string | null, column: string) => `${region ?? ''}/${column}`;

type Sums = ReadonlyMap<string, ReadonlyMap<string, Sum>>;

/** By contest, then by region; in the order of the groups. */
function sumRegions(
  groups: readonly StationGroup[],
  columnsOf: (group: StationGroup) => readonly string[],
): Sums {
  const sums = new Map<string, Map<string, Sum>>();
  for (const group of groups) {
    for (const column of columnsOf(group)) {
      const regions = sums.get(column) ?? new Map<string, Sum>();
      sums.set(column, regions);
      const sum = regions.get(group.region) ?? { all: 0, leftOut: 0 };
      regions.set(group.region, sum);
      sum.all += group.ballots;
    }
  }
  return sums;
}

function sumOf(sums: Sums, column: string, region: string): Sum {
  const sum = sums.get(column)?.get(region);
  if (sum === undefined) throw new Error(`no ballots of ${region} carry ${column}`);
  return sum;
}

const total = (regions: ReadonlyMap<string, Sum>): number =>
  [...regions.values()].reduce((sum, { all }) => sum + all, 0);

/** The first of those that are smallest. */
function smallestOf<T>(items: readonly T[], size: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (smallest, item) => (smallest === undefined || size(item) < size(smallest) ? item : smallest),
    undefined,
  );
}
