import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';

const database = useDatabase();
let admin: pg.Client;
let analyst: pg.Client;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  analyst = new pg.Client({ connectionString: database().urlFor('analyst') });
  await Promise.all([admin.connect(), analyst.connect()]);
  const pool = createPool({ url: database().urlFor('writer'), connectionsMax: 1, applicationName: 'test' });
  await createVoteStore(pool).register(testElection());
  await pool.end();
});
afterAll(() => Promise.all([admin.end(), analyst.end()]));

/** Ballots of each station of a region of their own in each quarter of an hour from noon on; those flagged, by station and quarter. */
async function flagged(
  region: string,
  quarters: Readonly<Record<string, readonly number[]>>,
): Promise<string[]> {
  for (const [station, counts] of Object.entries(quarters))
    for (const [quarter, count] of counts.entries())
      await admin.query(
        `insert into ballot (cast_at, cast_on, election_no, channel, region, station, lines)
         select timestamptz '2026-11-03 17:00:00+00' + $3 * interval '15 minutes', '2026-11-03', election_no, 'kiosk', $1, $2, '{1}'
         from election, generate_series(1, $4::integer)`,
        [region, station, quarter, count],
      );
  const { rows } = await analyst.query<{ flag: string }>(
    `select station || ' ' || rank() over (partition by station order by quarter) as flag from report.station_rates
     where election = 'test-2026' and cast_on = '2026-11-03' and region = $1 and is_implausible order by 1`,
    [region],
  );
  return rows.map(({ flag }) => flag);
}

describe('a station that is many times busier than its neighbours', () => {
  it('stands out in a region of three, where it makes most of the region’s ballots', async () => {
    expect(await flagged('three', { a: [10, 10], b: [10, 10], c: [400, 400] })).toEqual(['c 1', 'c 2']);
  });

  it('stands out beside one other', async () => {
    expect(await flagged('two', { a: [10, 10], b: [400, 10] })).toEqual(['b 1']);
  });

  it('is none where all are as busy, where the whole region is in a rush, or where there are few ballots', async () => {
    expect(await flagged('even', { a: [60, 70], b: [50, 60], c: [80, 70] })).toEqual([]);
    expect(await flagged('rush', { a: [1, 1, 1, 100], b: [1, 1, 1, 90], c: [1, 1, 1, 110] })).toEqual([]);
    expect(await flagged('few', { a: [1, 1], b: [1, 1], c: [19, 1] })).toEqual([]);
  });
});
