import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintPass } from '../../functions/core/pass.ts';
import { edgeLimits } from '../../lib/edge-limits.ts';
import { createRateLimits, type LimitedRequest } from '../../lib/local/rate-limits.ts';

const windowMs = edgeLimits.windowSeconds * 1000;

function start() {
  const state = { nowMs: 1_000_000 };
  const limits = createRateLimits(() => state.nowMs);
  const ask = (address: string, request: Partial<LimitedRequest> = {}) =>
    limits.count({ address, method: 'GET', path: '/v1/elections/demo', passFingerprint: null, ...request });
  const send = (address: string, to: 'votes' | 'passes', passFingerprint: string | null = null) =>
    ask(address, { method: 'POST', path: `/v1/elections/demo/${to}`, passFingerprint });
  return {
    state,
    ask,
    askForPass: (address: string) => send(address, 'passes'),
    vote: (address: string, passFingerprint: string | null) => send(address, 'votes', passFingerprint),
    preflight: (address: string) => ask(address, { method: 'OPTIONS', path: '/v1/elections/demo/votes' }),
  };
}

/** How many of so many requests pass. */
const passing = (count: number, ask: (n: number) => number): number =>
  Array.from({ length: count }, (_, n) => ask(n)).filter((wait) => wait === 0).length;

const pass = fingerprintPass('a pass');

describe('what one address may ask', () => {
  it('is as much as at the edge, and then it is told when to come back', () => {
    const { ask } = start();
    expect(passing(edgeLimits.requestsPerAddress + 5, () => ask('a'))).toBe(edgeLimits.requestsPerAddress);
    expect(ask('a')).toBeGreaterThan(0);
    expect(ask('b')).toBe(0);
  });

  it('is fewer passes than anything else', () => {
    const { ask, askForPass } = start();
    expect(passing(edgeLimits.passesPerAddress + 5, () => askForPass('a'))).toBe(edgeLimits.passesPerAddress);
    // A voter behind the same address can still vote.
    expect(ask('a')).toBe(0);
  });

  it('is never more than the limit in any window, however the requests are spread', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: windowMs / 300 }), { minLength: 600, maxLength: 900 });
    fc.assert(
      fc.property(gaps, (pauses) => {
        const { state, vote } = start();
        const passed: number[] = [];
        for (const pause of pauses) {
          state.nowMs += pause;
          if (vote('a', pass) === 0) passed.push(state.nowMs);
        }
        // The window slides in tenths: nine of them are always whole.
        const inWindow = passed.map(
          (from) => passed.filter((at) => at >= from && at < from + windowMs * 0.9).length,
        );
        return Math.max(0, ...inWindow) <= edgeLimits.votesPerPass && passed.length < pauses.length;
      }),
      { numRuns: 50 },
    );
  });

  it('is forgotten when the window is over', () => {
    const { state, askForPass } = start();
    passing(edgeLimits.passesPerAddress + 1, () => askForPass('a'));
    expect(askForPass('a')).toBeGreaterThan(0);
    state.nowMs += windowMs * 1.1;
    expect(askForPass('a')).toBe(0);
  });

  it('is counted in little memory for addresses without number', () => {
    const { askForPass } = start();
    passing(edgeLimits.passesPerAddress, () => askForPass('kept'));
    for (let n = 0; n < 9_000; n += 1) askForPass(`address ${n}`);
    expect(askForPass('kept')).toBeGreaterThan(0);
    for (let n = 0; n < 30_000; n += 1) askForPass(`address ${n}`);
    expect(askForPass('kept')).toBe(0);
  });
});

describe('what one pass may cast', () => {
  it('is as much as at the edge, from however many addresses, and takes nothing from other passes', () => {
    const { vote } = start();
    expect(passing(edgeLimits.votesPerPass + 100, (n) => vote(`address ${n}`, pass))).toBe(
      edgeLimits.votesPerPass,
    );
    expect(vote('a', fingerprintPass('another pass'))).toBe(0);
  });

  it('is enough for a device that repeats its vote every second for as long as it gets no answer', () => {
    const { state, vote } = start();
    const patient = () => {
      state.nowMs += 1_000;
      return vote('a', pass);
    };
    expect(passing(3_600, patient)).toBe(3_600);
  });

  it('without saying which pass it is, is far less by address, and a tenth of a shard in all', () => {
    const { ask, vote } = start();
    expect(passing(2_000, () => vote('a', null))).toBe(edgeLimits.votesWithoutFingerprint);
    expect(vote('a', pass)).toBe(0);
    expect(ask('a')).toBe(0);
    const botnet = passing(40_000, (n) => vote(`address ${n % 9_000}`, null));
    expect(botnet + edgeLimits.votesWithoutFingerprint).toBeLessThanOrEqual(
      edgeLimits.votesWithoutFingerprintInAll,
    );
    const shardPerSecond = 1_000;
    expect(edgeLimits.votesWithoutFingerprintInAll / edgeLimits.windowSeconds).toBeLessThanOrEqual(
      shardPerSecond / 10,
    );
  });

  it.each([
    ['', 'nothing'],
    ['x', 'too little'],
    [`${pass}x`, 'too much'],
    [`${pass}, ${pass}`, 'two of them'],
    [`${pass.slice(0, -1)}*`, 'characters that it has not'],
  ])('counts %j as saying nothing: it is %s', (said) => {
    const { vote } = start();
    expect(passing(2_000, () => vote('a', said))).toBe(edgeLimits.votesWithoutFingerprint);
  });

  it('is not what a browser asks before it sends', () => {
    const { preflight, vote } = start();
    expect(passing(500, () => preflight('a'))).toBe(500);
    expect(vote('a', null)).toBe(0);
  });
});
