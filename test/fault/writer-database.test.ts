import type { KinesisStreamEvent, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../support/database-proxy.ts';
import { kinesisEvent, sqsEvent } from '../support/deliveries.ts';
import { testElection } from '../support/election.ts';
import { encodeAll, testRecord } from '../support/records.ts';
import { checkBooks, startTestWriter, type TestWriter } from '../support/writer.ts';

const election = testElection();
let writer: TestWriter;
beforeAll(async () => {
  writer = await startTestWriter(election);
});
afterAll(() => writer.stop());
beforeEach(() => writer.reset());

/** Votes of every fate: 20 recorded, 3 second ballots, 2 that cannot be counted, and repeats of each. */
function makeBatch(): Buffer[] {
  const first = Array.from({ length: 20 }, () => testRecord());
  const second = first.slice(0, 3).map(({ voterKey }) => testRecord({ voterKey, selections: [] }));
  const uncountable = [Buffer.from('not a record'), ...encodeAll([testRecord({ station: 'nowhere' })])];
  return [...encodeAll([...first, ...second, ...first.slice(5, 8), ...second.slice(0, 1)]), ...uncountable];
}
const fates = { recorded: 20, duplicates: 3, quarantined: 2 };

const sources: [string, (records: readonly Uint8Array[]) => KinesisStreamEvent | SQSEvent][] = [
  ['the stream', kinesisEvent],
  ['the queue', sqsEvent],
];

/** The statements of a batch's transaction, each by how it begins. */
const statements = [
  'begin',
  'insert into participation',
  'copy ballot',
  'select p.election_no',
  'lock table refused_ballot_lock',
  'select quarantine_key',
  'insert into duplicate_attempt',
  'insert into quarantine',
  'insert into writer_batch',
  'insert into tally_pending',
  'commit',
];

/** Gives `verdict` on the first `times` statements that begin like this. */
function strike(beginning: string, verdict: Verdict, times = 1): { readonly struck: number } {
  const state = { struck: 0 };
  writer.proxy.judge = (statement) => {
    if (!statement.startsWith(beginning) || state.struck === times) return 'pass';
    state.struck++;
    return verdict;
  };
  return state;
}

describe.each(sources)('from %s, each vote is recorded once when the connection is lost', (_, toEvent) => {
  it.each(statements)('before "%s" reaches the database', async (statement) => {
    const batch = makeBatch();
    const state = strike(statement, 'cut');
    expect(await writer.deliver(toEvent(batch))).toEqual([]);
    expect(state.struck).toBe(1);
    expect(await checkBooks(writer.admin, batch)).toEqual(fates);
  });

  it.each(statements)('before the reply to "%s" arrives', async (statement) => {
    const batch = makeBatch();
    const state = strike(statement, 'cut-reply');
    expect(await writer.deliver(toEvent(batch))).toEqual([]);
    expect(state.struck).toBe(1);
    expect(await checkBooks(writer.admin, batch)).toEqual(fates);
  });

  it.each([
    ['before COMMIT, again and again', 'cut'],
    ['after COMMIT, again and again', 'cut-reply'],
  ] as const)('%s: the batch is reported and delivered again', async (_title, verdict) => {
    const batch = makeBatch();
    const event = toEvent(batch);
    strike('commit', verdict, 6);
    const failures = await writer.deliver(event);
    expect(failures.length).toBeGreaterThan(0);
    expect(await writer.deliverUntilTaken(event)).toBe(1);
    expect(await checkBooks(writer.admin, batch)).toEqual(fates);
  });
});

describe('each vote is recorded once when an answer does not come in time', () => {
  let patient: TestWriter;
  beforeAll(async () => {
    patient = writer;
    writer = await startTestWriter(election, { answerMsMax: 500 });
  });
  afterAll(async () => {
    await writer.stop();
    writer = patient;
  });

  it.each(['begin', 'insert into participation', 'copy ballot', 'commit'])(
    'since "%s" never reaches the database',
    async (statement) => {
      const batch = makeBatch();
      const state = strike(statement, 'hang');
      await writer.deliverUntilTaken(kinesisEvent(batch));
      expect(state.struck).toBe(1);
      expect(await checkBooks(writer.admin, batch)).toEqual(fates);
    },
  );

  it.each(['insert into participation', 'copy ballot', 'commit'])(
    'since the reply to "%s" never comes',
    async (statement) => {
      const batch = makeBatch();
      const state = strike(statement, 'hang-reply');
      await writer.deliverUntilTaken(kinesisEvent(batch));
      expect(state.struck).toBe(1);
      expect(await checkBooks(writer.admin, batch)).toEqual(fates);
    },
  );

  it('while a vote among them is refused', async () => {
    const poison = encodeAll([testRecord({ station: 'n2' })]);
    const batch = [...makeBatch(), ...poison];
    const { heal } = await writer.breakTable('ballot', '22P02', "new.station = 'n2'");
    strike('commit', 'hang-reply');
    await writer.deliverUntilTaken(kinesisEvent(batch));
    await heal();
    expect(await checkBooks(writer.admin, batch)).toEqual({ ...fates, quarantined: 3 });
  });

  it('while a refused ballot comes again after another one of its voter was recorded', async () => {
    const refused = testRecord({ station: 'n2' });
    const other = testRecord({ voterKey: refused.voterKey });
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = encodeAll([refused, other]);
    const { heal } = await writer.breakTable('ballot', '22P02', "new.station = 'n2'");
    for (const delivery of [[first], [second], [first], [first, second]])
      await writer.deliverUntilTaken(kinesisEvent(delivery));
    await heal();
    expect(await checkBooks(writer.admin, [first, second])).toEqual({
      recorded: 1,
      duplicates: 0,
      quarantined: 1,
    });
  });

  it('since a statement takes longer than the database allows', async () => {
    const batch = makeBatch();
    const event = kinesisEvent(batch);
    const role = `alter role writer in database ${writer.database.name}`;
    await writer.admin.query(`${role} set statement_timeout = '100ms'`);
    await writer.endSessions();
    await writer.admin.query('begin; lock table ballot in access exclusive mode');
    expect(await writer.deliver(event)).toEqual([event.Records[0]?.kinesis.sequenceNumber]);
    await writer.admin.query('rollback');
    await writer.admin.query(`${role} reset statement_timeout`);
    await writer.endSessions();
    await writer.deliverUntilTaken(event);
    expect(await checkBooks(writer.admin, batch)).toEqual(fates);
  });
});
