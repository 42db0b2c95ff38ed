import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize, makeKiosk } from '../support/kiosk.ts';
import { until } from '../support/local-services.ts';
import { forceBallots, mayorVote, openElection, openObjects, tokenOf } from '../support/office.ts';
import { type Ended, type RunningPipeline, runBin, startCommandPipeline } from '../support/running.ts';

/** Longer than ingest answers by what it knows without asking. */
const idleMs = 13_000;

/** An election office at work on a running pipeline, by its commands alone; voters and kiosks by HTTP. */
describe('the election office', { timeout: 120_000 }, () => {
  let pipeline: RunningPipeline;
  let draft: string;
  const id = 'town-2026';
  const election = (...args: string[]) => office('election', args);
  const office = (name: string, args: string[]) =>
    runBin(name, [...args, '--data-dir', pipeline.dataDir, '--actor', 'the clerk']);
  const json = async (ended: Promise<Ended>) => JSON.parse((await ended).stdout) as Record<string, never>;
  const voters = () => openElection(pipeline.endpoint, id);
  const definition = () => voters().definition();

  beforeAll(async () => {
    pipeline = await startCommandPipeline();
    draft = join(pipeline.directory, 'town.jsonc');
  });
  afterAll(() => pipeline.stop());

  /** Changes the draft's text. Throws if there is nothing to change. */
  function edit(...changes: readonly (readonly [from: string | RegExp, to: string])[]): void {
    const text = readFileSync(draft, 'utf8');
    const edited = changes.reduce((sum, [from, to]) => sum.replace(from, to), text);
    if (edited === text) throw new Error('nothing changed');
    writeFileSync(draft, edited);
  }

  it('begins with a file that explains itself, and never writes over one', async () => {
    expect((await runBin('election', ['create', draft, '--id', id])).code).toBe(0);
    const again = await runBin('election', ['create', draft, '--id', id]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
    // Open since yesterday, so that votes can be cast.
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    edit(
      [/"opensAt": "[^"]*"/, `"opensAt": "${day(-1)}T07:00"`],
      [/"closesAt": "[^"]*"/, `"closesAt": "${day(2)}T20:00"`],
    );
  });

  it('is told that there are no keys yet, with the line of the region', async () => {
    const { code, stderr } = await election('publish', draft, '--check');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/town\.jsonc:\d+: passKeys: .*election -- keys/),
    ]);
  });

  it('makes keys once, in files that only their owner may read', async () => {
    expect(await json(election('keys', draft, '--json'))).toEqual({
      election: id,
      regions: ['north'],
      madeKioskKey: true,
      madeOfficeKey: true,
    });
    expect(await json(election('keys', draft, '--json'))).toMatchObject({
      regions: [],
      madeKioskKey: false,
      madeOfficeKey: false,
    });
    const folder = join(pipeline.dataDir, 'pass-keys', id, 'north');
    const [file = '', ...others] = readdirSync(folder);
    expect([file, others]).toEqual([expect.stringMatching(/^[\w-]{22}\.pem$/), []]);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    for (const name of ['kiosk-keys', 'office-keys'])
      expect(statSync(join(pipeline.dataDir, name, `${id}.pem`)).mode & 0o777).toBe(0o600);
  });

  it.each<[string, string | RegExp, string, RegExp]>([
    [
      'closes before it opens',
      /"closesAt": "[^"]*"/,
      '"closesAt": "2020-01-01T07:00"',
      /:\d+: closesAt: must be later/,
    ],
    [
      'has a choice twice',
      '"id": "ben"',
      '"id": "ada"',
      /:41: contests\.mayor\.choices: ada stands there twice/,
    ],
    ['is no JSON', '"id": "mayor"', '"id" "mayor"', /:\d+: colon expected/],
  ])('is refused an election that %s, with the line', async (_, from, to, said) => {
    const before = readFileSync(draft, 'utf8');
    writeFileSync(draft, before.replace(from, to));
    const { code, stdout, stderr } = await election('publish', draft);
    writeFileSync(draft, before);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(said)]);
  });

  it('publishes an election that takes effect without a deploy, and publishing it again changes nothing', async () => {
    const published = await json(election('publish', draft, '--json'));
    expect(published).toMatchObject({ version: 1, effectiveAfterMs: expect.any(Number) });
    expect((await definition()).regions[0]?.passKeys).toHaveLength(1);
    expect(await json(election('publish', draft, '--json'))).toMatchObject({ version: 1, isNew: false });
  });

  it('publishes a change as the next version, at the edge within seconds', async () => {
    edit(['"name": "Town Hall"', '"name": "Old Town Hall"']);
    const published = await json(election('publish', draft, '--json'));
    expect(published).toMatchObject({ version: 2, effectiveAfterMs: expect.any(Number) });
    expect((await definition()).regions[0]?.stations[1]?.name).toBe('Old Town Hall');
  });

  it('cannot take away a choice that was published', async () => {
    const before = readFileSync(draft, 'utf8');
    writeFileSync(draft, before.replace(/\{ "id": "ben"[^}]*\},/, ''));
    const { code, stderr } = await election('publish', draft);
    writeFileSync(draft, before);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('contests.mayor.choices: ben has been published'),
    ]);
    expect((await definition()).version).toBe(2);
  });

  const code = 'K7QH-9WXE-2MPR-4';

  it('imports a roll whole or not at all, and naming bad lines quotes no code', async () => {
    const file = join(pipeline.directory, 'roll.csv');
    const header = 'roll_number,region,access_code,oidc_subject\n';
    const importRoll = (text: string) => {
      writeFileSync(file, header + text);
      return office('roll', ['import', file, '--election', id, '--json']);
    };
    const bad = await importRoll(`A-1,north,${code},\nA-2,nowhere,${code},\nA-3,north,SHORT,\n`);
    expect([bad.code, bad.stdout]).toEqual([
      1,
      expect.stringContaining('line 3: there is no region nowhere'),
    ]);
    expect(bad.stdout).not.toContain(code);
    const first = await importRoll(`A-1,north,${code},\nA-2,north,${code},\n`);
    expect(JSON.parse(first.stdout)).toMatchObject({ added: 2, known: 0, total: 2 });
    expect(await json(importRoll(`A-1,north,${code},\nA-2,north,${code},\n`))).toMatchObject({
      added: 0,
      known: 2,
    });
    for (const [lines, said] of [
      [`A-3,north,SHORTCODE,\n`, 'line 2: the access code is too short'],
      [`A-3,north,${code},\nA-3,north,${code},\n`, 'line 3: roll number A-3 stands on line 2 already'],
      [
        `A-1,north,${code.replace('K', 'J')},\n`,
        'line 2: roll number A-1 is on the roll with another access code',
      ],
      [`A-3,north,"${code}\n`, 'a quotation mark is not closed'],
    ] as const) {
      const refused = await importRoll(lines);
      expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining(said)]);
    }
    expect(await json(office('roll', ['count', '--election', id, '--json']))).toMatchObject({ voters: 2 });
  });

  it('lets a voter on the roll have one pass, which is good for one vote', async () => {
    const { pass } = await voters().getPass('A-1', code);
    expect((await voters().getPass('A-1', code)).status).toBe(409);
    expect((await voters().getPass('A-9', code)).status).toBe(401);
    expect((await voters().post('/votes', mayorVote(pass))).status).toBe(202);
  });

  it('registers a kiosk for its station, and revokes it for its very next vote', async () => {
    const kiosk = makeKiosk();
    const refused = await election(
      'register-kiosk',
      id,
      '--region',
      'north',
      '--station',
      'n-09',
      '--key',
      kiosk.key,
    );
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('no station n-09')]);
    const registered = (await json(
      election('register-kiosk', id, '--region', 'north', '--station', 'n-01', '--key', kiosk.key, '--json'),
    )) as unknown as { kiosk: string; credential: string };
    expect(registered.kiosk).toBe(kiosk.id);
    const { pass } = await voters().getPass('A-2', code);
    const body = mayorVote(pass, { channel: 'kiosk', station: 'n-01' });
    expect((await voters().post('/votes', body)).status).toBe(401);
    const cast = () =>
      voters().post('/votes', body, { authorization: authorize(registered.credential, tokenOf(kiosk, id)) });
    expect((await cast()).status).toBe(202);
    const unknown = await election('revoke-kiosk', id, makeKiosk().id);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('nobody registered')]);
    expect(await json(election('revoke-kiosk', id, kiosk.id, '--json'))).toMatchObject({ revoked: 1 });
    // Nobody asks meanwhile, so that nothing is looked for beside an answer: the first vote after it is refused.
    await sleep(idleMs);
    const refusal = await cast();
    expect([refusal.status, await refusal.json()]).toEqual([
      403,
      expect.objectContaining({ type: expect.stringContaining('kiosk-revoked') }),
    ]);
  });

  it('closes an election at once, and not again', async () => {
    expect(await json(election('close', id, '--json'))).toMatchObject({ version: 3 });
    const refused = await election('close', id);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('closed at')]);
    expect((await voters().post('/votes', mayorVote('x'.repeat(400)))).status).not.toBe(202);
    expect(await json(election('declare', id, 'certified', '--json'))).toMatchObject({ version: 4 });
    expect((await definition()).resultsStatus).toBe('certified');
  });

  it('asks the database by name, as the role that it says', async () => {
    const statement = `select station, ballots from report.turnout where election = '${id}' and level = 'station' order by 1`;
    const psql = (...args: string[]) => runBin('psql', ['--data-dir', pipeline.dataDir, ...args]);
    await until(async () => (await psql('-c', statement, '--json')).stdout.includes('["n-01","1"]'));
    expect((await psql('-c', statement)).stdout).toContain(' n-01    |       1');
    const refused = await psql('-c', 'select * from report.reconciliation');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('permission denied')]);
    expect(
      (await psql('--role', 'auditor', '-c', 'select agrees from report.reconciliation')).stdout,
    ).toContain('t');
  });

  it('seals the ballots, and finds by partition what a superuser changes afterwards', async () => {
    const evidence = join(pipeline.directory, 'evidence.json');
    const seal = ['--election', id, '--evidence', evidence];
    expect(await json(office('audit', ['seal', ...seal, '--json']))).toMatchObject({ ballots: 2 });
    expect((await office('audit', ['verify', ...seal])).stdout).toContain('is as it was sealed');
    await forceBallots(pipeline.dataDir, "update ballot set station = 'n-01' where station = 'online'");
    const changed = await office('audit', ['verify', ...seal]);
    expect([changed.code, changed.stdout]).toEqual([1, expect.stringMatching(/ballot_\d{8}_/)]);
    await forceBallots(pipeline.dataDir, "update ballot set station = 'online' where channel = 'browser'");
    expect((await office('audit', ['verify', ...seal])).code).toBe(0);
    writeFileSync(evidence, `${readFileSync(evidence, 'utf8')} `);
    expect((await office('audit', ['verify', ...seal])).stdout).toContain('is not what was sealed');
  });

  it('has all of it in a trail that can be followed', async () => {
    const trail = (await json(office('audit', ['show', '--json']))) as unknown as {
      events: { event: { action: string; actor: string } }[];
    };
    expect(trail.events.map(({ event }) => event.action)).toEqual([
      'keys.made',
      'receipt-key.made',
      'election.published',
      'election.published',
      'roll.imported',
      'roll.imported',
      'kiosk.registered',
      'kiosks.revoked',
      'election.published',
      'election.published',
      'ballots.sealed',
    ]);
    expect(new Set(trail.events.map(({ event }) => event.actor))).toEqual(new Set(['the clerk']));
    expect(await json(office('audit', ['verify', '--json']))).toMatchObject({
      ok: true,
      faults: [],
      entries: 11,
    });
  });

  it('is told of every change that did not go through it', async () => {
    const { head } = (await json(office('audit', ['verify', '--json']))) as unknown as { head: string };
    const objects = openObjects(pipeline.dataDir);
    for (const [key, change, said] of [
      [
        `elections/${id}/v4.json`,
        (text: string) => text.replace('Ada', 'Eve'),
        'version 4 of town-2026 is not what',
      ],
      [
        `elections/${id}/latest.json`,
        (text: string) => text.replace('"version":4', '"version":2'),
        'version 2 of town-2026 is in effect',
      ],
      [
        'audit/00000003.json',
        (text: string) => text.replace('the clerk', 'somebody'),
        'entry 4 does not follow',
      ],
      ['audit/00000011.json', null, 'no entry hashes to'],
      ['audit/00000005.json', null, 'entries 5 to 5 are missing'],
    ] as const) {
      const text = await objects.get(key);
      if (change === null) await objects.remove(key);
      else await objects.put(key, change(text));
      const { code, stdout } = await office('audit', ['verify', '--head', head]);
      expect([code, stdout]).toEqual([1, expect.stringContaining(said)]);
      await objects.put(key, text);
    }
    objects.close();
    expect((await office('audit', ['verify', '--head', head])).code).toBe(0);
  });
});
