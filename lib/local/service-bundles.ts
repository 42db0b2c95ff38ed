import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, stop, version } from 'esbuild';
import type { ServiceName } from './child.ts';
import { systemCode } from './local-error.ts';
import { replaceFile } from './replace-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Not in a directory that other users can write to: it is code. */
const cacheDir = join(root, 'node_modules/.cache/ballotstream');
const listFile = join(cacheDir, 'services.json');

/** Each becomes one file. Not the stream: kinesalite looks for its own modules by name, at run time. */
const bundled = ['store', 'edge', 'writer', 'migrate'] as const satisfies readonly ServiceName[];

const options = {
  absWorkingDir: root,
  entryPoints: bundled.map((name) => `lib/local/services/${name}.ts`),
  outdir: cacheDir,
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // Identifiers stay: a stack trace in a log still names the function.
  minifyWhitespace: true,
  minifySyntax: true,
  // What CommonJS packages ask for at run time.
  banner: {
    js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
  },
  // pg asks for it and goes on without.
  external: ['pg-native'],
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** What was built last, and of what. */
interface Kept {
  readonly files: readonly (readonly [ServiceName, string])[];
  readonly sources: readonly string[];
  readonly key: string;
}

/**
 * Bundles the children's code, one file each, as production does with the functions in them: 53 MB
 * less for the pipeline's processes than loading some 1,500 modules from their own files (570 to
 * 517 MB, replay included, 40,000 Rhode Island ballots; Node 24, 2 cores, 2026-11-23). Built once: as
 * long as every source is what it was, what is there is taken (0.8 to 0.06 s, 2026-11-28).
 *
 * Files are named by their content: two pipelines can share them, and a running one keeps its own.
 */
export async function bundleServices(): Promise<ReadonlyMap<ServiceName, string>> {
  return new Map(readKept()?.files ?? (await buildServices()));
}

/** Null: nothing, something else, or not all of it. */
function readKept(): Kept | null {
  try {
    const kept = JSON.parse(readFileSync(listFile, 'utf8')) as Kept;
    const isThere = kept.files.every(([, file]) => existsSync(file));
    return isThere && kept.key === keyOf(kept.sources) ? kept : null;
  } catch {
    return null;
  }
}

/** Of all that the bundles are made from. What decides which files those are, stands in the lock file and in them. */
function keyOf(sources: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([version, options, sources]));
  for (const source of ['package-lock.json', 'tsconfig.json', ...sources])
    hash.update(readFileSync(join(root, source))).update('\0');
  return hash.digest('hex');
}

async function buildServices(): Promise<Kept['files']> {
  const { outputFiles, metafile } = await build(options);
  await stop();
  const files = outputFiles.flatMap(({ contents }, index) => {
    const name = bundled[index];
    const file = name === undefined ? null : keepBundle(name, contents);
    // Where nothing can be kept, the sources run: the same code, and more memory.
    return name !== undefined && file !== null ? [[name, file] as const] : [];
  });
  const sources = Object.keys(metafile.inputs).sort();
  if (files.length === bundled.length)
    replaceFile(listFile, JSON.stringify({ files, sources, key: keyOf(sources) } satisfies Kept));
  return files;
}

/** Null: the directory of the packages cannot be written to. */
function keepBundle(name: ServiceName, contents: Uint8Array): string | null {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  const file = join(cacheDir, `${name}-${hash}.mjs`);
  try {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    if (!existsSync(file)) replaceFile(file, contents);
    return file;
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM'].includes(systemCode(error) ?? '')) return null;
    throw error;
  }
}
