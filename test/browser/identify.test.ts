import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { expectSound, isInSight, watchPage, whyNoBrowser } from '../support/browser.ts';
import { alderBallot, askForPass, identify, mark, type Site, startSite, usePass } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: what can go wrong before a ballot (${skipped})`);

const low = { viewport: { width: 360, height: 560 } } as const;
const wrongCode = '0000-0000-0000-0000';
/** As functions/core/pass-issue.ts has it. */
const attemptsMax = 10;

describe.skipIf(skipped !== undefined)('what can go wrong before a ballot', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  const open = async (path = '/vote/demo') => {
    const context = await site.browser.open(low);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    if (path !== '') await page.goto(site.origin + path);
    return { context, page, watch };
  };
  const region = (page: Page) => page.getByLabel('Where are you on the voter roll?');
  const rollNumber = (page: Page) => page.getByLabel('Roll number');
  const typed = async (page: Page) => [
    await region(page).inputValue(),
    await rollNumber(page).inputValue(),
    await page.getByLabel('Access code').inputValue(),
  ];
  const ballot = (page: Page) => page.getByRole('heading', { name: 'Governor' }).waitFor();
  /** Every blinded message that the page sends. */
  const collectMessages = (page: Page): string[] => {
    const messages: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/passes'))
        messages.push((request.postDataJSON() as { blindedMessage: string }).blindedMessage);
    });
    return messages;
  };
  /** The issuer has answered, and nobody hears it. */
  const loseAnswer = async (route: Route) => {
    expect((await route.fetch()).status()).toBe(200);
    await route.abort('connectionreset');
  };

  it('says of an empty form what is missing where it is, in sight and under the keyboard', async () => {
    const { page, watch } = await open();
    await page.getByRole('button', { name: 'Get my ballot' }).click();
    const faults = ['Choose one.', 'Fill in your roll number.', 'Fill in your access code.'];
    for (const text of faults) await page.getByText(text).waitFor();
    expect(await region(page).evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await isInSight(page.getByText('Choose one.'))).toBe(true);
    for (const field of [region(page), rollNumber(page), page.getByLabel('Access code')]) {
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      const described = (await field.getAttribute('aria-describedby')) ?? '';
      const texts = await page
        .locator(described.replaceAll(/(\S+)\s*/g, '#$1,').slice(0, -1))
        .allTextContents();
      expect(texts.some((text) => faults.includes(text))).toBe(true);
    }
    await expectSound(page, watch);
    await region(page).selectOption('alder');
    await rollNumber(page).fill('A-1');
    await page.getByRole('button', { name: 'Get my ballot' }).click();
    await page.getByText('Choose one.').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('access-code');
    // What is wrong is told in the language that is read now.
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByText('Tragen Sie Ihren Zugangscode ein.').waitFor();
  });

  it('brings the form back after too many wrong codes, with what was right and when to try again', async () => {
    const { page, watch } = await open();
    const voter = site.nextVoter('alder');
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      await askForPass(page, { ...voter, accessCode: wrongCode });
      await page.getByRole('alert').getByText('do not belong together').waitFor();
      expect(await typed(page)).toEqual(['alder', voter.rollNumber, '']);
    }
    await askForPass(page, { ...voter, accessCode: wrongCode });
    await page.getByRole('alert').getByText('Too many attempts').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/Try again after .*\d:\d\d.* E[DS]T/);
    expect(await typed(page)).toEqual(['alder', voter.rollNumber, '']);
    await expectSound(page, watch);
    // Nobody is stuck: not the next one, and not this voter, whose right code is drawn at random.
    await page.reload();
    await identify(page, site.nextVoter('birch'));
    await identify((await open()).page, voter);
  }, 120_000);

  it('asks again with the same message, whatever was typed meanwhile, once an answer has been lost', async () => {
    const { page, watch } = await open();
    const [voter, neighbour] = [site.nextVoter('cedar'), site.nextVoter('cedar')];
    const messages = collectMessages(page);
    await page.route('**/passes', loseAnswer);
    await askForPass(page, voter);
    await page.getByText('No answer yet').waitFor();
    await expectSound(page, watch);
    await page.getByRole('button', { name: 'Change what I typed' }).click();
    await region(page).waitFor();
    expect(await typed(page)).toEqual(['cedar', voter.rollNumber, '']);
    await page.unroute('**/passes');
    const lost = messages.length;
    // Another voter on the same device gets a pass of their own, which is not the first one's.
    await askForPass(page, { ...neighbour, accessCode: wrongCode });
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    // The first one mistypes, which gives nothing up.
    await askForPass(page, { ...voter, accessCode: wrongCode });
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    await page.reload();
    await askForPass(page, voter);
    await ballot(page);
    const [, , third] = messages.slice(lost - 1);
    expect(new Set([...messages.slice(0, lost), ...messages.slice(lost + 1)]).size).toBe(1);
    expect(messages[lost]).not.toBe(third);
  });

  it('waits where a pass may have been issued, says until when, and lets go all the same', async () => {
    const { page, watch } = await open();
    const voter = site.nextVoter('birch');
    let asked = 0;
    await page.route('**/passes', (route) => {
      asked += 1;
      if (asked === 1) return loseAnswer(route);
      const problem = {
        type: 'urn:ballotstream:problem:too-many-attempts',
        title: '',
        status: 429,
        detail: '',
      };
      return route.fulfill({ status: 429, headers: { 'retry-after': '900' }, json: problem });
    });
    await askForPass(page, voter);
    await page.getByText(/again by itself after .*\d:\d\d.* E[DS]T/).waitFor();
    await expectSound(page, watch);
    await page.reload();
    await page.getByText(/again by itself after/).waitFor();
    await page.getByRole('button', { name: 'Change what I typed' }).click();
    await page.unroute('**/passes');
    await identify(page, voter);
  });

  it('waits for the network in front of the form, with what has been typed, and goes on when it is back', async () => {
    const { context, page, watch } = await open();
    const voter = site.nextVoter('alder');
    await region(page).waitFor();
    await context.setOffline(true);
    await askForPass(page, voter);
    await page.getByText('The network does not answer').waitFor();
    expect(await typed(page)).toEqual(['alder', voter.rollNumber, voter.accessCode]);
    await expectSound(page, watch);
    // What is corrected meanwhile is what is sent.
    await rollNumber(page).fill('A-9999');
    await context.setOffline(false);
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    await identify(page, voter);
  });

  /** Scripts that come late do not, until they may. */
  const holdLateScripts = async (page: Page) => {
    const document = await (await fetch(`${site.origin}/vote/demo`)).text();
    await page.route('**/assets/*.js', (route) =>
      document.includes(new URL(route.request().url()).pathname) ? route.continue() : route.abort(),
    );
    return () => page.unroute('**/assets/*.js');
  };

  it('asks again for the script that makes a pass of an answer', async () => {
    const { page, watch } = await open();
    await page.route('**/passes', loseAnswer);
    await askForPass(page, site.nextVoter('cedar'));
    await page.getByText('No answer yet').waitFor();
    await page.unroute('**/passes');
    const release = await holdLateScripts(page);
    await page.reload();
    await page.getByText('a part of this page is not').waitFor();
    await expectSound(page, watch);
    await release();
    await ballot(page);
    expect(watch.faults).toEqual([]);
  });

  it('asks again for the script that draws the receipt’s code, and says meanwhile what will be there', async () => {
    const { page, watch } = await open('');
    const release = await holdLateScripts(page);
    await page.goto(`${site.origin}/vote/demo`);
    await usePass(page, site.mintPass('alder'));
    await mark(page, ...alderBallot);
    await page.getByRole('button', { name: 'Cast my ballot' }).click();
    await page.getByText('QR code that leads to').waitFor();
    await expectSound(page, watch);
    await release();
    await page.locator('svg.qr').waitFor();
  });

  it('has the script for the receipt’s code before the ballot is cast', async () => {
    const { page } = await open();
    await usePass(page, site.mintPass('alder'));
    await mark(page, ...alderBallot);
    await holdLateScripts(page);
    await page.getByRole('button', { name: 'Cast my ballot' }).click();
    await page.locator('svg.qr').waitFor();
  });
});
