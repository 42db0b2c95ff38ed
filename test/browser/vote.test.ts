import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprintPass } from '../../functions/core/pass.ts';
import { edgeLimits } from '../../lib/edge-limits.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import { expectSound, phone, watchPage, whyNoBrowser } from '../support/browser.ts';
import { alderBallot, identify, mark, readKept, type Site, startSite, usePass } from '../support/site.ts';

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
    let asked = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.startsWith('/v1/')) asked += 1;
    });
    await page.goto(`${site.origin}/vote/demo`);
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await expectSound(page, watch);
    await identify(page, site.nextVoter('alder'));
    await expectSound(page, watch);
    await mark(page, ...alderBallot);
    await expectSound(page, watch);
    await page.getByRole('button', { name: 'Cast my ballot' }).click();
    await page.getByRole('heading', { name: 'Your ballot is accepted' }).waitFor();
    await page.locator('svg.qr').waitFor();
    await expectSound(page, watch);
    expect(await site.countBallots()).toBe(1);
    await page.getByRole('link', { name: 'Check my vote' }).click();
    await page.getByText('Recorded', { exact: true }).waitFor();
    await page.getByText('Genuine', { exact: true }).waitFor();
    await expectSound(page, watch);
    // What the firewall's limits count with.
    expect(asked).toBeLessThanOrEqual(edgeLimits.requestsPerVisit);
    await context.close();
  });

  /** Every request to cast that the page makes, as it was sent; a lie where it does not say which pass it is of. */
  const collectCasts = (page: Page): string[] => {
    const bodies: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'POST' || !request.url().endsWith('/votes')) return;
      const body = request.postData() ?? '';
      const { pass } = JSON.parse(body) as { pass: string };
      bodies.push(request.headers()[passFingerprintHeader] === fingerprintPass(pass) ? body : 'a lie');
    });
    return bodies;
  };
  const review = async (page: Page) => {
    await page.goto(`${site.origin}/vote/demo`);
    await usePass(page, site.mintPass('alder'));
    await mark(page, ...alderBallot);
  };
  const cast = (page: Page) => page.getByRole('button', { name: 'Cast my ballot' }).click();
  const accepted = (page: Page) =>
    page.getByRole('heading', { name: 'Your ballot is accepted' }).waitFor({ timeout: 60_000 });

  it('sends the same vote again when the server is down, until it is accepted, and it counts once', async () => {
    const before = await site.countBallots();
    const context = await site.browser.open(phone);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await review(page);
    const bodies = collectCasts(page);
    site.pipeline.kill('edge', 'SIGKILL', { restart: false });
    await cast(page);
    await page.getByText('No answer yet').waitFor();
    await expectSound(page, watch);
    await expect.poll(() => bodies.length, { timeout: 20_000 }).toBeGreaterThan(2);
    await site.pipeline.restart('edge');
    await accepted(page);
    expect(new Set(bodies).size).toBe(1);
    expect(bodies).not.toContain('a lie');
    expect(await site.countBallots()).toBe(before + 1);
    await context.close();
  });

  it('counts a vote once whose answers are lost on the way', async () => {
    const before = await site.countBallots();
    const context = await site.browser.open();
    const page = await context.newPage();
    await review(page);
    const bodies = collectCasts(page);
    let lost = 0;
    await page.route('**/votes', async (route) => {
      if (lost === 2) return route.continue();
      lost += 1;
      const answer = await route.fetch();
      expect(answer.status()).toBe(202);
      await route.abort('connectionreset');
    });
    await cast(page);
    await accepted(page);
    expect([bodies.length, new Set(bodies).size]).toEqual([3, 1]);
    expect(await site.countBallots()).toBe(before + 1);
    await context.close();
  });

  it('goes on where it was when the page is opened again in the middle of casting, and votes once', async () => {
    const before = await site.countBallots();
    const context = await site.browser.open();
    const page = await context.newPage();
    await review(page);
    const bodies = collectCasts(page);
    await page.route('**/votes', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await cast(page);
    await page.getByText('No answer yet').waitFor();
    await page.unroute('**/votes');
    await page.reload();
    await accepted(page);
    expect(new Set(bodies).size).toBe(1);
    // What is left on the device is the receipt: no pass, and nothing of the ballot.
    const kept = JSON.stringify(await readKept(page));
    const { pass, selections } = JSON.parse(bodies[0] ?? '') as { pass: string; selections: unknown };
    expect(kept).toContain('"salt"');
    expect(kept).not.toContain(pass);
    expect(kept).not.toContain(JSON.stringify(selections).slice(1, -1));
    expect(kept).not.toContain('okafor');
    await page.reload();
    await accepted(page);
    expect(await site.countBallots()).toBe(before + 1);
    await context.close();
  });

  it('goes on with the marks when the page is opened again before casting', async () => {
    const context = await site.browser.open();
    const page = await context.newPage();
    await review(page);
    await page.reload();
    await page.getByRole('heading', { name: 'Review your ballot' }).waitFor();
    await page.getByText('You may choose one more.').waitFor();
    await page.getByText('Nothing chosen. This contest will be left blank.').waitFor();
    await page.getByRole('button', { name: 'Change Governor' }).click();
    expect(await page.getByRole('checkbox', { name: 'Amara Okafor' }).isChecked()).toBe(true);
    await context.close();
  });

  it('casts one ballot from two tabs of one device', async () => {
    const before = await site.countBallots();
    const context = await site.browser.open();
    const first = await context.newPage();
    await review(first);
    // A tab behind another draws once a second: no sooner than it is needed.
    const pages = [first, await context.newPage()] as const;
    await pages[1].goto(`${site.origin}/vote/demo`);
    await pages[1].getByRole('heading', { name: 'Review your ballot' }).waitFor();
    const bodies = pages.flatMap((page) => [collectCasts(page)]);
    await Promise.all(pages.map(cast));
    await Promise.all(pages.map(accepted));
    expect(new Set(bodies.flat()).size).toBe(1);
    expect(await site.countBallots()).toBe(before + 1);
    await context.close();
  });

  it('waits as long as the server asks for', async () => {
    const context = await site.browser.open();
    const page = await context.newPage();
    await review(page);
    const sentAtMs: number[] = [];
    await page.route('**/votes', (route) => {
      sentAtMs.push(performance.now());
      if (sentAtMs.length > 1) return route.continue();
      const problem = { type: 'urn:ballotstream:problem:not-durable', title: '', status: 503, detail: '' };
      return route.fulfill({ status: 503, headers: { 'retry-after': '2' }, json: problem });
    });
    await cast(page);
    await accepted(page);
    const [first = 0, second = 0] = sentAtMs;
    expect(second - first).toBeGreaterThan(2_000);
    await context.close();
  });

  it('lets nobody choose more than the contest allows, and says so', async () => {
    const context = await site.browser.open();
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/vote/demo`);
    await usePass(page, site.mintPass('birch'));
    await page.getByRole('checkbox', { name: 'Amara Okafor' }).click();
    // One is allowed: another one takes its place, and can be taken back.
    await page.getByRole('checkbox', { name: 'Jonas Lindqvist' }).click();
    await page.getByRole('checkbox', { name: 'Amara Okafor', checked: false }).waitFor();
    await page.getByRole('checkbox', { name: 'Jonas Lindqvist' }).click();
    await page.getByRole('status').getByText('0 of 1').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    for (const name of ['Tunde Abara', 'Inés Castellanos', 'Petra Novak', 'Ken Ishikawa']) {
      await page.getByRole('checkbox', { name }).click();
    }
    await page.getByText('You have chosen 3 already.').waitFor();
    await expectSound(page, watch);
    expect(await page.getByRole('checkbox', { name: 'Ken Ishikawa' }).isChecked()).toBe(false);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'Question 1' }).waitFor();
    await context.close();
  });

  it('can be worked with the keyboard alone, and the heading of each step is where the focus goes', async () => {
    const context = await site.browser.open();
    const page = await context.newPage();
    await page.goto(`${site.origin}/vote/demo`);
    await usePass(page, site.mintPass('cedar'));
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toBe('Governor');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.getByRole('status').getByText('1 of 1').waitFor();
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('State Council (choose up to three)');
    await context.close();
  });

  it('refuses a wrong code in words, and gives the pass to who corrects it', async () => {
    const context = await site.browser.open();
    const page = await context.newPage();
    await page.goto(`${site.origin}/vote/demo`);
    const voter = site.nextVoter('birch');
    await page.getByLabel('Where are you on the voter roll?').selectOption('birch');
    await page.getByLabel('Roll number').fill(voter.rollNumber);
    await page.getByLabel('Access code').fill('0000-0000-0000-0000');
    await page.getByRole('button', { name: 'Get my ballot' }).click();
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    await identify(page, voter);
    await context.close();
  });

  it('gets the pass although the answer with it was lost, also after a reload', async () => {
    const context = await site.browser.open();
    const page = await context.newPage();
    await page.goto(`${site.origin}/vote/demo`);
    const voter = site.nextVoter('birch');
    await page.route('**/passes', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.getByLabel('Where are you on the voter roll?').selectOption('birch');
    await page.getByLabel('Roll number').fill(voter.rollNumber);
    await page.getByLabel('Access code').fill(voter.accessCode);
    await page.getByRole('button', { name: 'Get my ballot' }).click();
    await page.getByText('No answer yet').waitFor();
    await page.unroute('**/passes');
    await page.reload();
    await page.getByRole('heading', { name: 'Governor' }).waitFor();
    expect(JSON.stringify(await readKept(page))).not.toContain(voter.accessCode);
    await context.close();
  });

  it('refuses a second pass to the same voter on another device', async () => {
    const voter = site.nextVoter('cedar');
    const [first, second] = [await site.browser.open(), await site.browser.open()];
    const page = await first.newPage();
    await page.goto(`${site.origin}/vote/demo`);
    await identify(page, voter);
    const other = await second.newPage();
    await other.goto(`${site.origin}/vote/demo`);
    await expect(identify(other, voter)).rejects.toThrow();
    await other.getByText('A pass has been issued for you already').waitFor();
    await first.close();
    await second.close();
  }, 60_000);
});
