import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecountOptions, RecountReport } from '../../lib/count/recount.ts';
import { createGroupingChoice } from '../../lib/count/sum-ballots.ts';
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

/** Both ways of summing, which have to find the same. */
async function count(options: Partial<RecountOptions> = {}): Promise<RecountReport> {
  const whole = await election.recount({ ...options, grouping: 'whole ballots' });
  const { keep: _, ...reading } = options;
  const lineByLine = await election.recount({ ...reading, grouping: 'line by line' });
  const found = ({ ballots, differences }: RecountReport) => ({
    ballots,
    differences: differences.toSorted((a, b) => (a.text < b.text ? -1 : 1)),
  });
  expect(found(lineByLine)).toEqual(found(whole));
  return whole;
}
const pickBallot = (station?: string) => election.pickBallot(station);

describe('a recount', () => {
  it('finds every ballot, folded into the tally or not, and no difference', async () => {
    expect(await count({ accepted: 90 })).toMatchObject({ ballots: 90, differences: [] });
  });

  it('sees one moment, whatever is recorded meanwhile', async () => {
    const recording = (async () => {
      for (let batch = 0; batch < 20; batch += 1) await election.record(50).then(() => election.fold());
    })();
    for (let round = 0; round < 5; round += 1) expect((await election.recount()).differences).toEqual([]);
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
        text: 'station north/n9, which the election does not have: ballots: 1',
      }),
    );
    expect(differences.map(({ kind }) => kind)).toContain('books');
    expect(differences.at(-1)).toMatchObject({ kind: 'accounting' });
    expect(partition).toMatch(/^ballot_20261103_north/);
  });

  it('finds ballots that contradict their own line, also where every sum is right', async () => {
    const [online, kiosk] = [await pickBallot('online'), await pickBallot('n1')];
    await election.tamper(
      `update ballot set channel = (case channel when 'kiosk' then 'browser' else 'kiosk' end)::channel where id in ($1, $2)`,
      [online.id, kiosk.id],
    );
    const { differences, ballots } = await count();
    expect(ballots).toBe(90);
    expect(differences).toHaveLength(2);
    for (const [station, { partition }] of [
      ['online', online],
      ['n1', kiosk],
    ] as const)
      expect(differences).toContainEqual({
        kind: 'contradiction',
        text: `station north/${station}: ballots that say another channel than their own line: 1`,
        partitions: [partition],
      });
    await election.tamper('update ballot set lines = lines[2:] || lines[1] where id = $1', [online.id]);
    expect((await count()).differences).toHaveLength(2);
  });

  it('takes no number in a ballot for one of its own notes', async () => {
    const { id } = await pickBallot();
    for (const line of [0, -1, -2, 1_000]) {
      await election.tamper('update ballot set lines = lines || $2::integer where id = $1', [id, line]);
      const { ballots, differences } = await count();
      expect([line, ballots, differences.length]).toEqual([line, 90, expect.any(Number)]);
      expect(differences.length).toBeGreaterThan(0);
      await election.tamper('update ballot set lines = trim_array(lines, 1) where id = $1', [id]);
    }
    expect((await count()).differences).toEqual([]);
  });

  it('groups whole ballots until more than half of them turned out to be unlike', () => {
    const choice = createGroupingChoice();
    const ways = [
      [100, 40],
      [100, 60],
      [10, 6],
      [0, 0],
    ].map(([ballots = 0, unlike = 0]) => {
      const way = choice.next();
      choice.note(ballots, unlike);
      return way;
    });
    expect([...ways, choice.next()]).toEqual([
      ...Array(3).fill('whole ballots'),
      ...Array(2).fill('line by line'),
    ]);
  });

  it('compares with nothing of another election, and knows which there are', async () => {
    await expect(count({ election: 'other' })).rejects.toMatchObject({ code: 'unknown-election' });
  });
});

describe('a recount of an election of several days', () => {
  const partitionsOf = async (station: string) => {
    const { rows } = await election.admin.query<{ name: string }>(
      'select distinct tableoid::regclass::text as name from ballot where station = $1 order by 1',
      [station],
    );
    return rows.map(({ name }) => name);
  };
  const ofStation = async (options: Partial<RecountOptions> = {}) => {
    const { differences } = await count(options);
    return differences
      .filter(({ station }) => station?.station === 'n1')
      .map(({ kind, partitions, isOneOf }) => ({ kind, partitions, isOneOf: isOneOf === true }));
  };
  const alter = (where: string) =>
    election.tamper(
      `update ballot set lines = lines || 5 where id = (select id from ballot where station = 'n1' and ${where} limit 1)`,
    );
  let both: string[];
  beforeEach(async () => {
    await election.tamper("update election set closes_at = '2026-11-05T02:00:00Z'");
    await election.record(60, '2026-11-04T17:00:00.000Z');
    both = await partitionsOf('n1');
    expect(both).toEqual([expect.stringContaining('20261103'), expect.stringContaining('20261104')]);
  });

  it('names the one partition in which a ballot was changed or added', async () => {
    await alter("cast_on = '2026-11-04'");
    expect(await ofStation()).toEqual([{ kind: 'tally', partitions: [both[1]], isOneOf: false }]);
    await election.tamper(
      `insert into ballot (cast_at, cast_on, election_no, channel, region, station, lines)
        select cast_at, cast_on, election_no, channel, region, station, lines from ballot
        where station = 'n1' and cast_on = '2026-11-03' limit 1`,
    );
    expect(new Set((await ofStation()).map(({ partitions }) => partitions.join()))).toEqual(
      new Set([both.join()]),
    );
  });

  it('says that it is one of them where nothing tells, also of a day that has no ballot of the station left', async () => {
    await election.tamper(
      "delete from ballot where ctid in (select min(ctid) from ballot where station = 'n1' and cast_on = '2026-11-03') and cast_on = '2026-11-03' and station = 'n1'",
    );
    const removed = await ofStation();
    expect(removed.length).toBeGreaterThan(0);
    for (const one of removed) expect(one).toEqual({ kind: 'tally', partitions: both, isOneOf: true });
    const run = await runBin('recount', [
      ...['--database-url', election.database.urlFor('auditor'), '--election', election.electionId],
    ]);
    expect(run.stdout).toContain(`[one of ${both.join(', ')}]`);
    await election.tamper("delete from ballot where station = 'n1' and cast_on = '2026-11-04'");
    for (const one of await ofStation()) expect(one).toMatchObject({ partitions: both, isOneOf: true });
  });

  it('names it by the evidence, of a ballot that is gone too', async () => {
    const file = election.file('evidence.json');
    await count({ keep: file });
    await election.tamper("delete from ballot where station = 'n1' and cast_on = '2026-11-04'");
    const found = await ofStation({ against: file });
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['tally', 'evidence']));
    for (const one of found) expect(one).toMatchObject({ partitions: [both[1]], isOneOf: false });
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
