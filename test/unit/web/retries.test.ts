import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, addressParts, electionOf, readRetryAfter } from '../../../functions/web/api/ask.ts';
import {
  delayMsMax,
  firstDelayMs,
  isFinal,
  isRefusal,
  retryDelayMs,
} from '../../../functions/web/api/retry-schedule.ts';
import { type ProblemCode, problems } from '../../../schema/wire/problem.ts';

const random = fc.double({ min: 0, max: 1, noNaN: true });
const attempt = fc.nat(10_000);

describe('the pause before another attempt', () => {
  it('is never longer than its limit, never shorter than half of the first', () => {
    fc.assert(
      fc.property(attempt, random, (n, drawn) => {
        const delayMs = retryDelayMs(n, drawn, null);
        expect(delayMs).toBeGreaterThanOrEqual(firstDelayMs / 2);
        expect(delayMs).toBeLessThanOrEqual(delayMsMax);
      }),
    );
  });

  it('is longer after every failure until it is at its limit', () => {
    const [first, second, late, later] = [0, 1, 50, 51].map((n) => retryDelayMs(n, 0.5, null));
    expect(second).toBe(2 * (first ?? 0));
    expect(later).toBe(late);
  });

  it('is at least what the server asks for, and not the same for all that it asked', () => {
    fc.assert(
      fc.property(attempt, random, fc.nat(900_000), (n, drawn, askedMs) => {
        expect(retryDelayMs(n, drawn, askedMs)).toBeGreaterThan(askedMs);
      }),
    );
    expect(retryDelayMs(3, 0.1, 1_000)).not.toBe(retryDelayMs(3, 0.9, 1_000));
  });

  it('takes seconds from Retry-After and nothing else', () => {
    expect(
      [null, '', '2', '0', '-1', '1e3', 'Wed, 21 Oct 2026 07:28:00 GMT', '999999'].map(readRetryAfter),
    ).toEqual([null, null, 2_000, 0, null, null, null, null]);
  });
});

describe('what is asked again', () => {
  const refusal = (status: number, code: ProblemCode | null): Answer<never> => ({
    kind: 'problem',
    status,
    code,
    detail: '',
    retryAfterMs: null,
  });

  it('is whatever may have been taken or may be taken later, and no definite no', () => {
    for (const [code, { status }] of Object.entries(problems)) {
      const isLater = status >= 500 || status === 429;
      expect([code, isFinal(refusal(status, code as ProblemCode))]).toEqual([code, !isLater]);
    }
    expect(isFinal({ kind: 'unreachable' })).toBe(false);
    expect(isFinal({ kind: 'ok', body: {} })).toBe(true);
  });

  it('may have been taken, unless the API itself has said no', () => {
    for (const [code, { status }] of Object.entries(problems))
      expect([code, isRefusal(refusal(status, code as ProblemCode))]).toEqual([code, status < 500]);
    for (const answer of [
      { kind: 'unreachable' } as const,
      refusal(403, null),
      { kind: 'ok', body: {} } as const,
    ])
      expect(isRefusal(answer)).toBe(false);
  });

  it('is any answer that is not the API’s', () => {
    for (const status of [302, 400, 403, 404, 418, 502]) expect(isFinal(refusal(status, null))).toBe(false);
  });
});

describe('an address', () => {
  it('names an election only where it could be one', () => {
    expect(
      ['/vote/demo', '/vote/demo/x', '/vote/', '/vote', '/vote/Demo', '/vote/%2e%2e', '/vote/-x'].map(
        electionOf,
      ),
    ).toEqual(['demo', 'demo', null, null, null, null, null]);
    expect(addressParts('/receipts/demo/abc')).toEqual(['demo', 'abc']);
  });
});
