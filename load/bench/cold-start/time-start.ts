import { spawn } from 'node:child_process';
import { BenchError } from '../bench-error.ts';

/** As Lambda's runtime loads a bundle; told apart from one that loads and has no handler. */
const loader = `const file = process.argv[1];
if (file !== undefined && typeof require(file).handler !== 'function') throw new Error('no handler');
process.stdout.write('ready', () => process.exit(0));`;

/** A start takes a fraction of a second; a machine with other work may need many times that. */
const startMsMax = 60_000;

/**
 * Starts a Node that loads a bundle, or nothing.
 *
 * @param variables all that the process has of an environment
 * @returns milliseconds from before the process was there until it said that its handler is
 * @throws BenchError when it does not come to that
 */
export function timeStart(variables: Readonly<Record<string, string>>, file?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const args = ['--input-type=commonjs', '--eval', loader, ...(file === undefined ? [] : ['--', file])];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...variables },
      timeout: startMsMax,
    });
    let readyMs: number | undefined;
    let complaint = '';
    child.stdout.once('data', () => {
      readyMs = performance.now() - startedMs;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 && readyMs !== undefined) resolve(readyMs);
      else {
        const last =
          complaint
            .trim()
            .split('\n')
            .findLast((line) => line.includes('Error')) ?? `code ${code}`;
        reject(new BenchError('wrong-result', `${file ?? 'node'} did not load: ${last}`));
      }
    });
  });
}
