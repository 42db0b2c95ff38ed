import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { kioskIdOf } from '../../functions/core/kiosk.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import type { ElectionId, KioskId } from '../../schema/wire/ids.ts';
import { type CredentialClaims, credentialClaimsSchema } from '../../schema/wire/kiosk.ts';
import { AdminError } from './admin-error.ts';
import { publicHalf, readPems } from './keys.ts';
import { readRevoked } from './kiosks.ts';
import { describeInstant, toSeconds } from './local-time.ts';
import type { Office } from './office.ts';
import { readPublicKeys } from './public-keys.ts';
import { needPublished } from './publish.ts';

/** Where a kiosk is to stand, and which one it is. */
export interface KioskPlace {
  readonly region: string;
  readonly station: string;
  /** What the kiosk shows when it is paired: its public key, SPKI, DER, base64url. */
  readonly key: string;
}

export interface Registration extends KioskPlace {
  readonly election: string;
  /** Null: until the last vote of this election may be delivered. */
  readonly days: number | null;
  /** SHA-256 of the file of votes that it is to deliver, and nothing else. */
  readonly file?: string;
}

export interface RegisteredKiosk {
  readonly kiosk: KioskId;
  /** To be typed or scanned into the kiosk; public, and good only with the kiosk's own key. */
  readonly credential: string;
}

/** Until when credentials are good. */
export interface CredentialEnd {
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
  { election, days, file, ...place }: Registration,
  nowMs: number,
): Promise<RegisteredKiosk & CredentialEnd> {
  const registrar = await openRegistrar(office, election, days, nowMs);
  const claims = registrar.check(place);
  const kiosk = kioskIdOf(claims);
  const credential = registrar.sign(claims);
  const { region, station } = place;
  const { until } = registrar.end;
  await office.trail.append({
    action: 'kiosk.registered',
    election: registrar.election,
    details: {
      kiosk,
      region,
      station,
      until,
      signedBy: registrar.signedBy,
      ...(file === undefined ? {} : { file }),
    },
  });
  return { kiosk, credential, ...registrar.end };
}

export interface ListedKiosk extends KioskPlace {
  /** Where it stands in the list. */
  readonly line: number;
}

export interface RegisteredList extends CredentialEnd {
  readonly kiosks: readonly (RegisteredKiosk & { readonly region: string; readonly station: string })[];
}

/** Kiosks in one entry of the trail: some 45 kB. */
const toldAtOnce = 500;
const mistakesMax = 50;

/**
 * The same for the kiosks of a whole election, all or none: credentials are given once the trail tells of every one.
 * @param onProgress told now and then how many are signed
 * @throws AdminError with each mistake and its line
 */
export async function registerKiosks(
  office: Office,
  { election, days, list }: { election: string; days: number | null; list: readonly ListedKiosk[] },
  nowMs: number,
  onProgress: (signed: number) => void,
): Promise<RegisteredList> {
  const registrar = await openRegistrar(office, election, days, nowMs);
  const kiosks = checkAll(registrar, list).map((claims, index) => {
    if (index % toldAtOnce === 0) onProgress(index);
    const { region, station } = claims;
    return { kiosk: kioskIdOf(claims), region, station, credential: registrar.sign(claims) };
  });
  for (let at = 0; at < kiosks.length; at += toldAtOnce) {
    const told = kiosks.slice(at, at + toldAtOnce);
    await office.trail.append({
      action: 'kiosks.registered',
      election: registrar.election,
      details: {
        until: registrar.end.until,
        signedBy: registrar.signedBy,
        kiosks: told.map(({ kiosk, region, station }) => ({ kiosk, region, station })),
      },
    });
  }
  return { kiosks, ...registrar.end };
}

function checkAll(registrar: Registrar, list: readonly ListedKiosk[]): CredentialClaims[] {
  const mistakes: string[] = [];
  const lineOf = new Map<string, number>();
  const all = list.flatMap(({ line, ...place }) => {
    const first = lineOf.get(place.key);
    lineOf.set(place.key, first ?? line);
    try {
      if (first !== undefined) throw new AdminError(`this kiosk stands on line ${first} already`);
      return [registrar.check(place)];
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      mistakes.push(`line ${line}: ${error.message}`);
      return [];
    }
  });
  if (mistakes.length > 0)
    throw new AdminError('no kiosk of the list was registered', mistakes.slice(0, mistakesMax));
  return all;
}

interface Registrar {
  readonly election: ElectionId;
  /** Id of the office's key. */
  readonly signedBy: string;
  readonly end: CredentialEnd;
  /** @throws AdminError for a station that is none, a key that is none, and a kiosk that was revoked */
  check(place: KioskPlace): CredentialClaims;
  sign(claims: CredentialClaims): string;
}

async function openRegistrar(
  office: Office,
  election: string,
  days: number | null,
  nowMs: number,
): Promise<Registrar> {
  const { definition } = await needPublished(office, election);
  const iat = Math.floor(nowMs / 1000);
  const { exp, warning } = chooseEnd(definition, days, iat);
  const { revoked } = await readRevoked(office, election);
  const stations = new Set(
    definition.regions.flatMap(({ id, stations: here }) => here.map((station) => `${id}/${station.id}`)),
  );
  const until = toSeconds(exp * 1000);
  const signer = await findSigner(office, definition);
  return {
    election: definition.election,
    signedBy: signer.keyId,
    end: { until, untilThere: describeInstant(until, definition.timeZone), warning },
    check({ region, station, key }) {
      if (!stations.has(`${region}/${station}`))
        throw new AdminError(`${election} has no station ${station.slice(0, 64)} in ${region.slice(0, 64)}`);
      const claims = credentialClaimsSchema.safeParse({ election, region, station, key, iat, exp });
      if (!claims.success || !isKioskKey(claims.data))
        throw new AdminError(
          'the key is none of a kiosk: the 122 characters that it shows when it is paired',
        );
      const kiosk = kioskIdOf(claims.data);
      if (revoked.has(kiosk))
        throw new AdminError(
          `kiosk ${kiosk} has been revoked, for ever: on the device, choose “Set up anew”, which makes another key, and register that`,
        );
      return claims.data;
    },
    sign: (claims) => signCredential(signer.privateKey, signer.keyId, claims),
  };
}

/** The newest key that is in effect and that others do not know: a credential under any other would be void. */
async function findSigner(
  office: Office,
  { election, kioskKeys = [] }: Definition,
): Promise<{ readonly keyId: string; readonly privateKey: KeyObject }> {
  const pems = readPems((await office.secrets.read(office.names.kioskKey(election))) ?? '');
  if (pems.length === 0)
    throw new AdminError('there is no key that signs for kiosks: npm run election -- keys');
  const { withdrawn } = await readPublicKeys(office, election);
  const isGood = (id: string) => kioskKeys.some(({ keyId }) => keyId === id) && !withdrawn.includes(id);
  for (const pem of pems) {
    const { keyId } = publicHalf(pem);
    if (isGood(keyId)) return { keyId, privateKey: createPrivateKey(pem) };
  }
  throw new AdminError(
    'the key that signs for kiosks is not in effect: publish the election’s file again, or withdraw the key before once more',
  );
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
      `${election} is over: its kiosks could deliver until ${describeInstant(toSeconds(lastMs), timeZone)}; a version with a longer graceSeconds lets them deliver again`,
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

function signCredential(privateKey: KeyObject, kid: string, claims: CredentialClaims): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'EdDSA', typ: 'ballotstream-kiosk+jwt', kid })}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
}
