import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePages } from '../web-bundle.ts';
import { pages } from '../web-pages.ts';
import { type KeptPage, listName } from './page-files.ts';

/**
 * Builds the pages into a directory, which is emptied first: the process that serves them has no esbuild.
 *
 * @param elections that the home page names
 */
export function layPages(directory: string, elections: readonly string[]): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  const { files } = bundlePages(pages, elections);
  const kept = files.map(({ body, ...file }, index): KeptPage => {
    writeFileSync(join(directory, String(index)), body, { mode: 0o600 });
    return file;
  });
  writeFileSync(join(directory, listName), JSON.stringify(kept), { mode: 0o600 });
}
