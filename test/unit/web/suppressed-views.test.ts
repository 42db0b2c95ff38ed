import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { viewContest, votesOf } from '../../../functions/web/results/contest-view.ts';
import { type ShownTable, toCsv, toJson } from '../../../functions/web/results/export-table.ts';
import { toRow } from '../../../functions/web/results/table-rows.ts';
import type { ContestResult, UnitResult } from '../../../schema/wire/results.ts';
import { standing } from '../../support/results-rows.ts';

const contest = (votes: readonly (number | null)[], rest: Partial<ContestResult> = {}): ContestResult =>
  ({
    contest: 'mayor',
    name: 'Mayor',
    maxSelections: 1,
    ballots: 20,
    votes: votes.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    undervotes: 0,
    choices: votes.map((count, index) => ({ choice: `c${index}`, name: `C${index}`, votes: count })),
    ...rest,
  }) as ContestResult;
const suppressed = contest([null, null], {
  votes: null,
  undervotes: null,
  suppressedForPrivacy: 'few-ballots',
});
const unit = (one: ContestResult): UnitResult => ({ ballots: 20, ballotsByChannel: [], contests: [one] });

describe('a contest whose votes are suppressed', () => {
  it('says why, has its ballots, and nobody leading', () => {
    const view = viewContest(suppressed);
    expect(view).toMatchObject({ suppressed: 'few-ballots', ballots: 20, votes: null, undervotes: null });
    expect(view.choices.map(({ id, votes, share, isLeading }) => [id, votes, share, isLeading])).toEqual([
      ['c0', null, null, false],
      ['c1', null, null, false],
    ]);
  });

  it('leaves no sum over all contests', () => {
    expect(votesOf({ contests: [contest([1, 2]), suppressed] })).toBe(null);
  });
});

describe('a row whose votes are suppressed', () => {
  const rows = [
    toRow('a', 'A', unit(suppressed), 'mayor', null, standing),
    toRow('b', 'B', unit(contest([12, 3])), 'mayor', null, standing),
  ];
  const table = {
    results: { election: 'demo', version: 1, suppressForPrivacyBelowBallots: 30 },
    region: null,
    contest: { id: 'mayor', name: 'Mayor' },
    choices: [{ id: 'c0', name: 'C0' }],
    rows,
    standing,
  } as unknown as ShownTable;

  it('is not one of a contest that is on no ballot there', () => {
    expect(rows[0]).toMatchObject({
      ballots: 20,
      votes: null,
      contestVotes: null,
      suppressed: 'few-ballots',
    });
    expect(toRow('a', 'A', unit(suppressed), 'council', null, standing)).toMatchObject({
      votes: null,
      suppressed: null,
    });
  });

  it('says so in CSV and in JSON', () => {
    const parsed = parse<Record<string, string>>(toCsv(table), { columns: true });
    expect(parsed.map((one) => [one['region'], one['suppressed_for_privacy'], one['votes_c0']])).toEqual([
      ['a', 'few-ballots', ''],
      ['b', '', '12'],
    ]);
    const { regions } = JSON.parse(toJson(table)) as { regions: Record<string, unknown>[] };
    expect(regions.map((one) => [one['suppressedForPrivacy'], one['choices']])).toEqual([
      ['few-ballots', null],
      [undefined, [{ choice: 'c0', name: 'C0', votes: 12 }]],
    ]);
  });
});
