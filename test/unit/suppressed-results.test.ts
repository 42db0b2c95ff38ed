import { describe, expect, it } from 'vitest';
import { buildResults, scopeFor } from '../../functions/core/build-results.ts';
import type { Election } from '../../functions/core/election.ts';
import { regionIdSchema } from '../../schema/wire/ids.ts';
import type { ContestResult, UnitResult } from '../../schema/wire/results.ts';
import { type PlainBallot, snapshotOf } from '../support/counts.ts';
import { openMs, testElection } from '../support/election.ts';
import { createTestResults } from '../support/results.ts';

const ballotsMin = 10;

/** The north's stations have the council on their ballots; n2's have the levy instead, and nobody else's do. */
function electionOf(changes: Record<string, unknown> = {}): Election {
  const { definition } = testElection();
  const [north, south] = definition.regions;
  return testElection({
    suppressForPrivacyBelowBallots: ballotsMin,
    resultsStatus: 'complete',
    contests: [
      ...definition.contests,
      { id: 'levy', name: 'Levy', maxSelections: 1, choices: [{ id: 'yes', name: 'Yes' }] },
    ],
    ballotStyles: [...definition.ballotStyles, { id: 'levied', contests: ['mayor', 'levy'] }],
    regions: [
      {
        ...north,
        stations: north?.stations.map((station) =>
          String(station.id) === 'n2' ? { ...station, ballotStyle: 'levied' } : station,
        ),
      },
      south,
    ],
    ...changes,
  });
}

const times = (count: number, ballot: Omit<PlainBallot, 'channel'>): PlainBallot[] =>
  Array.from({ length: count }, () => ({ channel: 'kiosk', ...ballot }));
const mark = (contest: string, choice: string) => ({ contest, choices: [choice] });

const ballots = [
  ...times(40, { region: 'north', station: 'online', selections: [mark('mayor', 'bob')] }),
  ...times(12, {
    region: 'north',
    station: 'n1',
    selections: [mark('mayor', 'ada'), mark('council', 'kim')],
  }),
  ...times(3, { region: 'north', station: 'n2', selections: [mark('mayor', 'ada'), mark('levy', 'yes')] }),
  ...times(8, { region: 'south', station: 's1', selections: [mark('mayor', 'ada')] }),
  ...times(30, { region: 'south', station: 'online', selections: [mark('bridge', 'no')] }),
];

const ask = (election: Election, by: 'election' | 'region' | 'station', region?: string) => {
  const scope = scopeFor(election, by, region === undefined ? undefined : regionIdSchema.parse(region));
  if (scope === null) throw new Error('there is no such region');
  return buildResults(election, snapshotOf(election, ballots), scope);
};
const contestIn = (unit: UnitResult | undefined, id: string): ContestResult => {
  const found = unit?.contests.find(({ contest }) => String(contest) === id);
  if (found === undefined) throw new Error(`contest ${id} is missing`);
  return found;
};
const verdicts = (units: readonly (UnitResult & { station?: string })[] | undefined, contest: string) =>
  Object.fromEntries(
    (units ?? []).map((unit) => [
      unit.station,
      contestIn(unit, contest).suppressedForPrivacy ?? contestIn(unit, contest).votes,
    ]),
  );

describe('a station with few ballots', () => {
  it('has its number of ballots, and not how they voted, nor has the smallest beside it', () => {
    const [south] = ask(electionOf(), 'station', 'south').regions ?? [];
    expect(south?.stations?.map(({ station, ballots: cast }) => [station, cast])).toEqual([
      ['online', 30],
      ['s1', 8],
    ]);
    expect(verdicts(south?.stations, 'mayor')).toEqual({ online: 'beside-few-ballots', s1: 'few-ballots' });
    expect(contestIn(south?.stations?.[1], 'mayor')).toMatchObject({
      ballots: 8,
      votes: null,
      undervotes: null,
      choices: [
        { choice: 'ada', votes: null },
        { choice: 'bob', votes: null },
      ],
    });
    expect(contestIn(south, 'mayor')).toMatchObject({ ballots: 38, votes: 8 });
  });

  it('takes no more with it than is needed', () => {
    const [north] = ask(electionOf(), 'station', 'north').regions ?? [];
    expect(verdicts(north?.stations, 'mayor')).toEqual({
      online: 40,
      n1: 'beside-few-ballots',
      n2: 'few-ballots',
    });
  });
});

describe('a contest with few ballots', () => {
  it('is suppressed in the region and the whole election too, where nobody else has it', () => {
    const election = electionOf();
    const whole = ask(election, 'region');
    const levy = { ballots: 3, votes: null, suppressedForPrivacy: 'few-ballots' };
    expect(contestIn(whole, 'levy')).toMatchObject(levy);
    expect(contestIn(whole.regions?.[0], 'levy')).toMatchObject(levy);
    expect(contestIn(ask(election, 'election'), 'levy')).toMatchObject(levy);
    expect(contestIn(whole, 'mayor')).toMatchObject({ ballots: 93, votes: 63 });
  });
});

describe('a region with few ballots', () => {
  const few = ballots.filter(({ region, station }) => region !== 'south' || station === 's1');
  const election = electionOf();
  const snapshot = snapshotOf(election, few);

  it('takes the next one with it, and no station tells what its region does not', () => {
    const regions = buildResults(election, snapshot, { by: 'region' }).regions;
    expect(regions?.map((region) => contestIn(region, 'mayor').suppressedForPrivacy)).toEqual([
      'beside-few-ballots',
      'few-ballots',
    ]);
    const north = regionIdSchema.parse('north');
    const [region] =
      buildResults(election, snapshot, { by: 'station', region: north, withRegions: true }).regions ?? [];
    expect(region?.stations?.map((one) => contestIn(one, 'mayor').votes)).toEqual([null, null, null]);
  });
});

describe('the stations of a region', () => {
  it('are not judged without the other regions', () => {
    const scope = { by: 'station', region: regionIdSchema.parse('south') } as const;
    const snapshot = snapshotOf(electionOf(), ballots);
    expect(() => buildResults(electionOf(), snapshot, scope)).toThrow('without the others');
    expect(buildResults(electionOf({ resultsStatus: 'unofficial' }), snapshot, scope).regions).toHaveLength(
      1,
    );
  });
});

describe('while the count is not complete', () => {
  it('no votes are shown at any level, and how many voted is', () => {
    const counting = electionOf({ resultsStatus: 'unofficial' });
    for (const results of [ask(counting, 'region'), ask(counting, 'station', 'south')]) {
      expect(results).toMatchObject({ ballots: 93, suppressForPrivacyBelowBallots: ballotsMin });
      for (const unit of [results, ...(results.regions ?? []), ...(results.regions?.[0]?.stations ?? [])])
        for (const contest of unit.contests)
          expect(contest).toMatchObject({ votes: null, suppressedForPrivacy: 'count-not-complete' });
    }
  });
});

describe('the route', () => {
  it('reads the other regions beside a region’s stations only where they decide what is suppressed', async () => {
    const elections = [
      electionOf(),
      electionOf({ election: 'counting-2026', resultsStatus: 'unofficial' }),
      testElection({ election: 'open-2026' }),
    ];
    const results = createTestResults(elections);
    results.state.nowMs = openMs;
    for (const { definition } of elections) {
      results.state.snapshot = snapshotOf(electionOf(), ballots);
      const path = `/v1/elections/${definition.election}/results`;
      const answer = await results.send({ path, query: { by: 'station', region: 'south' } });
      expect(answer.status).toBe(200);
      expect((answer.json() as { regions: unknown[] }).regions).toHaveLength(1);
    }
    expect(results.asked).toEqual([
      ['test-2026', { by: 'station', region: 'south', withRegions: true }],
      ['counting-2026', { by: 'station', region: 'south' }],
      ['open-2026', { by: 'station', region: 'south' }],
    ]);
  });
});
