import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
let admin: pg.Client;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database().url });
  await admin.connect();
});
afterAll(() => admin.end());

/** What analysts or auditors may read; parts of a table are explained by the table. */
const readable = `
  select c.oid, c.oid::regclass::text as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and (has_any_column_privilege('analyst', c.oid, 'select') or has_any_column_privilege('auditor', c.oid, 'select'))`;

const names = async (text: string) =>
  (await admin.query<{ name: string }>(text)).rows.map(({ name }) => name);

describe('the catalogue', () => {
  it('explains every table and view that analysts or auditors may read, and every column of it', async () => {
    expect((await names(readable)).length).toBeGreaterThan(30);
    expect(
      await names(
        `select name from (${readable}) r where coalesce(obj_description(oid, 'pg_class'), '') = ''`,
      ),
    ).toEqual([]);
    expect(
      await names(`select format('%s.%s', name, attname) as name from (${readable}) r
        join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        where coalesce(col_description(r.oid, a.attnum), '') = ''`),
    ).toEqual([]);
  });

  it('explains every function that they may call', async () => {
    expect(
      await names(`select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'report' and has_function_privilege('analyst', p.oid, 'execute')
          and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''`),
    ).toEqual([]);
  });

  it('says of every instant, day and share what it is in', async () => {
    const says = {
      'timestamp with time zone': /instant/,
      'timestamp without time zone': /clocks/,
      date: /clocks/,
    };
    for (const [type, words] of Object.entries(says)) {
      const { rows } = await admin.query<{ name: string; says: string }>(
        `select format('%s.%s', name, attname) as name, col_description(r.oid, a.attnum) as says from (${readable}) r
          join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
          where format_type(a.atttypid, a.atttypmod) = $1`,
        [type],
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.filter(({ says: text }) => !words.test(text))).toEqual([]);
    }
  });
});
