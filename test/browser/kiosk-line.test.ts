import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import { expectSound, watchPage, whyNoBrowser } from '../support/browser.ts';
import { kioskOf, noLine, tablet } from '../support/kiosk-page.ts';
import { mark, type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: a kiosk’s line (${skipped})`);

const hourMs = 3_600_000;
const definitions = '**/v1/elections/*';

describe.skipIf(skipped !== undefined)('a kiosk’s line', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  /** The demo under another name, its hours changed as often as a test likes. */
  const publishHours = async (election: string, version: number, closesAtMs: number) => {
    const closesAt = new Date(closesAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const demo = site.pipeline.demo.definition;
    await site.pipeline.publishDefinition(
      definitionSchema.parse({ ...demo, election, version, closesAt } satisfies Record<
        keyof Pick<Definition, 'election' | 'version' | 'closesAt'>,
        unknown
      >),
    );
    const served = async () => {
      const response = await fetch(`${site.origin}/v1/elections/${election}`);
      return ((await response.json()) as Definition).version;
    };
    await expect.poll(served, { timeout: 20_000 }).toBe(version);
  };
  const openKiosk = async (election = 'demo') => {
    const context = await site.browser.open({ ...tablet, locale: 'en-US' });
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.clock.install();
    await kioskOf(site).pair(page, 'birch/birch-02', election);
    return { context, page, watch };
  };
  const lookAgain = (page: Page) => page.clock.runFor(31_000);
  const isOnline = (page: Page) => page.getByText('Online', { exact: true });

  it('brings hours that have changed, and nothing is confirmed that cannot count', async () => {
    await publishHours('hours', 1, Date.now() + hourMs);
    const { context, page, watch } = await openKiosk('hours');
    const { scan, voteOnce, markAndCast, atStation } = kioskOf(site);
    await isOnline(page).waitFor();
    // Closed early, while somebody is marking.
    const pass = site.mintPass('birch');
    await scan(page, pass);
    await mark(page, ['Delia Marsh'], [], []);
    await publishHours('hours', 2, Date.now() - 60_000);
    await page.getByRole('button', { name: 'Cast my ballot' }).click();
    await page.getByRole('heading', { name: 'Your ballot was not taken' }).waitFor();
    await page.getByText('Voting is not open now').waitFor();
    await expectSound(page, watch);
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByLabel('Your pass').fill(pass);
    await page.keyboard.press('Enter');
    await page.getByText('Voting is not open now').waitFor();
    // Extended: the pass is as good as before, without a reload and at once.
    await publishHours('hours', 3, Date.now() + hourMs);
    await scan(page, pass);
    await markAndCast(page);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await atStation('birch-02', 'hours')).toBe(1);
    // And nobody has to try: the page asks by itself, and keeps what it heard.
    await publishHours('hours', 4, Date.parse('2099-01-01T12:00:00Z'));
    await lookAgain(page);
    await page.getByText(/Voting ends January 1, 2099/).waitFor();
    await page.route(definitions, (route) => route.abort());
    await page.reload();
    await page.getByText(/Voting ends January 1, 2099/).waitFor();
    await voteOnce(page);
    await context.close();
  });

  it('blocks nobody when it is gone, or when the service is silent', async () => {
    const { context, page } = await openKiosk();
    const { scan, markAndCast } = kioskOf(site);
    await isOnline(page).waitFor();
    let isSilent = true;
    await page.route('**/v1/**', (route) => (isSilent ? undefined : route.abort()));
    for (const silence of [true, false]) {
      isSilent = silence;
      await scan(page, site.mintPass('birch'));
      await markAndCast(page);
      await page.getByRole('button', { name: 'Done' }).click();
    }
    await page.getByText('2 waiting').waitFor();
    await context.close();
  });

  it('is shown as it was last heard, also when nothing waits', async () => {
    const { context, page, watch } = await openKiosk();
    await isOnline(page).waitFor();
    await context.setOffline(true);
    await page.getByText(noLine).waitFor();
    await expectSound(page, watch);
    await context.setOffline(false);
    await isOnline(page).waitFor();
    // The network is there, and the service is not: nobody, or somebody else who answers everything.
    const others: readonly Parameters<typeof page.route>[1][] = [
      (route) => route.abort(),
      (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<p>Welcome to our network' }),
      (route) => route.fulfill({ json: {} }),
      (route) => route.fulfill({ status: 502, body: 'bad gateway' }),
    ];
    for (const other of others) {
      await page.route(definitions, other);
      await lookAgain(page);
      await page.getByText(noLine).waitFor();
      await page.unroute(definitions);
      await lookAgain(page);
      await isOnline(page).waitFor();
    }
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await context.close();
  });

  it('takes what can go past what cannot: votes of another hour, and boxes that cannot be opened', async () => {
    const { context, page, watch } = await openKiosk();
    const before = await site.countBallots();
    await page.evaluate(plantWaiting, { outOfWindow: 150, unreadable: 3, pass: site.mintPass('birch') });
    await kioskOf(site).voteOnce(page);
    await page.getByText('153 waiting').waitFor();
    await page.getByRole('alert').getByText('cast-time-out-of-window').waitFor();
    await page.getByRole('alert').getByText('3 votes in this kiosk cannot be opened').waitFor();
    await expectSound(page, watch);
    expect(await site.countBallots()).toBe(before + 1);
    await context.close();
  });

  it('is spared what would fare no better: a revoked kiosk tries one batch, not all', async () => {
    const { context, page } = await openKiosk();
    let tried = 0;
    await page.route('**/votes/batch', (route) => {
      tried += 1;
      const { votes } = route.request().postDataJSON() as { votes: unknown[] };
      const problem = { type: 'urn:ballotstream:problem:kiosk-revoked', title: '', status: 403, detail: '' };
      return route.fulfill({ json: { results: votes.map(() => ({ status: 'refused', problem })) } });
    });
    await page.evaluate(plantWaiting, { outOfWindow: 250, unreadable: 0, pass: site.mintPass('birch') });
    await lookAgain(page);
    await page.getByRole('alert').getByText('kiosk-revoked').waitFor();
    expect(tried).toBe(1);
    await context.close();
  });
});

/** In the page: puts votes that were cast long ago, and boxes that nobody can open, before all others. */
async function plantWaiting(plan: { outOfWindow: number; unreadable: number; pass: string }): Promise<void> {
  const settle = <Value>(request: IDBRequest<Value>) =>
    new Promise<Value>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error('not kept'));
    });
  const database = await settle(indexedDB.open('ballotstream-kiosk'));
  const settings = database.transaction('settings').objectStore('settings');
  const { boxKey } = (await settle(settings.get('identity'))) as { boxKey: CryptoKey };
  const boxes: unknown[] = [];
  for (let n = 0; n < plan.outOfWindow + plan.unreadable; n += 1) {
    const ballotId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const place = { region: 'birch', channel: 'kiosk', station: 'birch-02' };
    const vote = { version: 1, ballotId, ...place, castAt: '2000-01-01T00:00:00Z', pass: plan.pass };
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder();
    const parameters = { name: 'AES-GCM', iv: nonce, additionalData: text.encode(ballotId) };
    const clear = text.encode(JSON.stringify({ ...vote, selections: [] }));
    const bytes =
      n < plan.unreadable ? new ArrayBuffer(64) : await crypto.subtle.encrypt(parameters, boxKey, clear);
    boxes.push({ ballotId, nonce, bytes });
  }
  const waiting = database.transaction('waiting', 'readwrite').objectStore('waiting');
  for (const box of boxes) await settle(waiting.add(box));
  database.close();
}
