import pg from 'pg';

/** What of psql's own commands there is here. */
export const catalogueHelp = `  \\d           what there is to be read      \\d NAME      its columns
  \\dv \\dt      views, tables alone           \\df          functions
                each with a pattern: \\dv report.*
  \\? \\q        this; the end. A statement ends with a semicolon, and may go over several lines.
`;

const kinds: Readonly<Record<string, string>> = { d: 'rvpm', dv: 'v', dt: 'rp' };

/**
 * The statement that answers one of psql's commands from the catalogue, as far as the role may read it, comments
 * with it; null: there is no such command here. A `+` changes nothing. Pure.
 * @param pattern a name with or without its schema; `*` and `?` stand for characters
 */
export function catalogueStatement(command: string, pattern: string): string | null {
  const name = command.replace(/\+$/, '');
  const where = wherePattern(pattern);
  if (name === 'df')
    return `select n.nspname as schema, p.proname as name, pg_get_function_identity_arguments(p.oid) as arguments,
        pg_get_function_result(p.oid) as result, obj_description(p.oid, 'pg_proc') as says
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute') and ${where('p.proname')}
      order by 1, 2`;
  if (name === 'd' && pattern !== '')
    return `select n.nspname || '.' || c.relname as relation, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
        coalesce(col_description(c.oid, a.attnum), case when a.attnum = 1 then obj_description(c.oid, 'pg_class') end) as says
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where a.attnum > 0 and not a.attisdropped and ${readable('rvpm')} and ${where('c.relname')}
      order by 1, a.attnum`;
  const relkinds = kinds[name];
  if (relkinds === undefined) return null;
  return `select n.nspname as schema, c.relname as name,
      case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
      obj_description(c.oid, 'pg_class') as says
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${readable(relkinds)} and ${where('c.relname')}
    order by 1, 2`;
}

/** Not each of hundreds of partitions. */
const readable = (relkinds: string): string =>
  `position(c.relkind::text in '${relkinds}') > 0 and not c.relispartition
    and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')`;

function wherePattern(pattern: string): (column: string) => string {
  const like = (text: string) =>
    pg.escapeLiteral(
      `^(${text
        .toLowerCase()
        .replaceAll('"', '')
        .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')})$`,
    );
  const [first = '', second] = pattern.split('.');
  if (pattern === '') return () => `n.nspname !~ '^(pg_|information_schema$)'`;
  if (second === undefined)
    return (column) => `n.nspname !~ '^(pg_|information_schema$)' and ${column} ~ ${like(first)}`;
  return (column) => `n.nspname ~ ${like(first)} and ${column} ~ ${like(second === '' ? '*' : second)}`;
}
