import type { Definition } from '../../../schema/wire/definition.ts';
import type { CredentialClaims } from '../../../schema/wire/kiosk.ts';
import { fromBase64, toBytes } from '../crypto/bytes.ts';

export type CredentialResult =
  | { readonly ok: true; readonly text: string; readonly region: string; readonly station: string }
  | { readonly ok: false; readonly fault: CredentialFault };

export type CredentialFault =
  | 'not-a-credential'
  | 'other-kiosk'
  | 'not-newer'
  | 'other-election'
  | 'expired'
  | 'not-signed'
  | 'unknown-station';

const shape = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/;

/**
 * Reads what the election office signed for this kiosk. The service judges it again with every batch; here it is
 * judged so that a mistake is noticed while the office can still be asked.
 */
export async function readCredential(
  pasted: string,
  definition: Definition,
  publicKey: string,
  nowMs: number,
): Promise<CredentialResult> {
  const fail = (fault: CredentialFault): CredentialResult => ({ ok: false, fault });
  const text = pasted.replaceAll(/\s/g, '');
  const [, header = '', claims = '', signature = ''] = shape.exec(text) ?? [];
  const head = parsePart(header) as { readonly kid?: unknown } | null;
  const body = parsePart(claims) as Partial<CredentialClaims> | null;
  if (head === null || body === null) return fail('not-a-credential');
  if (body.key !== publicKey) return fail('other-kiosk');
  if (body.election !== definition.election) return fail('other-election');
  if (typeof body.exp !== 'number' || body.exp * 1000 <= nowMs) return fail('expired');
  const spki = definition.kioskKeys?.find(({ keyId }) => keyId === head.kid)?.spki;
  if (spki === undefined || !(await isSigned(spki, `${header}.${claims}`, signature)))
    return fail('not-signed');
  const region = definition.regions.find(({ id }) => id === body.region);
  const station = region?.stations.find(({ id }) => id === body.station);
  if (region === undefined || station === undefined) return fail('unknown-station');
  return { ok: true, text, region: region.id, station: station.id };
}

/** When the office signed it, seconds since 1970; 0: it does not say. */
export function signedAt(credential: string): number {
  const claims = parsePart(credential.split('.')[1] ?? '') as Partial<CredentialClaims> | null;
  return claims?.iat ?? 0;
}

/** A browser without Ed25519 leaves it to the service. */
async function isSigned(spki: string, signed: string, signature: string): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('spki', fromBase64(spki), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, fromBase64(signature), toBytes(signed));
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotSupportedError';
  }
}

function parsePart(text: string): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(fromBase64(text)));
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
