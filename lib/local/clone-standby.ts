import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { systemCode } from './local-error.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { choosePostgresIdentity, giveDataDirectory } from './postgres-identity.ts';

export type CloneSpec = {
  readonly primaryUrl: string;
  readonly primaryDataDir: string;
  /** Where the superuser's password is kept, which the clone shares. */
  readonly primaryDirectory: string;
  /** The clone's own; a cluster that is in it goes. */
  readonly directory: string;
  /** Keeps the write-ahead log that the clone has yet to get; made anew. */
  readonly slot: string;
  /** Ends the copying early. */
  readonly signal: AbortSignal;
};

/** What a standby makes itself, or must not have from its primary (PostgreSQL: "Making a Base Backup Using the Low Level API"). */
const emptied = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
]);
const leftOut = /^(postmaster\.(pid|opts)|pg_internal\.init.*|pgsql_tmp.*|backup_label|standby\.signal)$/;
const filesAtOnce = 16;

/**
 * Copies a running primary into a data directory of its own, which becomes a standby when
 * `writeStandbySettings` has been called on it. The embedded binaries have no pg_basebackup; this
 * is the same in the low-level way. Made elsewhere and moved there when whole.
 *
 * @throws whatever the primary or the disk says; the signal's reason
 */
export async function cloneCluster(spec: CloneSpec): Promise<void> {
  const building = join(spec.directory, 'data.building');
  const dataDir = join(spec.directory, 'data');
  mkdirSync(spec.directory, { recursive: true, mode: 0o711 });
  chmodSync(spec.directory, 0o711);
  rmSync(building, { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
  const passwordFile = join(spec.directory, 'superuser-password');
  copyFileSync(join(spec.primaryDirectory, 'superuser-password'), passwordFile);
  chmodSync(passwordFile, 0o600);
  const client = new pg.Client({ connectionString: spec.primaryUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    await makeSlot(client, spec.slot);
    await client.query("select pg_backup_start('standby', true)");
    await copyTree(spec.primaryDataDir, building, spec.signal);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    writeFileSync(join(building, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
  } finally {
    // A session that ends without pg_backup_stop ends its backup with it.
    await client.end().catch(() => {});
  }
  giveDataDirectory(building, choosePostgresIdentity(findPostgresBinaries().postgres, spec.directory));
  renameSync(building, dataDir);
}

/** Reserved at once: what is written from here on, the copy will need. */
async function makeSlot(client: pg.Client, slot: string): Promise<void> {
  await client.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active',
    [slot],
  );
  await client.query('select pg_create_physical_replication_slot($1, true)', [slot]);
}

/**
 * Makes a cluster follow a primary at its next start. Its own settings are replaced: with its
 * primary's `synchronous_standby_names` it would hang at its first commit after promotion.
 *
 * @param primaryUrl as superuser; the password ends up in a file that only the server's user reads
 */
export function writeStandbySettings(dataDir: string, primaryUrl: string, slot: string): void {
  const { hostname, port, username, password } = new URL(primaryUrl);
  const connection = `host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)} application_name=${slot} dbname=postgres`;
  const settings = join(dataDir, 'postgresql.auto.conf');
  rmSync(settings, { force: true });
  writeFileSync(settings, `primary_conninfo = '${connection}'\nprimary_slot_name = '${slot}'\n`, {
    mode: 0o600,
  });
  writeFileSync(join(dataDir, 'standby.signal'), '', { mode: 0o600 });
  const identity = choosePostgresIdentity(findPostgresBinaries().postgres, join(dataDir, '..'));
  for (const file of [settings, join(dataDir, 'standby.signal')]) giveDataDirectory(file, identity);
}

/** A file may go while it is copied, and be half written: the log that is replayed over it mends both. */
async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  const files: { readonly from: string; readonly to: string }[] = [];
  await listTree(from, to, files);
  // Last: it says where replaying has to begin.
  const ordered = [
    ...files.filter((file) => !file.from.endsWith('pg_control')),
    ...files.filter((file) => file.from.endsWith('pg_control')),
  ];
  for (let next = 0; next < ordered.length; next += filesAtOnce) {
    signal.throwIfAborted();
    await Promise.all(
      ordered.slice(next, next + filesAtOnce).map((file) => copyFile(file.from, file.to).catch(ignoreGone)),
    );
  }
}

async function listTree(from: string, to: string, files: { from: string; to: string }[]): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (leftOut.test(entry.name)) continue;
    const source = join(from, entry.name);
    const copy = join(to, entry.name);
    if (entry.isSymbolicLink()) await symlink(await readlink(source), copy);
    else if (entry.isFile()) files.push({ from: source, to: copy });
    else if (emptied.has(entry.name)) await mkdir(copy, { mode: 0o700 });
    else if (entry.isDirectory()) await listTree(source, copy, files).catch(ignoreGone);
  }
}

function ignoreGone(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}
