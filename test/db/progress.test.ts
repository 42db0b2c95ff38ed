import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { readReportingUnits } from '../../functions/adapters/postgres/read-progress.ts';
import { createResultsStore } from '../../functions/adapters/postgres/results-store.ts';
import { buildProgress } from '../../functions/core/build-progress.ts';
import { buildResults } from '../../functions/core/build-results.ts';
import type { ResultsStore } from '../../functions/core/ports.ts';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { kinesisEvent } from '../support/deliveries.ts';
import { testElection } from '../support/election.ts';
import { encodeAll, testRecord } from '../support/records.ts';
import { startTestWriter, type TestWriter } from '../support/writer.ts';

const election = testElection();
const id = electionIdSchema.parse('test-2026');
let writer: TestWriter;
let pool: pg.Pool;
let results: ResultsStore;
beforeAll(async () => {
  writer = await startTestWriter(election);
  pool = createPool({
    url: writer.database.urlFor('results'),
    connectionsMax: 2,
    applicationName: 'test',
  });
  results = createResultsStore(pool);
});
afterAll(async () => {
  await pool.end();
  await writer.stop();
});
beforeEach(() => writer.reset());

const cast = (...stations: string[]) =>
  writer.deliverUntilTaken(kinesisEvent(encodeAll(stations.map((station) => testRecord({ station })))));
const progress = async () => buildProgress(election, await results.readProgress(id));
/** What waits was recorded so much earlier. */
const age = (minutes: number) =>
  writer.admin.query(
    `update tally_pending set recorded_at = recorded_at - make_interval(mins => ${minutes})`,
  );
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe('progress, read from the database', () => {
  it('is the same whether what was recorded is folded or waits', async () => {
    await cast('n1', 'n1', 'n2');
    await age(3);
    await cast('n2');
    const waiting = await progress();
    await writer.store.fold();
    expect(await progress()).toEqual(waiting);
    expect(waiting.stations).toEqual({ total: 5, reporting: 2 });
    expect([waiting.minutes.recorded[0], sum(waiting.minutes.recorded), waiting.minutes.before]).toEqual([
      3, 4, 0,
    ]);
    expect(waiting.minutes.recorded.length).toBeGreaterThanOrEqual(4);
  });

  it('puts what is folded later into the minute in which it was recorded', async () => {
    await cast('n1');
    await age(5);
    await writer.store.fold();
    await cast('n1', 'n2');
    await age(5);
    await writer.store.fold();
    const { minutes } = await progress();
    // The two may fall on both sides of a full minute.
    expect([sum(minutes.recorded), minutes.recorded.length <= 2]).toEqual([3, true]);
  });

  it('counts neither duplicates nor what stands in quarantine, and says the same position as the results', async () => {
    const voter = testRecord({ station: 'n1' });
    const again = { ...testRecord({ station: 'n1' }), voterKey: voter.voterKey };
    const records = [
      ...encodeAll([voter, again, testRecord({ station: 'nowhere' })]),
      Buffer.from('garbage'),
    ];
    await writer.deliverUntilTaken(kinesisEvent(records));
    const answer = buildResults(election, await results.readCounts(id, { by: 'election' }), {
      by: 'election',
    });
    const shown = await progress();
    expect(sum(shown.minutes.recorded)).toBe(1);
    expect([shown.version, shown.asOf]).toEqual([answer.version, answer.asOf]);
    expect(shown.version).toBe(3);
  });

  it('is exact in every snapshot while writers write and somebody folds', async () => {
    let writing = true;
    const writers = [1, 2].map(async () => {
      for (let batch = 0; batch < 12; batch++) await cast('n1', 'n2', 'online');
    });
    const folder = (async () => {
      while (writing) await writer.store.fold();
    })();
    const seen: (readonly [number, number])[] = [];
    const watcher = (async () => {
      while (writing) {
        const snapshot = await results.readProgress(id);
        seen.push([snapshot?.recorded ?? 0, sum(snapshot?.minutes.map(({ recorded }) => recorded) ?? [])]);
      }
    })();
    await Promise.all(writers);
    writing = false;
    await Promise.all([folder, watcher]);
    expect(seen.length).toBeGreaterThan(3);
    for (const [recorded, inMinutes] of seen) expect(inMinutes).toBe(recorded);
    expect((await results.readProgress(id))?.recorded).toBe(72);
  });

  it('says of ballots that were folded before minutes were counted that they came before', async () => {
    await cast('n1', 'n1');
    await writer.store.fold();
    await writer.admin.query('truncate tally_minute');
    await cast('n2');
    const { minutes } = await progress();
    expect([minutes.before, minutes.recorded]).toEqual([2, [1]]);
  });

  it('is nothing for an election that is not registered', async () => {
    expect(await results.readProgress(electionIdSchema.parse('other'))).toBeNull();
  });
});

describe('a minute of the tally', () => {
  it('is whole, and never without a ballot', async () => {
    for (const values of ["'2026-11-03T12:00:01Z', 1", "'2026-11-03T12:00:00Z', 0"]) {
      const insert = writer.admin.query(`insert into tally_minute values (99, ${values})`);
      await expect(insert).rejects.toMatchObject({ code: '23514' });
    }
  });

  it('and its stations are read without reading the whole tally', async () => {
    await writer.admin.query(`
      insert into reporting_unit (election_no, unit_no, level, parent_no, region, station, name)
        select 1, 100000 + n, 'station', 1, 'north', 'big-' || n, 'Big ' || n from generate_series(1, 4000) n;
      insert into tally (election_no, unit_no, line_no, votes)
        select 1, 100000 + n, line, 1 from generate_series(1, 4000, 2) n, generate_series(1, 20) line;
      analyze tally; analyze reporting_unit`);
    /**
     * How often `read` reads the tally from end to end, as its own transaction counts it: what all sessions
     * together did is known only when each of them says so, seconds later.
     */
    const scansBy = async (read: (client: pg.PoolClient) => Promise<unknown>): Promise<number> => {
      const url = writer.database.urlFor('results');
      const session = createPool({ url, connectionsMax: 1, applicationName: 'scans' });
      const client = await session.connect();
      try {
        await client.query('begin');
        await read(client);
        const { rows } = await client.query<{ n: string }>(
          "select seq_scan as n from pg_stat_xact_user_tables where relname = 'tally'",
        );
        await client.query('rollback');
        return Number(rows[0]?.n);
      } finally {
        client.release();
        await session.end();
      }
    };
    expect(await scansBy((client) => client.query('select sum(votes) from tally'))).toBeGreaterThan(0);
    const read = async (client: pg.PoolClient) => {
      expect((await readReportingUnits(client, 1)).size).toBe(2_000);
    };
    expect(await scansBy(read)).toBe(0);
  });
});
