import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { BatchOutcome, VoteStore } from '../../functions/core/ports.ts';
import { encodeRecord } from '../../functions/core/record.ts';
import type { TallyNumbers } from '../../functions/core/tally.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { recordVotes } from '../../functions/writer/record-votes.ts';
import { addPending, cellOf, createTables, type Tables } from '../../load/simulate/database/tables.ts';
import { createEngine } from '../../load/simulate/database/transaction.ts';
import { createVoteStore } from '../../load/simulate/database/vote-store.ts';
import { createFaults, drawFaultPlan } from '../../load/simulate/faults.ts';
import { createLife } from '../../load/simulate/life.ts';
import { createRandom } from '../../load/simulate/random.ts';
import { createVirtualTime } from '../../load/simulate/virtual-time.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, testRecord } from '../support/records.ts';
import { startTestWriter, type TestWriter } from '../support/writer.ts';

/** The station whose ballots both databases refuse. */
const refusedStation = 'n2';
const election = testElection();
let writer: TestWriter;
let numbers: TallyNumbers;
beforeAll(async () => {
  writer = await startTestWriter(election);
  numbers = await writer.store.register(election);
});
afterAll(() => writer.stop());
beforeEach(() => writer.reset());

/** The simulation's database with nothing going wrong, as a store that answers by itself. */
function createModel() {
  const time = createVirtualTime();
  const random = createRandom(1);
  const faults = createFaults(drawFaultPlan(random), random);
  faults.stop();
  const tables = createTables();
  const store = createVoteStore(
    { time, random, faults, say: () => {}, violate: () => {} },
    {
      engine: createEngine(tables),
      outages: [],
      numbersOf: () => numbers,
      refuses: (vote) => vote.station === refusedStation,
    },
    createLife(time),
  );
  const run = async <T>(work: Promise<T>): Promise<T> => {
    // It may reject while time runs, before anybody waits for it.
    work.catch(() => {});
    await time.runOut(60_000);
    return work;
  };
  const model: VoteStore = {
    register: (asked) => run(store.register(asked)),
    record: (batch) => run(store.record(batch)),
    fold: () => run(store.fold()),
  };
  return { model, tables };
}

/** Few voters with few ballots each, so that everything meets everything. */
const uuidOf = (kind: number, at: number) => `0000000${kind}-0000-4000-8000-${String(at).padStart(12, '0')}`;
const record = fc
  .record({
    voter: fc.nat(5),
    ballot: fc.nat(2),
    station: fc.constantFrom('n1', 'n1', 'online', refusedStation, 'nowhere'),
    election: fc.constantFrom('test-2026', 'test-2026', 'test-2026', 'elsewhere'),
    choice: fc.constantFrom('ada', 'bob'),
  })
  .map(({ voter, ballot, station, election: id, choice }) =>
    encodeRecord(
      testRecord({
        election: id,
        voterKey: uuidOf(1, voter),
        // What a ballot says follows from its id, as it does for an honest client.
        ballotId: uuidOf(
          2,
          voter * 100 + ballot * 10 + ['n1', 'online', refusedStation, 'nowhere'].indexOf(station),
        ),
        station,
        selections: [{ contest: 'mayor', choices: [choice] }],
      }),
    ),
  );
const delivery = fc.array(
  fc.oneof({ weight: 9, arbitrary: record }, { weight: 1, arbitrary: fc.constant(Buffer.from('nonsense')) }),
  {
    minLength: 1,
    maxLength: 12,
  },
);
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: delivery }, { weight: 1, arbitrary: fc.constant('fold' as const) }),
  {
    minLength: 1,
    maxLength: 10,
  },
);

it('the simulated database does to every batch what PostgreSQL does', async () => {
  const seen = { recorded: 0, repeated: 0, duplicates: 0, quarantined: 0 };
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      await writer.reset();
      const { heal } = await writer.breakTable('ballot', '22023', `new.station = '${refusedStation}'`);
      const { model, tables } = createModel();
      const deliver = createDeliverer();
      for (const step of taken) {
        if (step === 'fold') await Promise.all([writer.store.fold(), model.fold()]);
        else {
          const outcome = await deliver(writer.store, step);
          expect(await deliver(model, step)).toEqual(outcome);
          for (const fate of Object.keys(seen) as (keyof BatchOutcome)[]) seen[fate] += outcome[fate];
        }
        expect(describeTables(tables)).toEqual(await readTables());
      }
      await heal();
    }),
    { numRuns: 60 },
  );
  // A generator that reaches only one kind of outcome would prove nothing.
  for (const [fate, times] of Object.entries(seen)) expect(times, fate).toBeGreaterThan(20);
});

function createDeliverer() {
  let batches = 0;
  const counters = new Map<VoteStore, ReturnType<typeof createRecordCounter>>();
  return async (store: VoteStore, records: readonly Uint8Array[]): Promise<BatchOutcome> => {
    const counter =
      counters.get(store) ?? createRecordCounter({ definitions: definitionsOf(election), store });
    counters.set(store, counter);
    const sequence = String(batches++ >> 1);
    return recordVotes(store, {
      origin: {
        source: 'kinesis',
        shard: 'shardId-000000000000',
        firstSequence: sequence,
        lastSequence: sequence,
      },
      ...(await counter(records)),
    });
  };
}

/** Both sides as sorted lines, and the tally as the sum of what is folded and what is pending. */
interface Described {
  readonly rows: readonly string[];
  readonly cells: readonly string[];
  readonly totals: readonly string[];
}

function describeTables(tables: Tables): Described {
  const tally = new Map(tables.tally);
  const totals = new Map([...tables.tallyTotal].map(([electionNo, row]) => [electionNo, { ...row }]));
  for (const row of tables.tallyPending) addPending(row, tally, totals);
  const counts = ({ recorded, repeated, duplicates, quarantined }: BatchOutcome) =>
    [recorded, repeated, duplicates, quarantined].join(' ');
  return {
    rows: [
      ...tables.participation.map((row) => `participation ${row.voterKey} ${row.ballotId}`),
      ...tables.duplicateAttempt.map((row) => `duplicate ${row.voterKey} ${row.ballotId}`),
      ...tables.quarantine.map(
        (row) => `quarantine ${row.key} ${row.reason} ${row.electionNo} ${row.bytes.toString('hex')}`,
      ),
      ...tables.ballot.map(
        (row) =>
          `ballot ${row.castMinute} ${row.castOn} ${row.region} ${row.station} ${row.channel} ${row.lines.join(',')}`,
      ),
      ...tables.writerBatch.map((row) => `batch ${row.origin.firstSequence} ${counts(row.outcome)}`),
    ].sort(),
    cells: [...tally]
      .filter(([, votes]) => votes !== 0)
      .map(([cell, votes]) => `${cell}: ${votes}`)
      .sort(),
    totals: [...totals.values()].map((row) => `${row.recorded} ${row.duplicates} ${row.quarantined}`),
  };
}

async function readTables(): Promise<Described> {
  const { rows } = await writer.admin.query<{ line: string }>(`
    select format('participation %s %s', voter_key, ballot_id) as line from participation
    union all select format('duplicate %s %s', voter_key, ballot_id) from duplicate_attempt
    union all select format('quarantine %s %s %s %s', encode(quarantine_key, 'hex'), reason,
      coalesce(election_no::text, 'null'), encode(record, 'hex')) from quarantine
    union all select format('ballot %s %s %s %s %s %s', to_char(cast_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      cast_on, region, station, channel, array_to_string(lines, ',')) from ballot
    union all select format('batch %s %s %s %s %s', first_sequence, recorded, repeated, duplicates, quarantined)
      from writer_batch`);
  const cells = await writer.admin.query<{ unit_no: number; line_no: number; votes: string }>(`
    select unit_no, line_no, sum(votes) as votes from (
      select unit_no, line_no, votes from tally
      union all
      select c.* from tally_pending p, unnest(p.unit_nos, p.line_nos, p.votes) as c (unit_no, line_no, votes)
    ) parts group by 1, 2`);
  const totals = await writer.admin.query<{ line: string }>(`
    select format('%s %s %s', sum(recorded), sum(duplicates), sum(quarantined)) as line from (
      select election_no, recorded, duplicates, quarantined from tally_total
      union all select election_no, recorded, duplicates, quarantined from tally_pending
    ) parts group by election_no`);
  return {
    rows: rows.map((row) => row.line).sort(),
    cells: cells.rows.map((row) => `${cellOf(row.unit_no, row.line_no)}: ${row.votes}`).sort(),
    totals: totals.rows.map((row) => row.line),
  };
}
