import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPipeline } from '../../lib/local/pipeline.ts';
import { parseEndpoint } from '../http/request-text.ts';
import { type Audit, auditDrill } from './audit.ts';
import { makeVotes } from './ballots.ts';
import { type Casting, castVotes, createCasting } from './cast.ts';
import { ask } from './database-probe.ts';
import type { Drill, Scene, Seen } from './drill.ts';
import { startProxies } from './faults/proxies.ts';
import { countLogCodes } from './logs.ts';
import { secondsUntilRecorded, startMonitor } from './monitor.ts';
import { createRandom } from './random.ts';
import { findPendingReceipts } from './receipts.ts';
import { createTimeline, type Timeline } from './timeline.ts';

export interface DrillOptions {
  readonly seed: number;
  /** For how long votes are cast. The fault comes after a quarter of it and lasts a third, or as long as it takes. */
  readonly seconds: number;
  readonly ratePerSecond: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface DrillResult {
  readonly drill: string;
  readonly seed: number;
  readonly acked: number;
  readonly lost: number;
  readonly doubleCounted: number;
  readonly unexplained: number;
  /** Attempts answered with 429 or 5xx. */
  readonly refused: number;
  /** Attempts made again, for whatever reason. */
  readonly retried: number;
  readonly faultObserved: boolean;
  /** From the end of the fault until everything accepted by then was recorded; null: it never was. */
  readonly recoverySeconds: number | null;
  readonly ok: boolean;
  readonly acceptMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Why it is not ok, a line each. */
  readonly problems: readonly string[];
}

const strikeAfterShare = 0.25;
const strikeShare = 0.33;
/** Counting from when the last vote has its receipt. */
const drainMsMax = 60_000;
const problemsMax = 10;

async function countRepeats(url: string): Promise<number> {
  const [row] = await ask<{ repeated: number }>(
    url,
    'select coalesce(sum(repeated), 0)::integer as repeated from writer_batch',
  );
  return row?.repeated ?? 0;
}

/** Runs one drill on a pipeline of its own, in a directory of its own, and leaves nothing behind. */
export async function runDrill(drill: Drill, options: DrillOptions): Promise<DrillResult> {
  const place = mkdtempSync(join(tmpdir(), 'ballotstream-drill-'));
  // PostgreSQL, which is another user when we are root, has to pass through.
  chmodSync(place, 0o711);
  const dataDir = join(place, 'data');
  let prepared: { undo(): Promise<void> } | undefined;
  try {
    prepared = await drill.prepare?.(dataDir);
    return await runIn(drill, options, dataDir);
  } finally {
    await prepared?.undo();
    rmSync(place, { recursive: true, force: true });
  }
}

async function runIn(drill: Drill, options: DrillOptions, dataDir: string): Promise<DrillResult> {
  const timeline = createTimeline(options.say);
  const random = createRandom(options.seed);
  const proxies = startProxies(random);
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    timeline.note(`pipeline: ${line}`);
  };
  try {
    const pipeline = await startPipeline({
      ...drill.pipeline,
      dataDir,
      port: 0,
      route: proxies.route,
      onLine,
    });
    try {
      const casting = createCasting();
      const scene: Scene = {
        pipeline,
        ...proxies.opened(),
        random,
        strikeMs: options.seconds * 1000 * strikeShare,
        casting,
        note: timeline.note,
        planted: new Set(),
        pause: (ms) => sleep(ms, undefined, { signal: options.signal }).then(() => {}),
        facts: new Map(),
      };
      return await play({ drill, options, scene, timeline, lines });
    } finally {
      await pipeline.abort();
    }
  } finally {
    await proxies.stop();
  }
}

interface Play {
  readonly drill: Drill;
  readonly options: DrillOptions;
  readonly scene: Scene;
  readonly timeline: Timeline;
  readonly lines: readonly string[];
}

async function play(parts: Play): Promise<DrillResult> {
  const { drill, options, scene, timeline } = parts;
  const { pipeline, casting } = scene;
  const votes = makeVotes(pipeline.demo, Math.round(options.ratePerSecond * options.seconds), scene.random);
  await drill.begin?.(scene);
  const endpoint = parseEndpoint(pipeline.endpoint);
  if (endpoint === null) throw new Error(`the pipeline is at ${pipeline.endpoint}, which is no address`);
  timeline.begin();
  const monitor = startMonitor(
    () => pipeline.superuserUrl,
    () => casting.ackedVoters.size,
  );
  const { election } = pipeline.demo.definition;
  const castingDone = castVotes({ endpoint, election, votes, ...options, random: scene.random }, casting);
  castingDone.catch(() => {});
  await scene.pause(options.seconds * 1000 * strikeAfterShare);
  const { healedMs, ackedAtHealing } = await strike(parts);
  await castingDone;
  timeline.note(`every client has its answer: ${casting.acked} votes accepted`);
  const drained = await pipeline.drained({ withinMs: drainMsMax });
  await monitor.stop();
  timeline.note(drained ? 'drained' : `not drained within ${drainMsMax / 1000} s`);
  const seen: Seen = {
    casting,
    samples: monitor.samples,
    facts: scene.facts,
    edgeLog: countLogCodes(pipeline.dataDir, 'edge'),
    writerLog: countLogCodes(pipeline.dataDir, 'writer'),
    lines: parts.lines,
    repeated: await countRepeats(pipeline.superuserUrl),
  };
  const tables = await auditDrill({
    databaseUrl: pipeline.superuserUrl,
    election,
    votes,
    planted: scene.planted,
  });
  const pending = await findPendingReceipts(endpoint, election, votes, scene.random);
  const audit = { ...tables, unexplained: [...tables.unexplained, ...pending] };
  timeline.note(audit.sentence);
  describeErrors(casting, timeline);
  const recoverySeconds = secondsUntilRecorded(monitor.samples, healedMs, ackedAtHealing);
  return summarise(parts, { audit, seen, drained, recoverySeconds });
}

async function strike({ drill, scene, timeline }: Play) {
  timeline.note(`fault: ${drill.title}`);
  const before = { acked: scene.casting.acked, refused: scene.casting.refused };
  await drill.strike(scene);
  const healedMs = performance.now();
  const { acked, refused } = scene.casting;
  timeline.note(
    `the fault is over; meanwhile ${acked - before.acked} votes were accepted and ${refused - before.refused} attempts refused`,
  );
  return { healedMs, ackedAtHealing: scene.casting.ackedVoters.size };
}

function describeErrors({ firstErrorMs, lastErrorMs, retriesByReason }: Casting, timeline: Timeline): void {
  if (firstErrorMs === null || lastErrorMs === null) {
    timeline.note('no client saw an error');
    return;
  }
  const reasons = [...retriesByReason].map(([reason, count]) => `${count} × ${reason}`).join(', ');
  timeline.note(
    `clients saw errors from ${timeline.seconds(firstErrorMs)} to ${timeline.seconds(lastErrorMs)} s: ${reasons}`,
  );
}

interface Outcome {
  readonly audit: Audit;
  readonly seen: Seen;
  readonly drained: boolean;
  readonly recoverySeconds: number | null;
}

function summarise(
  { drill, options }: Play,
  { audit, seen, drained, recoverySeconds }: Outcome,
): DrillResult {
  const { casting } = seen;
  const unseen = drill.whyUnseen(seen);
  const hung = casting.retriesByReason.get('timeout') ?? 0;
  const problems = [
    ...(audit.lost > 0 ? [`${audit.lost} accepted votes are nowhere`] : []),
    ...(audit.doubleCounted > 0 ? [`${audit.doubleCounted} votes count twice`] : []),
    ...audit.unexplained.slice(0, problemsMax),
    ...new Set(casting.oddities.slice(0, problemsMax)),
    ...(casting.givenUp > 0 ? [`${casting.givenUp} votes were given up by their clients`] : []),
    ...(hung > 0 ? [`${hung} requests hung`] : []),
    ...(drained ? [] : ['the pipeline did not drain']),
    ...(recoverySeconds === null ? ['recording did not catch up'] : []),
    ...(audit.acked === 0 ? ['nothing was accepted at all'] : []),
    ...(unseen === null ? [] : [`the fault did not bite: ${unseen}`]),
    ...(drill.findBreaches?.(seen) ?? []),
  ];
  return {
    drill: drill.name,
    seed: options.seed,
    acked: audit.acked,
    lost: audit.lost,
    doubleCounted: audit.doubleCounted,
    unexplained: audit.unexplained.length + casting.oddities.length,
    refused: casting.refused,
    retried: casting.retried,
    faultObserved: unseen === null,
    recoverySeconds: recoverySeconds === null ? null : Math.round(recoverySeconds * 100) / 100,
    ok: problems.length === 0,
    acceptMs: {
      p50: Math.round(casting.latencyMs.quantileMs(0.5)),
      p99: Math.round(casting.latencyMs.quantileMs(0.99)),
      max: Math.round(casting.latencyMs.msMax),
    },
    problems,
  };
}
