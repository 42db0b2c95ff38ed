import { hash } from 'node:crypto';
import type { BallotId, ElectionId, ReceiptId, VoterKey } from '../../schema/wire/ids.ts';
import { passFingerprintChars, passFingerprintContext } from '../../schema/wire/pass-fingerprint.ts';

/** RFC 9474, section 4.1: PrepareRandomize puts 32 random bytes before the message. */
const randomizerBytes = 32;
/** The message itself: a serial that the voter's device draws and the issuer never sees. */
const serialBytes = 32;
/** RSA-2048. */
const signatureBytes = 256;

/** The last characters hold two bits each: written one way only, so that one pass is one text. */
const passShape = /^([A-Za-z0-9_-]{21}[AQgw])\.([A-Za-z0-9_-]{85}[AQgw])\.([A-Za-z0-9_-]{341}[AQgw])$/;

/** A voter pass as it travels: `keyId.message.signature`, base64url without padding. */
export interface Pass {
  /** Names the issuer's key, and so election and region. */
  readonly keyId: string;
  /** What the signature is over: randomizer, then serial; 64 bytes. */
  readonly message: Buffer;
  /** RSASSA-PSS with SHA-384, salt 48; 256 bytes. */
  readonly signature: Buffer;
}

/** Reads a pass; null if it is not one. Says nothing about whether the signature is valid. */
export function parsePass(text: string): Pass | null {
  const [, keyId, message, signature] = passShape.exec(text) ?? [];
  if (keyId === undefined || message === undefined || signature === undefined) return null;
  return {
    keyId,
    message: Buffer.from(message, 'base64url'),
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Writes a pass. Throws a RangeError if the parts do not have their lengths: 64 and 256 bytes. */
export function formatPass({ keyId, message, signature }: Pass): string {
  if (message.length !== randomizerBytes + serialBytes || signature.length !== signatureBytes) {
    throw new RangeError(`a pass has 64 and 256 bytes, not ${message.length} and ${signature.length}`);
  }
  return `${keyId}.${message.toString('base64url')}.${signature.toString('base64url')}`;
}

/** The id of an issuer's key: the first 16 bytes of SHA-256 over its SPKI (DER), base64url. */
export function passKeyId(spki: Buffer): string {
  return hash('sha256', spki, 'buffer').subarray(0, 16).toString('base64url');
}

/**
 * The voter key: 16 bytes that are equal for every attempt with one pass, and lead back to nobody.
 * An accidental collision among 300 million is about 10⁻²²; a made one harms only its maker.
 */
export function deriveVoterKey(election: ElectionId, { message }: Pass): VoterKey {
  const context = Buffer.from(`ballotstream/voter-key/v1\0${election}\0`);
  const serial = message.subarray(randomizerBytes);
  return toUuid(hash('sha256', Buffer.concat([context, serial]), 'hex')) as VoterKey;
}

/** What `pass-fingerprint` says of a pass, or of any text in its place: see schema/wire/pass-fingerprint.ts. */
export function fingerprintPass(pass: string): string {
  return hash('sha256', passFingerprintContext + pass, 'base64url').slice(0, passFingerprintChars);
}

/** The receipt's id: voter key and ballot id, so that looking it up needs no index of its own. */
export function receiptIdOf(voterKey: VoterKey, ballotId: BallotId): ReceiptId {
  return Buffer.from((voterKey + ballotId).replaceAll('-', ''), 'hex').toString('base64url') as ReceiptId;
}

/** Takes a receipt id apart again. */
export function readReceiptId(receiptId: ReceiptId): { voterKey: VoterKey; ballotId: BallotId } {
  const hex = Buffer.from(receiptId, 'base64url').toString('hex');
  return { voterKey: toUuid(hex.slice(0, 32)) as VoterKey, ballotId: toUuid(hex.slice(32)) as BallotId };
}

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
