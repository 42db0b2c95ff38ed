import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBallotPartitions } from '../../functions/adapters/postgres/partitions.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { RefusedError } from '../../functions/core/errors.ts';
import { quarantineKeyOf } from '../../functions/core/quarantine.ts';
import type { Verdict } from '../support/database-proxy.ts';
import { kinesisEvent, sqsEvent } from '../support/deliveries.ts';
import { testElection } from '../support/election.ts';
import { until } from '../support/local-services.ts';
import { encodeAll, testRecord } from '../support/records.ts';
import { checkBooks, startTestWriter, type TestWriter } from '../support/writer.ts';

const election = testElection();
let writer: TestWriter;
/** A second session beside `admin`, for what has to happen while that one waits. */
let other: pg.Client;
beforeAll(async () => {
  writer = await startTestWriter(election);
  other = new pg.Client({ connectionString: writer.database.url });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await writer.stop();
});
beforeEach(() => writer.reset());

const makeRecords = (count: number) => Array.from({ length: count }, () => testRecord());

/** Resolves once some session of this database waits for a lock that `text` asked for. */
const someoneWaits = (text: string) =>
  until(async () => {
    const { rowCount } = await writer.admin.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
      [`${text}%`],
    );
    return rowCount === 1;
  });

describe('each vote is recorded once in a deadlock', () => {
  /**
   * Another session holds the quarantine key that the batch ends with and waits for a voter that the
   * batch began with; only the writer looks for deadlocks, so it is the one that loses.
   */
  async function deadlock(beforeCommit: () => 'pass' | 'cut-reply') {
    const voter = testRecord();
    const stray = testRecord({ station: 'nowhere' });
    const batch = encodeAll([...makeRecords(10), voter, stray]);
    await writer.admin.query(
      `alter role writer in database ${writer.database.name} set deadlock_timeout = '20ms'`,
    );
    await writer.endSessions();
    await other.query("begin; set local deadlock_timeout = '1h'");
    await other.query("insert into quarantine values ($1, null, 'test', '', $2)", [
      Buffer.from(quarantineKeyOf(stray)),
      randomUUID(),
    ]);
    const blocked: Promise<unknown>[] = [];
    writer.proxy.judge = async (statement): Promise<Verdict> => {
      if (statement.startsWith('insert into quarantine') && blocked.length === 0) {
        const insert = 'insert into participation (election_no, voter_key, ballot_id) values (1, $1, $2)';
        const inserted = other.query(insert, [voter.voterKey, randomUUID()]);
        blocked.push(inserted.then(() => other.query('rollback')));
        await someoneWaits('insert into participation');
      }
      return statement === 'commit' ? beforeCommit() : 'pass';
    };
    const delivery = writer.deliver(kinesisEvent(batch));
    expect(await delivery).toEqual([]);
    await Promise.all(blocked);
    return batch;
  }
  const rolledBack = () => writer.proxy.statements.filter((statement) => statement === 'rollback').length;

  it('that is resolved against the writer', async () => {
    const batch = await deadlock(() => 'pass');
    expect(rolledBack()).toBe(1);
    expect(await checkBooks(writer.admin, batch)).toEqual({ recorded: 11, duplicates: 0, quarantined: 1 });
  });

  it('whose repetition is committed while the reply is lost', async () => {
    let commits = 0;
    const batch = await deadlock(() => (commits++ === 0 ? 'cut-reply' : 'pass'));
    expect([rolledBack(), commits]).toEqual([1, 2]);
    expect(await checkBooks(writer.admin, batch)).toEqual({ recorded: 11, duplicates: 0, quarantined: 1 });
  });
});

describe('a vote that the database refuses is quarantined, and each other one is recorded once', () => {
  const poisoned = () => {
    const records = makeRecords(16);
    const poison = [testRecord({ station: 'n2' }), testRecord({ station: 'n2' })];
    const again = testRecord({ voterKey: records[0]?.voterKey, selections: [] });
    return encodeAll([
      ...records.slice(0, 7),
      ...poison.slice(0, 1),
      ...records.slice(7),
      ...poison.slice(1),
      again,
    ]);
  };
  const fates = { recorded: 16, duplicates: 1, quarantined: 2 };

  it.each([
    ['while everything else is well', 'pass', 0],
    ['while connections break before COMMIT', 'cut', 3],
    ['while connections break after COMMIT', 'cut-reply', 3],
  ] as const)('%s', async (_, verdict, times) => {
    const batch = poisoned();
    const { heal } = await writer.breakTable('ballot', '22P02', "new.station = 'n2'");
    let commits = 0;
    writer.proxy.judge = (statement) =>
      statement === 'commit' && commits++ % 2 === 0 && commits <= 2 * times ? verdict : 'pass';
    await writer.deliverUntilTaken(sqsEvent(batch));
    await heal();
    expect(await checkBooks(writer.admin, batch)).toEqual(fates);
    const { rows } = await writer.admin.query('select distinct reason from quarantine');
    expect(rows).toEqual([{ reason: 'database-refused-22P02' }]);
  });

  it('also when the database goes away in the middle of finding the vote at fault', async () => {
    const batch = poisoned();
    const { heal } = await writer.breakTable('ballot', '22P02', "new.station = 'n2'");
    const event = kinesisEvent(batch);
    let copies = 0;
    writer.proxy.judge = async (statement): Promise<Verdict> => {
      if (statement.startsWith('copy') && ++copies === 4) await writer.proxy.away();
      return 'pass';
    };
    expect((await writer.deliver(event)).length).toBe(1);
    await writer.proxy.back();
    await writer.deliverUntilTaken(event);
    await heal();
    expect(await checkBooks(writer.admin, batch)).toEqual(fates);
  });
});

describe('a fault of the database itself quarantines nothing: the batch is delivered again', () => {
  it.each([
    ['disk full', '53100'],
    ['out of memory', '53200'],
    ['no right to insert', '42501'],
    ['a missing table', '42P01'],
    ['a limit of the program', '54000'],
    ['an I/O error', '58030'],
    ['an internal error', 'XX000'],
    ['a broken index', 'XX002'],
    ['a cancelled query', '57014'],
    ['a shutdown', '57P01'],
    ['a serialization failure that will not end', '40001'],
    ['an exception of a trigger', 'P0001'],
    ['our own guard', 'BS001'],
  ])('%s (%s)', async (_, sqlState) => {
    const batch = encodeAll(makeRecords(10));
    const event = kinesisEvent(batch);
    // Quarantine still works, so whoever blames the data would get away with it.
    const { heal } = await writer.breakTable('ballot', sqlState);
    expect(await writer.deliver(event)).toEqual([event.Records[0]?.kinesis.sequenceNumber]);
    expect(writer.logged.at(-1)?.code).toBe('writer.batch-failed');
    await heal();
    expect(await writer.deliverUntilTaken(event)).toBe(1);
    expect(await checkBooks(writer.admin, batch)).toEqual({ recorded: 10, duplicates: 0, quarantined: 0 });
  });
});

describe('each vote is recorded once', () => {
  it.each(['insert into participation', 'copy ballot', 'insert into writer_batch', 'commit'])(
    'when the session is terminated before "%s"',
    async (statement) => {
      const batch = encodeAll(makeRecords(20));
      let terminated = 0;
      writer.proxy.judge = async (text): Promise<Verdict> => {
        if (text.startsWith(statement) && terminated++ === 0) await writer.endSessions();
        return 'pass';
      };
      expect(await writer.deliver(kinesisEvent(batch))).toEqual([]);
      expect(await checkBooks(writer.admin, batch)).toMatchObject({ recorded: 20 });
    },
  );

  it('when the connections of the pool lead to a server that has become read-only, and new ones do not', async () => {
    const role = `alter role writer in database ${writer.database.name}`;
    await writer.admin.query(`${role} set default_transaction_read_only = on`);
    await writer.endSessions();
    await Promise.all(Array.from({ length: 4 }, () => writer.pool.query('select pg_sleep(0.05)')));
    await writer.admin.query(`${role} reset default_transaction_read_only`);
    const batch = encodeAll(makeRecords(20));
    await writer.deliverUntilTaken(sqsEvent(batch));
    expect(writer.proxy.statements.filter((statement) => statement === 'begin').length).toBeGreaterThan(1);
    expect(await checkBooks(writer.admin, batch)).toMatchObject({ recorded: 20 });
  });

  it('when the server stays read-only for a while', async () => {
    const role = `alter role writer in database ${writer.database.name}`;
    const batch = encodeAll(makeRecords(20));
    const event = sqsEvent(batch);
    await writer.admin.query(`${role} set default_transaction_read_only = on`);
    await writer.endSessions();
    expect(await writer.deliver(event)).toEqual(event.Records.map((record) => record.messageId));
    expect(await checkBooks(writer.admin, [])).toMatchObject({ recorded: 0 });
    await writer.admin.query(`${role} reset default_transaction_read_only`);
    expect(await writer.deliverUntilTaken(event)).toBe(1);
    expect(await checkBooks(writer.admin, batch)).toMatchObject({ recorded: 20 });
  });

  it('when the database is gone for several deliveries and then comes back', async () => {
    const batch = encodeAll(makeRecords(20));
    const event = kinesisEvent(batch);
    await writer.proxy.away();
    for (let delivery = 0; delivery < 3; delivery++)
      expect(await writer.deliver(event)).toEqual([event.Records[0]?.kinesis.sequenceNumber]);
    await writer.proxy.back();
    expect(await writer.deliverUntilTaken(event)).toBe(1);
    expect(await writer.deliver(event)).toEqual([]);
    expect(await checkBooks(writer.admin, batch)).toMatchObject({ recorded: 20 });
  });

  it('when its partition is attached while it is on its way into the default one', async () => {
    const batch = encodeAll([testRecord({ acceptedAt: '2026-11-05T12:00:00Z' })]);
    await other.query("begin; select make_ballot_partitions('2026-11-05', '{north,south}')");
    const delivery = writer.deliver(kinesisEvent(batch));
    await someoneWaits('copy ballot');
    await other.query('commit');
    expect(await delivery).toEqual([]);
    expect(await checkBooks(writer.admin, batch)).toEqual({ recorded: 1, duplicates: 0, quarantined: 0 });
  });

  it('when the default partition is detached for a while', async () => {
    const batch = encodeAll([testRecord({ acceptedAt: '2026-11-07T12:00:00Z' }), testRecord()]);
    const event = kinesisEvent(batch);
    await writer.admin.query('alter table ballot detach partition ballot_other');
    expect((await writer.deliver(event)).length).toBe(1);
    await writer.admin.query('alter table ballot attach partition ballot_other default');
    expect(await writer.deliverUntilTaken(event)).toBe(1);
    expect(await checkBooks(writer.admin, batch)).toMatchObject({ recorded: 2, quarantined: 0 });
  });

  it('when ballots of a day lie in the default partition, which cannot be made its own any more', async () => {
    const late = () => testRecord({ acceptedAt: '2026-11-06T12:00:00Z' });
    const batch = encodeAll([late(), late()]);
    await writer.deliverUntilTaken(kinesisEvent(batch.slice(0, 1)));
    const url = writer.database.urlFor('maintainer');
    const maintainer = createPool({ url, connectionsMax: 1, applicationName: 'test' });
    const refusal = makeBallotPartitions(maintainer, '2026-11-06', [...election.regions.keys()]);
    await expect(refusal).rejects.toBeInstanceOf(RefusedError);
    await maintainer.end();
    await writer.deliverUntilTaken(kinesisEvent(batch));
    expect(await checkBooks(writer.admin, batch)).toMatchObject({ recorded: 2, quarantined: 0 });
  });
});
