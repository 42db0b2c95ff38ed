import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalError, systemCode } from './local-error.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { asIdentity, giveDataDirectory, type PostgresIdentity } from './postgres-identity.ts';

export const superuser = 'postgres';

export type ClusterSpec = {
  readonly binaries: PostgresBinaries;
  readonly identity: PostgresIdentity;
  readonly directory: string;
  readonly dataDir: string;
  readonly durable: boolean;
};

/**
 * Makes an empty cluster in `dataDir`, and its superuser's password beside it. Made elsewhere and
 * moved there when whole, so that a kill cannot leave half of one.
 *
 * @throws LocalError `data-dir-unwritable`, `postgres-failed`
 */
export async function createCluster(spec: ClusterSpec): Promise<void> {
  const building = join(spec.directory, 'data.building');
  const passwordFile = join(spec.directory, 'superuser-password');
  // initdb reads the password as the other user, who may not read the file that stays.
  const passwordCopy = join(building, 'password');
  try {
    rmSync(building, { recursive: true, force: true });
    mkdirSync(join(building, 'data'), { recursive: true, mode: 0o700 });
    const password = randomBytes(24).toString('base64url');
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    writeFileSync(passwordCopy, `${password}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new LocalError(
      'data-dir-unwritable',
      `cannot write to ${spec.directory} (${systemCode(cause) ?? 'unknown'}): choose another data directory`,
      { cause },
    );
  }
  giveDataDirectory(building, spec.identity);
  const { command, args, ids } = asIdentity(spec.identity, spec.binaries.initdb, [
    `--pgdata=${join(building, 'data')}`,
    `--username=${superuser}`,
    `--pwfile=${passwordCopy}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Of the server itself, so that no locale needs to be installed on the machine.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(spec.durable ? [] : ['--no-sync']),
  ]);
  const failure = await run(command, args, { cwd: building, env: serverEnvironment(), ...ids });
  if (failure !== undefined) {
    rmSync(building, { recursive: true, force: true });
    const detail = lastLine(failure);
    throw new LocalError(
      'postgres-failed',
      `PostgreSQL could not make a cluster in ${spec.directory}: ${detail}`,
    );
  }
  renameSync(join(building, 'data'), spec.dataDir);
  rmSync(building, { recursive: true, force: true });
}

/** @returns what it said when it failed */
function run(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly uid?: number;
    readonly gid?: number;
  },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, options, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : stderr || error.message),
    );
  });
}

/** Nothing of the caller's: PGDATA, PGPORT or LANG must not change what the server does. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
