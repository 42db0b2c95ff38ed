import {
  constants,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import type { RegionId } from '../../schema/wire/ids.ts';
import type { Election } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import { passKeyId } from '../core/pass.ts';
import type { BlindSigner } from '../core/ports.ts';

const raw = { padding: constants.RSA_NO_PADDING } as const;
/** Keys in memory: regions of elections in which passes are issued now. */
const keptMax = 5_000;

/**
 * Signs blinded messages with plain RSA, which is all that BlindSign is (RFC 9474, 4.3): `privateDecrypt` without
 * padding gives the same bytes as the reference library, at 3,850 a second instead of 5. Every signature is
 * verified before it leaves: a fault in the arithmetic with the key's factors would give them away (Boneh,
 * DeMillo and Lipton, 1997).
 *
 * @param load a private key of a region's, PKCS 8 in PEM
 * @param signRaw RSA's private operation without padding
 */
export function createBlindSigner(
  load: (election: Election, region: RegionId, keyId: string) => Promise<string>,
  signRaw = (key: KeyObject, message: Buffer): Buffer => privateDecrypt({ key, ...raw }, message),
): BlindSigner {
  const privateKeys = new Map<string, KeyObject>();
  const publicKeys = new Map<string, { readonly key: KeyObject; readonly modulus: Buffer } | null>();

  function publicKeyOf(election: Election, keyId: string) {
    let found = publicKeys.get(keyId);
    if (found === undefined) {
      found = readPublicKey(election.passKeys.get(keyId)?.spki);
      if (found === null) return null;
      dropOldest(publicKeys);
      publicKeys.set(keyId, found);
    }
    return found;
  }

  async function privateKeyOf(election: Election, region: RegionId, keyId: string): Promise<KeyObject> {
    const known = privateKeys.get(keyId);
    if (known !== undefined) return known;
    const key = readPrivateKey(await load(election, region, keyId));
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    if (passKeyId(spki) !== keyId)
      throw new UnavailableError('the pass key at hand is not the one in the definition');
    dropOldest(privateKeys);
    privateKeys.set(keyId, key);
    return key;
  }

  return {
    canSign(election, keyId, blindedMessage) {
      const key = publicKeyOf(election, keyId);
      return (
        key !== null &&
        blindedMessage.length === key.modulus.length &&
        key.modulus.compare(blindedMessage) > 0
      );
    },

    async sign(election, region, keyId, blindedMessage) {
      const publicKey = publicKeyOf(election, keyId);
      if (publicKey === null) throw new UnavailableError('the definition has no such pass key');
      const privateKey = await privateKeyOf(election, region, keyId);
      const signature = signRaw(privateKey, Buffer.from(blindedMessage));
      if (!publicEncrypt({ key: publicKey.key, ...raw }, signature).equals(blindedMessage)) {
        throw new UnavailableError('a signature came out wrong and was not given away');
      }
      return signature;
    },
  };
}

function readPublicKey(spki: string | undefined) {
  if (spki === undefined) return null;
  try {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    const { n } = key.export({ format: 'jwk' });
    if (key.asymmetricKeyType !== 'rsa' || n === undefined) return null;
    return { key, modulus: Buffer.from(n, 'base64url') };
  } catch {
    return null;
  }
}

/** Without the parser's message, which may quote the key. */
function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new UnavailableError('the pass key at hand is no key');
  }
}

function dropOldest(kept: Map<string, unknown>): void {
  for (const oldest of kept.keys()) {
    if (kept.size < keptMax) return;
    kept.delete(oldest);
  }
}
