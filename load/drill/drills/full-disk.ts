import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openDataDir } from '../../../lib/local/data-dir.ts';
import { systemCode } from '../../../lib/local/local-error.ts';
import type { Drill, Scene } from '../drill.ts';
import { DrillError } from '../drill-error.ts';

/** An empty cluster with our tables needs some 90 MB, and as much again for its log. */
const diskMb = 400;
const ballast = 'ballast';
const chunk = Buffer.alloc(1024 * 1024);

/** A small disk of its own below the database: a file system in memory, which only root can mount. */
async function mountSmallDisk(dataDir: string): Promise<{ undo(): Promise<void> }> {
  const owned = await openDataDir(dataDir, false);
  const place = owned.file('postgres');
  owned.release();
  mkdirSync(place);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m,mode=711`, 'tmpfs', place]);
  if (mounted.status !== 0)
    throw new DrillError(
      'not-here',
      `a disk of its own cannot be mounted for the database (${process.platform === 'linux' ? 'that takes root, with the right to mount' : 'that takes Linux'}): run it as root`,
    );
  chmodSync(place, 0o711);
  return {
    async undo() {
      spawnSync('umount', ['-l', place]);
    },
  };
}

/** Takes every byte that is left, and goes on taking what is freed. */
async function fill({ pipeline, pause, strikeMs, note, facts }: Scene): Promise<void> {
  const place = join(pipeline.dataDir, 'postgres');
  const file = join(place, ballast);
  const untilMs = performance.now() + strikeMs;
  const handle = openSync(file, 'w');
  try {
    while (performance.now() < untilMs) {
      writeUntilFull(handle);
      await pause(50);
    }
    const { bavail, bsize } = statfsSync(place);
    note(`the database's disk has ${bavail * bsize} bytes left`);
    facts.set('bytesLeft', bavail * bsize);
  } finally {
    closeSync(handle);
    rmSync(file, { force: true });
  }
}

function writeUntilFull(handle: number): void {
  for (let bytes = chunk.length; bytes >= 4096; ) {
    try {
      writeSync(handle, chunk, 0, bytes);
    } catch (error) {
      if (systemCode(error) !== 'ENOSPC') throw error;
      bytes /= 2;
    }
  }
}

export const fullDisk: Drill = {
  name: 'full-disk',
  title: "the database's disk is full: nothing can be recorded until there is room again",
  prepare: mountSmallDisk,
  strike: fill,
  whyUnseen: ({ writerLog }) => ((writerLog.get('writer.batch-failed') ?? 0) > 0 ? null : 'no batch failed'),
  findBreaches: ({ casting }) =>
    casting.retried > 0 ? [`accepting was disturbed: ${casting.retried} attempts failed`] : [],
};
