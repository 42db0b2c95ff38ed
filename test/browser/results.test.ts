import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Pipeline, startPipeline } from '../../lib/local/pipeline.ts';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import type { Results } from '../../schema/wire/results.ts';
import {
  desktop,
  expectSound,
  startBrowser,
  type TestBrowser,
  watchPage,
  whyNoBrowser,
} from '../support/browser.ts';
import { castDemoVotes, drawDemoVotes } from '../support/demo-votes.ts';
import { makeDirectory, until } from '../support/local-services.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: the results page in a browser (${skipped})`);

const hourMs = 3_600_000;

describe.skipIf(skipped !== undefined)('the results page', () => {
  const directory = makeDirectory();
  let pipeline: Pipeline;
  let browser: TestBrowser;

  beforeAll(async () => {
    pipeline = await startPipeline({ dataDir: join(directory.path, 'data'), port: 0, durable: false });
    browser = await startBrowser();
    await castAndCount(60);
  }, 120_000);
  afterAll(async () => {
    await browser?.stop();
    await pipeline?.stop();
    directory.remove();
  }, 60_000);

  const castAndCount = async (votes: number) => {
    await castDemoVotes(pipeline, drawDemoVotes(pipeline.demo, votes));
    expect(await pipeline.drained()).toBe(true);
  };
  const ask = async (query = '?by=region', election = 'demo') => {
    const response = await fetch(`${pipeline.endpoint}/v1/elections/${election}/results${query}`);
    return (await response.json()) as Results;
  };
  /** The demo under another name, changed. */
  const publish = (changes: Partial<Record<keyof Definition, unknown>>) =>
    pipeline.publishDefinition(definitionSchema.parse({ ...pipeline.demo.definition, ...changes }));

  const open = async (address = '/results/demo', options: Parameters<TestBrowser['open']>[0] = desktop) => {
    const context = await browser.open({ acceptDownloads: true, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const watch = await watchPage(page, pipeline.endpoint);
    await page.goto(`${pipeline.endpoint}${address}`);
    return { context, page, watch };
  };
  const voters = (page: Page) => page.locator('.figure .value').first();
  const shownVoters = async (page: Page) =>
    Number(((await voters(page).textContent()) ?? '').replaceAll(/\D/g, ''));
  const untilVoters = (page: Page, count: number) =>
    page.waitForFunction((wanted) => {
      const value = document.querySelector('.figure .value')?.textContent ?? '';
      return Number(value.replaceAll(/\D/g, '')) === wanted;
    }, count);
  const rows = (page: Page) => page.locator('table.units tbody tr');

  it('shows what the API says', async () => {
    const { page, watch } = await open();
    await rows(page).first().waitFor();
    const results = await ask();
    expect(await shownVoters(page)).toBe(results.ballots);
    expect(await page.locator('main.wide').count()).toBe(1);
    for (const { name } of results.contests) await page.getByRole('heading', { name, exact: true }).waitFor();
    expect(await rows(page).count()).toBe(results.regions?.length);
    expect(await page.locator('.results-status').textContent()).toMatch(/Live\s*Unofficial\s*As of/);
    await page.locator('.minutes svg').waitFor();
    // While nothing is counted, nothing is sent.
    await page.waitForResponse(
      (response) => response.url().endsWith('by=region') && response.status() === 304,
    );
    await expectSound(page, watch);
  });

  it('follows the count by itself, in place, with nothing drawn anew', async () => {
    const { page } = await open();
    await rows(page).first().waitFor();
    const before = await shownVoters(page);
    // What is drawn anew is another node, and loses focus, selection and the reader's place.
    await page.evaluate(() => {
      const kept = [
        ...document.querySelectorAll('h1, .figure .value, .count, table.units tbody tr, #filter'),
      ];
      Object.assign(globalThis, { kept });
    });
    await page.locator('#filter').focus();
    const castMs = Date.now();
    await castDemoVotes(pipeline, drawDemoVotes(pipeline.demo, 5));
    await untilVoters(page, before + 5);
    console.info(`results page: 5 votes cast over HTTP, all of them shown after ${Date.now() - castMs} ms`);
    const gone = await page.evaluate(
      () =>
        (globalThis as unknown as { kept: Element[] }).kept.filter((element) => !element.isConnected).length,
    );
    expect(gone).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('filter');
  });

  it('ignores an older answer that comes late', async () => {
    const { page } = await open('/results/nowhere');
    const older = await ask();
    await castAndCount(4);
    const newer = await ask();
    expect(newer.version).toBe(older.version + 4);
    let answers: Results[] = [older, newer, older, older];
    let given = 0;
    await page.route('**/results?by=region', async (route) => {
      given++;
      const body = answers.shift() ?? older;
      await route.fulfill({ json: body });
    });
    await page.goto(`${pipeline.endpoint}/results/demo`);
    await untilVoters(page, newer.ballots);
    const givenThen = given;
    await until(() => given >= givenThen + 3);
    expect(await shownVoters(page)).toBe(newer.ballots);
    // Under a later version the very same numbers are shown: it was the version that kept them out.
    answers = [{ ...older, version: newer.version + 1 }];
    await untilVoters(page, older.ballots);
  });

  it('sorts and filters by keyboard, and says in which order it is', async () => {
    const { page } = await open();
    await rows(page).first().waitFor();
    const results = await ask();
    const names = () => rows(page).locator('th').allTextContents();
    const byBallots = (results.regions ?? [])
      .toSorted((a, b) => b.ballots - a.ballots)
      .map(({ name }) => name);
    const head = page.getByRole('columnheader', { name: 'Voters' });
    await head.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect(await names()).toEqual(byBallots);
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await page.locator('#filter').fill('bÍrch');
    expect(await names()).toEqual(['Birch County']);
    await page.getByText('1 of 3 shown').waitFor();
    await page.locator('#filter').fill('nowhere');
    await page.getByText('No name fits').waitFor();
  });

  it('goes down to the stations of a region and back, each with an address', async () => {
    const { page, watch } = await open();
    await page.getByRole('link', { name: 'Alder County' }).click();
    await page.getByRole('heading', { name: 'Stations of Alder County' }).waitFor();
    await page.getByRole('rowheader', { name: 'Millrace School' }).waitFor();
    const answer = await ask('?by=station&region=alder');
    const stations = answer.regions?.[0]?.stations ?? [];
    expect(await rows(page).count()).toBe(stations.length);
    const millrace = stations.find(({ name }) => name === 'Millrace School');
    const row = rows(page).filter({ hasText: 'Millrace School' });
    expect(await row.locator('td').first().textContent()).toBe(String(millrace?.ballots));
    expect(new URL(page.url()).hash).toBe('#region=alder');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('regions');
    await page.locator('#contest-shown').selectOption({ label: 'Sheriff of Alder County' });
    await page.getByRole('columnheader', { name: 'Elias Brandt' }).waitFor();
    await expectSound(page, watch);
    await page.goBack();
    await page.getByRole('heading', { name: 'By region' }).waitFor();
    await page.locator('#contest-shown').selectOption({ label: 'Sheriff of Alder County' });
    await page.getByText('not on the ballot here').first().waitFor();
  });

  it('gives what it shows as CSV and JSON, equal to what the API says', async () => {
    const { page, watch } = await open();
    await rows(page).first().waitFor();
    await page.locator('#contest-shown').selectOption({ label: 'State Council (choose up to three)' });
    await page.locator('#filter').fill('c');
    const results = await ask();
    const save = async (name: RegExp) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).click(),
      ]);
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
    };
    const csv = await save(/CSV/);
    expect(csv.name).toBe(`demo-regions-state-council-${results.version}.csv`);
    const lines = parse<Record<string, string>>(csv.text, { columns: true });
    const council = (unit: Pick<Results, 'contests'>) =>
      unit.contests.find(({ contest }) => contest === 'state-council')?.choices ?? [];
    expect(lines).toEqual(
      (results.regions ?? []).map((region) =>
        expect.objectContaining({
          region: region.region,
          name: region.name,
          version: String(results.version),
          ballots: String(region.ballots),
          turnout: String(region.turnout),
          ...Object.fromEntries(
            council(region).map(({ choice, votes }) => [`votes_${choice}`, String(votes)]),
          ),
        }),
      ),
    );
    const json = JSON.parse((await save(/JSON/)).text) as { regions: { choices: unknown }[] };
    expect(json).toMatchObject({ election: 'demo', version: results.version, status: 'unofficial' });
    expect(json.regions.map(({ choices }) => choices)).toEqual(
      (results.regions ?? []).map((region) =>
        council(region).map(({ choice, name, votes }) => ({ choice, name, votes })),
      ),
    );
    expect(watch.faults).toEqual([]);
  });

  it('says when it hears nothing, keeps what it has, and goes on by itself', async () => {
    const { context, page, watch } = await open();
    await rows(page).first().waitFor();
    const before = await shownVoters(page);
    await context.setOffline(true);
    await page.getByText('No answer at the moment').waitFor();
    expect(await shownVoters(page)).toBe(before);
    await expectSound(page, watch);
    await context.setOffline(false);
    await page.getByText('No answer at the moment').waitFor({ state: 'detached' });
  });

  it('says when results will be public, and shows them then by itself', async () => {
    const closesAt = new Date(Date.now() + 48 * hourMs).toISOString();
    await publish({ election: 'secret', resultsVisibility: 'after-close', closesAt });
    const { page, watch } = await open('/results/secret');
    await page.getByRole('heading', { name: 'Results are not public yet' }).waitFor();
    const when = await page.locator('.results-opens').textContent();
    expect(when).toContain(
      new Date(closesAt).toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'America/New_York' }),
    );
    await expectSound(page, watch);
    // It asks again when somebody looks again, not every second until then.
    await publish({ election: 'secret', version: 2, resultsVisibility: 'live', closesAt });
    await until(async () => (await fetch(`${pipeline.endpoint}/v1/elections/secret/results`)).status === 200);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByText('No vote has been counted yet').waitFor();
    expect(await shownVoters(page)).toBe(0);
    expect(await page.locator('main').textContent()).not.toMatch(/NaN|Infinity|undefined|null/);
    await expectSound(page, watch);
  });

  it('tells unofficial, complete and certified apart, and live from final', async () => {
    await publish({ election: 'settled', resultsStatus: 'complete' });
    const { page, watch } = await open('/results/settled');
    await page.getByText('Complete', { exact: true }).waitFor();
    await page.getByText('Final', { exact: true }).waitFor();
    await publish({ election: 'settled', version: 2, resultsStatus: 'certified' });
    await until(async () => (await ask('', 'settled')).status === 'certified');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByText('Certified', { exact: true }).waitFor();
    await expectSound(page, watch);
  });

  it('speaks German, with its numbers, and keeps its place when the language changes', async () => {
    const { page, watch } = await open('/results/demo#region=cedar', { locale: 'de-DE', ...desktop });
    await page.getByRole('heading', { name: 'Wahllokale in Cedar County' }).waitFor();
    expect(await page.locator('.figure').nth(1).textContent()).toMatch(/\d,\d\s%/);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Stations of Cedar County' }).waitFor();
    await expectSound(page, watch);
  });

  it('says what it is when the address names no election', async () => {
    for (const address of ['/results', '/results/nowhere', '/results/%3Cscript%3E']) {
      const { page, watch } = await open(address);
      await page.getByRole('heading', { name: 'No such election' }).waitFor();
      await expectSound(page, watch);
    }
  });

  it('prints without what only a screen needs, and moves nothing for who wants no motion', async () => {
    const { page } = await open('/results/demo', { ...desktop, reducedMotion: 'reduce' });
    await rows(page).first().waitFor();
    const moving = () =>
      page.evaluate(() => ({
        badge: getComputedStyle(document.querySelector('.badge.live') as Element, '::before').animationName,
        bar: getComputedStyle(document.querySelector('.bar .value') as Element).transitionDuration,
      }));
    expect(await moving()).toEqual({ badge: 'none', bar: '0s' });
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await moving()).toEqual({ badge: 'pulse', bar: '0.4s' });
    await page.emulateMedia({ media: 'print' });
    for (const hidden of ['.tools', '.languages', '.actions']) expect(await isSeen(page, hidden)).toBe(false);
    for (const seen of ['h1', '.count', 'table.units', '.chart']) expect(await isSeen(page, seen)).toBe(true);
  });
});

const isSeen = (page: Page, selector: string) => page.locator(selector).first().isVisible();
