import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { parseElection } from '../../functions/core/election.ts';
import type { VoteStore } from '../../functions/core/ports.ts';
import type { TallyNumbers } from '../../functions/core/tally.ts';
import { channels } from '../../schema/wire/ids.ts';
import { definitions } from '../support/arbitrary-definition.ts';
import { useDatabase } from '../support/database.ts';
import { testDefinition, testElection } from '../support/election.ts';

const database = useDatabase();
let admin: pg.Client;
let pool: pg.Pool;
let store: VoteStore;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
  pool = createPool({ url: database().urlFor('writer'), connectionsMax: 6, applicationName: 'test' });
  store = createVoteStore(pool);
});
afterAll(async () => {
  await pool.end();
  await admin.end();
});

let elections = 0;
const freshId = () => `election-${elections++}`;

async function names(election: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    `select u.name from reporting_unit u join election e using (election_no) where e.election = $1
     union all select l.contest_name || ' ' || l.max_selections || ' ' || l.choice_name
       from tally_line l join election e using (election_no) where e.election = $1 and l.contest is not null
     order by 1`,
    [election],
  );
  return rows.map((row) => row.name);
}

/** Every number that was given, by what it stands for. */
function flatten(numbers: TallyNumbers): Map<string, number> {
  const flat = new Map<string, number>([['', numbers.electionUnit]]);
  for (const [region, unit] of numbers.regionUnits) flat.set(`region ${region}`, unit);
  for (const [region, stations] of numbers.stationUnits)
    for (const [station, unit] of stations) flat.set(`station ${region} ${station}`, unit);
  for (const [contest, choices] of numbers.choiceLines)
    for (const [choice, line] of choices) flat.set(`choice ${contest} ${choice}`, line);
  for (const [style, byChannel] of numbers.ballotLines)
    for (const [channel, line] of byChannel) flat.set(`ballots ${style} ${channel}`, line);
  return flat;
}

describe('registering an election', () => {
  it('gives every unit and line a number of its own, and the same ones again', async () => {
    const election = testElection({ election: freshId() });
    const numbers = await store.register(election);
    expect(await store.register(election)).toEqual(numbers);
    const flat = flatten(numbers);
    // The election, 2 regions, 5 stations; 7 choices, 2 styles through 2 channels.
    expect(flat.size).toBe(8 + 11);
    const units = [...flat]
      .filter(([name]) => /^(?:$|region|station)/.test(name))
      .map(([, number]) => number);
    expect([new Set(units).size, new Set(flat.values()).size]).toEqual([8, 11 + 1]);
  });

  it('gives the same numbers to all who do it at the same time', async () => {
    const election = testElection({ election: freshId() });
    const all = await Promise.all(Array.from({ length: 6 }, () => store.register(election)));
    expect(new Set(all.map((numbers) => JSON.stringify([...flatten(numbers)].sort()))).size).toBe(1);
  });

  it('keeps every number when a newer definition adds and renames', async () => {
    const id = freshId();
    const before = flatten(await store.register(testElection({ election: id })));
    const { regions, contests } = testDefinition();
    const [mayor, ...others] = contests;
    const added = { id: 'n3', name: 'Station n3', ballotStyle: 'full' };
    const [north, ...rest] = regions;
    const newer = testElection({
      election: id,
      version: 2,
      contests: [
        {
          ...mayor,
          name: 'Mayor of the town',
          choices: [...(mayor?.choices ?? []), { id: 'cy', name: 'CY' }],
        },
        ...others,
      ],
      regions: [{ ...north, name: 'The North', stations: [added, ...(north?.stations ?? [])] }, ...rest],
    });
    const after = flatten(await store.register(newer));
    for (const [name, number] of before) expect([name, after.get(name)]).toEqual([name, number]);
    expect([...after.keys()].filter((name) => !before.has(name)).sort()).toEqual([
      'choice mayor cy',
      'station north n3',
    ]);
    expect(await names(id)).toEqual(expect.arrayContaining(['The North', 'Mayor of the town 1 CY']));
  });

  it('changes nothing when somebody still holds an older definition', async () => {
    const id = freshId();
    const older = testElection({ election: id });
    const newer = testElection({
      election: id,
      version: 2,
      name: 'A better name',
      contests: testDefinition().contests.map((contest) => ({ ...contest, name: `${contest.name}!` })),
    });
    await store.register(older);
    const numbers = await store.register(newer);
    const before = await names(id);
    expect(await store.register(older)).toEqual(numbers);
    expect(await names(id)).toEqual(before);
  });

  it('works for any definition that has no mistakes, with every name kept as it is', async () => {
    await fc.assert(
      fc.asyncProperty(definitions, async (definition) => {
        const id = freshId();
        const result = parseElection({ ...definition, election: id });
        if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
        const flat = flatten(await store.register(result.election));
        const choices = definition.contests.reduce((sum, contest) => sum + contest.choices.length, 0);
        const stations = definition.regions.reduce((sum, region) => sum + region.stations.length, 0);
        expect(flat.size).toBe(
          1 +
            definition.regions.length +
            stations +
            choices +
            definition.ballotStyles.length * channels.length,
        );
        const { rows } = await admin.query('select name, time_zone from election where election = $1', [id]);
        expect(rows).toEqual([{ name: definition.name, time_zone: definition.timeZone }]);
        for (const { name, maxSelections, choices } of definition.contests)
          expect(await names(id)).toEqual(
            expect.arrayContaining(choices.map((choice) => `${name} ${maxSelections} ${choice.name}`)),
          );
      }),
      { numRuns: 40 },
    );
  });
});
