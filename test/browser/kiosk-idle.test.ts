import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSound, watchPage, whyNoBrowser } from '../support/browser.ts';
import { kioskOf, tablet } from '../support/kiosk-page.ts';
import { type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: a kiosk that voters leave (${skipped})`);

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');
const language = (page: Page) => page.evaluate(() => document.documentElement.lang);

describe.skipIf(skipped !== undefined)('a kiosk that voters leave', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  const openKiosk = async () => {
    const context = await site.browser.open({ ...tablet, locale: 'en-US' });
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.clock.install();
    await kioskOf(site).pair(page);
    return { context, page, watch };
  };
  /** Somebody has marked a choice and is asked whether they are still there. */
  const leaveMarked = async (page: Page, pass: string) => {
    await kioskOf(site).scan(page, pass);
    await page.getByRole('checkbox', { name: 'Delia Marsh' }).click();
    await page.getByText('1 of 1 chosen').waitFor();
    await page.clock.runFor(95_000);
    await page.getByRole('alertdialog', { name: 'Are you still there?' }).waitFor();
  };
  const governor = (page: Page) => page.getByRole('heading', { name: 'Governor' });

  it('neither shows nor operates the ballot while it asks, and clears it without an answer', async () => {
    const { context, page, watch } = await openKiosk();
    const pass = site.mintPass('birch');
    await leaveMarked(page, pass);
    // As many times as the countdown is drawn.
    for (let second = 0; second < 5; second += 1) {
      await page.clock.runFor(1_000);
      expect(await page.getByText('Delia Marsh').count()).toBe(0);
      expect(await page.getByRole('checkbox').count()).toBe(0);
      expect(await focused(page)).toBe('Are you still there?');
    }
    await expectSound(page, watch);
    const reached = new Set<string>();
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Tab');
      reached.add(await focused(page));
    }
    expect([...reached]).toContain('I am still voting');
    for (const name of ['Next', 'Delia Marsh']) expect([...reached].join()).not.toContain(name);
    await page.clock.runFor(31_000);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    // The pass is as good as before, and the marks are gone.
    await kioskOf(site).scan(page, pass);
    expect(await page.getByRole('checkbox', { name: 'Delia Marsh' }).isChecked()).toBe(false);
    await context.close();
  });

  it('goes on where the voter was, however the button is pressed', async () => {
    const { context, page } = await openKiosk();
    await leaveMarked(page, site.mintPass('birch'));
    const button = page.getByRole('button', { name: 'I am still voting' });
    const ways = [
      () => button.tap(),
      // As assistive technology does: no pointer, no key.
      () => button.evaluate((element: HTMLElement) => element.click()),
      async () => {
        await button.focus();
        await page.keyboard.press('Enter');
      },
    ];
    for (const press of ways) {
      await press();
      await governor(page).waitFor();
      expect(await page.getByRole('checkbox', { name: 'Delia Marsh' }).isChecked()).toBe(true);
      expect(await focused(page)).toBe('Governor');
      // What came up under the finger was not pressed.
      await page.clock.runFor(60_000);
      expect(await governor(page).count()).toBe(1);
      await page.clock.runFor(35_000);
      await button.waitFor();
    }
    await context.close();
  });

  it('does not bring the ballot back for a scanner, which only types', async () => {
    const { context, page } = await openKiosk();
    await leaveMarked(page, site.mintPass('birch'));
    await page.keyboard.type('abc');
    await page.keyboard.press('Enter');
    await page.clock.runFor(2_000);
    expect(await page.getByText('Delia Marsh').count()).toBe(0);
    // Somebody is there: the time to answer has begun anew, and ends.
    await page.clock.runFor(26_000);
    await page.getByRole('alertdialog').waitFor();
    await page.clock.runFor(5_000);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await context.close();
  });

  it('forgets a pass that was typed and not used, and the language, before the next voter comes', async () => {
    const { context, page, watch } = await openKiosk();
    await page.getByRole('button', { name: 'Deutsch' }).click();
    const field = page.locator('#pass');
    await field.fill(site.mintPass('birch').slice(0, 300));
    await page.clock.runFor(95_000);
    await page.getByText(/^Ohne Berührung wird das Feld in \d+ s geleert/).waitFor();
    await expectSound(page, watch);
    // Who is still typing is not interrupted.
    await page.keyboard.press('End');
    await page.keyboard.type('x');
    await page.clock.runFor(80_000);
    expect(await field.inputValue()).toHaveLength(301);
    await page.clock.runFor(45_000);
    await expect.poll(() => field.inputValue()).toBe('');
    await expect.poll(() => language(page)).toBe('en');
    await kioskOf(site).voteOnce(page);
    await context.close();
  });

  it('says what is wrong in the language that is chosen after it was wrong', async () => {
    const { context, page } = await openKiosk();
    await page.getByLabel('Your pass').fill('nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('This is not a whole pass').waitFor();
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByText('Das ist kein ganzer Wahlschein').waitFor();
    expect(await page.getByText('This is not a whole pass').count()).toBe(0);
    await context.close();
  });

  it('leaves the focus where a voter marks by keyboard', async () => {
    const { context, page } = await openKiosk();
    await kioskOf(site).scan(page, site.mintPass('birch'));
    const box = page.getByRole('checkbox', { name: 'Delia Marsh' });
    await box.focus();
    for (const text of ['1 of 1 chosen', '0 of 1 chosen', '1 of 1 chosen']) {
      await page.keyboard.press('Space');
      await page.getByText(text).waitFor();
      expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
    }
    await context.close();
  });

  it('has the way on in sight after a vote, on a tablet, in either language', async () => {
    for (const locale of ['en-US', 'de-DE']) {
      const context = await site.browser.open({ ...tablet, locale });
      const page = await context.newPage();
      await page.goto(`${site.origin}/kiosk/demo`);
      await page.locator('form button').click();
      await page.locator('#station').selectOption('birch/birch-02');
      await page.locator('form button').click();
      await page.locator('#pass').fill(site.mintPass('birch'));
      await page.keyboard.press('Enter');
      for (let step = 0; step < 4; step += 1) {
        const title = await page.locator('h1').textContent();
        await page.locator('.turn .actions .button').first().click();
        await expect.poll(() => page.locator('h1').textContent()).not.toBe(title);
      }
      await page.locator('svg.qr').waitFor();
      const box = await page.getByRole('button', { name: /^(Done|Fertig)$/ }).boundingBox();
      expect((box?.y ?? Number.NaN) + (box?.height ?? 0)).toBeLessThanOrEqual(tablet.viewport.height);
      await context.close();
    }
  });
});
