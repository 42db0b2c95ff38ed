import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
let admin: pg.Client;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
});
afterAll(() => admin.end());

/** Ballots of each station, by region. */
type Counts = readonly (readonly number[])[];
interface Published {
  readonly election: number | null;
  readonly regions: readonly (number | null)[];
  readonly stations: readonly (readonly (number | null)[])[];
  readonly rows: readonly { contest: string | null; votes: string | null; is_withheld: boolean }[];
}

let elections = 0;

/** Writes a tally with these numbers, all for one choice, and asks what of it may be published. */
async function publish(counts: Counts, k: number): Promise<Published> {
  elections += 1;
  const id = `e${elections}`;
  const { rows } = await admin.query<{ election_no: number }>(
    `insert into election (election, name, time_zone, opens_at, closes_at, grace_seconds, definition_version)
     values ($1, $1, 'UTC', '2026-11-03', '2026-11-04', 0, 1) returning election_no`,
    [id],
  );
  const no = rows[0]?.election_no;
  await admin.query(
    `insert into tally_line (election_no, line_no, contest, contest_name, max_selections, choice, choice_name, ballot_style, channel)
     values ($1, 1, 'mayor', 'Mayor', 1, 'ada', 'Ada', null, null), ($1, 2, null, null, null, null, null, 'full', 'kiosk')`,
    [no],
  );
  const units: (readonly [number, string, number | null, string | null, string | null, number])[] = [];
  const sum = (list: readonly number[]) => list.reduce((total, count) => total + count, 0);
  units.push([0, 'election', null, null, null, sum(counts.map(sum))]);
  for (const [r, stations] of counts.entries()) {
    const regionNo = units.length;
    units.push([regionNo, 'region', 0, `r${r}`, null, sum(stations)]);
    for (const [s, ballots] of stations.entries())
      units.push([units.length, 'station', regionNo, `r${r}`, `s${s}`, ballots]);
  }
  for (const [unit, level, parent, region, station, ballots] of units) {
    await admin.query(
      `insert into reporting_unit (election_no, unit_no, level, parent_no, region, station, name)
       values ($1, $2, $3::tally_level, $4, $5, $6, 'unit')`,
      [no, unit, level, parent, region, station],
    );
    if (ballots > 0)
      await admin.query('insert into tally values ($1, $2, 1, $3), ($1, $2, 2, $3)', [no, unit, ballots]);
  }
  const answer = await admin.query<{
    level: string;
    region: string | null;
    station: string | null;
    contest: string | null;
    ballots: string | null;
    votes: string | null;
    is_withheld: boolean;
  }>('select * from report.public_results($1, $2)', [id, k]);
  const find = (region: string | null, station: string | null): number | null => {
    const row = answer.rows.find((one) => one.region === region && one.station === station);
    return row === undefined || row.ballots === null ? null : Number(row.ballots);
  };
  return {
    election: find(null, null),
    regions: counts.map((_, r) => find(`r${r}`, null)),
    stations: counts.map((stations, r) => stations.map((_, s) => find(`r${r}`, `s${s}`))),
    rows: answer.rows,
  };
}

/**
 * What somebody with a pencil can find out: each published number is an equation over the stations' ballots. Those whose
 * value follows from the equations are known.
 */
function solve(counts: Counts, published: Published): boolean[][] {
  const columns = counts.flatMap((stations, r) => stations.map((_, s) => [r, s] as const));
  const equation = (holds: (r: number, s: number) => boolean) =>
    columns.map(([r, s]) => (holds(r, s) ? 1 : 0));
  const equations: number[][] = [];
  if (published.election !== null) equations.push(equation(() => true));
  for (const [r, region] of published.regions.entries())
    if (region !== null) equations.push(equation((one) => one === r));
  for (const [r, stations] of published.stations.entries())
    for (const [s, ballots] of stations.entries())
      if (ballots !== null) equations.push(equation((one, other) => one === r && other === s));
  const rank = rankOf(equations);
  return counts.map((stations, r) =>
    stations.map(
      (_, s) => rankOf([...equations, equation((one, other) => one === r && other === s)]) === rank,
    ),
  );
}

/** Of a matrix of small whole numbers, by elimination. */
function rankOf(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map((row) => [...row]);
  let rank = 0;
  for (let column = 0; column < (rows[0]?.length ?? 0); column += 1) {
    const pivot = rows.findIndex((row, at) => at >= rank && Math.abs(row[column] ?? 0) > 1e-9);
    if (pivot === -1) continue;
    [rows[rank], rows[pivot]] = [rows[pivot] ?? [], rows[rank] ?? []];
    const lead = rows[rank] ?? [];
    for (const [at, row] of rows.entries()) {
      const factor = at === rank ? 0 : (row[column] ?? 0) / (lead[column] ?? 1);
      for (let c = 0; c < row.length; c += 1) row[c] = (row[c] ?? 0) - factor * (lead[c] ?? 0);
    }
    rank += 1;
  }
  return rank;
}

const k = 10;
const counts = fc.array(
  fc.array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 200 })), {
    minLength: 1,
    maxLength: 4,
  }),
  { minLength: 1, maxLength: 4 },
);

describe('results that are published', () => {
  it('let nobody work out a station of fewer than k ballots, nor who was chosen there', async () => {
    let withheld = 0;
    await fc.assert(
      fc.asyncProperty(counts, async (ballots) => {
        const published = await publish(ballots, k);
        const known = solve(ballots, published);
        for (const [r, stations] of ballots.entries())
          for (const [s, count] of stations.entries()) {
            const isSmall = count > 0 && count < k;
            if (isSmall) {
              withheld += 1;
              expect([ballots, r, s, known[r]?.[s]]).toEqual([ballots, r, s, false]);
            }
          }
        for (const { contest, votes, is_withheld } of published.rows)
          if (is_withheld) expect([contest, votes]).toEqual([null, null]);
      }),
      { numRuns: 150 },
    );
    expect(withheld).toBeGreaterThan(50);
  });

  it('withhold nothing where nothing is small, and are the tally', async () => {
    const large = counts.map((regions) =>
      regions.map((stations) => stations.map((count) => (count === 0 ? 0 : count + k))),
    );
    await fc.assert(
      fc.asyncProperty(large, async (ballots) => {
        const published = await publish(ballots, k);
        expect(published.rows.every((row) => !row.is_withheld)).toBe(true);
        const sum = (list: readonly (number | null)[]) =>
          list.reduce<number>((total, count) => total + (count ?? 0), 0);
        expect(sum(published.regions)).toBe(published.election);
        expect(published.stations.map(sum)).toEqual(published.regions);
      }),
      { numRuns: 25 },
    );
  });

  it('of an attacker’s making show that the attack is one: with small stations alone withheld, he has them', () => {
    const ballots = [
      [3, 50],
      [20, 30],
    ];
    const naive: Published = {
      election: 103,
      regions: [53, 50],
      stations: [
        [null, 50],
        [20, 30],
      ],
      rows: [],
    };
    expect(solve(ballots, naive)[0]?.[0]).toBe(true);
  });
});
