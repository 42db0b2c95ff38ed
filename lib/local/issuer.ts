import { constants, createPrivateKey, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { formatPass, passKeyId } from '../../functions/core/pass.ts';
import { replaceFile } from './replace-file.ts';

/** The half of a region's key pair that signs. Whoever has it can make votes. */
export type IssuerKey = {
  readonly region: string;
  /** First 16 bytes of SHA-256 over the public key, base64url. */
  readonly keyId: string;
  /** The public half: SPKI, DER, base64; goes into the definition. */
  readonly spki: string;
  /** PKCS 8, PEM. */
  readonly privateKeyPem: string;
};

/** RFC 9474, PrepareRandomize: 32 random bytes, then the voter's serial, of 32 as well. */
const messageBytes = 64;
/** RSABSSA-SHA384-PSS-Randomized: the salt is as long as the hash. */
const saltBytes = 48;

/** A new RSA-2048 key pair for each region, in parallel; 0.1–0.5 s a key. */
export async function createIssuerKeys(regions: readonly string[]): Promise<IssuerKey[]> {
  return Promise.all(
    regions.map(async (region) => {
      const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
      return {
        region,
        keyId: passKeyId(spki),
        spki: spki.toString('base64'),
        privateKeyPem: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      };
    }),
  );
}

/** The keys kept in `file`, made and written (mode 600) when it is missing. */
export async function openIssuerKeys(file: string, regions: readonly string[]): Promise<IssuerKey[]> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as IssuerKey[];
  const keys = await createIssuerKeys(regions);
  replaceFile(file, `${JSON.stringify(keys, null, 2)}\n`);
  return keys;
}

/**
 * A fresh voter pass of the key's region: about 0.28 ms of RSA. Blinding hides from the issuer
 * what it signs; here the issuer and the voter are one, so the message is signed as it is. The
 * finalised signature of the blind protocol is of the same form.
 */
export function mintPass(key: IssuerKey): string {
  const message = randomBytes(messageBytes);
  const signature = sign('sha384', message, {
    key: privateKeyOf(key),
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: saltBytes,
  });
  return formatPass({ keyId: key.keyId, message, signature });
}

const parsed = new WeakMap<IssuerKey, KeyObject>();

/** Parsing a key costs as much as signing with it. */
function privateKeyOf(key: IssuerKey): KeyObject {
  let object = parsed.get(key);
  if (object === undefined) {
    object = createPrivateKey(key.privateKeyPem);
    parsed.set(key, object);
  }
  return object;
}
