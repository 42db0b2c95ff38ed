import { quarantineKeyOf, quarantineKeyOfBytes } from '../../../functions/core/quarantine.ts';
import { decodeRecord } from '../../../functions/core/record.ts';

/**
 * Distinct votes that are told apart here: some 50 bytes each, 100 MB in all. A replay of a small state is a
 * quarter of that.
 */
export const votesMax = 2_000_000;

/** Distinct votes, as the accounting counts them: the same ballot of the same voter is one, however often it comes. */
export interface AcceptedVotes {
  note(record: Uint8Array): void;
  noteKey(key: number): void;
  count(): number;
  /** Whether there were more than are told apart. */
  isFull(): boolean;
}

export function createAcceptedVotes(max = votesMax): AcceptedVotes {
  const keys = new Set<number>();
  let isFull = false;
  const noteKey = (key: number) => {
    if (keys.size < max) keys.add(key);
    else if (!keys.has(key)) isFull = true;
  };
  return {
    note: (record) => noteKey(keyOfRecord(record)),
    noteKey,
    count: () => keys.size,
    isFull: () => isFull,
  };
}

/**
 * The first 53 bits of the hash that quarantine uses too, which a number holds exactly: among two million votes
 * two share one with a chance of 1 in 4,500.
 */
export function keyOfRecord(record: Uint8Array): number {
  const decoded = decodeRecord(record);
  const key = Buffer.from(decoded.ok ? quarantineKeyOf(decoded.record) : quarantineKeyOfBytes(record));
  return key.readUIntBE(0, 6) * 32 + (key.readUInt8(6) >> 3);
}
