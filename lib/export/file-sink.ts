import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, renameSync } from 'node:fs';
import { basename } from 'node:path';

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Ballots in it; for results, numbers. */
  readonly rows: number;
}

/** A file under another name until it is whole. */
export interface FileSink {
  /** Waits while the disk is behind. */
  write(chunk: string | Uint8Array): Promise<void>;
  finish(rows: number): Promise<WrittenFile>;
  /** Leaves the unfinished file behind, under its other name. */
  abandon(): void;
}

export function openFileSink(path: string): FileSink {
  const building = `${path}.building`;
  const stream = createWriteStream(building, { highWaterMark: 1024 * 1024 });
  const hash = createHash('sha256');
  let bytes = 0;
  let failure: Error | undefined;
  stream.on('error', (error) => (failure = error));
  return {
    async write(chunk) {
      if (failure !== undefined) throw failure;
      hash.update(chunk);
      bytes += Buffer.byteLength(chunk);
      if (!stream.write(chunk)) await once(stream, 'drain');
    },
    async finish(rows) {
      stream.end();
      await once(stream, 'close');
      if (failure !== undefined) throw failure;
      renameSync(building, path);
      return { name: basename(path), bytes, sha256: hash.digest('hex'), rows };
    },
    abandon: () => void stream.destroy(),
  };
}
