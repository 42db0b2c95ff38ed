import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pairing } from '../../../functions/web/kiosk/kiosk-store.ts';
import { castTime, isOpen } from '../../../functions/web/kiosk/make-vote.ts';
import { findSetupFault } from '../../../functions/web/kiosk/set-up.ts';
import {
  holdsAll,
  sortResults,
  takeBatch,
  type VoteResult,
} from '../../../functions/web/kiosk/sort-results.ts';
import { instantSchema } from '../../../schema/wire/ids.ts';
import { type ProblemCode, problems, problemType } from '../../../schema/wire/problem.ts';

const accepted = (ballotId: string) =>
  ({ status: 'accepted', receipt: { ballotId } }) as unknown as Extract<VoteResult, { status: 'accepted' }>;
const refused = (code: ProblemCode): VoteResult => ({
  status: 'refused',
  problem: { type: problemType(code), title: '', status: problems[code].status, detail: '' },
});
const code = fc.constantFrom(...(Object.keys(problems) as ProblemCode[]));
const ids = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 30 });

describe('the answer to a kiosk’s batch', () => {
  it('lets a vote go for its own acknowledgement only, whatever the answer holds', () => {
    const answers = ids.chain((ballotIds) =>
      fc.record({
        ballotIds: fc.constant(ballotIds),
        results: fc.array(fc.oneof(fc.constantFrom(...ballotIds).map(accepted), code.map(refused)), {
          maxLength: 35,
        }),
      }),
    );
    fc.assert(
      fc.property(answers, ({ ballotIds, results }) => {
        const sorted = sortResults(ballotIds, results);
        for (const [index, ballotId] of ballotIds.entries()) {
          const result = results[index];
          const isOwn = result?.status === 'accepted' && result.receipt.ballotId === ballotId;
          expect(sorted.acknowledged.includes(ballotId)).toBe(isOwn);
          if (sorted.refused.has(ballotId)) expect(result?.status).toBe('refused');
        }
      }),
    );
  });

  it('puts aside what no later attempt can change, and keeps what a credential, a clock or an hour can', () => {
    const fateOf = (one: ProblemCode) => {
      const { refused: aside, held } = sortResults(['a'], [refused(one)]);
      return aside.has('a') ? 'aside' : held.size === 0 ? 'again' : 'held';
    };
    expect(
      Object.fromEntries((Object.keys(problems) as ProblemCode[]).map((one) => [one, fateOf(one)])),
    ).toMatchObject({
      'bad-pass': 'aside',
      'wrong-region': 'aside',
      'unknown-choice': 'aside',
      'invalid-request': 'aside',
      'bad-kiosk-token': 'held',
      'kiosk-revoked': 'held',
      'cast-time-not-signed': 'held',
      'cast-time-out-of-window': 'held',
      'not-yet-open': 'held',
      closed: 'held',
      'not-durable': 'again',
      'temporarily-unavailable': 'again',
      'internal-error': 'again',
      'too-many-attempts': 'again',
    });
  });

  it('is no answer where votes have none', () => {
    expect(sortResults(['a', 'b'], [accepted('a')])).toEqual({
      acknowledged: ['a'],
      refused: new Map(),
      held: new Set(),
    });
    expect(sortResults(['a', 'b'], [accepted('b'), accepted('a')]).acknowledged).toEqual([]);
  });

  it('holds what is behind only where every vote is held, and for what every vote has in common', () => {
    const holds = (...results: VoteResult[]) =>
      holdsAll(
        sortResults(
          results.map((_, index) => String(index)),
          results,
        ),
      );
    expect(holds(refused('kiosk-revoked'))).toBe(true);
    expect(holds(refused('cast-time-out-of-window'), refused('closed'))).toBe(true);
    expect(holds(refused('cast-time-out-of-window'))).toBe(false);
    expect(holds(refused('kiosk-revoked'), accepted('1'))).toBe(false);
    expect(holds(refused('kiosk-revoked'), refused('bad-pass'))).toBe(false);
    expect(holds(refused('not-durable'))).toBe(false);
  });
});

describe('a kiosk’s batch', () => {
  it('fits into its bytes, is as long as it can be, and never empty', () => {
    const votes = fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 50 });
    const sizeOf = (list: readonly string[]) =>
      list.reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)) + 1, 0);
    fc.assert(
      fc.property(votes, fc.integer({ min: 1, max: 2_000 }), (list, bytesMax) => {
        const taken = takeBatch(list, bytesMax);
        expect(taken).toEqual(list.slice(0, taken.length));
        expect(taken.length).toBeGreaterThan(0);
        if (taken.length > 1) expect(sizeOf(taken)).toBeLessThanOrEqual(bytesMax);
        const next = list[taken.length];
        if (next !== undefined) expect(sizeOf([...taken, next])).toBeGreaterThan(bytesMax);
      }),
    );
  });
});

describe('the time a kiosk states', () => {
  it('is the minute, and never before the opening', () => {
    const openMs = Date.parse('2026-11-03T07:00:30Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000_000 }), (sinceMs) => {
        const stated = castTime(openMs + sinceMs, '2026-11-03T07:00:30Z');
        expect(instantSchema.parse(stated)).toBe(stated);
        const statedMs = Date.parse(stated);
        expect(statedMs).toBeGreaterThanOrEqual(openMs);
        expect(statedMs).toBeLessThanOrEqual(openMs + sinceMs);
        expect(statedMs === openMs || statedMs % 60_000 === 0).toBe(true);
      }),
    );
  });
});

describe('voting', () => {
  it('is open from the first moment to before the last, as the writer has it', () => {
    const hours = { opensAt: '2026-11-03T07:00:00Z', closesAt: '2026-11-03T20:00:00Z' };
    const at = (instant: string) => isOpen(hours, Date.parse(instant));
    expect(at('2026-11-03T06:59:59.999Z')).toBe(false);
    expect(at('2026-11-03T07:00:00Z')).toBe(true);
    expect(at('2026-11-03T19:59:59.999Z')).toBe(true);
    expect(at('2026-11-03T20:00:00Z')).toBe(false);
  });
});

describe('a kiosk that is set up anew', () => {
  const place = (election: string, station: string, credential: string | null = 'c') =>
    ({ definition: { election }, region: 'north', station, credential }) as unknown as Pairing;
  const here = place('town', 'n-01');

  it('goes anywhere when nothing waits, and only back to its place when something does', () => {
    expect(findSetupFault(here, place('town', 'n-02'), 0)).toBeNull();
    expect(findSetupFault(here, place('village', 'n-01'), 0)).toBeNull();
    expect(findSetupFault(here, place('town', 'n-01', 'other'), 3)).toBeNull();
    expect(findSetupFault(here, place('town', 'n-02'), 1)).toBe('votes-wait');
    expect(findSetupFault(here, place('village', 'n-01'), 1)).toBe('votes-wait');
  });

  it('takes a credential for a credential, the first time excepted', () => {
    const demonstration = place('demo', 'n-01', null);
    expect(findSetupFault(here, demonstration, 0)).toBe('needs-credential');
    expect(findSetupFault(undefined, demonstration, 0)).toBeNull();
    expect(findSetupFault(demonstration, place('demo', 'n-02', null), 0)).toBeNull();
    expect(findSetupFault(demonstration, here, 0)).toBeNull();
  });
});
