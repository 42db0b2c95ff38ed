import { describe, expect, it } from 'vitest';
import { voteRequest } from '../support/alb.ts';
import { testElection, testVote } from '../support/election.ts';
import { createTestIngest } from '../support/ingest.ts';

const listed = 'https://vote.example.org';
const election = testElection({ origins: [listed] });
const votes = '/v1/elections/test-2026/votes';
const allowed = 'access-control-allow-origin';

describe('a page of another origin', () => {
  const ingest = createTestIngest([election]);
  const ask = (path: string, origin: string) =>
    ingest.send({
      method: 'OPTIONS',
      path,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
  const castFrom = (origin: string, vote: unknown = testVote()) => {
    const request = voteRequest(vote);
    return ingest.send({ ...request, headers: { ...request.headers, origin } });
  };

  it.each([votes, `${votes}/batch`])('that the definition names may send to %s', async (path) => {
    const { status, headers } = await ask(path, listed);
    expect([status, headers[allowed], headers['access-control-allow-methods'], headers['vary']]).toEqual([
      204,
      listed,
      'POST',
      'origin',
    ]);
    expect(headers['access-control-allow-headers']).toContain('content-type');
    expect(headers['access-control-allow-headers']).toContain('authorization');
    expect(headers['access-control-allow-headers']).toContain('pass-fingerprint');
  });

  it.each([
    'https://evil.example.org',
    'https://vote.example.org.evil.test',
    'http://vote.example.org',
    'null',
    '*',
    '',
  ])('that it does not name may not: %j', async (origin) => {
    expect((await ask(votes, origin)).headers[allowed]).toBeUndefined();
    expect((await castFrom(origin)).headers[allowed]).toBeUndefined();
  });

  it('reads the answer to its vote, whether accepted or refused', async () => {
    const accepted = await castFrom(listed);
    expect([accepted.status, accepted.headers[allowed]]).toEqual([202, listed]);
    const refused = await castFrom(listed, testVote({ region: 'nowhere' }));
    expect([refused.status, refused.headers[allowed]]).toEqual([403, listed]);
  });

  it('reads what is public from anywhere, and the same answer as everybody', async () => {
    for (const origin of [listed, 'https://evil.example.org']) {
      const answer = await ingest.send({ path: '/v1/elections/test-2026', headers: { origin } });
      expect([answer.headers[allowed], answer.headers['vary']]).toEqual(['*', undefined]);
    }
  });

  it('never sends a user’s own cookies or certificates along', async () => {
    const answers = [await ask(votes, listed), await castFrom(listed)];
    for (const { headers } of answers) expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('of an election that there is not, or that names nobody, may not send', async () => {
    const closed = createTestIngest([testElection()]);
    const preflight = { origin: listed, 'access-control-request-method': 'POST' };
    for (const path of [votes, '/v1/elections/nothing/votes', '/v1/elections/%00/votes']) {
      const { headers } = await closed.send({ method: 'OPTIONS', path, headers: preflight });
      expect(headers[allowed]).toBeUndefined();
    }
  });
});

it('every answer forbids sniffing, framing, keeping and saying where one came from', async () => {
  const ingest = createTestIngest([election]);
  for (const answer of [await ingest.send(voteRequest(testVote())), await ingest.send(voteRequest('{'))])
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
});
