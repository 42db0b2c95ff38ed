import { type Bytes, fromBase64, randomBytes, toBase64url, toBytes } from './bytes.ts';

export interface RecipientKey {
  readonly keyId: string;
  /** RSA public key: SPKI, DER, base64. */
  readonly spki: string;
}

const keyAlgorithm = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;
const nonceBytes = 12;
const tagBytes = 16;
/** Whole groups of 3 bytes, so that pieces join; and no more arguments than a call may have. */
const pieceBytes = 3 * 8192;

/**
 * Encrypts JSON so that only whoever holds the other half of a key can open it: JSON Web Encryption (RFC 7516), compact,
 * with `RSA-OAEP-256` and `A256GCM` under a key of its own.
 *
 * @throws DOMException for a key that is none, and where the device cannot encrypt so much
 */
export async function sealJson({ keyId, spki }: RecipientKey, json: Bytes): Promise<string> {
  const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: keyId, cty: 'json' };
  const protectedHeader = toBase64url(toBytes(JSON.stringify(header)));
  const recipient = await crypto.subtle.importKey('spki', fromBase64(spki), keyAlgorithm, false, ['wrapKey']);
  const contentKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']);
  const wrapped = await crypto.subtle.wrapKey('raw', contentKey, recipient, keyAlgorithm.name);
  const nonce = randomBytes(nonceBytes);
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: toBytes(protectedHeader) };
  const encrypted = new Uint8Array(await crypto.subtle.encrypt(parameters, contentKey, json));
  // WebCrypto puts the tag behind the text; RFC 7516 gives it a part of its own.
  const parts = [
    new Uint8Array(wrapped),
    nonce,
    encrypted.subarray(0, -tagBytes),
    encrypted.subarray(-tagBytes),
  ];
  return [protectedHeader, ...parts.map(toLongBase64url)].join('.');
}

/**
 * Of megabytes, in time that grows with them only. Apart from `toBase64url`, which is all that the ballot page needs: it
 * has no bytes to spare (test/unit/web/bundle.test.ts).
 */
export function toLongBase64url(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(toBase64url(bytes.subarray(at, at + pieceBytes)));
  }
  return pieces.join('');
}
