import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { passKeyId } from '../../../functions/core/pass.ts';

/** An election office and its kiosks, one a station, made up for a measurement. */
export interface BenchKiosks {
  /** For the definition. */
  readonly kioskKeys: readonly { readonly keyId: string; readonly spki: string }[];
  /** The header that a station's kiosk shows for five minutes. */
  tokenOf(election: string, region: string, station: string): string;
  /** One over this very body: good for this request and no other. */
  tokenOver(election: string, region: string, station: string, body: Buffer): string;
}

const tokenSeconds = 290;
const daySeconds = 24 * 60 * 60;

export function createBenchKiosks(): BenchKiosks {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const officeId = passKeyId(spki);
  const kiosks = new Map<string, Kiosk>();
  const kioskOf = (election: string, region: string, station: string): Kiosk => {
    const name = `${region}/${station}`;
    let kiosk = kiosks.get(name);
    if (kiosk === undefined) {
      kiosk = makeKiosk({ election, region, station }, officeId, privateKey);
      kiosks.set(name, kiosk);
    }
    return kiosk;
  };
  return {
    kioskKeys: [{ keyId: officeId, spki: spki.toString('base64') }],
    tokenOf(election, region, station) {
      const kiosk = kioskOf(election, region, station);
      kiosk.token ??= sealToken(kiosk, election, {});
      return `Kiosk ${kiosk.credential}~${kiosk.token}`;
    },
    tokenOver(election, region, station, body) {
      const kiosk = kioskOf(election, region, station);
      const hash = createHash('sha256').update(body).digest('base64url');
      return `Kiosk ${kiosk.credential}~${sealToken(kiosk, election, { body: hash })}`;
    },
  };
}

interface Kiosk {
  readonly id: string;
  readonly key: KeyObject;
  readonly credential: string;
  token: string | undefined;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

function makeKiosk(
  place: { readonly election: string; readonly region: string; readonly station: string },
  officeId: string,
  officeKey: KeyObject,
): Kiosk {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const iat = nowSeconds() - 60;
  const header = { alg: 'EdDSA', typ: 'ballotstream-kiosk+jwt', kid: officeId };
  const signed = `${encode(header)}.${encode({ ...place, key: spki.toString('base64url'), iat, exp: iat + daySeconds })}`;
  const credential = `${signed}.${sign(null, Buffer.from(signed), officeKey).toString('base64url')}`;
  return { id: passKeyId(spki), key: privateKey, credential, token: undefined };
}

function sealToken({ id, key }: Kiosk, election: string, more: Readonly<Record<string, string>>): string {
  const iat = nowSeconds() - 5;
  const header = { alg: 'ES256', typ: 'ballotstream-cast+jwt', kid: id };
  const signed = `${encode(header)}.${encode({ aud: election, iat, exp: iat + tokenSeconds, ...more })}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
