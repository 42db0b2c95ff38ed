import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../', import.meta.url));

/** Folders under functions/ with a handler of their own: one Lambda each. */
export type FunctionFolder =
  | 'ingest'
  | 'results'
  | 'writer'
  | 'maintenance'
  | 'migrate'
  | 'gate'
  | 'issuer'
  | 'providers';

export const entryOf = (folder: FunctionFolder): string => `${repositoryRoot}functions/${folder}/handler.ts`;

/**
 * How functions are bundled, in the words of esbuild's JavaScript API: for the stacks, and for whoever wants
 * to measure the same bytes. The SDK goes in: the same bytes in every environment, and no search through the
 * runtime's copy.
 */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  // The packages' modules rather than their CommonJS: a fifth less, since what is unused falls away.
  mainFields: ['module', 'main'],
  minify: true,
  // pg asks for it and goes on without.
  external: ['pg-native'],
} as const;

/** Minified, bytes: what a cold start has to read and compile. */
export const bundleBytesMax: Partial<Readonly<Record<FunctionFolder, number>>> = {
  ingest: 1_000_000,
  writer: 1_500_000,
};
