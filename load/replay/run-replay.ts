import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Definition } from '../../schema/wire/definition.ts';
import type { Results } from '../../schema/wire/results.ts';
import { driveLoad, type LoadCounts } from '../http/drive-load.ts';
import { createVotePost } from '../http/request-text.ts';
import { sampleMemory } from '../measure/resident-memory.ts';
import { createElectionApi, type ElectionApi } from './api-client.ts';
import { createBrake } from './brake.ts';
import { type CastCounts, createCastSource } from './cast-source.ts';
import type { ReplayOptions } from './command-line.ts';
import { type Comparison, createComparer } from './compare-results.ts';
import { createDealer, type Dealer } from './deal-ballots.ts';
import { expectVotes } from './expected-votes.ts';
import { type Issued, issuePasses } from './issue-passes.ts';
import type { ReplayPipeline } from './open-pipeline.ts';
import { openPassFile, type PassFile } from './pass-file.ts';
import type { RegionKey } from './pass-keys.ts';
import type { ElectionPlan } from './plan-election.ts';
import { defineElection, makeKeys, mint, readPlan } from './prepare-election.ts';
import { formatCount, formatSeconds, type Progress } from './progress.ts';
import { ReplayError } from './replay-error.ts';
import { createReceiptSampler, type ReceiptSampler } from './sample-receipts.ts';
import { type ReplayOutcome, summarise } from './summarise.ts';
import { waitUntilDrained } from './wait-until-drained.ts';

/** Closed loop: an accepted vote that waits so long for its record stops the casting until it has it. */
const lagMsMax = 1_000;
/** Connections that look at receipts. */
const receiptConnections = 2;
/** Requests sent or waiting to be sent again; about 1.5 KB each. */
const inFlightMax = 10_000;
const requestTimeoutMs = 15_000;
/** A voter's browser would go on until the polls close; a run has to end. */
const giveUpMs = 120_000;
/** Draining has come to nothing when nothing is recorded for so long. */
const stallMsMax = 60_000;
/** A new definition is known to ingest within seconds. */
const publishedMsMax = 30_000;

export interface ReplayInput {
  readonly options: ReplayOptions;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** @param workDir a temporary directory of this run, removed after it */
  openPipeline(workDir: string): Promise<ReplayPipeline>;
}

/**
 * The whole replay: reads the file, mints passes, casts every ballot, waits until all are counted
 * and compares.
 * @throws ReplayError for what the user can put right; the pipeline's own errors; the signal's reason
 */
export async function runReplay({
  options,
  progress,
  signal,
  openPipeline,
}: ReplayInput): Promise<ReplayOutcome> {
  const plan = await readPlan(options, progress);
  const ballots = Math.min(options.limit ?? plan.ballots, plan.ballots);
  progress.say(`casting ${formatCount(ballots)} of ${formatCount(plan.ballots)} ballots`);
  const dealer = createDealer(plan, options.seed);
  const workDir = mkdtempSync(join(tmpdir(), 'ballotstream-replay-'));
  // PostgreSQL, which is another user when we are root, has to pass through.
  chmodSync(workDir, 0o711);
  let pipeline: ReplayPipeline | null = null;
  const memory = sampleMemory(() => [process.pid, ...(pipeline?.pids() ?? [])]);
  const passes = openPassFile(join(workDir, 'passes'));
  try {
    pipeline = await openPipeline(workDir);
    signal.throwIfAborted();
    const keys = await makeKeys(plan, progress);
    signal.throwIfAborted();
    // Before the passes: it says what is wrong with the election.
    const definition = defineElection(options, plan, keys);
    await mint({ dealer, ballots, passes, keys, progress, signal });
    return await castAndCompare({
      options,
      workDir,
      plan,
      dealer,
      ballots,
      passes,
      keys,
      definition,
      pipeline,
      memory,
      progress,
      signal,
    });
  } finally {
    progress.end();
    memory.stop();
    passes.close();
    await pipeline?.stop();
    rmSync(workDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface Run {
  readonly options: ReplayOptions;
  readonly workDir: string;
  readonly plan: ElectionPlan;
  readonly dealer: Dealer;
  readonly ballots: number;
  readonly passes: PassFile;
  readonly keys: readonly RegionKey[];
  readonly definition: Definition;
  readonly pipeline: ReplayPipeline;
  readonly memory: ReturnType<typeof sampleMemory>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function castAndCompare(run: Run): Promise<ReplayOutcome> {
  const { plan, dealer, ballots, pipeline, progress, definition } = run;
  const { endpoint } = pipeline;
  const api = createElectionApi(endpoint, definition.election);
  const receiptApis = Array.from({ length: receiptConnections }, () =>
    createElectionApi(endpoint, definition.election),
  );
  const sampler = createReceiptSampler(receiptApis);
  try {
    await pipeline.publish(definition);
    await waitUntilPublished(api, run.signal);
    const issued = run.options.issue > 0 ? await issueSample(run) : null;
    run.memory.markStart();
    const startMs = performance.now();
    const cast = await castAll(run, sampler);
    const castSeconds = (performance.now() - startMs) / 1000;
    const drained = await drain(run, api, cast.counts.accepted);
    const seconds = (performance.now() - startMs) / 1000;
    const memory = run.memory.stop();
    const sampled = await sampler.finish(stallMsMax);
    progress.begin('comparing', plan.regions.length);
    const comparison = await compareAll(
      plan,
      createComparer(plan, expectVotes(plan, dealer, ballots)),
      api,
      progress,
    );
    progress.end();
    const expectation = ballots < plan.ballots ? 'the ballots cast' : 'the file';
    return summarise({
      ...cast,
      issued,
      castSeconds,
      seconds,
      drained,
      memory,
      sampled,
      comparison,
      model: describeModel(run.options, cast.pausedSeconds),
      expectation,
    });
  } finally {
    sampler.stop();
    for (const client of [api, ...receiptApis]) client.close();
  }
}

async function issueSample(run: Run): Promise<Issued> {
  const { options, plan, dealer, pipeline, progress, keys } = run;
  progress.begin('having passes issued', options.issue);
  const issued = await issuePasses({
    origin: pipeline.origin,
    dataDir: pipeline.dataDir,
    workDir: run.workDir,
    election: run.definition.election,
    voters: options.issue,
    passes: run.ballots,
    regionAt(place) {
      const no = dealer.stationAt(place).region;
      return { no, id: plan.regions[no]?.id ?? '' };
    },
    keys,
    regionIds: plan.regions.map(({ id }) => id),
    file: run.passes,
    onIssued: (count) => progress.update(count),
    signal: run.signal,
  });
  progress.end();
  return issued;
}

async function waitUntilPublished(api: ElectionApi, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + publishedMsMax;
  for (;;) {
    const status = await api.definitionStatus();
    if (status === 200) return;
    if (performance.now() > deadlineMs) {
      throw new ReplayError(
        'no-pipeline',
        `the pipeline does not know the election ${publishedMsMax / 1000} s after it was published (${status === null ? 'no answer' : `status ${status}`})`,
      );
    }
    await sleep(100, undefined, { signal });
  }
}

interface Cast {
  readonly counts: CastCounts;
  readonly load: LoadCounts;
  readonly pausedSeconds: number;
}

async function castAll(run: Run, sampler: ReceiptSampler): Promise<Cast> {
  const { options, pipeline, definition, progress, keys, ballots } = run;
  const toRequest = createVotePost(pipeline.endpoint, definition.election);
  const brake = createBrake(options.ratePerSecond === null ? lagMsMax : Number.POSITIVE_INFINITY, sampler);
  const source = createCastSource({
    plan: run.plan,
    dealer: run.dealer,
    ballots,
    passes: run.passes,
    keyIds: keys.map((key) => key.keyId),
    seed: options.seed,
    duplicatesPercent: options.duplicatesPercent,
    retriesPercent: options.retriesPercent,
    toRequest,
    mayCast: brake.mayCast,
    onAccepted: (receiptId, nowMs) => sampler.offer(receiptId, nowMs),
  });
  progress.begin('casting', ballots);
  const timer = setInterval(
    () => progress.update(source.counts.ballots, describeCasting(source.counts, sampler)),
    100,
  );
  try {
    const load = await driveLoad({
      target: pipeline.endpoint.target,
      source,
      ratePerSecond: options.ratePerSecond,
      connectionsMax: options.connections,
      inFlightMax,
      timeoutMs: requestTimeoutMs,
      giveUpMs,
      signal: run.signal,
    });
    return { counts: source.counts, load, pausedSeconds: brake.pausedMs() / 1000 };
  } finally {
    clearInterval(timer);
    progress.end();
  }
}

function describeCasting({ accepted, refused, acceptMs }: CastCounts, sampler: ReceiptSampler): string {
  const refusals = refused > 0 ? `, ${formatCount(refused)} refused` : '';
  return `${formatCount(accepted)} accepted${refusals}, p99 ${formatCount(acceptMs.quantileMs(0.99))} ms, recorded ${formatCount(sampler.lagMs(performance.now()))} ms behind`;
}

async function drain({ progress, signal }: Run, api: ElectionApi, accepted: number): Promise<Results | null> {
  progress.begin('waiting until all is counted', accepted);
  const results = await waitUntilDrained({
    api,
    accepted,
    stallMsMax,
    onProgress: (done) => progress.update(done),
    signal,
  });
  progress.end();
  return results;
}

async function compareAll(
  plan: ElectionPlan,
  comparer: ReturnType<typeof createComparer>,
  api: ElectionApi,
  progress: Progress,
): Promise<Comparison> {
  for (const [at, region] of plan.regions.entries()) {
    comparer.addRegion(at, await api.results(region.id));
    progress.update(at + 1);
  }
  comparer.addElection(await api.results());
  return comparer.finish();
}

function describeModel({ ratePerSecond, connections }: ReplayOptions, pausedSeconds: number): string {
  return ratePerSecond === null
    ? `closed loop of ${connections} connections, paused while a vote waited ${lagMsMax} ms for its record (${formatSeconds(pausedSeconds)} in all)`
    : `open model at ${formatCount(ratePerSecond)} requests a second, latency from when each should have gone out`;
}
