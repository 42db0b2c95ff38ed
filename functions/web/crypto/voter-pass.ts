import type { Definition } from '../../../schema/wire/definition.ts';
import { passFingerprintChars, passFingerprintContext } from '../../../schema/wire/pass-fingerprint.ts';
import { type Bytes, fromBase64, joinBytes, sha256, toBase64url, toBytes } from './bytes.ts';

/** `keyId.message.signature`: see functions/core/pass.ts, which says the same with Node's hash. */
export interface VoterPass {
  readonly keyId: string;
  /** Randomizer, then serial: 64 bytes. */
  readonly message: Bytes;
  readonly signature: Bytes;
}

/** The last characters hold two bits each: one pass is one text. */
const passShape = /^([A-Za-z0-9_-]{21}[AQgw])\.([A-Za-z0-9_-]{85}[AQgw])\.([A-Za-z0-9_-]{341}[AQgw])$/;
const randomizerBytes = 32;
const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' } as const;
const saltLength = 48;

export type Region = Definition['regions'][number];

/** Null: not a pass. Blanks around it and line breaks in it come with pasting and scanning. */
export function parsePass(text: string): VoterPass | null {
  const [, keyId, message, signature] = passShape.exec(text.replaceAll(/\s/g, '')) ?? [];
  if (keyId === undefined || message === undefined || signature === undefined) return null;
  return { keyId, message: fromBase64(message), signature: fromBase64(signature) };
}

export const formatPass = ({ keyId, message, signature }: VoterPass): string =>
  `${keyId}.${toBase64url(message)}.${toBase64url(signature)}`;

/** Extractable: the library that blinds reads modulus and exponent from it. */
export const importPassKey = (spki: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('spki', fromBase64(spki), algorithm, true, ['verify']);

/** The region whose key this is, with the key. */
export function findPassKey(
  { regions }: Pick<Definition, 'regions'>,
  keyId: string,
): { readonly region: Region; readonly spki: string } | null {
  for (const region of regions) {
    const key = region.passKeys.find((one) => one.keyId === keyId);
    if (key !== undefined) return { region, spki: key.spki };
  }
  return null;
}

/** The region that a pass lets somebody vote in; null where it is not valid in this election. */
export async function verifyPass(definition: Definition, pass: VoterPass): Promise<Region | null> {
  const found = findPassKey(definition, pass.keyId);
  if (found === null) return null;
  const key = await importPassKey(found.spki);
  const isValid = await crypto.subtle.verify({ ...algorithm, saltLength }, key, pass.signature, pass.message);
  return isValid ? found.region : null;
}

/** What every attempt with one pass has in common; 16 bytes. */
export async function voterKeyOf(election: string, { message }: VoterPass): Promise<Bytes> {
  const serial = message.subarray(randomizerBytes);
  const hash = await sha256(joinBytes(toBytes(`ballotstream/voter-key/v1\0${election}\0`), serial));
  return hash.subarray(0, 16);
}

/** What `pass-fingerprint` says of a pass: see schema/wire/pass-fingerprint.ts. */
export async function fingerprintOf(pass: string): Promise<string> {
  const hash = await sha256(toBytes(passFingerprintContext + pass));
  return toBase64url(hash).slice(0, passFingerprintChars);
}

/** The receipt that a vote with this pass and ballot id has or will have. */
export async function receiptIdOf(election: string, pass: VoterPass, ballotId: string): Promise<string> {
  const pairs = ballotId.replaceAll('-', '').match(/../g) ?? [];
  const ballot = Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
  return toBase64url(joinBytes(await voterKeyOf(election, pass), ballot));
}
