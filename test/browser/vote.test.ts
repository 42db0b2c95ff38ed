import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSound, phone, watchPage, whyNoBrowser } from '../support/browser.ts';
import { alderBallot, identify, mark, type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: voting in a browser (${skipped})`);

describe.skipIf(skipped !== undefined)('the ballot page', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  it('lets a voter identify, mark, review and cast, and check what became of the vote', async () => {
    const context = await site.browser.open(phone);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/vote/demo`);
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await expectSound(page, watch);
    const shots = process.env['SHOTS'];
    const shot = async (name: string) => {
      if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
    };
    await shot('1');
    await identify(page, site.nextVoter('alder'));
    await expectSound(page, watch);
    await shot('2');
    await mark(page, ...alderBallot);
    await expectSound(page, watch);
    await shot('3');
    await page.getByRole('button', { name: 'Cast my ballot' }).click();
    await page.getByRole('heading', { name: 'Your ballot is accepted' }).waitFor();
    await page.locator('svg.qr').waitFor();
    await expectSound(page, watch);
    await shot('4');
    expect(await site.countBallots()).toBe(1);
    await page.getByRole('link', { name: 'Check my vote' }).click();
    await page.getByText('Recorded', { exact: true }).waitFor();
    await page.getByText('Genuine', { exact: true }).waitFor();
    await expectSound(page, watch);
    await shot('5');
    await context.close();
  });
});
