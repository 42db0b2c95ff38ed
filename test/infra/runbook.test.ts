import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventAlarms, numberAlarms, runbookAnchor } from '../../lib/alarms.ts';
import { stages } from '../../lib/stages.ts';
import { synthesise } from '../support/template.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const alarms: Readonly<Record<string, { readonly severity: string }>> = { ...numberAlarms, ...eventAlarms };

interface Entry {
  readonly name: string;
  readonly text: string;
}

function readEntries(markdown: string): Entry[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith('Runbook\n')) ?? '';
  return section
    .split(/^### Runbook: /m)
    .slice(1)
    .map((part) => ({ name: part.slice(0, part.indexOf('\n')), text: part.slice(part.indexOf('\n')) }));
}

/** What is wrong between the alarms and a runbook, one line each. */
function findFaults(markdown: string): string[] {
  const entries = readEntries(markdown);
  const names = entries.map(({ name }) => name);
  return [
    ...Object.keys(alarms).flatMap((name) => (names.includes(name) ? [] : [`${name}: no entry`])),
    ...names.flatMap((name, index) => (names.indexOf(name) === index ? [] : [`${name}: twice`])),
    ...entries.flatMap(({ name, text }) => {
      const alarm = alarms[name];
      if (alarm === undefined) return [`${name}: no such alarm`];
      const severity = text.includes(`*${alarm.severity}*`) ? [] : [`${name}: another severity`];
      const parts = ['Votes', 'Look', 'Do', 'Over'];
      return [
        ...severity,
        ...parts.flatMap((part) =>
          new RegExp(`^- \\*\\*${part}:\\*\\* .{10,}`, 'm').test(text) ? [] : [`${name}: no ${part}`],
        ),
      ];
    }),
  ];
}

describe('the runbook', () => {
  it('has an entry for every alarm, with its severity, what to look at, what to do and when it is over', () => {
    expect(findFaults(readme)).toEqual([]);
  });

  it('is where the alarms lead: GitHub makes the anchor out of the heading', () => {
    for (const { name } of readEntries(readme)) {
      const slug = `Runbook: ${name}`
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-');
      expect(runbookAnchor(name as keyof typeof numberAlarms)).toBe(`README.md#${slug}`);
    }
  });

  it.each([
    [
      'an entry is missing',
      (text: string) => text.replace('### Runbook: quarantine\n', ''),
      'quarantine: no entry',
    ],
    [
      'an alarm is gone',
      (text: string) => text.replace('Runbook: canary\n', 'Runbook: parrot\n'),
      'parrot: no such alarm',
    ],
    [
      'an entry stands twice',
      (text: string) => text.replace('Runbook: canary\n', 'Runbook: quarantine\n'),
      'quarantine: twice',
    ],
    [
      'a severity has changed',
      (text: string) => text.replace('\n*page*\n', '\n*ticket*\n'),
      'unaccounted: another severity',
    ],
    [
      'nobody says what to do',
      (text: string) => text.replace('- **Do:**', '- **Does:**'),
      'unaccounted: no Do',
    ],
  ])('does not pass when %s', (_, change, fault) => {
    expect(findFaults(change(readme))).toContain(fault);
  });

  it('names resources that there are, each by the beginning of one logical id', () => {
    const template = synthesise(stages.peak);
    const named = [
      ...[...readme.matchAll(/\$\(id (\w+) (AWS::\w+::\w+) (\w+)\)/g)].map(([, stack, type, start]) => ({
        stack,
        type,
        start,
      })),
      ...[...readme.matchAll(/\$\(log (\w+)\)/g)].map(([, start]) => ({
        stack: 'service',
        type: 'AWS::Logs::LogGroup',
        start,
      })),
    ];
    expect(named.length).toBeGreaterThan(10);
    for (const { stack, type, start } of named) {
      const found = template
        .ofType(type ?? '')
        .filter((one) => one.stack.toLowerCase() === stack && one.id.startsWith(start ?? ''));
      expect([start, found.length]).toEqual([start, 1]);
    }
  });
});
