import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildDemoVote } from '../../lib/local/demo.ts';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import { acceptedSchema } from '../../schema/wire/receipt.ts';
import type { Results } from '../../schema/wire/results.ts';
import { expectSound, phone, watchPage, whyNoBrowser } from '../support/browser.ts';
import { castDemoVotes, drawDemoVotes } from '../support/demo-votes.ts';
import { type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: results over a bad line (${skipped})`);

describe.skipIf(skipped !== undefined)('results over a bad line, and elsewhere', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    await castDemoVotes(site.pipeline, drawDemoVotes(site.pipeline.demo, 30));
    await site.countBallots();
  }, 120_000);
  afterAll(() => site?.stop());

  const open = async (prepare: (page: Page) => Promise<void> = async () => {}, address = '/results/demo') => {
    const context = await site.browser.open({ ...phone, acceptDownloads: true, timezoneId: 'Asia/Tokyo' });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await prepare(page);
    await page.goto(site.origin + address);
    return { context, page, watch };
  };
  const rows = (page: Page) => page.locator('table.units tbody tr');
  const asksForStations = /\/results\?by=station/;

  it('gives of each station where its own page of the count stands, on the screen and as a file', async () => {
    const answer = await fetch(`${site.origin}/v1/elections/demo/results?by=station&region=alder`);
    const now = (await answer.json()) as Results;
    const behind = { ...now, version: now.version - 3, asOf: '2026-11-03T20:15:09.000Z' };
    const { page, watch } = await open(async (tab) => {
      await tab.route(asksForStations, (route) => route.fulfill({ json: behind }));
    }, '/results/demo#region=alder');
    await page.getByRole('rowheader', { name: 'Millrace School' }).waitFor();
    await page.locator('section[aria-labelledby=regions]').getByText('As of 3:15:09 PM EST').waitFor();
    await expectSound(page, watch);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /CSV/ }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`demo-alder-governor-${behind.version}.csv`);
    const lines = parse<Record<string, string>>(readFileSync(await download.path(), 'utf8'), {
      columns: true,
    });
    expect(lines.length).toBe(now.regions?.[0]?.stations?.length);
    for (const line of lines)
      expect([line['version'], line['as_of']]).toEqual([String(behind.version), behind.asOf]);
  });

  it('says that the stations do not come, before the first answer and after it', async () => {
    const { page, watch } = await open(async (tab) => {
      await tab.route(asksForStations, (route) => route.abort());
    }, '/results/demo#region=alder');
    await page.getByText('The stations do not come at the moment').waitFor();
    await expectSound(page, watch);
    await page.unroute(asksForStations);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.getByRole('rowheader', { name: 'Millrace School' }).waitFor({ timeout: 60_000 });
    expect(await page.getByText('No answer at the moment').count()).toBe(0);
    await page.route(asksForStations, (route) => route.abort());
    await page.getByText('No answer at the moment').waitFor({ timeout: 60_000 });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('rowheader', { name: 'Millrace School' }).waitFor();
    await expectSound(page, watch);
  });

  it('does not speak of what came last where nothing ever came', async () => {
    const { page, watch } = await open(async (tab) => {
      await tab.route('**/v1/**', (route) => route.abort());
    });
    await page.getByText('No answer yet. This page keeps asking.').waitFor();
    expect(await page.getByText('what came last').count()).toBe(0);
    await expectSound(page, watch);
  });

  it('asks at once when the line is back, however long the pause would have been', async () => {
    const { context, page } = await open();
    await rows(page).first().waitFor();
    await context.setOffline(true);
    await page.getByText('No answer at the moment').waitFor();
    // From here on no pause ends by itself.
    await page.evaluate(() => {
      const ids = setTimeout(() => {}, 0) as unknown as number;
      Object.assign(globalThis, { setTimeout: () => 0 });
      for (let id = 0; id <= ids; id += 1) clearTimeout(id);
    });
    await context.setOffline(false);
    await page.getByText('No answer at the moment').waitFor({ state: 'detached' });
  });

  /** The demo under another name, changed. */
  const publish = (changes: Partial<Record<keyof Definition, unknown>>) =>
    site.pipeline.publishDefinition(definitionSchema.parse({ ...site.pipeline.demo.definition, ...changes }));

  it('names the election before its results are public, and shows them by itself when it closes early', async () => {
    const secret = { election: 'secret', resultsVisibility: 'after-close', name: 'Mayor of Quarry' };
    const closesAt = '2027-11-03T20:00:00Z';
    await publish({ ...secret, closesAt });
    const { page, watch } = await open(undefined, '/results/secret');
    await page.getByRole('heading', { name: 'Results are not public yet' }).waitFor();
    await page.getByText('Mayor of Quarry').waitFor();
    await page.getByText('From November 3, 2027 at 4:00 PM EDT on.').waitFor();
    expect(await page.title()).toBe('Results · Mayor of Quarry');
    await expectSound(page, watch);
    await publish({ ...secret, version: 2, closesAt: new Date(Date.now() - 1_000).toISOString() });
    await page.getByRole('heading', { name: 'Mayor of Quarry' }).waitFor({ timeout: 90_000 });
    await page.getByText('No vote has been counted yet').waitFor();
    await page.getByText(/Voting ended on .* E[DS]T/).waitFor();
  });

  it('tells every time by the election’s clock, and says which that is, wherever one is', async () => {
    const response = await fetch(`${site.origin}/v1/elections/demo/votes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(buildDemoVote(site.pipeline.demo)),
    });
    const { receipt } = acceptedSchema.parse(await response.json());
    const { page } = await open();
    for (const [address, arrival] of [
      ['/results/demo', /As of .*\d:\d\d/],
      [`/receipts/demo/${receipt.receiptId}`, /Asked at .*\d:\d\d/],
      ['/vote/demo', /Voting ends .*\d:\d\d/],
      ['/', /Voting ends .*\d:\d\d/],
    ] as const) {
      await page.goto(site.origin + address);
      await page.getByText(arrival).first().waitFor();
      await page
        .getByText(/E[DS]T/)
        .first()
        .waitFor();
      const text = (await page.locator('main').textContent()) ?? '';
      const times = text.match(/\d{1,2}:\d\d(?::\d\d)?\s[AP]M(?: \S+)?/g) ?? [];
      // The axis of the chart names its zone once.
      const named = times.filter((time) => /E[DS]T/.test(time));
      expect([address, named.length > 0, text.includes('GMT+9')]).toEqual([address, true, false]);
      if (address !== '/results/demo') expect(named).toEqual(times);
      else expect(text).toMatch(/Times are E[DS]T\./);
    }
  });

  it('keeps the name of a row in sight however far the table is scrolled, and words whole', async () => {
    const { page } = await open();
    await page.setViewportSize({ width: 320, height: 640 });
    await rows(page).first().waitFor();
    const scrolls = page.locator('.scrolls');
    await scrolls.evaluate((element) => element.scrollTo(element.scrollWidth, 0));
    expect(await scrolls.evaluate((element) => element.scrollLeft)).toBeGreaterThan(50);
    const left = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => element.getBoundingClientRect().left);
    expect(await left('table.units tbody th')).toBe(await left('.scrolls'));
    expect(await left('table.units thead th')).toBe(await left('.scrolls'));
    // A word that is broken is as high as two lines.
    const marks = await page
      .locator('.count .mark')
      .evaluateAll((all) => all.map((element) => element.getClientRects().length));
    expect(marks.length).toBeGreaterThan(0);
    expect(new Set(marks)).toEqual(new Set([1]));
  });
});
