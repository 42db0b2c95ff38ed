import type { Answer } from './psql-session.ts';

/** Of an answer as text: with `--json` there are all. */
export const rowsShownMax = 1_000;

/** Not to be taken for a text that is empty, or says so. */
const nothing = '∅';

/** A table as psql draws it: numbers to the right, and how many rows there are. */
export function renderAnswer({ columns, rows, hasMore, command }: Answer): string {
  if (columns.length === 0) return command === '' ? '' : `${command}\n`;
  const cells = rows.map((row) => row.map((cell) => (cell ?? nothing).replaceAll('\n', '↵')));
  const widths = columns.map(({ name }, column) =>
    cells.reduce((width, row) => Math.max(width, (row[column] ?? '').length), name.length),
  );
  const line = (row: readonly string[]) =>
    ` ${row
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return columns[at]?.isNumber === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(' | ')}`.trimEnd();
  const count = rows.length.toLocaleString('en');
  const end = hasMore
    ? `(the first ${count} rows; there are more: a limit, or -c … --json)`
    : `(${count} ${rows.length === 1 ? 'row' : 'rows'})`;
  return [
    line(columns.map(({ name }) => name)),
    `-${widths.map((width) => '-'.repeat(width)).join('-+-')}-`,
    ...cells.map(line),
    end,
    '',
  ].join('\n');
}
