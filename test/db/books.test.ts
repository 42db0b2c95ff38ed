import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBooks } from '../../functions/adapters/postgres/books.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { kinesisEvent } from '../support/deliveries.ts';
import { testElection } from '../support/election.ts';
import { encodeAll, testRecord } from '../support/records.ts';
import { startTestWriter, type TestWriter } from '../support/writer.ts';

let writer: TestWriter;
let maintainer: pg.Pool;
beforeAll(async () => {
  writer = await startTestWriter(testElection());
  maintainer = createPool({
    url: writer.database.urlFor('maintainer'),
    connectionsMax: 1,
    applicationName: 'test',
  });
});
afterAll(async () => {
  await maintainer.end();
  await writer.stop();
});

/** Three recorded, one of them twice, a second ballot of one voter, and something nobody can read. */
beforeEach(async () => {
  await writer.reset();
  const records = [testRecord(), testRecord(), testRecord()];
  const [first] = records;
  if (first === undefined) throw new Error('no records');
  const second = { ...testRecord(), voterKey: first.voterKey };
  await writer.deliverUntilTaken(kinesisEvent(encodeAll(records)));
  await writer.deliverUntilTaken(kinesisEvent([...encodeAll([first, second]), Buffer.from('garbage')]));
});

/** What no role of ours could do: the guards are off for it. */
const tamper = (statement: string) =>
  writer.admin.query(
    `set session_replication_role = replica; ${statement}; set session_replication_role = origin`,
  );

describe('the books', () => {
  it('agree, folded or not', async () => {
    expect(await readBooks(maintainer)).toMatchObject({ unaccounted: 0, quarantined: 1 });
    await writer.store.fold();
    expect(await readBooks(maintainer)).toEqual({ unaccounted: 0, quarantined: 1, oldestPendingSeconds: 0 });
  });

  it('say how long the oldest sum has waited to be folded', async () => {
    await tamper("update tally_pending set recorded_at = recorded_at - interval '90 seconds'");
    const { oldestPendingSeconds } = await readBooks(maintainer);
    expect(oldestPendingSeconds).toBeGreaterThanOrEqual(90);
  });

  it.each([
    ['the note of a batch is gone', 'delete from writer_batch where quarantined = 0', 3],
    [
      'a batch claims one more than was counted',
      'update writer_batch set recorded = recorded + 1 where quarantined = 0',
      1,
    ],
    [
      'the tally has counted less',
      "update tally_pending set recorded = 0 where level = 'election' and recorded > 0",
      3,
    ],
    ['an attempt is gone', 'delete from duplicate_attempt', 1],
    ['quarantine has been emptied', 'delete from quarantine', 1],
  ])('do not agree when %s', async (_, statement, votes) => {
    await tamper(statement);
    expect(await readBooks(maintainer)).toMatchObject({ unaccounted: votes });
  });

  it('cannot be looked into by the writer, who keeps them', async () => {
    await expect(writer.pool.query('select * from check_books()')).rejects.toMatchObject({ code: '42501' });
  });
});
