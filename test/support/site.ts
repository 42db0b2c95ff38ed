import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { type DemoVoter, enrolDemoVoters } from '../../lib/local/demo-voters.ts';
import { type IssuerKey, mintPass } from '../../lib/local/issuer.ts';
import { type Pipeline, type PipelineOptions, startPipeline } from '../../lib/local/pipeline.ts';
import { startBrowser, type TestBrowser } from './browser.ts';
import { makeDirectory } from './local-services.ts';

/** A pipeline of its own, and a browser to visit it with. */
export interface Site {
  readonly pipeline: Pipeline;
  readonly browser: TestBrowser;
  readonly origin: string;
  /** The next voter of a region who has no pass. */
  nextVoter(region: string): DemoVoter;
  /** A pass of a region that nobody has used. */
  mintPass(region: string): string;
  /** How many ballots are counted, once everything accepted is recorded. */
  countBallots(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSite(options: Partial<PipelineOptions> = {}): Promise<Site> {
  const directory = makeDirectory();
  const dataDir = join(directory.path, 'data');
  const pipeline = await startPipeline({ dataDir, port: 0, durable: false, ...options });
  const voters = [...(await enrolDemoVoters(pipeline))];
  const browser = await startBrowser();
  const keyOf = (region: string): IssuerKey => {
    const key = pipeline.demo.keys.find((one) => one.region === region);
    if (key === undefined) throw new Error(`no key of ${region}`);
    return key;
  };
  return {
    pipeline,
    browser,
    origin: pipeline.endpoint,
    nextVoter(region) {
      const at = voters.findIndex((voter) => voter.region === region);
      const [voter] = at < 0 ? [] : voters.splice(at, 1);
      if (voter === undefined) throw new Error(`no voter of ${region} is left`);
      return voter;
    },
    mintPass: (region) => mintPass(keyOf(region)),
    async countBallots() {
      if (!(await pipeline.drained())) throw new Error('not everything accepted is recorded');
      const response = await fetch(`${pipeline.endpoint}/v1/elections/demo/results`);
      return ((await response.json()) as { ballots: number }).ballots;
    },
    async stop() {
      await browser.stop();
      await pipeline.abort();
      directory.remove();
    },
  };
}

/** Says who somebody is, and asks for the pass. */
export async function askForPass(page: Page, voter: DemoVoter): Promise<void> {
  await page.getByLabel('Where are you on the voter roll?').selectOption(voter.region);
  await page.getByLabel('Roll number').fill(voter.rollNumber);
  await page.getByLabel('Access code').fill(voter.accessCode);
  await page.getByRole('button', { name: 'Get my ballot' }).click();
}

/** From the address to the first contest, by roll number and access code. */
export async function identify(page: Page, voter: DemoVoter): Promise<void> {
  await askForPass(page, voter);
  await page.getByRole('heading', { name: 'Governor' }).waitFor();
}

/** The same with a pass. */
export async function usePass(page: Page, pass: string): Promise<void> {
  await page.getByText('I have a pass already').click();
  await page.getByLabel('Your pass').fill(pass);
  await page.getByRole('button', { name: 'Use this pass' }).click();
  await page.getByRole('heading', { name: 'Governor' }).waitFor();
}

/**
 * Presses a button and waits for where it leads. On a busy machine the page may already be there when the driver
 * still believes that its click met something else: what counts is the arrival.
 */
export async function pressOn(page: Page, name: string | RegExp, arrival: Locator): Promise<void> {
  await page
    .getByRole('button', { name })
    .click({ timeout: 15_000 })
    .catch(() => {});
  await arrival.waitFor({ timeout: 15_000 });
}

/** Marks choices, by name, contest by contest from the first, and goes on to the review. */
export async function mark(page: Page, ...choices: readonly (readonly string[])[]): Promise<void> {
  for (const [index, names] of choices.entries()) {
    for (const name of names) await page.getByRole('checkbox', { name }).click();
    await page.getByRole('status').getByText(`${names.length} of`).waitFor();
    const arrival =
      index + 1 < choices.length
        ? page.getByText(`Contest ${index + 2} of`)
        : page.getByRole('heading', { name: 'Review your ballot' });
    await pressOn(page, /^(Next|Review my ballot)$/, arrival);
  }
}

export const alderBallot = [['Amara Okafor'], ['Tunde Abara', 'Rosalind Hale'], ['Yes'], []] as const;

/** Everything that pages of this origin keep on the device. */
export function readKept(page: Page): Promise<unknown[]> {
  return page.evaluate(
    () =>
      new Promise<unknown[]>((resolve, reject) => {
        const opening = indexedDB.open('ballotstream');
        opening.onerror = () => reject(new Error('the database does not open'));
        opening.onsuccess = () => {
          const reading = opening.result.transaction('kept').objectStore('kept').getAll();
          reading.onsuccess = () => resolve([...reading.result, Object.entries(localStorage)]);
        };
      }),
  );
}
