import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildResults } from '../../functions/core/build-results.ts';
import { sumBallots, type TallyDelta, tallyLevels } from '../../functions/core/tally.ts';
import { resultsSchema, type UnitResult } from '../../schema/wire/results.ts';
import { castBallots } from '../support/arbitrary-ballots.ts';
import { numbersFor, snapshotOf, toCounted } from '../support/counts.ts';

const cast = castBallots(40);

const total = (delta: TallyDelta): Map<number, number> => {
  const lines = new Map<number, number>();
  for (const [index, line] of delta.lineNos.entries())
    lines.set(line, (lines.get(line) ?? 0) + (delta.votes[index] ?? 0));
  return lines;
};

describe('the sums of any ballots', () => {
  it('are equal on every line at every level, and count each line of each ballot once', () => {
    fc.assert(
      fc.property(cast, ({ election, ballots }) => {
        const counted = ballots.map((ballot) => toCounted(election, numbersFor(election), ballot));
        const sums = sumBallots(counted);
        const expected = new Map<number, number>();
        for (const line of counted.flatMap((one) => one.lines))
          expected.set(line, (expected.get(line) ?? 0) + 1);
        for (const level of tallyLevels) {
          expect(total(sums[level])).toEqual(expected);
          const cells = sums[level].unitNos.map((unit, index) => `${unit} ${sums[level].lineNos[index]}`);
          expect(new Set(cells).size).toBe(cells.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the results of any ballots', () => {
  it('satisfy votes + undervotes = ballots × allowed in every contest and unit, and children sum to their parents', () => {
    fc.assert(
      fc.property(cast, ({ election, ballots }) => {
        const snapshot = snapshotOf(election, ballots);
        const results = buildResults(election, snapshot, { by: 'region' });
        expect(resultsSchema.parse(results)).toEqual(results);
        expect(results.ballots).toBe(ballots.length);
        expectBalanced(results);
        expectSum(results, results.regions ?? []);
        for (const { region } of results.regions ?? []) {
          const [one] = buildResults(election, snapshot, { by: 'station', region }).regions ?? [];
          if (one === undefined) throw new Error(`region ${region} is missing`);
          expectBalanced(one);
          expectSum(one, one.stations ?? []);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('count each choice as often as it was marked', () => {
    fc.assert(
      fc.property(cast, ({ election, ballots }) => {
        const results = buildResults(election, snapshotOf(election, ballots), { by: 'election' });
        for (const { contest, choices } of results.contests) {
          for (const { choice, votes } of choices) {
            const marks = ballots.filter(({ selections }) =>
              selections.some((one) => one.contest === contest && one.choices.includes(choice)),
            );
            expect(votes).toBe(marks.length);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

function expectBalanced({ ballots, ballotsByChannel, contests }: UnitResult): void {
  expect(ballotsByChannel.reduce((sum, one) => sum + one.ballots, 0)).toBe(ballots);
  for (const contest of contests) {
    expect((contest.votes ?? 0) + (contest.undervotes ?? 0)).toBe(contest.ballots * contest.maxSelections);
    expect(contest.choices.reduce((sum, choice) => sum + (choice.votes ?? 0), 0)).toBe(contest.votes);
    expect(contest.ballots).toBeLessThanOrEqual(ballots);
  }
}

function expectSum(parent: UnitResult, children: readonly UnitResult[]): void {
  const sum = (pick: (unit: UnitResult) => number) =>
    children.reduce((before, child) => before + pick(child), 0);
  expect(sum((unit) => unit.ballots)).toBe(parent.ballots);
  for (const { contest, ballots, votes, undervotes, choices } of parent.contests) {
    const of = (unit: UnitResult) => unit.contests.find((one) => one.contest === contest);
    expect(sum((unit) => of(unit)?.ballots ?? 0)).toBe(ballots);
    expect(sum((unit) => of(unit)?.votes ?? 0)).toBe(votes);
    expect(sum((unit) => of(unit)?.undervotes ?? 0)).toBe(undervotes);
    for (const { choice, votes: marked } of choices)
      expect(sum((unit) => of(unit)?.choices.find((one) => one.choice === choice)?.votes ?? 0)).toBe(marked);
  }
}
