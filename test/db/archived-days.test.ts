import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropDay, restoreDay } from '../../functions/adapters/postgres/archived-days.ts';
import { type ArchivedElection, firstDay, openArchivedElection } from '../support/archived-election.ts';
import { runBin } from '../support/running.ts';

let election: ArchivedElection;
beforeEach(async () => {
  election = await openArchivedElection();
});
afterEach(() => election.close());

describe('an archived day', () => {
  it('is counted again, with the days that are still there', async () => {
    await election.archiveFirstDay();
    const { rows } = await election.admin.query<{ left: number }>('select count(*)::int as left from ballot');
    expect(rows).toEqual([{ left: 30 }]);
    expect(await election.recount()).toMatchObject({ ballots: 90, differences: [] });
    expect(await election.tallyDifferences()).toBe(0);
  });

  it('is in exports, byte for byte as before', async () => {
    const formats = ['csv', 'cvr'] as const;
    const before = [];
    for (const format of formats) before.push((await election.exportAs(format)).files);
    await election.archiveFirstDay();
    const after = [];
    for (const format of formats) after.push((await election.exportAs(format)).files);
    expect(after).toEqual(before);
  });

  it('is compared by the independent count, whether that began before or after', async () => {
    const zero = [0, expect.stringMatching(/^Zero differences .* 90 ballots /)];
    const before = await election.countFromStream();
    expect([before.code, before.stdout]).toEqual(zero);
    await election.archiveFirstDay();
    for (const args of [[], ['--fresh']]) {
      const after = await election.countFromStream(...args);
      expect([after.code, after.stdout]).toEqual(zero);
    }
  });

  it('is compared by an independent count from before, also after it was dropped and put back', async () => {
    const evidence = { against: election.file('count.json') };
    await election.archiveFirstDay();
    await election.countFromStream();
    await dropDay(election.admin, firstDay.day);
    const { stdout } = await election.countFromStream('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      ballots: 90,
      tallyLeftOut: [],
      daysLeftOut: [firstDay.day],
    });
    await restoreDay(election.admin, firstDay.day);
    const after = await election.countFromStream('--json');
    expect(JSON.parse(after.stdout)).toMatchObject({ ok: true, ballots: 90, daysLeftOut: [] });
    expect(await election.recount(evidence)).toMatchObject({ ballots: 90, differences: [] });
    await election.tamper("update archive.ballot set station = 'n2' where station = 'n1'");
    expect((await election.recount(evidence)).differences.some(({ kind }) => kind === 'evidence')).toBe(true);
  });

  it('that somebody alters is an alarm of the independent count, also where it was dropped and put back', async () => {
    await election.countFromStream();
    await election.archiveFirstDay();
    await dropDay(election.admin, firstDay.day);
    await restoreDay(election.admin, firstDay.day);
    const before = await election.countFromStream('--json');
    expect(JSON.parse(before.stdout)).toMatchObject({ ok: true, ballots: 90, differences: [] });
    await election.tamper("update archive.ballot set channel = 'browser' where station = 'n1'");
    const { code, stderr } = await election.countFromStream();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /ALARM {2}forbidden-change: update of ballot [0-9a-f-]{36} \[archive\.ballot_20261103\]/,
      ),
    ]);
  });

  it('that somebody alters is found, and the partition named', async () => {
    await election.archiveFirstDay();
    const { rows } = await election.admin.query<{ id: string; partition: string }>(
      "select id, tableoid::regclass::text as partition from archive.ballot where station = 'n1' limit 1",
    );
    await election.tamper('update archive.ballot set lines = lines || 5 where id = $1', [rows[0]?.id]);
    const { differences } = await election.recount();
    expect(differences[0]).toMatchObject({ kind: 'tally', partitions: expect.any(Array) });
    expect(differences[0]?.partitions).toContain(rows[0]?.partition);
    expect(rows[0]?.partition).toMatch(/^archive\.ballot_20261103_/);
    expect(await election.tallyDifferences()).toBeGreaterThan(0);
  });

  it('that lost a whole station is found, and the partition named by its bounds', async () => {
    await election.archiveFirstDay();
    await election.tamper("delete from archive.ballot where station = 'n2'");
    await election.tamper("delete from ballot where station = 'n2'");
    const { differences } = await election.recount();
    const ofStation = differences.find(({ text }) => text.startsWith('station north/n2'));
    expect(ofStation?.partitions).toEqual(
      expect.arrayContaining([expect.stringMatching(/^archive\.ballot_20261103_/)]),
    );
  });

  it('can be altered by nobody who does not go past the triggers', async () => {
    await election.archiveFirstDay();
    for (const statement of [
      "update archive.ballot set station = 'n2'",
      'delete from archive.ballot',
      'truncate archive.ballot',
      `truncate archive.${firstDay.table}`,
    ])
      await expect(election.admin.query(statement), statement).rejects.toThrow(
        'what is recorded is never changed',
      );
  });

  it('is read by auditor and counter alone', async () => {
    await election.archiveFirstDay();
    for (const role of ['analyst', 'writer', 'results', 'maintainer']) {
      await election.admin.query(`set role ${role}`);
      for (const table of ['archive.ballot', `archive.${firstDay.table}`])
        await expect(election.admin.query(`select * from ${table}`), role).rejects.toThrow(
          'permission denied',
        );
      await election.admin.query('reset role');
    }
  });
});

describe('npm run archive', () => {
  const archive = (...args: string[]) =>
    runBin('archive', ['--database-url', election.database.url, '--no-trail', '--json', ...args]);

  it('archives, drops and puts back, and ends each time', async () => {
    await election.tamper("update election set opens_at = '2020-01-01', closes_at = '2020-01-02'");
    const { code, stdout } = await archive('--before', '2026-11-05', '--out', election.file('archive'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ archived: [{ ballots: 60 }, { ballots: 30 }] });
    const verbs = [
      ['--drop', 'dropped'],
      ['--restore', 'restored'],
    ] as const;
    for (const [option, verb] of verbs) {
      const said = await archive(option, firstDay.day);
      expect([said.code, JSON.parse(said.stdout)]).toMatchObject([0, { [verb]: { ballots: 60 } }]);
    }
    expect(await election.recount()).toMatchObject({ ballots: 90, differences: [] });
  });

  it('says what it cannot do, and does nothing', async () => {
    const refused = [
      [[], 'one of --before, --drop and --restore'],
      [['--drop', firstDay.day, '--restore', firstDay.day], 'one of --before, --drop and --restore'],
      [['--drop', 'yesterday'], 'a day like'],
      [['--before', '2026-11-05'], '--out: a directory'],
      [['--drop', firstDay.day, '--out', 'x'], '--out is for --before'],
      [['--before', '2999-01-01', '--out', election.file('archive')], 'not over everywhere'],
      [['--drop', firstDay.day], 'no ballots of 2026-11-03 were archived'],
    ] as const;
    for (const [args, error] of refused) {
      const { code, stdout } = await archive(...args);
      expect([code, JSON.parse(stdout)]).toMatchObject([1, { error: expect.stringContaining(error) }]);
    }
  });
});
