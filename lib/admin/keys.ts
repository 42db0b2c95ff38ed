import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Election } from '../../functions/core/election.ts';
import { passKeyId } from '../../functions/core/pass.ts';
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
import type { OfficeSecrets } from './office-secrets.ts';

/** Public halves of an election's keys, `keys/<election>.json`: what publishing puts into the definition. */
const publicKeysSchema = z.strictObject({
  schema: z.literal('ballotstream/public-keys/1'),
  election: electionIdSchema,
  /** Every one that was ever made, the newest first. */
  passKeys: z.record(regionIdSchema, z.array(passKeySchema)),
  /** Ids of those of any kind that others know: never published again. */
  withdrawn: z.array(keyIdSchema).default([]),
  kioskKeys: z.array(signingKeySchema),
  /** What kiosks encrypt to the office with. */
  officeKeys: z.array(officeKeySchema).default([]),
});
export type PublicKeys = z.infer<typeof publicKeysSchema>;
export type PublishedKey = z.infer<typeof passKeySchema>;

const keyPair = promisify(generateKeyPair);
/** Two of the four threads that node:crypto has: the other ones stay for who else needs them. */
const atOnce = 2;
/** A key takes 0.1 to 0.5 s: whoever is stopped in the middle of 5,000 regions loses no more than these. */
const notedAtOnce = 20;

export interface MadeKeys {
  readonly regions: readonly string[];
  readonly madeKioskKey: boolean;
  readonly madeOfficeKey: boolean;
}

/**
 * Makes what an election's regions still lack: a pass key each (RSA-2048), the key that signs kiosks' credentials
 * (Ed25519), and the one that kiosks encrypt to the office with (RSA-3072). What is there stays: running it again makes
 * nothing. Private halves go where the issuer looks for them and nowhere else; public ones lie beside the definitions.
 *
 * @param onProgress told after each key how many are done
 */
export async function makeKeys(
  office: Office,
  election: ElectionId,
  regions: readonly RegionId[],
  onProgress: (done: number, of: number) => void,
): Promise<MadeKeys> {
  const keys = await readPublicKeys(office, election);
  const missing = regions.filter((region) => livePassKeys(keys, region).length === 0);
  let own = await makeOwnKeys(office, election, bareKinds(keys, keys.withdrawn), keys.withdrawn);
  const [madeKioskKey, madeOfficeKey] = [own.kioskKeys.length > 0, own.officeKeys.length > 0];
  for (let at = 0; at < missing.length || hasAny(own); at += notedAtOnce) {
    const some = missing.slice(at, at + notedAtOnce);
    const passKeys = await makePassKeys(office, election, some, (done) =>
      onProgress(at + done, missing.length),
    );
    await noteKeys(office, election, { passKeys, own, withdrawn: [] });
    own = { kioskKeys: [], officeKeys: [] };
  }
  return { regions: missing, madeKioskKey, madeOfficeKey };
}

export interface RegionKey {
  readonly region: RegionId;
  readonly key: PublishedKey;
}

/** A new pass key for each; the private halves are where the issuer looks, and nobody has been told of them yet. */
export async function makePassKeys(
  office: Office,
  election: ElectionId,
  regions: readonly RegionId[],
  onMade: (done: number) => void = () => {},
): Promise<RegionKey[]> {
  const made: RegionKey[] = [];
  const queue = [...regions];
  const work = async () => {
    for (let region = queue.shift(); region !== undefined; region = queue.shift()) {
      const { privateKey } = await keyPair('rsa', { modulusLength: 2048 });
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const key = publicHalf(pem);
      // Under a name of its own: nobody who makes keys at the same time can overwrite it.
      await office.secrets.create(office.names.passKey(election, region, key.keyId), pem);
      made.push({ region, key });
      onMade(made.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return made;
}

/** The office's own, by what definitions call them: what signs kiosks' credentials, what their files are encrypted to. */
export const ownKinds = ['kioskKeys', 'officeKeys'] as const;
export type OwnKind = (typeof ownKinds)[number];
export type OwnKeys = Readonly<Record<OwnKind, readonly PublishedKey[]>>;

/** Those of which every key that is noted is withdrawn, or is about to be. */
export const bareKinds = (keys: PublicKeys, withdrawn: readonly string[]): OwnKind[] =>
  ownKinds.filter((of) => keys[of].every(({ keyId }) => withdrawn.includes(keyId)));

/** A new one of each of these kinds, where there is none but the withdrawn ones. */
export async function makeOwnKeys(
  { secrets, names }: Office,
  election: ElectionId,
  kinds: readonly OwnKind[],
  withdrawn: readonly string[],
): Promise<OwnKeys> {
  const make = async (of: OwnKind, name: string) =>
    kinds.includes(of) ? [await makeOwnKey(secrets, name, of, withdrawn)] : [];
  return {
    kioskKeys: await make('kioskKeys', names.kioskKey(election)),
    officeKeys: await make('officeKeys', names.officeKey(election)),
  };
}

/**
 * In front of those before, which still open what was encrypted to them. One that was made and not noted down is kept: somebody
 * may have stopped in between.
 */
async function makeOwnKey(
  secrets: OfficeSecrets,
  name: string,
  of: OwnKind,
  withdrawn: readonly string[],
): Promise<PublishedKey> {
  const known = await secrets.read(name);
  const [newest] = readPems(known ?? '').map(publicHalf);
  if (newest !== undefined && !withdrawn.includes(newest.keyId)) return newest;
  const { privateKey } =
    of === 'officeKeys' ? await keyPair('rsa', { modulusLength: 3072 }) : await keyPair('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const isKept =
    known === null ? await secrets.create(name, pem) : await secrets.replace(name, pem + known, known);
  if (!isKept) throw madeMeanwhile();
  return publicHalf(pem);
}

/** The private keys of a secret of the office's own, the newest first. */
export const readPems = (text: string): readonly string[] =>
  text.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? [];

/** What definitions publish of a private key, PKCS 8 in PEM. */
export function publicHalf(privatePem: string): PublishedKey {
  const spki = createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'der' });
  return { keyId: passKeyId(spki), spki: spki.toString('base64') };
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

const hasAny = ({ kioskKeys, officeKeys }: OwnKeys): boolean => kioskKeys.length + officeKeys.length > 0;
const madeMeanwhile = () =>
  new AdminError('somebody else made keys for this election just now: run it again');

/** Tells the trail, and then notes what publishing goes by. @throws AdminError when somebody else does it just now */
export async function noteKeys(
  office: Office,
  election: ElectionId,
  { passKeys, own, withdrawn }: KeyChanges,
): Promise<void> {
  const { object, keys } = await readRecord(office, election);
  const next: PublicKeys = {
    ...keys,
    passKeys: { ...keys.passKeys },
    withdrawn: [...keys.withdrawn, ...withdrawn.map(({ keyId }) => keyId)],
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
