import { setTimeout as sleep } from 'node:timers/promises';
import { query } from './database.ts';

const pollMs = 50;
/** Longer than replaying a few hundred megabytes takes; a clone that never connects is made anew. */
const streamingMsMax = 30_000;
/** A server applies its reloaded settings process by process; commits wait from when the checkpointer has. */
const settleMs = 200;

type Follower = { readonly sync_state: string; readonly caught_up: boolean };

async function readFollower(primaryUrl: string, name: string, upTo = '0/0'): Promise<Follower | undefined> {
  const rows = await query<Follower>(
    primaryUrl,
    `select sync_state, coalesce(flush_lsn >= $2::pg_lsn, false) as caught_up
      from pg_stat_replication where application_name = $1 and state = 'streaming'`,
    { values: [name, upTo] },
  );
  return rows[0];
}

/** Whether the standby called `name` gets the log as it is written. */
export async function isStreaming(primaryUrl: string, name: string): Promise<boolean> {
  return (await readFollower(primaryUrl, name)) !== undefined;
}

async function until(what: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + streamingMsMax;
  while (!(await what())) {
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`it does not follow within ${streamingMsMax / 1000} s`);
    await sleep(pollMs);
  }
}

/** Resolves when the standby called `name` has caught up and gets the log as it is written. */
export async function awaitStreaming(primaryUrl: string, name: string, signal: AbortSignal): Promise<void> {
  await until(() => isStreaming(primaryUrl, name), signal);
}

/**
 * Makes commits wait for the standby called `name`, and resolves when it has on its disk everything
 * that was committed before they did: from then on it may be promoted.
 */
export async function awaitSynchronous(primaryUrl: string, name: string, signal: AbortSignal): Promise<void> {
  await awaitStreaming(primaryUrl, name, signal);
  await setSynchronous(primaryUrl, name);
  await until(async () => (await readFollower(primaryUrl, name))?.sync_state === 'sync', signal);
  await sleep(settleMs);
  const [position] = await query<{ lsn: string }>(
    primaryUrl,
    'select pg_current_wal_flush_lsn()::text as lsn',
  );
  await until(async () => (await readFollower(primaryUrl, name, position?.lsn))?.caught_up === true, signal);
}

/**
 * Whom commits wait for; empty: nobody. By ALTER SYSTEM and not on the command line, since that
 * could not be changed while the server runs. It writes no commit of its own, so it does not wait.
 */
export async function setSynchronous(primaryUrl: string, name: string): Promise<void> {
  await query(primaryUrl, `alter system set synchronous_standby_names = '${name}'`);
  // By its slot, which has the same name: whoever follows the changes gets none that a promotion could lose.
  await query(primaryUrl, `alter system set synchronized_standby_slots = '${name}'`);
  await query(primaryUrl, 'select pg_reload_conf()');
}
