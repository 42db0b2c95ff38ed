import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countBallotsInDefaultPartitions,
  makeBallotPartitions,
} from '../../functions/adapters/postgres/partitions.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { RefusedError } from '../../functions/core/errors.ts';
import { type RegionId, regionIdSchema } from '../../schema/wire/ids.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
let admin: pg.Client;
let pool: pg.Pool;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
  pool = createPool({ url: database().urlFor('maintainer'), connectionsMax: 6, applicationName: 'test' });
});
afterAll(async () => {
  await pool.end();
  await admin.end();
});

let daysUsed = 0;
/** A day of the test's own. */
const freshDay = (): string => new Date(Date.UTC(2026, 0, 1 + daysUsed++)).toISOString().slice(0, 10);
const nextDay = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
const regions = (...ids: string[]): RegionId[] => ids.map((id) => regionIdSchema.parse(id));
const tableOf = (day: string): string => `ballot_${day.replaceAll('-', '')}`;
const make = (day: string, ids: readonly RegionId[]) => makeBallotPartitions(pool, day, ids);

/** Puts one ballot in; the partition that it lies in. */
async function insertBallot(
  day: string,
  region: string,
  station = 'n1',
  client: pg.Client = admin,
): Promise<string> {
  const { rows } = await client.query<{ partition: string }>(
    `insert into ballot (cast_at, cast_on, election_no, channel, region, station, lines)
     values ($1::date, $1, 1, 'kiosk', $2, $3, '{1}') returning tableoid::regclass::text as partition`,
    [day, region, station],
  );
  return rows[0]?.partition ?? '';
}

/** Partitions that a query has to look into. */
async function scanned(query: string): Promise<string[]> {
  const { rows } = await admin.query<{ 'QUERY PLAN': unknown }>(`explain (format json) ${query}`);
  return [...JSON.stringify(rows).matchAll(/"Relation Name":"([^"]+)"/g)].map(([, name]) => name ?? '');
}

describe('making the partitions of a day', () => {
  it('makes them once, and nothing when they are there', async () => {
    const day = freshDay();
    const ids = regions('north', 'south');
    // The day, its default, and for each region itself and its four parts.
    expect(await make(day, ids)).toBe(2 + 2 * 5);
    expect(await make(day, ids)).toBe(0);
    expect(await make(day, ids.slice(1))).toBe(0);
  });

  it('adds the regions that are missing, and only those', async () => {
    const day = freshDay();
    await make(day, regions('north'));
    expect(await make(day, regions('north', 'south', 'west'))).toBe(10);
    expect(await insertBallot(day, 'west')).toMatch(/_west_[0-9a-f]{6}_\d$/);
    expect(await insertBallot(day, 'east')).toBe(`${tableOf(day)}_other`);
  });

  it('adds a region while ballots of the others are there', async () => {
    const day = freshDay();
    await make(day, regions('north'));
    for (let station = 0; station < 8; station++) await insertBallot(day, 'north', `n${station}`);
    expect(await make(day, regions('north', 'south'))).toBe(5);
  });

  it('spreads the stations of a region over its parts', async () => {
    const day = freshDay();
    await make(day, regions('north'));
    const parts = new Set<string>();
    for (let station = 0; station < 40; station++)
      parts.add(await insertBallot(day, 'north', `station-${station}`));
    expect(parts.size).toBe(4);
  });

  it.each([
    ['dots', ['a.b', 'a.c', '1.2.3']],
    ['underscores', ['a_b', 'a_b_c', 'a__b']],
    ['ids that begin each other', ['a', 'a_b', 'a-b', 'a.b', 'ab', 'aa']],
    ['upper and lower case', ['Ca', 'CA', 'ca', 'cA']],
    ['ids that differ only in what a name cannot hold', ['x.y', 'x-y', 'x_y', 'X.Y']],
    ['words of SQL', ['default', 'select', 'other', 'null', 'DEFAULT', 'minvalue']],
    ['digits', ['0', '00', '1', '01']],
    ['the longest ids', ['a'.repeat(64), `${'a'.repeat(63)}b`, `${'a'.repeat(30)}.${'b'.repeat(33)}`]],
  ])('gives each region one of its own, with %s', async (_, ids) => {
    const [together, onebyOne] = [freshDay(), freshDay()];
    expect(await make(together, regions(...ids))).toBe(2 + ids.length * 5);
    for (const id of ids) expect([id, (await make(onebyOne, regions(id))) > 0]).toEqual([id, true]);
    for (const day of [together, onebyOne]) {
      expect(await make(day, regions(...ids))).toBe(0);
      const groups = new Set<string>();
      for (const id of ids) groups.add((await insertBallot(day, id)).replace(/_\d$/, ''));
      expect(groups.size).toBe(ids.length);
      expect(groups).not.toContain(`${tableOf(day)}_other`);
    }
  });

  it('lets regions share partitions beyond 64', async () => {
    const day = freshDay();
    const ids = regions(...Array.from({ length: 1_000 }, (_, index) => `county-${index}`));
    // 16 a group.
    expect(await make(day, ids)).toBe(2 + 63 * 5);
    expect(await make(day, ids)).toBe(0);
    const found = new Set<string>();
    for (const id of ids.slice(0, 40)) found.add(await insertBallot(day, id));
    expect([...found].filter((name) => name.endsWith('_other'))).toEqual([]);
  });

  it('makes them for as many regions as a definition may have, and no more', async () => {
    const ids = regions(...Array.from({ length: 5_001 }, (_, index) => `r${index}`));
    expect(await make(freshDay(), ids.slice(0, 5_000))).toBe(2 + 64 * 5);
    await expect(make(freshDay(), ids)).rejects.toBeInstanceOf(RefusedError);
    await expect(make(freshDay(), [])).rejects.toBeInstanceOf(RefusedError);
  });

  it('makes them once when several are at it at the same time', async () => {
    const day = freshDay();
    const ids = regions('north', 'south', 'west');
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, index) => make(day, ids.slice(0, 1 + (index % 3)))),
    );
    expect(made.reduce((sum, tables) => sum + tables, 0)).toBe(2 + 3 * 5);
    expect(made.filter((tables) => tables > 0).length).toBeLessThanOrEqual(3);
  });

  it('makes neighbouring days that do not take each other’s ballots', async () => {
    const day = freshDay();
    const next = freshDay();
    await Promise.all([make(day, regions('north')), make(next, regions('north'))]);
    expect(nextDay(day)).toBe(next);
    expect([await insertBallot(day, 'north'), await insertBallot(next, 'north')]).toEqual([
      expect.stringContaining(tableOf(day)),
      expect.stringContaining(tableOf(next)),
    ]);
  });
});

describe('ballots in a default partition', () => {
  it('are counted, by day and for no region', async () => {
    const before = await countBallotsInDefaultPartitions(pool);
    const [foreseen, unforeseen] = [freshDay(), freshDay()];
    await make(foreseen, regions('north'));
    await insertBallot(foreseen, 'north');
    await insertBallot(foreseen, 'south');
    await insertBallot(unforeseen, 'north');
    expect(await countBallotsInDefaultPartitions(pool)).toBe(before + 2);
  });

  it('keep the partitions of their day from being made, which is said, and counting goes on', async () => {
    const day = freshDay();
    expect(await insertBallot(day, 'north')).toBe('ballot_other');
    const error: unknown = await make(day, regions('north')).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({
      sqlState: '23514',
      cause: { message: expect.stringContaining('ballot_other') },
    });
    expect(await insertBallot(day, 'north')).toBe('ballot_other');
    // Nothing of the attempt is left, and other days are not affected.
    const { rows } = await admin.query('select to_regclass($1) as left_over', [tableOf(day)]);
    expect(rows).toEqual([{ left_over: null }]);
    expect(await make(freshDay(), regions('north'))).toBe(7);
  });

  it('keep the partition of their region from being made, and no other', async () => {
    const day = freshDay();
    await make(day, regions('north'));
    await insertBallot(day, 'south');
    await expect(make(day, regions('north', 'south'))).rejects.toBeInstanceOf(RefusedError);
    expect(await make(day, regions('north', 'west'))).toBe(5);
    expect(await insertBallot(day, 'south')).toBe(`${tableOf(day)}_other`);
  });
});

describe('while ballots are being counted', () => {
  it('a new day waits for nobody', async () => {
    const [today, tomorrow] = [freshDay(), freshDay()];
    await make(today, regions('north'));
    await admin.query('begin');
    await insertBallot(today, 'north');
    expect(await make(tomorrow, regions('north'))).toBe(7);
    await admin.query('commit');
  });

  it('a region that is added to a day gives way after three seconds, and is made the next time', async () => {
    const day = freshDay();
    await make(day, regions('north'));
    await admin.query('begin');
    await insertBallot(day, 'north');
    const attempt = pool.query('select make_ballot_partitions($1, $2)', [day, ['north', 'south']]);
    await expect(attempt).rejects.toMatchObject({ code: '55P03' });
    await admin.query('commit');
    expect(await make(day, regions('north', 'south'))).toBe(5);
  });
});

describe('a query of an analyst looks only', () => {
  let day: string;
  let prefix: string;
  beforeAll(async () => {
    [day] = [freshDay()];
    prefix = tableOf(day);
    await make(day, regions('north', 'south'));
    await make(freshDay(), regions('north', 'south'));
  });

  it('into its day', async () => {
    const names = await scanned(`select count(*) from ballot where cast_on = '${day}'`);
    expect(names.length).toBe(2 * 4 + 1);
    expect(names.filter((name) => !name.startsWith(prefix))).toEqual([]);
  });

  it('into its region of that day', async () => {
    const names = await scanned(`select count(*) from ballot where cast_on = '${day}' and region = 'north'`);
    expect(names.length).toBe(4);
    expect(names.filter((name) => !name.startsWith(`${prefix}_north`))).toEqual([]);
  });

  it('into the part of its station', async () => {
    const query = `select count(*) from ballot where cast_on = '${day}' and region = 'north' and station = 'n1'`;
    expect(await scanned(query)).toEqual([await insertBallot(day, 'north', 'n1')]);
  });

  it('into its day and region through the view by names, too', async () => {
    const names = await scanned(
      `select * from ballot_selection where cast_on = '${day}' and region = 'south'`,
    );
    const ballots = names.filter((name) => name.startsWith('ballot_2'));
    expect(ballots.length).toBe(4);
    expect(ballots.filter((name) => !name.startsWith(`${prefix}_south`))).toEqual([]);
  });
});
