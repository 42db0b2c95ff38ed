import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { KioskId, RegionId, StationId } from '../../schema/wire/ids.ts';
import {
  type CredentialClaims,
  credentialClaimsSchema,
  credentialHeaderSchema,
  kioskScheme,
  type TokenClaims,
  tokenClaimsSchema,
  tokenHeaderSchema,
} from '../../schema/wire/kiosk.ts';
import {
  castClockSkewMsMax,
  kioskAuthorizationCharsMax,
  kioskTokenSecondsMax,
} from '../../schema/wire/limits.ts';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { Election } from './election.ts';

/** A JSON Web Token taken apart, its signature not verified. */
export interface UnverifiedToken<Claims> {
  /** Who is said to have signed it. */
  readonly keyId: string;
  readonly claims: Claims;
  /** What the signature is over. */
  readonly signed: string;
  readonly signature: Buffer;
}

/** What a kiosk shows of itself; nothing of it is verified. */
export interface KioskAuthorization {
  /** By the election office: whose kiosk this is. */
  readonly credential: UnverifiedToken<CredentialClaims>;
  /** By the kiosk, every few minutes. */
  readonly token: UnverifiedToken<TokenClaims>;
  /** The credential as it came: the same text is the same credential. */
  readonly credentialText: string;
  readonly tokenText: string;
}

/** Where a verified kiosk stands, and until when what it showed is good. */
export interface KioskIdentity {
  readonly kiosk: KioskId;
  readonly region: RegionId;
  readonly station: StationId;
  /** SHA-256 of the body that the kiosk signed; null: it signed none. */
  readonly bodySha256: string | null;
}

export type KioskFault = Extract<ProblemCode, 'bad-kiosk-token' | 'kiosk-revoked'>;

export type KioskResult =
  | { readonly ok: true; readonly identity: KioskIdentity }
  | { readonly ok: false; readonly fault: KioskFault };

const signatureBytes = 64;
const part = '[A-Za-z0-9_-]+';
const shape = new RegExp(`^(${part}\\.${part}\\.${part})~(${part}\\.${part}\\.${part})$`);

/** Reads an `Authorization` header; null if it is not a kiosk's, or not one that could be valid. */
export function parseKioskAuthorization(header: string): KioskAuthorization | null {
  if (header.length > kioskAuthorizationCharsMax || !header.startsWith(kioskScheme)) return null;
  const [, credentialText, tokenText] = shape.exec(header.slice(kioskScheme.length)) ?? [];
  if (credentialText === undefined || tokenText === undefined) return null;
  const credential = parseToken(credentialText, credentialHeaderSchema, credentialClaimsSchema);
  const token = parseToken(tokenText, tokenHeaderSchema, tokenClaimsSchema);
  if (credential === null || token === null || token.keyId !== kioskIdOf(credential.claims)) return null;
  return { credential, token, credentialText, tokenText };
}

/** The kiosk that a credential is for: the id of its key. */
export function kioskIdOf(claims: Pick<CredentialClaims, 'key'>): KioskId {
  const spki = Buffer.from(claims.key, 'base64url');
  return createHash('sha256').update(spki).digest().subarray(0, 16).toString('base64url') as KioskId;
}

/**
 * Whether what a kiosk shows is for this election and for now; of its signatures it says nothing. To be believed, and anything but
 * `bad-kiosk-token` to be told, only once they are verified.
 * @param nowMs milliseconds since 1970; a kiosk's clock may be `castClockSkewMsMax` off
 */
export function judgeKiosk(
  election: Election,
  { credential, token }: Pick<KioskAuthorization, 'credential' | 'token'>,
  isRevoked: (kiosk: KioskId) => boolean,
  nowMs: number,
): KioskResult {
  const { claims } = credential;
  const id = election.definition.election;
  const isCurrent =
    claims.election === id &&
    token.claims.aud === id &&
    election.regions.get(claims.region)?.stations.has(claims.station) === true &&
    isLive(claims, nowMs) &&
    isLive(token.claims, nowMs) &&
    token.claims.exp - token.claims.iat <= kioskTokenSecondsMax;
  if (!isCurrent) return { ok: false, fault: 'bad-kiosk-token' };
  // Compared with the credential's own key when it was read.
  const kiosk = token.keyId as KioskId;
  if (isRevoked(kiosk)) return { ok: false, fault: 'kiosk-revoked' };
  return {
    ok: true,
    identity: {
      kiosk,
      region: claims.region,
      station: claims.station,
      bodySha256: token.claims.body ?? null,
    },
  };
}

function isLive({ iat, exp }: { iat: number; exp: number }, nowMs: number): boolean {
  return iat * 1000 <= nowMs + castClockSkewMsMax && nowMs < exp * 1000 + castClockSkewMsMax && iat < exp;
}

function parseToken<Header extends { kid: string }, Claims>(
  text: string,
  headerSchema: z.ZodType<Header>,
  claimsSchema: z.ZodType<Claims>,
): UnverifiedToken<Claims> | null {
  const [header = '', claims = '', signature = ''] = text.split('.');
  const parsedHeader = headerSchema.safeParse(parseJson(header));
  const parsedClaims = claimsSchema.safeParse(parseJson(claims));
  const bytes = Buffer.from(signature, 'base64url');
  if (!parsedHeader.success || !parsedClaims.success || bytes.length !== signatureBytes) return null;
  // One signature is one text: decoding would let its last character be another.
  if (bytes.toString('base64url') !== signature) return null;
  return {
    keyId: parsedHeader.data.kid,
    claims: parsedClaims.data,
    signed: `${header}.${claims}`,
    signature: bytes,
  };
}

function parseJson(base64url: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
