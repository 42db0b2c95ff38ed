import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPostgresBinaries, restoreLibraryLinks } from '../../lib/local/postgres-binaries.ts';

let native: string;
beforeEach(() => {
  native = join(mkdtempSync(join(tmpdir(), 'ballotstream-binaries-')), 'native');
  mkdirSync(join(native, 'lib'), { recursive: true });
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), 'library');
  writeFileSync(
    join(native, 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]),
  );
});
afterEach(() => rmSync(join(native, '..'), { recursive: true, force: true }));

describe("PostgreSQL's binaries", () => {
  it('are found for this platform', () => {
    expect(lstatSync(findPostgresBinaries().postgres).isFile()).toBe(true);
  });

  it('get the library links back that npm did not make, once', () => {
    restoreLibraryLinks(native);
    restoreLibraryLinks(native);
    expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    expect(readFileSync(join(native, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
  });

  it('are said to be unusable in one line when a link cannot be made', () => {
    rmSync(join(native, 'lib'), { recursive: true });
    expect(() => restoreLibraryLinks(native)).toThrow(
      /^PostgreSQL's library link libpq\.so\.5 is missing [^\n]*$/,
    );
  });
});
