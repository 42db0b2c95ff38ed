import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import type { ServiceName } from './child.ts';
import { systemCode } from './local-error.ts';
import { replaceFile } from './replace-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Not in a directory that other users can write to: it is code. */
const cacheDir = join(root, 'node_modules/.cache/ballotstream');

/** Each becomes one file. Not the stream: kinesalite looks for its own modules by name, at run time. */
const bundled = ['store', 'edge', 'writer'] as const satisfies readonly ServiceName[];

/**
 * Bundles the children's code, one file each, as production does with the functions in them: 53 MB
 * less for the pipeline's processes than loading some 1,500 modules from their own files (570 to
 * 517 MB, replay included, 40,000 Rhode Island ballots; Node 24, 2 cores, 2026-11-23).
 *
 * Files are named by their content: two pipelines can share them, and a running one keeps its own.
 */
export async function bundleServices(): Promise<ReadonlyMap<ServiceName, string>> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: bundled.map((name) => `lib/local/services/${name}.ts`),
    outdir: cacheDir,
    write: false,
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
  });
  await stop();
  const files = new Map<ServiceName, string>();
  for (const [index, { contents }] of outputFiles.entries()) {
    const name = bundled[index];
    const file = name === undefined ? null : keepBundle(name, contents);
    // Where nothing can be kept, the sources run: the same code, and more memory.
    if (name !== undefined && file !== null) files.set(name, file);
  }
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
