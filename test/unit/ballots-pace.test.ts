import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBallotsPace } from '../../lib/count/ballots-pace.ts';

const minute = 60_000;

describe('comparing each ballot while a count follows', () => {
  it('begins after a minute, and takes a twentieth of the time at most', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 20 * minute }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(durations, fc.integer({ min: 100, max: minute }), (tookMs, everyMs) => {
        const pace = createBallotsPace(0);
        let nowMs = 0;
        let spentMs = 0;
        for (const took of tookMs) {
          while (!pace.isDue(nowMs)) nowMs += everyMs;
          expect(spentMs / nowMs).toBeLessThanOrEqual(1 / 20);
          pace.note(nowMs, nowMs + took);
          nowMs += took;
          spentMs += took;
        }
      }),
    );
  });

  it('of few ballots is done once a minute', () => {
    const pace = createBallotsPace(0);
    expect([pace.isDue(minute - 1), pace.isDue(minute)]).toEqual([false, true]);
    pace.note(minute, minute + 100);
    expect([pace.isDue(2 * minute), pace.isDue(2 * minute + 100)]).toEqual([false, true]);
  });
});
