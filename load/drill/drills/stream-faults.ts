import type { Drill, Scene, Seen } from '../drill.ts';
import type { CallFate } from '../faults/aws-proxy.ts';

/** Ingest's own: 1.5 s for the stream, 1.5 s for the queue, and what is around them. */
const acceptP99MsMax = 4_000;
/**
 * Of the votes. With the queue there, nobody need be turned away; but it shares two cores with everything
 * else here and may be too slow for some (13 of 2,400 at a load average of 8, none at 3). They come back.
 */
const refusedShareMax = 0.02;
/** Longer than ingest waits for one put, 0.8 s: to it an answer this late never came. */
const tooSlowMs = 1_200;

/** Beyond what ingest tries for one vote: anything shorter it bridges, and turns nobody away. */
const refusedAfterMs = 4_500;

/** For the time of the fault, every put into the stream meets a fate. */
async function withPuts({ stream, pause, strikeMs }: Scene, fate: () => CallFate, msMin = 0): Promise<void> {
  stream.judge = (operation) => (operation === 'PutRecords' ? fate() : { kind: 'pass' });
  try {
    await pause(Math.max(strikeMs, msMin));
  } finally {
    stream.judge = () => ({ kind: 'pass' });
  }
}

const putsFailed = ({ edgeLog }: Seen): string | null =>
  (edgeLog.get('stream.put-failed') ?? 0) > 0 ? null : 'ingest met no failed put';

/** What was carried out and not answered goes into the stream again, and the writer meets it twice. */
const repeatsMet = ({ repeated }: Seen): string | null =>
  repeated > 0 ? null : 'the writer met nothing twice';

/** A stream that fails must not be felt by voters beyond ingest's deadline, and must turn hardly anybody away. */
function staysWithinDeadline({ casting }: Seen): string[] {
  const p99 = casting.latencyMs.quantileMs(0.99);
  return [
    ...(p99 > acceptP99MsMax
      ? [`accepting took ${Math.round(p99)} ms at p99: at most ${acceptP99MsMax}`]
      : []),
    ...(casting.refused > refusedShareMax * casting.acked
      ? [
          `${casting.refused} attempts were refused although the queue was there: at most ${refusedShareMax * 100} % of ${casting.acked}`,
        ]
      : []),
  ];
}

export const throttledStream: Drill = {
  name: 'throttled-stream',
  title: 'every put is refused with ProvisionedThroughputExceeded: votes go to the overflow queue',
  strike: (scene) => withPuts(scene, () => ({ kind: 'throttle' })),
  whyUnseen: putsFailed,
  findBreaches: staysWithinDeadline,
};

export const throttledInPart: Drill = {
  name: 'throttled-in-part',
  title: 'puts answer 200, and of their entries 40 % have failed',
  strike: (scene) => withPuts(scene, () => ({ kind: 'part', failShare: 0.4 })),
  whyUnseen: putsFailed,
  findBreaches: staysWithinDeadline,
};

export const unknownOutcome: Drill = {
  name: 'unknown-outcome',
  title: 'puts are carried out, and their answers come too late or never',
  strike: (scene) =>
    withPuts(scene, () => {
      const draw = scene.random();
      if (draw < 0.3) return { kind: 'withhold' };
      return draw < 0.6 ? { kind: 'slow', ms: tooSlowMs } : { kind: 'pass' };
    }),
  whyUnseen: (seen) => putsFailed(seen) ?? repeatsMet(seen),
  findBreaches: staysWithinDeadline,
};

export const resetConnections: Drill = {
  name: 'reset-connections',
  title: 'connections to the stream break, before a put is carried out and after',
  strike: (scene) =>
    withPuts(scene, () => {
      const draw = scene.random();
      if (draw < 0.35) return { kind: 'reset' };
      return draw < 0.7 ? { kind: 'reset-after' } : { kind: 'pass' };
    }),
  whyUnseen: (seen) => putsFailed(seen) ?? repeatsMet(seen),
  findBreaches: staysWithinDeadline,
};

export const nothingDurable: Drill = {
  name: 'nothing-durable',
  title: 'stream and queue are both unavailable: voters get 503 and come back',
  async strike(scene) {
    scene.store.judge = () => ({ kind: 'unavailable' });
    try {
      await withPuts(scene, () => ({ kind: 'unavailable' }), refusedAfterMs);
    } finally {
      scene.store.judge = () => ({ kind: 'pass' });
    }
  },
  whyUnseen: ({ casting, edgeLog }) => {
    if ((edgeLog.get('overflow.put-failed') ?? 0) === 0) return 'ingest met no failed send to the queue';
    return casting.refused > 0 ? null : 'nobody was turned away';
  },
};
