import type { Child } from './child.ts';
import type { DataDir } from './data-dir.ts';
import { type Database, startSingleDatabase } from './database.ts';
import { startDatabaseCluster } from './database-cluster.ts';
import { type Demo, demoElection, openDemo, receiptKeysFile } from './demo.ts';
import { handled } from './handled.ts';
import { issuerSecretsOf } from './issuer-secrets.ts';
import { type ChildName, createLauncher, type Launcher } from './launcher.ts';
import { layPages } from './lay-pages.ts';
import { deadLetterQueueName, definitionBucketName, overflowQueueName, streamName } from './local-account.ts';
import { type Operator, openOperator } from './operator/open-operator.ts';
import { databaseName, prepareDatabase, prepareRoll } from './prepare-databases.ts';
import { publishFirst } from './publish-definition.ts';
import { type RollDatabase, startRollDatabase } from './roll-database.ts';
import { openSecrets } from './secrets.ts';
import type { EdgeReady, EdgeSettings } from './services/edge.ts';
import type { StoreReady, StoreSettings } from './services/store.ts';
import type { StreamReady, StreamSettings } from './services/stream.ts';
import type { WriterSettings } from './services/writer.ts';
import { type Supervised, supervise } from './supervise.ts';

const shards = 4;
/** Short, so that what a killed writer had in hand comes back soon. A batch takes milliseconds. */
const visibilityTimeoutSeconds = 10;

export type PipelineParts = {
  readonly children: Readonly<Record<ChildName, Supervised<Child>>>;
  readonly database: Database;
  readonly roll: RollDatabase;
  readonly demo: Demo;
  readonly endpoint: string;
  readonly streamEndpoint: string;
  readonly storeEndpoint: string;
  readonly store: StoreReady;
  /** At whatever server takes writes. */
  superuserUrl(): string;
  /** The voter roll, as superuser or as one of its roles. */
  rollUrlFor(role?: string): string;
  databaseUrlFor(role: string): string;
  /** At the standby, where there is one. */
  readerUrlFor(role: string): string;
};

/**
 * The port at which one part is to reach another, given the other's own: for drills, which put
 * themselves in between.
 */
export type Route = (
  from: 'edge' | 'writer',
  to: 'stream' | 'store' | 'database',
  port: number,
) => Promise<number>;

/** Whatever has been started, so that a start that fails half-way can be undone. */
export type Started = Promise<{ stop(): Promise<void> }>[];

export type StartPartsOptions = {
  readonly dataDir: DataDir;
  /** Of the HTTP front. */
  readonly port: number;
  readonly durable: boolean;
  readonly standby: 'none' | 'synchronous' | 'asynchronous';
  readonly identityOrigins: readonly string[];
  readonly hasLimits: boolean;
  readonly route: Route;
  readonly nodeFlagsOf: (name: ChildName) => readonly string[];
  readonly onLine: (line: string) => void;
  /** Every part is put in here the moment its start begins. */
  readonly started: Started;
};

/**
 * Starts every part, as much at the same time as their needs allow: database, stream and store
 * need nobody; the edge needs their addresses; the writer needs the database migrated and the
 * demo election published.
 */
export async function startParts(options: StartPartsOptions): Promise<PipelineParts> {
  const launch = createLauncher(options);
  const secrets = openSecrets(options.dataDir.file('secrets.json'));
  const demoP = handled(openDemo(options.dataDir.path, Date.now()));
  const storesP = startStores(options, launch);
  const preparedP = handled(storesP.database.then((database) => prepareDatabase(database, secrets, launch)));
  const rollPreparedP = handled(storesP.roll.then((roll) => prepareRoll(roll, secrets, launch)));
  const publishedP = handled(
    Promise.all([storesP.store, demoP]).then(([store, demo]) =>
      publishFirst(endpointOf(store), demo.definition),
    ),
  );

  const { stream: streamP, store: storeP, database: databaseP, roll: rollP } = storesP;
  const [stream, store, database, roll] = await Promise.all([streamP, storeP, databaseP, rollP]);
  const storeReady = store.current().ready as StoreReady;
  const routed = createRoutes(options.route, endpointOf(stream), storeReady);
  const databaseUrlFor = (role: string) => database.urlFor(role, secrets.passwordFor(role), databaseName);
  const rollUrlFor = (role?: string) =>
    role === undefined ? roll.urlFor('postgres') : roll.urlFor(role, secrets.passwordFor(role));
  const operator = openOperator({
    dataDir: options.dataDir.path,
    streamEndpoint: endpointOf(stream),
    auditorUrl: () => databaseUrlFor('auditor'),
  });
  const resultsUrl = database.readerUrlFor('results', secrets.passwordFor('results'), databaseName);
  const edgeP = handled(
    routed('edge', resultsUrl).then((functions) =>
      startEdge(options, launch, { functions, rollUrl: rollUrlFor('issuer') }, operator),
    ),
  );
  await Promise.all([preparedP, rollPreparedP, publishedP]);
  const functions = await routed('writer', databaseUrlFor('writer'));
  const writerSettings: WriterSettings = {
    directory: options.dataDir.path,
    functions,
    maintenanceDatabaseUrl: withPort(
      databaseUrlFor('maintainer'),
      Number(new URL(functions.databaseUrl).port),
    ),
    queueArn: storeReady.queueArn,
    postgresDataDirs: [...database.dataDirs, roll.dataDir],
  };
  const writerP = begin(
    options,
    supervise('writer', () => launch('writer', writerSettings), options.onLine),
  );
  const [edge, writer, demo] = await Promise.all([edgeP, writerP, demoP]);
  operator.meet(writer);
  return {
    children: { stream, store, edge, writer },
    database,
    roll,
    demo,
    endpoint: endpointOf(edge),
    streamEndpoint: endpointOf(stream),
    storeEndpoint: endpointOf(store),
    store: storeReady,
    superuserUrl: () => database.urlFor('postgres', undefined, databaseName),
    rollUrlFor,
    databaseUrlFor,
    readerUrlFor: (role) => database.readerUrlFor(role, secrets.passwordFor(role), databaseName),
  };
}

function withPort(url: string, port: number): string {
  const routed = new URL(url);
  routed.port = String(port);
  // A bare origin keeps the form it had: the SDK and our own code join paths to it.
  return url.endsWith('/') ? routed.href : routed.href.replace(/\/$/, '');
}

/** @returns a function that tells one part where it finds the others, by whatever way it is to go */
function createRoutes(route: Route, streamEndpoint: string, store: StoreReady) {
  const via = async (from: 'edge' | 'writer', to: Parameters<Route>[1], url: string) =>
    withPort(url, await route(from, to, Number(new URL(url).port)));
  return async (from: 'edge' | 'writer', databaseUrl: string) => {
    const storeEndpoint = await via(from, 'store', `http://127.0.0.1:${store.port}`);
    return {
      streamEndpoint: await via(from, 'stream', streamEndpoint),
      storeEndpoint,
      queueUrl: withPort(store.queueUrl, Number(new URL(storeEndpoint).port)),
      databaseUrl: await via(from, 'database', databaseUrl),
    };
  };
}

/** What keeps things: nobody's address is needed for these. */
function startStores(options: StartPartsOptions, launch: Launcher) {
  const { dataDir, durable, onLine } = options;
  const databaseOptions = { file: dataDir.file, durable, onLine };
  const startDatabase =
    options.standby === 'none'
      ? startSingleDatabase(databaseOptions)
      : startDatabaseCluster({ ...databaseOptions, synchronous: options.standby === 'synchronous' });
  const streamSettings = { directory: dataDir.file('stream'), stream: streamName, shards };
  const startStream = pinned(
    (port) => launch<StreamSettings>('stream', { ...streamSettings, port }),
    (child) => (child.ready as StreamReady).port,
  );
  const storeSettings = {
    directory: dataDir.file('store'),
    bucket: definitionBucketName,
    queue: overflowQueueName,
    deadLetterQueue: deadLetterQueueName,
    visibilityTimeoutSeconds,
  };
  const startStore = pinned(
    (port) => launch<StoreSettings>('store', { ...storeSettings, port }),
    (child) => (child.ready as StoreReady).port,
  );
  return {
    database: begin(options, startDatabase),
    roll: begin(options, startRollDatabase(databaseOptions)),
    stream: begin(options, supervise('stream', startStream, onLine)),
    store: begin(options, supervise('store', startStore, onLine)),
  };
}

function startEdge(
  options: StartPartsOptions,
  launch: Launcher,
  given: Pick<EdgeSettings, 'functions' | 'rollUrl'>,
  operator: Operator,
): Promise<Supervised<Child>> {
  const { dataDir, identityOrigins } = options;
  const directory = dataDir.file('pages');
  layPages(directory, [demoElection]);
  const settings = {
    functions: {
      ...given.functions,
      receiptKeysFile: receiptKeysFile(dataDir.path),
      issuerSecrets: issuerSecretsOf(dataDir.path),
    },
    rollUrl: given.rollUrl,
    hasLimits: options.hasLimits,
    pages: { directory, identityOrigins },
  };
  const start = pinned(
    (port) =>
      launch<EdgeSettings>('edge', { port: port === 0 ? options.port : port, ...settings }, operator.answer),
    (child) => (child.ready as EdgeReady).port,
  );
  return begin(options, supervise('edge', start, options.onLine));
}

function begin<T extends Started[number]>({ started }: StartPartsOptions, part: T): T {
  started.push(part);
  return handled(part);
}

/** Makes a start that keeps to the port it got the first time. */
function pinned<T>(start: (port: number) => Promise<T>, portOf: (started: T) => number): () => Promise<T> {
  let port = 0;
  return async () => {
    const started = await start(port);
    port = portOf(started);
    return started;
  };
}

function endpointOf(part: Supervised<Child>): string {
  return `http://127.0.0.1:${(part.current().ready as { readonly port: number }).port}`;
}
