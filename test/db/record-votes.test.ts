import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createResultsStore } from '../../functions/adapters/postgres/results-store.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { buildResults } from '../../functions/core/build-results.ts';
import type { BatchOutcome, ResultsStore, VoteStore } from '../../functions/core/ports.ts';
import { createRecordCounter, type RecordCounter } from '../../functions/writer/count-records.ts';
import { recordVotes } from '../../functions/writer/record-votes.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const database = useDatabase();
const election = testElection();
let admin: pg.Client;
let pool: pg.Pool;
let resultsPool: pg.Pool;
let store: VoteStore;
let results: ResultsStore;
let countRecords: RecordCounter;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
  pool = createPool({ url: database().urlFor('writer'), connectionsMax: 4, applicationName: 'test' });
  resultsPool = createPool({ url: database().urlFor('results'), connectionsMax: 2, applicationName: 'test' });
  store = createVoteStore(pool);
  results = createResultsStore(resultsPool);
  countRecords = createRecordCounter({ definitions: definitionsOf(election), store });
  await store.register(election);
  await admin.query("select make_ballot_partitions('2026-11-03', '{north,south}')");
});
afterAll(async () => {
  await pool.end();
  await resultsPool.end();
  await admin.end();
});
beforeEach(async () => {
  // The guards against truncation do not stop the superuser's replica mode: this is a test's broom.
  await admin.query(`set session_replication_role = replica;
    truncate ballot, participation, duplicate_attempt, quarantine, writer_batch, tally, tally_total, tally_minute, tally_pending;
    set session_replication_role = origin`);
});

async function deliver(records: readonly Uint8Array[]): Promise<BatchOutcome> {
  const origin = {
    source: 'kinesis',
    shard: 'shardId-000000000000',
    firstSequence: '1',
    lastSequence: '2',
  } as const;
  return recordVotes(store, { origin, ...(await countRecords(records)) });
}
const deliverAll = (...records: StreamRecord[]) => deliver(encodeAll(records));

async function count(table: string): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]?.n ?? Number.NaN;
}

describe('recording a batch', () => {
  it('records each vote once, and delivering the batch again changes nothing', async () => {
    const records = Array.from({ length: 50 }, () => testRecord());
    expect(await deliverAll(...records)).toEqual({
      recorded: 50,
      repeated: 0,
      duplicates: 0,
      quarantined: 0,
    });
    expect(await deliverAll(...records)).toEqual({
      recorded: 0,
      repeated: 50,
      duplicates: 0,
      quarantined: 0,
    });
    expect([await count('ballot'), await count('participation'), await count('tally_difference')]).toEqual([
      50, 50, 0,
    ]);
  });

  it('lets the first ballot of a voter stand and keeps a second, different one as an attempt', async () => {
    const first = testRecord();
    const second = testRecord({
      voterKey: first.voterKey,
      selections: [{ contest: 'mayor', choices: ['bob'] }],
    });
    expect(await deliverAll(first, second, first)).toEqual({
      recorded: 1,
      repeated: 1,
      duplicates: 1,
      quarantined: 0,
    });
    expect(await deliverAll(second)).toEqual({ recorded: 0, repeated: 1, duplicates: 0, quarantined: 0 });
    const { rows } = await admin.query(
      "select choice, votes::int from result where level = 'election' order by choice",
    );
    expect(rows).toEqual([
      { choice: 'ada', votes: 1 },
      { choice: 'kim', votes: 1 },
      { choice: 'mo', votes: 1 },
    ]);
  });

  it('lets the same voter key vote in two elections', async () => {
    const other = testElection({ election: 'other-2026' });
    const counter = createRecordCounter({ definitions: definitionsOf(election, other), store });
    const voterKey = randomUUID();
    const counted = await counter(
      encodeAll([testRecord({ voterKey }), testRecord({ voterKey, election: 'other-2026' })]),
    );
    const origin = { source: 'sqs', shard: 'overflow', firstSequence: 'a', lastSequence: 'b' } as const;
    expect(await store.record({ origin, ...counted })).toMatchObject({ recorded: 2, duplicates: 0 });
    expect(await count('tally_difference')).toBe(0);
  });

  it('quarantines what cannot be counted, whole and once, and records its neighbours', async () => {
    const good = testRecord();
    const bad: Buffer[] = [
      Buffer.from('not json'),
      Buffer.from([0x7b, 0xff, 0x7d]),
      Buffer.from('{"v":99}'),
      ...encodeAll([
        testRecord({ station: 'nowhere' }),
        testRecord({ election: 'no-such-election' }),
        testRecord({ selections: [{ contest: 'mayor', choices: ['ada', 'bob'] }] }),
      ]),
    ];
    const batch = [...bad.slice(0, 3), ...encodeAll([good]), ...bad.slice(3)];
    expect(await deliver(batch)).toEqual({ recorded: 1, repeated: 0, duplicates: 0, quarantined: 6 });
    expect(await deliver(batch)).toEqual({ recorded: 0, repeated: 7, duplicates: 0, quarantined: 0 });
    const { rows } = await admin.query<{ reason: string; record: Buffer }>(
      'select reason, record from quarantine',
    );
    expect(new Set(rows.map((row) => row.record.toString('hex')))).toEqual(
      new Set(bad.map((bytes) => bytes.toString('hex'))),
    );
    expect(rows.map((row) => row.reason).sort()).toEqual([
      'invalid-ballot',
      'invalid-record',
      'invalid-utf8',
      'malformed-json',
      'unknown-election',
      'unknown-station',
    ]);
  });

  it('quarantines the one vote that the database refuses and records the others', async () => {
    const records = Array.from({ length: 9 }, () => testRecord());
    const { votes, uncountable } = await countRecords(encodeAll(records));
    const poisoned = votes.map((vote, index) => (index === 4 ? { ...vote, lines: [] } : vote));
    const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '9' } as const;
    const outcome = await recordVotes(store, { origin, votes: poisoned, uncountable });
    expect(outcome).toEqual({ recorded: 8, repeated: 0, duplicates: 0, quarantined: 1 });
    const { rows } = await admin.query('select reason from quarantine');
    expect(rows).toEqual([{ reason: 'database-refused-23514' }]);
    expect(await count('tally_difference')).toBe(0);
  });

  it('records each vote once when writers are given the same votes at the same time in different orders', async () => {
    const records = Array.from({ length: 200 }, () => testRecord());
    const orders = [
      records,
      [...records].reverse(),
      records.slice(100).concat(records.slice(0, 100)),
      records,
    ];
    const outcomes = await Promise.all(orders.map((order) => deliverAll(...order)));
    expect(outcomes.reduce((sum, outcome) => sum + outcome.recorded, 0)).toBe(200);
    expect(outcomes.reduce((sum, outcome) => sum + outcome.repeated, 0)).toBe(600);
    expect([
      await count('ballot'),
      await count('duplicate_attempt'),
      await count('tally_difference'),
    ]).toEqual([200, 0, 0]);
  });

  it('puts a ballot of an unforeseen day into the default partition and counts it', async () => {
    await deliverAll(testRecord({ acceptedAt: '2026-11-20T12:00:00Z' }));
    expect([await count('ballot_other'), await count('tally_difference')]).toEqual([1, 0]);
    const { rows } = await admin.query('select * from ballots_in_default_partitions()');
    expect(rows).toEqual([{ partition_name: 'ballot_other', ballots: '1' }]);
  });

  it('cuts times to the minute and dates the ballot in the time zone of the election', async () => {
    await deliverAll(testRecord({ acceptedAt: '2026-11-04T01:59:59.999Z' }));
    const { rows } = await admin.query(
      "select cast_on::text, to_char(cast_at at time zone 'UTC', 'HH24:MI:SS.MS') as at from ballot",
    );
    expect(rows).toEqual([{ cast_on: '2026-11-03', at: '01:59:00.000' }]);
  });

  it('keeps neither the voter key nor the ballot id of the receipt beside a ballot', async () => {
    const record = testRecord();
    await deliverAll(record);
    const { rows } = await admin.query('select b::text as text from ballot b');
    expect(JSON.stringify(rows)).not.toContain(record.voterKey);
    expect(JSON.stringify(rows)).not.toContain(record.ballotId);
  });
});

describe('the tally', () => {
  it('equals a recount after any sequence of deliveries and folds, and so does the published result', async () => {
    const choice = fc.constantFrom('ada', 'bob', null);
    const deliveries = fc.array(
      fc.array(fc.record({ voter: fc.nat(30), choice, station: fc.constantFrom('n1', 'n2', 'online') }), {
        maxLength: 12,
      }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        async (batches, folds) => {
          const run = randomUUID().slice(0, 8);
          for (const [index, batch] of batches.entries()) {
            const records = batch.map(({ voter, choice, station }) =>
              testRecord({
                voterKey: `${run}-0000-4000-8000-${String(voter).padStart(12, '0')}`,
                station,
                selections: choice === null ? [] : [{ contest: 'mayor', choices: [choice] }],
              }),
            );
            await deliverAll(...records);
            if (folds[index]) await store.fold();
            expect(await count('tally_difference')).toBe(0);
          }
        },
      ),
      { numRuns: 15 },
    );
    const scope = { by: 'region' } as const;
    const answer = buildResults(
      election,
      await results.readCounts(election.definition.election, scope),
      scope,
    );
    const mayor = answer.contests.find((contest) => contest.contest === 'mayor');
    expect(answer.ballots).toBe(await count('ballot'));
    expect((mayor?.votes ?? 0) + (mayor?.undervotes ?? 0)).toBe(answer.ballots);
    expect(answer.regions?.reduce((sum, region) => sum + region.ballots, 0)).toBe(answer.ballots);
    expect(answer.version).toBe(answer.ballots + answer.duplicates + answer.quarantined);
  });

  it('is exact in every snapshot while writers write and somebody folds', async () => {
    let writing = true;
    const writers = [1, 2, 3].map(async () => {
      for (let batch = 0; batch < 15; batch++)
        await deliverAll(...Array.from({ length: 20 }, () => testRecord()));
    });
    const folder = (async () => {
      while (writing) await store.fold();
    })();
    const differences: number[] = [];
    const watcher = (async () => {
      while (writing) differences.push(await count('tally_difference'));
    })();
    await Promise.all(writers);
    writing = false;
    await Promise.all([folder, watcher]);
    await store.fold();
    expect(differences.length).toBeGreaterThan(3);
    expect(new Set(differences)).toEqual(new Set([0]));
    expect([await count('tally_pending'), await count('ballot'), await count('tally_difference')]).toEqual([
      0, 900, 0,
    ]);
  });

  it('has a check that finds a ballot added, a ballot removed and a counter changed', async () => {
    await deliverAll(testRecord(), testRecord());
    await store.fold();
    await admin.query('set session_replication_role = replica');
    await admin.query(
      'update tally set votes = votes + 1 where unit_no = 0 and line_no = (select min(line_no) from tally)',
    );
    expect(await count('tally_difference')).toBe(1);
    await admin.query(
      'update tally set votes = votes - 1 where unit_no = 0 and line_no = (select min(line_no) from tally)',
    );
    await admin.query('insert into ballot select * from ballot limit 1');
    expect(await count('tally_difference')).toBeGreaterThan(0);
    await admin.query('delete from ballot');
    expect(await count('tally_difference')).toBeGreaterThan(0);
    await admin.query('set session_replication_role = origin');
  });
});
