import type { PartName } from '../../../lib/local/pipeline.ts';
import type { Drill, Scene, Seen } from '../drill.ts';
import type { CallFate } from '../faults/aws-proxy.ts';
import { pick } from '../random.ts';

const blowMsMin = 300;
const blowMsMax = 1_200;
const killsMax = 6;
/** Anything shorter may happen to hit nothing. */
const lastsMsMin = 5_000;

/** One thing that goes wrong for a while; several do at the same time. */
type Blow = (scene: Scene, ms: number) => Promise<void>;

const fates: readonly CallFate[] = [
  { kind: 'throttle' },
  { kind: 'part', failShare: 0.5 },
  { kind: 'withhold' },
  { kind: 'reset' },
  { kind: 'reset-after' },
  { kind: 'unavailable' },
  { kind: 'slow', ms: 1_000 },
];

const puts: Blow = async ({ stream, random, pause, note }, ms) => {
  const fate = pick(fates, random);
  note(`puts: ${fate.kind}`);
  stream.judge = (operation) => (operation === 'PutRecords' && random() < 0.5 ? fate : { kind: 'pass' });
  await pause(ms);
  stream.judge = () => ({ kind: 'pass' });
};

const sends: Blow = async ({ store, random, pause, note }, ms) => {
  note('sends to the queue: half are refused');
  store.judge = (operation) =>
    operation === 'SendMessageBatch' && random() < 0.5 ? { kind: 'unavailable' } : { kind: 'pass' };
  await pause(ms);
  store.judge = () => ({ kind: 'pass' });
};

const network: Blow = async ({ database, random, pause, note }, ms) => {
  const mode = random() < 0.5 ? 'silent' : 'refuse';
  note(`writer to database: ${mode}`);
  database.set(mode);
  await pause(ms);
  database.set('pass');
};

/** The kills are bounded: a part that keeps ending is started again ever later. */
const kill: Blow = async ({ pipeline, random, pause, note, facts }, ms) => {
  const kills = facts.get('kills') ?? 0;
  if (kills >= killsMax) return;
  facts.set('kills', kills + 1);
  const name = pick<PartName>(['edge', 'writer', 'stream', 'store', 'postgres', 'standby'], random);
  note(`kill -9 of ${name}`);
  pipeline.kill(name, 'SIGKILL');
  await pause(ms);
};

async function strikeAtRandom(scene: Scene): Promise<void> {
  const untilMs = performance.now() + Math.max(1.5 * scene.strikeMs, lastsMsMin);
  const lane = async (blows: readonly Blow[]): Promise<void> => {
    while (performance.now() < untilMs)
      await pick(blows, scene.random)(scene, blowMsMin + scene.random() * (blowMsMax - blowMsMin));
  };
  // A lane each, so that no two set the same thing.
  await Promise.all([
    lane([puts]),
    lane([sends]),
    lane([network]),
    kill(scene, blowMsMax).then(() => lane([kill, (one, ms) => one.pause(ms)])),
  ]);
}

export const everythingAtOnce: Drill = {
  name: 'everything-at-once',
  title: 'all of these at random: puts, sends, the way to the database, kill -9 of any part',
  pipeline: { standby: 'synchronous' },
  strike: strikeAtRandom,
  whyUnseen: ({ edgeLog, writerLog, lines }: Seen) => {
    if ((edgeLog.get('stream.put-failed') ?? 0) === 0) return 'ingest met no failed put';
    if ((writerLog.get('writer.retrying') ?? 0) + (writerLog.get('writer.batch-failed') ?? 0) === 0)
      return 'the writer met no error';
    return lines.some((line) => /is dead|ended unasked/.test(line)) ? null : 'nothing was killed';
  },
};
