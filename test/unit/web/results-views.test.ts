import { describe, expect, it } from 'vitest';
import { announceEveryMs, nextAnnouncement } from '../../../functions/web/results/announcement.ts';
import { shareOf, viewContest, votesOf } from '../../../functions/web/results/contest-view.ts';
import { chartMinutes, roundUp } from '../../../functions/web/results/minutes-chart.ts';
import { arrangeRows, sortBy, toRow } from '../../../functions/web/results/table-rows.ts';
import type { ContestResult } from '../../../schema/wire/results.ts';
import { makeRow as row, standing } from '../../support/results-rows.ts';

const contest = (votes: readonly number[], rest: Partial<ContestResult> = {}): ContestResult =>
  ({
    contest: 'mayor',
    name: 'Mayor',
    maxSelections: 1,
    ballots: 20,
    votes: votes.reduce((sum, one) => sum + one, 0),
    undervotes: 0,
    choices: votes.map((count, index) => ({ choice: `c${index}`, name: `C${index}`, votes: count })),
    ...rest,
  }) as ContestResult;
const leading = (view: ReturnType<typeof viewContest>) =>
  view.choices.filter(({ isLeading }) => isLeading).map(({ id }) => id);

describe('a contest', () => {
  it('has its choices by votes, and those of equal votes in ballot order', () => {
    const view = viewContest(contest([2, 5, 2, 9]));
    expect(view.choices.map(({ id, votes }) => [id, votes])).toEqual([
      ['c3', 9],
      ['c1', 5],
      ['c0', 2],
      ['c2', 2],
    ]);
    expect(view.choices[0]?.share).toBe(0.5);
  });

  it('has shares of ballots where several choices may be marked', () => {
    const view = viewContest(contest([10, 5, 5], { maxSelections: 2 }));
    expect([view.shareBase, view.choices[0]?.share]).toEqual(['ballots', 0.5]);
  });

  it('has as many leading as there are places, none of them with a tie across the line', () => {
    expect(leading(viewContest(contest([3, 9, 1])))).toEqual(['c1']);
    expect(leading(viewContest(contest([9, 9, 1])))).toEqual([]);
    expect(leading(viewContest(contest([9, 5, 5], { maxSelections: 2 })))).toEqual(['c0']);
    expect(leading(viewContest(contest([9, 5, 4], { maxSelections: 2 })))).toEqual(['c0', 'c1']);
    expect(leading(viewContest(contest([9, 0], { maxSelections: 2 })))).toEqual(['c0']);
  });

  it('has no shares and nobody leading before the first vote', () => {
    const view = viewContest(contest([0, 0], { ballots: 0 }));
    expect(view.choices.map(({ share }) => share)).toEqual([null, null]);
    expect(leading(view)).toEqual([]);
    expect([shareOf(0, 0), shareOf(3, undefined), shareOf(1, 4)]).toEqual([null, null, 0.25]);
  });

  it('adds votes up over all contests, apart from ballots', () => {
    expect(votesOf({ contests: [contest([1, 2]), contest([4])] })).toBe(7);
  });
});

describe('the table', () => {
  const rows = [
    row('b', 'Birch 10', { ballots: 5, turnout: 0.5, votes: new Map([['ada', 1]]) }),
    row('a', 'Älder 9', { ballots: 5, stations: { total: 4, reporting: 1 } }),
    row('c', 'Cedar', { ballots: 7, turnout: 0.1, stations: { total: 4, reporting: 4 } }),
  ];
  const ids = (column: Parameters<typeof sortBy>[0], isDescending: boolean, filter = '') =>
    arrangeRows(rows, { column, isDescending }, filter, 'en')
      .map(({ id }) => id)
      .join('');

  it('sorts by name as people do, and by numbers with names deciding between equals', () => {
    expect([ids('name', false), ids('name', true)]).toEqual(['abc', 'cba']);
    expect([ids('ballots', true), ids('ballots', false)]).toEqual(['cab', 'abc']);
    expect(
      arrangeRows(
        [row('1', 'Ward 10'), row('2', 'Ward 9')],
        { column: 'name', isDescending: false },
        '',
        'en',
      )[0]?.id,
    ).toBe('2');
  });

  it('puts what is not known last, whichever way', () => {
    expect([ids('turnout', true), ids('turnout', false)]).toEqual(['bca', 'cba']);
    expect([ids('stations', true), ids('stations', false)]).toEqual(['cab', 'acb']);
    expect([ids('choice:ada', true), ids('choice:ada', false)]).toEqual(['bac', 'bac']);
  });

  it('filters by name or id, whatever accents and capitals', () => {
    const filtered = [' ALD', 'é', '', 'x'].map((filter) => ids('name', false, filter));
    expect(filtered).toEqual(['a', 'ac', 'abc', '']);
  });

  it('sorts a new column from its interesting end, and the same one the other way', () => {
    const byName = { column: 'name', isDescending: false } as const;
    expect(sortBy('ballots', byName)).toEqual({ column: 'ballots', isDescending: true });
    expect(sortBy('name', byName)).toEqual({ column: 'name', isDescending: true });
    expect(sortBy('name', { column: 'ballots', isDescending: true })).toEqual(byName);
  });

  it('has no votes where the contest is not on the ballots', () => {
    const unit = { ballots: 2, ballotsByChannel: [], contests: [contest([1, 1])] };
    expect(toRow('a', 'A', unit, 'mayor', null, standing).votes?.get('c1')).toBe(1);
    expect(toRow('a', 'A', unit, 'council', null, standing)).toMatchObject({
      votes: null,
      contestVotes: null,
    });
  });
});

describe('the chart of minutes', () => {
  const first = '2026-11-03T12:03:00Z';

  it('has a bar a minute for a short count, the last still running', () => {
    const chart = chartMinutes({ first, recorded: [4, 0, 12], before: 0 });
    expect(chart.bars.map(({ ballots, isRunning }) => [ballots, isRunning])).toEqual([
      [4, false],
      [0, false],
      [12, true],
    ]);
    expect([chart.minutesPerBar, chart.top, chart.peak?.startMs]).toEqual([
      1,
      20,
      Date.parse('2026-11-03T12:05:00Z'),
    ]);
  });

  it('is empty before the first vote', () => {
    expect(chartMinutes({ first: null, recorded: [], before: 3 })).toEqual({
      minutesPerBar: 1,
      bars: [],
      top: 1,
      peak: null,
    });
  });

  it('sums minutes at full spans of the clock once there are many', () => {
    const recorded = Array.from({ length: 300 }, () => 2);
    const chart = chartMinutes({ first, recorded, before: 0 });
    expect(chart.minutesPerBar).toBe(5);
    expect(new Date(chart.bars[0]?.startMs ?? 0).toISOString()).toBe('2026-11-03T12:00:00.000Z');
    expect(chart.bars[0]?.ballots).toBe(4);
    expect(chart.bars.reduce((sum, { ballots }) => sum + ballots, 0)).toBe(600);
    expect(chart.top).toBe(2);
  });

  it('has a top that reads well', () => {
    expect([0, 1, 1.2, 3, 7, 10, 51, 99, 250_000].map(roundUp)).toEqual([
      1, 1, 2, 5, 10, 10, 100, 100, 500_000,
    ]);
  });
});

describe('what a screen reader is told', () => {
  const last = { atMs: 1_000, ballots: 5, status: 'unofficial' } as const;
  it('is the count now and then, the status at once, and nothing when nothing has changed', () => {
    const at = (ms: number, ballots: number, status: 'unofficial' | 'certified' = 'unofficial') =>
      nextAnnouncement({ ballots, status }, last, last.atMs + ms);
    expect(at(announceEveryMs - 1, 6)).toBeNull();
    expect(at(announceEveryMs, 6)).toEqual({
      atMs: 1_000 + announceEveryMs,
      ballots: 6,
      status: 'unofficial',
    });
    expect(at(10 * announceEveryMs, 5)).toBeNull();
    expect(at(1, 5, 'certified')).toMatchObject({ status: 'certified' });
  });
});
