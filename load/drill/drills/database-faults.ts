import { ask } from '../database-probe.ts';
import type { Drill, Seen } from '../drill.ts';

const refusedMs = 1_500;
const betweenMs = 60;

const writerErrors = ({ writerLog }: Seen): number =>
  (writerLog.get('writer.retrying') ?? 0) + (writerLog.get('writer.batch-failed') ?? 0);

const writerMetErrors = (seen: Seen): string | null =>
  writerErrors(seen) > 0 ? null : 'the writer met no error';

/** Ingest has no business with the database: whatever becomes of it, no voter is to notice. */
const acceptingUndisturbed = ({ casting }: Seen): string[] =>
  casting.retried > 0 ? [`accepting was disturbed: ${casting.retried} attempts failed`] : [];

const partOfAccepting = { whyUnseen: writerMetErrors, findBreaches: acceptingUndisturbed };

export const databaseCut: Drill = {
  name: 'database-cut',
  title: 'the network between writer and database falls silent, then breaks',
  async strike({ database, pause, strikeMs, note }) {
    database.set('silent');
    await pause(strikeMs);
    note('silent no longer: every connection breaks');
    database.set('refuse');
    await pause(refusedMs);
    database.set('pass');
  },
  ...partOfAccepting,
};

export const terminatedSessions: Drill = {
  name: 'terminated-sessions',
  title:
    "the writer's sessions are terminated in mid-batch, as by a restart (SIGTERM), and it is itself restarted",
  async strike({ pipeline, pause, strikeMs, note }) {
    const untilMs = performance.now() + strikeMs;
    const restarted = pipeline.restart('writer');
    let terminated = 0;
    while (performance.now() < untilMs) {
      const rows = await ask<{ pid: number }>(
        pipeline.superuserUrl,
        // In the list of columns: in the condition it could come first, and hit everybody.
        `select pg_terminate_backend(pid), pid from pg_stat_activity
          where usename = 'writer' and state <> 'idle' and pid <> pg_backend_pid()`,
      );
      terminated += rows.length;
      await pause(betweenMs);
    }
    await restarted;
    note(`${terminated} sessions terminated in mid-transaction, the writer restarted once`);
  },
  ...partOfAccepting,
};

export const readOnlyDatabase: Drill = {
  name: 'read-only-database',
  title: 'the writer is led to the standby, where every write fails with 25006, as after a failover',
  pipeline: { standby: 'synchronous' },
  async strike({ pipeline, database, pause, strikeMs }) {
    const { standby } = pipeline.database();
    if (standby === undefined) throw new Error('there is no standby');
    database.lead(Number(new URL(standby.url).port));
    await pause(strikeMs);
    // New connections go to the primary again; the old ones stay where they are, as in a pool.
    database.leadNew(undefined);
  },
  ...partOfAccepting,
};

export const missingPartition: Drill = {
  name: 'missing-partition',
  title: "nobody made today's partitions: ballots land in the default one",
  async begin({ pipeline, facts }) {
    const rows = await ask<{ name: string }>(
      pipeline.superuserUrl,
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'ballot'::regclass and pg_get_expr((select relpartbound from pg_class where oid = inhrelid), inhrelid) <> 'DEFAULT'",
    );
    for (const { name } of rows) await ask(pipeline.superuserUrl, `drop table ${name}`);
    facts.set('dropped', rows.length);
  },
  async strike(scene) {
    await scene.pause(scene.strikeMs);
    const [row] = await ask<{ ballots: number }>(
      scene.pipeline.superuserUrl,
      'select coalesce(sum(ballots), 0)::integer as ballots from ballots_in_default_partitions()',
    );
    scene.facts.set('inDefault', row?.ballots ?? 0);
    scene.note(`${row?.ballots} ballots in default partitions`);
  },
  whyUnseen: ({ facts }) =>
    (facts.get('inDefault') ?? 0) > 0 ? null : 'no ballot went to a default partition',
  findBreaches: acceptingUndisturbed,
};
