import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createResultsStore } from '../../functions/adapters/postgres/results-store.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { buildResults, scopeFor } from '../../functions/core/build-results.ts';
import type { Election } from '../../functions/core/election.ts';
import { sumBallots, tallyLevels } from '../../functions/core/tally.ts';
import type { Results, UnitResult } from '../../schema/wire/results.ts';
import { type CastBallots, castBallots, compile } from '../support/arbitrary-ballots.ts';
import { toCounted } from '../support/counts.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
let admin: pg.Client;
let analyst: pg.Client;
let writers: pg.Pool;
let readers: pg.Pool;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  analyst = new pg.Client({ connectionString: database().urlFor('analyst') });
  await Promise.all([admin.connect(), analyst.connect()]);
  const poolOf = (role: string) =>
    createPool({ url: database().urlFor(role), connectionsMax: 1, applicationName: 'test' });
  writers = poolOf('writer');
  readers = poolOf('results');
});
afterAll(() => Promise.all([admin.end(), analyst.end(), writers.end(), readers.end()]));

let elections = 0;

/** Registers the election under a name of its own, and writes down what these ballots add: some folded, some not. */
async function count({ election: { definition }, ballots }: CastBallots, changes: object): Promise<Election> {
  elections += 1;
  const election = compile({ ...definition, election: `e${elections}`, ...changes });
  const numbers = await createVoteStore(writers).register(election);
  const counted = ballots.map((ballot) => toCounted(election, numbers, ballot));
  const folded = sumBallots(counted.slice(0, ballots.length / 2));
  const waiting = sumBallots(counted.slice(ballots.length / 2));
  for (const level of tallyLevels) {
    await admin.query(
      `insert into tally select $1, * from unnest($2::integer[], $3::integer[], $4::bigint[])`,
      [numbers.electionNo, folded[level].unitNos, folded[level].lineNos, folded[level].votes],
    );
    await admin.query(
      `insert into tally_pending (batch_id, election_no, level, unit_nos, line_nos, votes, recorded, duplicates, quarantined)
       values (gen_random_uuid(), $1, $2, $3, $4, $5, 0, 0, 0)`,
      [numbers.electionNo, level, waiting[level].unitNos, waiting[level].lineNos, waiting[level].votes],
    );
  }
  return election;
}

type Row = Readonly<Record<string, string | number | null>>;

/** Every answer of the API about one election, a row a choice of a contest of a unit. */
async function askApi(election: Election): Promise<{ whole: Results; units: [Row, UnitResult][] }> {
  const store = createResultsStore(readers);
  const ask = async (
    ...wanted: Parameters<typeof scopeFor> extends [Election, ...infer Rest] ? Rest : never
  ) => {
    const scope = scopeFor(election, ...wanted);
    if (scope === null) throw new Error('a region is missing');
    return buildResults(election, await store.readCounts(election.definition.election, scope), scope);
  };
  const whole = await ask('region', undefined);
  const units: [Row, UnitResult][] = [[{ level: 'election', region: null, station: null }, whole]];
  for (const region of whole.regions ?? []) {
    units.push([{ level: 'region', region: region.region, station: null }, region]);
    const [own] = (await ask('station', region.region)).regions ?? [];
    // The very same region, whoever stands beside it in the answer.
    expect({ ...own, stations: undefined }).toEqual({ ...region, stations: undefined });
    for (const station of own?.stations ?? [])
      units.push([{ level: 'station', region: region.region, station: station.station }, station]);
  }
  return { whole, units };
}

const inOrder = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();
const asNumber = (value: unknown): number | null => (value === null ? null : Number(value));

async function askSql(text: string, values: unknown[]): Promise<Row[]> {
  return (await analyst.query<Row>(text, values)).rows;
}

describe('the reports and the API', () => {
  it('suppress the same, and show the same', async () => {
    let suppressed = 0;
    await fc.assert(
      fc.asyncProperty(castBallots(60), fc.integer({ min: 2, max: 9 }), async (cast, ballotsMin) => {
        const election = await count(cast, {
          suppressForPrivacyBelowBallots: ballotsMin,
          resultsStatus: 'complete',
        });
        const { units } = await askApi(election);
        const published = units.flatMap(([place, unit]) =>
          unit.contests.flatMap(({ contest, ballots, suppressedForPrivacy = null, choices }) =>
            choices.map(({ choice, votes }): Row => {
              if (suppressedForPrivacy !== null) suppressed += 1;
              return { ...place, contest, choice, ballots, votes, suppressed: suppressedForPrivacy };
            }),
          ),
        );
        const rows = await askSql(
          `select level, region, station, contest, choice, ballots, votes, suppressed from report.public_results($1, $2)`,
          [election.definition.election, ballotsMin],
        );
        expect(
          inOrder(
            rows.map((row) => ({ ...row, ballots: asNumber(row['ballots']), votes: asNumber(row['votes']) })),
          ),
        ).toEqual(inOrder(published));
      }),
      { numRuns: 60 },
    );
    expect(suppressed).toBeGreaterThan(500);
  });

  it('say the same of every unit: choices without a vote, undervotes, voters, also before the first vote', async () => {
    await fc.assert(
      fc.asyncProperty(castBallots(20), async (cast) => {
        const election = await count(cast, {});
        const id = election.definition.election;
        const { units } = await askApi(election);
        const choices = units.flatMap(([place, { contests }]) =>
          contests.flatMap((contest) =>
            contest.choices.map(
              ({ choice, votes }): Row => ({ ...place, contest: contest.contest, choice, votes }),
            ),
          ),
        );
        const results = await askSql(
          'select level, region, station, contest, choice, votes from report.results where election = $1',
          [id],
        );
        expect(inOrder(results.map((row) => ({ ...row, votes: asNumber(row['votes']) })))).toEqual(
          inOrder(choices),
        );
        const contests = units.flatMap(([place, unit]) =>
          unit.contests.map(
            ({ contest, ballots, votes, undervotes }): Row => ({
              ...place,
              contest,
              ballots,
              votes,
              undervotes,
            }),
          ),
        );
        const undervotes = await askSql(
          'select level, region, station, contest, ballots, votes, undervotes from report.undervotes where election = $1',
          [id],
        );
        expect(
          inOrder(
            undervotes.map((row) => ({
              ...row,
              ballots: asNumber(row['ballots']),
              votes: asNumber(row['votes']),
              undervotes: asNumber(row['undervotes']),
            })),
          ),
        ).toEqual(inOrder(contests));
        const turnout = await askSql(
          'select level, region, station, ballots, registered_voters from report.turnout where election = $1',
          [id],
        );
        expect(
          inOrder(
            turnout.map((row) => ({
              ...row,
              ballots: asNumber(row['ballots']),
              registered_voters: asNumber(row['registered_voters']),
            })),
          ),
        ).toEqual(
          inOrder(
            units.map(
              ([place, { ballots, registeredVoters = null }]): Row => ({
                ...place,
                ballots,
                registered_voters: registeredVoters,
              }),
            ),
          ),
        );
      }),
      { numRuns: 40 },
    );
  });
});
