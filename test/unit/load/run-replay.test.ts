import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../load/replay/command-line.ts';
import { createProgress } from '../../../load/replay/progress.ts';
import { describeReplay } from '../../../load/replay/report.ts';
import { runReplay } from '../../../load/replay/run-replay.ts';
import type { ReplayOutcome } from '../../../load/replay/summarise.ts';
import {
  type FakePipeline,
  type FakePipelineOptions,
  startFakePipeline,
} from '../../support/fake-pipeline.ts';

const sample = new URL('../../../load/sample/three-counties.csv', import.meta.url).pathname;

interface Replayed extends ReplayOutcome {
  readonly said: string;
  readonly pipeline: FakePipeline;
}

async function replay(
  args: string[],
  fake: FakePipelineOptions = {},
  signal = new AbortController().signal,
): Promise<Replayed> {
  const options = parseCommandLine([sample, '--vote-for', 'School Committee=3', ...args]);
  if (options === null) throw new Error('help');
  let said = '';
  const stream = new Writable({
    write(chunk, _, done) {
      said += String(chunk);
      done();
    },
  });
  const pipeline = await startFakePipeline(fake);
  const outcome = await runReplay({
    options,
    progress: createProgress({ stream, isTerminal: false, columns: 80 }),
    signal,
    openPipeline: async () => pipeline,
  });
  return { ...outcome, said, pipeline };
}

// Other runs on this machine leave their directories elsewhere.
let directory: string;
const systemDirectory = process.env['TMPDIR'];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ballotstream-run-replay-'));
  process.env['TMPDIR'] = directory;
});
afterAll(() => {
  if (systemDirectory === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = systemDirectory;
  rmSync(directory, { recursive: true, force: true });
});

const leftovers = () => readdirSync(directory);

describe('runReplay', () => {
  it('casts the sample, finds every count equal, and leaves nothing behind', async () => {
    const { ok, figures, said, context } = await replay(['--duplicates', '5', '--retries', '10']);
    expect(ok).toBe(true);
    expect(figures).toMatchObject({
      mismatches: 0,
      refused: 0,
      quarantined: 0,
      recorded: figures.ballots,
      duplicates: Math.floor(figures.ballots * 0.05),
    });
    expect(figures.accepted).toBe(figures.ballots + figures.duplicates);
    expect(context.retriesCast).toBe(Math.floor(figures.ballots * 0.1));
    expect(context.samples).toBeGreaterThan(10);
    expect(said).toContain('13 rows: ballots cast, no candidate; skipped');
    expect(leftovers()).toEqual([]);
  });

  it('casts a part drawn from all regions, and expects just that', async () => {
    const { ok, figures, pipeline } = await replay(['--limit', '200', '--rate', '1000']);
    expect(ok).toBe(true);
    expect(figures).toMatchObject({ ballots: 200, accepted: 200, recorded: 200 });
    expect(new Set(pipeline.requests.map((vote) => vote.region)).size).toBe(3);
  });

  it('casts a second ballot only after the first was accepted, and another one', async () => {
    const { pipeline } = await replay(['--limit', '100', '--duplicates', '50']);
    const byPass = Map.groupBy(pipeline.requests, (vote) => vote.pass);
    const pairs = [...byPass.values()].filter((votes) => votes.length > 1);
    expect(pairs).toHaveLength(50);
    for (const [first, second] of pairs) {
      expect(second?.ballotId).not.toBe(first?.ballotId);
      expect(second?.selections).not.toEqual(first?.selections);
    }
  });

  it('repeats a request byte for byte, and takes the repetition for the same vote', async () => {
    const { pipeline, figures } = await replay(['--limit', '100', '--retries', '50']);
    const byBallot = Map.groupBy(pipeline.requests, (vote) => vote.ballotId);
    const repeated = [...byBallot.values()].filter((votes) => votes.length > 1);
    expect(repeated).toHaveLength(50);
    for (const [first, second] of repeated) expect(second).toEqual(first);
    expect(figures).toMatchObject({ accepted: 100, recorded: 100 });
  });

  it('comes through refusals to store and connections that break after the vote was stored', async () => {
    const { ok, figures, context } = await replay(['--limit', '200', '--duplicates', '10'], {
      faultOf: (vote) => (vote % 10 === 3 ? 'unavailable' : vote % 10 === 7 ? 'reset-after' : null),
    });
    expect(ok).toBe(true);
    expect(figures).toMatchObject({ accepted: 220, recorded: 200, duplicates: 20 });
    expect(context.retriesByReason.get('status 503')).toBeGreaterThan(10);
  });

  it('finds a vote that was altered', async () => {
    const { ok, figures, context } = await replay(['--limit', '100'], {
      faultOf: (vote) => (vote === 17 ? 'alter' : null),
    });
    expect(ok).toBe(false);
    expect(figures.mismatches).toBeGreaterThan(0);
    expect(context.accounting).toBe('accepted 100 = 100 recorded + 0 duplicate + 0 quarantined');
    expect(describeReplay(figures, context).join('\n')).toMatch(
      /region +station +contest +choice +expected +counted\n/,
    );
  });

  it('finds that the second ballot of a voter was counted instead of the first', async () => {
    const { ok, figures } = await replay(['--limit', '100', '--duplicates', '1'], { lastStands: true });
    expect(ok).toBe(false);
    expect(figures.mismatches).toBeGreaterThan(0);
  });

  it('counts what is refused, with the reason, and finds the counts short of it', async () => {
    const { ok, figures, context } = await replay(['--limit', '100'], {
      faultOf: (vote) => (vote === 5 ? 'refuse' : null),
    });
    expect(ok).toBe(false);
    expect(figures).toMatchObject({ ballots: 100, accepted: 99, refused: 1, recorded: 99 });
    expect([...context.refusals]).toEqual([['401 urn:ballotstream:problem:bad-pass', 1]]);
  });

  it('measures how long an accepted vote waits for its record, and waits with casting while it does', async () => {
    const { ok, figures } = await replay(['--limit', '60'], { recordMs: 300 });
    expect(ok).toBe(true);
    expect(figures.recordedMsP50).toBeGreaterThanOrEqual(300);
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    const stop = new AbortController();
    const replayed = replay(['--rate', '20'], {}, stop.signal);
    setTimeout(() => stop.abort(new Error('enough')), 2_000);
    await expect(replayed).rejects.toThrow('enough');
    expect(leftovers()).toEqual([]);
  });
});
