import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compactDecrypt } from 'jose';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKioskVerifier } from '../../functions/adapters/kiosk-verifier.ts';
import { parseElection } from '../../functions/core/election.ts';
import { passKeyId } from '../../functions/core/pass.ts';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import { type KioskFile, kioskFileContentsSchema, kioskFileSchema } from '../../schema/wire/kiosk-file.ts';
import { problems, problemType } from '../../schema/wire/problem.ts';
import { voteRequestSchema } from '../../schema/wire/vote.ts';
import { expectSound, watchPage, whyNoBrowser } from '../support/browser.ts';
import { makeCredential, office, type TestKiosk } from '../support/kiosk.ts';
import { kioskOf, noLine, tablet } from '../support/kiosk-page.ts';
import { type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: votes in a file (${skipped})`);

describe.skipIf(skipped !== undefined)('votes that leave a kiosk in a file', () => {
  const files = makeOfficeKey();
  const definitions = new Map<string, Definition>();
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    const kioskKeys = [{ keyId: office.keyId, spki: office.spki }];
    const officeKeys = [{ keyId: files.keyId, spki: files.spki }];
    await publish('hall', { kioskKeys, officeKeys });
    await publish('bare', { kioskKeys });
    await publish('open', { officeKeys });
  });
  afterAll(() => site?.stop());

  /** The demo under another name and with these keys only. */
  const publish = async (election: string, keys: Pick<Definition, 'kioskKeys' | 'officeKeys'>) => {
    const { kioskKeys: _, officeKeys: __, ...demo } = site.pipeline.demo.definition;
    const definition = definitionSchema.parse({ ...demo, election, ...keys });
    definitions.set(election, definition);
    await site.pipeline.publishDefinition(definition);
  };
  /** A kiosk of Birch's first station, its details open. */
  const openKiosk = async (election: string) => {
    const context = await site.browser.open({ ...tablet, locale: 'en-US' });
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(`${site.origin}/kiosk/${election}`);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('svg.qr').waitFor();
    const key = (await page.locator('.receipt dd code').nth(1).textContent()) ?? '';
    const now = Math.floor(Date.now() / 1000);
    const place = { election, region: 'birch', station: 'birch-01', iat: now - 60, exp: now + 86_400 };
    await page.getByLabel('Credential').fill(makeCredential({ key } as TestKiosk, place));
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByText('For poll workers').click();
    const kiosk = (await page.locator('.status-bar dd code').first().textContent()) ?? '';
    return { context, page, watch, kiosk };
  };
  const saveButton = (page: Page) => page.getByRole('button', { name: 'Save votes to a file' });
  const saveVotes = async (page: Page) => {
    // With the keyboard, whose place must not be lost.
    const [download] = await Promise.all([page.waitForEvent('download'), saveButton(page).press('Enter')]);
    await expect
      .poll(() => saveButton(page).evaluate((button) => button === document.activeElement))
      .toBe(true);
    const text = readFileSync(await download.path(), 'utf8');
    return { name: download.suggestedFilename(), text, file: kioskFileSchema.parse(JSON.parse(text)) };
  };
  /** As the office does it. */
  const openFile = async ({ sealed }: KioskFile) => {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, files.privateKey);
    expect(protectedHeader).toMatchObject({ kid: files.keyId, cty: 'json' });
    const contents = kioskFileContentsSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
    return { votes: contents.votes.map((vote) => voteRequestSchema.parse(vote)), refused: contents.refused };
  };
  const isOnline = (page: Page) => page.getByText('Online', { exact: true }).waitFor();

  it('are read by the election office alone, stay in the kiosk, and go out as ever when the line is back', async () => {
    const { context, page, watch, kiosk } = await openKiosk('hall');
    const { voteOnce, results, atStation } = kioskOf(site);
    const logged: string[] = [];
    page.on('console', (message) => logged.push(message.text()));
    await isOnline(page);
    expect(await saveButton(page).isDisabled()).toBe(true);
    await expectSound(page, watch);
    await context.setOffline(true);
    await page.getByText(noLine).waitFor();
    const beganMs = Date.now();
    for (let n = 0; n < 3; n += 1) await voteOnce(page);
    await page.getByText('3 waiting', { exact: true }).waitFor();

    const { name, text, file } = await saveVotes(page);
    expect(name).toBe(`votes-birch-birch-01-${kiosk.slice(0, 8)}-3.json`);
    const told = page.getByRole('status').getByText(`3 votes are in the file ${name}.`);
    await told.waitFor();
    await expectSound(page, watch);
    expect(file.election).toBe('hall');
    expect(verify(definitions.get('hall'), file)).toMatchObject({
      ok: true,
      identity: {
        kiosk,
        region: 'birch',
        station: 'birch-01',
        bodySha256: createHash('sha256').update(file.sealed).digest('base64url'),
      },
    });

    const { votes, refused } = await openFile(file);
    expect(refused).toEqual({});
    const ids = votes.map(({ ballotId }) => ballotId);
    expect(ids).toEqual((await page.evaluate(readIds, 'waiting')).toSorted());
    expect(ids).toHaveLength(3);
    for (const { station, channel, castAt, selections } of votes) {
      expect({ station, channel }).toEqual({ station: 'birch-01', channel: 'kiosk' });
      const castMs = Date.parse(castAt ?? '');
      expect(castMs % 60_000).toBe(0);
      expect(castMs).toBeGreaterThan(beganMs - 60_000);
      expect(castMs).toBeLessThanOrEqual(Date.now());
      expect(selections.flatMap(({ choices }) => choices)).toEqual(['marsh']);
    }
    // The same words as at rest, and whatever names a voter's ballot.
    const passes = votes.map(({ pass }) => pass);
    for (const secret of ['marsh', 'governor', ...ids, ...passes]) {
      expect(text.includes(secret)).toBe(false);
      expect(logged.some((line) => line.includes(secret))).toBe(false);
    }

    await page.getByText('3 waiting', { exact: true }).waitFor();
    expect(await page.evaluate(readIds, 'waiting')).toHaveLength(3);
    // A voter comes next, and nothing of it is in the way.
    await voteOnce(page);
    await page.getByText('4 waiting', { exact: true }).waitFor();
    await context.setOffline(false);
    await page.getByText('0 waiting', { exact: true }).waitFor();
    await site.countBallots();
    expect(await results('hall')).toMatchObject({ ballots: 4, duplicates: 0, quarantined: 0 });
    expect(await atStation('birch-01', 'hall')).toBe(4);
    expect(await saveButton(page).isDisabled()).toBe(true);
    await context.close();
  });

  it('are also those that the service has refused, with the reason, and not those that nobody can open', async () => {
    const { context, page, watch } = await openKiosk('hall');
    const { voteOnce } = kioskOf(site);
    await isOnline(page);
    await page.route('**/votes/batch', (route) => {
      const { votes } = route.request().postDataJSON() as { votes: unknown[] };
      const code = 'unknown-choice';
      const problem = { type: problemType(code), title: '', status: problems[code].status, detail: '' };
      return route.fulfill({ json: { results: votes.map(() => ({ status: 'refused', problem })) } });
    });
    // The first of all ids, and it is read last: the file's order is that of the ids.
    const first = '00000000-0000-4000-8000-000000000000';
    await page.evaluate(nameNextBallot, first);
    await voteOnce(page);
    await page.getByText('One vote was refused').waitFor();
    await page.unroute('**/votes/batch');
    await context.setOffline(true);
    await page.getByText(noLine).waitFor();
    for (let n = 0; n < 3; n += 1) await voteOnce(page);
    await page.getByText('3 waiting', { exact: true }).waitFor();
    await page.evaluate(spoilFirst, 'waiting');

    const { file } = await saveVotes(page);
    await page.getByText('3 votes are in the file').waitFor();
    await page.getByText('One vote cannot be opened and is not in it').waitFor();
    // In the language that is chosen afterwards.
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByText('3 Stimmen sind in der Datei').waitFor();
    await expectSound(page, watch);
    const [spoilt, ...waiting] = await page.evaluate(readIds, 'waiting');
    const { votes, refused } = await openFile(file);
    const ids = votes.map(({ ballotId }) => String(ballotId));
    expect(ids).toEqual([first, ...waiting]);
    expect(ids).not.toContain(spoilt);
    expect(waiting).toHaveLength(2);
    expect(refused).toEqual({ [first]: 'unknown-choice' });
    await context.close();
  });

  it('are in no file where the device fails, or where none can be opened, and that is said', async () => {
    const { context, page, watch } = await openKiosk('hall');
    const { voteOnce } = kioskOf(site);
    await context.setOffline(true);
    await page.getByText(noLine).waitFor();
    await voteOnce(page);
    await page.getByText('1 waiting', { exact: true }).waitFor();
    const downloads: unknown[] = [];
    page.on('download', (download) => downloads.push(download));
    await page.evaluate(() => {
      const { prototype } = SubtleCrypto;
      const { wrapKey } = prototype;
      prototype.wrapKey = async () => {
        prototype.wrapKey = wrapKey;
        throw new DOMException('no memory', 'OperationError');
      };
    });
    await saveButton(page).click();
    await page.getByRole('alert').getByText('no file was saved. All votes are still in this kiosk').waitFor();
    await expectSound(page, watch);
    expect(downloads).toEqual([]);
    await saveVotes(page);
    await page.getByRole('status').getByText('One vote is in the file').waitFor();
    expect(await page.getByText('no file was saved').count()).toBe(0);
    expect(downloads).toHaveLength(1);
    await page.evaluate(spoilFirst, 'waiting');
    await saveButton(page).click();
    await page.getByRole('alert').getByText('None of these votes can be opened').waitFor();
    expect(downloads).toHaveLength(1);
    await context.close();
  });

  it('cannot be saved where the office has published no key, or where no office signed for the kiosk', async () => {
    const { context, page } = await openKiosk('bare');
    await page.getByRole('button', { name: 'Full screen' }).waitFor();
    expect(await saveButton(page).count()).toBe(0);
    await context.close();
    const unsigned = await site.browser.open(tablet);
    const other = await unsigned.newPage();
    await kioskOf(site).pair(other, 'birch/birch-02', 'open');
    await other.getByText('For poll workers').click();
    await other.getByRole('button', { name: 'Full screen' }).waitFor();
    expect(await saveButton(other).count()).toBe(0);
    await unsigned.close();
  });
});

/** What kiosks seal files with: RSA-3072. */
function makeOfficeKey() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { keyId: passKeyId(der), spki: der.toString('base64'), privateKey };
}

/** As the service verifies a batch. */
function verify(definition: Definition | undefined, { authorization }: KioskFile) {
  const parsed = parseElection(definition);
  if (!parsed.ok) throw new Error('not a definition');
  return createKioskVerifier({ isRevoked: () => false }).verify(parsed.election, authorization, Date.now());
}

/** In the page: what the next random UUID is; those behind it are random again. */
function nameNextBallot(ballotId: string): void {
  const random = crypto.randomUUID.bind(crypto);
  crypto.randomUUID = () => {
    crypto.randomUUID = random;
    return ballotId as ReturnType<typeof random>;
  };
}

/** In the page: ballot ids of a store. */
async function readIds(store: string): Promise<string[]> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('ballotstream-kiosk');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('the database does not open'));
  });
  return new Promise((resolve) => {
    const reading = database.transaction(store).objectStore(store).getAllKeys();
    reading.onsuccess = () => resolve(reading.result as string[]);
  });
}

/** In the page: a vote that nobody can open any more. */
async function spoilFirst(store: string): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('ballotstream-kiosk');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('the database does not open'));
  });
  await new Promise<void>((resolve) => {
    const transaction = database.transaction(store, 'readwrite');
    const boxes = transaction.objectStore(store);
    const reading = boxes.getAll(null, 1);
    reading.onsuccess = () => {
      const [box] = reading.result as { nonce: Uint8Array }[];
      box?.nonce.reverse();
      boxes.put(box);
    };
    transaction.oncomplete = () => resolve();
  });
}
