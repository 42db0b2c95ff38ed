import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A bug planted in the sources themselves. */
export interface Mutant {
  readonly file: string;
  /** Stands in the file exactly once, or the mutant no longer fits it. */
  readonly find: string;
  readonly replace: string;
}

/**
 * The sources with a bug in them, in a directory of their own, and the simulation run there.
 * @returns what `npm run simulate -- --json` printed and ended with
 */
export async function simulateMutant(mutant: Mutant, args: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-mutant-'));
  try {
    for (const part of ['functions', 'schema', 'lib', 'load', 'package.json'])
      cpSync(join(root, part), join(directory, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    plant(directory, mutant);
    return await simulate(directory, args);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The simulation on the sources as they are. */
export const simulateSources = (args: readonly string[]) => simulate(root, args);

function plant(directory: string, { file, find, replace }: Mutant): void {
  const path = join(directory, file);
  const parts = readFileSync(path, 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} of: ${find}`);
  writeFileSync(path, parts.join(replace));
}

function simulate(
  directory: string,
  args: readonly string[],
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['load/simulate.ts', ...args], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
