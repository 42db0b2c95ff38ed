import { spawnSync } from 'node:child_process';
import { chownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { LocalError } from './local-error.ts';

/** nobody and nogroup on Debian; any unprivileged number does. */
const unprivilegedId = 65_534;

/**
 * As whom PostgreSQL runs. It refuses to run as root, and as a user without a name (a container
 * started with a number), so those have to become somebody else.
 *
 * - `self`: nothing to do.
 * - `setuid`: spawn as `id`; the data directory belongs to `id`.
 * - `namespace`: spawn through `prefix`, a user namespace in which we are called by another
 *   number. Files stay ours, so this works below directories that nobody else may enter.
 */
export type PostgresIdentity =
  | { readonly kind: 'self' }
  | { readonly kind: 'setuid'; readonly id: number }
  | { readonly kind: 'namespace'; readonly prefix: readonly string[] };

/**
 * Chooses the identity by trying it on the binary.
 *
 * @param binary the server, run once with --version unless we can be ourselves
 * @param parentDir the existing directory that will hold the data directory
 * @throws LocalError `root-refused` when we can become nobody who reaches both
 */
export function choosePostgresIdentity(binary: string, parentDir: string): PostgresIdentity {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { kind: 'self' };
  if (isRoot && isTraversableByOthers(parentDir) && runs(binary, ['--version'], unprivilegedId)) {
    return { kind: 'setuid', id: unprivilegedId };
  }
  const prefix = ['unshare', '--user', `--map-user=${unprivilegedId}`, `--map-group=${unprivilegedId}`];
  if (process.platform === 'linux' && runs('unshare', [...prefix.slice(1), binary, '--version'])) {
    return { kind: 'namespace', prefix };
  }
  if (!isRoot)
    throw new LocalError(
      'root-refused',
      `PostgreSQL does not run as a user without a name (number ${process.getuid?.()}): run as one that /etc/passwd knows`,
    );
  throw new LocalError(
    'root-refused',
    `PostgreSQL does not run as root, and another user cannot reach ${binary} or ${parentDir}: run as an ordinary user, or chmod o+x the directories above them`,
  );
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

/** Gives the data directory to whoever the server runs as, if it is somebody else's. */
export function giveDataDirectory(dataDir: string, identity: PostgresIdentity): void {
  if (identity.kind === 'self') return;
  const owner = identity.kind === 'setuid' ? identity.id : (process.getuid?.() ?? 0);
  if (statSync(dataDir).uid === owner) return;
  chownTree(dataDir, owner);
}

/** The command, arguments and ids to hand to spawn. */
export function asIdentity(
  identity: PostgresIdentity,
  command: string,
  args: readonly string[],
): { command: string; args: string[]; ids: { uid?: number; gid?: number } } {
  switch (identity.kind) {
    case 'self':
      return { command, args: [...args], ids: {} };
    case 'setuid':
      return { command, args: [...args], ids: { uid: identity.id, gid: identity.id } };
    case 'namespace': {
      const [first = 'unshare', ...rest] = identity.prefix;
      return { command: first, args: [...rest, command, ...args], ids: {} };
    }
  }
}

function runs(command: string, args: readonly string[], id?: number): boolean {
  const ids = id === undefined ? {} : { uid: id, gid: id };
  // cwd: the caller's own directory may be closed to the other user.
  const result = spawnSync(command, args, { cwd: '/', stdio: 'ignore', timeout: 10_000, ...ids });
  return result.status === 0;
}

function isTraversableByOthers(dir: string): boolean {
  for (let current = dir; ; current = dirname(current)) {
    if ((statSync(current).mode & 0o001) === 0) return false;
    if (current === dirname(current)) return true;
  }
}

/** The directory itself last: its owner is what says that the tree below is done. */
function chownTree(path: string, owner: number): void {
  if (lstatSync(path).isDirectory()) {
    for (const name of readdirSync(path)) chownTree(join(path, name), owner);
  }
  if (!lstatSync(path).isSymbolicLink()) chownSync(path, owner, owner);
}
