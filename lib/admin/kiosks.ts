import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { kioskIdOf } from '../../functions/core/kiosk.ts';
import { passKeyId } from '../../functions/core/pass.ts';
import { kioskRevocationsSchema } from '../../schema/wire/definition.ts';
import { type KioskId, kioskIdSchema } from '../../schema/wire/ids.ts';
import { type CredentialClaims, credentialClaimsSchema } from '../../schema/wire/kiosk.ts';
import { AdminError } from './admin-error.ts';
import type { Office } from './office.ts';
import { needPublished, pointToRevocations } from './publish.ts';
import { hashOf } from './trail.ts';

export interface Registration {
  readonly election: string;
  readonly region: string;
  readonly station: string;
  /** What the kiosk shows when it is paired: its public key, SPKI, DER, base64url. */
  readonly key: string;
  readonly days: number;
}

export interface RegisteredKiosk {
  readonly kiosk: KioskId;
  /** To be typed or scanned into the kiosk; public, and good only with the kiosk's own key. */
  readonly credential: string;
  readonly until: string;
}

const daySeconds = 24 * 60 * 60;

/**
 * Signs that a key is the kiosk of a station, for so many days from now.
 * @throws AdminError for a key that is none of P-256, and a station that is none
 */
export async function registerKiosk(
  office: Office,
  { election, region, station, key, days }: Registration,
  nowMs: number,
): Promise<RegisteredKiosk> {
  const { definition } = await needPublished(office, election);
  const found = definition.regions.find(({ id }) => id === region)?.stations.find(({ id }) => id === station);
  if (found === undefined) throw new AdminError(`${election} has no station ${station} in ${region}`);
  const iat = Math.floor(nowMs / 1000);
  const claims = credentialClaimsSchema.safeParse({
    election,
    region,
    station,
    key,
    iat,
    exp: iat + days * daySeconds,
  });
  if (!claims.success || !isKioskKey(claims.data))
    throw new AdminError('the key is none of a kiosk: the 122 characters that it shows when it is paired');
  const kiosk = kioskIdOf(claims.data);
  const { revoked } = await readRevoked(office, election);
  if (revoked.has(kiosk))
    throw new AdminError(`kiosk ${kiosk} has been revoked: pair the device anew, which makes another key`);
  const credential = await signCredential(office, claims.data);
  const until = new Date(claims.data.exp * 1000).toISOString();
  await office.trail.append({
    action: 'kiosk.registered',
    election: definition.election,
    details: { kiosk, region, station, until },
  });
  return { kiosk, credential, until };
}

function isKioskKey({ key }: CredentialClaims): boolean {
  try {
    const der = Buffer.from(key, 'base64url');
    const object = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return object.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

async function signCredential(office: Office, claims: CredentialClaims): Promise<string> {
  const pem = await office.secrets.read(office.names.kioskKey(claims.election));
  if (pem === null) throw new AdminError('there is no key that signs for kiosks: npm run election -- keys');
  const privateKey = createPrivateKey(pem);
  const kid = passKeyId(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'EdDSA', typ: 'ballotstream-kiosk+jwt', kid })}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
}

export const revocationsKey = (election: string, version: number): string =>
  `elections/${election}/revoked-kiosks-${version}.json`;

/** Every kiosk of an election that has been taken out of service. */
export async function readRevoked(
  office: Office,
  election: string,
): Promise<{ readonly version: number; readonly revoked: ReadonlySet<KioskId> }> {
  const { pointer } = await needPublished(office, election);
  const version = pointer.kioskRevocations ?? 0;
  if (version === 0) return { version, revoked: new Set() };
  const object = await office.objects.read(revocationsKey(election, version));
  if (object === null) throw new AdminError(`list ${version} of revoked kiosks is named and is not there`);
  return { version, revoked: new Set(kioskRevocationsSchema.parse(JSON.parse(object.text)).kiosks) };
}

/**
 * Takes kiosks out of service: within seconds nothing that they show is good any more. For ever: a device comes
 * back with a new key.
 * @returns how many of them were in service
 */
export async function revokeKiosks(
  office: Office,
  election: string,
  kiosks: readonly string[],
): Promise<number> {
  const ids = kiosks.map((kiosk) => {
    const parsed = kioskIdSchema.safeParse(kiosk);
    if (!parsed.success) throw new AdminError(`${kiosk.slice(0, 60)} is no kiosk’s id: 22 characters`);
    return parsed.data;
  });
  const current = await needPublished(office, election);
  const { version, revoked } = await readRevoked(office, election);
  const added = [...new Set(ids)].filter((kiosk) => !revoked.has(kiosk));
  if (added.length === 0) return 0;
  const list = version + 1;
  const content = kioskRevocationsSchema.parse({
    schema: 'ballotstream/kiosk-revocations/1',
    election,
    version: list,
    kiosks: [...revoked, ...added],
  });
  const text = JSON.stringify(content);
  const key = revocationsKey(election, list);
  if (!(await office.objects.create(key, text)) && (await office.objects.read(key))?.text !== text)
    throw new AdminError(`list ${list} is there already with other kiosks: somebody else revokes; try again`);
  await office.trail.append({
    action: 'kiosks.revoked',
    election: current.definition.election,
    details: { list, kiosks: added, sha256: hashOf(text) },
  });
  if (!(await pointToRevocations(office, current, list)))
    throw new AdminError('somebody else published at the same time: revoke again');
  return added.length;
}
