import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropDay, restoreDay } from '../../functions/adapters/postgres/archived-days.ts';
import { type ArchivedElection, firstDay, openArchivedElection } from '../support/archived-election.ts';

let election: ArchivedElection;
beforeEach(async () => {
  election = await openArchivedElection();
});
afterEach(() => election.close());

describe('dropping an archived day', () => {
  it('is refused where its file is gone, cut short or another, and where there is no such day', async () => {
    await election.archiveFirstDay();
    const drop = () => dropDay(election.admin, firstDay.day);
    await expect(dropDay(election.admin, '2026-11-04')).rejects.toThrow('no ballots of 2026-11-04');
    const whole = readFileSync(election.archiveFile());
    writeFileSync(election.archiveFile(), whole.subarray(0, whole.length - 20));
    await expect(drop()).rejects.toThrow('cannot be read');
    writeFileSync(election.archiveFile(), gzipSync(gunzipSync(whole).toString().replace('kiosk', 'other')));
    await expect(drop()).rejects.toThrow('is not what was archived');
    rmSync(election.archiveFile());
    await expect(drop()).rejects.toThrow('cannot be read');
    expect(await election.recount()).toMatchObject({ ballots: 90, differences: [] });
    writeFileSync(election.archiveFile(), whole);
    expect(await drop()).toMatchObject({ ballots: 60, day: firstDay.day });
    await expect(drop()).rejects.toThrow('dropped before');
  });
});

describe('dropping an archived day that somebody altered', () => {
  const drop = () => dropDay(election.admin, firstDay.day);
  const table = `archive.${firstDay.table}`;
  beforeEach(() => election.archiveFirstDay());

  it('is refused with what differs, and leaves the trace where it is', async () => {
    const { rows } = await election.admin.query<{ id: string; lines: number[] }>(
      "select id, lines from archive.ballot where station = 'n1' limit 1",
    );
    const { id, lines } = rows[0] ?? { id: '', lines: [] };
    await election.tamper('update archive.ballot set lines = lines || 5 where id = $1', [id]);
    await expect(drop()).rejects.toThrow(
      /archive\.ballot_20261103 is not what was archived any more, and nothing was dropped: station north\/n1: 1 only in the table, 1 only in the file$/,
    );
    expect((await election.recount()).differences[0]?.kind).toBe('tally');
    await election.tamper('update archive.ballot set lines = $2 where id = $1', [id, lines]);
    // The same ballots, however a session writes times.
    await election.admin.query("set timezone = 'Asia/Tokyo'");
    expect(await drop()).toMatchObject({ ballots: 60 });
  });

  it('is refused where a ballot is there twice, or one is gone', async () => {
    await election.tamper(`insert into ${table} select * from ${table} where station = 'online' limit 1`);
    await election.tamper(
      `delete from ${table} where ctid = (select min(ctid) from ${table} where station = 'n2') and station = 'n2'`,
    );
    await expect(drop()).rejects.toThrow(
      'station north/n2: 0 only in the table, 1 only in the file; station north/online: 1 only in the table, 0 only in the file',
    );
  });
});

describe('an archived day that was put back from its file', () => {
  it('is not taken for one that was altered, when another day was', async () => {
    await election.archiveFirstDay();
    await dropDay(election.admin, firstDay.day);
    await restoreDay(election.admin, firstDay.day);
    await election.tamper(
      "delete from ballot where ctid = (select min(ctid) from ballot where station = 'n1') and station = 'n1'",
    );
    const [first] = (await election.recount()).differences;
    expect(first).toMatchObject({ kind: 'tally', isOneOf: true });
    expect(first?.partitions).toContainEqual(expect.stringMatching(/^ballot_20261104_/));
  });
});

describe('an archived day that was dropped', () => {
  beforeEach(async () => {
    await election.archiveFirstDay();
    await dropDay(election.admin, firstDay.day);
  });

  it('is not counted as missing: recount and export say where it is', async () => {
    const said = expect.objectContaining({
      code: 'ballots-in-files',
      message: expect.stringMatching(/60 ballots of 2026-11-03 in .*ballot_20261103\.csv\.gz/),
    });
    await expect(election.recount()).rejects.toEqual(said);
    await expect(election.exportAs('csv')).rejects.toEqual(said);
    expect(await election.tallyDifferences()).toBe(0);
  });

  it('is put back as it was, from wherever its file is now, and guarded as before', async () => {
    const file = election.file('elsewhere.csv.gz');
    renameSync(election.archiveFile(), file);
    await expect(restoreDay(election.admin, firstDay.day)).rejects.toThrow('cannot be read');
    await restoreDay(election.admin, firstDay.day, file);
    expect(await election.recount()).toMatchObject({ ballots: 90, differences: [] });
    expect(await election.tallyDifferences()).toBe(0);
    for (const statement of ['delete from archive.ballot', `truncate archive.${firstDay.table}`])
      await expect(election.admin.query(statement), statement).rejects.toThrow('never changed');
    await expect(restoreDay(election.admin, firstDay.day, file)).rejects.toThrow('still there');
    // And once more: nothing is left of the first time.
    await dropDay(election.admin, firstDay.day, file);
    await restoreDay(election.admin, firstDay.day, file);
    expect(await election.recount()).toMatchObject({ ballots: 90, differences: [] });
  });

  it('is not put back from another file, nor as ballots of another election', async () => {
    const header = 'election,id,cast_at,cast_on,election_no,channel,region,station,lines\n';
    writeFileSync(election.file('other.csv.gz'), gzipSync(header));
    await expect(restoreDay(election.admin, firstDay.day, election.file('other.csv.gz'))).rejects.toThrow(
      'is not what was archived',
    );
    await election.tamper("update election set election = 'another'");
    await expect(restoreDay(election.admin, firstDay.day)).rejects.toThrow('other elections');
    await election.tamper("update election set election = 'test-2026'");
    await restoreDay(election.admin, firstDay.day);
    expect(await election.recount()).toMatchObject({ ballots: 90, differences: [] });
  });

  it('is no part of an independent count that begins now, which says so, also when the day is back', async () => {
    const leftOut = { ok: true, ballots: 30, tallyLeftOut: ['test-2026'], daysLeftOut: [firstDay.day] };
    const { code, stdout } = await election.countFromStream();
    expect(stdout).toMatch(
      /^NOT COMPARED {2}tally of test-2026: .*\nNOT COMPARED {2}each ballot of 2026-11-03: .*\nZero differences/,
    );
    expect(code).toBe(0);
    await restoreDay(election.admin, firstDay.day);
    expect(JSON.parse((await election.countFromStream('--json')).stdout)).toMatchObject(leftOut);
    await expect(election.recount({ against: election.file('count.json') })).rejects.toThrow(
      'has no ballots of 2026-11-03',
    );
    const fresh = await election.countFromStream('--json', '--fresh');
    expect(JSON.parse(fresh.stdout)).toMatchObject({
      ok: true,
      ballots: 90,
      tallyLeftOut: [],
      daysLeftOut: [],
    });
  });

  it('does not hide in an independent count what is altered on the other days', async () => {
    await election.countFromStream();
    await election.tamper(
      "update ballot set lines = lines || 5 where station = 'n1' and cast_on = '2026-11-04'",
    );
    expect((await election.countFromStream()).stdout).toMatch(/DIFFERENCE .*2026-11-04/);
  });
});
