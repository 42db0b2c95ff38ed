import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDueQueue } from '../../../load/measure/due-queue.ts';
import { createLatencyHistogram } from '../../../load/measure/latency-histogram.ts';

describe('createLatencyHistogram', () => {
  it('tells every quantile to within 1 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 4_000_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const histogram = createLatencyHistogram();
          for (const value of values) histogram.record(value);
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
          // Half a microsecond is lost to rounding.
          expect(Math.abs(histogram.quantileMs(share) - exact)).toBeLessThanOrEqual(exact * 0.01 + 0.001);
          expect(histogram.count).toBe(values.length);
        },
      ),
    );
  });

  it('says 0 while it is empty, and takes what is beyond its range', () => {
    const histogram = createLatencyHistogram();
    expect(histogram.quantileMs(0.99)).toBe(0);
    histogram.record(-1);
    histogram.record(1e12);
    expect(histogram.quantileMs(0.5)).toBe(0);
    expect(histogram.quantileMs(1)).toBeGreaterThan(4_000_000);
  });
});

describe('createDueQueue', () => {
  it('gives out what is due, earliest first, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.nat(100), (dues, nowMs) => {
        const queue = createDueQueue<number>();
        for (const due of dues) queue.add(due, due);
        const sorted = [...dues].sort((a, b) => a - b);
        const taken: number[] = [];
        for (let item = queue.take(nowMs); item !== undefined; item = queue.take(nowMs)) taken.push(item);
        expect(taken).toEqual(sorted.filter((due) => due <= nowMs));
        expect(queue.size).toBe(dues.length - taken.length);
        expect(queue.nextDueMs()).toBe(sorted[taken.length] ?? Number.POSITIVE_INFINITY);
      }),
    );
  });
});
