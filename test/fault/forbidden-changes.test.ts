import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';
import { type IndependentCount, openIndependentCount } from '../support/independent-count.ts';

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

describe('what somebody who may do anything does to ballots', () => {
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
      expect.stringContaining('ballots in the evidence: 0, in the table: 1 [ballot_smuggled]'),
    ]);
    await election.admin.query("alter publication ballots set (publish = 'insert')");
    expect((await countOnce()).stdout).toContain('publication ballots is not what the migrations made');
  });

  it('finds at the next look that the publication was changed, also where it was put back, and remembers it', async () => {
    await countOnce();
    // What nobody did: neither freezing its rows nor writing them anew is a change.
    for (const catalogue of ['pg_publication', 'pg_publication_rel'])
      await election.admin.query(`vacuum (freeze, full) ${catalogue}`);
    const running = follow();
    await running.until(() => running.comparisons().length > 0);
    expect(running.comparisons().flatMap(({ differences }) => differences)).toEqual([]);
    await election.admin.query("alter publication ballots set (publish = 'insert')");
    await election.tamper("update ballot set lines = lines || 5 where station = 'n1'");
    await election.admin.query(
      "alter publication ballots set (publish = 'insert, update, delete, truncate')",
    );
    await running.until(() => /ALARM .*the publication was changed/.test(running.stderr()));
    expect(await running.kill('SIGINT')).toBe(1);
    const { ballots, differences } = running.comparisons().at(-2) ?? { ballots: 0, differences: [] };
    expect(ballots).toBe(30);
    // The last comparison of a run looks at each ballot.
    expect(differences.map(({ kind }) => kind)).toEqual(['forbidden-change', 'evidence']);
    expect((await countOnce()).stdout).toContain('the publication was changed');
  });

  it('finds at its end what was altered in a partition that was not attached meanwhile', async () => {
    const running = follow();
    await running.until(() => running.comparisons().length > 0);
    const { partition } = await election.pickBallot();
    const { rows } = await election.admin.query<{ parent: string; bound: string }>(
      `select inhparent::regclass::text as parent, pg_get_expr(relpartbound, c.oid) as bound
        from pg_inherits join pg_class c on c.oid = inhrelid where c.oid = $1::regclass`,
      [partition],
    );
    await election.tamper(`alter table ${rows[0]?.parent} detach partition ${partition}`);
    await election.tamper(`update ${partition} set lines = lines || 5 where station = 'n1'`);
    await election.tamper(`alter table ${rows[0]?.parent} attach partition ${partition} ${rows[0]?.bound}`);
    const before = running.comparisons().length;
    await running.until(() => running.comparisons().length > before);
    expect(await running.kill('SIGINT')).toBe(1);
    expect(running.comparisons().at(-2)?.differences).toMatchObject([
      { kind: 'evidence', text: expect.stringContaining('north/n1'), partitions: [partition] },
    ]);
  });
});
