import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Postgres, startPostgres } from './postgres.ts';
import { superuser } from './postgres-cluster.ts';
import { replaceFile } from './replace-file.ts';
import { supervise } from './supervise.ts';

/** The database as the pipeline sees it: one server, or a cluster that fails over behind two addresses. */
export type Database = {
  /** Of `role` (the superuser when no password is given), at whatever server takes writes. */
  urlFor(role: string, password?: string, database?: string): string;
  /** The same at the standby while there is one, else at the primary. Reads only. */
  readerUrlFor(role: string, password?: string, database?: string): string;
  /** Every directory that may hold a server of this database. */
  readonly dataDirs: readonly string[];
  status(): DatabaseStatus;
  /** With `restart: false` an end that follows is left at that until `restart`: no promotion either. */
  kill(which: 'primary' | 'standby', signal: NodeJS.Signals, options?: { readonly restart?: boolean }): void;
  /** Stops the primary unless it has ended, starts that very server again, and resolves when it serves. */
  restart(): Promise<void>;
  /** Resolves when the standby has everything and follows; at once where none is wanted. */
  withStandby(): Promise<void>;
  stop(): Promise<void>;
};

export type DatabaseStatus = {
  readonly primary: { readonly pid: number; readonly url: string };
  readonly standby: { readonly pid: number; readonly url: string } | undefined;
  /** Whether every commit waits until the standby has it on disk. */
  readonly synchronous: boolean;
  readonly promotions: number;
  /** `Date.now()` of the last promotion. */
  readonly promotedAtMs: number | undefined;
};

export type NodeName = 'a' | 'b';

export const nodeDirectories: Readonly<Record<NodeName, string>> = { a: 'postgres', b: 'postgres-b' };

/** Who was what, last: kept beside the data, since only the primary's data may be started as such. */
export type ClusterState = { readonly primary: NodeName; readonly standby: NodeName | undefined };

export const clusterStateFile = 'postgres-cluster.json';

export function readClusterState(file: string): ClusterState {
  if (!existsSync(file)) return { primary: 'a', standby: undefined };
  const { primary, standby } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const isNode = (value: unknown): value is NodeName => value === 'a' || value === 'b';
  return { primary: isNode(primary) ? primary : 'a', standby: isNode(standby) ? standby : undefined };
}

export type DatabaseOptions = {
  /** A file or directory of the pipeline's data directory. */
  readonly file: (name: string) => string;
  readonly durable: boolean;
  readonly onLine: (line: string) => void;
};

/** One server, started again on its port whenever it ends. */
export async function startSingleDatabase({ file, durable, onLine }: DatabaseOptions): Promise<Database> {
  const { primary, standby } = readClusterState(file(clusterStateFile));
  // What is written from here on, it will not have.
  if (standby !== undefined) replaceFile(file(clusterStateFile), JSON.stringify({ primary }));
  const directory = file(nodeDirectories[primary]);
  let port = 0;
  const postgres = await supervise(
    'postgres',
    async () => {
      // As part of a cluster it may have waited for a standby.
      const extra = { synchronous_standby_names: '', synchronized_standby_slots: '' };
      const server = await startPostgres({ directory, durable, port, extra });
      port = server.port;
      await endRecovery(server);
      await dropStandbySlots(server);
      return server;
    },
    onLine,
  );
  const urlFor: Database['urlFor'] = (...who) => postgres.current().urlFor(...who);
  return {
    urlFor,
    readerUrlFor: urlFor,
    dataDirs: Object.values(nodeDirectories).map((name) => join(file(name), 'data')),
    status: () => ({
      primary: { pid: postgres.current().pid, url: postgres.current().superuserUrl },
      standby: undefined,
      synchronous: false,
      promotions: 0,
      promotedAtMs: undefined,
    }),
    kill: (_, signal, options) => postgres.kill(signal, options),
    restart: () => postgres.restart(),
    withStandby: async () => {},
    stop: () => postgres.stop(),
  };
}

const promoteSecondsMax = 20;

/** Makes a server that follows another a primary; does nothing to one that is. */
export async function endRecovery(server: Postgres): Promise<void> {
  await query(server.superuserUrl, `select pg_promote(true, ${promoteSecondsMax}) where pg_is_in_recovery()`);
}

/** What a standby that is no more had not got yet is kept for nobody. */
async function dropStandbySlots(server: Postgres): Promise<void> {
  await query(
    server.superuserUrl,
    "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_type = 'physical' and not active",
  );
}

const connectMsMax = 2_000;

/** One statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  { values = [], withinMs }: { readonly values?: unknown[]; readonly withinMs?: number } = {},
): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMsMax,
    application_name: `ballotstream-${superuser}`,
    ...(withinMs === undefined ? {} : { query_timeout: withinMs }),
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Row>(text, values)).rows;
  } finally {
    // Not waited for: a server that hangs would not say goodbye.
    client.end().catch(() => {});
  }
}
