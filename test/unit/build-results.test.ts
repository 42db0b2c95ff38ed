import { describe, expect, it } from 'vitest';
import { buildResults, scopeFor } from '../../functions/core/build-results.ts';
import { type RegionId, regionIdSchema } from '../../schema/wire/ids.ts';
import { resultsSchema } from '../../schema/wire/results.ts';
import { numbersFor, type PlainBallot, snapshotOf } from '../support/counts.ts';
import { testElection } from '../support/election.ts';

const election = testElection();
const north: RegionId = regionIdSchema.parse('north');
const votes = (counted: readonly { choice: string; votes: number | null }[] | undefined) =>
  Object.fromEntries((counted ?? []).map((one) => [one.choice, one.votes]));

const ballots: PlainBallot[] = [
  {
    region: 'north',
    station: 'n1',
    channel: 'kiosk',
    selections: [
      { contest: 'mayor', choices: ['ada'] },
      { contest: 'council', choices: ['kim', 'lee'] },
    ],
  },
  { region: 'north', station: 'n1', channel: 'kiosk', selections: [{ contest: 'mayor', choices: ['bob'] }] },
  { region: 'north', station: 'online', channel: 'browser', selections: [] },
  {
    region: 'south',
    station: 's1',
    channel: 'kiosk',
    selections: [
      { contest: 'mayor', choices: ['ada'] },
      { contest: 'bridge', choices: ['no'] },
    ],
  },
];

describe('results before the first vote', () => {
  it('are all zero, at position zero, with nothing to be as of', () => {
    const results = buildResults(election, null, { by: 'region' });
    expect(resultsSchema.parse(results)).toEqual(results);
    expect(results).toMatchObject({
      version: 0,
      ballots: 0,
      duplicates: 0,
      quarantined: 0,
      asOf: null,
      turnout: 0,
    });
    expect(
      results.contests.map(({ contest, ballots, votes, undervotes }) => [
        contest,
        ballots,
        votes,
        undervotes,
      ]),
    ).toEqual([
      ['mayor', 0, 0, 0],
      ['council', 0, 0, 0],
      ['bridge', 0, 0, 0],
    ]);
    expect(results.regions?.map((region) => region.contests.map((contest) => contest.contest))).toEqual([
      ['mayor', 'council', 'bridge'],
      ['mayor', 'bridge'],
    ]);
  });

  it('are the same for an election that is registered and one that is not', () => {
    const registered = snapshotOf(election, [], { asOf: null });
    for (const by of ['election', 'region'] as const)
      expect(buildResults(election, registered, { by })).toEqual(buildResults(election, null, { by }));
  });
});

describe('results', () => {
  const results = buildResults(election, snapshotOf(election, ballots, { duplicates: 2, quarantined: 1 }), {
    by: 'station',
    region: north,
  });

  it('follow their schema and have their position in the count', () => {
    expect(resultsSchema.parse(results)).toEqual(results);
    expect([results.ballots, results.duplicates, results.quarantined, results.version]).toEqual([4, 2, 1, 7]);
  });

  it('count votes by choice and undervotes by what each ballot allowed', () => {
    const [mayor, council, bridge] = results.contests;
    expect([votes(mayor?.choices), mayor?.ballots, mayor?.votes, mayor?.undervotes]).toEqual([
      { ada: 2, bob: 1 },
      4,
      3,
      1,
    ]);
    expect([votes(council?.choices), council?.ballots, council?.votes, council?.undervotes]).toEqual([
      { kim: 1, lee: 1, mo: 0 },
      3,
      2,
      4,
    ]);
    expect([votes(bridge?.choices), bridge?.ballots, bridge?.votes, bridge?.undervotes]).toEqual([
      { yes: 0, no: 1 },
      4,
      1,
      3,
    ]);
  });

  it('show voters by channel, apart from votes', () => {
    expect(results.ballotsByChannel).toEqual([
      { channel: 'browser', ballots: 1 },
      { channel: 'kiosk', ballots: 3 },
    ]);
  });

  it('have a turnout where the number of voters is known, and none where it is not', () => {
    expect([results.registeredVoters, results.turnout]).toEqual([1500, 4 / 1500]);
    const station = results.regions?.[0]?.stations?.[1];
    expect([station?.ballots, station?.registeredVoters, station?.turnout]).toEqual([
      2,
      undefined,
      undefined,
    ]);
    const unknown = testElection({
      regions: election.definition.regions.map(({ id, name, passKeys, stations }) => ({
        id,
        name,
        passKeys,
        stations,
      })),
    });
    expect(buildResults(unknown, null, { by: 'election' })).not.toHaveProperty('turnout');
    const nobody = testElection({
      regions: election.definition.regions.map((region) => ({ ...region, registeredVoters: 0 })),
    });
    expect(buildResults(nobody, null, { by: 'election' })).not.toHaveProperty('turnout');
  });

  it('take a region’s voters from its stations where each has a number and the region has none', () => {
    const voters = (...numbers: (number | undefined)[]) => {
      const [northRegion, southRegion] = election.definition.regions;
      const counted = testElection({
        regions: [
          {
            ...northRegion,
            registeredVoters: undefined,
            stations: northRegion?.stations.map((station, at) => ({
              ...station,
              ...(numbers[at] === undefined ? {} : { registeredVoters: numbers[at] }),
            })),
          },
          southRegion,
        ],
      });
      const whole = buildResults(counted, null, { by: 'region' });
      return [whole.regions?.[0]?.registeredVoters, whole.registeredVoters];
    };
    expect(voters(100, 20, 3)).toEqual([123, 623]);
    expect(voters(100, undefined, 3)).toEqual([undefined, undefined]);
  });

  it('go no further down than asked', () => {
    const snapshot = snapshotOf(election, ballots);
    expect(buildResults(election, snapshot, { by: 'election' })).not.toHaveProperty('regions');
    const byRegion = buildResults(election, snapshot, { by: 'region' });
    expect(byRegion.regions?.map((region) => [region.region, region.ballots, 'stations' in region])).toEqual([
      ['north', 3, false],
      ['south', 1, false],
    ]);
    expect(
      results.regions?.map((region) => [
        region.region,
        region.stations?.map((one) => [one.station, one.ballots]),
      ]),
    ).toEqual([
      [
        'north',
        [
          ['online', 1],
          ['n1', 2],
          ['n2', 0],
        ],
      ],
    ]);
  });

  it('show at each station only the contests of its ballots', () => {
    const stations = buildResults(election, null, { by: 'station', region: regionIdSchema.parse('south') })
      .regions?.[0]?.stations;
    expect(stations?.map((one) => one.contests.map((contest) => contest.contest))).toEqual([
      ['mayor', 'bridge'],
      ['mayor', 'bridge'],
    ]);
  });

  it('still show a contest whose ballots were cast where no station carries it any more', () => {
    const snapshot = snapshotOf(election, ballots);
    const stations = (style: string, ids: string[]) =>
      ids.map((id) => ({ id, name: id, ballotStyle: style }));
    const [northRegion, southRegion] = election.definition.regions;
    const changed = testElection({
      version: 2,
      regions: [{ ...northRegion, stations: stations('short', ['online', 'n1', 'n2']) }, southRegion],
    });
    const region = buildResults(changed, snapshot, { by: 'region' }).regions?.[0];
    expect(
      region?.contests.map(({ contest, ballots, votes, undervotes }) => [
        contest,
        ballots,
        votes,
        undervotes,
      ]),
    ).toEqual([
      ['mayor', 3, 2, 1],
      ['council', 3, 2, 4],
      ['bridge', 3, 0, 3],
    ]);
  });

  it('show zero for a region that the database has not numbered yet', () => {
    const before = testElection({ regions: [election.definition.regions[0]] });
    const snapshot = { ...snapshotOf(election, ballots.slice(0, 3)), numbers: numbersFor(before) };
    const cells = snapshotOf(before, ballots.slice(0, 3)).cells;
    const regions = buildResults(election, { ...snapshot, cells }, { by: 'region' }).regions;
    expect(regions?.map((region) => region.ballots)).toEqual([3, 0]);
  });
});

describe('what results may be asked for', () => {
  it('is the election, its regions, or the stations of one of them', () => {
    expect(scopeFor(election, 'election', undefined)).toEqual({ by: 'election' });
    expect(scopeFor(election, 'region', undefined)).toEqual({ by: 'region' });
    expect(scopeFor(election, 'station', north)).toEqual({ by: 'station', region: north });
    expect(scopeFor(election, 'station', regionIdSchema.parse('west'))).toBeNull();
    expect(scopeFor(election, 'station', undefined)).toBeNull();
  });
});
