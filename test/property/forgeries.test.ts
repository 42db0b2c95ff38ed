import { createHash, createHmac, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePass } from '../../functions/core/pass.ts';
import { voteRequest } from '../support/alb.ts';
import {
  closesAt,
  makeIssuerKey,
  makeSigningKey,
  mintPass,
  northKey,
  southKey,
  testElection,
  testVote,
} from '../support/election.ts';
import { createTestIngest } from '../support/ingest.ts';
import { authorize, makeCredential, makeKiosk, makeToken, office } from '../support/kiosk.ts';
import { apply, change } from '../support/mutate.ts';

/** 100,000 in all. Each of them is one change away from something that is accepted. */
const passRuns = 40_000;
const tokenRuns = 30_000;
const bodyRuns = 30_000;

const election = testElection({
  kioskKeys: [{ keyId: office.keyId, spki: office.spki }],
  channels: [
    { channel: 'browser', mayNameStation: false, mayStateCastTime: false },
    { channel: 'kiosk', mayNameStation: true, mayStateCastTime: true },
  ],
});

/** Refused, with a problem, and nothing of it on the stream. */
async function expectRefused(
  ingest: ReturnType<typeof createTestIngest>,
  request: Parameters<ReturnType<typeof createTestIngest>['send']>[0],
): Promise<number> {
  const { status } = await ingest.send(request);
  if (status < 400 || status >= 500 || ingest.entries.length > 0)
    throw new Error(`${status}, ${ingest.entries.length} on the stream: ${String(request.body)}`);
  return status;
}

const seen = (statuses: Set<number>, ...expected: number[]) =>
  expect([...statuses].sort()).toEqual(expect.arrayContaining(expected));

describe('something forged', { timeout: 300_000 }, () => {
  it(`as a pass, ${passRuns} times over, is never accepted and never a 5xx`, async () => {
    const ingest = createTestIngest([election]);
    const good = Array.from({ length: 8 }, () => mintPass(northKey));
    const vote = testVote();
    expect((await createTestIngest([election]).send(voteRequest({ ...vote, pass: good[0] }))).status).toBe(
      202,
    );
    // Of a key that nobody published, of the other region, with parts of two good ones.
    const foreign = [mintPass(makeIssuerKey()), mintPass(southKey)];
    const parts = (index: number) => (good[index % good.length] ?? '').split('.');
    const pass = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(fc.constantFrom(...good), change).map(([text, made]) => apply(text, made)),
      },
      {
        weight: 3,
        // One bit of its bytes: what stays well-formed, and only its signature tells.
        arbitrary: fc
          .tuple(fc.constantFrom(...good), fc.constantFrom(1, 2), fc.nat(), fc.nat(7))
          .map(flipBit),
      },
      { weight: 1, arbitrary: fc.constantFrom(...foreign) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.nat(7), fc.nat(6))
          .map(([one, step]) => [parts(one)[0], parts(one)[1], parts(one + 1 + step)[2]].join('.')),
      },
    );
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(pass, async (text) => {
        fc.pre(!good.includes(text));
        statuses.add(await expectRefused(ingest, voteRequest({ ...vote, pass: text })));
      }),
      { numRuns: passRuns },
    );
    seen(statuses, 400, 401, 403);
  });

  it(`as a kiosk’s token, ${tokenRuns} times over, is never accepted and never a 5xx`, async () => {
    const ingest = createTestIngest([election]);
    const [kiosk, other] = [makeKiosk(), makeKiosk()];
    const vote = testVote({ channel: 'kiosk', station: 'n1' });
    const [credential, token] = [makeCredential(kiosk), makeToken(kiosk)];
    const good = authorize(credential, token);
    const send = (authorization: string) => {
      const request = voteRequest(vote);
      return { ...request, headers: { ...request.headers, authorization } };
    };
    expect((await createTestIngest([election]).send(send(good))).status).toBe(202);
    const secret = Buffer.from(kiosk.key, 'base64url');
    const confused = [
      makeToken(kiosk, {}, { alg: 'none' }),
      token.replace(/[^.]*$/, ''),
      hmacToken(kiosk.id, secret),
      makeToken(kiosk, { exp: 0 }),
      makeToken(kiosk, { aud: 'other-2026' }),
      makeToken(other),
      makeToken(kiosk, {}, { kid: other.id }),
    ].map((forged) => authorize(credential, forged));
    const misplaced = [
      authorize(makeCredential(other), token),
      authorize(makeCredential(kiosk, { election: 'other-2026' }), token),
      authorize(makeCredential(kiosk, {}, {}, makeSigningKey().privateKey), token),
      authorize(token, credential),
      good.replace('Kiosk ', 'Bearer '),
    ];
    const header = fc.oneof(
      { weight: 12, arbitrary: change.map((made) => apply(good, made)) },
      { weight: 1, arbitrary: fc.constantFrom(...confused, ...misplaced) },
    );
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        fc.pre(authorization !== good);
        statuses.add(await expectRefused(ingest, send(authorization)));
      }),
      { numRuns: tokenRuns },
    );
    seen(statuses, 401);
  });

  it(`in a body that a kiosk signed, ${bodyRuns} times over, is never accepted and never a 5xx`, async () => {
    const ingest = createTestIngest([election]);
    const late = Date.parse(closesAt) + 60_000;
    ingest.state.nowMs = late;
    const kiosk = makeKiosk();
    const seconds = Math.floor(late / 1000);
    const credential = makeCredential(kiosk, { exp: seconds + 3600 });
    const vote = testVote({
      ballotId: randomUUID(),
      channel: 'kiosk',
      station: 'n1',
      // Cast in time, delivered after closing: good for as long as nobody touches it.
      castAt: new Date(Date.parse(closesAt) - 60_000).toISOString(),
    });
    const text = JSON.stringify(vote);
    const body = createHash('sha256').update(text).digest('base64url');
    const token = makeToken(kiosk, { iat: seconds - 10, exp: seconds + 200, body });
    const send = (changed: string | Buffer) => {
      const request = voteRequest(changed);
      return { ...request, headers: { ...request.headers, authorization: authorize(credential, token) } };
    };
    const control = createTestIngest([election]);
    control.state.nowMs = late;
    expect((await control.send(send(text))).status).toBe(202);
    const bytes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }).map((changes) => {
      const copy = Buffer.from(text);
      for (const [at, value] of changes) copy[at % copy.length] = value;
      return copy;
    });
    const changed = fc.oneof(
      change.map((made) => Buffer.from(apply(text, made))),
      bytes,
      fc.constantFrom(...[' ', '\n', '\0', '{}'].map((more) => Buffer.from(text + more))),
    );
    await fc.assert(
      fc.asyncProperty(changed, async (copy) => {
        fc.pre(!copy.equals(Buffer.from(text)));
        await expectRefused(ingest, send(copy));
      }),
      { numRuns: bodyRuns },
    );
  });
});

function flipBit([text, part, at, bit]: [string, number, number, number]): string {
  const pass = parsePass(text);
  if (pass === null) throw new Error('not a pass');
  const bytes = part === 1 ? pass.message : pass.signature;
  const index = at % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
  return [pass.keyId, pass.message.toString('base64url'), pass.signature.toString('base64url')].join('.');
}

/** Algorithm confusion: the public key, taken for a shared secret. */
function hmacToken(kid: string, secret: Buffer): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { aud: 'test-2026', iat: 0, exp: 4_000_000_000 };
  const signed = `${encode({ alg: 'HS256', typ: 'ballotstream-cast+jwt', kid })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
