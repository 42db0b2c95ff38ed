import { afterAll, beforeAll, expect, it } from 'vitest';
import { quarantineKeyOf } from '../../functions/core/quarantine.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { kinesisEvent } from '../support/deliveries.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';
import { checkBooks, startTestWriter, type TestWriter } from '../support/writer.ts';

const election = testElection();
let writer: TestWriter;
beforeAll(async () => {
  writer = await startTestWriter(election);
});
afterAll(() => writer.stop());

it('a refused ballot whose voter has another one recorded is in quarantine or a duplicate, never both, when two writers decide at once', async () => {
  const countRecords = createRecordCounter({ definitions: definitionsOf(election), store: writer.store });
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '1' } as const;
  const accepted: Buffer[] = [];
  for (let round = 0; round < 30; round++) {
    const standing = testRecord();
    const ballots = encodeAll([standing, testRecord({ voterKey: standing.voterKey })]);
    accepted.push(...ballots);
    await writer.deliverUntilTaken(kinesisEvent(ballots.slice(0, 1)));
    const { votes } = await countRecords(ballots.slice(1));
    const uncountable = votes.map((vote) => ({
      key: quarantineKeyOf(vote),
      reason: 'database-refused-22P02' as const,
      bytes: vote.bytes,
      electionNo: vote.electionNo,
    }));
    const batches = [
      { origin, votes: [], uncountable },
      { origin, votes, uncountable: [] },
    ];
    if (round % 2 === 1) batches.reverse();
    await Promise.all(batches.map((batch) => writer.store.record(batch)));
  }
  const books = await checkBooks(writer.admin, accepted);
  expect(books.recorded).toBe(30);
});
