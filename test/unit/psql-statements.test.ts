import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStatements } from '../../lib/admin/psql-statements.ts';

describe('statements that are typed', () => {
  it('end with a semicolon, several on a line, and keep what has none', () => {
    expect(splitStatements('select 1; select 2;\n select 3')).toEqual({
      statements: ['select 1', 'select 2'],
      rest: '\n select 3',
    });
    expect(splitStatements(' ;; \n')).toEqual({ statements: [], rest: '' });
  });

  it('do not end within text, names, dollar quotes or comments, also where those have no end yet', () => {
    const quoted = [
      "'a;b'",
      "'it''s; so'",
      "e'it\\'s; so'",
      '"a;b"',
      '$$a;b$$',
      '$x$a;$$;b$x$',
      '-- a; b\n',
      '/* a; b */',
    ];
    for (const piece of quoted) {
      const text = `select ${piece} as x`;
      expect(splitStatements(`${text};`)).toEqual({ statements: [text], rest: '' });
    }
    for (const open of ["'a;", '"a;', '$$a;', '/* a;', '-- a;'])
      expect(splitStatements(`select ${open}`)).toEqual({ statements: [], rest: `select ${open}` });
  });

  it('are the same, however they are cut into lines', () => {
    const pieces = fc.array(fc.constantFrom('a', ' ', ';', "'", '"', '$$', '--', '/*', '*/', '\n'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(pieces, fc.nat(30), (parts, at) => {
        const text = parts.join('');
        const whole = splitStatements(text);
        const cut = text.lastIndexOf('\n', at) + 1;
        const first = splitStatements(text.slice(0, cut));
        const second = splitStatements(first.rest + text.slice(cut));
        expect([...first.statements, ...second.statements]).toEqual(whole.statements);
        expect(second.rest.trim()).toBe(whole.rest.trim());
      }),
    );
  });
});
