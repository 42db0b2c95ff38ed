import { describe, expect, it } from 'vitest';
import { planReadyEnvironments } from '../../lib/ready-environments.ts';

const wanted = { environments: 27_500, idle: 10 };
const voting = { opensAt: new Date('2026-11-03T11:00Z'), closesAt: new Date('2026-11-04T01:00Z') };
const at = (time: string) =>
  planReadyEnvironments(wanted, { voting, deployedAtMs: Date.parse(`2026-11-${time}Z`) });
/** An hour and the five minutes that 27,500 take at 6,000 a minute. */
const up = { at: new Date('2026-11-03T09:55Z'), environments: 27_500 };
const down = { at: new Date('2026-11-04T02:00Z'), environments: 10 };

describe('what is kept ready', () => {
  it.each([
    ['01T00:00', { now: 10, changes: [up, down] }, 'days ahead: the clock does both'],
    ['03T09:24', { now: 10, changes: [up, down] }, 'long enough before to be deployed in time'],
    ['03T09:26', { now: 27_500, changes: [down] }, 'so late that the moment may pass meanwhile'],
    ['03T10:30', { now: 27_500, changes: [down] }, 'between warming up and the opening'],
    ['03T18:00', { now: 27_500, changes: [down] }, 'while votes come in, by force'],
    ['04T01:31', { now: 10, changes: [] }, 'when cooling down may pass meanwhile: the close is past'],
    ['05T00:00', { now: 10, changes: [] }, 'afterwards'],
  ])('deployed on %s is %j: %s', (time, expected) => {
    expect(at(time)).toEqual(expected);
  });

  it('is the few of an idle day when nobody says when votes come', () => {
    expect(planReadyEnvironments(wanted, { deployedAtMs: 1 })).toEqual({ now: 10, changes: [] });
  });

  it('is everything from the opening to the close, whenever it was deployed', () => {
    for (let hour = 0; hour < 96; hour++) {
      const deployedAtMs = Date.parse('2026-11-01T00:00Z') + hour * 3_600_000;
      const plan = planReadyEnvironments(wanted, { voting, deployedAtMs });
      for (const moment of [voting.opensAt, voting.closesAt]) {
        if (moment.getTime() < deployedAtMs) continue;
        const last = plan.changes.filter((change) => change.at <= moment).at(-1);
        expect(last?.environments ?? plan.now).toBe(27_500);
      }
    }
  });
});
