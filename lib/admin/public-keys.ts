import * as z from 'zod';
import type { Election } from '../../functions/core/election.ts';
import { officeKeySchema, passKeySchema, signingKeySchema } from '../../schema/wire/definition.ts';
import {
  type ElectionId,
  electionIdSchema,
  keyIdSchema,
  type RegionId,
  regionIdSchema,
} from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import type { StoredObject } from './objects.ts';
import type { Office } from './office.ts';

/** Public halves of an election's keys, `keys/<election>.json`: what publishing puts into the definition. */
const publicKeysSchema = z.strictObject({
  schema: z.literal('ballotstream/public-keys/1'),
  election: electionIdSchema,
  /** Every one that was ever made, the newest first. */
  passKeys: z.record(regionIdSchema, z.array(passKeySchema)),
  /** Ids of those of any kind that others know: never published again. */
  withdrawn: z.array(keyIdSchema).default([]),
  /** The oldest first. */
  kioskKeys: z.array(signingKeySchema),
  /** What kiosks encrypt to the office with, the oldest first. */
  officeKeys: z.array(officeKeySchema).default([]),
});
export type PublicKeys = z.infer<typeof publicKeysSchema>;
export type PublishedKey = z.infer<typeof passKeySchema>;

/** The office's own, by what definitions call them: what signs kiosks' credentials, what their files are encrypted to. */
export const ownKinds = ['kioskKeys', 'officeKeys'] as const;
export type OwnKind = (typeof ownKinds)[number];
export type OwnKeys = Readonly<Record<OwnKind, readonly PublishedKey[]>>;

export interface RegionKey {
  readonly region: RegionId;
  readonly key: PublishedKey;
}

/** Which key, and of what. */
export type KeyOf =
  | { readonly keyId: string; readonly region: RegionId }
  | { readonly keyId: string; readonly of: OwnKind };

export interface KeyChanges {
  readonly own: OwnKeys;
  readonly passKeys: readonly RegionKey[];
  readonly withdrawn: readonly KeyOf[];
}

export const hasAny = ({ kioskKeys, officeKeys }: OwnKeys): boolean =>
  kioskKeys.length + officeKeys.length > 0;
export const madeMeanwhile = () =>
  new AdminError('somebody else made keys for this election just now: run it again');

/**
 * Tells the trail, and then notes what publishing goes by. What somebody else has noted meanwhile is there already, and stays once.
 *
 * @throws AdminError when somebody else does it just now
 */
export async function noteKeys(
  office: Office,
  election: ElectionId,
  { passKeys, own: all, withdrawn }: KeyChanges,
): Promise<void> {
  const { object, keys } = await readRecord(office, election);
  const added = (of: OwnKind) =>
    all[of].filter(({ keyId }) => keys[of].every((known) => known.keyId !== keyId));
  const own = { kioskKeys: added('kioskKeys'), officeKeys: added('officeKeys') };
  const next: PublicKeys = {
    ...keys,
    passKeys: { ...keys.passKeys },
    withdrawn: [...new Set([...keys.withdrawn, ...withdrawn.map(({ keyId }) => keyId)])],
    kioskKeys: [...keys.kioskKeys, ...own.kioskKeys],
    officeKeys: [...keys.officeKeys, ...own.officeKeys],
  };
  for (const { region, key } of passKeys) next.passKeys[region] = [key, ...(next.passKeys[region] ?? [])];
  if (passKeys.length > 0 || hasAny(own))
    await office.trail.append({
      action: 'keys.made',
      election,
      details: {
        passKeys: passKeys.map(({ region, key }) => ({ region, keyId: key.keyId })),
        kioskKeys: own.kioskKeys.map(({ keyId }) => keyId),
        officeKeys: own.officeKeys.map(({ keyId }) => keyId),
      },
    });
  if (withdrawn.length > 0)
    await office.trail.append({ action: 'keys.withdrawn', election, details: { keys: withdrawn } });
  const text = JSON.stringify(publicKeysSchema.parse(next));
  if (!(await office.objects.replace(keyOf(election), text, object))) throw madeMeanwhile();
}

/** Beside them lies `receipts.json`, of all elections. */
const keyOf = (election: ElectionId): string => {
  if (election === 'receipts')
    throw new AdminError('receipts: an election of this id would have no place for its keys');
  return `keys/${election}.json`;
};

async function readRecord(
  office: Office,
  election: ElectionId,
): Promise<{ readonly object: StoredObject | null; readonly keys: PublicKeys }> {
  const object = await office.objects.read(keyOf(election));
  const none = { schema: 'ballotstream/public-keys/1', election, passKeys: {}, kioskKeys: [] };
  return { object, keys: publicKeysSchema.parse(object === null ? none : JSON.parse(object.text)) };
}

/** The public halves that have been made so far; none at first. */
export async function readPublicKeys(office: Office, election: ElectionId): Promise<PublicKeys> {
  return (await readRecord(office, election)).keys;
}

/** Of one region, without the withdrawn ones: the first is the one that passes are signed with. */
export function livePassKeys({ passKeys, withdrawn }: PublicKeys, region: RegionId): PublishedKey[] {
  return (passKeys[region] ?? []).filter(({ keyId }) => !withdrawn.includes(keyId));
}

/** The office's own without the withdrawn ones. */
export function liveOwnKeys({ kioskKeys, officeKeys, withdrawn }: PublicKeys): OwnKeys {
  const isLive = ({ keyId }: PublishedKey) => !withdrawn.includes(keyId);
  return { kioskKeys: kioskKeys.filter(isLive), officeKeys: officeKeys.filter(isLive) };
}

/** Ids of all keys that a version publishes and that can be withdrawn: those of receipts are replaced. */
export const publishedKeyIds = ({ definition, passKeys }: Election): string[] => [
  ...passKeys.keys(),
  ...ownKinds.flatMap((of) => definition[of] ?? []).map(({ keyId }) => keyId),
];
