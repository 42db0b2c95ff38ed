import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Election } from '../core/election.ts';
import { judgeKiosk, type KioskAuthorization, parseKioskAuthorization } from '../core/kiosk.ts';
import type { KioskRevocationSource, KioskVerifier } from '../core/ports.ts';

/**
 * What was verified once is not verified again: an Ed25519 verification takes 105 µs and a P-256 one 65 to
 * 90, and a kiosk shows the same credential all day and the same token for minutes. About 2 kB each; beyond
 * this many the oldest goes.
 */
const verifiedMax = 5_000;

/** Only what verified is remembered: whoever sends forgeries fills nothing. */
class Verified<Value> {
  private readonly values = new Map<string, Value>();

  get(text: string): Value | undefined {
    return this.values.get(text);
  }

  add(text: string, value: Value): void {
    for (const oldest of this.values.keys()) {
      if (this.values.size < verifiedMax) break;
      this.values.delete(oldest);
    }
    this.values.set(text, value);
  }
}

interface ElectionMemory {
  /** The kiosk's key, by its credential. */
  readonly credentials: Verified<KeyObject>;
  /** What a whole header says, by its text. */
  readonly headers: Verified<KioskAuthorization>;
}

/** Asks every time whether a kiosk is revoked: that takes effect within seconds. */
export function createKioskVerifier({ isRevoked }: KioskRevocationSource): KioskVerifier {
  const memories = new WeakMap<Election, ElectionMemory>();
  return {
    verify(election, authorization, nowMs) {
      let memory = memories.get(election);
      if (memory === undefined) {
        memory = { credentials: new Verified(), headers: new Verified() };
        memories.set(election, memory);
      }
      const known = memory.headers.get(authorization);
      const shown = known ?? parseKioskAuthorization(authorization);
      if (shown === null) return { ok: false, fault: 'bad-kiosk-token' };
      const id = election.definition.election;
      const result = judgeKiosk(election, shown, (kiosk) => isRevoked(id, kiosk), nowMs);
      // Times and names are compared before any signature: cheaper, and the answer that a forgery gets. Whether a kiosk is
      // revoked is told to whoever holds its key alone.
      if (known !== undefined || (!result.ok && result.fault === 'bad-kiosk-token')) return result;
      if (!isSigned(election, shown, memory)) return { ok: false, fault: 'bad-kiosk-token' };
      // A token over one body comes once.
      if (shown.token.claims.body === undefined) memory.headers.add(authorization, shown);
      return result;
    },
  };
}

function isSigned(election: Election, shown: KioskAuthorization, { credentials }: ElectionMemory): boolean {
  const key = credentials.get(shown.credentialText) ?? readKioskKey(election, shown);
  if (key === null) return false;
  credentials.add(shown.credentialText, key);
  const { signed, signature } = shown.token;
  return verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** The kiosk's key, if the election office signed for it and it is one of P-256; otherwise null. */
function readKioskKey(election: Election, { credential }: KioskAuthorization): KeyObject | null {
  const office = election.kioskKeys.get(credential.keyId);
  if (office === undefined) return null;
  const officeKey = readKey(office, 'base64', 'ed25519');
  if (officeKey === null) return null;
  if (!verify(null, Buffer.from(credential.signed), officeKey, credential.signature)) return null;
  return readKey(credential.claims.key, 'base64url', 'ec');
}

function readKey(spki: string, encoding: 'base64' | 'base64url', type: 'ed25519' | 'ec'): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(spki, encoding), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType !== type) return null;
    return type === 'ec' && key.asymmetricKeyDetails?.namedCurve !== 'prime256v1' ? null : key;
  } catch {
    return null;
  }
}
