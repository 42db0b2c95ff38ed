import { fromBase64, randomBytes, sha256, toBase64url, toBytes } from '../crypto/bytes.ts';
import type { Login } from './voting.ts';

/** Of OpenID Connect Discovery 1.0, section 3, what is needed here. */
interface Discovery {
  readonly issuer?: unknown;
  readonly authorization_endpoint?: unknown;
  readonly token_endpoint?: unknown;
}

export interface Provider {
  readonly issuer: string;
  readonly audience: string;
}

const answerMsMax = 12_000;
const secretBytes = 32;

/** The provider cannot be reached, or is not what the definition says. */
export class SignInError extends Error {
  readonly code = 'sign-in-failed';
  /** No answer came: another attempt may have one. */
  readonly isUnreachable: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isUnreachable?: boolean } = {}) {
    super(message, options);
    this.isUnreachable = options.isUnreachable ?? false;
  }
}

/** What the issuer of passes wants as the ID token's nonce: a token that is stolen is good for no other pass. */
export const nonceOf = async (blinded: string): Promise<string> =>
  toBase64url(await sha256(fromBase64(blinded)));

/**
 * The address to send the voter to: authorization code with PKCE (OAuth 2.1), and what to remember until they are back.
 *
 * @throws SignInError
 */
export async function prepareSignIn(
  provider: Provider,
  blinded: string,
  redirectUri: string,
): Promise<{ readonly url: string; readonly login: Login }> {
  const discovery = (await fetchJson(
    `${provider.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  )) as Discovery;
  const { issuer, authorization_endpoint: authorization, token_endpoint: token } = discovery;
  if (issuer !== provider.issuer || typeof authorization !== 'string' || typeof token !== 'string') {
    throw new SignInError('the provider describes itself as another one');
  }
  const verifier = toBase64url(randomBytes(secretBytes));
  const state = toBase64url(randomBytes(secretBytes));
  const url = new URL(authorization);
  const parameters = {
    response_type: 'code',
    client_id: provider.audience,
    redirect_uri: redirectUri,
    scope: 'openid',
    state,
    nonce: await nonceOf(blinded),
    code_challenge: toBase64url(await sha256(toBytes(verifier))),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, login: { issuer: provider.issuer, state, verifier, tokenEndpoint: token } };
}

/**
 * Redeems what the voter came back with.
 *
 * @returns the ID token; the issuer of passes verifies it
 * @throws SignInError
 */
export async function redeemCode(
  provider: Provider,
  login: Login,
  query: URLSearchParams,
  redirectUri: string,
): Promise<string> {
  const code = query.get('code');
  if (code === null || query.get('state') !== login.state)
    throw new SignInError('not the answer to our question');
  // RFC 9207: where the provider names itself, it has to be the one that was asked.
  const named = query.get('iss');
  if (named !== null && named !== provider.issuer) throw new SignInError('another provider answered');
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    client_id: provider.audience,
    redirect_uri: redirectUri,
    code_verifier: login.verifier,
  });
  const answer = (await fetchJson(login.tokenEndpoint, { method: 'POST', body })) as { id_token?: unknown };
  if (typeof answer.id_token !== 'string') throw new SignInError('no ID token came');
  return answer.id_token;
}

async function fetchJson(url: string, init: RequestInit = {}): Promise<unknown> {
  try {
    const response = await fetch(url, {
      ...init,
      credentials: 'omit',
      signal: AbortSignal.timeout(answerMsMax),
    });
    if (!response.ok) throw new SignInError(`the provider answered ${response.status}`);
    return await response.json();
  } catch (cause) {
    if (cause instanceof SignInError) throw cause;
    throw new SignInError('the provider cannot be reached', { cause, isUnreachable: true });
  }
}
