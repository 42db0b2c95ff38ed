import { beforeEach, describe, expect, it } from 'vitest';
import type { ProgressSnapshot } from '../../functions/core/ports.ts';
import { progressSchema } from '../../schema/wire/progress.ts';
import { snapshotOf } from '../support/counts.ts';
import { closesAt, testElection } from '../support/election.ts';
import { createTestResults, type TestResults } from '../support/results.ts';

const election = testElection();
const secret = testElection({ election: 'secret-2026', resultsVisibility: 'after-close' });
const progressPath = '/v1/elections/test-2026/results/progress';

let results: TestResults;
beforeEach(() => {
  results = createTestResults([election, secret]);
});

describe('progress', () => {
  const progressSnapshot: ProgressSnapshot = {
    ...snapshotOf(election, []),
    recorded: 3,
    duplicates: 1,
    minutes: [{ startMs: Date.parse('2026-11-03T12:34:00Z'), recorded: 3 }],
    reportingUnits: new Set(),
  };
  beforeEach(() => {
    results.state.progress = progressSnapshot;
  });

  it('is answered by its schema, kept for a few seconds, and asks nothing else of the database', async () => {
    const answer = await results.send({ path: progressPath });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'public, max-age=10']);
    expect(progressSchema.parse(answer.json())).toMatchObject({
      version: 4,
      minutes: { first: '2026-11-03T12:34:00.000Z', recorded: [3], before: 0 },
    });
    expect(results.asked).toEqual([['test-2026']]);
  });

  it('has an ETag that changes with the count', async () => {
    const etag = (await results.send({ path: progressPath })).headers['etag'] ?? '';
    const again = await results.send({ path: progressPath, headers: { 'if-none-match': etag } });
    expect([again.status, again.body]).toEqual([304, '']);
    results.state.progress = { ...progressSnapshot, recorded: 4 };
    expect((await results.send({ path: progressPath })).headers['etag']).not.toBe(etag);
  });

  it('is as secret as the results are, and then not even read', async () => {
    const request = { path: '/v1/elections/secret-2026/results/progress' };
    results.state.nowMs = Date.parse(closesAt) - 1;
    const early = await results.send(request);
    expect([early.status, early.problem]).toEqual([403, 'results-not-public']);
    expect(results.asked).toEqual([]);
    results.state.nowMs = Date.parse(closesAt);
    expect((await results.send(request)).status).toBe(200);
  });

  it('of an unknown election is 404, and takes no other method than GET and HEAD', async () => {
    const unknown = await results.send({ path: '/v1/elections/other/results/progress' });
    expect([unknown.status, unknown.problem]).toEqual([404, 'unknown-election']);
    expect((await results.send({ method: 'HEAD', path: progressPath })).body).toBe('');
    const refused = await results.send({ method: 'POST', path: progressPath });
    expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});
