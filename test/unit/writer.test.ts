import type { Context, KinesisStreamEvent, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { RefusedError, UnavailableError } from '../../functions/core/errors.ts';
import type { Batch, BatchOutcome, LogCode, VoteStore } from '../../functions/core/ports.ts';
import { createWriter } from '../../functions/writer/write.ts';
import { numbersFor } from '../support/counts.ts';
import { kinesisEvent, sqsEvent } from '../support/deliveries.ts';
import { testElection } from '../support/election.ts';
import { createCounts } from '../support/metrics.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const election = testElection();
type Event = KinesisStreamEvent | SQSEvent;
/** Just after the test's deliveries came in: at …296.789. */
const nowMs = 1_793_709_298_000;

/** The real writer over a store that remembers what it was given, and fails as it is told. */
function start(record: (batch: Batch) => void = () => {}, fold: () => Promise<void> = async () => {}) {
  const batches: Batch[] = [];
  const logged: LogCode[] = [];
  const metrics = createCounts();
  const counts = { registered: 0, folded: 0 };
  const store: VoteStore = {
    async register() {
      counts.registered++;
      return numbersFor(election);
    },
    async record(batch): Promise<BatchOutcome> {
      record(batch);
      batches.push(batch);
      return {
        recorded: batch.votes.length,
        repeated: 0,
        duplicates: 0,
        quarantined: batch.uncountable.length,
      };
    },
    fold() {
      counts.folded++;
      return fold();
    },
  };
  const write = createWriter({
    definitions: definitionsOf(election),
    store,
    clock: () => nowMs,
    log: (code) => logged.push(code),
    metrics,
    describeError: (error) => (error instanceof Error ? error.name : 'unknown'),
  });
  const deliver = async (event: Event) => (await write(event, {} as Context)).batchItemFailures;
  return { batches, logged, counts, metrics, deliver };
}

const makeRecords = (count: number) => Array.from({ length: count }, () => testRecord());

describe('the writer', () => {
  it('records what a shard delivers in order, and where it came from', async () => {
    const { batches, deliver } = start();
    const records = makeRecords(3);
    const event = kinesisEvent(encodeAll(records), 'shardId-000000000007');
    expect(await deliver(event)).toEqual([]);
    expect(batches[0]?.origin).toEqual({
      source: 'kinesis',
      shard: 'shardId-000000000007',
      firstSequence: event.Records[0]?.kinesis.sequenceNumber,
      lastSequence: event.Records[2]?.kinesis.sequenceNumber,
    });
    expect(batches[0]?.votes.map((vote) => vote.ballotId)).toEqual(records.map((record) => record.ballotId));
  });

  it('records what the queue delivers, and names the queue', async () => {
    const { batches, deliver } = start();
    const event = sqsEvent(encodeAll(makeRecords(2)));
    await deliver(event);
    expect(batches[0]?.origin).toEqual({
      source: 'sqs',
      shard: 'ballots-overflow',
      firstSequence: event.Records[0]?.messageId,
      lastSequence: event.Records[1]?.messageId,
    });
  });

  it('keeps the bytes of a record as they were delivered', async () => {
    const { batches, deliver } = start();
    const bytes = [Buffer.from([0xff, 0x00, 0x7b]), Buffer.from('{"v":1}'), Buffer.alloc(0)];
    await deliver(kinesisEvent(bytes));
    expect(batches[0]?.uncountable.map(({ reason, bytes: kept }) => [reason, Buffer.from(kept)])).toEqual([
      ['invalid-utf8', bytes[0]],
      ['invalid-record', bytes[1]],
      ['malformed-json', bytes[2]],
    ]);
  });

  it('reports of a shard the first record, from which it is delivered again, and of the queue every message', async () => {
    const { deliver, logged } = start(() => {
      throw new UnavailableError('test');
    });
    const fromShard = kinesisEvent(encodeAll(makeRecords(3)));
    expect(await deliver(fromShard)).toEqual([
      { itemIdentifier: fromShard.Records[0]?.kinesis.sequenceNumber },
    ]);
    const fromQueue = sqsEvent(encodeAll(makeRecords(3)));
    expect(await deliver(fromQueue)).toEqual(
      fromQueue.Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
    );
    expect(logged).toEqual(['writer.batch-failed', 'writer.batch-failed']);
  });

  it('reports a batch whose records need a definition or numbers that cannot be had', async () => {
    const unavailable = () => Promise.reject(new UnavailableError('test'));
    const deps = { metrics: createCounts(), clock: () => 0, log: () => {}, describeError: () => '' };
    const store: VoteStore = { register: unavailable, record: unavailable, fold: unavailable };
    for (const definitions of [
      definitionsOf(election),
      { get: unavailable, at: unavailable, loaded: () => [] },
    ]) {
      const write = createWriter({ ...deps, store, definitions });
      const response = await write(kinesisEvent(encodeAll(makeRecords(2))), {} as Context);
      expect(response.batchItemFailures.length).toBe(1);
    }
  });

  it('asks for the numbers of an election once', async () => {
    const { counts, deliver } = start();
    for (let batch = 0; batch < 3; batch++) await deliver(kinesisEvent(encodeAll(makeRecords(5))));
    expect(counts.registered).toBe(1);
  });

  it('has nothing to do for an empty event, and refuses one that is of neither source', async () => {
    const { batches, deliver } = start();
    expect(await deliver({ Records: [] })).toEqual([]);
    expect(batches).toEqual([]);
    await expect(
      deliver({ Records: [{ eventSource: 'aws:s3' }] } as unknown as SQSEvent),
    ).rejects.toBeInstanceOf(TypeError);
  });

  it('folds the tally every 32 batches, and takes a batch for recorded when folding fails', async () => {
    const { counts, logged, deliver } = start(undefined, () => Promise.reject(new UnavailableError('test')));
    for (let batch = 0; batch < 64; batch++)
      expect(await deliver(kinesisEvent(encodeAll(makeRecords(1))))).toEqual([]);
    expect(counts.folded).toBe(2);
    expect(logged.filter((code) => code === 'tally.fold-failed').length).toBe(2);
  });
});

describe('a batch that the database refuses for its data', () => {
  it.each([1, 2, 3, 7, 16, 33])('of %i is halved until every vote at fault stands alone', async (size) => {
    const records = makeRecords(size);
    for (const poisoned of [
      [0],
      [size - 1],
      [Math.floor(size / 2)],
      [0, size - 1],
      records.map((_, index) => index),
    ]) {
      const guilty = new Set(poisoned.map((index) => records[index]?.ballotId));
      const { batches, deliver } = start(({ votes }) => {
        if (votes.some((vote) => guilty.has(vote.ballotId))) throw new RefusedError('22P02');
      });
      await deliver(kinesisEvent([...encodeAll(records), Buffer.from('garbage')]));
      const recorded = batches.flatMap((batch) => batch.votes.map((vote) => vote.ballotId));
      expect(recorded).toEqual(records.map((record) => record.ballotId).filter((id) => !guilty.has(id)));
      const reasons = batches.flatMap((batch) => batch.uncountable.map((one) => one.reason));
      expect(reasons.sort()).toEqual(
        [...Array(guilty.size).fill('database-refused-22P02'), 'malformed-json'].sort(),
      );
    }
  });

  it('is not what a batch is that the database could not be reached for, be it a single vote', async () => {
    let calls = 0;
    const { batches, deliver } = start(() => {
      if (calls++ === 0) throw new UnavailableError('test');
    });
    expect((await deliver(kinesisEvent(encodeAll(makeRecords(1))))).length).toBe(1);
    expect(batches).toEqual([]);
  });

  it('is delivered again whole when the database goes away in between', async () => {
    let calls = 0;
    const { deliver } = start(() => {
      calls++;
      throw calls < 3 ? new RefusedError('22P02') : new UnavailableError('test');
    });
    expect((await deliver(sqsEvent(encodeAll(makeRecords(4))))).length).toBe(4);
  });
});

describe('the metrics of a batch', () => {
  it.each([
    ['stream', kinesisEvent],
    ['queue', sqsEvent],
  ])('say what became of its records and how long the oldest waited: %s', async (_, eventOf) => {
    const { metrics, deliver } = start();
    await deliver(eventOf([...encodeAll(makeRecords(3)), Buffer.from('garbage')]));
    expect(metrics.sums).toEqual({ Recorded: 3, Repeated: 0, Duplicates: 0, Quarantined: 1 });
    expect(metrics.observed).toEqual([['RecordAge', expect.closeTo(1_211, 3)]]);
    expect(metrics.state.flushes).toBe(1);
  });

  it('count it as failed when it has to be delivered again, and nothing else', async () => {
    const { metrics, deliver } = start(() => {
      throw new UnavailableError('test');
    });
    await deliver(kinesisEvent(encodeAll(makeRecords(3))));
    expect(metrics.sums).toEqual({ BatchesFailed: 1 });
    expect(metrics.state.flushes).toBe(1);
  });
});
