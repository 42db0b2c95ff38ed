import { describe, expect, it } from 'vitest';
import { findBallotFault } from '../../../functions/core/ballot-rules.ts';
import { parseElection } from '../../../functions/core/election.ts';
import { passKeyId } from '../../../functions/core/pass.ts';
import { buildDefinition } from '../../../load/replay/build-definition.ts';
import { createDealer } from '../../../load/replay/deal-ballots.ts';
import { parseRegionPattern, placeRegions } from '../../../load/replay/place-regions.ts';
import { type ElectionPlan, type PlanOptions, planElection } from '../../../load/replay/plan-election.ts';
import { type ResultsFile, readResultsFile } from '../../../load/replay/results-file.ts';
import { createSlugs } from '../../../load/replay/slugs.ts';
import { createVoteWriter } from '../../../load/replay/write-vote.ts';
import { voteRequestSchema } from '../../../schema/wire/vote.ts';

const options: PlanOptions = { regionPattern: null, voteFor: new Map(), fallbackRegionName: 'All' };

type Votes = Record<string, Record<string, number>>;

/** Precincts by name (`county/precinct`), contests as `office|district`. */
function fileOf(precincts: Record<string, Votes>): ResultsFile {
  const contests: { office: string; district: string; choices: { name: string; party: string }[] }[] = [];
  const numberOf = <T>(list: T[], is: (item: T) => boolean, make: () => T): number => {
    const at = list.findIndex(is);
    return at >= 0 ? at : list.push(make()) - 1;
  };
  const list = Object.entries(precincts).map(([place, votes]) => {
    const [county = '', name = ''] = place.split('/');
    const counted = Object.entries(votes).map(([contestName, choices]) => {
      const [office = '', district = ''] = contestName.split('|');
      const no = numberOf(
        contests,
        (contest) => contest.office === office && contest.district === district,
        () => ({ office, district, choices: [] }),
      );
      const named = contests[no]?.choices ?? [];
      return [
        no,
        new Map(
          Object.entries(choices).map(([choice, count]) => [
            numberOf(
              named,
              (item) => item.name === choice,
              () => ({ name: choice, party: '' }),
            ),
            count,
          ]),
        ),
      ] as const;
    });
    return { county, name, registeredVoters: null, votes: new Map(counted) };
  });
  return { contests, precincts: list, rows: 0, offices: [], notes: [] } as unknown as ResultsFile;
}

const contestsOf = (plan: ElectionPlan, station: number) =>
  plan.stations[station]?.contests.map((at) => plan.contests[at.contest]?.id);

describe('planElection', () => {
  it('makes as many ballots as the fullest contest of each precinct needs', () => {
    const plan = planElection(
      fileOf({
        '/P1': { 'Mayor|': { A: 5, B: 4 }, 'Clerk|': { C: 3 } },
        '/P2': { 'Mayor|': { A: 0 }, 'Clerk|': { C: 7, D: 1 } },
      }),
      options,
    );
    expect(plan.stations.map((station) => station.ballots)).toEqual([9, 8]);
    expect(plan.ballots).toBe(17);
  });

  it('needs fewer ballots where several choices may be marked, but one for each vote of a choice', () => {
    const file = fileOf({
      '/P1': { 'Board|': { A: 5, B: 4, C: 4 } },
      '/P2': { 'Board|': { A: 9, B: 1, C: 1 } },
    });
    const plan = planElection(file, { ...options, voteFor: new Map([['board', 3]]) });
    expect(plan.stations.map((station) => station.ballots)).toEqual([5, 9]);
    expect(plan.contests[0]?.maxSelections).toBe(3);
    expect(
      planElection(file, { ...options, voteFor: new Map([['Board', 9]]) }).contests[0]?.maxSelections,
    ).toBe(3);
    expect(() => planElection(file, { ...options, voteFor: new Map([['Mayor', 2]]) })).toThrow(
      'no office called Mayor',
    );
  });

  it('puts a contest of a district only on the ballots of the precincts that vote in it', () => {
    const plan = planElection(
      fileOf({
        '/P1': { 'President|': { A: 9 }, 'House|1': { B: 5 } },
        '/P2': { 'President|': { A: 9 }, 'House|1': { B: 0 }, 'House|2': { C: 5 } },
        '/P3': { 'President|': { A: 0 }, 'House|2': { C: 0 } },
      }),
      options,
    );
    expect(contestsOf(plan, 0)).toEqual(['president', 'house-1']);
    expect(contestsOf(plan, 1)).toEqual(['president', 'house-2']);
    expect(contestsOf(plan, 2)).toEqual(['president', 'house-2']);
  });

  it('gives each region a contest of its own where a name has more choices than a contest may list', () => {
    const precincts = Object.fromEntries(
      ['Kent', 'York', 'Essex'].map((county) => [
        `${county}/P1`,
        {
          'President|': { A: 3 },
          'Sheriff|': Object.fromEntries(Array.from({ length: 200 }, (_, no) => [`${county} ${no}`, no % 3])),
        },
      ]),
    );
    const plan = planElection(fileOf(precincts), options);
    expect(plan.contests.map((contest) => [contest.name, contest.choices.length])).toEqual([
      ['President', 1],
      ['Sheriff, Kent', 200],
      ['Sheriff, York', 200],
      ['Sheriff, Essex', 200],
    ]);
    expect(plan.stations.map((station) => station.contests.map((at) => at.contest))).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    expect(plan.stations.map((station) => station.ballots)).toEqual([199, 199, 199]);
    expect(plan.remarks).toHaveLength(2 - 1);
  });

  it('refuses a file without a vote', () => {
    expect(() => planElection(fileOf({ '/P1': { 'Mayor|': { A: 0 } } }), options)).toThrow(
      'the file makes no ballot',
    );
  });
});

describe('placeRegions', () => {
  const precincts = (names: readonly string[]) =>
    names.map((name) => ({ county: '', name, registeredVoters: null, votes: new Map() }));

  it('finds the cities and towns of Rhode Island with the pattern that the README gives', () => {
    const names = [
      'Barrington 0101',
      'Barrington Limited',
      'West Warwick Presidential',
      'Providence Limited 1',
      'Federal Precinct #1S',
    ];
    const { regions, remarks } = placeRegions(
      precincts(names),
      parseRegionPattern('^(.+?) (?:\\d|Limited|Presidential|Precinct)'),
      'All',
    );
    expect(regions.map((region) => region.name)).toEqual([
      'Barrington',
      'West Warwick',
      'Providence',
      'Federal',
    ]);
    expect(remarks).toEqual([]);
  });

  it('says which precincts the pattern does not fit, and which regions it did not look for', () => {
    const placed = placeRegions(
      precincts(['Barrington 0101', 'Nowhere']),
      parseRegionPattern('^(.+?) \\d'),
      'All',
    );
    expect(placed.regions.map((region) => region.name)).toEqual(['Barrington', 'Other precincts']);
    expect(placed.remarks.join()).toContain('Nowhere');
    expect(placeRegions(precincts(['A', 'B']), null, 'All').regions.map((region) => region.name)).toEqual([
      'All',
    ]);
  });

  it('takes the county where there is one', () => {
    const placed = placeRegions(
      [{ county: 'Kent', name: 'P 1', registeredVoters: null, votes: new Map() }],
      parseRegionPattern('^(P)'),
      'All',
    );
    expect(placed.regions.map((region) => region.name)).toEqual(['Kent']);
  });

  it.each([
    ['(', 'no regular expression'],
    ['^\\w+', 'needs a group'],
  ])('refuses the pattern %s', (pattern, message) => {
    expect(() => parseRegionPattern(pattern)).toThrow(message);
  });
});

describe('createSlugs', () => {
  it('makes short ids that are valid, readable and each once', () => {
    const slug = createSlugs(12, ['online']);
    expect(
      [
        'Ward 1',
        'WARD 1',
        'ward-1',
        'Ñuñoa “Alta”',
        '!!!',
        'Online',
        'A very long name indeed',
        'A very long name again',
      ].map(slug),
    ).toEqual([
      'ward-1',
      'ward-1-2',
      'ward-1-3',
      'nunoa-alta',
      'x',
      'online-2',
      'a-very-long',
      'a-very-lon-2',
    ]);
  });
});

describe('buildDefinition', () => {
  function keyOf(name: string) {
    const spki = Buffer.from(name);
    return { keyId: passKeyId(spki), spki: spki.toString('base64') };
  }
  const passKey = keyOf('any');

  it('publishes the sample as an election that takes every ballot dealt from it', async () => {
    const file = await readResultsFile(
      new URL('../../../load/sample/three-counties.csv', import.meta.url).pathname,
      { offices: null },
    );
    const plan = planElection(file, { ...options, voteFor: new Map([['School Committee', 3]]) });
    const passKeys = plan.regions.map((_, no) => keyOf(`region ${no}`));
    const definition = buildDefinition({
      election: 'sample',
      name: 'Sample',
      plan,
      passKeys,
      nowMs: Date.now(),
    });
    expect(
      definition.regions.map((region) => [
        region.name,
        region.stations.length,
        region.registeredVoters !== undefined,
      ]),
    ).toEqual([
      ['Alder', 5, true],
      ['Birch', 5, true],
      ['Cedar', 5, true],
    ]);
    const parsed = parseElection(definition);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes));
    const dealer = createDealer(plan, 1);
    const writeVote = createVoteWriter(plan);
    for (let place = 0; place < dealer.ballots; place += 1) {
      const { station, marks } = dealer.ballotAt(place);
      const vote = voteRequestSchema.parse(
        JSON.parse(
          writeVote({ ballotId: '00000000-0000-4000-8000-000000000000', station, pass: 'a.b.c', marks }),
        ),
      );
      const rules =
        vote.station === undefined
          ? undefined
          : parsed.election.regions.get(vote.region)?.stations.get(vote.station);
      if (rules === undefined) throw new Error(`no station ${vote.station}`);
      expect(findBallotFault(parsed.election, rules, vote.selections)).toBeNull();
    }
  });

  it('says before anything is minted that a ballot would be too large for a vote', () => {
    const contests = Object.fromEntries(
      Array.from({ length: 190 }, (_, no) => [
        `A contest with a long name ${no}|`,
        {
          'A candidate with a long name': 1,
          'Another one with a long name': 1,
          'And one more who has one': 1,
        },
      ]),
    );
    const voteFor = new Map(Array.from({ length: 190 }, (_, no) => [`A contest with a long name ${no}`, 3]));
    const plan = planElection(fileOf({ '/P1': contests }), { ...options, voteFor });
    expect(() => buildDefinition({ election: 'x', name: 'x', plan, passKeys: [passKey], nowMs: 0 })).toThrow(
      /a ballot of P1 can need \d+ bytes/,
    );
  });

  it('says which limit an election is beyond', () => {
    const contests = Object.fromEntries(Array.from({ length: 201 }, (_, no) => [`C${no}|`, { A: 1 }]));
    const plan = planElection(fileOf({ '/P1': contests }), options);
    expect(() => buildDefinition({ election: 'x', name: 'x', plan, passKeys: [passKey], nowMs: 0 })).toThrow(
      /cannot be|not one that can be published: ballotStyles/,
    );
  });
});
