import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { NotDurableError } from '../../functions/core/errors.ts';
import { formatPass, parsePass, readReceiptId } from '../../functions/core/pass.ts';
import type { ReceiptId } from '../../schema/wire/ids.ts';
import { streamRecordSchema } from '../../schema/wire/record.ts';
import { voteRequest } from '../support/alb.ts';
import { closesAt, mintPass, northKey, testElection, testVote } from '../support/election.ts';
import { createTestIngest } from '../support/ingest.ts';

const election = testElection();
let ingest: ReturnType<typeof createTestIngest>;
beforeEach(() => {
  ingest = createTestIngest([election]);
});

const cast = (body: unknown, shape: 'single' | 'multi' = 'multi') => ingest.send(voteRequest(body), shape);
const kiosk = { channel: 'kiosk', station: 'n1' };
const recorded = () =>
  ingest.entries.map((entry) => streamRecordSchema.parse(JSON.parse(entry.data.toString())));

describe('a valid vote', () => {
  it.each(['single', 'multi'] as const)('is accepted with a receipt (%s-value headers)', async (shape) => {
    const vote = testVote();
    const answer = await cast(vote, shape);
    expect(answer.status).toBe(202);
    const { receipt, status } = answer.json() as {
      receipt: { receiptId: ReceiptId; ballotId: string };
      status: string;
    };
    expect([status, receipt.ballotId]).toEqual(['accepted', vote['ballotId']]);
    const [record] = recorded();
    expect(readReceiptId(receipt.receiptId)).toEqual({
      voterKey: record?.voterKey,
      ballotId: vote['ballotId'],
    });
    expect(ingest.entries[0]?.partitionKey).toBe(record?.voterKey);
  });

  it('travels as base64 just as well', async () => {
    expect((await cast(Buffer.from(JSON.stringify(testVote())))).status).toBe(202);
  });

  it('gets the same receipt when it is repeated, and a second ballot under its pass the same voter key', async () => {
    const vote = testVote();
    const [first, again] = [await cast(vote), await cast(vote)];
    expect(again.json()['receipt']).toEqual(first.json()['receipt']);
    await cast({ ...vote, ballotId: randomUUID() });
    expect(new Set(recorded().map((record) => record.voterKey)).size).toBe(1);
  });

  it('from home counts in the online station of its region, one from a kiosk in the station named', async () => {
    await cast(testVote());
    await cast(testVote(kiosk));
    expect(recorded().map(({ region, station }) => [region, station])).toEqual([
      ['north', 'online'],
      ['north', 'n1'],
    ]);
  });

  it('may leave contests out, mark fewer choices than allowed, or be blank', async () => {
    for (const selections of [
      [],
      [{ contest: 'council', choices: [] }],
      [{ contest: 'council', choices: ['lee'] }],
    ]) {
      expect((await cast(testVote({ selections }))).status).toBe(202);
    }
  });

  it('never carries the pass into the stream', async () => {
    const vote = testVote();
    await cast(vote);
    const [, message, signature] = String(vote['pass']).split('.');
    const bytes = ingest.entries[0]?.data.toString() ?? '';
    expect(bytes).not.toContain(message);
    expect(bytes).not.toContain(signature);
  });
});

describe('a kiosk', () => {
  it('may deliver within the grace period what was cast in time, and not later', async () => {
    const vote = testVote({ ...kiosk, castAt: '2026-11-04T01:59:59Z' });
    ingest.state.nowMs = Date.parse(closesAt) + 3_599_000;
    expect((await cast(vote)).status).toBe(202);
    ingest.state.nowMs = Date.parse(closesAt) + 3_600_000;
    expect(await cast(vote)).toMatchObject({ status: 403, problem: 'closed' });
  });

  it('gets one result a vote of a batch, in order, each for itself', async () => {
    const votes = [testVote(kiosk), { nonsense: true }, testVote({ ...kiosk, pass: 'x' }), testVote(kiosk)];
    const answer = await ingest.send({
      ...voteRequest({ version: 1, votes }),
      path: '/v1/elections/test-2026/votes/batch',
    });
    expect(answer.status).toBe(200);
    const results = answer.json()['results'] as { status: string; problem?: { type: string } }[];
    expect(results.map((result) => result.problem?.type.split(':').at(-1) ?? result.status)).toEqual([
      'accepted',
      'invalid-request',
      'bad-pass',
      'accepted',
    ]);
    expect(ingest.entries.length).toBe(2);
  });

  it('cannot send more than 500 votes in a batch', async () => {
    const answer = await ingest.send({
      ...voteRequest({ version: 1, votes: Array(501).fill(1) }),
      path: '/v1/elections/test-2026/votes/batch',
    });
    expect(answer).toMatchObject({ status: 400, problem: 'invalid-request' });
  });
});

describe('when the vote cannot be made durable', () => {
  it('answers 503 with Retry-After, and never 202', async () => {
    const failing = createTestIngest([election], { put: () => Promise.reject(new NotDurableError('test')) });
    const answer = await failing.send(voteRequest(testVote()));
    expect(answer).toMatchObject({ status: 503, problem: 'not-durable' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the other routes', () => {
  it('give the definition with an ETag, and 304 to who has it', async () => {
    const answer = await ingest.send({ path: '/v1/elections/test-2026' });
    expect(answer.json()).toEqual(election.definition);
    const etag = answer.headers['etag'] ?? '';
    const again = await ingest.send({
      path: '/v1/elections/test-2026',
      headers: { 'if-none-match': `"other", W/${etag}` },
    });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('answer HEAD without a body, OPTIONS with what is allowed, other methods with 405', async () => {
    const head = await ingest.send({ method: 'HEAD', path: '/v1/elections/test-2026' });
    expect([head.status, head.body]).toEqual([200, '']);
    const options = await ingest.send({ method: 'OPTIONS', path: '/v1/elections/test-2026/votes' });
    expect([options.status, options.headers['allow']]).toEqual([204, 'POST, OPTIONS']);
    for (const method of ['GET', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'BREW']) {
      const answer = await ingest.send({ method, path: '/v1/elections/test-2026/votes' });
      expect([answer.status, answer.problem, answer.headers['allow']]).toEqual([
        405,
        'method-not-allowed',
        'POST, OPTIONS',
      ]);
    }
  });

  it('answer 404 as a problem for what is not there', async () => {
    for (const path of [
      '/',
      '/v2',
      '/v1/elections/test-2026/votes/x',
      '/%',
      '//evil.example/x',
      '/\u0000',
      '/..%2f',
    ]) {
      expect([path, (await ingest.send({ path })).problem]).toEqual([path, 'not-found']);
    }
  });

  it('describe the API in OpenAPI 3.1, every reference resolvable', async () => {
    const document = (await ingest.send({ path: '/openapi.json' })).json();
    expect(document['openapi']).toBe('3.1.0');
    const schemas = (document['components'] as { schemas: Record<string, unknown> }).schemas;
    const references = [
      ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g),
    ].map(([, name]) => name ?? '');
    expect(references.length).toBeGreaterThan(10);
    expect(references.filter((name) => !(name in schemas))).toEqual([]);
  });

  it('say that the service is alive, with its build and definitions', async () => {
    const answer = await ingest.send({ path: '/healthz' });
    expect(answer.json()).toEqual({
      status: 'ok',
      build: 'test',
      definitions: [{ election: 'test-2026', version: 1 }],
    });
  });
});

describe('the metrics of ingest', () => {
  it('count a vote by where it is durable, and once', async () => {
    await cast(testVote());
    expect(ingest.metrics.sums).toEqual({ AcceptedByStream: 1 });
    const overflowing = createTestIngest([election], { put: async () => 'overflow' });
    await overflowing.send(voteRequest(testVote()));
    expect(overflowing.metrics.sums).toEqual({ AcceptedByOverflow: 1 });
  });

  it('count refusals by problem, those of a batch one by one', async () => {
    await cast('no vote');
    await cast({ ...testVote(), pass: 'x' });
    const votes = [testVote(), 1, { ...testVote(), region: 'nowhere' }];
    await ingest.send({
      ...voteRequest({ version: 1, votes }),
      path: '/v1/elections/test-2026/votes/batch',
    });
    const refused = Object.values(ingest.metrics.problems).reduce((sum, count) => sum + count, 0);
    expect(ingest.metrics.sums).toEqual({ AcceptedByStream: 1, Refused: refused });
    expect(refused).toBe(4);
    expect(Object.keys(ingest.metrics.problems)).toContain('invalid-request');
  });

  it('count what could not be made durable, and not as accepted or refused', async () => {
    const failing = createTestIngest([election], { put: () => Promise.reject(new NotDurableError('test')) });
    await failing.send(voteRequest(testVote()));
    expect(failing.metrics.sums).toEqual({ NotDurable: 1 });
  });
});

describe('passes', () => {
  it('parse back from what they were written as', () => {
    const pass = mintPass(northKey, randomBytes(64));
    const parsed = parsePass(pass);
    expect(parsed && formatPass(parsed)).toBe(pass);
  });
});
