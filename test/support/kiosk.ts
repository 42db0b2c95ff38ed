import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { makeSigningKey, openMs } from './election.ts';

/** The election office: signs kiosks' credentials. */
export const office = makeSigningKey();

export interface TestKiosk {
  readonly id: string;
  readonly privateKey: KeyObject;
  /** SPKI, DER, base64url. */
  readonly key: string;
}

export function makeKiosk(namedCurve = 'P-256'): TestKiosk {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(spki).digest().subarray(0, 16).toString('base64url');
  return { id, privateKey, key: spki.toString('base64url') };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const openS = Math.floor(openMs / 1000);

type Changes = Readonly<Record<string, unknown>>;

/** What the office signs for a kiosk of station n1. */
export function makeCredential(
  kiosk: TestKiosk,
  claims: Changes = {},
  header: Changes = {},
  signer: KeyObject = office.privateKey,
): string {
  const signed = `${encode({ alg: 'EdDSA', typ: 'ballotstream-kiosk+jwt', kid: office.keyId, ...header })}.${encode(
    {
      election: 'test-2026',
      region: 'north',
      station: 'n1',
      key: kiosk.key,
      iat: openS - 86_400,
      exp: openS + 86_400,
      ...claims,
    },
  )}`;
  return `${signed}.${sign(null, Buffer.from(signed), signer).toString('base64url')}`;
}

/** What the kiosk signs every few minutes. */
export function makeToken(kiosk: TestKiosk, claims: Changes = {}, header: Changes = {}): string {
  const signed = `${encode({ alg: 'ES256', typ: 'ballotstream-cast+jwt', kid: kiosk.id, ...header })}.${encode(
    {
      aud: 'test-2026',
      iat: openS - 10,
      exp: openS + 200,
      ...claims,
    },
  )}`;
  const signature = sign('sha256', Buffer.from(signed), { key: kiosk.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

export const authorize = (credential: string, token: string): string => `Kiosk ${credential}~${token}`;

/** A token over this very body. */
export function signBody(kiosk: TestKiosk, body: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  return makeToken(kiosk, { body: hash });
}
