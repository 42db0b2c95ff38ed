import { join } from 'node:path';
import type { DatabaseOptions } from './database.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import type { PostgresSettings } from './postgres-settings.ts';
import { supervise } from './supervise.ts';

/** The voter roll's own server: see schema/roll-tables.ts on why it is another one. */
export type RollDatabase = {
  readonly pid: () => number;
  /** Of `role` (the superuser when no password is given), by default on the roll. */
  urlFor(role: string, password?: string, database?: string): string;
  readonly dataDir: string;
  kill(signal: NodeJS.Signals, options?: { readonly restart?: boolean }): void;
  stop(): Promise<void>;
};

export const rollDatabaseName = 'roll';

/** A demonstration's voters, and an issuer with a handful of connections; nobody follows it. */
const settings: PostgresSettings = {
  sharedBuffersMb: 32,
  connectionsMax: 30,
  extra: {
    wal_level: 'replica',
    max_wal_senders: '0',
    max_replication_slots: '0',
    // No CONTEXT: it would quote lines of a roll that is being imported.
    log_error_verbosity: 'terse',
  },
};

/** Started again on its port whenever it ends. */
export async function startRollDatabase({ file, durable, onLine }: DatabaseOptions): Promise<RollDatabase> {
  const directory = file('roll');
  let port = 0;
  const server = await supervise<Postgres>(
    'roll',
    async () => {
      const started = await startPostgres({ directory, durable, port, ...settings });
      port = started.port;
      return started;
    },
    onLine,
  );
  return {
    pid: () => server.current().pid,
    urlFor: (role, password, database = rollDatabaseName) =>
      server.current().urlFor(role, password, database),
    dataDir: join(directory, 'data'),
    kill: (signal, options) => server.kill(signal, options),
    stop: () => server.stop(),
  };
}
