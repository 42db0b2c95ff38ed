import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { denied, deniedOrReadOnly, type Role, roles, useRoles } from '../support/roles.ts';

const { as, attempt, withPartitions } = useRoles();

const inserts: Record<string, string> = {
  ballot:
    "insert into ballot (cast_at, cast_on, election_no, channel, region, station, lines) values ('2026-11-03T12:00:00Z', '2026-11-03', 1, 'kiosk', 'north', 'n1', '{1}')",
  participation: `insert into participation values ('${randomUUID()}', '${randomUUID()}', 1)`,
  duplicate_attempt: `insert into duplicate_attempt values (1, '${randomUUID()}', '${randomUUID()}', 'north', 'n1', 'kiosk', now(), '', '${randomUUID()}')`,
  quarantine: `insert into quarantine values ('\\x${randomBytes(32).toString('hex')}', null, 'test', '', '${randomUUID()}')`,
  writer_batch: `insert into writer_batch values ('${randomUUID()}', 'sqs', 's', '1', '2', 0, 0, 0, 0)`,
  tally_pending: `insert into tally_pending values ('${randomUUID()}', 1, 'election', '{}', '{}', '{}', 0, 0, 0)`,
  tally: 'insert into tally values (1, 99, 99, 1)',
  tally_total: 'insert into tally_total values (99, 0, 0, 0, now())',
  tally_minute: "insert into tally_minute values (99, '2026-11-03T12:00:00Z', 1)",
  // There to be locked, by their right to update.
  tally_fold_lock: "insert into tally_fold_lock values ('another')",
  refused_ballot_lock: "insert into refused_ballot_lock values ('another')",
};

describe('who may add', () => {
  it.each(Object.keys(inserts))('to %s', async (table) => {
    const both = /^tally(?:_total|_minute)?$/.test(table);
    const allowed: Role[] = both ? ['writer', 'maintainer'] : table.endsWith('_lock') ? [] : ['writer'];
    for (const role of roles) {
      const outcome = await attempt(role, inserts[table] ?? '');
      if (allowed.includes(role)) expect([role, outcome]).toEqual([role, 'ok']);
      else expect([role, outcome]).toEqual([role, expect.stringMatching(deniedOrReadOnly)]);
    }
  });

  it('to a partition of ballots directly: nobody', async () => {
    for (const leaf of (await withPartitions(['ballot'])).filter((name) => name !== 'ballot')) {
      const statement = (inserts['ballot'] ?? '').replace('into ballot', `into ${leaf}`);
      expect([leaf, await attempt('writer', statement)]).toEqual([leaf, denied]);
    }
  });

  it('partitions: only the maintainer', async () => {
    for (const role of roles) {
      const outcome = await attempt(role, "select make_ballot_partitions('2027-01-01', '{north}')");
      expect([role, outcome]).toEqual([
        role,
        role === 'maintainer' ? 'ok' : expect.stringMatching(deniedOrReadOnly),
      ]);
    }
  });
});

describe('who may read', () => {
  const every = ['election', 'reporting_unit', 'tally_line', 'ballot_style_contest'];
  const locks = ['tally_fold_lock', 'refused_ballot_lock'];
  const tallies = ['tally', 'tally_minute', 'tally_pending', 'tally_total'];
  const readable: Record<(typeof roles)[number], string[]> = {
    writer: [...every, ...tallies, ...locks, 'participation', 'duplicate_attempt'],
    results: [...every, ...tallies, 'participation', 'duplicate_attempt'],
    maintainer: [...every, ...tallies, ...locks],
    analyst: [...every, 'tally_minute', 'tally_now', 'result', 'ballot_selection', 'ballot_archive'],
    auditor: [
      ...every,
      ...tallies,
      'ballot',
      'tally_now',
      'result',
      'ballot_selection',
      'writer_batch',
      'quarantine',
      'tally_recount',
      'tally_difference',
      'vote_count',
      'ballot_archive',
      'ballot_archive_dropped',
    ],
    counter: ['election', 'reporting_unit', 'tally_line', 'ballot', 'ballot_archive_dropped', 'tally_now'],
  };
  /** Those who count again read ballots partition by partition. */
  const countsAgain: readonly Role[] = ['auditor', 'counter'];

  it.each(roles)('as %s: what the role is there for, and nothing else', async (role) => {
    const rows = await as(
      'superuser',
      "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S')",
    );
    const names = rows.map((row) => String(row['relname']));
    const leaves = names.filter((name) => /^ballot_(other|\d{8}_(other|.+_\d))$/.test(name));
    expect(leaves.length).toBeGreaterThan(5);
    const outcomes: [string, string][] = [];
    for (const name of names) outcomes.push([name, await attemptRead(role, name)]);
    expect(
      outcomes
        .filter(([, outcome]) => outcome === 'ok')
        .map(([name]) => name)
        .sort(),
    ).toEqual([...readable[role], ...(countsAgain.includes(role) ? leaves : [])].sort());
    expect(new Set(outcomes.map(([, outcome]) => outcome))).toEqual(new Set(['ok', denied]));
  });

  const attemptRead = async (role: Role, name: string): Promise<string> => {
    const [row] = await as('superuser', 'select has_table_privilege($1, $2, $3) as may', [
      role,
      `public.${name}`,
      'select',
    ]);
    return row?.['may'] === true ? 'ok' : denied;
  };

  it('is asked of the database itself, not only of its catalogue', async () => {
    for (const table of [
      'participation',
      'duplicate_attempt',
      'quarantine',
      'tally_pending',
      'participation_0',
      // Their views are for reading: the tables have system columns, which say what was recorded together.
      'ballot',
      'tally',
    ])
      expect([table, await attempt('analyst', `select * from ${table}`)]).toEqual([table, denied]);
    for (const view of ['report.ballots', 'result', 'ballot_selection', 'tally_now'])
      expect(await attempt('analyst', `select * from ${view}`)).toBe('ok');
    expect(await attempt('auditor', 'select * from participation')).toBe(denied);
    expect(await attempt('auditor', 'select * from tally_difference')).toBe('ok');
    expect(await attempt('maintainer', 'select * from ballot')).toBe(denied);
    expect(await attempt('writer', 'select * from ballot')).toBe(denied);
    expect(await attempt('results', 'select * from ballot')).toBe(denied);
  });

  it('of quarantine gives writer and results the keys, and never what was voted', async () => {
    for (const role of ['writer', 'results'] as const) {
      expect(await attempt(role, 'select quarantine_key from quarantine')).toBe('ok');
      for (const column of ['record', 'reason', '*'])
        expect(await attempt(role, `select ${column} from quarantine`)).toBe(denied);
    }
  });

  it('as a reader cannot write even after it has lifted its own read-only default', async () => {
    for (const role of ['results', 'analyst', 'auditor', 'counter'] as const) {
      expect((await as(role, 'show default_transaction_read_only'))[0]).toEqual({
        default_transaction_read_only: 'on',
      });
      for (const statement of Object.values(inserts))
        expect(await attempt(role, `set transaction read write; ${statement}`)).toBe(denied);
    }
  });
});

describe('the limits on a session', () => {
  it.each([
    ['writer', 'statement_timeout', '20s'],
    ['writer', 'idle_in_transaction_session_timeout', '20s'],
    ['results', 'statement_timeout', '2s'],
    ['maintainer', 'statement_timeout', '55s'],
    ['analyst', 'statement_timeout', '30s'],
    ['auditor', 'statement_timeout', '30min'],
  ] as const)('of %s: %s is %s', async (role, setting, value) => {
    expect(await as(role, `show ${setting}`)).toEqual([{ [setting]: value }]);
  });

  it('let nobody be more than the role says', async () => {
    const rows = await as(
      'superuser',
      `select rolname from pg_roles where rolname = any($1)
        and (rolsuper or rolcreaterole or rolcreatedb or (rolreplication and rolname <> 'counter') or rolbypassrls)
       union all select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = any($1)`,
      [roles],
    );
    expect(rows).toEqual([]);
  });
});
