import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeRecord } from '../../functions/core/record.ts';
import type { Verdict } from '../support/database-proxy.ts';
import { kinesisEvent, sqsEvent } from '../support/deliveries.ts';
import { testElection } from '../support/election.ts';
import { testRecord } from '../support/records.ts';
import { checkBooks, startTestWriter, type TestWriter } from '../support/writer.ts';

let writer: TestWriter;
beforeAll(async () => {
  writer = await startTestWriter(testElection(), { connectionsMax: 8, answerMsMax: 1_000 });
});
afterAll(() => writer.stop());
beforeEach(() => writer.reset());

/** Mulberry32: the same numbers for the same seed; which statement gets which depends on timing all the same. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const places = [
  { region: 'north', station: 'n1' },
  { region: 'north', station: 'online' },
  { region: 'south', station: 's1' },
];

/** Two ballots of each of 60 voters, in different places. */
function makeVotes() {
  return Array.from({ length: 120 }, (_, index) => {
    const voterKey = `00000000-0000-4000-8000-${String(index >> 1).padStart(12, '0')}`;
    const record = testRecord({
      voterKey,
      ...places[index % 3],
      selections: index % 2 === 0 ? [{ contest: 'mayor', choices: ['ada'] }] : [],
    });
    return { voterKey, bytes: encodeRecord(record) };
  });
}

const shards = ['shardId-000000000000', 'shardId-000000000001', 'shardId-000000000002'];
const batchesPerShard = 10;
const votesPerBatch = 15;

describe('whatever happens between writer and database', () => {
  it.each([1, 2, 3, 4])(
    'each vote is recorded once, from three shards and the queue at a time (seed %i)',
    async (seed) => {
      const random = createRandom(seed);
      const verdicts = new Map<Verdict, number>();
      writer.proxy.judge = () => {
        const draw = random();
        const verdict =
          draw < 0.02 ? 'cut' : draw < 0.04 ? 'cut-reply' : draw < 0.042 ? 'hang-reply' : 'pass';
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        return verdict;
      };
      const votes = makeVotes();
      const uncountable = [Buffer.from('nonsense'), encodeRecord(testRecord({ election: 'nowhere' }))];
      const pool = [...votes.map((vote) => vote.bytes), ...uncountable];
      const accepted: Buffer[] = [];
      const makeBatch = () =>
        Array.from(
          { length: votesPerBatch },
          () => pool[Math.floor(random() * pool.length)] ?? Buffer.alloc(0),
        );
      const source = async (toEvent: (records: Buffer[]) => Parameters<TestWriter['deliver']>[0]) => {
        for (let batch = 0; batch < batchesPerShard; batch++) {
          const records = makeBatch();
          accepted.push(...records);
          const event = toEvent(records);
          await writer.deliverUntilTaken(event);
          // An event source may deliver what was taken once more.
          if (random() < 0.2) await writer.deliverUntilTaken(event);
          if (random() < 0.3) await writer.store.fold().catch(() => {});
        }
      };
      await Promise.all([
        ...shards.map((shard) => source((records) => kinesisEvent(records, shard))),
        source(sqsEvent),
      ]);
      expect((verdicts.get('cut') ?? 0) + (verdicts.get('cut-reply') ?? 0)).toBeGreaterThan(0);
      writer.proxy.judge = () => 'pass';
      const books = await checkBooks(writer.admin, accepted);
      const delivered = new Set(accepted);
      const voters = new Set(votes.filter((vote) => delivered.has(vote.bytes)).map((vote) => vote.voterKey));
      expect(books.recorded).toBe(voters.size);
      expect(books.quarantined).toBe(uncountable.filter((bytes) => delivered.has(bytes)).length);
      await writer.store.fold();
      expect(await checkBooks(writer.admin, accepted)).toEqual(books);
    },
  );
});
