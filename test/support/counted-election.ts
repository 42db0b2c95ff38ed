import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { type RecountOptions, recount } from '../../lib/count/recount.ts';
import { cloneDatabase } from './database.ts';
import { testElection } from './election.ts';
import { definitionsOf, encodeAll, testRecord } from './records.ts';

const choices = [['ada'], ['bob'], []] as const;
const stations = ['online', 'n1', 'n2'] as const;

/** A vote that differs from its neighbours: station, channel and mark go round. */
function recordOf(index: number, acceptedAt?: string) {
  const isKiosk = index % 3 !== 0;
  const marked = choices[Math.floor(index / 4) % choices.length] ?? [];
  return testRecord({
    station: isKiosk ? stations[1 + (index % 2)] : 'online',
    channel: isKiosk ? 'kiosk' : 'browser',
    ...(acceptedAt === undefined ? {} : { acceptedAt }),
    selections: [{ contest: 'mayor', choices: [...marked] }].filter(({ choices: all }) => all.length > 0),
  });
}

/** A database of its own, an election in it, and the real writer's code to record votes with. */
export async function openCountedElection(days: readonly string[] = ['2026-11-03']) {
  const database = await cloneDatabase();
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-count-'));
  const admin = new pg.Client({ connectionString: database.url });
  admin.on('error', () => {});
  await admin.connect();
  for (const day of days) await admin.query("select make_ballot_partitions($1, '{north,south}')", [day]);
  const pool = createPool({ url: database.urlFor('writer'), connectionsMax: 2, applicationName: 'test' });
  const store = createVoteStore(pool);
  const count = createRecordCounter({ definitions: definitionsOf(testElection()), store });
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '2' } as const;
  let recorded = 0;
  return {
    database,
    admin,
    electionId: 'test-2026',
    slot: `${database.name}_count`,
    file: (name: string) => join(directory, name),
    recorded: () => recorded,
    async record(votes: number, acceptedAt?: string) {
      const records = encodeAll(
        Array.from({ length: votes }, (_, index) => recordOf(recorded + index, acceptedAt)),
      );
      await store.record({ origin, ...(await count(records)) });
      recorded += votes;
    },
    fold: () => store.fold(),
    /** As somebody who may do anything does: past every trigger. */
    async tamper(statement: string, values: unknown[] = []): Promise<pg.QueryResult<Record<string, string>>> {
      await admin.query('set session_replication_role = replica');
      try {
        return await admin.query<Record<string, string>>(statement, values);
      } finally {
        await admin.query('set session_replication_role = origin');
      }
    },
    recount: (options: Partial<RecountOptions> = {}) =>
      recount({ url: database.urlFor('auditor'), election: 'test-2026', connections: 3, ...options }),
    /** One ballot of a station, and the partition that it lies in. */
    async pickBallot(station = 'n1'): Promise<{ id: string; partition: string }> {
      const { rows } = await admin.query<{ id: string; partition: string }>(
        'select id, tableoid::regclass::text as partition from ballot where station = $1 limit 1',
        [station],
      );
      return rows[0] ?? { id: '', partition: '' };
    },
    async close() {
      await pool.end();
      // A database with a slot cannot be dropped; a slot in use is let go a moment after its reader has gone.
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const { rows } = await admin.query(
          `select case when active_pid is null then pg_drop_replication_slot(slot_name)::text else pg_terminate_backend(active_pid)::text end
            from pg_replication_slots where database = current_database()`,
        );
        if (rows.length === 0) break;
      }
      await admin.end();
      await database.drop();
      if (existsSync(directory)) rmSync(directory, { recursive: true, force: true });
    },
  };
}
export type CountedElection = Awaited<ReturnType<typeof openCountedElection>>;
