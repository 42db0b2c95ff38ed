import { describe, expect, it } from 'vitest';
import { allDrills } from '../../../load/drill/all-drills.ts';
import { helpText, parseCommandLine } from '../../../load/drill/command-line.ts';

describe('the command line of npm run drill', () => {
  it('takes one drill or all of them, which leaves out the one that has to fail', () => {
    expect(parseCommandLine(['poison'], 5)).toMatchObject({
      seed: 5,
      json: false,
      drills: [{ name: 'poison' }],
    });
    const all = parseCommandLine(['all', '--json', '--seed', '7', '--seconds', '4', '--rate', '50'], 5);
    expect(all).toMatchObject({ json: true, seed: 7, seconds: 4, ratePerSecond: 50 });
    if (typeof all === 'string') throw new Error(all);
    expect(all.drills.length).toBeGreaterThanOrEqual(12);
    expect(all.drills.map(({ name }) => name)).not.toContain('failover-asynchronous');
    expect(parseCommandLine(['list'], 0)).toBe('list');
    expect(parseCommandLine(['--help'], 0)).toBe('help');
  });

  it('names every drill once, in the help too', () => {
    const names = allDrills.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(helpText).toContain(`  ${name} `);
  });

  it.each([
    [],
    ['nonsense'],
    ['poison', 'reshard'],
    ['poison', '--sede', '1'],
    ['poison', '--seed', '-1'],
    ['poison', '--seed', '4294967296'],
    ['poison', '--seconds', '2'],
    ['poison', '--seconds', '1.5'],
    ['poison', '--rate', ''],
    ['poison', '--json=yes'],
  ])('refuses %s %s %s in one line that says what to do', (...args) => {
    let message = '';
    try {
      parseCommandLine(
        args.filter((arg) => arg !== undefined),
        0,
      );
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toBe('');
    expect(message).not.toContain('\n');
  });
});
