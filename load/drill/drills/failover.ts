import { ask } from '../database-probe.ts';
import type { Drill, Scene, Seen } from '../drill.ts';
import { secondsUntilRecording } from '../monitor.ts';

/** Long enough that many a batch would be recorded meanwhile. */
const receiverStoppedMs = 1_000;
const promotionMsMax = 30_000;
const resumedSecondsMax = 10;

/**
 * Stops the standby's receiver, then kills the primary with -9. A plain kill would lose nothing
 * even without waiting for the standby: whatever was committed is on its way by then.
 */
async function killPrimary({ pipeline, pause, note, facts }: Scene): Promise<void> {
  const { standby, primary } = pipeline.database();
  const [receiver] =
    standby === undefined
      ? []
      : await ask<{ pid: number }>(standby.url, 'select pid from pg_stat_wal_receiver');
  if (receiver === undefined) throw new Error('the standby does not follow');
  process.kill(receiver.pid, 'SIGSTOP');
  note('the standby receives nothing any more');
  await pause(receiverStoppedMs);
  process.kill(primary.pid, 'SIGKILL');
  note(`kill -9 of the primary (pid ${primary.pid})`);
  const killedMs = performance.now();
  // It ends before it reads on: what lay unread in its socket stays unread.
  process.kill(receiver.pid, 'SIGTERM');
  process.kill(receiver.pid, 'SIGCONT');
  while (pipeline.database().promotions === 0) {
    if (performance.now() - killedMs > promotionMsMax) throw new Error('the standby was not promoted');
    await pause(10);
  }
  facts.set('killedMs', killedMs);
  facts.set('promotedMs', performance.now());
  note(`promoted ${((performance.now() - killedMs) / 1000).toFixed(2)} s after the kill`);
}

const whyNotPromoted = ({ facts, lines }: Seen): string | null => {
  if (!facts.has('promotedMs')) return 'nobody was promoted';
  return lines.some((line) => line.includes('is dead: promoting')) ? null : 'the supervisor noticed nothing';
};

/** Its commits waited for the standby when the primary died, so it must have met the end of it. */
const whyUnseen = (seen: Seen): string | null => {
  const { writerLog } = seen;
  const errors = (writerLog.get('writer.batch-failed') ?? 0) + (writerLog.get('writer.retrying') ?? 0);
  return whyNotPromoted(seen) ?? (errors > 0 ? null : 'the writer met no error');
};

function findBreaches({ facts, samples, casting }: Seen): string[] {
  const resumed = secondsUntilRecording(samples, facts.get('promotedMs') ?? 0);
  const breaches: string[] = [];
  if (resumed === null || resumed > resumedSecondsMax)
    breaches.push(
      `recording went on ${resumed === null ? 'never' : `${resumed.toFixed(1)} s`} after the promotion: at most ${resumedSecondsMax} s`,
    );
  if (casting.retried > 0) breaches.push(`accepting was disturbed: ${casting.retried} attempts failed`);
  return breaches;
}

export const failover: Drill = {
  name: 'failover',
  title: 'kill -9 of the primary, of which the standby has heard nothing for a second',
  pipeline: { standby: 'synchronous' },
  strike: killPrimary,
  whyUnseen,
  findBreaches,
};

export const failoverAsynchronous: Drill = {
  name: 'failover-asynchronous',
  title: 'the same, where commits do not wait for the standby: has to lose votes, and so to fail',
  inAll: false,
  pipeline: { standby: 'asynchronous' },
  strike: killPrimary,
  // Its writer waits for nobody, and may be between two batches when the primary dies.
  whyUnseen: whyNotPromoted,
};
