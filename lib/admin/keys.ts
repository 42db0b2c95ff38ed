import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
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
  /** Ids of those that others know: never published again. */
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
  const madeKioskKey = keys.kioskKeys.length === 0;
  const madeOfficeKey = keys.officeKeys.length === 0;
  let ofOffice = {
    kioskKeys: madeKioskKey
      ? [await makeOwnKey(office.secrets, office.names.kioskKey(election), 'ed25519')]
      : [],
    officeKeys: madeOfficeKey
      ? [await makeOwnKey(office.secrets, office.names.officeKey(election), 'rsa')]
      : [],
  };
  for (let at = 0; at < missing.length || hasAny(ofOffice); at += notedAtOnce) {
    const some = missing.slice(at, at + notedAtOnce);
    const passKeys = await makePassKeys(office, election, some, (done) =>
      onProgress(at + done, missing.length),
    );
    await noteKeys(office, election, { passKeys, ...ofOffice, withdrawn: [] });
    ofOffice = { kioskKeys: [], officeKeys: [] };
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

/** One that was made before and not noted down is kept: somebody may have stopped in between. */
async function makeOwnKey(
  secrets: OfficeSecrets,
  name: string,
  type: 'ed25519' | 'rsa',
): Promise<PublishedKey> {
  const { privateKey } =
    type === 'rsa' ? await keyPair('rsa', { modulusLength: 3072 }) : await keyPair('ed25519');
  const made = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return publicHalf((await secrets.create(name, made)) ? made : ((await secrets.read(name)) ?? made));
}

/** What definitions publish of a private key, PKCS 8 in PEM. */
export function publicHalf(privatePem: string): PublishedKey {
  const spki = createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'der' });
  return { keyId: passKeyId(spki), spki: spki.toString('base64') };
}

export interface KeyChanges {
  readonly passKeys: readonly RegionKey[];
  readonly kioskKeys?: readonly PublishedKey[];
  readonly officeKeys?: readonly PublishedKey[];
  readonly withdrawn: readonly { readonly region: string; readonly keyId: string }[];
}

const hasAny = (lists: Readonly<Record<string, readonly PublishedKey[]>>): boolean =>
  Object.values(lists).some((list) => list.length > 0);

/** Tells the trail, and then notes what publishing goes by. @throws AdminError when somebody else does it just now */
export async function noteKeys(
  office: Office,
  election: ElectionId,
  { passKeys, kioskKeys = [], officeKeys = [], withdrawn }: KeyChanges,
): Promise<void> {
  const { object, keys } = await readRecord(office, election);
  const next: PublicKeys = {
    ...keys,
    passKeys: { ...keys.passKeys },
    withdrawn: [...keys.withdrawn, ...withdrawn.map(({ keyId }) => keyId)],
    kioskKeys: [...keys.kioskKeys, ...kioskKeys],
    officeKeys: [...keys.officeKeys, ...officeKeys],
  };
  for (const { region, key } of passKeys) next.passKeys[region] = [key, ...(next.passKeys[region] ?? [])];
  if (passKeys.length > 0 || hasAny({ kioskKeys, officeKeys }))
    await office.trail.append({
      action: 'keys.made',
      election,
      details: {
        passKeys: passKeys.map(({ region, key }) => ({ region, keyId: key.keyId })),
        kioskKeys: kioskKeys.map(({ keyId }) => keyId),
        officeKeys: officeKeys.map(({ keyId }) => keyId),
      },
    });
  if (withdrawn.length > 0)
    await office.trail.append({ action: 'keys.withdrawn', election, details: { passKeys: withdrawn } });
  const text = JSON.stringify(publicKeysSchema.parse(next));
  if (!(await office.objects.replace(keyOf(election), text, object)))
    throw new AdminError('somebody else made keys for this election just now: run it again');
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
