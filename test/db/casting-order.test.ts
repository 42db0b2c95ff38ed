import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const database = useDatabase();
let admin: pg.Client;
let analyst: pg.Client;
/** Ids of ballots in the order in which they were recorded, a batch each: what an analyst must not see. */
let cast: string[];
/** What is marked on each of the ballots that wait to be folded, in that order; on the others it is Ada. */
const waiting = ['no', 'bob', 'bob', 'yes', 'no', 'bob', 'no', 'yes', 'bob'];

beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  analyst = new pg.Client({ connectionString: database().urlFor('analyst') });
  await Promise.all([admin.connect(), analyst.connect()]);
  await admin.query("select make_ballot_partitions('2026-11-03', '{north,south}')");
  // New statistics between two questions may mean another plan, and so another order of what is joined behind the sort.
  await admin.query(`do $$ declare one regclass; begin
    for one in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      execute format('alter table %s set (autovacuum_enabled = off)', one);
    end loop; end $$`);
  const pool = createPool({ url: database().urlFor('writer'), connectionsMax: 1, applicationName: 'test' });
  const store = createVoteStore(pool);
  const count = createRecordCounter({ definitions: definitionsOf(testElection()), store });
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '1' } as const;
  let minute = 0;
  const record = async (choice: string) => {
    minute = (minute + 7) % 40;
    const contest = choice === 'yes' || choice === 'no' ? 'bridge' : 'mayor';
    const vote = testRecord({
      station: minute % 3 === 0 ? 'n1' : 'n2',
      acceptedAt: `2026-11-03T13:${String(minute).padStart(2, '0')}:30.000Z`,
      selections: [{ contest, choices: [choice] }],
    });
    await store.record({ origin, ...(await count(encodeAll([vote]))) });
  };
  for (let n = 0; n < 41; n += 1) await record('ada');
  await store.fold();
  for (const choice of waiting) await record(choice);
  await pool.end();
  cast = await heapOrder();
});
afterAll(() => Promise.all([admin.end(), analyst.end()]));

async function heapOrder(): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>('select id from ballot order by tableoid, ctid');
  return rows.map(({ id }) => id);
}

/** The rows of the last statement; session settings are taken back. */
async function ask(...statements: string[]): Promise<Record<string, unknown>[]> {
  await analyst.query('begin');
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await analyst.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await analyst.query('rollback');
  }
}
const where = "election = 'test-2026' and cast_on = '2026-11-03' and region = 'north'";

/** A function that notes what it is asked about: does a filter come to see the rows in the order in which they lie? */
const noting = (text: string) =>
  `set_config('spy.seen', coalesce(current_setting('spy.seen', true), '') || ${text} || ' ', true) is not null`;
const seen = "select trim(current_setting('spy.seen')) as seen";

/** Each asks for the ids of ballots in the order of nothing, by another road. */
const roads: Record<string, (view: string) => readonly string[]> = {
  'a plain select': (view) => [`select ballot_id as id from ${view} where ${where}`],
  'no filter at all': (view) => [`select ballot_id as id from ${view}`],
  'a limit': (view) => [`select ballot_id as id from ${view} where ${where} limit 1000`],
  'row numbers': (view) => [
    `select ballot_id as id from (select ballot_id, row_number() over () as n from ${view}) r order by n`,
  ],
  aggregation: (view) => [`select unnest(array_agg(ballot_id)) as id from ${view} where ${where}`],
  'a column that is the same in all of them, sorted': (view) => [
    `select ballot_id as id from ${view} where ${where} order by cast_on`,
  ],
  'a cursor': (view) => [
    `declare reading cursor for select ballot_id as id from ${view} where ${where}`,
    'fetch all from reading',
  ],
  'a planner that may not sort': (view) => [
    'set local enable_sort = off',
    'set local enable_incremental_sort = off',
    `select ballot_id as id from ${view} where ${where}`,
  ],
  'parallel workers': (view) => [
    'set local parallel_setup_cost = 0',
    'set local parallel_tuple_cost = 0',
    'set local min_parallel_table_scan_size = 0',
    'set local debug_parallel_query = on',
    `select ballot_id as id from ${view} where ${where}`,
  ],
  'a filter that notes what it sees': (view) => [
    `select from ${view} where ${where} and ${noting('ballot_id')}`,
    `select unnest(string_to_array(seen, ' ')) as id from (${seen}) s`,
  ],
  'such a filter in a join': (view) => [
    `select from ${view} a join report.elections e on e.election = a.election and ${noting('a.ballot_id')}`,
    `select unnest(string_to_array(seen, ' ')) as id from (${seen}) s`,
  ],
};

/** What a row says, made into a number: the error names the row that is looked at first. Of sums, one that waits. */
const firstNamed = (waitingLines: string): Readonly<Record<string, string>> => {
  const cell = `case when line_no = any ('{${waitingLines}}') then unit_no || '/' || line_no else '1' end`;
  return {
    'report.ballots': 'ballot_id::text',
    ballot_selection: 'ballot_id::text',
    'report.ballots_by_minute': 'minute::text || station',
    'report.ballots_by_day': 'station || channel',
    'report.station_rates': 'station',
    tally_now: cell,
    'report.unit_line': cell,
  };
};

async function nameFirst(view: string, text: string): Promise<string> {
  try {
    await ask(`select from ${view} where (${text})::integer > 0`);
    return 'no row at all';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('whoever asks for ballots', () => {
  const answers = async (): Promise<Map<string, readonly string[]>> => {
    const found = new Map<string, readonly string[]>();
    for (const view of ['report.ballots', 'ballot_selection'])
      for (const [road, statements] of Object.entries(roads))
        found.set(
          `${view} by ${road}`,
          (await ask(...statements(view))).map(({ id }) => String(id)),
        );
    return found;
  };
  const errors = async (): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    const [{ lines } = {}] = await ask(
      "select string_agg(line_no::text, ',') as lines from tally_line where choice in ('yes', 'no', 'bob')",
    );
    for (const [view, text] of Object.entries(firstNamed(String(lines))))
      found.set(view, await nameFirst(view, text));
    return found;
  };
  /** The same rows, the other way round: nobody but a superuser without triggers can do that. */
  const turnAround = (table: string) =>
    admin.query(`set session_replication_role = replica;
      create temporary table kept as select * from ${table} order by tableoid, ctid desc;
      delete from ${table};
      insert into ${table} select * from kept;
      drop table kept;
      set session_replication_role = origin`);

  it('has the same answer whatever order they lie in, by whichever road, and the same error', async () => {
    const [answered, failed] = [await answers(), await errors()];
    for (const table of ['ballot', 'tally_pending']) await turnAround(table);
    expect(await heapOrder()).toEqual(cast.toReversed());
    for (const [road, ids] of await answers()) {
      expect([road, ids.toSorted()]).toEqual([road, cast.toSorted()]);
      expect([road, ids]).toEqual([road, answered.get(road)]);
    }
    // Where nothing is joined behind the sort, that of their random ids.
    expect(answered.get('report.ballots by a plain select')).toEqual(cast.toSorted());
    expect(await errors()).toEqual(failed);
    for (const [view, message] of failed)
      expect([view, message]).toEqual([
        view,
        expect.stringMatching(/^invalid input syntax for type integer/),
      ]);
  });
});

describe.each(['report.ballots', 'ballot_selection'])('an analyst who reads %s', (view) => {
  it('reads all of them whatever is asked: the plan says nowhere how deep one of them lies', async () => {
    const plans = await Promise.all(
      [cast[3], cast[30]].map(async (id) => {
        const [row] = await ask(
          `explain (analyze, costs off, timing off, summary off, buffers off, format json)
            select exists (select from ${view} where ${where} and ballot_id::text = '${id}') as is_there`,
        );
        return [...JSON.stringify(row).matchAll(/"Relation Name":"ballot_[^}]*?"Actual Rows":([\d.]+)/g)]
          .map(([, rows]) => Number(rows))
          .reduce((sum, rows) => sum + rows, 0);
      }),
    );
    expect(plans).toEqual([cast.length, cast.length]);
  });

  it('has none of a table’s system columns, and cannot sample', async () => {
    for (const column of ['xmin', 'ctid', 'tableoid'])
      await expect(ask(`select ${column} from ${view}`)).rejects.toMatchObject({ code: '42703' });
    await expect(ask(`select * from ${view} tablesample system (100)`)).rejects.toMatchObject({
      code: '0A000',
    });
  });
});

describe('an analyst', () => {
  it('reads no table that has ballots or counters, whose rows say which were written together', async () => {
    for (const table of ['ballot', 'tally', 'tally_pending', 'participation'])
      await expect(ask(`select xmin from ${table}`)).rejects.toMatchObject({ code: '42501' });
  });
});
