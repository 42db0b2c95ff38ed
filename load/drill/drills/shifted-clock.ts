import { fileURLToPath } from 'node:url';
import { ask } from '../database-probe.ts';
import type { Drill, Scene, Seen } from '../drill.ts';

const preload = fileURLToPath(new URL('../faults/shift-clock.ts', import.meta.url));
const hourMs = 3_600_000;
/** Ballots are stored by the minute. */
const slackMs = 120_000;

/**
 * Ingest's wall clock jumps an hour ahead while votes are in hand, then to an hour behind, then
 * back. `Date` is shifted inside its process: timers and the monotonic clock are not, as with a
 * clock that is set. The other parts keep the time.
 */
async function jump({ pipeline, pause, strikeMs, note, facts }: Scene): Promise<void> {
  for (const where of ['an hour ahead', 'an hour behind', 'right again']) {
    process.kill(pipeline.pids().edge, 'SIGUSR2');
    note(`ingest's clock is ${where}`);
    if (where !== 'right again') await pause(strikeMs / 2);
  }
  const [row] = await ask<{ ahead: number; behind: number }>(
    pipeline.superuserUrl,
    `select count(*) filter (where cast_at > now() + $1 * interval '1 millisecond')::integer as ahead,
      count(*) filter (where cast_at < now() - $1 * interval '1 millisecond')::integer as behind from ballot`,
    [hourMs - slackMs],
  );
  facts.set('ahead', row?.ahead ?? 0);
  facts.set('behind', row?.behind ?? 0);
  note(`${row?.ahead} ballots from an hour ahead, ${row?.behind} from an hour ago`);
}

const whyUnseen = ({ facts }: Seen): string | null =>
  (facts.get('ahead') ?? 0) > 0 && (facts.get('behind') ?? 0) > 0 ? null : 'no ballot has a shifted time';

export const shiftedClock: Drill = {
  name: 'shifted-clock',
  title: "ingest's clock jumps an hour ahead, then an hour behind, with requests in flight",
  pipeline: { nodeFlagsOf: (name) => (name === 'edge' ? [`--import=${preload}`] : []) },
  strike: jump,
  whyUnseen,
  findBreaches: ({ casting }) =>
    casting.retried > 0 ? [`accepting was disturbed: ${casting.retried} attempts failed`] : [],
};
