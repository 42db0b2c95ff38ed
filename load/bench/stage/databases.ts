import pg from 'pg';
import type { Database } from '../../../lib/local/database.ts';
import { startDatabaseCluster } from '../../../lib/local/database-cluster.ts';
import { letRolesLogIn } from '../../../lib/local/database-setup.ts';
import { runMigrations } from '../../../lib/local/migrate.ts';
import { startPostgres } from '../../../lib/local/postgres.ts';
import type { PostgresSettings } from '../../../lib/local/postgres-settings.ts';
import type { Stage } from './stage.ts';

/** A durable server as `npm start` runs it, with databases to measure in. */
export interface Databases {
  /** `server_version` */
  readonly version: string;
  /** A migrated, empty database with partitions for these days and regions. */
  create(name: string, days: readonly string[], regions: readonly string[]): Promise<BenchDatabase>;
}

export interface BenchDatabase {
  readonly name: string;
  readonly superuserUrl: string;
  /** As one of the migrations' roles. */
  urlFor(role: string): string;
  /** As superuser, several statements at once. */
  run(statements: string): Promise<void>;
  /** As superuser, the rows of one statement. */
  rows<Row extends pg.QueryResultRow>(statement: string, values?: readonly unknown[]): Promise<Row[]>;
}

const template = 'bench_template';
/** This server lives as long as the run, on loopback. */
const rolePassword = 'bench';

/** @param settings other than those of `npm start`, which has fsync on; @param name of one server among several */
export async function startDatabases(
  stage: Stage,
  settings: PostgresSettings = {},
  name = 'postgres',
): Promise<Databases> {
  const starting = startPostgres({ directory: stage.file(name), ...settings });
  stopWithStage(stage, starting);
  return prepareDatabases(stage, await starting);
}

/** Databases on a primary that is followed, once the cluster was asked for its standby. */
export interface ClusteredDatabases extends Databases {
  readonly cluster: Database;
  /** At the standby, while there is one. */
  readerUrlFor(role: string, database: string): string;
}

/** A primary as `npm start -- --standby` runs it: commits are answered when the standby has them too. */
export async function startClusteredDatabases(stage: Stage): Promise<ClusteredDatabases> {
  const file = (name: string) => stage.file(name);
  const starting = startDatabaseCluster({ file, durable: true, synchronous: true, onLine: () => {} });
  stopWithStage(stage, starting);
  const cluster = await starting;
  return {
    ...(await prepareDatabases(stage, cluster)),
    cluster,
    readerUrlFor: (role, database) => cluster.readerUrlFor(role, rolePassword, database),
  };
}

/** Also while it is still starting; a start that fails leaves nothing behind. */
function stopWithStage(stage: Stage, starting: Promise<{ stop(): Promise<void> }>): void {
  stage.defer(async () => {
    const started = await starting.catch(() => null);
    await started?.stop();
  });
}

async function prepareDatabases(stage: Stage, server: Pick<Database, 'urlFor'>): Promise<Databases> {
  const superuser = (database: string) => connect(server.urlFor('postgres', undefined, database));
  const inPostgres = await superuser('postgres');
  try {
    await inPostgres.query(`create database ${template}`);
    await runMigrations(server.urlFor('postgres', undefined, template));
    await letRolesLogIn(server.urlFor('postgres', undefined, template), () => rolePassword);
    const { rows } = await inPostgres.query<{ server_version: string }>('show server_version');
    return {
      version: rows[0]?.server_version ?? 'unknown',
      async create(name, days, regions) {
        const admin = await superuser('postgres');
        await admin.query(`create database ${name} template ${template}`);
        await admin.end();
        const client = await superuser(name);
        // The server may end before the session, when the run is interrupted.
        client.on('error', () => {});
        stage.defer(() => client.end());
        for (const day of days)
          await client.query('select make_ballot_partitions($1::date, $2::text[])', [day, regions]);
        return {
          name,
          superuserUrl: server.urlFor('postgres', undefined, name),
          urlFor: (role) => server.urlFor(role, rolePassword, name),
          async run(statements) {
            await client.query(statements);
          },
          async rows<Row extends pg.QueryResultRow>(statement: string, values: readonly unknown[] = []) {
            return (await client.query<Row>(statement, [...values])).rows;
          },
        };
      },
    };
  } finally {
    await inPostgres.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
