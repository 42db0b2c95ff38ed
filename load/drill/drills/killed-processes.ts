import type { ChildName } from '../../../lib/local/launcher.ts';
import type { Drill, Scene, Seen } from '../drill.ts';
import { largestBacklog } from '../monitor.ts';

const betweenKillsMs = 700;
const comesBackMsMax = 30_000;

/** kill -9, several times, each as soon as it serves again. */
async function killRepeatedly(
  { pipeline, pause, note, facts, strikeMs }: Scene,
  name: ChildName,
): Promise<void> {
  const untilMs = performance.now() + strikeMs;
  let kills = 0;
  while (kills === 0 || performance.now() < untilMs) {
    const pid = pipeline.pids()[name];
    process.kill(pid, 'SIGKILL');
    kills += 1;
    note(`kill -9 of ${name} (pid ${pid})`);
    const killedMs = performance.now();
    while (pipeline.pids()[name] === pid) {
      if (performance.now() - killedMs > comesBackMsMax) throw new Error(`${name} did not come back`);
      await pause(10);
    }
    facts.set('kills', kills);
    await pause(betweenKillsMs);
  }
}

const errorsOf = ({ casting }: Seen): number => casting.retried;

export const killIngest: Drill = {
  name: 'kill-ingest',
  title: 'kill -9 of ingest with requests in flight, again and again',
  strike: (scene) => killRepeatedly(scene, 'edge'),
  whyUnseen: (seen) => (errorsOf(seen) > 0 ? null : 'no client lost a request'),
};

export const killWriter: Drill = {
  name: 'kill-writer',
  title: 'kill -9 of the writer in mid-batch, again and again',
  strike: (scene) => killRepeatedly(scene, 'writer'),
  whyUnseen: ({ lines, samples }) => {
    if (!lines.some((line) => line.startsWith('writer (pid')))
      return 'the supervisor saw no end of the writer';
    return largestBacklog(samples) > 0 ? null : 'nothing ever waited for the writer';
  },
  findBreaches: ({ casting }) =>
    casting.retried > 0 ? [`accepting was disturbed: ${casting.retried} attempts failed`] : [],
};

export const killStream: Drill = {
  name: 'kill-stream',
  title: 'kill -9 of the stream, again and again: what comes meanwhile goes to the overflow queue',
  strike: (scene) => killRepeatedly(scene, 'stream'),
  whyUnseen: ({ edgeLog }) =>
    (edgeLog.get('stream.put-failed') ?? 0) > 0 ? null : 'ingest met no failed put',
};

export const killStore: Drill = {
  name: 'kill-store',
  title: 'kill -9 of queue and object store, while the stream is throttled and the queue is all there is',
  async strike(scene) {
    scene.stream.judge = (operation) => ({ kind: operation === 'PutRecords' ? 'throttle' : 'pass' });
    try {
      await killRepeatedly(scene, 'store');
    } finally {
      scene.stream.judge = () => ({ kind: 'pass' });
    }
  },
  whyUnseen: ({ edgeLog }) =>
    (edgeLog.get('overflow.put-failed') ?? 0) > 0 ? null : 'ingest met no failed send to the queue',
};
