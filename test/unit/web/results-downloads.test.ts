import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { fileNameOf, type ShownTable, toCsv, toJson } from '../../../functions/web/results/export-table.ts';
import { earliestOf } from '../../../functions/web/results/positions.ts';
import { makeRow as row, standing } from '../../support/results-rows.ts';

const shown = (rest: Partial<ShownTable> = {}): ShownTable => ({
  results: { election: 'demo', name: 'Demo' } as ShownTable['results'],
  standing,
  region: null,
  contest: { id: 'mayor', name: 'Mayor' },
  choices: [{ id: 'ada', name: 'Ada' }],
  rows: [
    row('a', 'Alder', {
      ballots: 3,
      registeredVoters: 10,
      turnout: 0.3,
      stations: { total: 2, reporting: 1 },
      votes: new Map([['ada', 2]]),
    }),
  ],
  ...rest,
});

describe('a download', () => {
  it('is CSV by RFC 4180, and says in every row where it comes from', () => {
    expect(toCsv(shown())).toBe(
      'election,status,definition,version,as_of,region,name,ballots,registered_voters,turnout,stations_reporting,stations,contest,votes_ada\r\n' +
        'demo,unofficial,1,12,2026-11-03T12:00:00Z,a,Alder,3,10,0.3,1,2,mayor,2\r\n',
    );
  });

  it('says of each station where its own page stands, and of the whole what all of them have reached', () => {
    const behind = { ...standing, version: 7, asOf: '2026-11-03T11:59:00Z' };
    const rows = [row('s1', 'S1'), row('s2', 'S2', { standing: behind })];
    const standings = rows.map((one) => one.standing);
    const table = shown({
      region: { id: 'alder', name: 'Alder' },
      standing: earliestOf(standings, standing),
      rows,
    });
    expect(
      parse<Record<string, string>>(toCsv(table), { columns: true }).map(({ version, as_of }) => [
        version,
        as_of,
      ]),
    ).toEqual([
      ['12', standing.asOf],
      ['7', behind.asOf],
    ]);
    expect(JSON.parse(toJson(table))).toMatchObject({
      version: 7,
      asOf: behind.asOf,
      stations: [
        { station: 's1', version: 12, asOf: standing.asOf },
        { station: 's2', version: 7, asOf: behind.asOf },
      ],
    });
    expect(fileNameOf(table, 'csv')).toBe('demo-alder-mayor-7.csv');
    expect(earliestOf([], standing)).toBe(standing);
  });

  it('keeps names whole whatever is in them, and no name becomes a formula', () => {
    const names = [
      'Comma, Inc',
      'Quote "x"',
      '=HYPERLINK("http://x")',
      '+1',
      '-1',
      '@x',
      '＝1',
      "'",
      'ü',
      '|x',
      '%x',
    ];
    const rows = names.map((name, n) => row(`r${n}`, name));
    const parsed = parse<{ name: string }>(toCsv(shown({ rows })), { columns: true });
    expect(parsed.map(({ name }) => name)).toEqual([
      'Comma, Inc',
      'Quote "x"',
      '\'=HYPERLINK("http://x")',
      "'+1",
      "'-1",
      "'@x",
      "'＝1",
      "'",
      'ü',
      "'|x",
      "'%x",
    ]);
  });

  it('leaves cells empty where nothing is known, and columns out that stations do not have', () => {
    const csv = toCsv(
      shown({ region: { id: 'alder', name: 'Alder' }, rows: [row('s', 'S')], contest: null, choices: [] }),
    );
    expect(parse(csv, { columns: true })).toEqual([
      expect.objectContaining({
        station: 's',
        ballots: '0',
        registered_voters: '',
        turnout: '',
        contest: '',
      }),
    ]);
    expect(csv).not.toContain('stations_reporting');
  });

  it('is the same as JSON, with names', () => {
    expect(JSON.parse(toJson(shown()))).toMatchObject({
      election: 'demo',
      version: 12,
      region: null,
      contest: { contest: 'mayor', name: 'Mayor' },
      regions: [
        {
          region: 'a',
          ballots: 3,
          stations: { total: 2, reporting: 1 },
          choices: [{ choice: 'ada', name: 'Ada', votes: 2 }],
        },
      ],
    });
  });

  it('is named after what it holds', () => {
    expect(fileNameOf(shown(), 'csv')).toBe('demo-regions-mayor-12.csv');
    const alder = { id: 'alder', name: 'Alder' };
    expect(fileNameOf(shown({ region: alder, contest: null }), 'json')).toBe('demo-alder-12.json');
  });
});
