import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createCodeHasher } from '../../functions/adapters/access-code.ts';
import { createBlindSigner } from '../../functions/adapters/blind-signer.ts';
import { createIdTokenVerifier } from '../../functions/adapters/id-tokens.ts';
import { hashBlinded } from '../../functions/core/pass-issue.ts';
import type { VoterRoll } from '../../functions/core/ports.ts';
import { normaliseCode, subjectKeyOf } from '../../functions/core/voter-roll.ts';
import { createAlbHandler } from '../../functions/http/alb.ts';
import { createIssuerApp } from '../../functions/issuer/app.ts';
import { passRequestSchema } from '../../schema/wire/passes.ts';
import { albEvent } from '../support/alb.ts';
import { northKey, openMs } from '../support/election.ts';
import { type Answer, toAnswer } from '../support/ingest.ts';
import { ask, blind, byCode, byToken, election, provider } from '../support/issuer.ts';
import { apply, change } from '../support/mutate.ts';
import { definitionsOf } from '../support/records.ts';

const bodyRuns = 20_000;
const tokenRuns = 10_000;

const voter = { rollNumber: 'N-1', accessCode: 'ABCD-EFGH-JKLM-NPQR' };
const id = election.definition.election;
const signing = await generateKeyPair('ES256', { extractable: true });
const goodKey = { ...(await exportJWK(signing.publicKey)), kid: 'k1', alg: 'ES256' };
/** What a provider's set may also have in it: keys that are none. */
const brokenKeys: readonly JWK[] = [
  { ...goodKey, kid: 'k2', x: 'AAAA' },
  { kty: 'RSA', kid: 'k3', alg: 'RS256', n: '', e: '' },
  { kty: 'OKP', kid: 'k4', alg: 'EdDSA', crv: 'Ed25519', x: '!' },
];

/** The real app, signer and verifiers over a roll of one voter, who asks for any number of passes: what is issued is counted. */
async function openIssuer(): Promise<{ issued: number; send(body: string): Promise<Answer> }> {
  const codes = createCodeHasher(randomBytes(32));
  const codeHash = await codes.hash('random', `${id}/${voter.rollNumber}`, voter.accessCode);
  const entry = { rollNumber: voter.rollNumber, region: 'north', codeHash } as never;
  const site = { issued: 0 };
  const roll: VoterRoll = {
    find: async (_, rollNumber) => (rollNumber === voter.rollNumber ? entry : null),
    findSubject: async (_, key) => (key === subjectKeyOf(provider.issuer, 'alice') ? entry : null),
    countAttempt: async () => ({ count: 1, secondsLeft: 900 }),
    forgetAttempts: async () => {},
    async claimPass() {
      site.issued += 1;
      return 'first';
    },
  };
  const pem = northKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const handle = createAlbHandler(
    createIssuerApp({
      definitions: definitionsOf(election),
      roll,
      codes,
      idTokens: createIdTokenVerifier(
        async () => ({ keys: [goodKey, ...brokenKeys] }),
        () => openMs,
      ),
      signer: createBlindSigner(async () => pem),
      clock: () => openMs,
      log: () => {},
    }),
  );
  return Object.assign(site, {
    send: async (body: string) =>
      toAnswer(
        await handle(
          albEvent({
            method: 'POST',
            path: `/v1/elections/${id}/passes`,
            headers: { 'content-type': 'application/json' },
            body,
          }),
        ),
      ),
  });
}

const makeToken = (nonce: string, kid = 'k1'): Promise<string> => {
  const seconds = Math.floor(openMs / 1000);
  return new SignJWT({ nonce })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer(provider.issuer)
    .setAudience(provider.audience)
    .setSubject('alice')
    .setIssuedAt(seconds - 5)
    .setExpirationTime(seconds + 300)
    .sign(signing.privateKey);
};

/** Whether that is what the voter herself would have sent: any blinded message is hers to choose, but not for a token. */
function isHers(body: string, token: string, nonce: string): boolean {
  const parsed = passRequestSchema.safeParse(JSON.parse(body));
  if (!parsed.success) return false;
  const { proof, blindedMessage } = parsed.data;
  if (proof.type === 'access-code')
    return (
      proof.rollNumber === voter.rollNumber &&
      normaliseCode(proof.accessCode) === normaliseCode(voter.accessCode)
    );
  const signatureOf = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url').toString('hex');
  const isSigned =
    proof.idToken.split('.').slice(0, 2).join('.') === token.split('.').slice(0, 2).join('.') &&
    signatureOf(proof.idToken) === signatureOf(token);
  return isSigned && hashBlinded(Buffer.from(blindedMessage, 'base64url')).toString('base64url') === nonce;
}

describe('whoever asks for a pass with something forged', { timeout: 300_000 }, () => {
  it(`as a request, ${bodyRuns} times over, gets one only as the voter herself, and never a 5xx`, async () => {
    const issuer = await openIssuer();
    const request = await blind();
    const nonce = hashBlinded(request.blinded).toString('base64url');
    const token = await makeToken(nonce);
    const good = [byCode(voter), byToken(token)].map((proof) => JSON.stringify(ask(request, proof)));
    for (const body of good) expect((await issuer.send(body)).status).toBe(200);
    const statuses = new Set<number>();
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...good), changes, async (body, made) => {
        const forged = made.reduce((text, one) => (text === '' ? text : apply(text, one)), body);
        const before = issuer.issued;
        const { status } = await issuer.send(forged);
        statuses.add(status);
        const ok = status === 200 ? isHers(forged, token, nonce) : status < 500 && issuer.issued === before;
        if (!ok) throw new Error(`${status}: ${forged}`);
      }),
      { numRuns: bodyRuns },
    );
    expect([...statuses]).toEqual(expect.arrayContaining([400, 401]));
  });

  it(`as an ID token, ${tokenRuns} times over, gets none, and never a 5xx`, async () => {
    const issuer = await openIssuer();
    const request = await blind();
    const nonce = hashBlinded(request.blinded).toString('base64url');
    const token = await makeToken(nonce);
    expect((await issuer.send(JSON.stringify(ask(request, byToken(token))))).status).toBe(200);
    const others = await Promise.all([
      ...['k2', 'k3', 'k4', 'k5'].map((kid) => makeToken(nonce, kid)),
      makeToken(`${nonce.slice(0, -1)}${nonce.endsWith('A') ? 'E' : 'A'}`),
      makeToken(''),
    ]);
    const [header = '', claims = '', signature = ''] = token.split('.');
    const reencode = (part: string, edit: (value: Record<string, unknown>) => object): string =>
      Buffer.from(JSON.stringify(edit(JSON.parse(Buffer.from(part, 'base64url').toString())))).toString(
        'base64url',
      );
    const headers = [
      { alg: 'none' },
      { alg: 'HS256' },
      { alg: 'ES384' },
      { kid: 'k4', alg: 'EdDSA' },
      { b64: false, crit: ['b64'] },
      { jwk: goodKey },
      { kid: '../k1' },
    ];
    const edited = [
      ...headers.map((more) =>
        [reencode(header, (value) => ({ ...value, ...more })), claims, signature].join('.'),
      ),
      ...[
        { sub: 'mallory' },
        { exp: 1 },
        { aud: 'x' },
        { iss: 'https://evil.example.org' },
        { nonce: 1 },
        { sub: '' },
      ].map((more) => [header, reencode(claims, (value) => ({ ...value, ...more })), signature].join('.')),
      [header, claims, ''].join('.'),
    ];
    const forged = fc.oneof(
      { weight: 10, arbitrary: change.map((made) => apply(token, made)) },
      { weight: 2, arbitrary: fc.constantFrom(...others, ...edited) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom(...edited), change).map(([text, made]) => apply(text, made)),
      },
    );
    const issued = issuer.issued;
    await fc.assert(
      fc.asyncProperty(forged, async (text) => {
        const body = JSON.stringify(ask(request, byToken(text)));
        fc.pre(text !== '' && !isHers(body, token, nonce));
        const { status } = await issuer.send(body);
        if (status < 400 || status >= 500) throw new Error(`${status}: ${text}`);
      }),
      { numRuns: tokenRuns },
    );
    expect(issuer.issued).toBe(issued);
  });
});
