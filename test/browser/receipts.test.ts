import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAddress } from '../../functions/web/receipts/receipt-link.ts';
import { buildDemoVote } from '../../lib/local/demo.ts';
import { voteHeaders } from '../../load/http/request-text.ts';
import { acceptedSchema, type Receipt } from '../../schema/wire/receipt.ts';
import { expectSound, phone, watchPage, whyNoBrowser } from '../support/browser.ts';
import { type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: checking a receipt in a browser (${skipped})`);

describe.skipIf(skipped !== undefined)('home, and check my vote', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  const castOverHttp = async (vote: ReturnType<typeof buildDemoVote>): Promise<Receipt> => {
    const response = await fetch(`${site.origin}/v1/elections/demo/votes`, {
      method: 'POST',
      headers: voteHeaders(vote.pass),
      body: JSON.stringify(vote),
    });
    return acceptedSchema.parse(await response.json()).receipt;
  };
  const open = async (address: string) => {
    const context = await site.browser.open(phone);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    await page.goto(site.origin + address);
    return { context, page, watch };
  };

  it('tells a vote that counts from one that came second, and keeps the signature to itself', async () => {
    const vote = { ...buildDemoVote(site.pipeline.demo), commitment: 'c'.repeat(42).concat('A') };
    const first = await castOverHttp(vote);
    const second = await castOverHttp({ ...vote, ballotId: randomUUID() });
    await site.countBallots();
    for (const [receipt, status] of [
      [first, 'Recorded'],
      [second, 'Another ballot counts'],
    ] as const) {
      const { context, page, watch } = await open(checkAddress(receipt));
      const sent: string[] = [];
      page.on('request', (request) => sent.push(`${request.url()} ${JSON.stringify(request.headers())}`));
      await page.reload();
      await page.getByText(status, { exact: true }).waitFor();
      await page.getByText('Genuine', { exact: true }).waitFor();
      expect(sent.length).toBeGreaterThan(2);
      expect(sent.join()).not.toContain(receipt.signature);
      await expectSound(page, watch);
      await context.close();
    }
  });

  it('does not take a changed receipt for a genuine one, nor one that nobody cast for a recorded one', async () => {
    const receipt = await castOverHttp(buildDemoVote(site.pipeline.demo));
    await site.countBallots();
    const other = `${receipt.receiptId.startsWith('A') ? 'B' : 'A'}${receipt.receiptId.slice(1)}`;
    const { context, page, watch } = await open(
      checkAddress({ ...receipt, receiptId: other as Receipt['receiptId'] }),
    );
    await page.getByText('Not genuine', { exact: true }).waitFor();
    await page.getByText('Not recorded yet', { exact: true }).waitFor();
    await expectSound(page, watch);
    await context.close();
  });

  it('takes an id or a whole link that somebody pastes, and says what is neither', async () => {
    const receipt = await castOverHttp(buildDemoVote(site.pipeline.demo));
    await site.countBallots();
    const { context, page, watch } = await open('/receipts/demo');
    const paste = async (text: string) => {
      await page.getByLabel('Receipt').fill(text);
      await page.getByRole('button', { name: 'Check', exact: true }).click();
    };
    await paste('hello');
    await page.getByText('This is neither the link nor the id of a receipt').waitFor();
    await expectSound(page, watch);
    await paste(receipt.receiptId);
    await page.getByText('Recorded', { exact: true }).waitFor();
    await page.getByText('Not in this link', { exact: true }).waitFor();
    await page.getByText('Check another receipt').click();
    await paste(site.origin + checkAddress(receipt));
    await page.getByText('Genuine', { exact: true }).waitFor();
    await expectSound(page, watch);
    await context.close();
  });

  it('says so where the browser has no Ed25519', async () => {
    const receipt = await castOverHttp(buildDemoVote(site.pipeline.demo));
    const context = await site.browser.open();
    const page = await context.newPage();
    await page.addInitScript(() => {
      const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (
        ...all: unknown[]
      ) => Promise<CryptoKey>;
      Object.defineProperty(crypto.subtle, 'importKey', {
        value: (...all: unknown[]) =>
          all[2] === 'Ed25519'
            ? Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
            : importKey(...all),
      });
    });
    await page.goto(site.origin + checkAddress(receipt));
    await page.getByText('Not verified here', { exact: true }).waitFor();
    await page.getByText('Recorded', { exact: true }).waitFor();
    await context.close();
  });

  it('finds a receipt from its bare id, from a link, and from an address that names no election', async () => {
    const receipt = await castOverHttp(buildDemoVote(site.pipeline.demo));
    await site.countBallots();
    const { context, page, watch } = await open(`/receipts/${receipt.receiptId}`);
    const check = () => page.getByRole('button', { name: 'Check', exact: true }).click();
    expect(await page.getByLabel('Receipt').inputValue()).toBe(receipt.receiptId);
    await check();
    await page.getByText('An id alone does not say which election').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('election');
    await expectSound(page, watch);
    await page.getByLabel('Election').fill('demo');
    await check();
    await page.getByText('Recorded', { exact: true }).waitFor();
    expect(page.url()).toBe(`${site.origin}/receipts/demo/${receipt.receiptId}`);
    expect(await page.title()).toBe(`Check my vote · ${site.pipeline.demo.definition.name}`);

    await page.goto(`${site.origin}/receipts`);
    await page.getByLabel('Receipt').fill(`  ${site.origin}${checkAddress(receipt)}\n`);
    await check();
    await page.getByText('Genuine', { exact: true }).waitFor();
    // Of another election: that one is asked, and there is none of that name.
    await page.getByText('Check another receipt').click();
    await page.getByLabel('Receipt').fill(checkAddress(receipt).replace('/demo/', '/elsewhere/'));
    await check();
    await page.getByText('There is no election called elsewhere').waitFor();
    expect(await page.getByLabel('Receipt').inputValue()).toContain(receipt.receiptId);
    await expectSound(page, watch);
    await context.close();
  });

  it('says of a link that was cut short that it was', async () => {
    const receipt = await castOverHttp(buildDemoVote(site.pipeline.demo));
    const whole = checkAddress(receipt);
    for (const cut of [whole.slice(0, 30), whole.slice(0, -20)]) {
      const { context, page, watch } = await open(cut);
      await page.getByText('cut short or mistyped').waitFor();
      expect(await page.getByLabel('Receipt').getAttribute('aria-invalid')).toBe('true');
      await page.getByRole('button', { name: 'Deutsch' }).click();
      await page.getByText('abgeschnitten oder vertippt').waitFor();
      await expectSound(page, watch);
      await context.close();
    }
  });

  it('says in words that an address names no election', async () => {
    for (const address of ['/vote', '/vote/nowhere']) {
      const { context, page, watch } = await open(address);
      await page.getByText('names no election').waitFor();
      await expectSound(page, watch);
      await context.close();
    }
  });

  it('names at home the elections of this machine, and leads to all that can be done', async () => {
    const { context, page, watch } = await open('/');
    const { name } = site.pipeline.demo.definition;
    await page.getByRole('heading', { name }).waitFor();
    await page.getByText(/^Voting ends .* E[DS]T\.$/).waitFor();
    await expectSound(page, watch);
    for (const [link, heading] of [
      ['Vote at home', 'Who are you?'],
      ['Results', name],
      ['Check my vote', 'Check my vote'],
      ['Set up a kiosk', 'Set up this kiosk'],
      ['Operator', 'Operator'],
    ] as const) {
      await page.goto(site.origin);
      await page.getByRole('link', { name: link }).click();
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    }
    await context.close();
  });

  it('asks at home for the election where none is known, as in the cloud', async () => {
    const context = await site.browser.open(phone);
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin);
    // What is uploaded is the same document without the elections of this machine.
    await page.route(`${site.origin}/`, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/<meta name="local-elections"[^>]*>/, '');
      await route.fulfill({ response, body });
    });
    await page.goto(site.origin);
    await page.getByRole('heading', { name: 'Which election?' }).waitFor();
    expect(await page.getByRole('link', { name: 'Operator' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Results' }).count()).toBe(0);
    await expectSound(page, watch);
    const choose = async (election: string) => {
      await page.getByLabel('Name of the election').fill(election);
      await page.getByRole('button', { name: 'Open' }).click();
    };
    await choose('The Demo!');
    await page.getByText('This cannot be the name of an election').waitFor();
    await choose('nowhere');
    await page.getByText('There is no election called nowhere').waitFor();
    await expectSound(page, watch);
    await choose('demo');
    await page.getByRole('link', { name: 'Results' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#election=demo');
    await expectSound(page, watch);
    await context.close();
  });
});
