import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { definitionSchema } from '../../schema/wire/definition.ts';
import { expectSound, isInSight, watchPage, whyNoBrowser } from '../support/browser.ts';
import { kioskOf, tablet } from '../support/kiosk-page.ts';
import { until } from '../support/local-services.ts';
import { scanQrCode } from '../support/qr.ts';
import {
  alderBallot,
  askForPass,
  identify,
  mark,
  readKept,
  type Site,
  startSite,
  usePass,
} from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: ways out of a ballot (${skipped})`);

const small = { viewport: { width: 360, height: 640 } } as const;
const hourMs = 3_600_000;

describe.skipIf(skipped !== undefined)('a ballot before it is cast', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  const open = async (election = 'demo') => {
    const context = await site.browser.open(small);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/vote/${election}`);
    return { context, page, watch };
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
  const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();
  const kept = async (page: Page) => JSON.stringify(await readKept(page));

  it('says of one mark too many where the voter looks, wherever that is', async () => {
    const { page, watch } = await open();
    await usePass(page, site.mintPass('birch'));
    await press(page, 'Next');
    await heading(page, 'State Council');
    expect(await isInSight(page.getByText('0 of 3 chosen'))).toBe(true);
    for (const name of ['Tunde Abara', 'Inés Castellanos', 'Marc Dufresne'])
      await page.getByRole('checkbox', { name }).click();
    await page.getByText('3 of 3 chosen').waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await page.getByRole('checkbox', { name: 'Rosalind Hale' }).click();
    const notice = page.getByText('You have chosen 3 already.');
    await notice.waitFor();
    expect(await isInSight(notice)).toBe(true);
    // What the keyboard comes to is not under it.
    await page.getByRole('checkbox', { name: 'Marc Dufresne' }).focus();
    for (const name of ['Rosalind Hale', 'Ken Ishikawa', 'Petra Novak']) {
      await page.keyboard.press('Tab');
      const covered = await page.getByRole('checkbox', { name }).evaluate((box) => {
        const { bottom } = box.getBoundingClientRect();
        return bottom > (document.querySelector('.chosen')?.getBoundingClientRect().top ?? 0);
      });
      expect([name, covered]).toEqual([name, false]);
    }
    await expectSound(page, watch);
  });

  it('goes back to the review from what is changed there, also after a reload', async () => {
    const { page, watch } = await open();
    await usePass(page, site.mintPass('alder'));
    await mark(page, ...alderBallot);
    await press(page, 'Change Governor');
    // Not its heading, which the review has too.
    await page.getByText('Contest 1 of').waitFor();
    await page.reload();
    await page.getByRole('checkbox', { name: 'Jonas Lindqvist' }).click();
    await expectSound(page, watch);
    await press(page, 'Back to the review');
    await heading(page, 'Review your ballot');
    await page.getByText('Jonas Lindqvist').waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent))
      .toBe('Review your ballot');
    await expectSound(page, watch);
  });

  it('becomes a pass on paper, which a kiosk takes, and is nowhere on the device then', async () => {
    const { page, watch } = await open();
    await identify(page, site.nextVoter('birch'));
    await press(page, 'Vote at a polling station instead');
    await heading(page, 'Take your pass along');
    const pass = (await page.locator('code.pass').textContent()) ?? '';
    expect(await scanQrCode(page.locator('svg.qr'))).toBe(pass);
    for (const text of ['Whoever has this paper', 'shown only once', 'Birch County', 'Three Counties'])
      await page.getByText(text).first().waitFor();
    await expectSound(page, watch);
    await page.emulateMedia({ media: 'print' });
    for (const [part, isPrinted] of [
      ['svg.qr', true],
      ['code.pass', true],
      ['.notice', true],
      ['.actions', false],
      ['input', false],
    ] as const)
      expect([part, await page.locator(part).first().isVisible()]).toEqual([part, isPrinted]);
    await page.emulateMedia({ media: null });
    // Nothing is lost by a reload, nor by a press too many.
    await page.reload();
    await page.locator('svg.qr').waitFor();
    await press(page, 'Back to my ballot');
    await heading(page, 'Governor');
    await press(page, 'Vote at a polling station instead');
    const forget = page.getByRole('button', { name: 'Remove it from this device' });
    expect(await forget.isDisabled()).toBe(true);
    await page.getByRole('checkbox').check();
    await forget.click();
    await page.getByText('Your pass is no longer on this device').waitFor();
    expect(await kept(page)).not.toContain(pass);
    await expectSound(page, watch);

    const before = await site.countBallots();
    const kiosk = await (await site.browser.open(tablet)).newPage();
    onTestFinished(() => kiosk.context().close());
    const { pair, scan, markAndCast } = kioskOf(site);
    await pair(kiosk);
    await scan(kiosk, pass);
    await markAndCast(kiosk);
    await until(async () => (await site.countBallots()) === before + 1);
  });

  it('is cleared from a device of many, with a warning and another way first', async () => {
    const { page, watch } = await open();
    const voter = site.nextVoter('cedar');
    await askForPass(page, { ...voter, accessCode: '0000' });
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    await identify(page, voter);
    await page.getByRole('checkbox', { name: 'Amara Okafor' }).click();
    const [{ pass = '' } = {}] = (await readKept(page)) as { pass?: string }[];
    expect(pass).toMatch(/^.{22}\..{86}\./);
    await press(page, 'Stop, and clear this device');
    await page.getByText('A pass is issued only once').waitFor();
    await expectSound(page, watch);
    await press(page, 'Back to my ballot');
    expect(await page.getByRole('checkbox', { name: 'Amara Okafor' }).isChecked()).toBe(true);
    await press(page, 'Stop, and clear this device');
    await press(page, 'Clear all of it');
    await page.getByText('Nothing of your ballot is left').waitFor();
    for (const secret of [pass, 'okafor']) expect(await kept(page)).not.toContain(secret);
    // Nor is who it was, for the next one to see.
    expect(await page.getByLabel('Roll number').inputValue()).toBe('');
  });

  /** The demo under another name, which is closed the second time. */
  const publish = async (election: string, version: number, closesAtMs: number) => {
    const closesAt = new Date(closesAtMs).toISOString();
    const definition = { ...site.pipeline.demo.definition, election, version, closesAt };
    await site.pipeline.publishDefinition(definitionSchema.parse(definition));
    const address = `${site.origin}/v1/elections/${election}`;
    await until(
      async () => ((await (await fetch(address)).json()) as { version?: number }).version === version,
    );
  };
  const reviewOf = async (election: string, pass: string) => {
    await publish(election, 1, Date.now() + hourMs);
    const { page, watch } = await open(election);
    await usePass(page, pass);
    await mark(page, ...alderBallot);
    return { page, watch };
  };

  it('that came too late was not taken, is not said to have been, and can be removed', async () => {
    const pass = site.mintPass('alder');
    const { page, watch } = await reviewOf('too-late', pass);
    await publish('too-late', 2, Date.now() - 1_000);
    await press(page, 'Cast my ballot');
    await heading(page, 'Your ballot was not taken');
    await page.getByText('Voting has ended').waitFor();
    await page.getByText('still on this device').waitFor();
    await expectSound(page, watch);
    // Refused and nothing else, also in the memory of the device.
    await page.reload();
    await page.getByText('Voting has ended').waitFor();
    expect(await page.getByText('may have been accepted').count()).toBe(0);
    expect(await kept(page)).toContain(pass);
    await press(page, 'Remove it from this device');
    await page.getByText('Nothing of your ballot is left').waitFor();
    for (const secret of [pass, 'okafor']) expect(await kept(page)).not.toContain(secret);
    await expectSound(page, watch);
  });

  it('that went without an answer before may have been taken, and its receipt tells, also after a reload', async () => {
    const { page, watch } = await reviewOf('in-time', site.mintPass('alder'));
    await page.route('**/votes', async (route) => {
      expect((await route.fetch()).status()).toBe(202);
      await route.abort('connectionreset');
    });
    await press(page, 'Cast my ballot');
    await page.getByText('No answer yet').waitFor();
    await publish('in-time', 2, Date.now() - 1_000);
    await page.unroute('**/votes');
    await page.getByText('may have been accepted').waitFor({ timeout: 60_000 });
    await page.reload();
    await page.getByText('may have been accepted').waitFor();
    await expectSound(page, watch);
    await page.getByRole('link', { name: 'Check my vote' }).click();
    await page.getByText('Recorded', { exact: true }).waitFor({ timeout: 60_000 });
  });
});
