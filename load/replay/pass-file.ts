import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** A pass in the file: 64 bytes of message (randomizer, serial), then 256 of signature. Which key signed it the region says. */
export const passMessageBytes = 64;
export const passEntryBytes = passMessageBytes + 256;

/** Passes in one read: 320 KB, so that a read costs nothing a pass and the memory stays flat. */
const readAheadPasses = 1024;

export interface PassFile {
  /** Writes whole entries from position `first` on. */
  write(first: number, entries: Uint8Array): void;
  /**
   * The entry at a position: a view, valid until the next call. Cheap when positions go up, since
   * it reads ahead; blocks for the read, which comes from the page cache (0.1 ms in 1,024 calls).
   */
  read(position: number): Buffer;
  close(): void;
}

/** Fixed-size entries on disk: 520,000 passes are 166 MB that no process has to hold. */
export function openPassFile(path: string): PassFile {
  const fd = openSync(path, 'w+', 0o600);
  const ahead = Buffer.alloc(readAheadPasses * passEntryBytes);
  let aheadFirst = 0;
  let aheadPasses = 0;
  return {
    write(first, entries) {
      let written = 0;
      while (written < entries.length) {
        written += writeSync(
          fd,
          entries,
          written,
          entries.length - written,
          first * passEntryBytes + written,
        );
      }
    },
    read(position) {
      if (position < aheadFirst || position >= aheadFirst + aheadPasses) {
        const bytes = readSync(fd, ahead, 0, ahead.length, position * passEntryBytes);
        aheadFirst = position;
        aheadPasses = Math.floor(bytes / passEntryBytes);
        if (aheadPasses === 0) throw new Error(`pass ${position} was never minted`);
      }
      const at = (position - aheadFirst) * passEntryBytes;
      return ahead.subarray(at, at + passEntryBytes);
    },
    close: () => closeSync(fd),
  };
}
