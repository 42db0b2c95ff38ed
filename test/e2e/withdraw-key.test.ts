import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/local-services.ts';
import { accessCode, mayorVote, openElection, openTown } from '../support/office.ts';
import { type RunningPipeline, runBin, startCommandPipeline } from '../support/running.ts';

/** A pass key that others have got to know, while people vote: by commands and over HTTP alone. */
describe('a pass key that is withdrawn while people vote', { timeout: 120_000 }, () => {
  let pipeline: RunningPipeline;
  const id = 'town-2026';
  const office = async (name: string, ...args: string[]) => {
    const ended = await runBin(name, [...args, '--data-dir', pipeline.dataDir]);
    return { ...ended, json: () => JSON.parse(ended.stdout) as Record<string, unknown> };
  };
  const voters = () => openElection(pipeline.endpoint, id);
  const firstKey = async () => (await voters().definition()).regions[0]?.passKeys.map(({ keyId }) => keyId);
  const cast = async (pass: string | undefined) => {
    const response = await voters().post('/votes', mayorVote(pass));
    const { type } = (await response.json()) as { type?: string };
    return type?.split(':').at(-1) ?? response.status;
  };
  let draft: string;
  let old: string | undefined;
  const passes: (string | undefined)[] = [];

  beforeAll(async () => {
    pipeline = await startCommandPipeline();
    draft = join(pipeline.directory, 'town.jsonc');
    await openTown(pipeline, draft, id, ['A-1', 'A-2', 'A-3']);
    for (const number of ['A-1', 'A-2']) passes.push((await voters().getPass(number, accessCode)).pass);
    expect(await cast(passes[0])).toBe(202);
    [old] = (await firstKey()) ?? [];
  });
  afterAll(() => pipeline.stop());

  it('gives way to another, at the edge without a deploy', async () => {
    const withdrawn = await office('election', 'withdraw-key', id, old ?? '', '--json');
    expect([withdrawn.code, withdrawn.json()]).toEqual([
      0,
      {
        election: id,
        withdrawn: [{ region: 'north', keyId: old }],
        made: [{ region: 'north', keyId: expect.any(String) }],
        isNew: true,
        version: 2,
        effectiveAfterMs: expect.any(Number),
      },
    ]);
    expect(await firstKey()).toEqual([expect.not.stringContaining(old ?? '')]);
  });

  it('makes the passes that it signed worth nothing, and their voters get no other', async () => {
    expect(await cast(passes[1])).toBe('bad-pass');
    await until(async () => (await voters().getPass('A-2', accessCode)).problem === 'pass-already-issued');
  });

  it('leaves those who have no pass yet theirs, under the new one, and they vote', async () => {
    let pass: string | undefined;
    // The issuer looks for itself, and takes its seconds.
    await until(async () => {
      const answer = await voters().getPass('A-3', accessCode);
      expect(answer.problem ?? 'unknown-pass-key').toBe('unknown-pass-key');
      ({ pass } = answer);
      return pass !== undefined;
    });
    expect(await cast(pass)).toBe(202);
  });

  it('leaves what was counted counted', async () => {
    const votes = `select ballots from report.turnout where election = '${id}' and level = 'election'`;
    await until(async () => (await office('psql', '-c', votes, '--json')).stdout.includes('["2"]'));
  });

  it('does not come back when the election’s file is published again', async () => {
    expect((await office('election', 'publish', draft, '--json')).json()).toMatchObject({ isNew: false });
    expect(await firstKey()).not.toContain(old);
    expect((await office('audit', 'verify', '--json')).json()).toMatchObject({ ok: true, faults: [] });
  });
});
