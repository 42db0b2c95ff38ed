import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildProgress } from '../../../functions/core/build-progress.ts';
import { buildResults } from '../../../functions/core/build-results.ts';
import {
  createAsker,
  isDefinition,
  isProgress,
  isResults,
} from '../../../functions/web/results/ask-again.ts';
import {
  backoffMsMax,
  finalIntervalMs,
  hiddenIntervalMs,
  intervalsMs,
  nextPollMs,
  notPublicMsMax,
  type PollCircumstances,
} from '../../../functions/web/results/poll-schedule.ts';
import { edgeLimits } from '../../../lib/edge-limits.ts';
import { testElection } from '../../support/election.ts';

const election = testElection();
const answered: PollCircumstances = {
  outcome: { kind: 'answered' },
  failures: 0,
  isHidden: false,
  isFinal: false,
  intervalMs: 1_000,
  random: 0.5,
};
const failed = (failures: number, retryAfterMs: number | null = null, random = 0.5): PollCircumstances => ({
  ...answered,
  outcome: { kind: 'failed', retryAfterMs },
  failures,
  random,
});

describe('the next request', () => {
  it('comes after the interval while somebody looks, and seldom in a hidden tab or when all is counted', () => {
    expect(nextPollMs(answered)).toBe(1_000);
    expect(nextPollMs({ ...answered, isHidden: true })).toBe(hiddenIntervalMs);
    expect(nextPollMs({ ...answered, isFinal: true })).toBe(finalIntervalMs);
  });

  it('comes later after each failure, never all at once, and never later than half a minute', () => {
    expect([1, 2, 3, 4].map((n) => nextPollMs(failed(n, null, 1)))).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(nextPollMs(failed(1, null, 0))).toBe(1_000);
    expect(nextPollMs(failed(50, null, 1))).toBe(backoffMsMax);
  });

  it('comes no sooner than the server says', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.nat(backoffMsMax),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, ms, random) => {
          expect(nextPollMs(failed(n, ms, random))).toBeGreaterThanOrEqual(ms);
        },
      ),
    );
  });

  it('waits for the close where results are not public before it, spread over seconds', () => {
    const waiting = (retryAfterMs: number | null, random: number) =>
      nextPollMs({ ...answered, outcome: { kind: 'not-public', retryAfterMs }, random });
    expect([waiting(90_000, 0), waiting(90_000, 1)]).toEqual([90_000, 95_000]);
    expect(waiting(10 ** 9, 0)).toBe(notPublicMsMax);
    expect(waiting(null, 0)).toBe(1_000);
  });
});

/** Answers one after another; what was asked is kept. */
function answering(...answers: (Response | Error)[]) {
  const asked: (string | null)[] = [];
  const fetcher = async (_: string | URL | Request, init?: RequestInit) => {
    asked.push(new Headers(init?.headers).get('if-none-match'));
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('nothing left');
    return answer;
  };
  return { asked, fetcher };
}
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

it('a page that stays open asks less than the firewall grants one browser', () => {
  const perSecond = Object.values(intervalsMs).reduce((sum, ms) => sum + 1_000 / ms, 0);
  expect(perSecond * edgeLimits.windowSeconds).toBeLessThan(edgeLimits.requestsPerToken);
});

describe('asking again', () => {
  const results = buildResults(election, null, { by: 'region' });

  it('names what it has, and takes 304 for no news', async () => {
    const { asked, fetcher } = answering(
      json(results, 200, { etag: '"1-0"' }),
      new Response(null, { status: 304 }),
      json(results, 200, { etag: '"1-1"' }),
      new Response(null, { status: 304 }),
    );
    const ask = createAsker('/x', isResults, fetcher);
    expect([(await ask()).kind, (await ask()).kind, (await ask()).kind, (await ask()).kind]).toEqual([
      'new',
      'same',
      'new',
      'same',
    ]);
    expect(asked).toEqual([null, '"1-0"', '"1-0"', '"1-1"']);
  });

  it('tells results that are not public yet from other refusals', async () => {
    const early = {
      type: 'urn:ballotstream:problem:results-not-public',
      availableFrom: '2026-11-03T20:00:00Z',
    };
    const { fetcher } = answering(
      json(early, 403, { 'retry-after': '600' }),
      json({ type: 'about:blank' }, 403),
      json({}, 404),
      json({}, 503, { 'retry-after': '2' }),
      json({}, 429, { 'retry-after': 'soon' }),
    );
    const ask = createAsker('/x', isResults, fetcher);
    expect(await ask()).toEqual({
      kind: 'not-public',
      availableFrom: '2026-11-03T20:00:00Z',
      retryAfterMs: 600_000,
    });
    expect(await ask()).toEqual({ kind: 'failed', retryAfterMs: null });
    expect(await ask()).toEqual({ kind: 'unknown' });
    expect(await ask()).toEqual({ kind: 'failed', retryAfterMs: 2_000 });
    expect(await ask()).toEqual({ kind: 'failed', retryAfterMs: null });
  });

  it('takes no answer, and no answer of the API, for a failure, and never forgets what it has', async () => {
    const { asked, fetcher } = answering(
      json(results, 200, { etag: '"1-0"' }),
      new Error('no network'),
      new Response('<html>sign in to the hotel</html>', { status: 200, headers: { etag: '"hotel"' } }),
      json({ hello: 'there' }, 200, { etag: '"else"' }),
      new Response(null, { status: 304 }),
    );
    const ask = createAsker('/x', isResults, fetcher);
    const kinds = [];
    for (let n = 0; n < 5; n++) kinds.push((await ask()).kind);
    expect(kinds).toEqual(['new', 'failed', 'failed', 'failed', 'same']);
    expect(asked.at(-1)).toBe('"1-0"');
  });

  it('knows results and progress from each other, and from neither', () => {
    const progress = buildProgress(election, null);
    expect([isResults(results), isProgress(progress)]).toEqual([true, true]);
    for (const other of [null, [], 'x', {}, { version: 1 }, { version: '1', definition: 1 }])
      expect([isResults(other), isProgress(other)]).toEqual([false, false]);
    expect([isResults(progress), isProgress(results)]).toEqual([false, false]);
    expect([isDefinition(election.definition), isDefinition(results), isDefinition(progress)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
