import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareWithStream, type StreamFigures } from '../../lib/count/accepted.ts';

const figures = (accepted: number, verdict: StreamFigures['verdict'] = 'balanced'): StreamFigures => ({
  at: '2026-11-03T20:00:00Z',
  accepted,
  verdict,
});
const noted = (recorded: number) => ({ recorded, duplicates: 0, quarantined: 0 });

describe('a snapshot held against the stream', () => {
  it('is what the stream accepted, or lacks some of it, or has what nobody accepted', () => {
    expect(compareWithStream(figures(9), figures(9), noted(9))).toMatchObject({
      verdict: 'balanced',
      differences: [],
    });
    for (const recorded of [8, 10])
      expect(compareWithStream(figures(9), figures(9), noted(recorded))).toMatchObject({
        verdict: 'broken',
        differences: [{ kind: 'accounting', text: expect.stringContaining(`${recorded} recorded`) }],
      });
  });

  it('is never a false alarm, whatever is accepted and recorded meanwhile', () => {
    const history = fc.record({
      /** Accepted and recorded when somebody first asked; what came until the snapshot, and after. */
      first: fc.nat(20),
      behind: fc.nat(5),
      until: fc.nat(5),
      after: fc.nat(5),
      recordedInSnapshot: fc.nat(10),
    });
    fc.assert(
      fc.property(history, ({ first, behind, until, after, recordedInSnapshot }) => {
        const recordedFirst = Math.max(0, first - behind);
        const recorded = Math.min(first + until, recordedFirst + recordedInSnapshot);
        const before = figures(first, recordedFirst === first ? 'balanced' : 'catching-up');
        const { differences } = compareWithStream(before, figures(first + until + after), noted(recorded));
        expect(differences).toEqual([]);
      }),
    );
  });

  it('is not judged by a stream that is still being read, or does not hold everything', () => {
    for (const verdict of ['reading', 'partial'] as const)
      for (const [before, after] of [
        [figures(3, verdict), figures(9)],
        [figures(9), figures(3, verdict)],
      ] as const)
        expect(compareWithStream(before, after, noted(7))).toMatchObject({ verdict, differences: [] });
  });

  it('is not right where the pipeline itself says that its books are not', () => {
    expect(compareWithStream(figures(9, 'broken'), figures(9), noted(9)).differences).toHaveLength(1);
  });
});
