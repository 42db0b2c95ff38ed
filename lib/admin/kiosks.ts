import * as z from 'zod';
import { kioskRevocationsSchema } from '../../schema/wire/definition.ts';
import { type ElectionId, type KioskId, kioskIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import type { Office } from './office.ts';
import { readPublicKeys } from './public-keys.ts';
import { needPublished, pointToRevocations } from './publish.ts';
import { hashOf, readTrail } from './trail.ts';

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
  /** SHA-256 of the file of votes that it delivered, and nothing else; null: it stands in its station. */
  readonly file: string | null;
  /** The office's key that signed its credential was withdrawn since. */
  readonly isVoid: boolean;
}

const placeSchema = z.object({ kiosk: z.string(), region: z.string(), station: z.string() });
/** `signedBy`: left out while there was but one key. */
const common = { until: z.string(), signedBy: z.string().optional() };
/** One kiosk, or some of a list. */
const registrationSchema = z.union([
  placeSchema
    .extend({ ...common, file: z.string().nullable().default(null) })
    .transform(({ until, signedBy, file, ...place }) => ({ until, signedBy, file, kiosks: [place] })),
  z.object({ ...common, kiosks: z.array(placeSchema) }).transform((list) => ({ ...list, file: null })),
]);

/** Every kiosk that was ever registered for an election, in the order of the trail. */
export async function readRegistered(office: Office, election: ElectionId): Promise<KnownKiosk[]> {
  const { events } = await readTrail(office.objects);
  const { kioskKeys, withdrawn } = await readPublicKeys(office, election);
  const known = new Map<string, KnownKiosk>();
  for (const { event } of events) {
    const isTold = event.action === 'kiosk.registered' || event.action === 'kiosks.registered';
    if (!isTold || event.election !== election) continue;
    const told = registrationSchema.safeParse(event.details);
    if (!told.success) continue;
    const { until, file, kiosks, signedBy = kioskKeys[0]?.keyId ?? '' } = told.data;
    const isVoid = withdrawn.includes(signedBy);
    for (const place of kiosks)
      known.set(`${place.kiosk} ${place.region}/${place.station}`, { ...place, until, file, isVoid });
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
  if (!isUnregistered) await refuseUnknown(office, current.definition.election, ids);
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

async function refuseUnknown(office: Office, election: ElectionId, ids: readonly KioskId[]): Promise<void> {
  const registered = new Set((await readRegistered(office, election)).map(({ kiosk }) => kiosk));
  const unknown = ids.filter((id) => !registered.has(id));
  if (unknown.length > 0)
    throw new AdminError(
      `nothing was revoked: nobody registered ${unknown.join(', ')} for ${election}; npm run election -- show ${election} lists its kiosks, and --unregistered revokes others too`,
    );
}
