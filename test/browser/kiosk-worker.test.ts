import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HttpFront, startHttpFront } from '../../lib/local/http-front.ts';
import type { PageFiles } from '../../lib/local/page-files.ts';
import { contentSecurityPolicy, pageHeaders } from '../../lib/page-headers.ts';
import { bundlePages, bundleWorker, type WebFile } from '../../lib/web-bundle.ts';
import { pages } from '../../lib/web-pages.ts';
import { startBrowser, type TestBrowser, watchPage, whyNoBrowser } from '../support/browser.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: the kiosk’s service worker (${skipped})`);

const kiosk = pages.filter(({ name }) => name === 'kiosk');
const yes = 'Opens without a network: yes';

describe.skipIf(skipped !== undefined)('the kiosk’s service worker', () => {
  const { first, second } = buildVersions();
  let served = first;
  let front: HttpFront;
  let origin: string;
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  beforeEach(async () => {
    served = first;
    await front?.stop(0);
    front = await startHttpFront({ port: 0, rules: [], pages: (path) => answerFrom(served, path) });
    origin = `http://127.0.0.1:${front.port}`;
  });
  afterAll(async () => {
    await browser?.stop();
    await front?.stop(0);
  });

  const versionOf = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--version').trim());

  it('keeps each version whole, also where only the styles have changed', async () => {
    const context = await browser.open({ locale: 'en-US' });
    const page = await context.newPage();
    await page.goto(`${origin}/kiosk`);
    await page.getByText(yes).waitFor();
    expect(await versionOf(page)).toBe('first');
    served = second;
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration('/kiosk');
      await registration?.update();
    });
    const isWaiting = () =>
      page.evaluate(
        async () => (await navigator.serviceWorker.getRegistration('/kiosk'))?.waiting?.state ?? 'none',
      );
    await expect.poll(isWaiting).toBe('installed');
    await front.stop(0);
    // Nothing changes under a voter's hands, …
    await page.reload();
    await page.getByRole('heading', { name: 'Set up this kiosk' }).waitFor();
    expect(await versionOf(page)).toBe('first');
    // … and the next time it is all of the new one.
    await page.close();
    const next = await context.newPage();
    const openAgain = async () => {
      await next.goto(`${origin}/kiosk`);
      await next.getByRole('heading', { name: 'Set up this kiosk' }).waitFor();
      const version = await versionOf(next);
      await next.goto('about:blank');
      return version;
    };
    await expect.poll(openAgain, { timeout: 20_000 }).toBe('second');
    await context.close();
  });

  it('is tried again where its installation has failed, and holds nothing up until then', async () => {
    const context = await browser.open({ locale: 'en-US' });
    const page = await context.newPage();
    await page.clock.install();
    // The edge still has the page of another version.
    served = [...first.filter(({ path }) => path !== '/kiosk.html'), ...second];
    await page.goto(`${origin}/kiosk`);
    await page.getByText('Opens without a network: not yet').waitFor();
    await page.getByText(/^Storage is protected/).waitFor();
    const registrations = () =>
      page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
    await expect.poll(registrations).toBe(0);
    await page.clock.runFor(31_000);
    await expect.poll(registrations).toBe(0);
    served = first;
    await page.clock.runFor(31_000);
    await page.getByText(yes).waitFor();
    await context.close();
  });

  it('comes with a manifest that a browser takes, under the policy', async () => {
    const context = await browser.open({ locale: 'en-US' });
    const page = await context.newPage();
    const watch = await watchPage(page, origin);
    await page.goto(`${origin}/kiosk`);
    await page.getByText(yes).waitFor();
    const session = await context.newCDPSession(page);
    const { url, errors, data } = await session.send('Page.getAppManifest');
    expect(url).toMatch(/\/assets\/kiosk-[0-9A-F]{8}\.webmanifest$/);
    expect(errors).toEqual([]);
    expect(JSON.parse(data ?? '{}')).toMatchObject({ display: 'fullscreen', start_url: '/kiosk' });
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // Of a window that forgets everything nothing else can be said.
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
    expect(watch.faults).toEqual([]);
    await context.close();
  });
});

/** Two versions of the kiosk that differ in their styles only. */
function buildVersions(): { readonly first: readonly WebFile[]; readonly second: readonly WebFile[] } {
  const { files } = bundlePages(kiosk);
  const style = files.find(({ path }) => path.endsWith('.css'));
  if (style === undefined) throw new Error('no styles');
  const restyle = (version: string): WebFile[] => {
    const path = `/assets/design-${version}.css`;
    const rename = (text: string) => text.replaceAll(style.path, path);
    const document = files.find((file) => file.path === '/kiosk.html');
    const [page] = kiosk;
    if (document === undefined || page === undefined) throw new Error('no kiosk');
    const renamed = { ...document, body: Buffer.from(rename(Buffer.from(document.body).toString())) };
    const assets = files.filter((file) => file.path.startsWith('/assets/')).map((file) => rename(file.path));
    const worker = bundleWorker(page, renamed, assets);
    const body = Buffer.concat([style.body, Buffer.from(`html{--version:${version}}`)]);
    return [
      ...files.filter((file) => ![style.path, document.path, worker.path].includes(file.path)),
      { ...style, path, body },
      renamed,
      worker,
    ];
  };
  return { first: restyle('first'), second: restyle('second') };
}

/** Without the browser's own cache, which would hide what the worker's lacks. */
function answerFrom(files: readonly WebFile[], path: string): ReturnType<PageFiles> {
  const file = files.find((one) => one.path === path) ?? files.find((one) => one.path === '/kiosk.html');
  if (file === undefined) return null;
  return {
    status: 200,
    headers: {
      ...pageHeaders,
      'content-security-policy': contentSecurityPolicy(),
      'content-type': file.contentType,
      'cache-control': 'no-store',
    },
    body: Buffer.from(file.body),
  };
}
