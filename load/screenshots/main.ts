import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { chromiumArgs, findChromium, howToGetChromium } from '../../lib/local/chromium.ts';
import { startPipeline } from '../../lib/local/pipeline.ts';
import { castSampleVotes } from './sample-votes.ts';
import { shots, variants } from './shots.ts';

const helpText = `Takes pictures of every page, on a phone and on a desk, in light and dark.

  npm run screenshots -- [options]

  --out DIR   where to (default functions/web/screenshots)
  --only X    only pictures whose name begins with X
  --help      this

Needs Chromium (CHROMIUM names another one than the system's). Starts a pipeline of its own and removes it.
`;

const defaultDirectory = fileURLToPath(new URL('../../functions/web/screenshots', import.meta.url));
const sampleVotes = 1_200;

/**
 * `npm run screenshots`.
 * @returns the exit code: 0 done, 1 could not
 */
export async function runScreenshotsCommand(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    process.stderr.write(`screenshots: ${options}\n`);
    return 1;
  }
  if (options === null) {
    process.stdout.write(helpText);
    return 0;
  }
  const executablePath = findChromium();
  if (executablePath === undefined) {
    process.stderr.write(`screenshots: ${howToGetChromium}\n`);
    return 1;
  }
  await takeAll(executablePath, options.directory, options.only);
  return 0;
}

interface Options {
  readonly directory: string;
  readonly only: string;
}

/** Null: help is asked for. A text: what is wrong. */
function readOptions(args: readonly string[]): Options | string | null {
  try {
    const types = { out: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args: [...args], options: types, strict: true });
    if (values.help === true) return null;
    return { directory: values.out ?? defaultDirectory, only: values.only ?? '' };
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    return `${first}; --help lists the options`;
  }
}

async function takeAll(executablePath: string, directory: string, only: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'ballotstream-screenshots-'));
  const pipeline = await startPipeline({ dataDir: join(scratch, 'data'), port: 0, durable: false });
  const browser = await chromium.launch({ executablePath, headless: true, args: [...chromiumArgs] });
  try {
    await castSampleVotes(pipeline, sampleVotes);
    for (const shot of shots) {
      for (const name of shot.variants) {
        const file = join(directory, `${shot.name}-${name}.png`);
        if (!`${shot.name}-${name}`.startsWith(only)) continue;
        const context = await browser.newContext({
          locale: 'en-US',
          timezoneId: 'America/New_York',
          ...variants[name],
        });
        const page = await context.newPage();
        await shot.open(page, pipeline);
        await page.screenshot({ path: file, fullPage: shot.isWhole ?? true });
        await context.close();
        process.stdout.write(`${relative(process.cwd(), file)}\n`);
      }
    }
  } finally {
    await browser.close();
    await pipeline.abort();
    rmSync(scratch, { recursive: true, force: true });
  }
}
