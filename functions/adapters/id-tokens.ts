import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Election } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, IdTokenVerifier } from '../core/ports.ts';

/**
 * Asymmetric ones only: with HS256 a public key could be taken for a shared secret. What OpenID Connect
 * providers sign with (RFC 7518, 3.1; RFC 8037).
 */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];
const clockToleranceSeconds = 60;
/** A token that somebody kept is not proof of who sits there now. */
const maxTokenAgeSeconds = 3_600;
const keysFreshMs = 30_000;

interface KeptKeys {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly readAtMs: number;
}

/** @param loadKeys a provider's keys, by their address; null: nobody has fetched them yet */
export function createIdTokenVerifier(
  loadKeys: (jwksUri: string) => Promise<JSONWebKeySet | null>,
  clock: Clock,
): IdTokenVerifier {
  const kept = new Map<string, KeptKeys>();

  async function keysOf(jwksUri: string): Promise<KeptKeys['find']> {
    const known = kept.get(jwksUri);
    if (known !== undefined && clock() - known.readAtMs < keysFreshMs) return known.find;
    const keys = await loadKeys(jwksUri);
    if (keys === null) throw new UnavailableError('the identity provider’s keys are not at hand');
    const find = createLocalJWKSet(keys);
    kept.set(jwksUri, { find, readAtMs: clock() });
    return find;
  }

  return {
    async verify(election, idToken, nonce, nowMs) {
      const provider = providerOf(election, idToken);
      if (provider === null) return null;
      const keys = await keysOf(provider.jwksUri);
      try {
        const { payload } = await jwtVerify(idToken, keys, {
          algorithms,
          issuer: provider.issuer,
          audience: provider.audience,
          clockTolerance: clockToleranceSeconds,
          maxTokenAge: maxTokenAgeSeconds,
          currentDate: new Date(nowMs),
          requiredClaims: ['sub', 'iat', 'exp', 'nonce'],
        });
        const { sub } = payload;
        if (typeof sub !== 'string' || sub === '' || payload['nonce'] !== nonce) return null;
        return { issuer: provider.issuer, subject: sub };
      } catch {
        // Nothing in there but the token and the provider's own keys: whatever is wrong with either (a token may name
        // a key that is malformed, which WebCrypto says in errors of its own), nobody is identified by it.
        return null;
      }
    },
  };
}

/** By the issuer that the token claims, which is verified with the rest of it afterwards. */
function providerOf(election: Election, idToken: string) {
  const [, claims = ''] = idToken.split('.');
  try {
    const parsed = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { iss?: unknown } | null;
    const providers = election.definition.identification?.providers ?? [];
    return providers.find(({ issuer }) => issuer === parsed?.iss) ?? null;
  } catch {
    return null;
  }
}
