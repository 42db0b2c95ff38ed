import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';
import { type Ended, runBin } from '../support/running.ts';

const bin = fileURLToPath(new URL('../../bin/count.ts', import.meta.url));
let election: CountedElection;
let children: ChildProcess[] = [];
beforeEach(async () => {
  election = await openCountedElection();
  await election.record(30);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await election.close();
});

const options = (...args: string[]) => [
  '--database-url',
  election.database.urlFor('counter'),
  '--file',
  election.file('count.json'),
  '--slot',
  election.slot,
  ...args,
];
/** Up to now, once. */
const countOnce = (...args: string[]): Promise<Ended> => runBin('count', options(...args));

/** `--follow`, until somebody ends it. */
function follow(...args: string[]) {
  const child = spawn(process.execPath, [bin, ...options('--follow', '--every', '0.2', '--json', ...args)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const comparisons = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { ballots: number; differences: { kind: string; text: string }[] });
  return {
    comparisons,
    stderr: () => stderr,
    ended,
    kill: async (signal: NodeJS.Signals) => {
      child.kill(signal);
      return ended;
    },
    async until(condition: () => boolean) {
      for (let wait = 0; wait < 600 && !condition(); wait += 1) {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${stderr}`);
        await sleep(50);
      }
      expect(condition(), `${stdout}\n${stderr}`).toBe(true);
    },
  };
}

/** When the file was last replaced. */
const keptAt = () => statSync(election.file('count.json')).mtimeMs;
const fileBallots = () =>
  (JSON.parse(readFileSync(election.file('count.json'), 'utf8')) as { ballots: number }).ballots;

describe('the independent count', () => {
  it('begins with what is there, goes on from the stream, and has zero differences', async () => {
    const first = await countOnce();
    expect([first.code, first.stdout]).toEqual([
      0,
      expect.stringMatching(/^Zero differences at [0-9A-F]+\/[0-9A-F]+: 30 ballots in 3 stations/),
    ]);
    await election.record(40);
    await election.admin.query("select make_ballot_partitions('2026-11-05', '{north}')");
    await election.admin.query("select make_ballot_partitions('2026-11-02', '{north,south}')");
    const second = await countOnce('--ballots', '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ ok: true, ballots: 70, comparedBallots: true });
    expect(fileBallots()).toBe(70);
  });

  it('misses and repeats nothing, however often it is killed, while votes are recorded', async () => {
    await countOnce();
    let isRecording = true;
    const recording = (async () => {
      while (isRecording) {
        // Some that come in one piece, and some that do not.
        await election.record(Math.random() < 0.2 ? 2_000 : 1 + Math.floor(Math.random() * 40));
        if (Math.random() < 0.3) await election.fold();
      }
    })();
    for (let kill = 0; kill < 10; kill += 1) {
      const running = follow();
      // Before it has begun and while it begins; or in the middle of it, when it has kept something.
      if (kill % 2 === 0) await sleep(150 + Math.random() * 1_000);
      else {
        const before = keptAt();
        await running.until(() => keptAt() > before);
        await sleep(Math.random() * 700);
      }
      await running.kill('SIGKILL');
    }
    const last = follow();
    await last.until(() => last.comparisons().length >= 3);
    isRecording = false;
    await recording;
    expect(await last.kill('SIGINT')).toBe(0);
    const comparisons = last.comparisons().filter((one) => 'ballots' in one);
    expect(comparisons.flatMap(({ differences }) => differences)).toEqual([]);
    expect(comparisons.at(-1)?.ballots).toBe(election.recorded());
    // At different positions, and each time the same as the tally there.
    expect(new Set(comparisons.map(({ ballots }) => ballots)).size).toBeGreaterThan(1);
    const whole = await countOnce('--ballots');
    expect([whole.code, whole.stdout]).toEqual([
      0,
      expect.stringContaining('each ballot in the tables compared'),
    ]);
  });

  it('goes on by itself when the database ends its sessions', async () => {
    const running = follow();
    await running.until(() => running.comparisons().length > 0);
    await election.admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'counter' and datname = current_database()",
    );
    await election.record(20);
    await running.until(() => running.comparisons().at(-1)?.ballots === 50);
    expect(await running.kill('SIGTERM')).toBe(0);
  });

  it('tells every change that nobody may make, with its partition, and remembers it', async () => {
    const running = follow();
    await running.until(() => running.comparisons().length > 0);
    const partition = "(select tableoid::regclass from ballot where station = 'n1' limit 1)";
    const { rows } = await election.admin.query<{ name: string }>(`select ${partition}::text as name`);
    const name = rows[0]?.name ?? '';
    await election.tamper(
      "update ballot set channel = 'browser' where ctid = (select ctid from ballot where station = 'n1' limit 1) and station = 'n1'",
    );
    await election.tamper(
      "delete from ballot where ctid = (select min(ctid) from ballot where station = 'n1') and station = 'n1'",
    );
    await election.tamper(`truncate ${name}`);
    await running.until(() => /ALARM .*truncate/.test(running.stderr()));
    for (const change of ['update of ballot [0-9a-f-]{36}', 'delete of ballot [0-9a-f-]{36}', 'truncate'])
      expect(running.stderr()).toMatch(new RegExp(`ALARM  forbidden-change: ${change} \\[${name}\\]`));
    expect(await running.kill('SIGINT')).toBe(1);
    const later = await countOnce('--ballots');
    expect(later.code).toBe(1);
    expect(later.stdout).toContain('forbidden-change: truncate');
    expect(later.stdout).toContain('evidence: station north/n1 on 2026-11-03');
  });

  it('finds what the stream did not show: ballots from a table that was attached, and a publication that was changed', async () => {
    await countOnce();
    await election.tamper(
      'create table ballot_smuggled (like ballot including defaults including constraints); ' +
        "insert into ballot_smuggled (cast_at, cast_on, election_no, channel, region, station, lines) select cast_at, '2026-11-01', election_no, channel, region, station, lines from ballot where station = 'n1' limit 1; " +
        "alter table ballot attach partition ballot_smuggled for values from ('2026-11-01') to ('2026-11-02')",
    );
    const unread = await countOnce('--ballots');
    expect([unread.code, unread.stderr]).toEqual([
      1,
      expect.stringContaining('ballot_smuggled may not be read'),
    ]);
    await election.admin.query('grant select on ballot_smuggled to counter');
    const smuggled = await countOnce('--ballots');
    expect([smuggled.code, smuggled.stdout]).toEqual([
      1,
      expect.stringContaining('0 ballots in the evidence, 1 in the table [ballot_smuggled]'),
    ]);
    await election.admin.query("alter publication ballots set (publish = 'insert')");
    expect((await countOnce()).stdout).toContain('publication ballots is not what the migrations made');
  });

  it('names its reason where it cannot go on, and begins anew when it is told to', async () => {
    await countOnce();
    copyFileSync(election.file('count.json'), election.file('old.json'));
    await election.record(10);
    await countOnce();
    const before = fileBallots();
    copyFileSync(election.file('old.json'), election.file('count.json'));
    expect((await countOnce()).stderr).toMatch(/^count: .*older than what slot/);
    await election.admin.query('select pg_drop_replication_slot($1)', [election.slot]);
    const lost = await countOnce();
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringMatching(/^count: slot \w+ is gone.*--fresh/)]);
    const fresh = await countOnce('--fresh');
    expect([fresh.code, fileBallots()]).toEqual([0, before]);
    expect(existsSync(`${election.file('count.json')}.previous`)).toBe(true);
    const other = await openCountedElection();
    try {
      const foreign = await runBin('count', [
        '--database-url',
        other.database.urlFor('counter'),
        '--file',
        election.file('count.json'),
        '--slot',
        other.slot,
      ]);
      expect(foreign.stderr).toMatch(/^count: slot \w+ is gone/);
    } finally {
      await other.close();
    }
  });

  it('lets nobody else read from its slot', async () => {
    const running = follow();
    await running.until(() => running.comparisons().length > 0);
    const { rows } = await election.admin.query<{ active: boolean; plugin: string }>(
      'select active, plugin from pg_replication_slots where slot_name = $1',
      [election.slot],
    );
    expect(rows).toEqual([{ active: true, plugin: 'pgoutput' }]);
    expect(await running.kill('SIGINT')).toBe(0);
  });

  it('leaves evidence that a recount can be held against', async () => {
    await countOnce();
    const against = await election.recount({ against: election.file('count.json') });
    expect(against).toMatchObject({ ballots: 30, evidenceCells: 3, differences: [] });
  });
});
