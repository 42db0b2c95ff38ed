import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeDirectories } from './database.ts';
import { LocalError, systemCode } from './local-error.ts';
import { stopStalePostmaster } from './postmaster.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';
import { replaceFile } from './replace-file.ts';

/** Says that a directory is ours: only one with this file is ever emptied. */
const markerName = '.ballotstream-data';
const lockName = 'running.json';
/** Children of a killed run exit by themselves; this is how long they get. */
const leftoverMsMax = 5_000;
const settleMs = 50;

export type DataDir = {
  /** Its real path. */
  readonly path: string;
  file(name: string): string;
  /** Remembers a child, so that a later start can wait for it should we be killed. */
  noteChild(name: string, pid: number): void;
  release(): void;
};

type Lock = { readonly owner: ProcessIdentity; readonly children: Record<string, ProcessIdentity> };

/**
 * Takes a data directory for this process: makes it when missing, refuses one that is somebody
 * else's or in use, waits for what a killed run left behind and stops its PostgreSQL.
 *
 * @param fresh empty it first
 * @throws LocalError `data-dir-unwritable`, `data-dir-foreign`, `data-dir-in-use`
 */
export async function openDataDir(directory: string, fresh: boolean): Promise<DataDir> {
  const path = prepare(directory);
  const lockFile = join(path, lockName);
  const previous = await takeLock(lockFile);
  await endLeftovers(path, previous);
  closeToOthers(path);
  if (fresh) empty(path);
  const owner = identifyProcess(process.pid) ?? { pid: process.pid, birth: '' };
  let lock: Lock = { owner, children: {} };
  return {
    path,
    file: (name) => join(path, name),
    noteChild(name, pid) {
      const child = identifyProcess(pid);
      if (child === undefined) return;
      lock = { ...lock, children: { ...lock.children, [name]: child } };
      replaceFile(lockFile, JSON.stringify(lock));
    },
    release: () => rmSync(lockFile, { force: true }),
  };
}

function prepare(directory: string): string {
  try {
    makeDirectory(resolve(directory));
    const path = realpathSync(directory);
    const marker = join(path, markerName);
    if (!existsSync(marker)) {
      if (readdirSync(path).length > 0) {
        throw new LocalError(
          'data-dir-foreign',
          `${path} has files that are not Ballotstream's: choose another --data-dir`,
        );
      }
      // PostgreSQL, which is another user when we are root, has to pass through.
      chmodSync(path, 0o711);
    }
    writeFileSync(
      marker,
      'Data of Ballotstream on this machine. npm start -- --fresh removes everything in this directory.\n',
      { mode: 0o600 },
    );
    return path;
  } catch (cause) {
    if (cause instanceof LocalError) throw cause;
    throw new LocalError(
      'data-dir-unwritable',
      `cannot write to ${directory} (${systemCode(cause) ?? 'unknown'}): choose another --data-dir`,
      { cause },
    );
  }
}

/**
 * The stream has voter keys beside selections: nobody else on this machine goes into a directory of ours, whatever mode
 * an earlier run gave it. Those that PostgreSQL has to pass through are opened for that when it starts (`postgres.ts`).
 */
function closeToOthers(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(join(path, entry.name), 0o700);
  }
}

/** Node's own recursive way turns in circles for ever where a parent is there but takes no entries (/proc). */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o711 });
}

/**
 * @returns the lock of a run that is dead, if there was one
 */
async function takeLock(lockFile: string): Promise<Lock | undefined> {
  const owner = identifyProcess(process.pid) ?? { pid: process.pid, birth: '' };
  const mine = `${lockFile}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ owner, children: {} } satisfies Lock));
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        // Fails when it is there, and never leaves half a lock.
        linkSync(mine, lockFile);
        return undefined;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      const held = readLock(lockFile);
      if (held !== undefined && isRunning(held.owner)) {
        throw new LocalError(
          'data-dir-in-use',
          `Ballotstream is already running on this data directory (pid ${held.owner.pid}): stop it, or choose another --data-dir`,
        );
      }
      const taken = takeOver(lockFile, mine);
      if (!taken.ours) continue;
      // One who was between looking and moving may have moved ours away, and a third come in.
      await sleep(settleMs);
      if (readLock(lockFile)?.owner.pid === owner.pid) return taken.dead;
    }
    throw new LocalError('data-dir-in-use', 'several starts are fighting for this data directory: try again');
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Two starts may find the same dead lock; the one that moves it away is the one that goes on. */
function takeOver(
  lockFile: string,
  mine: string,
): { readonly ours: boolean; readonly dead?: Lock | undefined } {
  const aside = `${mine}.dead`;
  try {
    renameSync(lockFile, aside);
    const moved = readLock(aside);
    const quicker = moved !== undefined && isRunning(moved.owner);
    linkSync(quicker ? aside : mine, lockFile);
    return quicker ? { ours: false } : { ours: true, dead: moved };
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EEXIST') return { ours: false };
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock(file: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Lock;
  } catch {
    return undefined;
  }
}

async function endLeftovers(path: string, previous: Lock | undefined): Promise<void> {
  const deadline = Date.now() + leftoverMsMax;
  for (const child of Object.values(previous?.children ?? {})) {
    while (isRunning(child)) {
      if (Date.now() > deadline) killHard(child.pid);
      await sleep(20);
    }
  }
  for (const directory of Object.values(nodeDirectories)) {
    const cluster = join(path, directory, 'data');
    if (existsSync(cluster)) await stopStalePostmaster(cluster);
  }
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

function empty(path: string): void {
  for (const name of readdirSync(path)) {
    if (name !== markerName && name !== lockName) rmSync(join(path, name), { recursive: true, force: true });
  }
}
