import type { PrewarmResult } from './prewarm.ts';

/** Item by item, and the one word at the end. */
export function describeItems({ items, isGo, isTimedOut }: PrewarmResult): string {
  const width = (pick: (item: (typeof items)[number]) => string) =>
    Math.max(...items.map((item) => pick(item).length));
  const names = width(({ name }) => name);
  const wanted = width((item) => item.wanted);
  const lines = items.map((item) =>
    [
      item.verdict.padEnd(8),
      item.name.padEnd(names),
      `wanted ${item.wanted.padEnd(wanted)}`,
      `found ${item.found}`,
      ...(item.todo === undefined ? [] : [`→ ${item.todo}`]),
    ].join('  '),
  );
  const end = isGo
    ? 'GO'
    : isTimedOut
      ? 'NO-GO: not there in time; it may come yet: look again with --check'
      : 'NO-GO';
  return `${lines.join('\n')}\n\n${end}\n`;
}
