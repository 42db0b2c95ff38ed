import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleServices } from '../../lib/local/service-bundles.ts';

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const listFile = inRepository('node_modules/.cache/ballotstream/services.json');

/** Other pipelines that start meanwhile judge the list as this one does: none of them takes it either. */
const change = (what: Record<string, unknown>) =>
  writeFileSync(listFile, JSON.stringify({ ...JSON.parse(readFileSync(listFile, 'utf8')), ...what }));

describe('the bundles that npm start runs', { timeout: 60_000 }, () => {
  it.each([
    ['another source', () => change({ key: 'of what was there before' })],
    ['a source that is gone', () => change({ sources: ['lib/local/services/gone.ts'] })],
    ['no list that can be read', () => writeFileSync(listFile, '{')],
    ['a bundle that is gone', () => change({ files: [['edge', inRepository('gone.mjs')]] })],
  ])('are built again where there is %s, and then taken as they are', async (_, alter) => {
    const files = await bundleServices();
    expect([...files.keys()].sort()).toEqual(['edge', 'migrate', 'store', 'writer']);
    const list = readFileSync(listFile, 'utf8');
    alter();
    expect(await bundleServices()).toEqual(files);
    expect(readFileSync(listFile, 'utf8')).toBe(list);
    expect(await bundleServices()).toEqual(files);
  });
});
