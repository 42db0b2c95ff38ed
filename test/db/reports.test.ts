import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const database = useDatabase();
const clients = new Map<string, pg.Client>();
type Row = Record<string, unknown>;

/** As what reads them: the analyst, unless said otherwise. */
async function ask(text: string, role: 'analyst' | 'auditor' = 'analyst'): Promise<Row[]> {
  const client = clients.get(role);
  if (client === undefined) throw new Error(`no session of ${role}`);
  return (await client.query<Row>(text)).rows;
}
const here = "election = 'test-2026'";

/** Two days, two channels, three stations with ballots and one without; a second ballot and one that cannot be counted. */
const full = [
  { contest: 'mayor', choices: ['ada'] },
  { contest: 'council', choices: ['kim', 'mo'] },
];
const votes = [
  ...Array.from({ length: 30 }, (_, n) => ({
    station: 'n1',
    acceptedAt: `2026-11-03T13:${String(n).padStart(2, '0')}:30.000Z`,
    selections: n % 3 === 0 ? [] : full,
  })),
  ...Array.from({ length: 12 }, () => ({
    station: 'online',
    channel: 'browser',
    acceptedAt: '2026-11-03T20:15:00.000Z',
  })),
  ...Array.from({ length: 5 }, () => ({
    region: 'south',
    station: 's1',
    acceptedAt: '2026-11-04T01:10:00.000Z',
    selections: [{ contest: 'bridge', choices: ['no'] }],
  })),
];

beforeAll(async () => {
  for (const role of ['analyst', 'auditor'] as const) {
    const client = new pg.Client({ connectionString: database().urlFor(role) });
    await client.connect();
    clients.set(role, client);
  }
  const admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
  for (const day of ['2026-11-03', '2026-11-04'])
    await admin.query("select make_ballot_partitions($1, '{north,south}')", [day]);
  await admin.end();
  const pool = createPool({ url: database().urlFor('writer'), connectionsMax: 1, applicationName: 'test' });
  const store = createVoteStore(pool);
  const count = createRecordCounter({ definitions: definitionsOf(testElection()), store });
  const records = votes.map((vote) => testRecord(vote));
  const again = testRecord({ voterKey: records[0]?.voterKey, station: 'n2' });
  const origin = { source: 'kinesis', shard: 'shard-1', firstSequence: '1', lastSequence: '9' } as const;
  await store.record({ origin, ...(await count(encodeAll(records.slice(0, 20)))) });
  await store.fold();
  // The rest is not folded: reports have to see both.
  const rest = [...records.slice(20), again, testRecord({ station: 'nowhere' })];
  await store.record({ origin, ...(await count([...encodeAll(rest), Buffer.from('not a record')])) });
  await pool.end();
});
afterAll(async () => {
  for (const client of clients.values()) await client.end();
});

describe('results', () => {
  it('are the votes cast, by choice', async () => {
    const rows = await ask(
      `select choice, votes, percent from report.results where ${here} and level = 'election' and contest = 'mayor' order by choice`,
    );
    expect(rows).toEqual([
      { choice: 'ada', votes: '32', percent: '100.00' },
      // Nobody chose him.
      { choice: 'bob', votes: '0', percent: '0.00' },
    ]);
  });

  it.each(['results', 'turnout', 'undervotes'])(
    'of %s sum up from stations to regions to the election',
    async (view) => {
      const numbers =
        view === 'results'
          ? ['votes']
          : view === 'turnout'
            ? ['ballots', 'browser', 'kiosk']
            : ['ballots', 'votes', 'undervotes'];
      const keys = view === 'results' ? 'contest, choice' : view === 'undervotes' ? 'contest' : 'election';
      const sums = numbers.map((name) => `sum(${name})::text as ${name}`).join(', ');
      const at = (level: string, place: string) =>
        ask(
          `select ${keys} ${place === '' ? '' : `, ${place}`}, ${sums} from report.${view} where ${here} and level = '${level}' group by ${keys} ${place === '' ? '' : `, ${place}`} order by ${keys} ${place === '' ? '' : `, ${place}`}`,
        );
      expect(await at('station', '')).toEqual(await at('election', ''));
      expect(await at('region', '')).toEqual(await at('election', ''));
      expect(await at('station', 'region')).toEqual(await at('region', 'region'));
      expect((await at('election', '')).length).toBeGreaterThan(0);
    },
  );

  it('and undervotes are all that the ballots allowed', async () => {
    const rows = await ask(
      `select contest, ballots, max_selections, votes, undervotes from report.undervotes where ${here} and level = 'election' order by contest`,
    );
    expect(rows).toEqual([
      { contest: 'bridge', ballots: '47', max_selections: 1, votes: '5', undervotes: '42' },
      { contest: 'council', ballots: '42', max_selections: 2, votes: '64', undervotes: '20' },
      { contest: 'mayor', ballots: '47', max_selections: 1, votes: '32', undervotes: '15' },
    ]);
  });

  it('say who did not come: turnout of every unit, stations without a ballot', async () => {
    const [north] = await ask(
      `select ballots, browser, kiosk, registered_voters, percent from report.turnout where ${here} and region = 'north' and level = 'region'`,
    );
    expect(north).toEqual({
      ballots: '42',
      browser: '12',
      kiosk: '30',
      registered_voters: '1000',
      percent: '4.20',
    });
    const [whole] = await ask(
      `select ballots, registered_voters, percent from report.turnout where ${here} and level = 'election'`,
    );
    expect(whole).toEqual({ ballots: '47', registered_voters: '1500', percent: '3.13' });
    const silent = await ask(
      `select region, station from report.silent_stations where ${here} order by 1, 2`,
    );
    expect(silent).toEqual([
      { region: 'north', station: 'n2' },
      { region: 'south', station: 'online' },
    ]);
    expect(await ask(`select * from report.overfull_stations where ${here}`)).toEqual([]);
  });
});

describe('ballots in time', () => {
  it('are as many by minute, hour and day as there are', async () => {
    for (const view of ['ballots_by_minute', 'ballots_by_hour', 'ballots_by_day']) {
      const [sum] = await ask(`select sum(ballots) as ballots from report.${view} where ${here}`);
      expect([view, sum]).toEqual([view, { ballots: '47' }]);
    }
    const hours = await ask(
      `select hour::text, sum(ballots) as ballots from report.ballots_by_hour where ${here} group by hour order by hour`,
    );
    // On the clocks of New York; the south voted in the evening of the same day.
    expect(hours).toEqual([
      { hour: '2026-11-03 08:00:00', ballots: '30' },
      { hour: '2026-11-03 15:00:00', ballots: '12' },
      { hour: '2026-11-03 20:00:00', ballots: '5' },
    ]);
  });

  it('call no station busy where there is no other to compare it with', async () => {
    const rows = await ask(
      `select distinct region, station, typical, is_implausible from report.station_rates where ${here} order by 1`,
    );
    expect(rows).toEqual([
      { region: 'north', station: 'n1', typical: null, is_implausible: false },
      { region: 'south', station: 's1', typical: null, is_implausible: false },
    ]);
  });

  it.each([
    ['a day', "cast_on = '2026-11-03'", /^ballot_(?:20261104|other$)/],
    ['a region', "cast_on = '2026-11-03' and region = 'north'", /south|_other|20261104/],
  ])('read no partition beside those of %s', async (_, where, none) => {
    for (const view of ['ballots_by_minute', 'ballots_by_hour', 'ballots_by_day', 'ballots']) {
      const read = await partitionsOf(`select * from report.${view} where ${here} and ${where}`);
      expect(read.length).toBeGreaterThan(0);
      expect(read.filter((name) => none.test(name))).toEqual([]);
    }
  });

  it('read one partition for one station, with the filter written on any of the reports', async () => {
    const where = `${here} and cast_on = '2026-11-03' and region = 'north' and station = 'n1'`;
    for (const view of ['ballots_by_minute', 'ballots_by_hour', 'ballots_by_day', 'ballots', 'station_rates'])
      expect([view, (await partitionsOf(`select * from report.${view} where ${where}`)).length]).toEqual([
        view,
        // Rates are beside those of the whole region.
        view === 'station_rates' ? 4 : 1,
      ]);
    expect(await partitionsOf(`select * from ballot_selection where ${where}`)).toHaveLength(1);
  });

  it('are filed under the days of the election, which the server’s clock need not show', async () => {
    const [election] = await ask(
      `select opens_on::text, closes_on::text, today = (now() at time zone 'America/New_York')::date as is_its_own
        from report.elections where ${here}`,
    );
    expect(election).toEqual({ opens_on: '2026-11-03', closes_on: '2026-11-03', is_its_own: true });
    const days = await ask(`select distinct cast_on::text from report.ballots_by_day where ${here}`);
    expect(days).toEqual([{ cast_on: '2026-11-03' }]);
  });

  it('have names, those of nothing marked too', async () => {
    const rows = await ask(
      `select ballot_style, selections, count(*)::int as ballots from report.ballots where ${here} group by 1, 2 order by 2`,
    );
    expect(rows).toEqual([
      { ballot_style: 'full', selections: [], ballots: 10 },
      { ballot_style: 'short', selections: ['bridge=no'], ballots: 5 },
      { ballot_style: 'full', selections: ['mayor=ada', 'council=kim', 'council=mo'], ballots: 32 },
    ]);
  });

  async function partitionsOf(query: string): Promise<string[]> {
    const rows = await ask(`explain (format json) ${query}`);
    return [...JSON.stringify(rows).matchAll(/"Relation Name":"(ballot_[^"]+)"/g)].map(
      ([, name]) => name ?? '',
    );
  }
});

describe('what was not counted', () => {
  it('is told by place and by reason, not by voter', async () => {
    expect(
      await ask(`select region, station, channel, duplicates from report.duplicates where ${here}`),
    ).toEqual([{ region: 'north', station: 'n2', channel: 'kiosk', duplicates: '1' }]);
    expect(
      await ask('select election, reason, records from report.quarantined order by 1', 'auditor'),
    ).toEqual([
      { election: '(unreadable)', reason: expect.any(String), records: '1' },
      { election: 'test-2026', reason: 'unknown-station', records: '1' },
    ]);
  });

  it('and what was adds up by shard and batch', async () => {
    expect(
      await ask('select shard, batches, recorded, duplicates, quarantined from report.shards', 'auditor'),
    ).toEqual([{ shard: 'shard-1', batches: '2', recorded: '47', duplicates: '1', quarantined: '2' }]);
    // Also where nobody could read of which election a record was.
    expect(
      await ask('select batches_quarantined, quarantined, agrees from report.reconciliation', 'auditor'),
    ).toEqual([{ batches_quarantined: '2', quarantined: '2', agrees: true }]);
  });

  it.each(['quarantined', 'shards', 'reconciliation'])('%s is for auditors', async (view) => {
    await expect(ask(`select * from report.${view}`)).rejects.toMatchObject({ code: '42501' });
  });
});
