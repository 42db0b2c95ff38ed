import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAccounting } from '../../functions/core/accounting.ts';

describe('the accounting', () => {
  it('says the sentence with its numbers when they add up', () => {
    expect(checkAccounting({ accepted: 10, recorded: 7, duplicates: 2, quarantined: 1 })).toMatchObject({
      ok: true,
      missing: 0,
      sentence: 'accepted 10 = 7 recorded + 2 duplicate + 1 quarantined',
    });
  });

  it('says how many votes are nowhere to be found', () => {
    expect(checkAccounting({ accepted: 10, recorded: 7, duplicates: 2, quarantined: 0 })).toMatchObject({
      ok: false,
      missing: 1,
      sentence: 'accepted 10 ≠ 7 recorded + 2 duplicate + 0 quarantined',
    });
  });

  it('says how many votes are recorded that nobody accepted', () => {
    expect(checkAccounting({ accepted: 3, recorded: 4, duplicates: 0, quarantined: 0 })).toMatchObject({
      ok: false,
      missing: -1,
    });
  });

  it('of nothing adds up', () => {
    expect(checkAccounting({ accepted: 0, recorded: 0, duplicates: 0, quarantined: 0 }).ok).toBe(true);
  });

  it('never adds up after one vote is lost, doubled or moved out of the books', () => {
    const counts = fc.record({ recorded: fc.nat(3e8), duplicates: fc.nat(3e8), quarantined: fc.nat(3e8) });
    fc.assert(
      fc.property(counts, fc.constantFrom(-1, 1), (fates, off) => {
        const accepted = fates.recorded + fates.duplicates + fates.quarantined;
        expect(checkAccounting({ accepted, ...fates }).ok).toBe(true);
        expect(checkAccounting({ accepted: accepted + off, ...fates })).toMatchObject({
          ok: false,
          missing: off,
        });
      }),
    );
  });
});
