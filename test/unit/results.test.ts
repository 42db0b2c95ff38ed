import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../functions/core/errors.ts';
import { receiptIdOf } from '../../functions/core/pass.ts';
import type { BallotId, VoterKey } from '../../schema/wire/ids.ts';
import { problemSchema } from '../../schema/wire/problem.ts';
import { receiptStatusResponseSchema } from '../../schema/wire/receipt.ts';
import { resultsSchema } from '../../schema/wire/results.ts';
import { snapshotOf } from '../support/counts.ts';
import { closesAt, testElection } from '../support/election.ts';
import { createTestResults, type TestResults } from '../support/results.ts';

const election = testElection();
const secret = testElection({ election: 'secret-2026', resultsVisibility: 'after-close' });
const path = '/v1/elections/test-2026/results';
const progressPath = `${path}/progress`;

let results: TestResults;
beforeEach(() => {
  results = createTestResults([election, secret]);
  results.state.snapshot = snapshotOf(election, [
    {
      region: 'north',
      station: 'n1',
      channel: 'kiosk',
      selections: [{ contest: 'mayor', choices: ['ada'] }],
    },
  ]);
});

describe('results', () => {
  it.each(['single', 'multi'] as const)('are answered by their schema (%s-value headers)', async (shape) => {
    for (const query of [{}, { by: 'election' }, { by: 'region' }, { by: 'station', region: 'north' }]) {
      const answer = await results.send({ path, query }, shape);
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'public, max-age=1',
        'x-content-type-options': 'nosniff',
      });
      expect(resultsSchema.parse(answer.json())).toMatchObject({ version: 1, ballots: 1 });
    }
    expect(results.asked).toEqual([
      ['test-2026', { by: 'election' }],
      ['test-2026', { by: 'election' }],
      ['test-2026', { by: 'region' }],
      ['test-2026', { by: 'station', region: 'north' }],
    ]);
  });

  it('are there before the first vote', async () => {
    results.state.snapshot = null;
    expect((await results.send({ path })).json()).toMatchObject({ version: 0, ballots: 0, asOf: null });
  });

  it.each([
    ['an unknown breakdown', { by: 'county' }, '/by'],
    ['stations of no region', { by: 'station' }, '/region'],
    ['a region without stations', { region: 'north' }, '/region'],
    ['a region with another breakdown', { by: 'region', region: 'north' }, '/region'],
    ['a region that is no id', { by: 'station', region: "'; drop table ballot; --" }, '/region'],
    ['a region that is empty', { by: 'station', region: '' }, '/region'],
    ['something unknown', { by: 'region', format: 'csv' }, ''],
  ])('asked for with %s are refused with 400, and where is said', async (_, query, pointer) => {
    const answer = await results.send({ path, query });
    expect([answer.status, answer.problem]).toEqual([400, 'invalid-query']);
    expect(problemSchema.parse(answer.json()).errors?.map((error) => error.pointer)).toEqual([pointer]);
    expect(results.asked).toEqual([]);
  });

  it('never repeat what was asked for', async () => {
    const answer = await results.send({
      path,
      query: { by: 'station', region: 'not an id at all', x: 'marker' },
    });
    expect(answer.body).not.toMatch(/not an id at all|marker/);
  });

  it('of an unknown election or region are 404', async () => {
    for (const id of ['other', 'TEST-2026', '__proto__', '%', 'x'.repeat(65)]) {
      const answer = await results.send({ path: `/v1/elections/${id}/results` });
      expect([id, answer.status, answer.problem]).toEqual([id, 404, 'unknown-election']);
    }
    for (const region of ['west', 'constructor', 'North']) {
      const answer = await results.send({ path, query: { by: 'station', region } });
      expect([answer.status, answer.problem]).toEqual([404, 'unknown-region']);
    }
    expect(results.asked).toEqual([]);
  });

  it('are 403 until voting has ended where the definition says so, and the count is not even read', async () => {
    const request = { path: '/v1/elections/secret-2026/results' };
    results.state.nowMs = Date.parse(closesAt) - 1;
    const early = await results.send(request);
    expect([early.status, early.problem, early.headers['cache-control']]).toEqual([
      403,
      'results-not-public',
      'no-store',
    ]);
    expect(results.asked).toEqual([]);
    expect(problemSchema.parse(early.json()).availableFrom).toBe(closesAt);
    expect(early.headers['retry-after']).toBe('1');
    results.state.nowMs = Date.parse(closesAt) - 90_001;
    expect((await results.send(request)).headers['retry-after']).toBe('91');
    results.state.nowMs = Date.parse(closesAt);
    expect((await results.send(request)).status).toBe(200);
  });

  it('have an ETag, and are 304 without a body to who has them', async () => {
    const first = await results.send({ path });
    const etag = first.headers['etag'] ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await results.send({ path, headers: { 'if-none-match': tag } });
      expect([tag, again.status, again.body, again.headers['etag']]).toEqual([tag, 304, '', etag]);
    }
    expect((await results.send({ path, headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('have another ETag once the count or the definition has moved on', async () => {
    const { snapshot } = results.state;
    const first = await results.send({ path });
    for (const moved of [{ recorded: 2 }, { duplicates: 1 }, { quarantined: 1 }]) {
      results.state.snapshot = snapshot && { ...snapshot, ...moved };
      expect((await results.send({ path })).headers['etag']).not.toBe(first.headers['etag']);
    }
    const certified = createTestResults([testElection({ version: 2, resultsStatus: 'certified' })]);
    certified.state.snapshot = snapshot;
    expect((await certified.send({ path })).headers['etag']).not.toBe(first.headers['etag']);
  });

  it('answer HEAD without a body, OPTIONS with what is allowed, other methods with 405', async () => {
    const get = await results.send({ path });
    const head = await results.send({ method: 'HEAD', path });
    expect([head.status, head.body, head.headers['etag']]).toEqual([200, '', get.headers['etag']]);
    const options = await results.send({ method: 'OPTIONS', path });
    expect([options.status, options.body, options.headers['allow']]).toEqual([204, '', 'GET, HEAD, OPTIONS']);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
      const answer = await results.send({ method, path });
      expect([answer.status, answer.problem, answer.headers['allow']]).toEqual([
        405,
        'method-not-allowed',
        'GET, HEAD, OPTIONS',
      ]);
    }
  });
});

describe('a receipt', () => {
  const [voterKey, ballotId] = [randomUUID() as VoterKey, randomUUID() as BallotId];
  const receiptId = receiptIdOf(voterKey, ballotId);
  const receiptPath = `/v1/elections/test-2026/receipts/${receiptId}`;

  it('says what became of the vote, and is never cached', async () => {
    const answer = await results.send({ path: receiptPath });
    expect(receiptStatusResponseSchema.parse(answer.json())).toEqual({
      receiptId,
      election: 'test-2026',
      status: 'recorded',
    });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(results.asked).toEqual([['test-2026', voterKey, ballotId]]);
  });

  it('that is malformed is 404, whatever it looks like', async () => {
    for (const id of [
      'x',
      `${receiptId}A`,
      receiptId.slice(1),
      `${receiptId.slice(0, 42)}=`,
      `${receiptId.slice(0, 42)}%20`,
      "'",
      '__proto__',
      '%00',
    ]) {
      const answer = await results.send({ path: `/v1/elections/test-2026/receipts/${id}` });
      expect([id, answer.status, answer.problem]).toEqual([id, 404, 'not-found']);
    }
    expect(results.asked).toEqual([]);
  });

  it('of an unknown election is 404', async () => {
    const answer = await results.send({ path: `/v1/elections/other/receipts/${receiptId}` });
    expect([answer.status, answer.problem]).toEqual([404, 'unknown-election']);
  });

  it('answers HEAD without a body, OPTIONS with what is allowed, other methods with 405', async () => {
    const head = await results.send({ method: 'HEAD', path: receiptPath });
    expect([head.status, head.body]).toEqual([200, '']);
    expect((await results.send({ method: 'OPTIONS', path: receiptPath })).headers['allow']).toBe(
      'GET, HEAD, OPTIONS',
    );
    expect((await results.send({ method: 'DELETE', path: receiptPath })).status).toBe(405);
  });
});

describe('when something is away', () => {
  const paths = [path, progressPath, `/v1/elections/test-2026/receipts/${'A'.repeat(43)}`];

  it('the database, the answer is 503 with Retry-After', async () => {
    results.state.failure = new UnavailableError('test', new Error('password=secret'));
    for (const one of paths) {
      const answer = await results.send({ path: one });
      expect([answer.status, answer.problem, answer.headers['cache-control']]).toEqual([
        503,
        'temporarily-unavailable',
        'no-store',
      ]);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(answer.body).not.toContain('secret');
    }
    expect(JSON.stringify(results.logged)).not.toContain('secret');
  });

  it('the object store, the answer is 503 with Retry-After', async () => {
    const away = createTestResults([], {
      get: () => Promise.reject(new UnavailableError('test')),
      at: () => Promise.reject(new UnavailableError('test')),
      loaded: () => [],
    });
    for (const one of paths) {
      const answer = await away.send({ path: one });
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    }
  });

  it('the wits of whoever wrote this, the answer is 500 as a problem, and logged', async () => {
    results.state.failure = new TypeError('x is not a function');
    const answer = await results.send({ path });
    expect([answer.status, answer.problem]).toEqual([500, 'internal-error']);
    expect(results.logged).toEqual([
      { route: '/v1/elections/:election/results', error: 'TypeError', cause: '' },
    ]);
  });
});

describe('any other path', () => {
  it('is 404 as a problem', async () => {
    for (const other of [
      '/',
      '/v1/elections/test-2026',
      `${path}/`,
      '/v1/elections//results',
      '/v1/elections/test-2026/receipts/',
    ]) {
      const answer = await results.send({ path: other });
      expect([other, answer.status, answer.problem]).toEqual([other, 404, 'not-found']);
    }
  });
});
