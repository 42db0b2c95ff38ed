import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';
import { type IndependentCount, openIndependentCount } from '../support/independent-count.ts';
import { runBin } from '../support/running.ts';

let election: CountedElection;
let count: IndependentCount;
beforeEach(async () => {
  election = await openCountedElection();
  count = openIndependentCount(election);
  await election.record(30);
});
afterEach(async () => {
  count.close();
  await election.close();
});

const countOnce = (...args: string[]) => count.countOnce(...args);
const follow = (...args: string[]) => count.follow(...args);

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
      expect.stringMatching(/; compared: \d+ numbers of the official tally, each ballot in the tables\n$/),
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

  it('keeps every older count when it is begun anew', async () => {
    await countOnce();
    await countOnce('--fresh');
    const [file, previous] = [election.file('count.json'), `${election.file('count.json')}.previous`];
    const first = readFileSync(previous, 'utf8');
    const second = readFileSync(file, 'utf8');
    expect((await countOnce('--fresh')).stderr).toContain(`kept in ${previous}-2`);
    expect([readFileSync(previous, 'utf8'), readFileSync(`${previous}-2`, 'utf8')]).toEqual([first, second]);
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
