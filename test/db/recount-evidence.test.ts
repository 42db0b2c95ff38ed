import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CountState, createCountFile, readCountFile } from '../../lib/count/count-file.ts';
import type { RecountOptions } from '../../lib/count/recount.ts';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';

let election: CountedElection;
beforeEach(async () => {
  election = await openCountedElection(['2026-11-03', '2026-11-04']);
  await election.record(60);
  await election.fold();
  await election.record(30);
});
afterEach(() => election.close());

const count = (options?: Partial<RecountOptions>) => election.recount(options);
const pickBallot = (station?: string) => election.pickBallot(station);

describe('evidence that a recount keeps', () => {
  it('is left only where nothing differs', async () => {
    const file = election.file('evidence.json');
    const { id } = await pickBallot();
    await election.tamper('create table taken as select * from ballot where id = $1', [id]);
    await election.tamper('delete from ballot where id = $1', [id]);
    expect((await count({ keep: file })).differences).not.toEqual([]);
    expect(existsSync(file)).toBe(false);
    await election.tamper('insert into ballot select * from taken');
    expect((await count({ keep: file })).differences).toEqual([]);
    expect(statSync(file).mode % 0o1000).toBe(0o600);
    // Nor is anything else left beside it.
    expect(readdirSync(dirname(file))).toEqual([basename(file)]);
  });

  it('replaces no file, whatever that is', async () => {
    const file = election.file('evidence.json');
    await count({ keep: file });
    const before = readFileSync(file, 'utf8');
    await election.tamper("delete from ballot where station = 'n1'");
    await election.tamper('delete from tally');
    await expect(count({ keep: file })).rejects.toMatchObject({
      code: 'evidence-exists',
      message: expect.stringContaining('never replaced: choose another name'),
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
    // Not even one that appears while it counts.
    const { count: kept, ...rest } = readCountFile(file) ?? {};
    expect(kept).toBeDefined();
    expect(() => createCountFile(file, { ...rest, count: kept } as CountState)).toThrow('never replaced');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(dirname(file))).toEqual([basename(file)]);
  });

  it('is of the election that was counted, and says so to others', async () => {
    const file = election.file('evidence.json');
    await count({ keep: file });
    await election.tamper(
      `insert into election (election, name, time_zone, opens_at, closes_at, grace_seconds, definition_version)
        select 'other', name, time_zone, opens_at, closes_at, grace_seconds, 1 from election`,
    );
    await expect(count({ election: 'other', against: file })).rejects.toThrow('kept of another election');
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
          /^station north\/n1 on 2026-11-03: ballots in the evidence: (\d+), in the table: \1, but not the same/,
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
