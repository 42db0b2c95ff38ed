import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoBrowser } from '../support/browser.ts';
import { kioskOf, noLine, tablet } from '../support/kiosk-page.ts';
import { makeDirectory } from '../support/local-services.ts';
import { type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: the kiosk without a line (${skipped})`);

const votes = 50;

describe.skipIf(skipped !== undefined)('the kiosk without a line', () => {
  let site: Site;
  const directory = makeDirectory();
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(async () => {
    await site?.stop();
    directory.remove();
  });

  it('keeps 50 votes without a line, loses none when the browser is killed, and doubles none when the line is back', async () => {
    const { pair, voteOnce, results, atStation } = kioskOf(site);
    const before = await site.countBallots();
    const profile = join(directory.path, 'profile');
    let context = await site.browser.openProfile(profile, tablet);
    let page = await context.newPage();
    await pair(page);
    site.pipeline.kill('edge', 'SIGKILL', { restart: false });
    await page.reload();
    for (let n = 0; n < votes; n += 1) await voteOnce(page);
    await page.getByText(`${votes} waiting`).waitFor();
    await page.getByText(noLine).waitFor();
    // The last one was told that it is kept; nothing else is asked for before the plug is pulled.
    await killBrowser(context);

    context = await site.browser.openProfile(profile, tablet);
    page = await context.newPage();
    await page.goto(`${site.origin}/kiosk`);
    await page.getByText(`${votes} waiting`).waitFor();
    // Answers to the first two batches are lost on the way: the same votes go out again.
    let lost = 0;
    await page.route('**/votes/batch', async (route) => {
      if (lost === 2) return route.continue();
      const answer = await route.fetch().catch(() => null);
      if (answer?.ok() === true) lost += 1;
      await route.abort('connectionreset');
    });
    await site.pipeline.restart('edge');
    await page.getByText('0 waiting', { exact: true }).waitFor({ timeout: 90_000 });
    expect(lost).toBe(2);
    expect(await site.countBallots()).toBe(before + votes);
    expect(await results('demo')).toMatchObject({ duplicates: 0, quarantined: 0 });
    expect(await atStation('birch-02')).toBe(votes);
    await context.close();
  }, 300_000);
});

/** As a power cut would: no page, worker or process of the browser gets to finish anything. */
async function killBrowser(context: BrowserContext): Promise<void> {
  const [page] = context.pages();
  if (page === undefined) throw new Error('no page');
  const session = await context.newCDPSession(page);
  const browserSession = await context.browser()?.newBrowserCDPSession();
  const { processInfo } = await (browserSession ?? session).send('SystemInfo.getProcessInfo');
  const closed = new Promise<void>((resolve) => context.once('close', () => resolve()));
  for (const { type, id } of processInfo) if (type === 'browser') process.kill(id, 'SIGKILL');
  await closed;
}
