import { createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { normaliseCode } from '../core/voter-roll.ts';

/**
 * How access codes are kept. `random`: HMAC-SHA-256 with a key that is not in the database. A code of 64
 * bits and more cannot be guessed at any rate (2⁶⁴ at 10¹⁰ a second are 58 years, for one voter, with the key);
 * a slow hash would add nothing and cost a million voters 14 hours. `chosen`: scrypt on top, 16 MiB and about 40 ms
 * a guess (OWASP, "Password storage": N = 2¹⁴, r = 8, p = 1 beside a pepper).
 */
export type CodeKind = 'random' | 'chosen';

const kinds = { random: 1, chosen: 2 } as const satisfies Record<CodeKind, number>;
const hashBytes = 32;
const saltBytes = 16;
const scryptCost = { N: 2 ** 14, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const scryptAsync = promisify<string | Buffer, Buffer, number, object, Buffer>(scrypt);

/** Of the key that codes are hashed with; a secret of the issuer's and of whoever imports the roll. */
export const codeKeyBytesMin = 32;

export interface CodeHasher {
  /** @returns one byte for the kind, then the hash (and before it the salt of a slow one); equal for an owner's equal codes */
  hash(kind: CodeKind, owner: string, code: string): Promise<Buffer>;
  /** Takes as long for a code that nobody has: `kept` null. */
  matches(kind: CodeKind, owner: string, code: string, kept: Uint8Array | null): Promise<boolean>;
}

/**
 * @param key `codeKeyBytesMin` bytes at least
 * @throws RangeError for a shorter one
 */
export function createCodeHasher(key: Buffer): CodeHasher {
  if (key.length < codeKeyBytesMin)
    throw new RangeError(`the key of access codes has ${codeKeyBytesMin} bytes at least`);

  /** Bound to its owner: equal codes of two voters have different hashes. */
  const quick = (owner: string, code: string): Buffer =>
    createHmac('sha256', key)
      .update(`ballotstream/access-code/v1\0${owner}\0${normaliseCode(code)}`)
      .digest();

  const slow = async (owner: string, code: string, salt: Buffer): Promise<Buffer> =>
    scryptAsync(quick(owner, code), salt, hashBytes, scryptCost);

  /** Another one for each voter and election, and always the same: a file that is imported again can be compared. */
  const saltOf = (owner: string): Buffer =>
    createHmac('sha256', key)
      .update(`ballotstream/access-code-salt/v1\0${owner}`)
      .digest()
      .subarray(0, saltBytes);

  async function hash(kind: CodeKind, owner: string, code: string): Promise<Buffer> {
    const first = Buffer.from([kinds[kind]]);
    if (kind === 'random') return Buffer.concat([first, quick(owner, code)]);
    const salt = saltOf(owner);
    return Buffer.concat([first, salt, await slow(owner, code, salt)]);
  }

  return {
    hash,
    async matches(kind, owner, code, kept) {
      // Of the election's kind, whoever is asked about: the time says nothing about who is on the roll.
      const isKind = kept?.[0] === kinds[kind];
      const bytes = isKind ? Buffer.from(kept) : Buffer.alloc(1 + saltBytes + hashBytes);
      const expected = bytes.subarray(kind === 'random' ? 1 : 1 + saltBytes).subarray(0, hashBytes);
      const given =
        kind === 'random' ? quick(owner, code) : await slow(owner, code, bytes.subarray(1, 1 + saltBytes));
      return timingSafeEqual(given, expected) && isKind;
    },
  };
}
