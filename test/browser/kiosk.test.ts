import { sign } from 'node:crypto';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import { expectSound, watchPage, whyNoBrowser } from '../support/browser.ts';
import { makeSigningKey } from '../support/election.ts';
import { makeDirectory } from '../support/local-services.ts';
import { mark, pressOn, type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: the kiosk in a browser (${skipped})`);

const tablet = { viewport: { width: 1024, height: 768 }, hasTouch: true } as const;
const votes = 50;

describe.skipIf(skipped !== undefined)('the kiosk', () => {
  let site: Site;
  const directory = makeDirectory();
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(async () => {
    await site?.stop();
    directory.remove();
  });

  const pair = async (page: Page, station = 'birch/birch-02') => {
    await page.goto(`${site.origin}/kiosk/demo`);
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

  it('keeps 50 votes without a line, loses none when the browser is killed, and doubles none when the line is back', async () => {
    const before = await site.countBallots();
    const profile = join(directory.path, 'profile');
    let context = await site.browser.openProfile(profile, tablet);
    let page = await context.newPage();
    await pair(page);
    site.pipeline.kill('edge', 'SIGKILL', { restart: false });
    await page.reload();
    for (let n = 0; n < votes; n += 1) await voteOnce(page);
    await page.getByText(`${votes} waiting`).waitFor();
    await page.getByText('No network: votes are kept').waitFor();
    // The last one was told that it is kept; nothing else is asked for before the plug is pulled.
    await killBrowser(context);

    context = await site.browser.openProfile(profile, tablet);
    page = await context.newPage();
    await page.goto(`${site.origin}/kiosk`);
    await page.getByText(`${votes} waiting`).waitFor();
    // Answers to the first two batches are lost on the way: the same votes go out again.
    let lost = 0;
    await page.route('**/votes/batch', async (route) => {
      if (lost === 2) return route.continue();
      const answer = await route.fetch().catch(() => null);
      if (answer?.ok() === true) lost += 1;
      await route.abort('connectionreset');
    });
    await site.pipeline.restart('edge');
    await page.getByText('0 waiting', { exact: true }).waitFor({ timeout: 90_000 });
    expect(lost).toBe(2);
    expect(await site.countBallots()).toBe(before + votes);
    expect(await results('demo')).toMatchObject({ duplicates: 0, quarantined: 0 });
    expect(await atStation('birch-02')).toBe(votes);
    await context.close();
  }, 300_000);

  it('shows no selection and no pass to who reads its storage', async () => {
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    await page.route('**/votes/batch', (route) => route.abort());
    await pair(page);
    const pass = site.mintPass('birch');
    await scan(page, pass);
    await markAndCast(page);
    const kept = await page.evaluate(readWaiting);
    expect(kept).toHaveLength(1);
    expect(kept[0]?.keys).toEqual(['ballotId', 'bytes', 'nonce']);
    for (const secret of ['marsh', pass, 'governor']) expect(kept[0]?.text).not.toContain(secret);
    const canExport = await page.evaluate(tryToExportKeys);
    expect(canExport).toEqual([false, false]);
    await context.close();
  });

  it('takes one voter after another, a pass once, and only passes of its region', async () => {
    const context = await site.browser.open({ ...tablet, locale: 'en-US' });
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/kiosk/demo`);
    await page.getByRole('heading', { name: 'Set up this kiosk' }).waitFor();
    await expectSound(page, watch);
    await pair(page, 'birch/birch-01');
    await expectSound(page, watch);
    await page.getByLabel('Your pass').fill('nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('This is not a whole pass').waitFor();
    await page.getByLabel('Your pass').fill(site.mintPass('alder'));
    await page.keyboard.press('Enter');
    await page.getByText('This pass is for another region').waitFor();
    await expectSound(page, watch);

    // A voter who reads German does not leave it to the next.
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByLabel('Ihr Wahlschein').fill(site.mintPass('birch'));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Aufhören und Stimmzettel leeren' }).click();

    const pass = site.mintPass('birch');
    await scan(page, pass);
    await expectSound(page, watch);
    await markAndCast(page);
    await page.locator('svg.qr').waitFor();
    await expectSound(page, watch);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByLabel('Your pass').fill(pass);
    await page.keyboard.press('Enter');
    await page.getByText('This pass has voted at this kiosk').waitFor();
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await atStation('birch-01')).toBe(1);
    await context.close();
  });

  it('clears the ballot of a voter who has gone, after asking', async () => {
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.clock.install();
    await pair(page);
    const pass = site.mintPass('birch');
    await scan(page, pass);
    await page.getByRole('checkbox', { name: 'Delia Marsh' }).click();
    await page.clock.runFor(95_000);
    const dialog = page.getByRole('alertdialog', { name: 'Are you still there?' });
    await dialog.waitFor();
    await expectSound(page, watch);
    await page.getByRole('button', { name: 'I am still voting' }).click();
    await page.clock.runFor(2_000);
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByRole('checkbox', { name: 'Delia Marsh' }).isChecked()).toBe(true);
    await page.clock.runFor(125_000);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    // The pass is as good as before, and the marks are gone.
    await scan(page, pass);
    expect(await page.getByRole('checkbox', { name: 'Delia Marsh' }).isChecked()).toBe(false);
    await context.close();
  });

  it('is paired by a credential for its own key, and its votes count where that says', async () => {
    const office = makeSigningKey();
    await site.pipeline.publishDefinition(hallElection(site.pipeline.demo.definition, office));
    const context = await site.browser.open(tablet);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/kiosk`);
    await page.getByLabel('Election').fill('hall');
    await page.getByRole('button', { name: 'Go on' }).click();
    const field = page.getByLabel('Credential');
    await field.waitFor();
    await page.locator('svg.qr').waitFor();
    await expectSound(page, watch);
    const key = (await page.locator('dd code').nth(1).textContent()) ?? '';
    const pairWith = async (claims: object, signer = office) => {
      await field.fill(makeCredential(signer, { key, ...claims }));
      await page.getByRole('button', { name: 'Set up' }).click();
    };
    await pairWith({ key: `${key.slice(0, -1)}A` });
    await page.getByText('This credential is for another kiosk').waitFor();
    await pairWith({}, makeSigningKey());
    await page.getByText('The election office did not sign this credential').waitFor();
    await pairWith({});
    await voteOnce(page);
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await atStation('birch-01', 'hall')).toBe(1);
    await context.close();
  });
});

/** The demo, with kiosks that have to show who they are. */
function hallElection(demo: Definition, office: { keyId: string; spki: string }): Definition {
  return definitionSchema.parse({
    ...demo,
    election: 'hall',
    kioskKeys: [{ keyId: office.keyId, spki: office.spki }],
  });
}

function makeCredential(office: ReturnType<typeof makeSigningKey>, claims: object): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'EdDSA', typ: 'ballotstream-kiosk+jwt', kid: office.keyId };
  const place = { election: 'hall', region: 'birch', station: 'birch-01', iat: now - 60, exp: now + 86_400 };
  const signed = `${encode(header)}.${encode({ ...place, ...claims })}`;
  return `${signed}.${sign(null, Buffer.from(signed), office.privateKey).toString('base64url')}`;
}

/** As a power cut would: no page, worker or process of the browser gets to finish anything. */
async function killBrowser(context: BrowserContext): Promise<void> {
  const [page] = context.pages();
  if (page === undefined) throw new Error('no page');
  const session = await context.newCDPSession(page);
  const browserSession = await context.browser()?.newBrowserCDPSession();
  const { processInfo } = await (browserSession ?? session).send('SystemInfo.getProcessInfo');
  const closed = new Promise<void>((resolve) => context.once('close', () => resolve()));
  for (const { type, id } of processInfo) if (type === 'browser') process.kill(id, 'SIGKILL');
  await closed;
}

/** In the page. */
async function readWaiting(): Promise<{ keys: string[]; text: string }[]> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('ballotstream-kiosk');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('the database does not open'));
  });
  const boxes = await new Promise<Record<string, unknown>[]>((resolve) => {
    const reading = database.transaction('waiting').objectStore('waiting').getAll();
    reading.onsuccess = () => resolve(reading.result);
  });
  return boxes.map((box) => ({
    keys: Object.keys(box).toSorted(),
    text: new TextDecoder('latin1').decode(box['bytes'] as ArrayBuffer),
  }));
}

/** In the page. */
async function tryToExportKeys(): Promise<boolean[]> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('ballotstream-kiosk');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('the database does not open'));
  });
  const identity = await new Promise<{ keys: CryptoKeyPair; boxKey: CryptoKey }>((resolve) => {
    const reading = database.transaction('settings').objectStore('settings').get('identity');
    reading.onsuccess = () => resolve(reading.result);
  });
  const isExported = (format: 'jwk' | 'raw', key: CryptoKey) =>
    (format === 'jwk' ? crypto.subtle.exportKey('jwk', key) : crypto.subtle.exportKey('raw', key)).then(
      () => true,
      () => false,
    );
  return [await isExported('jwk', identity.keys.privateKey), await isExported('raw', identity.boxKey)];
}
