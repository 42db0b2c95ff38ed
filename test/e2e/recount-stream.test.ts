import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pipeline, startPipeline } from '../../lib/local/pipeline.ts';
import { castDemoVotes, drawDemoVotes } from '../support/demo-votes.ts';
import { makeDirectory } from '../support/local-services.ts';
import { forceBallots } from '../support/office.ts';
import { type Ended, runBin } from '../support/running.ts';

describe('a recount on a machine where the pipeline runs', { timeout: 180_000 }, () => {
  const place = makeDirectory();
  let pipeline: Pipeline;
  let accepted = 0;
  beforeAll(async () => {
    const dataDir = join(place.path, 'data');
    pipeline = await startPipeline({ dataDir, port: 0, durable: false, standby: 'synchronous' });
  });
  afterAll(async () => {
    await pipeline.stop();
    place.remove();
  });

  const cast = async (votes: number) => {
    await castDemoVotes(pipeline, drawDemoVotes(pipeline.demo, votes));
    accepted += votes;
  };
  const recount = (...args: string[]) =>
    runBin('recount', ['--election', 'demo', '--data-dir', pipeline.dataDir, ...args]);

  const evidence = () => join(place.path, 'evidence.json');
  const audit = (verb: string) =>
    runBin('audit', [
      ...[verb, '--data-dir', pipeline.dataDir, '--actor', 'the auditor'],
      ...['--election', 'demo', '--evidence', evidence()],
    ]);

  it('holds the ballots against what the stream itself accepted', async () => {
    await cast(15);
    expect(await pipeline.drained()).toBe(true);
    const { stdout } = await recount('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      ballots: 15,
      stream: { accepted: 15, recorded: 15 },
    });
    expect((await audit('seal')).code).toBe(0);
    expect((await recount()).stdout).toContain('accepted 15 = 15 recorded + 0 duplicate + 0 quarantined');
  });

  it('raises no false alarm while votes come in', async () => {
    let isCasting = true;
    const casting = (async () => {
      for (; isCasting; await sleep(50)) await cast(5);
    })();
    const runs: Ended[] = [];
    for (let round = 0; round < 2; round += 1) runs.push(await recount('--json'));
    isCasting = false;
    await casting;
    for (const { stdout } of runs) {
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({ ok: true, differences: [] });
      expect(['balanced', 'catching-up']).toContain(report.stream.verdict);
    }
  });

  it('finds votes that somebody took away with all that the database says of them', async () => {
    expect(await pipeline.drained()).toBe(true);
    const tables = ['ballot', 'participation', 'writer_batch', 'tally', 'tally_total', 'tally_pending'];
    await forceBallots(
      pipeline.dataDir,
      [...tables, 'tally_minute'].map((table) => `delete from ${table}`).join(';'),
    );
    const { code, stdout } = await recount('--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      {
        ballots: 0,
        differences: [{ kind: 'accounting', text: expect.stringContaining(`accepted ${accepted} votes`) }],
      },
    ]);
    expect((await recount()).stdout).toContain('≠ 0 recorded + 0 duplicate');
  });

  it('seals nothing of that, neither anew nor over what was sealed before', async () => {
    const before = readFileSync(evidence());
    const again = await audit('seal');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('never replaced')]);
    expect(readFileSync(evidence())).toEqual(before);
    expect((await audit('verify')).stdout).toMatch(
      /FAULT .*: ballots in the evidence: \d+, in the table: 0 \[/,
    );
    renameSync(evidence(), `${evidence()}.kept`);
    const anew = await audit('seal');
    expect([anew.code, anew.stderr]).toEqual([1, expect.stringContaining('nothing was sealed')]);
    expect(existsSync(evidence())).toBe(false);
  });
});
