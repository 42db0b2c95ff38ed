import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundleBytesMax, bundleOptions, entryOf, type FunctionFolder } from '../../lib/bundle-options.ts';

const folders: readonly FunctionFolder[] = ['ingest', 'results', 'writer', 'maintenance', 'migrate'];

async function bundle(folder: FunctionFolder) {
  const { outputFiles, warnings, metafile } = await build({
    ...bundleOptions,
    mainFields: [...bundleOptions.mainFields],
    external: [...bundleOptions.external],
    entryPoints: [entryOf(folder)],
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return { bytes: outputFiles[0]?.contents.length ?? 0, warnings, inputs: Object.keys(metafile.inputs) };
}

describe.each(folders)('the bundle of %s', (folder) => {
  it('is built without a warning and stays below its limit', async () => {
    const { bytes, warnings } = await bundle(folder);
    expect(warnings).toEqual([]);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(bundleBytesMax[folder] ?? 1_500_000);
  });
});

it('leaves the database out of ingest', async () => {
  const { inputs } = await bundle('ingest');
  expect(inputs.filter((file) => /node_modules\/(pg|drizzle-orm)\//.test(file))).toEqual([]);
});

it('keeps drizzle out of every function but the one that migrates', () => {
  // What a query builder costs in a cold start is said in the README; the functions' SQL is their own.
  for (const folder of ['writer', 'results', 'maintenance']) {
    const text = readFileSync(entryOf(folder as FunctionFolder), 'utf8');
    expect(text).not.toContain('drizzle');
  }
});
