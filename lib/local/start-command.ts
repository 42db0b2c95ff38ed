import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildDemoVote, writeDemoPasses } from './demo.ts';
import { type DemoVoter, demoVotersName, enrolDemoVoters } from './demo-voters.ts';
import { LocalError } from './local-error.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';
import { parseStartOptions, type StartOptions, startHelp } from './start-options.ts';
import { renderScreen, type Screen } from './start-screen.ts';

const defaultDataDir = fileURLToPath(new URL('../../.data', import.meta.url));
const demoPasses = 100;
const sameKeyPressMs = 500;
/** Killing takes milliseconds; a PostgreSQL that hangs is left to the next start. */
const abortMsMax = 3_000;

/** `npm start`. Returns when the pipeline runs; the process ends when it has been told to stop. */
export async function runStartCommand(args: readonly string[]): Promise<void> {
  // A terminal that was closed takes no more text; that is no reason to fall over.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const parsed = parseStartOptions(args, defaultDataDir);
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(startHelp);
      return;
    case 'mistake':
      return fail(parsed.message);
    case 'start':
      return start(parsed.options);
  }
}

async function start(options: StartOptions): Promise<void> {
  const beganMs = performance.now();
  // In the way of a reader of JSON, so on the other stream.
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const starting = startPipeline({
    dataDir: options.dataDir,
    port: options.port,
    fresh: options.fresh,
    standby: options.standby ? 'synchronous' : 'none',
    hasLimits: options.limits,
    onLine: say,
  });
  const stop = stopOnSignals(starting, say);
  try {
    const pipeline = await starting;
    if (stop.asked()) return;
    const [voter] = await enrolDemoVoters(pipeline);
    show(pipeline, options, voter, performance.now() - beganMs);
    writeDemoPasses(join(pipeline.dataDir, 'demo-passes.txt'), pipeline.demo, demoPasses);
  } catch (error) {
    fail(
      error instanceof LocalError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error),
    );
  }
}

function fail(message: string): never {
  process.stderr.write(`ballotstream: ${message}\n`);
  process.exit(1);
}

/** The first signal drains, the second does not; one that comes during the start waits for its end. */
function stopOnSignals(starting: Promise<Pipeline>, say: (line: string) => void): { asked(): boolean } {
  let asked = 0;
  let askedMs = 0;
  const onSignal = async () => {
    // One Ctrl-C may arrive twice: from the terminal, and handed on by npm.
    if (asked > 0 && performance.now() - askedMs < sameKeyPressMs) return;
    asked += 1;
    askedMs = performance.now();
    const pipeline = await starting.catch(() => undefined);
    if (pipeline === undefined) return;
    if (asked > 1) {
      await Promise.race([pipeline.abort(), sleep(abortMsMax)]);
      say('Stopped at once. What was accepted is kept; the next start records it.');
      process.exit(130);
    }
    say('\nStopping: taking no more votes, recording what was accepted (Ctrl-C again stops at once)');
    const { drained } = await pipeline.stop();
    say(drained ? 'Stopped. Every accepted vote is recorded.' : 'Stopped.');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void onSignal());
  return { asked: () => asked > 0 };
}

function show(
  pipeline: Pipeline,
  options: StartOptions,
  voter: DemoVoter | undefined,
  startedMs: number,
): void {
  const { definition } = pipeline.demo;
  const { standby } = pipeline.database();
  const description = {
    endpoint: pipeline.endpoint,
    election: definition.election,
    resultsUrl: `${pipeline.endpoint}/v1/elections/${definition.election}/results`,
    dataDir: pipeline.dataDir,
    urls: pipeline.urls,
    pids: pipeline.pids(),
    postgresPid: pipeline.postgresPid(),
    rollPid: pipeline.rollPid(),
    ...(standby === undefined ? {} : { standbyPid: standby.pid }),
  };
  if (options.json) {
    process.stdout.write(`${JSON.stringify(description)}\n`);
    return;
  }
  const screen = renderScreen({
    endpoint: pipeline.endpoint,
    dataDir: shorten(pipeline.dataDir),
    election: { id: definition.election, name: definition.name },
    parts: describeParts(pipeline),
    vote: buildDemoVote(pipeline.demo),
    ...(voter === undefined ? {} : { voter: { ...voter, region: regionName(pipeline, voter) } }),
    votersFile: shorten(join(pipeline.dataDir, demoVotersName)),
    passesFile: shorten(join(pipeline.dataDir, 'demo-passes.txt')),
    startedMs,
  });
  process.stdout.write(screen);
}

/** As the page asks for it. */
const regionName = (pipeline: Pipeline, { region }: DemoVoter): string =>
  pipeline.demo.definition.regions.find(({ id }) => id === region)?.name ?? region;

function describeParts(pipeline: Pipeline): Screen['parts'] {
  const { urls, endpoint } = pipeline;
  const pids = pipeline.pids();
  const { primary, standby } = pipeline.database();
  const part = (name: string, standsInFor: string, address: string, pid: number) => ({
    name,
    standsInFor,
    address,
    pid,
  });
  const standbyParts =
    standby === undefined
      ? []
      : [
          part(
            'standby',
            'its reader; takes over when the first dies',
            withoutPassword(pipeline.readerUrlFor('analyst')),
            standby.pid,
          ),
        ];
  return [
    part('edge', 'CloudFront, load balancer, Lambda: ingest, results, issuer', endpoint, pids.edge),
    part('stream', 'Kinesis: stream ballots', urls.kinesis, pids.stream),
    part('store', 'SQS: overflow queue; S3: definitions', urls.sqs, pids.store),
    part('writer', 'event source mappings, Lambda: writer, maintenance', '', pids.writer),
    part('postgres', 'Aurora PostgreSQL: the votes', withoutPassword(pipeline.superuserUrl), primary.pid),
    ...standbyParts,
    part(
      'roll',
      'Aurora PostgreSQL: the voter roll',
      withoutPassword(pipeline.rollUrlFor()),
      pipeline.rollPid(),
    ),
    part('supervisor', 'nothing: keeps the others running', '', pids.supervisor),
  ];
}

function withoutPassword(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgresql://${host}${pathname}`;
}

/** As seen from where the command was typed, where that is shorter. */
function shorten(path: string): string {
  const short = relative(process.cwd(), path);
  return short !== '' && !short.startsWith('..') ? short : path;
}
