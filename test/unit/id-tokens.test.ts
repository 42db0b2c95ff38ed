import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createIdTokenVerifier } from '../../functions/adapters/id-tokens.ts';
import { openMs, testElection } from '../support/election.ts';

const provider = {
  issuer: 'https://id.example.org',
  audience: 'ballotstream',
  jwksUri: 'https://id.example.org/jwks.json',
};
const election = testElection({ identification: { providers: [provider] } });
const nonce = 'the-nonce';

async function sign(alg: string, key: CryptoKey | Uint8Array, kid: string): Promise<string> {
  const seconds = Math.floor(openMs / 1000);
  return new SignJWT({ nonce })
    .setProtectedHeader({ alg, kid })
    .setIssuer(provider.issuer)
    .setAudience(provider.audience)
    .setSubject('alice')
    .setIssuedAt(seconds - 5)
    .setExpirationTime(seconds + 300)
    .sign(key);
}

const verify = (keys: readonly JWK[], token: string) =>
  createIdTokenVerifier(
    async () => ({ keys: [...keys] }),
    () => openMs,
  ).verify(election, token, nonce, openMs);

describe('an ID token', () => {
  it.each(['RS256', 'PS384', 'ES256', 'EdDSA'])(
    'signed by a key of the provider’s is good: %s',
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const key = { ...(await exportJWK(publicKey)), kid: 'k', alg };
      expect(await verify([key], await sign(alg, privateKey, 'k'))).toEqual({
        issuer: provider.issuer,
        subject: 'alice',
      });
    },
  );

  it('under a shared secret is refused, even where the provider publishes one', async () => {
    const secret = randomBytes(32);
    const key = { kty: 'oct', k: secret.toString('base64url'), kid: 'k', alg: 'HS256' };
    expect(await verify([key], await sign('HS256', secret, 'k'))).toBeNull();
  });

  it('that names a key which is none is refused, and the others stay good', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const good = { ...(await exportJWK(publicKey)), kid: 'good', alg: 'ES256' };
    const broken: JWK[] = [
      { ...good, kid: 'broken', x: 'AAAA' },
      { kty: 'RSA', kid: 'broken', alg: 'ES256', n: '', e: '' },
      { kty: 'EC', kid: 'broken', alg: 'ES256', crv: 'P-256' },
      { kty: 'OKP', kid: 'broken', alg: 'ES256', crv: 'Ed25519', x: '!' },
    ];
    for (const key of broken) {
      expect(await verify([good, key], await sign('ES256', privateKey, 'broken'))).toBeNull();
      expect(await verify([good, key], await sign('ES256', privateKey, 'good'))).not.toBeNull();
    }
  });
});
