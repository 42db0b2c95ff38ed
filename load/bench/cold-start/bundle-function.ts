import { build, stop } from 'esbuild';
import { bundleOptions, entryOf, type FunctionFolder, repositoryRoot } from '../../../lib/bundle-options.ts';

/**
 * Bundles a function as the stacks do, less the source map, which Lambda does not read.
 * @returns its size in bytes
 */
export async function bundleFunction(folder: FunctionFolder, file: string): Promise<number> {
  const { metafile } = await build({
    ...bundleOptions,
    mainFields: [...bundleOptions.mainFields],
    external: [...bundleOptions.external],
    absWorkingDir: repositoryRoot,
    entryPoints: [entryOf(folder)],
    outfile: file,
    metafile: true,
    logLevel: 'silent',
  });
  await stop();
  return Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}
