import type { Context, KinesisStreamEvent, SQSEvent } from 'aws-lambda';
import pg from 'pg';
import { expect } from 'vitest';
import { describeError } from '../../functions/adapters/log.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { checkAccounting } from '../../functions/core/accounting.ts';
import type { Election } from '../../functions/core/election.ts';
import type { LogCode, LogFields } from '../../functions/core/ports.ts';
import { decodeRecord } from '../../functions/core/record.ts';
import { createWriter } from '../../functions/writer/write.ts';
import { cloneDatabase } from './database.ts';
import { startDatabaseProxy } from './database-proxy.ts';
import { createCounts } from './metrics.ts';
import { definitionsOf } from './records.ts';

/** Deliveries of one event before a test gives up on it. */
const deliveriesMax = 50;
export interface TestWriterSettings {
  readonly connectionsMax?: number;
  /** How long it waits for an answer; short where answers do not come on purpose. */
  readonly answerMsMax?: number;
}

/**
 * The real writer on a database of its own, with a proxy between the two that can be told to
 * misbehave. The election is registered and has its partitions.
 */
export async function startTestWriter(
  election: Election,
  { connectionsMax = 4, answerMsMax = 10_000 }: TestWriterSettings = {},
) {
  const database = await cloneDatabase();
  const proxy = await startDatabaseProxy(database.url);
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const pool = createPool({
    url: proxy.urlFor(database.urlFor('writer')),
    connectionsMax,
    applicationName: 'test-writer',
    answerMsMax,
  });
  const logged: { code: LogCode; fields: LogFields }[] = [];
  const store = createVoteStore(pool);
  const write = createWriter({
    definitions: definitionsOf(election),
    store,
    clock: Date.now,
    log: (code, fields = {}) => logged.push({ code, fields }),
    metrics: createCounts(),
    describeError,
  });
  await store.register(election);
  await admin.query("select make_ballot_partitions('2026-11-03', $1)", [[...election.regions.keys()]]);

  /** One delivery; the identifiers of what has to be delivered again. */
  const deliver = async (event: KinesisStreamEvent | SQSEvent): Promise<string[]> => {
    const response = await write(event, {} as Context);
    return response.batchItemFailures.map((failure) => failure.itemIdentifier);
  };

  const endSessions = () =>
    admin.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where usename = 'writer' and datname = current_database()`);

  return {
    proxy,
    admin,
    pool,
    store,
    logged,
    database,
    deliver,
    /** Empties the tables and takes every change back that a test made: for the next one. */
    async reset() {
      proxy.judge = () => 'pass';
      proxy.statements.length = 0;
      logged.length = 0;
      await admin.query('drop function if exists test_break cascade');
      await admin.query(`alter role writer in database ${database.name} reset all`);
      await endSessions();
      // The guards against truncation do not stop the superuser's replica mode: this is a test's broom.
      await admin.query(`set session_replication_role = replica;
        truncate ballot, participation, duplicate_attempt, quarantine, writer_batch, tally, tally_total, tally_minute, tally_pending;
        set session_replication_role = origin`);
    },
    /** Makes the database refuse the rows of a table that meet `condition`, until `heal` is called. */
    async breakTable(table: string, sqlState: string, condition = 'true') {
      await admin.query(`
        create function test_break() returns trigger language plpgsql as $$
        begin
          if ${condition} then raise exception 'broken on purpose' using errcode = '${sqlState}'; end if;
          return new;
        end $$;
        grant execute on function test_break to public;
        create trigger test_break before insert on ${table} for each row execute function test_break()`);
      return { heal: () => admin.query('drop function test_break cascade') };
    },
    /** Ends the writer's sessions, so that the next ones start with the role's settings as they are now. */
    endSessions,
    /** As an event source does it: again and again until it is taken. Returns how often. */
    async deliverUntilTaken(event: KinesisStreamEvent | SQSEvent): Promise<number> {
      for (let delivery = 1; delivery <= deliveriesMax; delivery++) {
        if ((await deliver(event)).length === 0) return delivery;
      }
      throw new Error(`not taken after ${deliveriesMax} deliveries`);
    },
    async stop() {
      proxy.judge = () => 'pass';
      await proxy.close();
      await pool.end();
      await admin.end();
      await database.drop();
    },
  };
}
export type TestWriter = Awaited<ReturnType<typeof startTestWriter>>;

/** Distinct votes: the same ballot of the same voter is one, however often it was delivered. */
function distinctVotes(records: readonly Uint8Array[]): number {
  const votes = records.map((bytes) => {
    const decoded = decodeRecord(bytes);
    if (!decoded.ok) return Buffer.from(bytes).toString('hex');
    const { election, voterKey, ballotId } = decoded.record;
    return `${election} ${voterKey} ${ballotId}`;
  });
  return new Set(votes).size;
}

export interface Books {
  readonly recorded: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

/**
 * What must hold after any fault, once everything was delivered: accepted = recorded + duplicate +
 * quarantined, the tally equal to a recount, one ballot a participation, and the audit trail in
 * agreement with the tables. Returns the numbers.
 */
export async function checkBooks(admin: pg.Client, accepted: readonly Uint8Array[]): Promise<Books> {
  const { rows } = await admin.query<Record<string, number>>(`
    select (select count(*) from participation)::int as recorded,
      (select count(*) from duplicate_attempt)::int as duplicates,
      (select count(*) from quarantine)::int as quarantined,
      (select count(*) from ballot)::int as ballots,
      (select count(*) from tally_difference)::int as differences,
      (select coalesce(sum(recorded), 0) from writer_batch)::int as batch_recorded,
      (select coalesce(sum(duplicates), 0) from writer_batch)::int as batch_duplicates,
      (select coalesce(sum(quarantined), 0) from writer_batch)::int as batch_quarantined`);
  const books = rows[0] ?? {};
  const { recorded = -1, duplicates = -1, quarantined = -1 } = books;
  expect(
    checkAccounting({ accepted: distinctVotes(accepted), recorded, duplicates, quarantined }),
  ).toMatchObject({ ok: true });
  expect(books).toMatchObject({
    ballots: recorded,
    differences: 0,
    batch_recorded: recorded,
    batch_duplicates: duplicates,
    batch_quarantined: quarantined,
  });
  return { recorded, duplicates, quarantined };
}
