import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { streamRecordSchema } from '../../schema/wire/record.ts';
import { voteRequest } from '../support/alb.ts';
import {
  closesAt,
  makeSigningKey,
  mintPass,
  northKey,
  openMs,
  testElection,
  testVote,
} from '../support/election.ts';
import { createTestIngest } from '../support/ingest.ts';
import { authorize, makeCredential, makeKiosk, makeToken, office, signBody } from '../support/kiosk.ts';

const kioskKeys = [{ keyId: office.keyId, spki: office.spki }];
const election = testElection({ kioskKeys });
const kiosk = makeKiosk();
const credential = makeCredential(kiosk);
const authorization = authorize(credential, makeToken(kiosk));

let ingest: ReturnType<typeof createTestIngest>;
beforeEach(() => {
  ingest = createTestIngest([election, testElection({ election: 'other-2026', kioskKeys })]);
});

const kioskVote = (changes: Parameters<typeof testVote>[0] = {}) =>
  testVote({ channel: 'kiosk', ...changes });
async function cast(vote: unknown, header: string | null = authorization, election?: string, below = '') {
  const request = voteRequest(vote, election);
  const headers = { ...request.headers, ...(header === null ? {} : { authorization: header }) };
  return ingest.send({ ...request, path: request.path + below, headers });
}
const answerTo = async (vote: unknown, header?: string | null, election?: string) => {
  const { status, problem } = await cast(vote, header, election);
  return problem ?? status;
};
const records = () => ingest.entries.map(({ data }) => streamRecordSchema.parse(JSON.parse(data.toString())));

describe('a vote from a registered kiosk', () => {
  it('counts at the kiosk’s station, whatever the vote says', async () => {
    expect(await answerTo(kioskVote())).toBe(202);
    expect(await answerTo(kioskVote({ station: 'n2' }))).toBe(202);
    expect(records().map(({ station, channel }) => [station, channel])).toEqual([
      ['n1', 'kiosk'],
      ['n1', 'kiosk'],
    ]);
  });

  it('is refused without a token, and with something else in its place', async () => {
    expect(await answerTo(kioskVote(), null)).toBe('kiosk-token-required');
    for (const header of [
      'Bearer x',
      'Kiosk x',
      `Kiosk ${credential}`,
      `Kiosk ~`,
      `Kiosk ${'a'.repeat(5_000)}`,
    ]) {
      expect([header.slice(0, 20), await answerTo(kioskVote(), header)]).toEqual([
        header.slice(0, 20),
        'bad-kiosk-token',
      ]);
    }
  });

  it('needs a valid pass of its region all the same', async () => {
    expect(await answerTo(kioskVote({ pass: 'x' }))).toBe('bad-pass');
    const south = authorize(makeCredential(kiosk, { region: 'south', station: 's1' }), makeToken(kiosk));
    expect(await answerTo(kioskVote(), south)).toBe('wrong-region');
  });

  it('leaves browsers alone', async () => {
    expect(await answerTo(testVote(), null)).toBe(202);
  });

  const seconds = Math.floor(openMs / 1000);
  const other = makeKiosk();
  it.each([
    ['a token of another kiosk', () => authorize(credential, makeToken(other))],
    [
      'a token that says to be of the kiosk and is signed by another',
      () => authorize(credential, makeToken({ ...other, id: kiosk.id })),
    ],
    [
      'a credential that nobody signed',
      () => authorize(makeCredential(kiosk, {}, {}, makeSigningKey().privateKey), makeToken(kiosk)),
    ],
    [
      'a credential by a key that is not published',
      () => authorize(makeCredential(kiosk, {}, { kid: makeSigningKey().keyId }), makeToken(kiosk)),
    ],
    [
      'a credential for another election',
      () => authorize(makeCredential(kiosk, { election: 'other-2026' }), makeToken(kiosk)),
    ],
    ['a token for another election', () => authorize(credential, makeToken(kiosk, { aud: 'other-2026' }))],
    [
      'a credential for a station that is not there',
      () => authorize(makeCredential(kiosk, { station: 'n9' }), makeToken(kiosk)),
    ],
    [
      'a credential that has ended',
      () => authorize(makeCredential(kiosk, { exp: seconds - 301 }), makeToken(kiosk)),
    ],
    [
      'a credential that has not begun',
      () => authorize(makeCredential(kiosk, { iat: seconds + 301 }), makeToken(kiosk)),
    ],
    [
      'a token that has ended',
      () => authorize(credential, makeToken(kiosk, { iat: seconds - 600, exp: seconds - 301 })),
    ],
    [
      'a token from the future',
      () => authorize(credential, makeToken(kiosk, { iat: seconds + 301, exp: seconds + 400 })),
    ],
    [
      'a token that lives too long',
      () => authorize(credential, makeToken(kiosk, { iat: seconds, exp: seconds + 301 })),
    ],
    [
      'a token that ends before it begins',
      () => authorize(credential, makeToken(kiosk, { iat: seconds, exp: seconds - 1 })),
    ],
    ['a token with no algorithm', () => authorize(credential, makeToken(kiosk, {}, { alg: 'none' }))],
    [
      'a token that claims another algorithm',
      () => authorize(credential, makeToken(kiosk, {}, { alg: 'HS256' })),
    ],
    [
      'a credential that claims another algorithm',
      () => authorize(makeCredential(kiosk, {}, { alg: 'HS256' }), makeToken(kiosk)),
    ],
    ['a credential in the place of the token', () => authorize(credential, credential)],
    ['a token in the place of the credential', () => authorize(makeToken(kiosk), makeToken(kiosk))],
    [
      'a header that wants more to be understood',
      () => authorize(credential, makeToken(kiosk, {}, { crit: ['x'] })),
    ],
    [
      'a kiosk with a key of another curve',
      () => {
        const odd = makeKiosk('P-384');
        return authorize(makeCredential(odd), makeToken(odd));
      },
    ],
    [
      'a kiosk whose key is none',
      () => {
        const { publicKey } = generateKeyPairSync('ed25519');
        const spki = publicKey.export({ type: 'spki', format: 'der' });
        const key = Buffer.concat([spki, Buffer.alloc(91 - spki.length)]).toString('base64url');
        return authorize(makeCredential({ ...kiosk, key }), makeToken(kiosk));
      },
    ],
  ])('is refused with %s', async (_, header) => {
    expect(await answerTo(kioskVote(), header())).toBe('bad-kiosk-token');
    // Nor the second time, from memory.
    expect(await answerTo(kioskVote(), header())).toBe('bad-kiosk-token');
  });

  it('is refused once the kiosk is revoked, also with a token seen before', async () => {
    expect(await answerTo(kioskVote())).toBe(202);
    ingest.revoked.add(kiosk.id);
    expect(await answerTo(kioskVote())).toBe('kiosk-revoked');
  });

  it('that is revoked is told so alone: a forgery in its name learns nothing, and opens nothing', async () => {
    ingest.revoked.add(kiosk.id);
    const forged = authorize(credential, makeToken({ ...other, id: kiosk.id }));
    expect(await answerTo(kioskVote(), forged)).toBe('bad-kiosk-token');
    expect(await answerTo(kioskVote())).toBe('kiosk-revoked');
    expect(await answerTo(kioskVote(), forged)).toBe('bad-kiosk-token');
    ingest.revoked.clear();
    expect(await answerTo(kioskVote(), forged)).toBe('bad-kiosk-token');
  });

  it('is refused when its token has run out, also with one seen before', async () => {
    expect(await answerTo(kioskVote())).toBe(202);
    ingest.state.nowMs += 600_000;
    expect(await answerTo(kioskVote())).toBe('bad-kiosk-token');
  });

  it('is not good for another election with the same keys', async () => {
    expect(await answerTo(kioskVote(), authorization, 'other-2026')).toBe('bad-kiosk-token');
  });
});

describe('a cast time', () => {
  const castAt = new Date(openMs - 60_000).toISOString();

  it('counts only with the kiosk’s signature over the body it came in', async () => {
    const vote = kioskVote({ castAt });
    expect(await answerTo(vote)).toBe('cast-time-not-signed');
    expect(await answerTo(vote, authorize(credential, signBody(kiosk, vote)))).toBe(202);
    const forged = { ...vote, castAt: new Date(openMs - 120_000).toISOString() };
    expect(await answerTo(forged, authorize(credential, signBody(kiosk, vote)))).toBe('cast-time-not-signed');
    expect(records().map((record) => record.castAt)).toEqual([castAt]);
  });

  it('lets a vote in during the grace after closing, and no vote without one', async () => {
    ingest.state.nowMs = Date.parse(closesAt) + 60_000;
    const seconds = Math.floor(ingest.state.nowMs / 1000);
    const late = { iat: seconds - 10, exp: seconds + 200 };
    const longLived = makeCredential(kiosk, { exp: seconds + 86_400 });
    const vote = kioskVote({ castAt: new Date(Date.parse(closesAt) - 1).toISOString() });
    const { createHash } = await import('node:crypto');
    const body = createHash('sha256').update(JSON.stringify(vote)).digest('base64url');
    expect(await answerTo(vote, authorize(longLived, makeToken(kiosk, { ...late, body })))).toBe(202);
    expect(await answerTo(kioskVote(), authorize(longLived, makeToken(kiosk, late)))).toBe('closed');
  });

  it('comes in a batch only from a registered kiosk, through whatever channel, and costs no look at a pass otherwise', async () => {
    const votes = [kioskVote(), testVote(), { nonsense: true }, testVote({ pass: mintPass(northKey) })];
    const send = async (header: string | null) => {
      const answer = await cast({ version: 1, votes }, header, undefined, '/batch');
      const { results } = answer.json() as { results: { status: string; problem?: { type: string } }[] };
      return results.map(({ status, problem }) => problem?.type.split(':').at(-1) ?? status);
    };
    expect(await send(null)).toEqual(votes.map(() => 'kiosk-token-required'));
    const stranger = makeKiosk();
    const unsigned = makeCredential(stranger, {}, {}, makeSigningKey().privateKey);
    const forged = authorize(unsigned, makeToken(stranger));
    expect(await send(forged)).toEqual(votes.map(() => 'bad-kiosk-token'));
    ingest.revoked.add(kiosk.id);
    expect(await send(authorization)).toEqual(votes.map(() => 'kiosk-revoked'));
    // Once a batch, and none of the passes in it.
    expect([ingest.entries, ingest.verified]).toEqual([[], { passes: 0, kiosks: 2 }]);
    ingest.revoked.clear();
    expect(await send(authorization)).toEqual(['accepted', 'accepted', 'invalid-request', 'accepted']);
    expect(ingest.verified).toEqual({ passes: 3, kiosks: 3 });
  });

  it('is signed once for a whole batch', async () => {
    const batch = { version: 1, votes: Array.from({ length: 5 }, () => kioskVote({ castAt })) };
    const request = { ...voteRequest(batch), path: '/v1/elections/test-2026/votes/batch' };
    const send = (token: string) =>
      ingest.send({
        ...request,
        headers: { ...request.headers, authorization: authorize(credential, token) },
      });
    const statuses = async (token: string) => {
      const { results } = (await send(token)).json() as {
        results: { status: string; problem?: { type: string } }[];
      };
      return new Set(results.map(({ status, problem }) => problem?.type.split(':').at(-1) ?? status));
    };
    expect(await statuses(makeToken(kiosk))).toEqual(new Set(['cast-time-not-signed']));
    expect(await statuses(signBody(kiosk, batch))).toEqual(new Set(['accepted']));
    expect(new Set(records().map(({ station }) => station))).toEqual(new Set(['n1']));
  });
});
