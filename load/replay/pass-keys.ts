import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { passKeyId } from '../../functions/core/pass.ts';

/** A region's issuer key, made for this run and forgotten with it. */
export interface RegionKey {
  readonly keyId: string;
  /** SPKI, DER, base64: what the definition publishes. */
  readonly spki: string;
  /** PKCS #8, DER. */
  readonly privateKey: Buffer;
}

const generate = promisify(generateKeyPair);
/** Keys being made at once; they run on libuv's threads, of which there are four. */
const parallelMax = 4;

/** One RSA-2048 key a region (about 0.1 s each). */
export async function makeRegionKeys(regions: number, onMade: (made: number) => void): Promise<RegionKey[]> {
  const keys: RegionKey[] = [];
  let next = 0;
  let made = 0;
  const makeSome = async (): Promise<void> => {
    while (next < regions) {
      const at = next++;
      const { publicKey, privateKey } = await generate('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'der' },
        privateKeyEncoding: { type: 'pkcs8', format: 'der' },
      });
      keys[at] = { keyId: passKeyId(publicKey), spki: publicKey.toString('base64'), privateKey };
      made += 1;
      onMade(made);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelMax, regions) }, makeSome));
  return keys;
}
