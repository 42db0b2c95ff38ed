import type { ContestId } from '../../schema/wire/ids.ts';
import type { ContestResult, Results, Suppression, UnitResult } from '../../schema/wire/results.ts';

/** Contests of units as they were counted, and why the votes in some of them are suppressed. */
type Suppressed = Map<ContestResult, Suppression>;
/** A unit, and what it is sorted by where there are as many ballots in another. */
type Sibling = readonly [id: string, unit: UnitResult];

/**
 * Takes the votes out of what must not be published: until the count is complete all of them, and then those in every
 * unit and contest with fewer than `ballotsMin` ballots. Beside such a one the next larger ones go with it, until
 * what is left of their parent, when everything shown below it is taken away, stands for `ballotsMin` ballots. So
 * whatever is added and subtracted is about no fewer. What is suppressed in a region is suppressed in its stations.
 *
 * Which ones go depends on numbers of ballots alone, and these are shown: the choice tells nothing of the votes.
 *
 * @param results of the election alone, or with all of its regions and with all stations of those that have any
 */
export function suppressForPrivacy(results: Results, ballotsMin: number): Results {
  if (results.status === 'unofficial') return withContests(results, () => 'count-not-complete');
  const suppressed: Suppressed = new Map();
  const regions = results.regions ?? [];
  judgeChildren(suppressed, null, [['', results]], ballotsMin);
  judgeChildren(
    suppressed,
    results,
    regions.map((region) => [region.region, region]),
    ballotsMin,
  );
  for (const region of regions) {
    const stations = region.stations ?? [];
    judgeChildren(
      suppressed,
      region,
      stations.map((station) => [station.station, station]),
      ballotsMin,
    );
  }
  return withContests(results, (contest) => suppressed.get(contest));
}

function judgeChildren(
  suppressed: Suppressed,
  parent: UnitResult | null,
  children: readonly Sibling[],
  ballotsMin: number,
): void {
  const cells = new Map<ContestId, [id: string, contest: ContestResult][]>();
  for (const [id, unit] of children)
    for (const contest of unit.contests) {
      if (contest.ballots === 0) continue;
      const others = cells.get(contest.contest) ?? [];
      others.push([id, contest]);
      cells.set(contest.contest, others);
    }
  const hidden = new Set(
    parent?.contests.filter((contest) => suppressed.has(contest)).map(({ contest }) => contest),
  );
  for (const [contest, siblings] of cells)
    judgeSiblings(suppressed, siblings, !hidden.has(contest), ballotsMin);
}

/** @param siblings one contest in the units beside each other, where it has ballots */
function judgeSiblings(
  suppressed: Suppressed,
  siblings: readonly (readonly [id: string, contest: ContestResult])[],
  isParentShown: boolean,
  ballotsMin: number,
): void {
  const hasFew = siblings.some(([, { ballots }]) => ballots < ballotsMin);
  if (isParentShown && !hasFew) return;
  const ascending = siblings.toSorted(
    ([a, one], [b, other]) => one.ballots - other.ballots || (a < b ? -1 : 1),
  );
  let ballotsSuppressed = 0;
  for (const [, contest] of ascending) {
    const isFew = contest.ballots < ballotsMin;
    if (isParentShown && !isFew && ballotsSuppressed >= ballotsMin) return;
    suppressed.set(contest, isFew ? 'few-ballots' : 'beside-few-ballots');
    ballotsSuppressed += contest.ballots;
  }
}

type Verdict = (contest: ContestResult) => Suppression | undefined;

function withContests(results: Results, verdictOf: Verdict): Results {
  const regions = results.regions?.map((region) => {
    const stations = region.stations?.map((station) => hideVotes(station, verdictOf));
    return { ...hideVotes(region, verdictOf), ...(stations === undefined ? {} : { stations }) };
  });
  return { ...hideVotes(results, verdictOf), ...(regions === undefined ? {} : { regions }) };
}

function hideVotes<Unit extends UnitResult>(unit: Unit, verdictOf: Verdict): Unit {
  const contests = unit.contests.map((contest): ContestResult => {
    const why = verdictOf(contest);
    if (why === undefined) return contest;
    return {
      ...contest,
      votes: null,
      undervotes: null,
      suppressedForPrivacy: why,
      choices: contest.choices.map((choice) => ({ ...choice, votes: null })),
    };
  });
  return { ...unit, contests };
}
