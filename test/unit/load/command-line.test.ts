import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../load/replay/command-line.ts';

describe('parseCommandLine', () => {
  it('has a default for everything but the file', () => {
    expect(parseCommandLine(['a.csv'])).toEqual({
      file: 'a.csv',
      limit: null,
      ratePerSecond: null,
      duplicatesPercent: 0,
      retriesPercent: 0,
      issue: 0,
      offices: null,
      regionPattern: null,
      voteFor: new Map(),
      seed: 1,
      connections: 64,
      endpoint: null,
      dataDir: null,
      json: false,
    });
  });

  it('reads every option', () => {
    const options = parseCommandLine([
      '--limit',
      '100',
      '--rate=2.5',
      '--duplicates',
      '1.5%',
      '--retries',
      '2',
      '--offices',
      'President, "Judge, Superior Court"',
      '--region-pattern',
      '^(.+) \\d',
      '--vote-for',
      'School Committee=3',
      '--vote-for=Council=2',
      '--seed',
      '7',
      '--connections',
      '8',
      '--endpoint',
      'http://127.0.0.1:8080/',
      '--data-dir',
      '/tmp/x',
      '--json',
      'a.csv',
    ]);
    expect(options).toMatchObject({
      file: 'a.csv',
      limit: 100,
      ratePerSecond: 2.5,
      duplicatesPercent: 1.5,
      retriesPercent: 2,
      offices: ['President', 'Judge, Superior Court'],
      voteFor: new Map([
        ['School Committee', 3],
        ['Council', 2],
      ]),
      seed: 7,
      connections: 8,
      dataDir: '/tmp/x',
      json: true,
      endpoint: { target: { host: '127.0.0.1', port: 8080, tls: false }, basePath: '' },
    });
  });

  it('asks for help', () => {
    expect(parseCommandLine(['--help'])).toBeNull();
    expect(parseCommandLine(['-h', 'a.csv', '--limit', 'x'])).toBeNull();
  });

  it.each([
    [[], 'name a results file'],
    [['a.csv', 'b.csv'], 'one results file at a time'],
    [['a.csv', '--nonsense'], "Unknown option '--nonsense'"],
    [['a.csv', '--limit', '0'], '--limit: "0" is not a whole number from 1'],
    [['a.csv', '--limit', '1.5'], '--limit: "1.5" is not a whole number'],
    [['a.csv', '--limit', 'many'], '--limit: "many"'],
    [['a.csv', '--limit', '-5'], "Option '--limit"],
    [['a.csv', '--limit'], "Option '--limit <value>' argument missing"],
    [['a.csv', '--rate', '0'], '--rate: "0" is not a number from 0.01'],
    [['a.csv', '--rate', '1e9'], '--rate: "1e9"'],
    [['a.csv', '--duplicates', '101'], '--duplicates: "101" is not a number from 0 to 100'],
    [['a.csv', '--retries', 'NaN'], '--retries: "NaN"'],
    [['a.csv', '--offices', ' , '], '--offices: names nothing'],
    [['a.csv', '--offices', '"President'], '--offices: "President is no list'],
    [['a.csv', '--region-pattern', '('], '--region-pattern: ( is no regular expression'],
    [['a.csv', '--vote-for', 'Board'], '--vote-for: Board is not OFFICE=N'],
    [['a.csv', '--vote-for', 'Board=0'], '--vote-for: "0"'],
    [['a.csv', '--endpoint', 'localhost'], '--endpoint: localhost is no address'],
    [['a.csv', '--endpoint', 'ftp://x'], '--endpoint: ftp://x is no address'],
    [['a.csv', '--json=yes'], "Option '--json' does not take an argument"],
  ])('refuses %j in one line', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(
      expect.objectContaining({
        name: 'ReplayError',
        code: 'usage',
        message: expect.stringContaining(message),
      }),
    );
    expect(() => parseCommandLine(args)).not.toThrow(/\n/);
  });
});
