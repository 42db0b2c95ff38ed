import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildResults, scopeFor } from '../../functions/core/build-results.ts';
import type { Election } from '../../functions/core/election.ts';
import type { ContestId, RegionId, StationId } from '../../schema/wire/ids.ts';
import { type ContestResult, type Results, resultsSchema } from '../../schema/wire/results.ts';
import { castBallots, compile } from '../support/arbitrary-ballots.ts';
import { type PlainBallot, snapshotOf } from '../support/counts.ts';
import { isDetermined } from '../support/known-sums.ts';

/** Numbers of ballots that keep a station of these few ballots now in, now out. */
const ballotsMins = fc.integer({ min: 2, max: 9 });
const cast = castBallots(60);

const withSetting = ({ definition }: Election, changes: object): Election =>
  compile({ ...definition, ...changes });

/** Everything that the route can be asked, after these ballots. */
function askAll(election: Election, ballots: readonly PlainBallot[]): Results[] {
  const snapshot = snapshotOf(election, ballots);
  const scopes = [
    scopeFor(election, 'election', undefined),
    scopeFor(election, 'region', undefined),
    ...election.definition.regions.map(({ id }) => scopeFor(election, 'station', id)),
  ];
  return scopes.map((scope) => {
    if (scope === null) throw new Error('a region is missing');
    return buildResults(election, snapshot, scope);
  });
}

interface Shown {
  readonly contest: ContestResult;
  readonly isOf: (ballot: PlainBallot) => boolean;
}

/** Each contest of each unit in an answer, and the place whose ballots it is about. */
function contestsOf(results: Results): Shown[] {
  const at = (contests: readonly ContestResult[], isOf: Shown['isOf']): Shown[] =>
    contests.map((contest) => ({ contest, isOf }));
  return [
    ...at(results.contests, () => true),
    ...(results.regions ?? []).flatMap((region) => [
      ...at(region.contests, (ballot) => ballot.region === region.region),
      ...(region.stations ?? []).flatMap((station) =>
        at(
          station.contests,
          (ballot) => ballot.region === region.region && ballot.station === station.station,
        ),
      ),
    ]),
  ];
}

/** Whether the ballots cast there have this contest on them. */
const carries = ({ regions }: Election, { region, station }: PlainBallot, contest: string): boolean =>
  regions
    .get(region as RegionId)
    ?.stations.get(station as StationId)
    ?.contests.has(contest as ContestId) ?? false;

const marksOf = (ballots: readonly PlainBallot[], contest: string): number =>
  ballots
    .flatMap(({ selections }) => selections)
    .filter((selection) => selection.contest === contest)
    .reduce((sum, { choices }) => sum + choices.length, 0);

describe('results of an election that suppresses few ballots', () => {
  it('give nobody who keeps all answers over time, and adds and subtracts them, a number about fewer ballots', () => {
    let suppressed = 0;
    fc.assert(
      fc.property(cast, ballotsMins, ({ election, ballots }, ballotsMin) => {
        const setting = { suppressForPrivacyBelowBallots: ballotsMin };
        const counting = withSetting(election, { ...setting, resultsStatus: 'unofficial' });
        // Each number is about some of the ballots: those in the same numbers everywhere, nothing tells apart.
        const patterns = new Map<string, string[]>();
        const hear = (answers: readonly Results[], ballotsCounted: number) => {
          for (const { contest, isOf } of answers.flatMap(contestsOf)) {
            if (contest.votes === null) {
              suppressed += 1;
              continue;
            }
            const seen = patterns.get(contest.contest) ?? ballots.map(() => '');
            const isIn = ballots.map(
              (ballot, at) =>
                at < ballotsCounted && isOf(ballot) && carries(election, ballot, contest.contest),
            );
            patterns.set(
              contest.contest,
              seen.map((pattern, at) => pattern + (isIn[at] ? '1' : '0')),
            );
          }
        };
        for (let count = 1; count <= ballots.length; count += 1)
          hear(askAll(counting, ballots.slice(0, count)), count);
        for (const resultsStatus of ['complete', 'certified'])
          hear(askAll(withSetting(election, { ...setting, resultsStatus }), ballots), ballots.length);
        for (const seen of patterns.values()) {
          const sizes = new Map<string, number>();
          for (const pattern of seen) sizes.set(pattern, (sizes.get(pattern) ?? 0) + 1);
          for (const [pattern, size] of sizes)
            if (pattern.includes('1')) expect(size).toBeGreaterThanOrEqual(ballotsMin);
        }
      }),
      { numRuns: 150 },
    );
    expect(suppressed).toBeGreaterThan(1_000);
  });

  it('leave no set of stations with fewer ballots whose votes follow from what is shown, by exact elimination', () => {
    let asked = 0;
    fc.assert(
      fc.property(cast, ballotsMins, ({ election, ballots }, ballotsMin) => {
        const complete = withSetting(election, {
          suppressForPrivacyBelowBallots: ballotsMin,
          resultsStatus: 'complete',
        });
        const shown = askAll(complete, ballots).flatMap(contestsOf);
        for (const { id } of election.definition.contests) {
          const cells = cellsOf(ballots.filter((ballot) => carries(election, ballot, id)));
          const equations = shown
            .filter(({ contest }) => contest.contest === id && contest.votes !== null)
            .map(({ isOf }) => cells.map(([ballot]) => isOf(ballot)));
          for (const few of subsetsBelow(cells, ballotsMin)) {
            asked += 1;
            expect([id, few, isDetermined(equations, few)]).toEqual([id, few, false]);
          }
        }
      }),
      { numRuns: 100 },
    );
    expect(asked).toBeGreaterThan(1_000);
  });

  it('are the count where they are shown, have their reason where they are not, and say how many voted everywhere', () => {
    fc.assert(
      fc.property(cast, ballotsMins, ({ election, ballots }, ballotsMin) => {
        const complete = { resultsStatus: 'complete' };
        const everything = askAll(withSetting(election, complete), ballots);
        const published = askAll(
          withSetting(election, { ...complete, suppressForPrivacyBelowBallots: ballotsMin }),
          ballots,
        );
        for (const [index, results] of published.entries()) {
          expect(resultsSchema.parse(results)).toEqual(results);
          const all = contestsOf(everything[index] as Results);
          for (const [at, { contest, isOf }] of contestsOf(results).entries()) {
            const counted = all[at]?.contest as ContestResult;
            expect(contest.ballots).toBe(counted.ballots);
            if (contest.suppressedForPrivacy === undefined) {
              expect(contest).toEqual(counted);
              expect(contest.votes).toBe(marksOf(ballots.filter(isOf), contest.contest));
            } else {
              expect(contest).toMatchObject({ votes: null, undervotes: null });
              expect(contest.choices.every(({ votes }) => votes === null)).toBe(true);
              expect(contest.suppressedForPrivacy === 'few-ballots').toBe(contest.ballots < ballotsMin);
            }
            if (contest.ballots > 0 && contest.ballots < ballotsMin)
              expect(contest.suppressedForPrivacy).toBe('few-ballots');
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('suppress nothing where no place has few ballots', () => {
    fc.assert(
      fc.property(cast, ({ election, ballots }) => {
        const often = ballots.flatMap((ballot) => Array.from({ length: 5 }, () => ballot));
        const complete = withSetting(election, {
          suppressForPrivacyBelowBallots: 5,
          resultsStatus: 'complete',
        });
        for (const { contest } of askAll(complete, often).flatMap(contestsOf))
          expect(contest.suppressedForPrivacy).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});

/** The ballots of each station. */
function cellsOf(ballots: readonly PlainBallot[]): (readonly [PlainBallot, ...PlainBallot[]])[] {
  const cells = new Map<string, [PlainBallot, ...PlainBallot[]]>();
  for (const ballot of ballots) {
    const place = `${ballot.region} ${ballot.station}`;
    const others = cells.get(place);
    if (others === undefined) cells.set(place, [ballot]);
    else others.push(ballot);
  }
  return [...cells.values()];
}

/** Every set of stations that has some ballots, but fewer than these together. */
function subsetsBelow(cells: readonly (readonly unknown[])[], ballotsMin: number): boolean[][] {
  const found: boolean[][] = [];
  const choose = (at: number, chosen: readonly boolean[], ballots: number) => {
    if (ballots >= ballotsMin) return;
    if (at === cells.length) {
      if (ballots > 0) found.push([...chosen]);
      return;
    }
    choose(at + 1, [...chosen, false], ballots);
    choose(at + 1, [...chosen, true], ballots + (cells[at]?.length ?? 0));
  };
  choose(0, [], 0);
  return found;
}
