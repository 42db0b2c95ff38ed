import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBallotPartitions } from '../../functions/adapters/postgres/partitions.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { quarantineKeyOf } from '../../functions/core/quarantine.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { regionIdSchema } from '../../schema/wire/ids.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';
import { denied } from '../support/roles.ts';

const database = useDatabase();
const election = testElection();
let admin: pg.Client;
let writers: pg.Pool;
let maintainers: pg.Pool;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
  // Who has to wait says so, instead of waiting for the end of the test.
  for (const role of ['writer', 'maintainer'])
    await admin.query(`alter role ${role} in database ${database().name} set lock_timeout = '2s'`);
  const poolOf = (role: string) =>
    createPool({ url: database().urlFor(role), connectionsMax: 2, applicationName: 'test' });
  writers = poolOf('writer');
  maintainers = poolOf('maintainer');
  await createVoteStore(writers).register(election);
  await makeBallotPartitions(maintainers, '2026-11-03', [regionIdSchema.parse('north')]);
});
afterAll(async () => {
  await Promise.all([writers.end(), maintainers.end()]);
  await admin.end();
});

let days = 0;

/** All that writers and the maintainer wait for each other over: second ballots, refused ones, folding, elections, days. */
async function doEverything(): Promise<void> {
  const store = createVoteStore(writers);
  const count = createRecordCounter({ definitions: definitionsOf(election), store });
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '1' } as const;
  const first = testRecord();
  const [second, refused] = [testRecord({ voterKey: first.voterKey }), testRecord()];
  const { votes } = await count(encodeAll([refused]));
  const uncountable = votes.map((vote) => ({
    key: quarantineKeyOf(vote),
    reason: 'database-refused-22P02' as const,
    bytes: vote.bytes,
    electionNo: vote.electionNo,
  }));
  const outcome = await store.record({ origin, ...(await count(encodeAll([first, second]))) });
  expect(outcome).toEqual({ recorded: 1, repeated: 0, duplicates: 1, quarantined: 0 });
  expect((await store.record({ origin, votes: [], uncountable })).quarantined).toBe(1);
  await store.fold();
  const { rows } = await admin.query('select from tally_pending');
  expect(rows).toEqual([]);
  days += 1;
  const next = testElection({ version: 1 + days });
  await store.register(next);
  const day = new Date(Date.UTC(2027, 0, days)).toISOString().slice(0, 10);
  expect(await makeBallotPartitions(maintainers, day, [regionIdSchema.parse('north')])).toBeGreaterThan(0);
}

const modes = ['share update exclusive', 'share', 'share row exclusive', 'exclusive', 'access exclusive'];
const tables = [
  'tally_fold_lock',
  'refused_ballot_lock',
  'tally',
  'tally_pending',
  'election',
  'ballot',
  'quarantine',
];
const rowLocks = ['for update', 'for no key update', 'for share', 'for key share'];
const strongLocks = [
  ...tables.flatMap((table) => modes.map((mode) => `lock table ${table} in ${mode} mode`)),
  ...tables.flatMap((table) => rowLocks.map((lock) => `select from ${table} ${lock}`)),
];
/** Keys that an advisory lock of ours once had, and what is left of such locks. */
const advisoryLocks = [
  "select pg_advisory_lock(hashtextextended('ballotstream fold tally', 0))",
  "select pg_advisory_lock(hashtextextended('ballotstream refused ballots', 0))",
  "select pg_advisory_lock(hashtextextended('test-2026', 1))",
  "select pg_advisory_lock(hashtext('make_ballot_partitions'))",
  'select pg_advisory_lock_shared(1)',
  'select pg_try_advisory_lock(1, 1)',
  'select pg_advisory_xact_lock(2)',
];

/** Takes all locks that it gets, and keeps them; what each attempt came to: `ok`, or its SQLSTATE. */
async function holdAll(client: pg.Client, statements: readonly string[]): Promise<Map<string, string>> {
  const outcomes = new Map<string, string>();
  await client.query('begin read write');
  for (const statement of statements) {
    await client.query('savepoint before');
    try {
      await client.query(statement);
      outcomes.set(statement, 'ok');
    } catch (error) {
      outcomes.set(statement, error instanceof pg.DatabaseError ? (error.code ?? '') : String(error));
      await client.query('rollback to before');
    }
  }
  return outcomes;
}

describe.each(['analyst', 'auditor', 'results', 'counter'])('a session of %s', (role) => {
  it('gets no lock that others wait for, and whoever records, folds and prepares goes on', async () => {
    const client = new pg.Client({ connectionString: database().urlFor(role) });
    await client.connect();
    try {
      const outcomes = await holdAll(client, [...strongLocks, ...advisoryLocks]);
      expect([...outcomes].filter(([, outcome]) => outcome !== denied)).toEqual([]);
      await doEverything();
    } finally {
      await client.end();
    }
  });
});

describe('where nobody can take advisory locks away (Aurora)', () => {
  it('an analyst who holds every one that was ever ours holds up nobody', async () => {
    const { rows } = await admin.query<{ revoked: string }>(
      "select oid::regprocedure as revoked from pg_proc where proname ~ '^pg_(try_)?advisory_'",
    );
    for (const { revoked } of rows) await admin.query(`grant execute on function ${revoked} to analyst`);
    const client = new pg.Client({ connectionString: database().urlFor('analyst') });
    await client.connect();
    try {
      const outcomes = await holdAll(client, advisoryLocks);
      expect([...new Set(outcomes.values())]).toEqual(['ok']);
      await doEverything();
    } finally {
      await client.end();
    }
  });
});
