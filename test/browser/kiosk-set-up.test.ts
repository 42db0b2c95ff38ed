import { sign } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import { expectSound, watchPage, whyNoBrowser } from '../support/browser.ts';
import { makeSigningKey } from '../support/election.ts';
import { makeKiosk } from '../support/kiosk.ts';
import { kioskOf, noLine, tablet } from '../support/kiosk-page.ts';
import { openObjects } from '../support/office.ts';
import { type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: setting a kiosk up (${skipped})`);

describe.skipIf(skipped !== undefined)('setting a kiosk up', () => {
  const office = makeSigningKey();
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    await site.pipeline.publishDefinition(hallElection(site.pipeline.demo.definition, office));
  });
  afterAll(() => site?.stop());

  const openKiosk = async () => {
    const context = await site.browser.open({ ...tablet, locale: 'en-US' });
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    return { context, page, watch };
  };
  const load = async (page: Page, election: string) => {
    await page.getByLabel('Election').fill(election);
    await page.getByRole('button', { name: 'Go on' }).click();
  };
  const publicKey = async (page: Page) => {
    await page.locator('svg.qr').waitFor();
    return (await page.locator('.receipt dd code').nth(1).textContent()) ?? '';
  };
  const giveCredential = async (page: Page, credential: string) => {
    await page.getByLabel('Credential').fill(credential);
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
  };
  const setUpHall = async (page: Page) => {
    await page.goto(`${site.origin}/kiosk`);
    await load(page, 'hall');
    const key = await publicKey(page);
    const credential = makeCredential(office, { key });
    await giveCredential(page, credential);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByText('For poll workers').click();
    return { key, credential };
  };
  const anew = (page: Page) => page.getByRole('button', { name: 'Set up anew' });
  /** As the office's command does, and as soon as the service knows. */
  const revoke = async (kiosk: string) => {
    const objects = openObjects(site.pipeline.dataDir);
    const list = {
      schema: 'ballotstream/kiosk-revocations/1',
      election: 'hall',
      version: 1,
      kiosks: [kiosk],
    };
    await objects.put('elections/hall/revoked-kiosks-1.json', JSON.stringify(list));
    await objects.put('elections/hall/latest.json', JSON.stringify({ version: 1, kioskRevocations: 1 }));
    objects.close();
  };

  it('takes a credential for its own key, and its votes count where that says', async () => {
    const { context, page, watch } = await openKiosk();
    await page.goto(`${site.origin}/kiosk`);
    await load(page, 'hall');
    const key = await publicKey(page);
    await expectSound(page, watch);
    const pairWith = (claims: object, signer = office) =>
      giveCredential(page, makeCredential(signer, { key, ...claims }));
    await pairWith({ key: `${key.slice(0, -1)}${key.endsWith('A') ? 'Q' : 'A'}` });
    await page.getByText('This credential is for another kiosk').waitFor();
    // What is wrong is said in the language that is chosen afterwards.
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByText('Dieser Ausweis ist für eine andere Kabine').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    // By another key under the office's name, and by one that nobody has published.
    await pairWith({}, { ...makeSigningKey(), keyId: office.keyId });
    await page.getByText('The election office did not sign this credential').waitFor();
    await pairWith({ election: 'demo' });
    await page.getByText('This credential is for another election').waitFor();
    await pairWith({ exp: 1_000 });
    await page.getByText('This credential is no longer valid').waitFor();
    await pairWith({}, makeSigningKey());
    await page.getByText('The election office did not sign this credential').waitFor();
    await pairWith({});
    const { voteOnce, atStation } = kioskOf(site);
    await voteOnce(page);
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await atStation('birch-01', 'hall')).toBe(1);
    await context.close();
  });

  it('says apart from the button how ready the device is, and warns of storage that may be cleared', async () => {
    const { context, page } = await openKiosk();
    await page.goto(`${site.origin}/kiosk/demo`);
    const readiness = page.locator('.readiness');
    await readiness.getByText('Opens without a network: yes').waitFor();
    const button = await page.getByRole('button', { name: 'Go on' }).boundingBox();
    const lines = await readiness.boundingBox();
    expect((lines?.y ?? 0) - (button?.y ?? 0) - (button?.height ?? 0)).toBeGreaterThanOrEqual(16);
    // Nobody grants a browser without a window anything.
    const storage = readiness.getByText('Storage is protected from being cleared by the browser: no');
    expect(await storage.getAttribute('class')).toBe('warning-text');
    await context.close();
  });

  it('is not begun without a line or while somebody votes, and leaves the kiosk as it is until it is complete', async () => {
    const { context, page, watch } = await openKiosk();
    await page.clock.install();
    const { key } = await setUpHall(page);
    await expect.poll(() => anew(page).isEnabled()).toBe(true);
    await context.setOffline(true);
    await page.getByText(noLine).waitFor();
    expect(await anew(page).isDisabled()).toBe(true);
    await context.setOffline(false);
    await expect.poll(() => anew(page).isEnabled()).toBe(true);
    await kioskOf(site).scan(page, site.mintPass('birch'));
    expect(await anew(page).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Stop, and clear my ballot' }).click();

    // What a voter can do to it: open it, and try an election that asks for nothing.
    await anew(page).click();
    await page.getByText('Until that is complete the kiosk stays as it is').waitFor();
    await expectSound(page, watch);
    await load(page, 'demo');
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByText('only another credential sets it up anew').waitFor();
    await expectSound(page, watch);
    await page.clock.runFor(125_000);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();

    // The code that the office is asked to sign is another one, and the same after a cut.
    await anew(page).click();
    await load(page, 'hall');
    const next = await publicKey(page);
    expect(next).not.toBe(key);
    await page.reload();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await kioskOf(site).voteOnce(page);
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await page.getByText('For poll workers').click();
    await anew(page).click();
    await load(page, 'hall');
    expect(await publicKey(page)).toBe(next);
    await page.getByRole('button', { name: 'Leave it as it is' }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await context.close();
  });

  it('brings a revoked kiosk back with another key, and what waited in it is counted', async () => {
    const { context, page, watch } = await openKiosk();
    const { voteOnce, atStation } = kioskOf(site);
    const { credential } = await setUpHall(page);
    const kiosk = (await page.locator('.status-bar dd code').first().textContent()) ?? '';
    const before = (await atStation('birch-01', 'hall')) ?? 0;
    await revoke(kiosk);
    // Until the service looks at the list, votes go.
    let votes = 0;
    const held = page.getByRole('alert').getByText('kiosk-revoked');
    const isHeld = async () => {
      await voteOnce(page);
      votes += 1;
      await page.getByText('0 waiting', { exact: true }).or(held).first().waitFor();
      return (await held.count()) > 0;
    };
    await expect.poll(isHeld, { timeout: 40_000 }).toBe(true);
    await page.getByText(/^[1-9] waiting$/).waitFor();

    await anew(page).click();
    await load(page, 'hall');
    const key = await publicKey(page);
    await giveCredential(page, credential);
    await page.getByText('This kiosk has this credential, or a newer one').waitFor();
    await giveCredential(page, makeCredential(office, { key: makeKiosk().key }));
    await page.getByText('This credential is for another kiosk').waitFor();
    await giveCredential(page, makeCredential(office, { key, station: 'birch-02' }));
    await page.getByText('Votes wait in this kiosk').waitFor();
    await expectSound(page, watch);
    await giveCredential(page, makeCredential(office, { key }));
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await held.waitFor({ state: 'detached' });
    await voteOnce(page);
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await atStation('birch-01', 'hall')).toBe(before + votes + 1);
    // The next time it is another one again.
    await anew(page).click();
    await load(page, 'hall');
    expect(await publicKey(page)).not.toBe(key);
    await context.close();
  });

  it('takes another credential for the key that it has, once the office’s own was replaced, and what waited is counted', async () => {
    const { context, page, watch } = await openKiosk();
    const { voteOnce, atStation } = kioskOf(site);
    const { key, credential } = await setUpHall(page);
    const before = (await atStation('birch-01', 'hall')) ?? 0;
    const next = makeSigningKey();
    await site.pipeline.publishDefinition({
      ...hallElection(site.pipeline.demo.definition, next),
      version: 2,
    });
    // As the page sees it, which may use what it has for three seconds.
    const version = () =>
      page.evaluate(async () => ((await (await fetch('/v1/elections/hall')).json()) as Definition).version);
    await expect.poll(version, { timeout: 30_000 }).toBe(2);
    await voteOnce(page);
    await page.getByRole('alert').getByText('bad-kiosk-token').waitFor();
    await page.getByText('1 waiting', { exact: true }).waitFor();

    await anew(page).click();
    await load(page, 'hall');
    expect(await publicKey(page)).not.toBe(key);
    await giveCredential(page, credential);
    await page.getByText('The election office did not sign this credential').waitFor();
    await expectSound(page, watch);
    // One from before would put the kiosk back where it stood then.
    const earlier = Math.floor(Date.now() / 1000) - 86_400;
    await giveCredential(page, makeCredential(next, { key, iat: earlier }));
    await page.getByText('This kiosk has this credential, or a newer one').waitFor();
    await giveCredential(page, makeCredential(next, { key }));
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await atStation('birch-01', 'hall')).toBe(before + 1);
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
