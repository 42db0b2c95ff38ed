import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subjectKeyOf } from '../../functions/core/voter-roll.ts';
import { layIssuerSecrets } from '../../lib/local/issuer-secrets.ts';
import { definitionBucketName } from '../../lib/local/local-account.ts';
import { definitionSchema } from '../../schema/wire/definition.ts';
import { expectSound, watchPage, whyNoBrowser } from '../support/browser.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { alderBallot, mark, type Site, startSite } from '../support/site.ts';

const skipped = whyNoBrowser();
if (skipped !== undefined) console.warn(`skipped: signing in with a browser (${skipped})`);

const election = 'signed-in';

describe.skipIf(skipped !== undefined)('signing in with an identity provider', () => {
  let site: Site;
  let provider: IdentityProvider;
  beforeAll(async () => {
    provider = await startIdentityProvider(() => site.origin);
    site = await startSite({ identityOrigins: [provider.issuer] });
    const { demo, dataDir } = site.pipeline;
    const { issuer, audience } = provider;
    const jwksUri = `${issuer}/jwks.json`;
    layIssuerSecrets(dataDir, election, demo.keys);
    await putProviderKeys(site.pipeline.urls.s3, jwksUri, provider.keys);
    await site.pipeline.publishDefinition(
      definitionSchema.parse({
        ...demo.definition,
        election,
        identification: { providers: [{ issuer, audience, jwksUri }] },
      }),
    );
    await enrol(site.pipeline.rollUrlFor(), issuer, ['ada', 'ben', 'cleo', 'dan', 'eve']);
  });
  afterAll(async () => {
    await site?.stop();
    await provider?.stop();
  });

  it('leads to a pass and a counted vote, and the provider’s code stays nowhere', async () => {
    provider.subject = 'ada';
    const context = await site.browser.open();
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin, provider.issuer);
    await page.goto(`${site.origin}/vote/${election}`);
    await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).waitFor();
    expect(await page.getByLabel('Access code').count()).toBe(0);
    await expectSound(page, watch);
    await page.getByLabel('Where are you on the voter roll?').selectOption('alder');
    await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click();
    await page.getByRole('heading', { name: 'Governor' }).waitFor();
    expect(page.url()).toBe(`${site.origin}/vote/${election}`);
    await mark(page, ...alderBallot);
    await page.getByRole('button', { name: 'Cast my ballot' }).click();
    await page.getByRole('heading', { name: 'Your ballot is accepted' }).waitFor();
    await site.countBallots();
    const response = await fetch(`${site.origin}/v1/elections/${election}/results`);
    expect(await response.json()).toMatchObject({ ballots: 1 });
    expect(watch.faults).toEqual([]);
    await context.close();
  });

  it('asks the provider again while it does not answer', async () => {
    provider.subject = 'eve';
    const context = await site.browser.open();
    const page = await context.newPage();
    await page.goto(`${site.origin}/vote/${election}`);
    await page.route('**/.well-known/**', (route) => route.abort());
    await page.getByLabel('Where are you on the voter roll?').selectOption('alder');
    await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click();
    await page.getByText('The network does not answer').waitFor();
    await page.unroute('**/.well-known/**');
    await page.getByRole('heading', { name: 'Governor' }).waitFor();
    await context.close();
  });

  it('keeps the message of a pass whose answer was lost for who it is for, and for nobody else', async () => {
    const context = await site.browser.open();
    const page = await context.newPage();
    const watch = await watchPage(page, site.origin, provider.issuer);
    const messages: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/passes'))
        messages.push((request.postDataJSON() as { blindedMessage: string }).blindedMessage);
    });
    const signIn = async (subject: string) => {
      provider.subject = subject;
      await page.getByLabel('Where are you on the voter roll?').selectOption('alder');
      await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click();
    };
    const clear = async () => {
      await page.getByRole('heading', { name: 'Governor' }).waitFor();
      await page.getByRole('button', { name: 'Stop, and clear this device' }).click();
      await page.getByRole('button', { name: 'Clear all of it' }).click();
    };
    await page.goto(`${site.origin}/vote/${election}`);
    await page.route('**/passes', async (route) => {
      expect((await route.fetch()).status()).toBe(200);
      await route.abort('connectionreset');
    });
    await signIn('cleo');
    await page.getByText('No answer yet').waitFor();
    await page.getByRole('button', { name: 'Back to signing in' }).click();
    await page.unroute('**/passes');
    // Dan comes back with what was drawn for Cleo, and is sent to sign in once more, with his own.
    const asked = provider.tokens.asked;
    await signIn('dan');
    await clear();
    expect(provider.tokens.asked).toBe(asked + 2);
    await signIn('cleo');
    await clear();
    // Cleo's, however often it was sent, then Dan's, and Cleo's again.
    expect([new Set(messages).size, messages.at(-1)]).toEqual([2, messages[0]]);
    expect(watch.faults).toEqual([]);
    await context.close();
  });

  it('redeems no code that somebody else has sent', async () => {
    provider.subject = 'ben';
    const context = await site.browser.open();
    const page = await context.newPage();
    await page.goto(`${site.origin}/vote/${election}`);
    await page.getByLabel('Where are you on the voter roll?').selectOption('alder');
    // The way there is cut: the page is left, and comes back with another's answer.
    await page.route('**/authorize?*', (route) => {
      const forged = new URL(new URL(route.request().url()).searchParams.get('redirect_uri') ?? '');
      forged.search = 'code=stolen&state=another';
      return route.fulfill({ status: 302, headers: { location: forged.href } });
    });
    const asked = provider.tokens.asked;
    await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click();
    await page.getByRole('alert').getByText('Signing in did not work').waitFor();
    expect(provider.tokens.asked).toBe(asked);
    await page.unroute('**/authorize?*');
    await page.getByLabel('Where are you on the voter roll?').selectOption('alder');
    await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click();
    await page.getByRole('heading', { name: 'Governor' }).waitFor();
    expect(provider.tokens).toEqual({ asked: asked + 1, refused: 0 });
    await context.close();
  });
});

/** What fetches a provider's keys in production lays them there. */
async function putProviderKeys(storeUrl: string, jwksUri: string, keys: unknown): Promise<void> {
  const name = createHash('sha256').update(jwksUri).digest('hex').slice(0, 32);
  const response = await fetch(`${storeUrl}/${definitionBucketName}/providers/${name}.json`, {
    method: 'PUT',
    body: JSON.stringify(keys),
  });
  expect(response.status).toBe(200);
}

async function enrol(rollUrl: string, issuer: string, subjects: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: rollUrl });
  await client.connect();
  await client.query('insert into election (election) values ($1) on conflict do nothing', [election]);
  for (const subject of subjects) {
    const values = [election, subject];
    await client.query(
      "insert into voter_roll (election_no, roll_number, region) select election_no, $2, 'alder' from election where election = $1",
      values,
    );
    await client.query(
      'insert into voter_subject (election_no, subject_key, roll_number) select election_no, $3, $2 from election where election = $1',
      [...values, subjectKeyOf(issuer, subject)],
    );
  }
  await client.end();
}
