import type { Page } from 'playwright-core';
import { mark, pressOn, type Site } from './site.ts';

/** What a poll worker reads where the service does not answer. */
export const noLine = 'No line to the service: votes are kept';

export const tablet = { viewport: { width: 1024, height: 768 }, hasTouch: true } as const;

/** What poll workers and voters do at a kiosk of Birch County, and what comes of it. */
export function kioskOf(site: Site) {
  const pair = async (page: Page, station = 'birch/birch-02', election = 'demo') => {
    await page.goto(`${site.origin}/kiosk/${election}`);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByLabel('Polling station').selectOption(station);
    await page.getByText('Opens without a network: yes').waitFor();
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  };
  /** As a scanner does: it types, wherever the focus is, and ends with Enter. */
  const scan = async (page: Page, pass: string) => {
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByLabel('Your pass').fill(pass);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Governor' }).waitFor();
  };
  const markAndCast = async (page: Page) => {
    await mark(page, ['Delia Marsh'], [], []);
    await pressOn(page, 'Cast my ballot', page.getByRole('heading', { name: 'Your ballot is kept safely' }));
  };
  const voteOnce = async (page: Page) => {
    await scan(page, site.mintPass('birch'));
    await markAndCast(page);
    await pressOn(page, 'Done', page.getByRole('heading', { name: 'Welcome' }));
  };
  const results = async (election: string) => {
    const response = await fetch(`${site.origin}/v1/elections/${election}/results?by=station&region=birch`);
    return (await response.json()) as {
      ballots: number;
      duplicates: number;
      quarantined: number;
      regions: { stations: { station: string; ballots: number }[] }[];
    };
  };
  const atStation = async (station: string, election = 'demo') =>
    (await results(election)).regions[0]?.stations.find((one) => one.station === station)?.ballots;
  return { pair, scan, markAndCast, voteOnce, results, atStation };
}
