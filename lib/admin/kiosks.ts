import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import * as z from 'zod';
import { kioskIdOf } from '../../functions/core/kiosk.ts';
import { passKeyId } from '../../functions/core/pass.ts';
import { type Definition, kioskRevocationsSchema } from '../../schema/wire/definition.ts';
import { type KioskId, kioskIdSchema } from '../../schema/wire/ids.ts';
import { type CredentialClaims, credentialClaimsSchema } from '../../schema/wire/kiosk.ts';
import { AdminError } from './admin-error.ts';
import { describeInstant, toSeconds } from './local-time.ts';
import type { Office } from './office.ts';
import { needPublished, pointToRevocations } from './publish.ts';
import { hashOf, readTrail } from './trail.ts';

export interface Registration {
  readonly election: string;
  readonly region: string;
  readonly station: string;
  /** What the kiosk shows when it is paired: its public key, SPKI, DER, base64url. */
  readonly key: string;
  /** Null: until the last vote of this election may be delivered. */
  readonly days: number | null;
  /** SHA-256 of the file of votes that it is to deliver, and nothing else. */
  readonly file?: string;
}

export interface RegisteredKiosk {
  readonly kiosk: KioskId;
  /** To be typed or scanned into the kiosk; public, and good only with the kiosk's own key. */
  readonly credential: string;
  readonly until: string;
  /** The same on the clocks of the election's zone. */
  readonly untilThere: string;
  /** What will not go on longer than the credential; null: it outlasts all of it. */
  readonly warning: string | null;
}

const daySeconds = 24 * 60 * 60;

/**
 * Signs that a key is the kiosk of a station, until the grace after closing is over or for so many days from now.
 * @throws AdminError for a key that is none of P-256, a station that is none, and days that end before voting begins
 */
export async function registerKiosk(
  office: Office,
  { election, region, station, key, days, file }: Registration,
  nowMs: number,
): Promise<RegisteredKiosk> {
  const { definition } = await needPublished(office, election);
  const found = definition.regions.find(({ id }) => id === region)?.stations.find(({ id }) => id === station);
  if (found === undefined) throw new AdminError(`${election} has no station ${station} in ${region}`);
  const iat = Math.floor(nowMs / 1000);
  const { exp, warning } = chooseEnd(definition, days, iat);
  const claims = credentialClaimsSchema.safeParse({ election, region, station, key, iat, exp });
  if (!claims.success || !isKioskKey(claims.data))
    throw new AdminError('the key is none of a kiosk: the 122 characters that it shows when it is paired');
  const kiosk = kioskIdOf(claims.data);
  const { revoked } = await readRevoked(office, election);
  if (revoked.has(kiosk))
    throw new AdminError(
      `kiosk ${kiosk} has been revoked, for ever: on the device, choose “Set up anew”, which makes another key, and register that`,
    );
  const credential = await signCredential(office, claims.data);
  const until = toSeconds(exp * 1000);
  await office.trail.append({
    action: 'kiosk.registered',
    election: definition.election,
    details: { kiosk, region, station, until, ...(file === undefined ? {} : { file }) },
  });
  return { kiosk, credential, until, untilThere: describeInstant(until, definition.timeZone), warning };
}

/** When all that a kiosk may deliver is delivered, milliseconds. */
export const endOfGraceMs = ({ closesAt, graceSeconds }: Definition): number =>
  Date.parse(closesAt) + graceSeconds * 1000;

function chooseEnd(
  definition: Definition,
  days: number | null,
  iat: number,
): { exp: number; warning: string | null } {
  const { election, opensAt, closesAt, timeZone } = definition;
  const lastMs = endOfGraceMs(definition);
  if (lastMs <= iat * 1000)
    throw new AdminError(
      `${election} is over: its kiosks could deliver until ${describeInstant(toSeconds(lastMs), timeZone)}`,
    );
  if (days === null) return { exp: Math.ceil(lastMs / 1000), warning: null };
  const exp = iat + days * daySeconds;
  const ends = describeInstant(toSeconds(exp * 1000), timeZone);
  if (exp * 1000 <= Date.parse(opensAt))
    throw new AdminError(
      `--days ${days}: the credential would end ${ends}, before voting begins ${describeInstant(opensAt, timeZone)}; leave --days out`,
    );
  if (exp * 1000 >= lastMs) return { exp, warning: null };
  const goesOn =
    exp * 1000 < Date.parse(closesAt)
      ? `voting goes on until ${describeInstant(closesAt, timeZone)}`
      : `votes may be delivered until ${describeInstant(toSeconds(lastMs), timeZone)}`;
  return { exp, warning: `the credential ends ${ends}, and ${goesOn}` };
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

/** A kiosk that the trail tells of, as it was registered last for its station. */
export interface KnownKiosk {
  readonly kiosk: string;
  readonly region: string;
  readonly station: string;
  readonly until: string;
}

const registrationSchema = z.object({
  kiosk: z.string(),
  region: z.string(),
  station: z.string(),
  until: z.string(),
});

/** Every kiosk that was ever registered for an election, in the order of the trail. */
export async function readRegistered(office: Office, election: string): Promise<KnownKiosk[]> {
  const { events } = await readTrail(office.objects);
  const known = new Map<string, KnownKiosk>();
  for (const { event } of events) {
    if (event.action !== 'kiosk.registered' || event.election !== election) continue;
    const told = registrationSchema.safeParse(event.details);
    if (told.success) known.set(`${told.data.kiosk} ${told.data.region}/${told.data.station}`, told.data);
  }
  return [...known.values()];
}

/**
 * Takes kiosks out of service: within seconds nothing that they show is good any more. For ever: a device comes
 * back with a new key.
 *
 * @param isUnregistered also those that the trail does not tell of
 * @returns how many of them were in service
 * @throws AdminError for an id that nobody registered, with nothing done
 */
export async function revokeKiosks(
  office: Office,
  election: string,
  kiosks: readonly string[],
  isUnregistered = false,
): Promise<number> {
  const ids = kiosks.map((kiosk) => {
    const parsed = kioskIdSchema.safeParse(kiosk);
    if (!parsed.success) throw new AdminError(`${kiosk.slice(0, 60)} is no kiosk’s id: 22 characters`);
    return parsed.data;
  });
  const current = await needPublished(office, election);
  if (!isUnregistered) await refuseUnknown(office, election, ids);
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

async function refuseUnknown(office: Office, election: string, ids: readonly KioskId[]): Promise<void> {
  const registered = new Set((await readRegistered(office, election)).map(({ kiosk }) => kiosk));
  const unknown = ids.filter((id) => !registered.has(id));
  if (unknown.length > 0)
    throw new AdminError(
      `nothing was revoked: nobody registered ${unknown.join(', ')} for ${election}; npm run election -- show ${election} lists its kiosks, and --unregistered revokes others too`,
    );
}
