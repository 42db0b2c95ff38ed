import { describe, expect, it } from 'vitest';
import { denied, deniedOrReadOnly, guarded, roles, useRoles, voteTables } from '../support/roles.ts';

const { as, attempt, withPartitions } = useRoles();

/** Writes the first column over with itself: any update at all. */
async function updateOf(table: string): Promise<string> {
  const [row] = await as(
    'superuser',
    'select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 limit 1',
    [table],
  );
  return `update ${table} set ${String(row?.['attname'])} = ${String(row?.['attname'])}`;
}

describe('what is recorded', () => {
  it('can be changed, deleted or truncated by no role, in no partition', async () => {
    const names = await withPartitions(voteTables);
    expect(names.length).toBeGreaterThan(30);
    for (const name of names) {
      for (const role of roles) {
        for (const statement of [await updateOf(name), `delete from ${name}`, `truncate ${name}`])
          expect([role, statement, await attempt(role, statement)]).toEqual([
            role,
            statement,
            expect.stringMatching(deniedOrReadOnly),
          ]);
      }
    }
  });

  it('can be changed or deleted not even by the owner, who is a superuser', async () => {
    const names = await withPartitions(voteTables);
    const filled: string[] = [];
    for (const name of names) {
      const [row] = await as('superuser', `select count(*)::int as n from ${name}`);
      if (row?.['n'] === 0) continue;
      filled.push(name);
      expect([name, await attempt('superuser', await updateOf(name))]).toEqual([name, guarded]);
      expect([name, await attempt('superuser', `delete from ${name}`)]).toEqual([name, guarded]);
    }
    // Roots, groups and leaves, of a foreseen day and of another.
    expect(filled).toEqual(expect.arrayContaining([...voteTables, 'ballot_20261103', 'ballot_other']));
    expect(filled.filter((name) => /^ballot_20261103_north_[0-9a-f]{6}_\d$/.test(name)).length).toBe(1);
  });

  it('can be truncated not even by the owner, neither whole nor by partition nor with something else', async () => {
    for (const name of await withPartitions(voteTables)) {
      for (const statement of [
        `truncate ${name}`,
        `truncate only ${name}`,
        `truncate tally, ${name} cascade`,
      ]) {
        const outcome = await attempt('superuser', statement);
        // PostgreSQL itself refuses ONLY for a table with partitions.
        const isPartitioned = outcome === '42809' && statement.startsWith('truncate only');
        if (!isPartitioned) expect([statement, outcome]).toEqual([statement, guarded]);
      }
    }
  });

  it('is refused a change with a message that says what and why', async () => {
    await expect(as('superuser', 'delete from ballot')).rejects.toMatchObject({
      code: guarded,
      message: expect.stringMatching(/^DELETE on ballot_\w+ is refused: what is recorded is never changed$/),
    });
  });

  it('can be disposed of by no role that drops, alters or disables', async () => {
    for (const role of roles) {
      for (const statement of [
        'drop table ballot_other',
        'alter table ballot disable trigger all',
        'drop trigger ballot_append_only on ballot',
        'alter table ballot detach partition ballot_other',
        'drop view tally_difference',
        'create or replace function refuse_change() returns trigger language plpgsql as $$ begin return new; end $$',
        'create table mine (id integer)',
      ])
        expect([role, statement, await attempt(role, statement)]).toEqual([
          role,
          statement,
          expect.stringMatching(deniedOrReadOnly),
        ]);
      expect(await attempt(role, 'set session_replication_role = replica')).toBe(denied);
    }
  });
});
