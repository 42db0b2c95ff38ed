import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKiosk } from '../support/kiosk.ts';
import { sealVotes } from '../support/kiosk-file.ts';
import { until } from '../support/local-services.ts';
import { accessCode, mayorVote, openElection, openTown } from '../support/office.ts';
import { type RunningPipeline, runBin, startCommandPipeline } from '../support/running.ts';

/** Votes that no line carried: a kiosk saved them, somebody brought the file, and the office casts them by a command. */
describe('votes that a kiosk saved to a file', { timeout: 120_000 }, () => {
  let pipeline: RunningPipeline;
  let file: string;
  const id = 'town-2026';
  const kiosk = makeKiosk();
  const election = (...args: string[]) => runBin('election', [...args, '--data-dir', pipeline.dataDir]);
  const voters = () => openElection(pipeline.endpoint, id);
  const read = (text: string) => JSON.parse(text) as Record<string, unknown>;
  const turnout = async () => {
    const statement = `select station, ballots from report.turnout where election = '${id}' and level = 'station' order by 1`;
    return (await runBin('psql', ['--data-dir', pipeline.dataDir, '-c', statement, '--json'])).stdout;
  };

  beforeAll(async () => {
    pipeline = await startCommandPipeline();
    await openTown(pipeline, join(pipeline.directory, 'town.jsonc'), id, ['A-1', 'A-2']);
    const list = join(pipeline.directory, 'kiosks.csv');
    writeFileSync(list, `region,station,key\nnorth,n-01,${kiosk.key}\nnorth,n-01,${makeKiosk().key}\n`);
    expect((await election('register-kiosks', id, list)).stdout).toContain(`${list}.credentials.csv`);
    const again = await election('register-kiosks', id, list);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
    const [, line = ''] = readFileSync(`${list}.credentials.csv`, 'utf8').split('\n');
    const credential = line.split(',')[3] ?? '';
    const [officeKey] = (await voters().definition()).officeKeys ?? [];
    if (officeKey === undefined) throw new Error('the definition names no key of the office');
    const passes = [];
    for (const number of ['A-1', 'A-2']) passes.push((await voters().getPass(number, accessCode)).pass);
    const castAt = `${new Date(Date.now() - 120_000).toISOString().slice(0, 17)}00Z`;
    const votes = [...passes, 'x'.repeat(400)].map((pass) =>
      mayorVote(pass, { channel: 'kiosk', station: 'n-01', castAt }),
    );
    const saved = { kiosk, credential, election: id, officeKey, votes };
    file = join(pipeline.directory, 'votes.json');
    writeFileSync(file, JSON.stringify(await sealVotes(saved)));
  });
  afterAll(() => pipeline.stop());

  it('can be looked at first, and nothing is cast', async () => {
    const { code, stdout } = await election('deliver', file, '--check');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/in it: 3, of kiosk .*\n {2}not delivered/)]);
    expect(stdout).toContain(`kiosk ${kiosk.id}, station north/n-01, saved 20`);
    expect(await turnout()).not.toContain('["n-01","2"]');
  });

  it('are cast and counted, each once, however often the file is delivered', async () => {
    for (let time = 0; time < 2; time += 1) {
      const { code, stdout } = await election('deliver', file);
      expect([code, stdout]).toEqual([1, expect.stringMatching(/accepted: 2\n {2}refused, bad-pass: 1\n$/)]);
    }
    await until(async () => (await turnout()).includes('["n-01","2"]'));
  });

  it('are taken from a kiosk that was revoked only where the office says so', async () => {
    expect((await election('revoke-kiosk', id, kiosk.id)).code).toBe(0);
    const revoked = await election('deliver', file);
    expect([revoked.code, revoked.stdout]).toEqual([1, expect.stringContaining('--even-revoked')]);
    const told = await election('deliver', file, '--even-revoked', '--json');
    expect(read(told.stdout)).toMatchObject({
      ok: false,
      files: [{ opened: { votes: 3 }, delivery: { accepted: 2, refused: { 'bad-pass': 1 }, unanswered: 0 } }],
    });
    expect(told.stdout).not.toContain('ada');
  });

  it('are taken under a key that was withdrawn only where the office says that too, by the key that is new', async () => {
    const [known] = (await voters().definition()).kioskKeys ?? [];
    const withdrawn = await election('withdraw-key', id, known?.keyId ?? '');
    expect([withdrawn.code, withdrawn.stdout]).toEqual([0, expect.stringContaining('register them again')]);
    const revoked = await election('deliver', file, '--even-void');
    expect(revoked.stdout).toMatch(/ was revoked: if its 3 votes .* --even-revoked$/m);
    const both = await election('deliver', file);
    expect([both.code, both.stdout]).toEqual([
      1,
      expect.stringMatching(/ was revoked and has a credential under a key .* --even-revoked --even-void$/m),
    ]);
    const told = await election('deliver', file, '--even-revoked', '--even-void');
    expect(told.stdout).toMatch(/accepted: 2\n {2}refused, bad-pass: 1\n$/);
  });

  it('keep no other file back where one of them is none', async () => {
    const { code, stdout } = await election(
      'deliver',
      `${file}.not`,
      file,
      '--even-revoked',
      '--even-void',
      '--check',
    );
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/\.not: there is no file .*\n.*in it: 3, of kiosk/),
    ]);
  });

  it('leave an entry in the trail for each delivery, which holds', async () => {
    const audit = async (verb: string) =>
      read((await runBin('audit', [verb, '--data-dir', pipeline.dataDir, '--json'])).stdout);
    const { events } = (await audit('show')) as { events: { event: Record<string, unknown> }[] };
    const delivered = events
      .map(({ event }) => event)
      .filter(({ action }) => action === 'kiosk-file.delivered');
    expect(delivered.map(({ details }) => details)).toEqual(
      [
        { isRevoked: false, isVoid: false },
        { isRevoked: false, isVoid: false },
        { isRevoked: true, isVoid: false },
        { isRevoked: true, isVoid: true },
      ].map((against) => expect.objectContaining({ kiosk: kiosk.id, ...against, votes: 3, accepted: 2 })),
    );
    expect(await audit('verify')).toMatchObject({ ok: true, faults: [] });
    expect((await election('show', id)).stdout.match(/north\/n-01 {2}brought a file, once/g)).toHaveLength(4);
  });
});
