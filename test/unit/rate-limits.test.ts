import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeLimits } from '../../lib/edge-limits.ts';
import { createRateLimits } from '../../lib/local/rate-limits.ts';

const windowMs = edgeLimits.windowSeconds * 1000;

function start() {
  const state = { nowMs: 1_000_000 };
  return { state, limits: createRateLimits(() => state.nowMs) };
}

describe('what one address may ask', () => {
  it('is as much as at the edge, and then it is told when to come back', () => {
    const { limits } = start();
    for (let n = 0; n < edgeLimits.requestsPerAddress; n += 1) expect(limits.count('a', false)).toBe(0);
    expect(limits.count('a', false)).toBeGreaterThan(0);
    expect(limits.count('b', false)).toBe(0);
  });

  it('is fewer passes than anything else', () => {
    const { limits } = start();
    for (let n = 0; n < edgeLimits.passesPerAddress; n += 1) expect(limits.count('a', true)).toBe(0);
    expect(limits.count('a', true)).toBeGreaterThan(0);
    // A voter behind the same address can still vote.
    expect(limits.count('a', false)).toBe(0);
  });

  it('is never more than the limit in any window, however the requests are spread', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: windowMs / 20 }), { minLength: 400, maxLength: 900 });
    fc.assert(
      fc.property(gaps, (pauses) => {
        const { state, limits } = start();
        const passed: number[] = [];
        for (const pause of pauses) {
          state.nowMs += pause;
          if (limits.count('a', true) === 0) passed.push(state.nowMs);
        }
        // The window slides in tenths: nine of them are always whole.
        const inWindow = passed.map(
          (from) => passed.filter((at) => at >= from && at < from + windowMs * 0.9).length,
        );
        return Math.max(0, ...inWindow) <= edgeLimits.passesPerAddress;
      }),
      { numRuns: 50 },
    );
  });

  it('is forgotten when the window is over', () => {
    const { state, limits } = start();
    for (let n = 0; n <= edgeLimits.passesPerAddress; n += 1) limits.count('a', true);
    expect(limits.count('a', true)).toBeGreaterThan(0);
    state.nowMs += windowMs * 1.1;
    expect(limits.count('a', true)).toBe(0);
  });

  it('is counted in little memory for addresses without number', () => {
    const { limits } = start();
    for (let n = 0; n < edgeLimits.passesPerAddress; n += 1) limits.count('kept', true);
    for (let n = 0; n < 9_000; n += 1) limits.count(`address ${n}`, false);
    expect(limits.count('kept', true)).toBeGreaterThan(0);
    for (let n = 0; n < 30_000; n += 1) limits.count(`address ${n}`, false);
    expect(limits.count('kept', true)).toBe(0);
  });
});
