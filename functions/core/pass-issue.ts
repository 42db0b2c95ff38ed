import { createHash } from 'node:crypto';

/**
 * Where the private half of a pass key is, below the place for all of them: in a folder, or among secrets. By key, so that the one
 * that takes the place of another is never where that was.
 */
export const passKeyName = (election: string, region: string, keyId: string): string =>
  `${election}/${region}/${keyId}.pem`;

/** SHA-256 of a blinded message: the nonce of an ID token that asks for its signature, and what is kept of it. */
export function hashBlinded(blindedMessage: Uint8Array): Buffer {
  return createHash('sha256').update(blindedMessage).digest();
}

/** How often an access code may be tried, whether or not the roll has the number. */
export const attemptsMax = 10;
/** Over so long; NIST SP 800-63B (5.2.2) allows 100 in a row, with a lock after. */
export const attemptWindowSeconds = 900;
