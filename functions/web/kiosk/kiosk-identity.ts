import type { ElectionId, KioskId } from '../../../schema/wire/ids.ts';
import type { TokenClaims } from '../../../schema/wire/kiosk.ts';
import { type Bytes, sha256, toBase64url, toBytes } from '../crypto/bytes.ts';

/** Made on the device and never anywhere else; no script can read the private halves. */
export interface KioskIdentity {
  /** P-256: signs tokens. */
  readonly keys: CryptoKeyPair;
  /** AES-256: votes at rest. The same for as long as the device keeps votes, whoever it is. */
  readonly boxKey: CryptoKey;
  /** SPKI, DER, base64url: what the election office signs a credential for. */
  readonly publicKey: string;
  /** The first 16 bytes of SHA-256 over it, base64url. */
  readonly kioskId: string;
}

const idBytes = 16;
/** Half of what is allowed: clocks differ. */
const tokenSeconds = 150;

export async function makeIdentity(): Promise<KioskIdentity> {
  const boxKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  return makeAnother({ boxKey });
}

/** Another kiosk to the election office, on a device that can still open what it has kept. */
export async function makeAnother({ boxKey }: Pick<KioskIdentity, 'boxKey'>): Promise<KioskIdentity> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
  const kioskId = toBase64url((await sha256(spki)).subarray(0, idBytes));
  return { keys, boxKey, publicKey: toBase64url(spki), kioskId };
}

/**
 * `Kiosk <credential>~<token>`: what shows whose kiosk has made this very body, for the next minutes.
 *
 * @param nowMs milliseconds since 1970: when it was made
 */
export async function authorize(
  identity: KioskIdentity,
  credential: string,
  election: string,
  body: Bytes,
  nowMs: number,
): Promise<string> {
  return `Kiosk ${credential}~${await signToken(identity, election, body, nowMs)}`;
}

/** ES256 over this very body: a cast time counts only with it. */
async function signToken(
  { keys, kioskId }: KioskIdentity,
  election: string,
  body: Bytes,
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  const claims: TokenClaims = {
    aud: election as ElectionId,
    iat: issuedAt,
    exp: issuedAt + tokenSeconds,
    body: toBase64url(await sha256(body)),
  };
  const header = { alg: 'ES256', typ: 'ballotstream-cast+jwt', kid: kioskId as KioskId };
  const signed = [header, claims].map((part) => toBase64url(toBytes(JSON.stringify(part)))).join('.');
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, keys.privateKey, toBytes(signed));
  return `${signed}.${toBase64url(new Uint8Array(signature))}`;
}
