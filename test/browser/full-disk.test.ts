import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSound, phone, watchPage, whyNoBrowser } from '../support/browser.ts';
import { kioskOf, tablet } from '../support/kiosk-page.ts';
import { alderBallot, mark, type Site, startSite, usePass } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: a device whose disk is full (${skipped})`);

/** How a browser tells it: at once, or when it writes. */
type Fullness = 'refuses' | 'aborts';

describe.skipIf(skipped !== undefined)('a device whose disk is full', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  const castButton = (page: Page) => page.getByRole('button', { name: 'Cast my ballot' });

  it.each<Fullness>(['refuses', 'aborts'])(
    'casts nothing at a kiosk, says so, and spoils no pass (%s)',
    async (fullness) => {
      const context = await site.browser.open(tablet);
      const page = await context.newPage();
      const watch = await watchPage(page, site.origin);
      const { pair, scan, atStation } = kioskOf(site);
      await pair(page);
      await site.countBallots();
      const before = (await atStation('birch-02')) ?? 0;
      const pass = site.mintPass('birch');
      await scan(page, pass);
      await mark(page, ['Delia Marsh'], [], []);
      await page.evaluate(fill, fullness);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await castButton(page).click();
        const alert = page.getByRole('alert').getByText('could not be kept on this device: nothing was cast');
        await alert.waitFor();
        expect(await castButton(page).isEnabled()).toBe(true);
      }
      await expectSound(page, watch);
      await page.getByText('0 waiting', { exact: true }).waitFor();
      // The very same pass, once there is room: half a transaction would have used it up.
      await page.evaluate(empty);
      await castButton(page).click();
      await page.getByRole('heading', { name: 'Your ballot is kept safely' }).waitFor();
      await page.getByText('0 waiting', { exact: true }).waitFor();
      await site.countBallots();
      expect(await atStation('birch-02')).toBe(before + 1);
      await context.close();
    },
  );

  it('leaves a kiosk unpaired, and says so', async () => {
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/kiosk/demo`);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByLabel('Polling station').waitFor();
    await page.evaluate<void, Fullness>(fill, 'aborts');
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByText('This could not be kept on this device').waitFor();
    await expectSound(page, watch);
    await page.evaluate(empty);
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await context.close();
  });

  it('casts nothing from the ballot page, says so, and goes on when there is room', async () => {
    const context = await site.browser.open(phone);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    await page.goto(`${site.origin}/vote/demo`);
    await usePass(page, site.mintPass('alder'));
    await mark(page, ...alderBallot);
    await page.evaluate<void, Fullness>(fill, 'refuses');
    await castButton(page).click();
    await page.getByRole('alert').getByText('nothing was cast. Free some space').waitFor();
    await expectSound(page, watch);
    expect(sent).toEqual([]);
    await page.evaluate(empty);
    await castButton(page).click();
    await page.getByRole('heading', { name: 'Your ballot is accepted' }).waitFor();
    await context.close();
  });
});

/** In the page: from now on nothing more fits. */
function fill(fullness: Fullness): void {
  const { prototype } = IDBObjectStore;
  const originals = { add: prototype.add, put: prototype.put };
  Object.assign(globalThis, { originals });
  const refuse = () => {
    throw new DOMException('the disk is full', 'QuotaExceededError');
  };
  // A kiosk writes the pass first: what throws afterwards must take that back.
  prototype.add = refuse;
  if (fullness === 'refuses') {
    prototype.put = function put(value, key) {
      return this.name === 'used' ? originals.put.call(this, value, key) : refuse();
    };
    return;
  }
  for (const name of ['add', 'put'] as const) {
    prototype[name] = function write(value: unknown, key?: IDBValidKey) {
      const request = originals[name].call(this, value, key);
      this.transaction.abort();
      return request;
    };
  }
}

/** In the page: somebody has made room. */
function empty(): void {
  const { originals } = globalThis as unknown as { originals: Pick<IDBObjectStore, 'add' | 'put'> };
  Object.assign(IDBObjectStore.prototype, originals);
}
