import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpFront } from '../../lib/local/http-front.ts';
import { layPages } from '../../lib/local/lay-pages.ts';
import { openPages } from '../../lib/local/page-files.ts';
import { contentSecurityPolicy } from '../../lib/page-headers.ts';
import { pages } from '../../lib/web-pages.ts';
import { startBrowser, type TestBrowser, watchPage, whyNoBrowser } from '../support/browser.ts';
import { makeDirectory } from '../support/local-services.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: the frame of pages in a browser (${skipped})`);

describe.skipIf(skipped !== undefined)('the frame of every page', () => {
  let browser: TestBrowser;
  let origin: string;
  const cleanUp: (() => unknown)[] = [];

  beforeAll(async () => {
    const directory = makeDirectory();
    cleanUp.push(() => directory.remove());
    const built = join(directory.path, 'pages');
    layPages(built, ['demo']);
    const front = await startHttpFront({ port: 0, rules: [], pages: openPages(built, []) });
    cleanUp.push(() => front.stop(0));
    origin = `http://127.0.0.1:${front.port}`;
    browser = await startBrowser();
    cleanUp.push(() => browser.stop());
  });

  afterAll(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  it.each(pages.map(({ name, path }) => [name, path]))(
    '%s speaks the reader’s language, and another one when asked, which a device of one’s own remembers',
    async (name, path) => {
      const context = await browser.open({ locale: 'de-CH' });
      const page = await context.newPage();
      await watchPage(page, origin);
      await page.goto(`${origin}${path === '/' ? path : `${path}/nowhere`}`);
      await page.getByRole('button', { name: 'English' }).waitFor();
      expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
      await page.getByRole('button', { name: 'English' }).click();
      await page.waitForFunction(() => document.documentElement.lang === 'en');
      await page.reload();
      await page.getByRole('button', { name: 'English' }).waitFor();
      // Many use a kiosk: what one of them chose is not the next one's.
      const expected = name === 'kiosk' ? 'de' : 'en';
      await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe(expected);
      await context.close();
    },
  );

  it.each(pages.map(({ name, path }) => [name, path]))('%s comes with the policy', async (_, path) => {
    const response = await fetch(`${origin}${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy());
    expect(contentSecurityPolicy()).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(await response.text()).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src="\/assets\/)/);
  });

  it('leads home, with the election of the page, but not from a kiosk, which is many people’s', async () => {
    const context = await browser.open();
    const page = await context.newPage();
    for (const [address, home] of [
      ['/vote/town-2026', '/#election=town-2026'],
      ['/results/town-2026#region=north', '/#election=town-2026'],
      ['/receipts', '/'],
      ['/ops', '/'],
      ['/', '/'],
    ] as const) {
      await page.goto(origin + address);
      const brand = page.getByRole('link', { name: 'Ballotstream' });
      await brand.waitFor();
      expect([address, await brand.getAttribute('href')]).toEqual([address, home]);
    }
    await page.goto(`${origin}/kiosk`);
    await page.getByRole('button', { name: 'English' }).waitFor();
    expect(await page.locator('header').getByRole('link').count()).toBe(0);
    await context.close();
  });

  it('says without a script that it needs one, in from the edge like everything else', async () => {
    const context = await browser.open({ javaScriptEnabled: false });
    const page = await context.newPage();
    // A browser that merely does not run scripts takes what stands in `noscript` for text.
    await page.route('**/vote/demo', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replaceAll(/<.?noscript>/g, '') });
    });
    await page.goto(`${origin}/vote/demo`);
    const notice = await page.getByText('This page needs JavaScript').boundingBox();
    const brand = await page.getByText('Ballotstream', { exact: true }).boundingBox();
    if (brand === null || notice === null) throw new Error('nothing is shown');
    const own = await page.locator('.notice').boundingBox();
    expect([own?.x, brand.x > 0]).toEqual([brand.x, true]);
    await context.close();
  });

  it('prints its header where the text begins', async () => {
    const context = await browser.open();
    const page = await context.newPage();
    await page.goto(`${origin}/receipts`);
    await page.getByRole('heading', { name: 'Check my vote' }).waitFor();
    await page.emulateMedia({ media: 'print' });
    const left = async (name: string) => (await page.locator(name).first().boundingBox())?.x;
    expect(await left('.brand')).toBe(await left('h1'));
    await context.close();
  });

  it('refuses a script and a style that somebody has got into a page', async () => {
    const context = await browser.open();
    const page = await context.newPage();
    const { faults } = await watchPage(page, origin);
    await page.goto(`${origin}/vote/nowhere`);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.append('globalThis.planted = true');
      document.body.append(script);
      const style = document.createElement('style');
      style.append('body { display: none }');
      document.body.append(style);
    });
    expect(await page.evaluate(() => 'planted' in globalThis)).toBe(false);
    expect(await page.evaluate(() => getComputedStyle(document.body).display)).toBe('block');
    await expect.poll(() => faults.filter((fault) => fault.startsWith('policy: ')).length).toBe(2);
    const sunk = page.evaluate(() => {
      document.body.innerHTML = '<img src=x onerror=alert(1)>';
    });
    await expect(sunk).rejects.toThrow('TrustedHTML');
    await context.close();
  });
});
