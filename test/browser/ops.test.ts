import { request } from 'node:http';
import { join } from 'node:path';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createLocalKinesis } from '../../lib/local/aws-clients.ts';
import { streamName } from '../../lib/local/local-account.ts';
import { operatorPath } from '../../lib/local/operator/answer-operator.ts';
import { type Pipeline, startPipeline } from '../../lib/local/pipeline.ts';
import { type OperatorFigures, operatorFiguresSchema } from '../../schema/wire/operator.ts';
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
if (skipped !== undefined) console.warn(`skipped: the operator's page in a browser (${skipped})`);

describe.skipIf(skipped !== undefined)('the operator’s page', () => {
  const directory = makeDirectory();
  let pipeline: Pipeline;
  let browser: TestBrowser;

  beforeAll(async () => {
    pipeline = await startPipeline({ dataDir: join(directory.path, 'data'), port: 0, durable: false });
    browser = await startBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.stop();
    await pipeline?.stop();
    directory.remove();
  }, 60_000);

  const cast = (votes: number) => castDemoVotes(pipeline, drawDemoVotes(pipeline.demo, votes));
  const figures = async (): Promise<OperatorFigures> => {
    const response = await fetch(`${pipeline.endpoint}${operatorPath}`);
    expect(response.status).toBe(200);
    return operatorFiguresSchema.parse(await response.json());
  };
  const open = async () => {
    const context = await browser.open(desktop);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const watch = await watchPage(page, pipeline.endpoint);
    await page.goto(`${pipeline.endpoint}/ops`);
    await page.locator('.equation').waitFor();
    return { page, watch };
  };
  /** `5 accepted = 3 recorded + 1 duplicate + 1 quarantined` */
  const sentence = async (page: Page) =>
    ((await page.locator('.terms').textContent()) ?? '').replaceAll(/([=≠+])/g, ' $1 ').trim();

  it('says of every kind of vote what became of it, and that it adds up', async () => {
    const votes = drawDemoVotes(pipeline.demo, 12);
    await castDemoVotes(pipeline, votes);
    // Again the same, which changes nothing, and a second ballot of the first voter.
    await castDemoVotes(pipeline, votes.slice(0, 4));
    const [first] = votes;
    const [other] = drawDemoVotes(pipeline.demo, 1);
    if (first === undefined || other === undefined) throw new Error('no votes');
    await castDemoVotes(pipeline, [{ ...first, ballotId: other.ballotId }]);
    const kinesis = createLocalKinesis(pipeline.urls.kinesis);
    const poison = { StreamName: streamName, PartitionKey: 'x', Data: Buffer.from('not a vote') };
    await kinesis.send(new PutRecordCommand(poison));
    kinesis.destroy();
    expect(await pipeline.drained()).toBe(true);

    const { page, watch } = await open();
    await page.getByText('It adds up').waitFor();
    expect(await sentence(page)).toBe('14 accepted = 12 recorded + 1 duplicate + 1 quarantined');
    await page.getByText('malformed-json').waitFor();
    const { shards, queue, acceptedPerSecond, recordedPerSecond } = await figures();
    const sum = (pick: (shard: (typeof shards)[number]) => number) =>
      shards.reduce((total, shard) => total + pick(shard), 0);
    expect(sum((shard) => shard.records)).toBe(18);
    expect(sum((shard) => shard.recorded + shard.repeated + shard.duplicates + shard.quarantined)).toBe(18);
    expect([queue.waiting, queue.recorded]).toEqual([0, 0]);
    expect(sum((shard) => shard.acceptedPerSecond)).toBeCloseTo(acceptedPerSecond);
    expect(sum((shard) => shard.recordedPerSecond) + queue.recordedPerSecond).toBeCloseTo(recordedPerSecond);
    await page.getByRole('columnheader', { name: 'Accepted/s' }).waitFor();
    await expectSound(page, watch);
  });

  it('shows what is on the way while the writer is down, how old it is, and that it adds up again', async () => {
    const { page, watch } = await open();
    pipeline.kill('writer', 'SIGKILL', { restart: false });
    const castMs = Date.now();
    await cast(5);
    await page.getByText('Votes are on their way').waitFor();
    await page.getByText('5 on the way').waitFor();
    expect(await sentence(page)).toBe(
      '19 accepted = 12 recorded + 1 duplicate + 1 quarantined + 5 on the way',
    );
    await page.getByText('The writer does not answer').waitFor();
    const { oldestMs } = await figures();
    expect(oldestMs).toBeGreaterThan(0);
    // To a second: the two clocks are one.
    expect(oldestMs).toBeLessThanOrEqual(Date.now() - castMs + 1_000);
    await expectSound(page, watch);
    await pipeline.restart('writer');
    await page.getByText('It adds up').waitFor({ timeout: 30_000 });
    expect(await sentence(page)).toBe('19 accepted = 17 recorded + 1 duplicate + 1 quarantined');
  });

  it('keeps what it has while the stream is away, and counts what the overflow queue took', async () => {
    const { page, watch } = await open();
    const before = await figures();
    pipeline.kill('stream', 'SIGKILL', { restart: false });
    await cast(3);
    await page.getByText('No answer at the moment').waitFor({ timeout: 60_000 });
    expect(await page.locator('.equation').count()).toBe(1);
    // What was true has no colour while nothing says that it still is.
    await page.getByText('Not known now').waitFor();
    const look = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).color);
    expect(
      new Set([await look('.equation strong'), await look('.equation .sign'), await look('h1')]).size,
    ).toBe(1);
    expect(await page.locator('.equation').getAttribute('class')).not.toMatch(/good|bad/);
    await expectSound(page, watch);
    await pipeline.restart('stream');
    expect(await pipeline.drained()).toBe(true);
    await page.getByText('No answer at the moment').waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByText('It adds up').waitFor({ timeout: 30_000 });
    const after = await figures();
    expect(after).toMatchObject({ verdict: 'balanced', accepted: before.accepted + 3 });
    expect(after.queue.recorded).toBe(3);
  });

  it('turns red when a vote that was accepted is in no book, and stays so', async () => {
    const { page, watch } = await open();
    await page.getByText('It adds up').waitFor();
    const admin = new pg.Client({ connectionString: pipeline.superuserUrl });
    await admin.connect();
    onTestFinished(() => admin.end());
    await cast(1);
    expect(await pipeline.drained()).toBe(true);
    // What no role of ours could do: a batch of one vote vanishes, and all the books agree that it never was.
    await admin.query(`
      set session_replication_role = replica;
      do $$
      declare
        gone uuid := (select batch_id from writer_batch order by recorded_at desc limit 1);
      begin
        delete from writer_batch where batch_id = gone;
        delete from tally_pending where batch_id = gone;
        if not found then
          update tally_total set recorded = recorded - 1;
        end if;
      end $$`);
    await page.getByText('It does not add up').waitFor();
    expect(await sentence(page)).toBe('23 accepted ≠ 20 recorded + 1 duplicate + 1 quarantined');
    expect(await page.locator('.equation').textContent()).not.toContain('disagree');
    const red = await page.locator('.equation strong').evaluate((element) => getComputedStyle(element).color);
    const text = await page.locator('h1').evaluate((element) => getComputedStyle(element).color);
    expect(red).not.toBe(text);
    await expectSound(page, watch);
  });

  it('is read by pages of this machine only', async () => {
    const url = `${pipeline.endpoint}${operatorPath}`;
    await until(async () => (await fetch(url)).status === 200);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    const statusFrom = (host: string) =>
      new Promise((resolve, reject) => {
        request(url, { headers: { host } }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect([await statusFrom('localhost'), await statusFrom('evil.example')]).toEqual([200, 403]);
  });
});
