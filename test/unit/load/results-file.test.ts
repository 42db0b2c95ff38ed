import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ResultsFile, readResultsFile } from '../../../load/replay/results-file.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ballotstream-results-file-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
function write(content: string | Buffer): string {
  files += 1;
  const path = join(directory, `${files}.csv`);
  writeFileSync(path, content);
  return path;
}

const read = (content: string | Buffer, offices: string[] | null = null): Promise<ResultsFile> =>
  readResultsFile(write(content), { offices });

/** `county/precinct office/district candidate/party votes`, sorted. */
function flatten(file: ResultsFile): string[] {
  return file.precincts
    .flatMap((precinct) =>
      [...precinct.votes].flatMap(([contestNo, votes]) =>
        [...votes].map(([choiceNo, count]) => {
          const contest = file.contests[contestNo];
          const choice = contest?.choices[choiceNo];
          return `${precinct.county}/${precinct.name} ${contest?.office}/${contest?.district} ${choice?.name}/${choice?.party} ${count}`;
        }),
      ),
    )
    .sort();
}

const noteOf = (file: ResultsFile, start: string) => file.notes.find((note) => note.what.startsWith(start));

describe('readResultsFile', () => {
  it('reads columns in any order and case, with names of other states', async () => {
    const expected = ['Kent/P1 Mayor/ Ann/DEM 12', 'Kent/P1 Mayor/ Bob/REP 3'];
    expect(
      flatten(
        await read(
          'county,precinct,office,district,party,candidate,votes\nKent,P1,Mayor,,DEM,Ann,12\nKent,P1,Mayor,,REP,Bob,3\n',
        ),
      ),
    ).toEqual(expected);
    expect(
      flatten(
        await read(
          'VOTES,Candidate,Party,District,Office,Precinct,County\n12,Ann,DEM,,Mayor,P1,Kent\n3,Bob,REP,,Mayor,P1,Kent\n',
        ),
      ),
    ).toEqual(expected);
    expect(
      flatten(
        await read(
          'Total Votes,candidate_name,PARTY_CODE,contest,precinct_name,County Name\n12,Ann,DEM,Mayor,P1,Kent\n3,Bob,REP,Mayor,P1,Kent\n',
        ),
      ),
    ).toEqual(expected);
  });

  it('reads a byte order mark, CRLF, quoted names with commas and nicknames in quotes', async () => {
    const file = await read(
      '\uFEFFprecinct,office,candidate,votes\r\n"Ward 1, North",Mayor,"Smith, Jr., Al ""Ace""",7\r\nWard 2,Mayor,Roque "Rocky" De La Fuente,1\r\n',
    );
    expect(flatten(file)).toEqual([
      '/Ward 1, North Mayor/ Smith, Jr., Al "Ace"/ 7',
      '/Ward 2 Mayor/ Roque "Rocky" De La Fuente/ 1',
    ]);
  });

  it('reads Windows-1252 where a file is not UTF-8', async () => {
    const file = await read(Buffer.from('precinct,office,candidate,votes\nP1,Mayor,Jos\u00E9,7\n', 'latin1'));
    expect(flatten(file)).toEqual(['/P1 Mayor/ José/ 7']);
  });

  it('reads thousands separators and what a spreadsheet makes of whole numbers', async () => {
    const file = await read(
      'precinct,office,candidate,votes\nP1,Mayor,A,"1,234"\nP1,Mayor,B,"12,345,678"\nP1,Mayor,C,551.0\nP1,Mayor,D, 17 \nP1,Mayor,E,1 234\n',
    );
    expect(flatten(file).map((line) => line.split(' ').at(-1))).toEqual([
      '1234',
      '12345678',
      '551',
      '17',
      '1234',
    ]);
  });

  it('skips votes that are no number and says so with a line', async () => {
    const file = await read(
      'precinct,office,candidate,votes\nP1,Mayor,A,1\nP1,Mayor,B,\nP1,Mayor,C,-\nP1,Mayor,D,*\nP1,Mayor,E,-5\nP1,Mayor,F,"1,23"\nP1,Mayor,G,1.5\nP1,Mayor,H,99999999999\n',
    );
    expect(flatten(file)).toEqual(['/P1 Mayor/ A/ 1']);
    expect(noteOf(file, 'blank votes')).toMatchObject({ rows: 1, exampleLine: 3, example: 'P1,Mayor,B,' });
    expect(noteOf(file, 'votes that are no number')).toMatchObject({ rows: 6, exampleLine: 4 });
  });

  it('skips rows that are no candidate, by office or by candidate, in any spelling', async () => {
    const names = [
      'Registered Voters',
      'REGISTERED VOTERS - DEM',
      'Ballots Cast',
      'ballots_cast',
      'Ballots Cast - Blank',
      'Total Ballots Cast',
      'Cards Cast',
      'Times Cast',
      'Over Votes',
      'OVERVOTES',
      'Overvote',
      'Under Votes',
      'undervotes',
      'Under-Votes',
      'Over/Under Votes',
      'Total',
      'Totals',
      'Total Votes',
      'Total Votes Cast',
      'Contest Total',
      'Blank',
      'BLANKS',
      'Blank Votes',
      'Voter Turnout',
      'Turnout %',
      'Precincts Reporting',
      'Number of Precincts',
    ];
    const rows = names.flatMap((name) => [`P1,${name},,9`, `P1,Mayor,${name},9`]);
    const file = await read(['precinct,office,candidate,votes', ...rows, 'P1,Mayor,Ann,4'].join('\n'));
    expect(flatten(file)).toEqual(['/P1 Mayor/ Ann/ 4']);
    expect(file.notes.reduce((sum, note) => sum + note.rows, 0)).toBe(rows.length);
  });

  it('counts write-ins and people whose names begin like a pseudo candidate', async () => {
    const names = [
      'Write-In',
      'WRITE-INS',
      'Write-in Totals',
      'Scattering',
      'None of these candidates',
      'Pat Blank',
      'Blankenship',
      'Overton',
      'Total Recall',
      'Yes',
    ];
    const file = await read(
      ['precinct,office,candidate,votes', ...names.map((name) => `P1,Mayor,${name},2`)].join('\n'),
    );
    expect(file.contests[0]?.choices.map((choice) => choice.name)).toEqual(names);
    expect(file.notes).toEqual([]);
  });

  it('skips totals of several precincts and rows without a precinct', async () => {
    const file = await read(
      'county,precinct,office,candidate,votes\nKent,P1,Mayor,Ann,4\nKent,Total,Mayor,Ann,4\nKent,TOTALS,Mayor,Ann,4\nKent,Kent County Total,Mayor,Ann,4\nTotals,P9,Mayor,Ann,4\nKent,,Mayor,Ann,4\n',
    );
    expect(flatten(file)).toEqual(['Kent/P1 Mayor/ Ann/ 4']);
    expect(noteOf(file, 'totals of several precincts')).toMatchObject({ rows: 4, votes: 16 });
    expect(noteOf(file, 'no precinct')).toMatchObject({ rows: 1 });
  });

  it('adds up the same row, whatever its case and spaces, and keeps equal precincts of two counties apart', async () => {
    const file = await read(
      'county,precinct,office,district,candidate,party,votes\nKent,P1,U.S. House,1,Ann,DEM,4\nKent,P1,U.S. HOUSE,01,ANN ,DEM,5\nKent, P1,U.S.  House,1.0,Ann,DEM,6\nYork,P1,U.S. House,2,Ann,DEM,7\n',
    );
    expect(flatten(file)).toEqual(['Kent/P1 U.S. House/1 Ann/DEM 15', 'York/P1 U.S. House/2 Ann/DEM 7']);
    expect(noteOf(file, 'the same row again')).toMatchObject({ rows: 2, votes: 11, exampleLine: 3 });
  });

  it('adds up votes by mode only where there is no total', async () => {
    const file = await read(
      'precinct,office,candidate,election_day,absentee,votes\nP1,Mayor,A,5,2,7\nP1,Mayor,B,5,2,\nP1,Mayor,C,,,\nP1,Mayor,D,5,*,\n',
    );
    expect(flatten(file)).toEqual(['/P1 Mayor/ A/ 7', '/P1 Mayor/ B/ 7']);
    expect(noteOf(file, 'no total')).toMatchObject({ rows: 1, exampleLine: 3 });
    expect(noteOf(file, 'blank votes')).toMatchObject({ rows: 2 });
    expect(
      flatten(
        await read('precinct,office,candidate,election_day,early_voting,percent_mail\nP1,Mayor,A,5,2,99\n'),
      ),
    ).toEqual(['/P1 Mayor/ A/ 7']);
  });

  it('reports ragged lines by number and takes empty cells at the end', async () => {
    const file = await read(
      'precinct,office,candidate,votes\nP1,Mayor,Ann,4,,\nP1,Mayor,Smith, Al,4\nP1,Mayor\n\n,,,\nP1,Mayor,Bob,5\n',
    );
    expect(flatten(file)).toEqual(['/P1 Mayor/ Ann/ 4', '/P1 Mayor/ Bob/ 5']);
    expect(noteOf(file, 'ragged')).toMatchObject({ rows: 2, exampleLine: 3 });
  });

  it('takes the number of registered voters of all parties for the turnout', async () => {
    const file = await read(
      'precinct,office,candidate,votes\nP1,Registered Voters,,"1,200"\nP1,Registered Voters,Total,1100\nP1,Registered Voters - DEM,,9000\nP1,Mayor,Ann,4\nP2,Registered Voters,,10\n',
    );
    expect(file.precincts).toMatchObject([{ name: 'P1', registeredVoters: 1200 }]);
  });

  it('keeps only the offices asked for, in any case, and names those there are when one is missing', async () => {
    const content =
      'precinct,office,candidate,votes\nP1,President,Ann,4\nP1,"Judge, Superior Court",Bob,5\nP1,Mayor,Cy,6\n';
    expect(flatten(await read(content, ['PRESIDENT', 'judge, superior court']))).toEqual([
      '/P1 Judge, Superior Court/ Bob/ 5',
      '/P1 President/ Ann/ 4',
    ]);
    await expect(read(content, ['Governor'])).rejects.toThrow(
      'no office called Governor; it has: President, Judge, Superior Court, Mayor',
    );
  });

  it('puts town and ward before the precinct where the county is the region', async () => {
    const file = await read(
      'county,town,ward,precinct,office,candidate,votes\nKent,Dover,W2,1,Mayor,Ann,4\nKent,Essex,,1,Mayor,Ann,5\n',
    );
    expect(flatten(file)).toEqual(['Kent/Dover W2 1 Mayor/ Ann/ 4', 'Kent/Essex 1 Mayor/ Ann/ 5']);
    expect(flatten(await read('town,precinct,office,candidate,votes\nDover,1,Mayor,Ann,4\n'))).toEqual([
      'Dover/1 Mayor/ Ann/ 4',
    ]);
  });

  it.each([
    [
      'a file without the columns',
      'a,b\n1,2\n',
      'no column for precinct, office, candidate, votes; its header has: a, b',
    ],
    [
      'a file without votes',
      'precinct,office,candidate\nP1,Mayor,Ann\n',
      'no column for votes; its header has: precinct, office, candidate',
    ],
    ['an empty file', '', 'is empty'],
    ['a header alone', 'precinct,office,candidate,votes\n', 'no row with votes'],
    ['binary', Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff, 0xfe, 10, 1, 2]), 'no column for precinct'],
    [
      'a quote that is never closed',
      `precinct,office,candidate,votes\nP1,Mayor,"Ann,4\n${'P1,Mayor,Bob,4\n'.repeat(10)}`,
      'is no CSV file',
    ],
    [
      'an endless line',
      `precinct,office,candidate,votes\n${'x'.repeat(70_000)}`,
      'a line is longer than 65536 bytes',
    ],
  ])('refuses %s with one line', async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      name: 'ReplayError',
      message: expect.stringContaining(message),
    });
    await expect(read(content)).rejects.not.toThrow(/\n/);
  });

  it('refuses a path that is no readable file with one line', async () => {
    await expect(readResultsFile(join(directory, 'none.csv'), { offices: null })).rejects.toMatchObject({
      name: 'ReplayError',
      message: expect.stringMatching(/^there is no file /),
    });
    await expect(readResultsFile(directory, { offices: null })).rejects.toMatchObject({
      name: 'ReplayError',
      message: expect.stringMatching(/is a directory/),
    });
  });

  it('reads the sample, which has every oddity, and says all that it skips', async () => {
    const file = await readResultsFile(
      new URL('../../../load/sample/three-counties.csv', import.meta.url).pathname,
      { offices: null },
    );
    expect(file.precincts).toHaveLength(12);
    expect(file.contests.map((contest) => `${contest.office} ${contest.district}`.trim())).toEqual([
      'President',
      'U.S. Senate',
      'U.S. House 1',
      'School Committee',
      'U.S. House 2',
      'Question 1',
    ]);
    const kinds = file.notes.map((note) => note.what.split(/[,;:]/)[0]).sort();
    expect(kinds).toEqual([
      'ballots cast',
      'blank votes',
      'no total',
      'over votes',
      'ragged',
      'registered voters',
      'the same row again',
      'totals',
      'totals of several precincts',
      'under votes',
      'votes that are no number',
    ]);
  });
});
