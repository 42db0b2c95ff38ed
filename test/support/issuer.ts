import { randomBytes } from 'node:crypto';
import { RSABSSA } from '@cloudflare/blindrsa-ts';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type CodeKind, createCodeHasher } from '../../functions/adapters/access-code.ts';
import { createBlindSigner } from '../../functions/adapters/blind-signer.ts';
import { createIdTokenVerifier } from '../../functions/adapters/id-tokens.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoterRoll } from '../../functions/adapters/postgres/voter-roll-store.ts';
import { subjectKeyOf } from '../../functions/core/voter-roll.ts';
import { createAlbHandler } from '../../functions/http/alb.ts';
import { createIssuerApp } from '../../functions/issuer/app.ts';
import { albEvent } from './alb.ts';
import { useDatabase } from './database.ts';
import { type IssuerKey, northKey, openMs, southKey, testElection } from './election.ts';
import { type Answer, toAnswer } from './ingest.ts';
import { definitionsOf } from './records.ts';

export const provider = {
  issuer: 'https://id.example.org',
  audience: 'ballotstream',
  jwksUri: 'https://id.example.org/jwks.json',
};
export const election = testElection({ identification: { accessCodes: 'random', providers: [provider] } });
const electionOfChosen = testElection({ identification: { accessCodes: 'chosen', providers: [provider] } });
const electionId = election.definition.election;
/** The library that a voter's device uses. */
export const suite = RSABSSA.SHA384.PSS.Randomized();

export interface TestVoter {
  readonly rollNumber: string;
  readonly accessCode: string;
}

export interface TestIssuer {
  readonly state: { nowMs: number };
  readonly logged: unknown[];
  /** A line for each time that a code was compared: of which kind, and whether the roll has one. */
  readonly compared: string[];
  /** As superuser, and as the issuer itself. */
  readonly admin: pg.Pool;
  readonly pool: pg.Pool;
  send(body: unknown): Promise<Answer>;
  /** A voter on the roll, with a code of their own. */
  enrol(region?: string, identity?: { readonly subject: string }): Promise<TestVoter>;
  makeToken(sub: string, nonce: string, changes?: TokenChanges): Promise<string>;
}

export interface TokenChanges {
  readonly claims?: Readonly<Record<string, string | number | undefined>>;
  readonly key?: CryptoKey | Uint8Array;
  readonly alg?: string;
}

/** The real issuer over a real voter roll of the test file's own. */
export function useIssuer(kind: CodeKind = 'random'): () => TestIssuer {
  const database = useDatabase('roll');
  let issuer: TestIssuer | undefined;
  beforeAll(async () => {
    issuer = await createIssuer(kind, database().url, database().urlFor);
  });
  afterAll(async () => {
    await issuer?.pool.end();
    await issuer?.admin.end();
  });
  return () => {
    if (issuer === undefined) throw new Error('not before the tests begin');
    return issuer;
  };
}

async function createIssuer(
  kind: CodeKind,
  adminUrl: string,
  urlFor: (role: string) => string,
): Promise<TestIssuer> {
  const admin = createPool({ url: adminUrl, connectionsMax: 10, applicationName: 'test-admin' });
  const { rows } = await admin.query<{ election_no: number }>(
    'insert into election (election) values ($1) returning election_no',
    [electionId],
  );
  const electionNo = rows[0]?.election_no;
  const pool = createPool({ url: urlFor('issuer'), connectionsMax: 8, applicationName: 'test-issuer' });
  const codes = createCodeHasher(randomBytes(32));
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
  const state = { nowMs: openMs };
  const logged: unknown[] = [];
  const compared: string[] = [];
  const pems: Readonly<Record<string, string>> = {
    north: northKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    south: southKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  const handle = createAlbHandler(
    createIssuerApp({
      definitions: definitionsOf(kind === 'random' ? election : electionOfChosen),
      roll: createVoterRoll(pool),
      codes: {
        matches(...given) {
          compared.push(`${given[0]} ${given[3] === null ? 'nothing' : 'a hash'}`);
          return codes.matches(...given);
        },
      },
      idTokens: createIdTokenVerifier(
        async () => ({ keys: [jwk] }),
        () => state.nowMs,
      ),
      signer: createBlindSigner(async (_, region) => pems[region] ?? ''),
      clock: () => state.nowMs,
      log: (code, fields) => logged.push({ code, fields }),
    }),
  );
  let voters = 0;
  return {
    state,
    logged,
    compared,
    admin,
    pool,
    async send(body) {
      const path = `/v1/elections/${electionId}/passes`;
      const headers = { 'content-type': 'application/json' };
      return toAnswer(await handle(albEvent({ method: 'POST', path, headers, body: JSON.stringify(body) })));
    },
    async enrol(region = 'north', identity) {
      voters += 1;
      const rollNumber = `N-${voters}`;
      const accessCode = `ABCD-EFGH-JKLM-N${String(voters).padStart(4, '2').replaceAll(/[01]/g, '9')}`;
      const codeHash = await codes.hash(kind, `${electionId}/${rollNumber}`, accessCode);
      await admin.query(
        'insert into voter_roll (election_no, roll_number, region, code_hash) values ($1, $2, $3, $4)',
        [electionNo, rollNumber, region, codeHash],
      );
      if (identity !== undefined) {
        await admin.query(
          'insert into voter_subject (election_no, subject_key, roll_number) values ($1, $2, $3)',
          [electionNo, subjectKeyOf(provider.issuer, identity.subject), rollNumber],
        );
      }
      return { rollNumber, accessCode };
    },
    makeToken: (sub, nonce, { claims = {}, key = privateKey, alg = 'ES256' } = {}) => {
      const seconds = Math.floor(openMs / 1000);
      return new SignJWT({ nonce, ...claims })
        .setProtectedHeader({ alg, kid: 'k1' })
        .setIssuer(String(claims['iss'] ?? provider.issuer))
        .setAudience(String(claims['aud'] ?? provider.audience))
        .setSubject(sub)
        .setIssuedAt(Number(claims['iat'] ?? seconds - 5))
        .setExpirationTime(Number(claims['exp'] ?? seconds + 300))
        .sign(key);
    },
  };
}

export interface Blinded {
  readonly message: Uint8Array;
  readonly inv: Uint8Array;
  readonly publicKey: CryptoKey;
  readonly blinded: Buffer;
  readonly keyId: string;
}

/** What a voter's device does before it asks. */
export async function blind({ spki, keyId }: Pick<IssuerKey, 'spki' | 'keyId'> = northKey): Promise<Blinded> {
  const message = suite.prepare(randomBytes(32));
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' };
  const der = Buffer.from(spki, 'base64');
  const publicKey = await crypto.subtle.importKey('spki', der, algorithm, true, ['verify']);
  const { blindedMsg, inv } = await suite.blind(publicKey, message);
  return { message, inv, publicKey, blinded: Buffer.from(blindedMsg), keyId };
}

/** What it asks with. */
export const ask = ({ keyId, blinded }: Pick<Blinded, 'keyId' | 'blinded'>, proof: unknown) => ({
  version: 1,
  keyId,
  blindedMessage: blinded.toString('base64url'),
  proof,
});
export const byCode = (voter: TestVoter) => ({ type: 'access-code', ...voter });
export const byToken = (idToken: string) => ({ type: 'oidc', idToken });

/** And what it does with the answer. */
export async function finalize({ publicKey, message, inv }: Blinded, answer: Answer): Promise<Buffer> {
  const blindSignature = Buffer.from(String(answer.json()['blindSignature']), 'base64url');
  return Buffer.from(await suite.finalize(publicKey, message, blindSignature, inv));
}
