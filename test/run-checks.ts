import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm test`: everything that must hold before a change lands, cheapest first. All checks run, also
 * after one failed. Arguments go to vitest (`npm test -- --project unit`).
 *
 * The last line is `N passed, N failed[, N skipped]`: each check counts as one, each test as one.
 */

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Not from npm: where it is missing the check is skipped, with this word on how to get it. */
  readonly install?: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(chooseTemporary(), 'ballotstream-checks-'));
// PostgreSQL, another user where root tests, has to pass through.
chmodSync(scratch, 0o711);
const reportPath = join(scratch, 'vitest.json');

const env = {
  ...process.env,
  // All that tests make lies in one place, which goes with this process whatever they leave.
  TMPDIR: scratch,
  PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
  // The tests start some hundred processes from the same sources: 0.25 s of CPU each is for compiling them.
  NODE_COMPILE_CACHE: join(scratch, 'compiled'),
};

const checks: readonly Check[] = [
  { name: 'types', command: 'tsc', args: ['--project', 'tsconfig.json'] },
  // Again, without Node's types: a page has no Buffer and no process.
  { name: 'types of pages', command: 'tsc', args: ['--project', 'functions/web/tsconfig.json'] },
  { name: 'format and imports', command: 'biome', args: ['check', '--error-on-warnings', '.'] },
  { name: 'typed lint', command: 'oxlint', args: ['--deny-warnings'] },
  { name: 'unused code', command: 'knip', args: ['--no-progress', '--treat-config-hints-as-errors'] },
  ...['dev', 'peak'].flatMap((stage): Check[] => [
    {
      name: `cdk synth, ${stage}`,
      command: 'cdk',
      args: ['synth', '--quiet', '-c', `stage=${stage}`, '--output', join(scratch, stage)],
    },
    {
      name: `cfn-lint, ${stage}`,
      command: 'cfn-lint',
      args: [join(scratch, stage, '*.template.json')],
      install: 'pip install cfn-lint',
    },
  ]),
];

const tests: Check = {
  name: 'tests',
  command: 'vitest',
  args: [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
  ],
};

let interruption: NodeJS.Signals | null = null;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interruption = signal));
try {
  process.exitCode = await runAll(process.argv.slice(2));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/**
 * In memory where there is room: tests make some hundred clusters of PostgreSQL, a thousand files each, and the system's
 * share of starting a pipeline was four times as large on a disk (3.9 against 1.0 s of CPU). None of them cuts the power.
 */
function chooseTemporary(): string {
  const [memory, bytesMin] = ['/dev/shm', 8 * 1024 ** 3];
  if (process.env['TMPDIR'] !== undefined || process.platform !== 'linux') return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(memory);
    return Math.min(bavail * bsize, freemem()) < bytesMin ? tmpdir() : memory;
  } catch {
    return tmpdir();
  }
}

async function runAll(vitestArgs: readonly string[]): Promise<number> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const failedNames: string[] = [];
  for (const check of checks) {
    if (check.install !== undefined && !isInstalled(check.command)) {
      total.skipped += 1;
      console.log(`skipped ${check.name}: ${check.command} is not there; ${check.install}`);
      continue;
    }
    const startedMs = performance.now();
    const { code, output } = await run(check, 'collect');
    if (interruption !== null) return 130;
    const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
    if (code === 0) {
      total.passed += 1;
      console.log(`ok      ${check.name} (${took})`);
    } else {
      total.failed += 1;
      failedNames.push(check.name);
      console.log(
        `${output.trimEnd()}\nFAILED  ${check.name} (${took}): ${check.command} ${check.args.join(' ')}`,
      );
    }
  }
  const { code } = await run({ ...tests, args: [...tests.args, ...vitestArgs] }, 'show');
  const counted = readReport();
  // Vitest also fails without a failed test: no tests found, an error outside of them.
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  if (code !== 0) failedNames.push(tests.name);
  total.passed += counted.passed;
  total.failed += counted.failed;
  total.skipped += counted.skipped;
  if (failedNames.length > 0) console.log(`\nfailed: ${failedNames.join(', ')}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return failedNames.length > 0 ? 1 : 0;
}

function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** What a check prints matters only if it fails; what the tests print is shown as it comes. */
function run(check: Check, output: 'collect' | 'show'): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(check.command, check.args, {
      cwd: root,
      stdio: output === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      env,
    });
    // From a terminal it has had it already.
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    process.once('SIGTERM', pass);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    }
    child.on('error', (error) =>
      resolve({ code: 1, output: `${check.command} did not start: ${error.message}` }),
    );
    child.on('close', (code) => {
      process.off('SIGTERM', pass);
      resolve({ code: code ?? 1, output: text });
    });
  });
}

function readReport(): Counts {
  try {
    const report = JSON.parse(readFileSync(reportPath, 'utf8')) as Record<string, unknown>;
    return {
      passed: Number(report['numPassedTests'] ?? 0),
      failed: Number(report['numFailedTests'] ?? 0),
      skipped: Number(report['numPendingTests'] ?? 0) + Number(report['numTodoTests'] ?? 0),
    };
  } catch {
    console.log('vitest left no report');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
