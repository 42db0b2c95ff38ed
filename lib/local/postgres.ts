import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findFreePort } from './free-port.ts';
import { LocalError, systemCode } from './local-error.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { createCluster, lastLine, serverEnvironment, superuser } from './postgres-cluster.ts';
import {
  asIdentity,
  choosePostgresIdentity,
  giveDataDirectory,
  type PostgresIdentity,
} from './postgres-identity.ts';
import { type PostgresSettings, postgresArguments } from './postgres-settings.ts';
import { readyPostmasterPid, stopPostmaster, stopStalePostmaster } from './postmaster.ts';

/** Replaying the log after a kill is bounded by max_wal_size; this is several times as long. */
const startMsMax = 60_000;
const readyPollMs = 15;
/** A port may be taken, or the last server's sessions still be ending, between look and start. */
const startAttemptsMax = 5;

export type PostgresOptions = PostgresSettings & {
  /**
   * Directory of this server alone. Inside: `data` (the cluster), `superuser-password` (mode
   * 600) and `postgres.log`. Made when missing.
   */
  readonly directory: string;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Gives the start up: a standby whose primary dies meanwhile would never be ready. */
  readonly signal?: AbortSignal;
};

export type Postgres = {
  readonly port: number;
  /** Of the server's main process. */
  readonly pid: number;
  readonly dataDir: string;
  readonly logFile: string;
  /** Database `postgres` as superuser. */
  readonly superuserUrl: string;
  /** URL of `role` (the superuser when no password is given) on `database`, by default `postgres`. */
  urlFor(role: string, password?: string, database?: string): string;
  /** Settles when the server has ended, for whatever reason; never rejects. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Fast shutdown, waited for. May be called again, and after the server has died. */
  stop(): Promise<void>;
};

/**
 * Starts a PostgreSQL server on 127.0.0.1 over TCP with password authentication, makes its
 * cluster first when there is none, and returns when it answers. A server that an earlier,
 * killed run left on the same directory is stopped first.
 *
 * The server is in a session of its own: a terminal's Ctrl-C does not reach it, so whoever
 * started it decides when its clients are done.
 *
 * @throws LocalError `data-dir-unwritable`, `binary-missing`, `root-refused`, `port-taken`,
 * `postgres-failed` (with the last line of its log)
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const binaries = findPostgresBinaries();
  const directory = prepareDirectory(options.directory);
  const identity = choosePostgresIdentity(binaries.postgres, directory);
  const dataDir = join(directory, 'data');
  if (existsSync(dataDir)) {
    await stopStalePostmaster(dataDir);
    giveDataDirectory(dataDir, identity);
  } else {
    await createCluster({ binaries, identity, directory, dataDir, durable: options.durable ?? true });
  }
  const password = readFileSync(join(directory, 'superuser-password'), 'utf8').trim();
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === undefined || options.port === 0 ? await findFreePort() : options.port;
    const launched = launch({ binaries, identity, directory, dataDir, port, settings: options });
    const outcome = await waitUntilReady(launched, dataDir, port, password, options.signal).catch(
      async (error: unknown) => {
        await stopPostmaster(launched.pid, dataDir);
        throw error;
      },
    );
    if (outcome.kind === 'ready') return describeServer(launched, port, dataDir, password);
    if (
      outcome.kind === 'failed' ||
      attempt === startAttemptsMax ||
      (outcome.kind === 'port-taken' && options.port)
    ) {
      const code = outcome.kind === 'port-taken' ? 'port-taken' : 'postgres-failed';
      throw new LocalError(
        code,
        `PostgreSQL did not start on port ${port}: ${outcome.detail} (log: ${launched.logFile})`,
      );
    }
    await sleep(100 * attempt);
  }
}

/** @returns its real path: the server names it so in its own command line */
function prepareDirectory(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    // Only the server's own user reads what is inside; others need to pass through to it.
    chmodSync(directory, 0o711);
    return realpathSync(directory);
  } catch (cause) {
    throw new LocalError(
      'data-dir-unwritable',
      `cannot write to ${directory} (${systemCode(cause) ?? 'unknown'}): choose another data directory`,
      { cause },
    );
  }
}

type Launched = {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly logFile: string;
  readonly ended: Postgres['ended'];
};

function launch(spec: {
  readonly binaries: PostgresBinaries;
  readonly identity: PostgresIdentity;
  readonly directory: string;
  readonly dataDir: string;
  readonly port: number;
  readonly settings: PostgresSettings;
}): Launched {
  const { command, args, ids } = asIdentity(spec.identity, spec.binaries.postgres, [
    '-D',
    spec.dataDir,
    ...postgresArguments(spec.port, spec.settings),
  ]);
  const logFile = join(spec.directory, 'postgres.log');
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
  const log = openSync(logFile, 'w', 0o600);
  const server = spawn(command, args, {
    cwd: spec.dataDir,
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', log, log],
    ...ids,
  });
  closeSync(log);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    server.once('exit', (code, signal) => resolve({ code, signal }));
    server.once('error', () => resolve({ code: null, signal: null }));
  });
  if (server.pid === undefined) throw new LocalError('postgres-failed', `${command} could not be run`);
  return { process: server, pid: server.pid, logFile, ended };
}

type StartOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'port-taken' | 'not-yet' | 'failed'; readonly detail: string };

async function waitUntilReady(
  launched: Launched,
  dataDir: string,
  port: number,
  password: string,
  signal: AbortSignal | undefined,
): Promise<StartOutcome> {
  let over = false;
  void launched.ended.then(() => {
    over = true;
  });
  const deadline = Date.now() + startMsMax;
  while (Date.now() < deadline) {
    if (over) return explainExit(launched.logFile);
    signal?.throwIfAborted();
    if (readyPostmasterPid(dataDir) === launched.pid) {
      await checkPassword(port, password);
      return { kind: 'ready' };
    }
    await sleep(readyPollMs);
  }
  launched.process.kill('SIGQUIT');
  await launched.ended;
  return { kind: 'failed', detail: `no answer within ${startMsMax / 1000} s` };
}

function explainExit(logFile: string): StartOutcome {
  const log = readFileSync(logFile, 'utf8');
  const detail = lastLine(
    log
      .split('\n')
      .filter((line) => /FATAL|ERROR|HINT|cannot/.test(line))
      .at(0) ?? log,
  );
  if (/Address already in use/i.test(log)) return { kind: 'port-taken', detail: 'the port is in use' };
  // Sessions of a server that was killed hold its shared memory for a moment longer.
  if (/shared memory block .* is still in use/.test(log)) return { kind: 'not-yet', detail };
  return { kind: 'failed', detail };
}

/** The server's own word, not an answer on the port: that could be somebody else's server. */
async function checkPassword(port: number, password: string): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    const detail =
      systemCode(cause) === '28P01' ? 'it does not accept the password kept beside its data' : String(cause);
    throw new LocalError(
      'postgres-failed',
      `PostgreSQL started but cannot be used: ${detail}; --fresh begins again without the data`,
      { cause },
    );
  } finally {
    await client.end().catch(() => {});
  }
}

function describeServer(launched: Launched, port: number, dataDir: string, password: string): Postgres {
  const urlFor = (role: string, rolePassword = password, database = 'postgres') =>
    `postgresql://${encodeURIComponent(role)}:${encodeURIComponent(rolePassword)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  // Not for kill -9, but a caller that throws or forgets must not leave a server behind.
  const stopWithCaller = () => launched.process.kill('SIGINT');
  process.once('exit', stopWithCaller);
  let hasEnded = false;
  void launched.ended.then(() => {
    hasEnded = true;
    process.removeListener('exit', stopWithCaller);
  });
  let stopping: Promise<void> | undefined;
  return {
    port,
    pid: launched.pid,
    dataDir,
    logFile: launched.logFile,
    superuserUrl: urlFor(superuser),
    urlFor,
    ended: launched.ended,
    hasEnded: () => hasEnded,
    signal: (signal) => void launched.process.kill(signal),
    stop() {
      stopping ??= stopPostmaster(launched.pid, dataDir);
      return stopping;
    },
  };
}
