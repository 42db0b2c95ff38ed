import { join } from 'node:path';
import type { Definition } from '../../schema/wire/definition.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import type { DatabaseStatus } from './database.ts';
import type { Demo } from './demo.ts';
import { checkPortFree } from './free-port.ts';
import type { ChildName } from './launcher.ts';
import { type DrainOptions, drainMsMax, waitUntilDrained } from './pipeline-drain.ts';
import { type PipelineParts, type Route, type Started, startParts } from './pipeline-parts.ts';
import type { PipelinePositions } from './pipeline-positions.ts';
import { publishDefinition } from './publish-definition.ts';
import { replaceFile } from './replace-file.ts';

/** Making the partitions of an election of thousands of regions. */
const maintainMsMax = 70_000;

export type PipelineOptions = {
  /** Made when missing; must be empty or ours. */
  readonly dataDir: string;
  /** Of the HTTP front; 0: any free one. */
  readonly port: number;
  /** Remove what is in the data directory first. */
  readonly fresh?: boolean;
  /** `false`: a database that forgets a power cut, for tests. */
  readonly durable?: boolean;
  /**
   * A hot standby that takes over when the primary dies, and that results and analysts read from.
   * Default `none`. `asynchronous` may lose commits at a promotion: for the drill that shows it.
   */
  readonly standby?: 'none' | 'synchronous' | 'asynchronous';
  /** Of identity providers that pages ask for themselves: `https://id.example.org`. Default none. */
  readonly identityOrigins?: readonly string[];
  /** Whether one address may ask only as much as at the edge. Default `false`: load comes from one address. */
  readonly hasLimits?: boolean;
  /** For drills: see `Route`. */
  readonly route?: Route;
  /** For drills: more flags of Node for a part. */
  readonly nodeFlagsOf?: (name: ChildName) => readonly string[];
  /** Hears in one line of what an operator should know. */
  readonly onLine?: (line: string) => void;
};

/** `postgres` is the primary, whichever server that is. */
export type PartName = ChildName | 'postgres' | 'standby';

export type Pipeline = {
  /** Where votes go: `http://127.0.0.1:8787`. */
  readonly endpoint: string;
  readonly dataDir: string;
  readonly demo: Demo;
  readonly urls: {
    readonly kinesis: string;
    readonly sqs: string;
    readonly s3: string;
    readonly overflowQueue: string;
    readonly deadLetterQueue: string;
  };
  /** The pipeline's database as superuser; where there is a standby, at the address that follows the primary. */
  readonly superuserUrl: string;
  /** The voter roll, a database on a server of its own; as superuser, or as one of its roles. */
  rollUrlFor(role?: string): string;
  /** The votes' database as one of the migrations' roles. */
  databaseUrlFor(role: string): string;
  /** For reading, as one of the roles: at the standby where there is one. */
  readerUrlFor(role: string): string;
  database(): DatabaseStatus;
  /** Our own processes as they are now, this one included; PostgreSQL is `postgresPid`. */
  pids(): Readonly<Record<'supervisor' | ChildName, number>>;
  postgresPid(): number;
  /** Of the voter roll's server. */
  rollPid(): number;
  /** In the object store, and the database made ready for it. Ingest sees it within 3 s. */
  publishDefinition(definition: Definition): Promise<void>;
  /** How far the writer is behind. */
  positions(): Promise<PipelinePositions>;
  /** Waits until everything accepted before the call is recorded; false when it is not in time. */
  drained(options?: DrainOptions): Promise<boolean>;
  /** For drills. With `restart: false` the part stays down until `restart`. */
  kill(name: PartName, signal: NodeJS.Signals, options?: { readonly restart?: boolean }): void;
  restart(name: Exclude<PartName, 'standby'>): Promise<void>;
  /** Takes no more votes, drains, then stops everything. What is not recorded in time waits for the next start. */
  stop(): Promise<{ readonly drained: boolean }>;
  /**
   * Stops everything at once, and resolves when it has ended. Nothing accepted is lost: it is as
   * durable as before. The signals are out when the call returns.
   */
  abort(): Promise<void>;
};

/**
 * Starts the whole pipeline on this machine, each part a process of its own, and returns when it
 * takes votes. Parts that end unasked are started again on the same address. Should this process
 * be killed, the others notice and end, PostgreSQL too.
 *
 * @throws LocalError with one line that says what to do
 */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const onLine = options.onLine ?? (() => {});
  const dataDir = await openDataDir(options.dataDir, options.fresh === true);
  const started: Started = [];
  try {
    // Early, so that the commonest mistake is told at once.
    await checkPortFree(options.port);
    const parts = await startParts({
      dataDir,
      port: options.port,
      durable: options.durable ?? true,
      standby: options.standby ?? 'none',
      hasLimits: options.hasLimits ?? false,
      identityOrigins: options.identityOrigins ?? [],
      route: options.route ?? (async (_from, _to, port) => port),
      nodeFlagsOf: options.nodeFlagsOf ?? (() => []),
      onLine,
      started,
    });
    const pipeline = describePipeline(parts, dataDir, onLine);
    announce(pipeline);
    return pipeline;
  } catch (error) {
    await Promise.allSettled(started.map(async (part) => (await part).stop()));
    dataDir.release();
    throw error;
  }
}

/** For the commands that work on a running pipeline; with passwords in it, so for its owner only. */
function announce(pipeline: Pipeline): void {
  const { endpoint, dataDir, urls, superuserUrl } = pipeline;
  const told = {
    endpoint,
    dataDir,
    urls,
    pids: pipeline.pids(),
    superuserUrl,
    rollUrl: pipeline.rollUrlFor(),
    readerUrl: pipeline.readerUrlFor('analyst'),
  };
  replaceFile(join(dataDir, 'endpoints.json'), `${JSON.stringify(told, null, 2)}\n`);
}

function describePipeline(parts: PipelineParts, dataDir: DataDir, onLine: (line: string) => void): Pipeline {
  const { children, database } = parts;
  const ask = (question: string) => children.writer.current().ask(question);
  let stopping: Promise<{ drained: boolean }> | undefined;
  let aborting: Promise<void> | undefined;
  return {
    endpoint: parts.endpoint,
    dataDir: dataDir.path,
    demo: parts.demo,
    urls: {
      kinesis: parts.streamEndpoint,
      sqs: parts.storeEndpoint,
      s3: parts.storeEndpoint,
      overflowQueue: parts.store.queueUrl,
      deadLetterQueue: parts.store.deadLetterQueueUrl,
    },
    superuserUrl: parts.superuserUrl(),
    rollUrlFor: parts.rollUrlFor,
    databaseUrlFor: parts.databaseUrlFor,
    readerUrlFor: parts.readerUrlFor,
    database: () => database.status(),
    pids: () => ({
      supervisor: process.pid,
      stream: children.stream.current().pid,
      store: children.store.current().pid,
      edge: children.edge.current().pid,
      writer: children.writer.current().pid,
    }),
    postgresPid: () => database.status().primary.pid,
    rollPid: () => parts.roll.pid(),
    async publishDefinition(definition) {
      await publishDefinition(parts.storeEndpoint, definition);
      const { failures } = (await children.writer.current().ask('maintain', maintainMsMax)) as {
        readonly failures: number;
      };
      if (failures > 0)
        onLine(
          `${failures} steps of the maintenance after publishing failed; they are tried again every minute (see logs/writer.log)`,
        );
    },
    positions: async () => (await ask('positions')) as PipelinePositions,
    drained: (options) => waitUntilDrained(ask, options),
    kill(name, signal, options) {
      if (name === 'postgres' || name === 'standby')
        database.kill(name === 'postgres' ? 'primary' : 'standby', signal, options);
      else children[name].kill(signal, options);
    },
    restart: (name) => (name === 'postgres' ? database : children[name]).restart(),
    stop: () => (stopping ??= stopParts(parts, dataDir, onLine)),
    abort: () => (aborting ??= abortParts(parts, dataDir)),
  };
}

/** Against the stream: nothing comes in any more, then nothing is on its way, then nobody is needed. */
async function stopParts(
  { children, database, roll }: PipelineParts,
  dataDir: DataDir,
  onLine: (line: string) => void,
): Promise<{ drained: boolean }> {
  await children.edge.stop();
  const drained = await waitUntilDrained((question) => children.writer.current().ask(question), {
    onProgress: onLine,
  });
  if (!drained)
    onLine(
      `not everything is recorded after ${drainMsMax / 1000} s; nothing is lost: it waits in the stream for the next start`,
    );
  await children.writer.stop();
  await Promise.all([children.stream.stop(), children.store.stop(), database.stop(), roll.stop()]);
  dataDir.release();
  return { drained };
}

/** Killed, not asked; `stop` afterwards only waits for their ends and keeps them from being started again. */
async function abortParts({ children, database, roll }: PipelineParts, dataDir: DataDir): Promise<void> {
  const parts = Object.values(children);
  for (const part of parts) part.kill('SIGKILL', { restart: false });
  for (const which of ['primary', 'standby'] as const) database.kill(which, 'SIGQUIT', { restart: false });
  roll.kill('SIGQUIT', { restart: false });
  await Promise.allSettled([...parts.map((part) => part.stop()), database.stop(), roll.stop()]);
  dataDir.release();
}
