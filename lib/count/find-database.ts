import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterStateFile, type NodeName, nodeDirectories, readClusterState } from '../local/database.ts';
import { CountError } from './count-error.ts';

export const defaultDataDir = fileURLToPath(new URL('../../.data', import.meta.url));
const databaseName = 'ballotstream';
/** PostgreSQL, "postmaster.pid": the fourth line is the port. */
const portLine = 3;

export interface DatabasePlace {
  /** A pipeline of this machine; `.data` unless said. */
  readonly dataDir?: string | undefined;
  /** Instead: `postgres://host:port/database`, with a role in it or without. */
  readonly databaseUrl?: string | undefined;
}

/**
 * Where the database answers `role`, as things are now: after a failover it has to be asked again. `reader` is
 * the standby where there is one.
 * @throws CountError `no-database`
 */
export function findDatabase(
  { dataDir, databaseUrl }: DatabasePlace,
  role: string,
  instance: 'primary' | 'reader',
): string {
  if (databaseUrl !== undefined) {
    if (dataDir !== undefined) throw new CountError('no-database', 'either --data-dir or --database-url');
    return withRole(databaseUrl, role);
  }
  const directory = resolve(dataDir ?? defaultDataDir);
  const { primary, standby } = readClusterState(join(directory, clusterStateFile));
  const port =
    (instance === 'reader' && standby !== undefined ? portOf(directory, standby) : undefined) ??
    portOf(directory, primary);
  const password = passwordOf(directory, role);
  if (port === undefined || password === undefined) {
    throw new CountError(
      'no-database',
      `no database runs on ${directory}: npm start first, or say --data-dir or --database-url`,
    );
  }
  return `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${databaseName}`;
}

function withRole(databaseUrl: string, role: string): string {
  if (!URL.canParse(databaseUrl)) throw new CountError('no-database', '--database-url is not a URL');
  const url = new URL(databaseUrl);
  if (url.username === '') url.username = role;
  return url.href;
}

function portOf(directory: string, node: NodeName): number | undefined {
  const file = join(directory, nodeDirectories[node], 'data', 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const port = Number(readFileSync(file, 'utf8').split('\n')[portLine]);
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

function passwordOf(directory: string, role: string): string | undefined {
  const file = join(directory, 'secrets.json');
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)[role];
}
