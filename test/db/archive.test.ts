import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveDay, findDays, lockPatience } from '../../functions/adapters/postgres/archive-ballots.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const database = useDatabase();
const directory = mkdtempSync(join(tmpdir(), 'ballotstream-archive-'));
const over = testElection({
  election: 'old',
  opensAt: '2020-11-03T07:00:00Z',
  closesAt: '2020-11-04T02:00:00Z',
});
const open = testElection({
  election: 'now',
  opensAt: '2026-01-01T00:00:00Z',
  closesAt: '2030-01-01T00:00:00Z',
});
let owner: pg.Client;
let writer: pg.Pool;

beforeAll(async () => {
  owner = new pg.Client({ connectionString: database().url });
  await owner.connect();
  for (const day of ['2020-11-03', '2026-11-03'])
    await owner.query("select make_ballot_partitions($1, '{north,south}')", [day]);
  writer = createPool({ url: database().urlFor('writer'), connectionsMax: 2, applicationName: 'test' });
  await record('old', '2020-11-03T12:00:00.000Z', 40);
  await record('now', '2026-11-03T12:00:00.000Z', 10);
});
afterAll(async () => {
  await writer.end();
  await owner.end();
  rmSync(directory, { recursive: true, force: true });
});

async function record(election: string, acceptedAt: string, votes: number): Promise<void> {
  const store = createVoteStore(writer);
  const count = createRecordCounter({ definitions: definitionsOf(over, open), store });
  const records = Array.from({ length: votes }, (_, n) =>
    testRecord({
      election,
      acceptedAt,
      ...(n % 2 === 0 ? {} : { region: 'south', station: 's1', selections: [] }),
    }),
  );
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '2' } as const;
  await store.record({ origin, ...(await count(encodeAll(records))) });
}

const rows = async (text: string, values: unknown[] = []) =>
  (await owner.query(text, values)).rows as unknown[];
const day = { day: '2020-11-03', table: 'ballot_20201103' };

describe('archiving a day', () => {
  it('finds the days that are over', async () => {
    expect(await findDays(owner, '2026-11-03')).toEqual([day]);
    expect((await findDays(owner, '2026-11-04')).length).toBe(2);
    await expect(findDays(owner, '2999-01-01')).rejects.toThrow('are not over everywhere');
  });

  it('is refused while an election of that day is not over', async () => {
    await expect(
      archiveDay(owner, { day: '2026-11-03', table: 'ballot_20261103' }, directory),
    ).rejects.toThrow('now has ballots of 2026-11-03 and is not over');
  });

  it('is refused where the tally is not what the ballots say', async () => {
    await createVoteStore(writer).fold();
    await owner.query('update tally set votes = votes + 1 where votes > 0');
    await expect(archiveDay(owner, day, directory)).rejects.toThrow('npm run recount');
    await owner.query('update tally set votes = votes - 1 where votes > 0');
    expect(await rows('select * from tally_difference')).toEqual([]);
  });

  it('gives up behind somebody who goes on reading, and leaves everything as it was', async () => {
    const reader = new pg.Client({ connectionString: database().urlFor('auditor') });
    await reader.connect();
    await reader.query('begin');
    await reader.query('select count(*) from ballot');
    const patience = { lockMsMax: 20, attemptsMax: 3, pauseMs: 10 };
    await expect(archiveDay(owner, day, directory, patience)).rejects.toThrow(
      'ballot_20201103 could not be had in 3 attempts',
    );
    expect(await findDays(owner, '2026-11-03')).toEqual([day]);
    expect(await rows('select * from ballot_archive')).toEqual([]);
    // Nobody is left behind a lock, while the reader is still there.
    await record('now', '2026-11-03T12:00:00.000Z', 4);
    await reader.end();
  });

  it('keeps writers waiting for a twentieth of the time, and for less than four seconds in all', () => {
    const { lockMsMax, attemptsMax, pauseMs } = lockPatience;
    expect(lockMsMax / (lockMsMax + pauseMs)).toBeLessThanOrEqual(1 / 20);
    expect(lockMsMax * attemptsMax).toBeLessThan(4_000);
    // Longer than an analyst's longest statement, twice.
    expect((lockMsMax + pauseMs) * attemptsMax).toBeGreaterThan(60_000);
  });

  it('writes what was there, detaches it, and lets writers go on meanwhile', async () => {
    const before = await rows(`select * from ${day.table} order by region, station, id`);
    let recorded = 0;
    let isDone = false;
    const writing = (async () => {
      while (!isDone || recorded < 5) {
        await record('now', '2026-11-03T12:00:00.000Z', 4);
        recorded += 1;
      }
    })();
    const archived = await archiveDay(owner, day, directory);
    isDone = true;
    await writing;
    expect(archived).toMatchObject({ ballots: 40, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await findDays(owner, '2026-11-03')).toEqual([]);
    expect(await rows("select * from ballot where cast_on = '2020-11-03'")).toEqual([]);
    expect(await rows(`select * from archive.${day.table} order by region, station, id`)).toEqual(before);
    // An archived election is none that differs.
    expect(await rows('select * from tally_difference')).toEqual([]);
    expect(await rows('select election_no, ballots from ballot_archive')).toEqual([
      { election_no: expect.any(Number), ballots: '40' },
    ]);
    const lines = gunzipSync(readFileSync(archived.file)).toString().trim().split('\n');
    expect(lines.length).toBe(41);
  });

  it('can be undone: the file read into a new day is the same ballots', async () => {
    const file = join(directory, `${day.table}.csv`);
    writeFileSync(file, gunzipSync(readFileSync(`${file}.gz`)), { mode: 0o644 });
    await owner.query('create table restored (election text, like ballot)');
    const header = readFileSync(file, 'utf8').split('\n')[0];
    expect(header).toBe('election,id,cast_at,cast_on,election_no,channel,region,station,lines');
    await pipeline(
      createReadStream(file),
      owner.query(
        copyFrom(
          'copy restored (election, id, cast_at, cast_on, election_no, channel, region, station, lines) from stdin (format csv, header)',
        ),
      ),
    );
    const columns = 'id, cast_at, cast_on, election_no, channel, region, station, lines';
    expect(
      await rows(`(select ${columns} from restored except all select ${columns} from archive.${day.table})
        union all (select ${columns} from archive.${day.table} except all select ${columns} from restored)`),
    ).toEqual([]);
  });

  it('asked for again does nothing', async () => {
    expect(await findDays(owner, '2021-01-01')).toEqual([]);
  });
});
