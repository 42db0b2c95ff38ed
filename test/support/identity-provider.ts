import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** An OpenID Connect provider on this machine: code flow with PKCE, for a public client, one subject after another. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: { readonly keys: readonly JWK[] };
  /** Who signs in next. */
  subject: string;
  /** Requests for a token, and how many of them were refused. */
  readonly tokens: { asked: number; refused: number };
  stop(): Promise<void>;
}

interface Granted {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string;
  readonly subject: string;
}

/** @param pageOrigin whose pages may ask for tokens */
export async function startIdentityProvider(pageOrigin: () => string): Promise<IdentityProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const granted = new Map<string, Granted>();
  const audience = 'ballotstream';
  const tokens = { asked: 0, refused: 0 };
  let subject = '';

  async function redeem(form: URLSearchParams): Promise<string | null> {
    const code = form.get('code') ?? '';
    const grant = granted.get(code);
    granted.delete(code);
    const proven = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight =
      grant !== undefined &&
      form.get('grant_type') === 'authorization_code' &&
      form.get('client_id') === audience &&
      form.get('redirect_uri') === grant.redirectUri &&
      proven === grant.challenge;
    if (!isRight) return null;
    return new SignJWT({ nonce: grant.nonce })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(grant.subject)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    const cors = { 'access-control-allow-origin': pageOrigin() };
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json', ...cors }).end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration') {
      return send(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
      });
    }
    if (url.pathname === '/token') {
      tokens.asked += 1;
      const idToken = await redeem(new URLSearchParams(await readBody(request)));
      if (idToken === null) tokens.refused += 1;
      return idToken === null ? send(400, { error: 'invalid_grant' }) : send(200, { id_token: idToken });
    }
    if (url.pathname !== '/authorize') return send(404, {});
    const asked = (name: string) => url.searchParams.get(name) ?? '';
    const isRight =
      asked('response_type') === 'code' &&
      asked('code_challenge_method') === 'S256' &&
      asked('scope').split(' ').includes('openid') &&
      asked('redirect_uri').startsWith(`${pageOrigin()}/`);
    if (!isRight) return send(400, { error: 'invalid_request' });
    const code = randomBytes(16).toString('base64url');
    granted.set(code, {
      challenge: asked('code_challenge'),
      redirectUri: asked('redirect_uri'),
      nonce: asked('nonce'),
      subject,
    });
    const back = new URL(asked('redirect_uri'));
    for (const [name, value] of Object.entries({ code, state: asked('state'), iss: issuer })) {
      back.searchParams.set(name, value);
    }
    return response.writeHead(302, { location: back.href }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    audience,
    keys: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] },
    get subject() {
      return subject;
    },
    set subject(next) {
      subject = next;
    },
    tokens,
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
