import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProblemCode, problems, problemType } from '../../schema/wire/problem.ts';
import { expectSound, watchPage, whyNoBrowser } from '../support/browser.ts';
import { kioskOf, tablet } from '../support/kiosk-page.ts';
import { mark, type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: the kiosk in a browser (${skipped})`);

describe.skipIf(skipped !== undefined)('the kiosk', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  const pair: ReturnType<typeof kioskOf>['pair'] = (...all) => kioskOf(site).pair(...all);
  const scan: ReturnType<typeof kioskOf>['scan'] = (...all) => kioskOf(site).scan(...all);
  const markAndCast: ReturnType<typeof kioskOf>['markAndCast'] = (page) => kioskOf(site).markAndCast(page);
  const voteOnce: ReturnType<typeof kioskOf>['voteOnce'] = (page) => kioskOf(site).voteOnce(page);
  const atStation: ReturnType<typeof kioskOf>['atStation'] = (...all) => kioskOf(site).atStation(...all);

  it('shows no selection and no pass to who reads its storage', async () => {
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    await page.route('**/votes/batch', (route) => route.abort());
    await pair(page);
    const pass = site.mintPass('birch');
    await scan(page, pass);
    await markAndCast(page);
    const kept = await page.evaluate(readWaiting);
    expect(kept).toHaveLength(1);
    expect(kept[0]?.keys).toEqual(['ballotId', 'bytes', 'nonce']);
    for (const secret of ['marsh', pass, 'governor']) expect(kept[0]?.text).not.toContain(secret);
    const canExport = await page.evaluate(tryToExportKeys);
    expect(canExport).toEqual([false, false]);
    await context.close();
  });

  it('takes one voter after another, a pass once, and only passes of its region', async () => {
    const context = await site.browser.open({ ...tablet, locale: 'en-US' });
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/kiosk/demo`);
    await page.getByRole('heading', { name: 'Set up this kiosk' }).waitFor();
    await expectSound(page, watch);
    await pair(page, 'birch/birch-01');
    await expectSound(page, watch);
    // A scanner types: the field has the focus, and gets it back when somebody has touched something else.
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await expect.poll(focused).toBe('pass');
    await page.getByRole('heading', { name: 'Welcome' }).click();
    expect(await focused()).not.toBe('pass');
    await page.keyboard.type('nonsense');
    expect(await page.getByLabel('Your pass').inputValue()).toBe('nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('This is not a whole pass').waitFor();
    await page.getByLabel('Your pass').fill(site.mintPass('alder'));
    await page.keyboard.press('Enter');
    await page.getByText('This pass is for another region').waitFor();
    await expectSound(page, watch);

    // A voter who reads German does not leave it to the next.
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByLabel('Ihr Wahlschein').fill(site.mintPass('birch'));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Aufhören und Stimmzettel leeren' }).click();

    const pass = site.mintPass('birch');
    await scan(page, pass);
    await expectSound(page, watch);
    await markAndCast(page);
    await page.locator('svg.qr').waitFor();
    await expectSound(page, watch);
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.poll(focused).toBe('pass');
    await page.getByLabel('Your pass').fill(pass);
    await page.keyboard.press('Enter');
    await page.getByText('This pass has voted at this kiosk').waitFor();
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await atStation('birch-01')).toBe(1);
    await context.close();
  });

  it('ends nobody’s turn by the clock of the voter before', async () => {
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    await page.clock.install();
    await pair(page);
    // No frame is drawn and no timer runs until the test says so: as on a device that cannot keep up.
    await page.clock.pauseAt(Date.now() + 60_000);
    await voteOnce(page);
    await scan(page, site.mintPass('birch'));
    await page.clock.runFor(60_000);
    await page.getByRole('heading', { name: 'Governor' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Welcome' }).count()).toBe(0);
    await context.close();
  });

  it('takes a pass once also where two tabs have begun with it, and says so', async () => {
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await pair(page);
    const pass = site.mintPass('birch');
    await scan(page, pass);
    await mark(page, [], [], []);
    const other = await context.newPage();
    await other.goto(`${site.origin}/kiosk`);
    await scan(other, pass);
    await markAndCast(other);
    await page.bringToFront();
    await page.getByRole('button', { name: 'Cast my ballot' }).click();
    await page.getByRole('heading', { name: 'Your ballot was not taken' }).waitFor();
    await page.getByText('This pass has voted at this kiosk').waitFor();
    await expectSound(page, watch);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await context.close();
  });

  it('keeps what the service refuses, and says so: for good to one side, because of the kiosk for later', async () => {
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.clock.install();
    await pair(page);
    const before = await site.countBallots();
    let code: ProblemCode = 'kiosk-revoked';
    await page.route('**/votes/batch', (route) => {
      const { votes: sent } = route.request().postDataJSON() as { votes: unknown[] };
      const problem = { type: problemType(code), title: '', status: problems[code].status, detail: '' };
      return route.fulfill({ json: { results: sent.map(() => ({ status: 'refused', problem })) } });
    });
    await voteOnce(page);
    await page.getByRole('alert').getByText('kiosk-revoked').waitFor();
    await page.getByText('1 waiting').waitFor();
    await expectSound(page, watch);
    code = 'unknown-choice';
    await page.clock.runFor(31_000);
    await page.getByText('One vote was refused').waitFor();
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await page.getByText('For poll workers').click();
    await page.getByText('unknown-choice').waitFor();
    await expectSound(page, watch);
    // The next one is not kept back by it.
    await page.unroute('**/votes/batch');
    await voteOnce(page);
    await page.getByText('0 waiting', { exact: true }).waitFor();
    expect(await site.countBallots()).toBe(before + 1);
    await context.close();
  });
});

/** In the page. */
async function readWaiting(): Promise<{ keys: string[]; text: string }[]> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('ballotstream-kiosk');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('the database does not open'));
  });
  const boxes = await new Promise<Record<string, unknown>[]>((resolve) => {
    const reading = database.transaction('waiting').objectStore('waiting').getAll();
    reading.onsuccess = () => resolve(reading.result);
  });
  return boxes.map((box) => ({
    keys: Object.keys(box).toSorted(),
    text: new TextDecoder('latin1').decode(box['bytes'] as ArrayBuffer),
  }));
}

/** In the page. */
async function tryToExportKeys(): Promise<boolean[]> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('ballotstream-kiosk');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('the database does not open'));
  });
  const identity = await new Promise<{ keys: CryptoKeyPair; boxKey: CryptoKey }>((resolve) => {
    const reading = database.transaction('settings').objectStore('settings').get('identity');
    reading.onsuccess = () => resolve(reading.result);
  });
  const isExported = (format: 'jwk' | 'raw', key: CryptoKey) =>
    (format === 'jwk' ? crypto.subtle.exportKey('jwk', key) : crypto.subtle.exportKey('raw', key)).then(
      () => true,
      () => false,
    );
  return [await isExported('jwk', identity.keys.privateKey), await isExported('raw', identity.boxKey)];
}
