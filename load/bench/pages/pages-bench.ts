import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumArgs, findChromium, howToGetChromium } from '../../../lib/local/chromium.ts';
import { startPipeline } from '../../../lib/local/pipeline.ts';
import { BenchError } from '../bench-error.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { atMost, formatFigure, roundFigure } from '../goals.ts';
import { alternate, median, percentile } from '../rounds.ts';
import { formatTable } from '../table.ts';

const paths = {
  vote: '/vote/demo',
  receipts: '/receipts/demo',
  results: '/results/demo',
  kiosk: '/kiosk/demo',
} as const;
type PageName = keyof typeof paths;
const names = Object.keys(paths) as PageName[];

/** A cheap phone against the machine that runs this: what Chrome's own tools call a low-end one. */
const cpuSlowdown = 4;
/** Of the ballot page: the issue of a voter in a hurry. */
const firstPaintMsMax = 1_000;
const rounds = { full: 15, quick: 1 };
const phone = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true } as const;

interface Times {
  readonly firstPaintMs: number;
  /** Until the heading that the page's script writes is there, which takes the election's definition. */
  readonly headingMs: number;
}

/** When somebody with a cheap phone sees something: nothing cached, server on the same machine. */
export async function benchPages({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new BenchError('no-browser', howToGetChromium);
  const pipeline = await startPipeline({ dataDir: stage.file('data'), port: 0, durable: false });
  stage.defer(() => pipeline.abort());
  const browser = await chromium.launch({ executablePath, headless: true, args: [...chromiumArgs] });
  stage.defer(() => browser.close());
  const count = quick ? rounds.quick : rounds.full;
  for (const name of names) await open(browser, pipeline.endpoint + paths[name]);
  const headings: Record<PageName, number[]> = { vote: [], receipts: [], results: [], kiosk: [] };
  const paints = await alternate(names, count, async (name, round) => {
    if (name === names[0]) say(`pages: round ${round + 1} of ${count}`);
    const { firstPaintMs, headingMs } = await open(browser, pipeline.endpoint + paths[name]);
    headings[name].push(headingMs);
    return firstPaintMs;
  });
  return describe(paints, headings, count, browser.version());
}

async function open(browser: Browser, url: string): Promise<Times> {
  const context = await browser.newContext(phone);
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown });
    await page.addInitScript(noteHeading);
    await page.goto(url);
    return await readTimes(page);
  } finally {
    await context.close();
  }
}

/** In the page, before anything else of it. */
function noteHeading(): void {
  const observer = new MutationObserver(() => {
    if (document.querySelector('main h1') === null) return;
    performance.mark('heading');
    observer.disconnect();
  });
  observer.observe(document, { childList: true, subtree: true });
}

async function readTimes(page: Page): Promise<Times> {
  await page.waitForFunction(
    () =>
      performance.getEntriesByName('first-contentful-paint').length > 0 &&
      performance.getEntriesByName('heading').length > 0,
  );
  return page.evaluate(() => {
    const startOf = (name: string) => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN;
    return { firstPaintMs: startOf('first-contentful-paint'), headingMs: startOf('heading') };
  });
}

function describe(
  paints: Readonly<Record<PageName, readonly number[]>>,
  headings: Readonly<Record<PageName, readonly number[]>>,
  count: number,
  version: string,
): BenchResult {
  const figures = names.map((name) => ({
    name,
    firstPaintMs: {
      median: roundFigure(median(paints[name])),
      p95: roundFigure(percentile(paints[name], 0.95)),
    },
    headingMs: roundFigure(median(headings[name])),
  }));
  const rows = figures.map(({ name, firstPaintMs, headingMs }) => [
    name,
    formatFigure(firstPaintMs.median),
    formatFigure(firstPaintMs.p95),
    formatFigure(headingMs),
  ]);
  return {
    postgresql: null,
    goals: [atMost('ballot page, first paint, p95, ms', percentile(paints.vote, 0.95), firstPaintMsMax)],
    figures: {
      rounds: count,
      cpuSlowdown,
      pages: Object.fromEntries(
        figures.map(({ name, firstPaintMs, headingMs }) => [name, { firstPaintMs, headingMs }]),
      ),
    },
    lines: [
      ...formatTable(['ms', 'first paint, median', 'p95', 'heading, median'], rows),
      `Chromium ${version}, CPU slowed ${cpuSlowdown}×, a fresh profile each time, the server on the same machine:`,
      `what a slow processor adds, not what a network does. ${count} times each, in turn.`,
    ],
  };
}
