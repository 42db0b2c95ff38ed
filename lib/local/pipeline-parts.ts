import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { type Child, type ChildSpec, type ServiceName, startChild } from './child.ts';
import type { DataDir } from './data-dir.ts';
import { type Database, startSingleDatabase } from './database.ts';
import { startDatabaseCluster } from './database-cluster.ts';
import { ensureDatabase, hasPendingMigrations, letRolesLogIn } from './database-setup.ts';
import { type Demo, openDemo, receiptKeysFile } from './demo.ts';
import { issuerSecretsOf } from './issuer-secrets.ts';
import { layPages } from './lay-pages.ts';
import { deadLetterQueueName, definitionBucketName, overflowQueueName, streamName } from './local-account.ts';
import { type Operator, openOperator } from './operator/open-operator.ts';
import { publishFirst } from './publish-definition.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { bundleServices } from './service-bundles.ts';
import type { EdgeReady, EdgeSettings } from './services/edge.ts';
import type { MigrateSettings } from './services/migrate.ts';
import type { StoreReady, StoreSettings } from './services/store.ts';
import type { StreamReady, StreamSettings } from './services/stream.ts';
import type { WriterSettings } from './services/writer.ts';
import { type Supervised, supervise } from './supervise.ts';

const databaseName = 'ballotstream';
const shards = 4;
/** Short, so that what a killed writer had in hand comes back soon. A batch takes milliseconds. */
const visibilityTimeoutSeconds = 10;

/**
 * Heap of every process: it may grow to 256 MB, but in steps of a quarter, and little garbage may
 * gather between. Measured over 60,000 votes: 430 MB for the four together at 0.3 ms of CPU a
 * vote; 585 MB at the same cost as Node would have it. The stream alone grows from 100 to
 * 126 MB over 520,000 records, against 320.
 */
const nodeFlags = ['--max-semi-space-size=4', '--max-old-space-size=256', '--heap-growing-percent=25'];

export type ChildName = 'stream' | 'store' | 'edge' | 'writer';

export type PipelineParts = {
  readonly children: Readonly<Record<ChildName, Supervised<Child>>>;
  readonly database: Database;
  readonly demo: Demo;
  readonly endpoint: string;
  readonly streamEndpoint: string;
  readonly storeEndpoint: string;
  readonly store: StoreReady;
  /** At whatever server takes writes. */
  superuserUrl(): string;
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
  const publishedP = handled(
    Promise.all([storesP.store, demoP]).then(([store, demo]) =>
      publishFirst(endpointOf(store), demo.definition),
    ),
  );

  const [stream, store, database] = await Promise.all([storesP.stream, storesP.store, storesP.database]);
  const storeReady = store.current().ready as StoreReady;
  const routed = createRoutes(options.route, endpointOf(stream), storeReady);
  const databaseUrlFor = (role: string) => database.urlFor(role, secrets.passwordFor(role), databaseName);
  const operator = openOperator({
    dataDir: options.dataDir.path,
    streamEndpoint: endpointOf(stream),
    auditorUrl: () => databaseUrlFor('auditor'),
  });
  const resultsUrl = database.readerUrlFor('results', secrets.passwordFor('results'), databaseName);
  const edgeP = handled(
    routed('edge', resultsUrl).then((functions) =>
      startEdge(options, launch, { functions, issuerDatabaseUrl: databaseUrlFor('issuer') }, operator),
    ),
  );
  await Promise.all([preparedP, publishedP]);
  const functions = await routed('writer', databaseUrlFor('writer'));
  const writerSettings: WriterSettings = {
    directory: options.dataDir.path,
    functions,
    maintenanceDatabaseUrl: withPort(
      databaseUrlFor('maintainer'),
      Number(new URL(functions.databaseUrl).port),
    ),
    queueArn: storeReady.queueArn,
    postgresDataDirs: database.dataDirs,
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
    demo,
    endpoint: endpointOf(edge),
    streamEndpoint: endpointOf(stream),
    storeEndpoint: endpointOf(store),
    store: storeReady,
    superuserUrl: () => database.urlFor('postgres', undefined, databaseName),
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
    stream: begin(options, supervise('stream', startStream, onLine)),
    store: begin(options, supervise('store', startStore, onLine)),
  };
}

function startEdge(
  options: StartPartsOptions,
  launch: Launcher,
  given: Pick<EdgeSettings, 'functions' | 'issuerDatabaseUrl'>,
  operator: Operator,
): Promise<Supervised<Child>> {
  const { dataDir, identityOrigins } = options;
  const directory = dataDir.file('pages');
  layPages(directory);
  const settings = {
    functions: {
      ...given.functions,
      receiptKeysFile: receiptKeysFile(dataDir.path),
      issuerSecrets: issuerSecretsOf(dataDir.path),
    },
    issuerDatabaseUrl: given.issuerDatabaseUrl,
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

/** Whoever awaits it hears of its failure; until then that is no unhandled rejection. */
function handled<T extends Promise<unknown>>(promise: T): T {
  promise.catch(() => {});
  return promise;
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

type Launcher = <Settings>(
  name: ServiceName,
  settings: Settings,
  onQuestion?: ChildSpec['onQuestion'],
) => Promise<Child>;

function createLauncher({ dataDir, onLine, nodeFlagsOf }: StartPartsOptions): Launcher {
  const logs = prepareLogs(dataDir);
  const bundlesP = handled(bundleServices());
  return async (name, settings, onQuestion) => {
    const file = (await bundlesP).get(name);
    const onPid = (pid: number) => dataDir.noteChild(name, pid);
    const logFile = `${logs}/${name}.log`;
    const flags = [...nodeFlags, ...(name === 'migrate' ? [] : nodeFlagsOf(name))];
    return startChild({
      name,
      file,
      settings,
      logFile,
      nodeFlags: flags,
      onNotice: onLine,
      onQuestion,
      onPid,
    });
  };
}

/** The last run's are kept, for looking at what went wrong. */
function prepareLogs(dataDir: DataDir): string {
  const logs = dataDir.file('logs');
  rmSync(`${logs}.previous`, { recursive: true, force: true });
  if (existsSync(logs)) renameSync(logs, `${logs}.previous`);
  mkdirSync(logs, { mode: 0o700 });
  return logs;
}

/** Migrated, and only then cloned where there is to be a standby: the clone has it all. */
async function prepareDatabase(database: Database, secrets: Secrets, launch: Launcher): Promise<void> {
  await ensureDatabase(database.urlFor('postgres'), databaseName);
  const superuserUrl = database.urlFor('postgres', undefined, databaseName);
  if (await hasPendingMigrations(superuserUrl)) {
    const migrate = await launch<MigrateSettings>('migrate', { superuserUrl });
    await migrate.stop();
  }
  await letRolesLogIn(superuserUrl, (role) => secrets.passwordFor(role));
  await database.withStandby();
}
