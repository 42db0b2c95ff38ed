import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SignedReceipt, verifyReceipt } from '../../functions/web/crypto/receipt-signature.ts';
import { authorize, makeKiosk } from '../support/kiosk.ts';
import { until } from '../support/local-services.ts';
import { accessCode, mayorVote, openElection, openTown, tokenOf } from '../support/office.ts';
import { type RunningPipeline, runBin, startCommandPipeline } from '../support/running.ts';

/** Keys that others have got to know, while people vote: by commands and over HTTP alone. */
describe('while people vote', { timeout: 120_000 }, () => {
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
  const countBallots = async () => {
    const votes = `select ballots from report.turnout where election = '${id}' and level = 'election'`;
    const { stdout } = await office('psql', '-c', votes, '--json');
    return Number(/\["(\d+)"\]/.exec(stdout)?.[1]);
  };
  let draft: string;
  let old: string | undefined;
  const passes: (string | undefined)[] = [];

  beforeAll(async () => {
    pipeline = await startCommandPipeline();
    draft = join(pipeline.directory, 'town.jsonc');
    await openTown(pipeline, draft, id, ['A-1', 'A-2', 'A-3', 'A-4', 'A-5']);
    for (const number of ['A-1', 'A-2']) passes.push((await voters().getPass(number, accessCode)).pass);
    expect(await cast(passes[0])).toBe(202);
    [old] = (await firstKey()) ?? [];
  });
  afterAll(() => pipeline.stop());

  it('a pass key that is withdrawn gives way to another, at the edge without a deploy', async () => {
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

  it('the passes that it signed are worth nothing, and their voters get no other', async () => {
    expect(await cast(passes[1])).toBe('bad-pass');
    await until(async () => (await voters().getPass('A-2', accessCode)).problem === 'pass-already-issued');
  });

  it('those who have no pass yet get theirs, under the new one, and vote', async () => {
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

  it('what was counted stays counted', async () => {
    await until(async () => (await countBallots()) === 2);
  });

  it('it does not come back when the election’s file is published again', async () => {
    expect((await office('election', 'publish', draft, '--json')).json()).toMatchObject({ isNew: false });
    expect(await firstKey()).not.toContain(old);
    expect((await office('audit', 'verify', '--json')).json()).toMatchObject({ ok: true, faults: [] });
  });

  it('a new key signs receipts, those of the key before stay good, and nothing is counted twice', async () => {
    const { pass } = await voters().getPass('A-4', accessCode);
    const commitment = createHash('sha256').update('a ballot, salted').digest('base64url');
    const vote = mayorVote(pass, { commitment });
    const castAgain = async () => {
      const response = await voters().post('/votes', vote);
      return [response.status, ((await response.json()) as { receipt: SignedReceipt }).receipt] as const;
    };
    const [, first] = await castAgain();
    const rotated = await office('election', 'rotate-receipt-key', id, '--json');
    expect([rotated.code, rotated.json()]).toEqual([
      0,
      {
        signing: expect.not.stringContaining(first.keyId),
        elections: [{ election: id, isNew: true, version: 3, effectiveAfterMs: expect.any(Number) }],
      },
    ]);
    // Sent once more, as by a device that got no answer: one ballot, and a receipt under each key.
    const [status, second] = await castAgain();
    expect([status, second]).toEqual([
      202,
      { ...first, keyId: rotated.json()['signing'], signature: expect.not.stringContaining(first.signature) },
    ]);
    const definition = await voters().definition();
    for (const receipt of [first, second]) expect(await verifyReceipt(definition, receipt)).toBe('valid');
    await until(async () => (await countBallots()) === 3);
    expect((await office('audit', 'verify', '--json')).json()).toMatchObject({ ok: true, faults: [] });
  });

  it('a kiosk key of the office that is withdrawn makes credentials void, until they are signed again', async () => {
    const kiosk = makeKiosk();
    const place = ['--region', 'north', '--station', 'n-01', '--key', kiosk.key, '--json'];
    const register = async () => {
      const registered = await office('election', 'register-kiosk', id, ...place);
      return registered.json()['credential'] as string;
    };
    const { pass } = await voters().getPass('A-5', accessCode);
    const vote = mayorVote(pass, { channel: 'kiosk', station: 'n-01' });
    const castWith = async (credential: string) => {
      const authorization = authorize(credential, tokenOf(kiosk, id));
      return (await voters().post('/votes', vote, { authorization })).status;
    };
    const before = await register();
    const [known = ''] = ((await voters().definition()).kioskKeys ?? []).map(({ keyId }) => keyId);
    const withdrawn = await office('election', 'withdraw-key', id, known, '--json');
    expect(withdrawn.json()).toMatchObject({ withdrawn: [{ of: 'kioskKeys', keyId: known }], version: 4 });
    expect(await castWith(before)).toBe(401);
    expect((await office('election', 'show', id)).stdout).toContain('ITS CREDENTIAL IS VOID');
    expect(await castWith(await register())).toBe(202);
    // This one came after all the others: whatever was sent twice before it has been counted by now.
    await until(async () => (await countBallots()) >= 4);
    expect(await countBallots()).toBe(4);
    expect((await office('audit', 'verify', '--json')).json()).toMatchObject({ ok: true, faults: [] });
  });
});
