import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeMarks } from '../../../load/replay/change-marks.ts';
import { createDealer } from '../../../load/replay/deal-ballots.ts';
import { expectVotes } from '../../../load/replay/expected-votes.ts';
import { shuffledIndex } from '../../../load/replay/permutation.ts';
import { type ElectionPlan, planElection } from '../../../load/replay/plan-election.ts';
import type { ResultsFile } from '../../../load/replay/results-file.ts';

/** Votes of up to 4 contests with up to 4 choices in up to 4 precincts; a missing contest is null. */
const fileArbitrary = fc
  .record({
    precincts: fc.array(
      fc.array(fc.option(fc.array(fc.nat(12), { minLength: 4, maxLength: 4 })), {
        minLength: 4,
        maxLength: 4,
      }),
      { minLength: 1, maxLength: 4 },
    ),
    voteFor: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 4, maxLength: 4 }),
    seed: fc.nat(),
  })
  .filter(({ precincts }) =>
    precincts.some((contests) => contests.some((votes) => votes?.some((count) => count > 0))),
  );

function planOf({
  precincts,
  voteFor,
}: {
  precincts: (number[] | null)[][];
  voteFor: number[];
}): ElectionPlan {
  const file: Pick<ResultsFile, 'contests' | 'precincts'> = {
    contests: [0, 1, 2, 3].map((no) => ({
      office: `Office ${no}`,
      district: no === 3 ? '7' : '',
      choices: [0, 1, 2, 3].map((choice) => ({ name: `Choice ${choice}`, party: '' })),
    })),
    precincts: precincts.map((contests, no) => ({
      county: '',
      name: `P${no}`,
      registeredVoters: null,
      votes: new Map(
        contests.flatMap((votes, contest) =>
          votes === null ? [] : [[contest, new Map(votes.entries())] as const],
        ),
      ),
    })),
  };
  const marks = new Map(voteFor.map((allowed, no) => [`Office ${no}`, allowed]));
  return planElection(file as ResultsFile, {
    regionPattern: null,
    voteFor: marks,
    fallbackRegionName: 'All',
  });
}

describe('createDealer', () => {
  it('deals exactly the votes of the file, and no ballot overvoted or with a choice twice', () => {
    fc.assert(
      fc.property(fileArbitrary, (input) => {
        const plan = planOf(input);
        const dealer = createDealer(plan, input.seed);
        const counted = plan.stations.map(() => ({ ballots: 0, votes: new Map<string, number>() }));
        for (let place = 0; place < dealer.ballots; place += 1) {
          const { station, marks } = dealer.ballotAt(place);
          expect(dealer.stationAt(place)).toBe(station);
          const count = counted[plan.stations.indexOf(station)];
          if (count === undefined) throw new Error('no such station');
          count.ballots += 1;
          expect(new Set(marks.map((mark) => mark.contest)).size).toBe(marks.length);
          for (const { contest, choices } of marks) {
            expect(station.contests.map((at) => at.contest)).toContain(contest);
            expect(choices.length).toBeLessThanOrEqual(plan.contests[contest]?.maxSelections ?? 0);
            expect(new Set(choices).size).toBe(choices.length);
            for (const choice of choices)
              count.votes.set(`${contest} ${choice}`, (count.votes.get(`${contest} ${choice}`) ?? 0) + 1);
          }
        }
        for (const [at, precinct] of input.precincts.entries()) {
          const fullest = Math.max(
            0,
            ...precinct.map((votes, no) => {
              const sum = (votes ?? []).reduce((total, count) => total + count, 0);
              return Math.max(Math.ceil(sum / Math.min(input.voteFor[no] ?? 1, 4)), ...(votes ?? []));
            }),
          );
          expect(counted[at]?.ballots).toBe(fullest);
          for (const [contest, votes] of precinct.entries()) {
            for (const [choice, wanted] of (votes ?? []).entries())
              expect(counted[at]?.votes.get(`${contest} ${choice}`) ?? 0).toBe(wanted);
          }
        }
      }),
    );
  });

  it('deals the same again with the same seed, and otherwise with another', () => {
    const plan = planOf({
      precincts: [[[40, 30, 20, 10], [25, 25, 25, 25], null, null]],
      voteFor: [1, 1, 1, 1],
    });
    const deal = (seed: number) =>
      Array.from({ length: plan.ballots }, (_, place) => createDealer(plan, seed).ballotAt(place).marks);
    expect(deal(1)).toEqual(deal(1));
    expect(deal(1)).not.toEqual(deal(2));
  });

  it('expects of a part what the part holds, and of the whole what the file says', () => {
    fc.assert(
      fc.property(fileArbitrary, fc.nat(60), (input, some) => {
        const plan = planOf(input);
        const dealer = createDealer(plan, input.seed);
        const ballots = Math.min(some, plan.ballots);
        const part = expectVotes(plan, dealer, ballots);
        expect(part.reduce((sum, station) => sum + station.ballots, 0)).toBe(ballots);
        const all = expectVotes(plan, dealer, plan.ballots);
        for (const [at, station] of all.entries()) {
          expect(station.ballots).toBe(plan.stations[at]?.ballots);
          for (const [contest, votes] of station.votes) expect(votes).toEqual(input.precincts[at]?.[contest]);
          for (const [contest, votes] of part[at]?.votes ?? [])
            for (const [choice, count] of votes.entries())
              expect(count).toBeLessThanOrEqual(station.votes.get(contest)?.[choice] ?? 0);
        }
      }),
    );
  });
});

describe('shuffledIndex', () => {
  it('is a permutation for every size and key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (size, key) => {
        const seen = new Set(Array.from({ length: size }, (_, index) => shuffledIndex(index, size, key)));
        expect(seen.size).toBe(size);
        expect(Math.max(...seen)).toBe(size - 1);
      }),
    );
  });

  it('puts every index everywhere about equally often', () => {
    const size = 10;
    const keys = 5_000;
    for (const index of [0, 4, 9]) {
      const counts = new Array<number>(size).fill(0);
      for (let key = 0; key < keys; key += 1) {
        const place = shuffledIndex(index, size, key * 7919);
        counts[place] = (counts[place] ?? 0) + 1;
      }
      for (const count of counts) expect(Math.abs(count - keys / size)).toBeLessThan(0.25 * (keys / size));
    }
  });
});

describe('changeMarks', () => {
  it('makes another valid ballot of the same station, whatever the first was', () => {
    fc.assert(
      fc.property(fileArbitrary, (input) => {
        const plan = planOf(input);
        const dealer = createDealer(plan, input.seed);
        for (let place = 0; place < dealer.ballots; place += 1) {
          const dealt = dealer.ballotAt(place);
          const changed = changeMarks(dealt, plan.contests);
          const sorted = (marks: typeof changed) =>
            marks.map(({ contest, choices }) => ({ contest, choices: [...choices].sort() }));
          expect(sorted(changed)).not.toEqual(sorted([...dealt.marks]));
          for (const { contest, choices } of changed) {
            expect(choices.length).toBeGreaterThan(0);
            expect(choices.length).toBeLessThanOrEqual(plan.contests[contest]?.maxSelections ?? 0);
            expect(new Set(choices).size).toBe(choices.length);
            for (const choice of choices)
              expect(choice).toBeLessThan(plan.contests[contest]?.choices.length ?? 0);
            expect(dealt.station.contests.map((at) => at.contest)).toContain(contest);
          }
        }
      }),
    );
  });
});
