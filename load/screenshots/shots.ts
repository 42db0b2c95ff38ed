import type { BrowserContextOptions, Page } from 'playwright-core';
import { mintPass } from '../../lib/local/issuer.ts';
import type { Pipeline } from '../../lib/local/pipeline.ts';

const phone = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true } as const;
const desktop = { viewport: { width: 1120, height: 760 } } as const;

export const variants = {
  phone: { ...phone, colorScheme: 'light' },
  'phone-dark': { ...phone, colorScheme: 'dark' },
  desktop: { ...desktop, colorScheme: 'light' },
  'desktop-dark': { ...desktop, colorScheme: 'dark' },
} as const satisfies Record<string, BrowserContextOptions>;

export interface Shot {
  readonly name: string;
  readonly variants: readonly (keyof typeof variants)[];
  /** Brings the page where the picture is taken. */
  readonly open: (page: Page, pipeline: Pipeline) => Promise<void>;
  /** Default true: all of the page, not only what is in sight. */
  readonly isWhole?: boolean;
}

const everywhere = ['phone', 'phone-dark', 'desktop'] as const;

/** One of each page's states that says something, in the order in which people meet them; those of the README are as large as each other. */
export const shots: readonly Shot[] = [
  { name: 'home', variants: everywhere, open: openHome, isWhole: false },
  { name: 'vote-1-identify', variants: ['phone', 'desktop'], open: openBallot },
  { name: 'vote-2-contest', variants: everywhere, open: markSecondContest, isWhole: false },
  { name: 'vote-3-review', variants: ['phone', 'phone-dark'], open: review },
  { name: 'vote-4-receipt', variants: everywhere, open: cast },
  { name: 'vote-5-pass-on-paper', variants: ['phone', 'desktop'], open: takePassAlong },
  { name: 'receipts', variants: everywhere, open: checkReceipt, isWhole: false },
  { name: 'kiosk-1-welcome', variants: ['desktop'], open: openKiosk },
  {
    name: 'kiosk-2-contest',
    variants: ['phone', 'desktop', 'desktop-dark'],
    open: markAtKiosk,
    isWhole: false,
  },
  { name: 'kiosk-3-kept', variants: ['desktop'], open: castAtKiosk },
  {
    name: 'results-1-totals',
    variants: ['phone', 'desktop', 'desktop-dark'],
    open: openResults,
    isWhole: false,
  },
  { name: 'results-2-whole', variants: ['phone', 'desktop'], open: openResults },
  { name: 'results-3-stations', variants: ['phone-dark', 'desktop'], open: openStations, isWhole: false },
  { name: 'ops', variants: ['phone', 'desktop', 'desktop-dark'], open: openOperator, isWhole: false },
];

function passOf({ demo }: Pipeline, region: string): string {
  const key = demo.keys.find((one) => one.region === region);
  if (key === undefined) throw new Error(`no key of ${region}`);
  return mintPass(key);
}

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
const choose = (page: Page, name: string) => page.getByRole('checkbox', { name }).click();
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

async function openHome(page: Page, { endpoint, demo }: Pipeline): Promise<void> {
  await page.goto(endpoint);
  await heading(page, demo.definition.name);
}

async function openBallot(page: Page, { endpoint }: Pipeline): Promise<void> {
  await page.goto(`${endpoint}/vote/demo`);
  await heading(page, 'Who are you?');
}

async function usePass(page: Page, pipeline: Pipeline): Promise<void> {
  await openBallot(page, pipeline);
  await page.getByText('I have a pass already').click();
  await page.getByLabel('Your pass').fill(passOf(pipeline, 'alder'));
  await press(page, 'Use this pass');
  await heading(page, 'Governor');
}

async function takePassAlong(page: Page, pipeline: Pipeline): Promise<void> {
  await usePass(page, pipeline);
  await press(page, 'Vote at a polling station instead');
  await page.locator('svg.qr').waitFor();
}

async function markSecondContest(page: Page, pipeline: Pipeline): Promise<void> {
  await usePass(page, pipeline);
  await choose(page, 'Amara Okafor');
  await press(page, 'Next');
  await heading(page, 'State Council');
  for (const name of ['Tunde Abara', 'Rosalind Hale']) await choose(page, name);
  await page.getByText('2 of 3 chosen').waitFor();
}

async function review(page: Page, pipeline: Pipeline): Promise<void> {
  await markSecondContest(page, pipeline);
  await press(page, 'Next');
  await choose(page, 'Yes');
  await press(page, 'Next');
  await press(page, 'Review my ballot');
  await heading(page, 'Review your ballot');
}

async function cast(page: Page, pipeline: Pipeline): Promise<void> {
  await review(page, pipeline);
  await press(page, 'Cast my ballot');
  await heading(page, 'Your ballot is accepted');
  await page.locator('svg.qr').waitFor();
}

async function checkReceipt(page: Page, pipeline: Pipeline): Promise<void> {
  await cast(page, pipeline);
  await page.getByRole('link', { name: 'Check my vote' }).click();
  await page.getByText('Recorded', { exact: true }).waitFor();
  await page.getByText('Genuine', { exact: true }).waitFor();
}

async function openKiosk(page: Page, { endpoint }: Pipeline): Promise<void> {
  await page.goto(`${endpoint}/kiosk/demo`);
  await press(page, 'Go on');
  await page.getByLabel('Polling station').selectOption('alder/alder-01');
  await page.getByText('Opens without a network: yes').waitFor();
  await press(page, 'Set up');
  await heading(page, 'Welcome');
}

async function markAtKiosk(page: Page, pipeline: Pipeline): Promise<void> {
  await openKiosk(page, pipeline);
  await page.getByLabel('Your pass').fill(passOf(pipeline, 'alder'));
  await press(page, 'Begin');
  await heading(page, 'Governor');
  await choose(page, 'Jonas Lindqvist');
}

async function castAtKiosk(page: Page, pipeline: Pipeline): Promise<void> {
  await markAtKiosk(page, pipeline);
  for (const name of ['Next', 'Next', 'Next', 'Review my ballot', 'Cast my ballot']) await press(page, name);
  await heading(page, 'Your ballot is kept safely');
  await page.locator('svg.qr').waitFor();
}

async function openResults(page: Page, { endpoint }: Pipeline): Promise<void> {
  await page.goto(`${endpoint}/results/demo`);
  await page.getByText('Amara Okafor').first().waitFor();
  await page.locator('.minutes svg').waitFor();
}

async function openStations(page: Page, { endpoint }: Pipeline): Promise<void> {
  await page.goto(`${endpoint}/results/demo#region=alder`);
  await page.getByText('Millrace School').waitFor();
  await heading(page, 'Stations of Alder County');
  await page.locator('#regions').evaluate((element) => element.scrollIntoView());
}

async function openOperator(page: Page, { endpoint }: Pipeline): Promise<void> {
  await page.goto(`${endpoint}/ops`);
  await page.getByText('It adds up').waitFor();
}
