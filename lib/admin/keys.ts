import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { passKeyId } from '../../functions/core/pass.ts';
import type { ElectionId, RegionId } from '../../schema/wire/ids.ts';
import type { Office } from './office.ts';
import type { OfficeSecrets } from './office-secrets.ts';
import {
  hasAny,
  livePassKeys,
  madeMeanwhile,
  noteKeys,
  type OwnKeys,
  type OwnKind,
  ownKinds,
  type PublishedKey,
  type RegionKey,
  readPublicKeys,
} from './public-keys.ts';

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
  const kinds = ownKinds.filter((of) => keys[of].length === 0);
  let own = await makeOwnKeys(office, election, kinds, true);
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

/**
 * One of each of these kinds, in front of those before, which still open what was encrypted to them.
 *
 * @param isFirst one that was made and not noted down is taken: somebody may have stopped in between. Never where others know
 *   those before: they may have read it in the same place
 */
export async function makeOwnKeys(
  { secrets, names }: Office,
  election: ElectionId,
  kinds: readonly OwnKind[],
  isFirst: boolean,
): Promise<OwnKeys> {
  const make = async (of: OwnKind, name: string) =>
    kinds.includes(of) ? [await makeOwnKey(secrets, name, of, isFirst)] : [];
  return {
    kioskKeys: await make('kioskKeys', names.kioskKey(election)),
    officeKeys: await make('officeKeys', names.officeKey(election)),
  };
}

async function makeOwnKey(
  secrets: OfficeSecrets,
  name: string,
  of: OwnKind,
  isFirst: boolean,
): Promise<PublishedKey> {
  const known = await secrets.read(name);
  const [newest] = readPems(known ?? '').map(publicHalf);
  if (newest !== undefined && isFirst) return newest;
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
