import { constants, createPrivateKey, randomFillSync, sign } from 'node:crypto';
import { type PassFile, passEntryBytes, passMessageBytes } from './pass-file.ts';
import type { RegionKey } from './pass-keys.ts';

export interface MintOptions {
  readonly passes: number;
  /** The region of the pass at a position of the file. */
  regionAt(position: number): number;
  readonly keys: readonly RegionKey[];
  readonly file: PassFile;
  onMinted(minted: number): void;
  readonly signal: AbortSignal;
}

/** Passes minted at once, and written at once: 160 KB. */
const batchPasses = 512;
/** Two batches are under way, so that the threads have work while one is written. */
const batchesAtOnce = 2;

/**
 * Mints passes into the file, on as many cores as libuv has threads (`UV_THREADPOOL_SIZE`): an RSA
 * private operation each, about 0.27 ms. Resolves when all are written. Worker threads of our own
 * made 7,500 a second on two cores and left 40 MB behind; this makes 7,900 and leaves half of it.
 * @throws the signal's reason when it is aborted
 */
export async function mintPasses({
  passes,
  regionAt,
  keys,
  file,
  onMinted,
  signal,
}: MintOptions): Promise<void> {
  const signers = keys.map(createSigner);
  let next = 0;
  let minted = 0;
  const mintBatches = async (): Promise<void> => {
    const entries = new Uint8Array(batchPasses * passEntryBytes);
    while (next < passes) {
      signal.throwIfAborted();
      const first = next;
      const batch = Math.min(batchPasses, passes - first);
      next += batch;
      const mintOne = async (_: unknown, at: number): Promise<void> => {
        const signer = signers[regionAt(first + at)];
        if (signer === undefined) throw new RangeError(`the region of pass ${first + at} has no key`);
        await signer(entries.subarray(at * passEntryBytes, (at + 1) * passEntryBytes));
      };
      await Promise.all(Array.from({ length: batch }, mintOne));
      file.write(first, entries.subarray(0, batch * passEntryBytes));
      minted += batch;
      onMinted(minted);
    }
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, mintBatches));
}

/** @returns a function that fills an entry with a fresh message and its signature */
function createSigner({ privateKey }: RegionKey): (entry: Uint8Array) => Promise<void> {
  // RFC 9474: finalising a blind signature gives exactly an RSASSA-PSS one over the message, so
  // signing it outright makes the same pass for a quarter of the work.
  const key = {
    key: createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }),
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 48,
  };
  return (entry) => {
    const message = entry.subarray(0, passMessageBytes);
    randomFillSync(message);
    return new Promise((resolve, reject) => {
      sign('sha384', message, key, (error, signature) => {
        if (error !== null) return reject(error);
        entry.set(signature, passMessageBytes);
        resolve();
      });
    });
  };
}
