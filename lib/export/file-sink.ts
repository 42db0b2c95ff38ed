import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Ballots in it; for results, numbers. */
  readonly rows: number;
}

/** A file under another name until it is whole. */
export interface FileSink {
  /** Returns when the chunk is written; the next one may come then. Throws what the disk does. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Returns when the file is on disk under its own name. Throws what the disk does; then call `abandon`. */
  finish(rows: number): Promise<WrittenFile>;
  /** Leaves the unfinished file behind, under its other name. */
  abandon(): Promise<void>;
}

export async function openFileSink(path: string): Promise<FileSink> {
  const building = `${path}.building`;
  const file = await open(building, 'w');
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    async write(chunk) {
      const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      await file.appendFile(piece);
      hash.update(piece);
      bytes += piece.byteLength;
    },
    async finish(rows) {
      await file.sync();
      await file.close();
      await rename(building, path);
      await syncDirectory(dirname(path));
      return { name: basename(path), bytes, sha256: hash.digest('hex'), rows };
    },
    abandon: () => close(file),
  };
}

/**
 * One file, whole or under its other name.
 * @param fill returns how many rows it has written
 */
export async function writeWhole(
  path: string,
  fill: (write: FileSink['write']) => Promise<number>,
): Promise<WrittenFile> {
  const sink = await openFileSink(path);
  try {
    return await sink.finish(await fill(sink.write));
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}

/** Closed already, or broken: what went wrong before is what counts. */
const close = (file: FileHandle): Promise<void> => file.close().catch(() => {});

/** So that a power cut leaves no name behind whose file is older than it, nor a file without its name. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
