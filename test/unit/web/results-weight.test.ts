import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundlePages } from '../../../lib/web-bundle.ts';
import { pages } from '../../../lib/web-pages.ts';

const scriptBytesMax = 40 * 1024;

it('the results page loads at most 40 KB of script, compressed', () => {
  const { files, filesOf } = bundlePages(pages);
  const scripts = files.filter(({ path }) => path.endsWith('.js') && filesOf('results').includes(path));
  const bytes = scripts.reduce((sum, { body }) => sum + gzipSync(body).length, 0);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeGreaterThan(5_000);
  expect(bytes).toBeLessThanOrEqual(scriptBytesMax);
});
