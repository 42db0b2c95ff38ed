import { createHash } from 'node:crypto';
import { CompactEncrypt, importSPKI } from 'jose';
import type { KioskFile } from '../../schema/wire/kiosk-file.ts';
import { authorize, makeToken, type TestKiosk } from './kiosk.ts';

export interface SavedVotes {
  readonly kiosk: TestKiosk;
  readonly credential: string;
  readonly election: string;
  readonly officeKey: { readonly keyId: string; readonly spki: string };
  readonly votes: readonly unknown[];
  readonly refused?: Readonly<Record<string, string>>;
  readonly algorithm?: 'RSA-OAEP-256' | 'RSA-OAEP';
}

/** What a kiosk saves for the election office, sealed by another library than the kiosk's page has. */
export async function sealVotes({ officeKey, votes, refused = {}, ...rest }: SavedVotes): Promise<KioskFile> {
  const { algorithm: alg = 'RSA-OAEP-256', election } = rest;
  const pem = `-----BEGIN PUBLIC KEY-----\n${officeKey.spki}\n-----END PUBLIC KEY-----`;
  const sealed = await new CompactEncrypt(Buffer.from(JSON.stringify({ votes, refused })))
    .setProtectedHeader({ alg, enc: 'A256GCM', kid: officeKey.keyId, cty: 'json' })
    .encrypt(await importSPKI(pem, alg));
  const iat = Math.floor(Date.now() / 1000);
  const body = createHash('sha256').update(sealed).digest('base64url');
  const token = makeToken(rest.kiosk, { aud: election, iat, exp: iat + 150, body });
  return {
    schema: 'ballotstream/kiosk-file/1',
    election: election as KioskFile['election'],
    authorization: authorize(rest.credential, token),
    sealed,
  };
}
