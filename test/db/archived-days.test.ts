import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveDay } from '../../functions/adapters/postgres/archive-ballots.ts';
import { dropDay, restoreDay } from '../../functions/adapters/postgres/archived-days.ts';
import type { RecountOptions } from '../../lib/count/recount.ts';
import { type ExportOptions, exportElection } from '../../lib/export/export.ts';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';
import { runBin } from '../support/running.ts';

const day = { day: '2026-11-03', table: 'ballot_20261103' };
let election: CountedElection;
let exports = 0;
beforeEach(async () => {
  election = await openCountedElection(['2026-11-03', '2026-11-04']);
  await election.record(60);
  await election.record(30, '2026-11-04T12:00:00.000Z');
  await election.fold();
});
afterEach(() => election.close());

/** The first of the election's two days, whatever the clock of this machine says. */
async function archiveFirstDay(): Promise<void> {
  const directory = election.file('archive');
  mkdirSync(directory);
  await election.tamper("update election set opens_at = '2020-01-01', closes_at = '2020-01-02'");
  await archiveDay(election.admin, day, directory);
  await election.tamper("update election set opens_at = '2026-11-03', closes_at = '2026-11-04'");
}

const archiveFile = () => election.file(`archive/${day.table}.csv.gz`);

const countAgain = (evidence: Pick<RecountOptions, 'against'> = {}) => election.recount(evidence);

const exportAs = (format: ExportOptions['format']) =>
  exportElection({
    url: election.database.urlFor('auditor'),
    election: election.electionId,
    format,
    directory: election.file(`export-${exports++}`),
    stationBallotsMin: 1,
    header: { issuer: 'Office', issuerAbbreviation: 'OFF', status: 'unofficial-partial' },
  });

const countFromStream = (...args: string[]) =>
  runBin('count', [
    '--database-url',
    election.database.urlFor('counter'),
    '--file',
    election.file('count.json'),
    '--slot',
    election.slot,
    '--ballots',
    ...args,
  ]);

const tallyDifferences = async () => (await election.admin.query('select * from tally_difference')).rowCount;

describe('an archived day', () => {
  it('is counted again, with the days that are still there', async () => {
    await archiveFirstDay();
    const { rows } = await election.admin.query<{ left: number }>('select count(*)::int as left from ballot');
    expect(rows).toEqual([{ left: 30 }]);
    expect(await countAgain()).toMatchObject({ ballots: 90, differences: [] });
    expect(await tallyDifferences()).toBe(0);
  });

  it('is in exports, byte for byte as before', async () => {
    const formats = ['csv', 'cvr'] as const;
    const before = [];
    for (const format of formats) before.push((await exportAs(format)).files);
    await archiveFirstDay();
    const after = [];
    for (const format of formats) after.push((await exportAs(format)).files);
    expect(after).toEqual(before);
  });

  it('is compared by the independent count, whether that began before or after', async () => {
    const zero = [0, expect.stringMatching(/^Zero differences .* 90 ballots /)];
    const before = await countFromStream();
    expect([before.code, before.stdout]).toEqual(zero);
    await archiveFirstDay();
    for (const args of [[], ['--fresh']]) {
      const after = await countFromStream(...args);
      expect([after.code, after.stdout]).toEqual(zero);
    }
  });

  it('is compared by an independent count from before, also after it was dropped and put back', async () => {
    const evidence = { against: election.file('count.json') };
    await archiveFirstDay();
    await countFromStream();
    await dropDay(election.admin, day.day);
    const { stdout } = await countFromStream('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      ballots: 90,
      tallyLeftOut: [],
      daysLeftOut: [day.day],
    });
    await restoreDay(election.admin, day.day);
    const after = await countFromStream('--json');
    expect(JSON.parse(after.stdout)).toMatchObject({ ok: true, ballots: 90, daysLeftOut: [] });
    expect(await countAgain(evidence)).toMatchObject({ ballots: 90, differences: [] });
    await election.tamper("update archive.ballot set station = 'n2' where station = 'n1'");
    expect((await countAgain(evidence)).differences.some(({ kind }) => kind === 'evidence')).toBe(true);
  });

  it('that somebody alters is an alarm of the independent count, also where it was dropped and put back', async () => {
    await countFromStream();
    await archiveFirstDay();
    await dropDay(election.admin, day.day);
    await restoreDay(election.admin, day.day);
    const before = await countFromStream('--json');
    expect(JSON.parse(before.stdout)).toMatchObject({ ok: true, ballots: 90, differences: [] });
    await election.tamper("update archive.ballot set channel = 'browser' where station = 'n1'");
    const { code, stderr } = await countFromStream();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /ALARM {2}forbidden-change: update of ballot [0-9a-f-]{36} \[archive\.ballot_20261103\]/,
      ),
    ]);
  });

  it('that somebody alters is found, and the partition named', async () => {
    await archiveFirstDay();
    const { rows } = await election.admin.query<{ id: string; partition: string }>(
      "select id, tableoid::regclass::text as partition from archive.ballot where station = 'n1' limit 1",
    );
    await election.tamper('update archive.ballot set lines = lines || 5 where id = $1', [rows[0]?.id]);
    const { differences } = await countAgain();
    expect(differences[0]).toMatchObject({ kind: 'tally', partitions: expect.any(Array) });
    expect(differences[0]?.partitions).toContain(rows[0]?.partition);
    expect(rows[0]?.partition).toMatch(/^archive\.ballot_20261103_/);
    expect(await tallyDifferences()).toBeGreaterThan(0);
  });

  it('that lost a whole station is found, and the partition named by its bounds', async () => {
    await archiveFirstDay();
    await election.tamper("delete from archive.ballot where station = 'n2'");
    await election.tamper("delete from ballot where station = 'n2'");
    const { differences } = await countAgain();
    const ofStation = differences.find(({ text }) => text.startsWith('station north/n2'));
    expect(ofStation?.partitions).toEqual(
      expect.arrayContaining([expect.stringMatching(/^archive\.ballot_20261103_/)]),
    );
  });

  it('can be altered by nobody who does not go past the triggers', async () => {
    await archiveFirstDay();
    for (const statement of [
      "update archive.ballot set station = 'n2'",
      'delete from archive.ballot',
      'truncate archive.ballot',
      `truncate archive.${day.table}`,
    ])
      await expect(election.admin.query(statement), statement).rejects.toThrow(
        'what is recorded is never changed',
      );
  });

  it('is read by auditor and counter alone', async () => {
    await archiveFirstDay();
    for (const role of ['analyst', 'writer', 'results', 'maintainer', 'registrar', 'issuer']) {
      await election.admin.query(`set role ${role}`);
      for (const table of ['archive.ballot', `archive.${day.table}`])
        await expect(election.admin.query(`select * from ${table}`), role).rejects.toThrow(
          'permission denied',
        );
      await election.admin.query('reset role');
    }
  });
});

describe('dropping an archived day', () => {
  it('is refused where its file is gone, cut short or another, and where there is no such day', async () => {
    await archiveFirstDay();
    const drop = () => dropDay(election.admin, day.day);
    await expect(dropDay(election.admin, '2026-11-04')).rejects.toThrow('no ballots of 2026-11-04');
    const whole = readFileSync(archiveFile());
    writeFileSync(archiveFile(), whole.subarray(0, whole.length - 20));
    await expect(drop()).rejects.toThrow('cannot be read');
    writeFileSync(archiveFile(), gzipSync(gunzipSync(whole).toString().replace('kiosk', 'other')));
    await expect(drop()).rejects.toThrow('is not what was archived');
    rmSync(archiveFile());
    await expect(drop()).rejects.toThrow('cannot be read');
    expect(await countAgain()).toMatchObject({ ballots: 90, differences: [] });
    writeFileSync(archiveFile(), whole);
    expect(await drop()).toMatchObject({ ballots: 60, day: day.day });
    await expect(drop()).rejects.toThrow('dropped before');
  });
});

describe('an archived day that was dropped', () => {
  beforeEach(async () => {
    await archiveFirstDay();
    await dropDay(election.admin, day.day);
  });

  it('is not counted as missing: recount and export say where it is', async () => {
    const said = expect.objectContaining({
      code: 'ballots-in-files',
      message: expect.stringMatching(/60 ballots of 2026-11-03 in .*ballot_20261103\.csv\.gz/),
    });
    await expect(countAgain()).rejects.toEqual(said);
    await expect(exportAs('csv')).rejects.toEqual(said);
    expect(await tallyDifferences()).toBe(0);
  });

  it('is put back as it was, from wherever its file is now, and guarded as before', async () => {
    const file = election.file('elsewhere.csv.gz');
    renameSync(archiveFile(), file);
    await expect(restoreDay(election.admin, day.day)).rejects.toThrow('cannot be read');
    await restoreDay(election.admin, day.day, file);
    expect(await countAgain()).toMatchObject({ ballots: 90, differences: [] });
    expect(await tallyDifferences()).toBe(0);
    for (const statement of ['delete from archive.ballot', `truncate archive.${day.table}`])
      await expect(election.admin.query(statement), statement).rejects.toThrow('never changed');
    await expect(restoreDay(election.admin, day.day, file)).rejects.toThrow('still there');
    // And once more: nothing is left of the first time.
    await dropDay(election.admin, day.day, file);
    await restoreDay(election.admin, day.day, file);
    expect(await countAgain()).toMatchObject({ ballots: 90, differences: [] });
  });

  it('is not put back from another file, nor as ballots of another election', async () => {
    const header = 'election,id,cast_at,cast_on,election_no,channel,region,station,lines\n';
    writeFileSync(election.file('other.csv.gz'), gzipSync(header));
    await expect(restoreDay(election.admin, day.day, election.file('other.csv.gz'))).rejects.toThrow(
      'is not what was archived',
    );
    await election.tamper("update election set election = 'another'");
    await expect(restoreDay(election.admin, day.day)).rejects.toThrow('other elections');
    await election.tamper("update election set election = 'test-2026'");
    await restoreDay(election.admin, day.day);
    expect(await countAgain()).toMatchObject({ ballots: 90, differences: [] });
  });

  it('is no part of an independent count that begins now, which says so, also when the day is back', async () => {
    const leftOut = { ok: true, ballots: 30, tallyLeftOut: ['test-2026'], daysLeftOut: [day.day] };
    const { code, stdout } = await countFromStream();
    expect(stdout).toMatch(
      /^NOT COMPARED {2}tally of test-2026: .*\nNOT COMPARED {2}each ballot of 2026-11-03: .*\nZero differences/,
    );
    expect(code).toBe(0);
    await restoreDay(election.admin, day.day);
    expect(JSON.parse((await countFromStream('--json')).stdout)).toMatchObject(leftOut);
    await expect(countAgain({ against: election.file('count.json') })).rejects.toThrow(
      'has no ballots of 2026-11-03',
    );
    const fresh = await countFromStream('--json', '--fresh');
    expect(JSON.parse(fresh.stdout)).toMatchObject({
      ok: true,
      ballots: 90,
      tallyLeftOut: [],
      daysLeftOut: [],
    });
  });

  it('does not hide in an independent count what is altered on the other days', async () => {
    await countFromStream();
    await election.tamper(
      "update ballot set lines = lines || 5 where station = 'n1' and cast_on = '2026-11-04'",
    );
    expect((await countFromStream()).stdout).toMatch(/DIFFERENCE .*2026-11-04/);
  });
});

describe('npm run archive', () => {
  const archive = (...args: string[]) =>
    runBin('archive', ['--database-url', election.database.url, '--json', ...args]);

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
      const said = await archive(option, day.day);
      expect([said.code, JSON.parse(said.stdout)]).toMatchObject([0, { [verb]: { ballots: 60 } }]);
    }
    expect(await countAgain()).toMatchObject({ ballots: 90, differences: [] });
  });

  it('says what it cannot do, and does nothing', async () => {
    const refused = [
      [[], 'one of --before, --drop and --restore'],
      [['--drop', day.day, '--restore', day.day], 'one of --before, --drop and --restore'],
      [['--drop', 'yesterday'], 'a day like'],
      [['--before', '2026-11-05'], '--out: a directory'],
      [['--drop', day.day, '--out', 'x'], '--out is for --before'],
      [['--before', '2999-01-01', '--out', election.file('archive')], 'not over everywhere'],
      [['--drop', day.day], 'no ballots of 2026-11-03 were archived'],
    ] as const;
    for (const [args, error] of refused) {
      const { code, stdout } = await archive(...args);
      expect([code, JSON.parse(stdout)]).toMatchObject([1, { error: expect.stringContaining(error) }]);
    }
  });
});
