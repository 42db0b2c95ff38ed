import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecountOptions, recount } from '../../lib/count/recount.ts';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';
import { runBin } from '../support/running.ts';

let election: CountedElection;
beforeEach(async () => {
  election = await openCountedElection(['2026-11-03', '2026-11-04']);
  await election.record(60);
  await election.fold();
  await election.record(30);
});
afterEach(() => election.close());

const count = (options: Partial<RecountOptions> = {}) =>
  recount({
    url: election.database.urlFor('auditor'),
    election: election.electionId,
    connections: 3,
    ...options,
  });

/** One ballot of the kiosks of station n1, and the partition that it lies in. */
async function pickBallot(station = 'n1'): Promise<{ id: string; partition: string }> {
  const { rows } = await election.admin.query<{ id: string; partition: string }>(
    'select id, tableoid::regclass::text as partition from ballot where station = $1 limit 1',
    [station],
  );
  return rows[0] ?? { id: '', partition: '' };
}

describe('a recount', () => {
  it('finds every ballot, folded into the tally or not, and no difference', async () => {
    expect(await count({ accepted: 90 })).toMatchObject({ ballots: 90, differences: [] });
  });

  it('sees one moment, whatever is recorded meanwhile', async () => {
    const recording = (async () => {
      for (let batch = 0; batch < 20; batch += 1) await election.record(50).then(() => election.fold());
    })();
    for (let round = 0; round < 5; round += 1) expect((await count()).differences).toEqual([]);
    await recording;
    expect(await count()).toMatchObject({ ballots: 1090, differences: [] });
  });

  it('finds a ballot that was changed, its partition and its choices', async () => {
    const { id, partition } = await pickBallot();
    const { rowCount } = await election.tamper('update ballot set lines = lines || 5 where id = $1', [id]);
    expect(rowCount).toBe(1);
    const { differences } = await count();
    expect(differences[0]).toMatchObject({
      kind: 'tally',
      text: expect.stringMatching(
        /^station north\/n1, contest \w+, choice \w+: the tally says \d+, the ballots \d+$/,
      ),
      partitions: [partition],
    });
    expect(differences.map(({ text }) => text.split(',')[0])).toEqual([
      'station north/n1',
      'election',
      'region north',
    ]);
  });

  it('finds a ballot that was removed, and one that was added', async () => {
    const { id, partition } = await pickBallot('n2');
    await election.tamper('create table taken as select * from ballot where id = $1', [id]);
    await election.tamper('delete from ballot where id = $1', [id]);
    const removed = await count();
    expect(removed).toMatchObject({ ballots: 89 });
    expect(removed.differences[0]).toMatchObject({ kind: 'tally', partitions: [partition] });
    expect(removed.differences).toContainEqual(
      expect.objectContaining({ kind: 'books', text: 'participations 90, but ballots 89' }),
    );
    for (let copy = 0; copy < 2; copy += 1)
      await election.tamper(
        `insert into ballot (cast_at, cast_on, election_no, channel, region, station, lines)
          select cast_at, cast_on, election_no, channel, region, station, lines from taken`,
      );
    const added = await count();
    expect(added).toMatchObject({ ballots: 91 });
    expect(added.differences[0]).toMatchObject({ kind: 'tally', partitions: [partition] });
  });

  it('names the partition of a station that has not a single ballot left', async () => {
    const { partition } = await pickBallot();
    await election.tamper("delete from ballot where station = 'n1'");
    const { differences } = await count();
    expect(differences[0]?.partitions).toContain(partition);
  });

  it('finds ballots of a station that there is not, and books that do not agree', async () => {
    const { id, partition } = await pickBallot();
    await election.tamper("update ballot set station = 'n9' where id = $1", [id]);
    await election.tamper('delete from participation where ctid in (select ctid from participation limit 1)');
    const { differences } = await count({ accepted: 91 });
    expect(differences).toContainEqual(
      expect.objectContaining({
        kind: 'unknown-station',
        text: '1 ballots of station north/n9, which the election does not have',
      }),
    );
    expect(differences.map(({ kind }) => kind)).toContain('books');
    expect(differences.at(-1)).toMatchObject({ kind: 'accounting' });
    expect(partition).toMatch(/^ballot_20261103_north/);
  });

  it('compares with nothing of another election, and knows which there are', async () => {
    await expect(count({ election: 'other' })).rejects.toMatchObject({ code: 'unknown-election' });
  });
});

describe('a recount against what was kept elsewhere', () => {
  it('finds a ballot and its tally that were changed alike, which nothing in the database shows', async () => {
    const file = election.file('evidence.json');
    expect((await count({ keep: file })).differences).toEqual([]);
    expect(await count({ against: file })).toMatchObject({ evidenceCells: 3, differences: [] });

    await election.fold();
    const { id, partition } = await pickBallot();
    const { rows } = await election.tamper(
      `update ballot set lines = array[lines[1]] || 7 where id = $1
        returning (select array_to_json(b.lines) from ballot b where b.id = $1) as before`,
      [id],
    );
    const before = rows[0]?.['before'] as unknown as number[];
    const move = (lines: readonly number[], by: number) =>
      election.tamper(
        `insert into tally select t.election_no, u.unit_no, line, $2 from unnest($1::int[]) line, (values (0)) x, reporting_unit u, (select 1 as election_no) t
          where u.level = 'election' or (u.region = 'north' and (u.station is null or u.station = 'n1'))
          on conflict (election_no, unit_no, line_no) do update set votes = tally.votes + $2`,
        [lines, by],
      );
    await move([7], 1);
    await election.tamper(
      `update tally set votes = votes - 1 where line_no = any($1) and unit_no in (select unit_no from reporting_unit u
        where u.level = 'election' or (u.region = 'north' and (u.station is null or u.station = 'n1')))`,
      [before.slice(1)],
    );
    expect((await count()).differences).toEqual([]);
    expect((await count({ against: file })).differences).toEqual([
      {
        kind: 'evidence',
        text: expect.stringMatching(
          /^station north\/n1 on 2026-11-03: (\d+) ballots in the evidence, \1 in the table, but not the same/,
        ),
        partitions: [partition],
        station: { region: 'north', station: 'n1', castOn: '2026-11-03' },
      },
    ]);
  });

  it('finds two ballots that were exchanged between stations, and one whose time was changed', async () => {
    const file = election.file('evidence.json');
    await count({ keep: file });
    const [one, other] = [await pickBallot('n1'), await pickBallot('n2')];
    await election.tamper(
      'update ballot b set id = o.id from ballot o where (b.id, o.id) in (($1, $2), ($2, $1))',
      [one.id, other.id],
    );
    expect((await count()).differences).toEqual([]);
    const swapped = await count({ against: file });
    expect(swapped.differences.flatMap(({ partitions }) => partitions).sort()).toEqual(
      [one.partition, other.partition].sort(),
    );
    const online = await pickBallot('online');
    await election.tamper("update ballot set cast_at = cast_at + interval '1 minute' where id = $1", [
      online.id,
    ]);
    expect((await count({ against: file })).differences).toHaveLength(3);
  });

  it('refuses what is no evidence', async () => {
    const file = election.file('broken.json');
    await expect(count({ against: file })).rejects.toMatchObject({ code: 'evidence-unreadable' });
    await count({ keep: file });
    copyFileSync(file, election.file('whole.json'));
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    await expect(count({ against: file })).rejects.toMatchObject({ code: 'evidence-unreadable' });
  });
});

describe('npm run recount', () => {
  const run = (...args: string[]) =>
    runBin('recount', ['--database-url', election.database.urlFor('auditor'), ...args]);

  it('says zero differences and ends with 0, or names them and ends with 1', async () => {
    const good = await run('--election', election.electionId, '--accepted', '90');
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('Zero differences.')]);
    const bad = await run('--election', election.electionId, '--accepted', '91', '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ ok: false, differences: [{ kind: 'accounting' }] });
  });

  it('refuses nonsense in one line', async () => {
    for (const args of [
      [],
      ['--elction', 'x'],
      ['--election', 'x', '--accepted', '-1'],
      ['--election', 'nobody'],
    ]) {
      const { code, stderr } = await run(...args);
      expect([args, code, stderr]).toEqual([args, 1, expect.stringMatching(/^recount: [^\n]+\n$/)]);
    }
  });
});
