import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { surveyCodes } from '../../functions/core/voter-roll.ts';

const unmistakable = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('');

function survey(codes: readonly string[]) {
  const found = surveyCodes();
  for (const [index, code] of codes.entries()) found.add(index + 2, code);
  return found.findWeak();
}

describe('the access codes of a file', () => {
  it.each([
    ['13 letters and digits', ['K7QH-9WXE-2MPR-4'], null],
    ['12 of them', ['K7QH9WXE2MPR'], [2]],
    ['16 hexadecimal digits', ['0123 4567 89AB CDEF'], null],
    ['15 of them', ['0123 4567 89AB CDE'], [2]],
    ['20 digits', ['01234567890123456789'], null],
    ['13 digits', ['0123456789012'], [2]],
    ['a word of 13', ['correct horse b'], null],
    ['nothing but signs', ['!!!!!!!!!!!!!!!!!!!!'], [2]],
  ])('that are %s are weak on lines %j', (_, codes, lines) => {
    expect(survey(codes)?.lines ?? null).toEqual(lines);
  });

  it('that happen to be digits among letters are taken for what they all are', () => {
    expect(survey(['K7QH-9WXE-2MPR-4', '2345678923456', 'ABCDEFABCDEF2'])).toBeNull();
  });

  it('drawn by a machine are never refused, and one character shorter always', () => {
    const drawn = (length: number) =>
      fc.array(fc.string({ unit: fc.constantFrom(...unmistakable), minLength: length, maxLength: length }), {
        minLength: 1,
      });
    // One that shows the alphabet: of a single code nobody could tell.
    fc.assert(fc.property(drawn(13), (codes) => survey(['ZZZZZZZZZZZZZ', ...codes]) === null));
    fc.assert(
      fc.property(
        drawn(12),
        (codes) => survey(['ZZZZZZZZZZZZZ', ...codes])?.lines.length === Math.min(50, codes.length),
      ),
    );
  });
});
