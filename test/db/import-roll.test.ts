import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodeKind, createCodeHasher } from '../../functions/adapters/access-code.ts';
import {
  type ImportReport,
  importRoll,
  RollError,
  type RollLine,
} from '../../functions/adapters/postgres/import-roll.ts';
import { readRoll } from '../../lib/admin/read-roll.ts';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';

const database = useDatabase('roll');
const provider = {
  issuer: 'https://id.example.org',
  audience: 'ballotstream',
  jwksUri: 'https://id.example.org/jwks.json',
};
const codes = createCodeHasher(randomBytes(32));
let directory: string;
let registrar: pg.Client;
let admin: pg.Client;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ballotstream-roll-'));
  registrar = new pg.Client({ connectionString: database().urlFor('registrar') });
  admin = new pg.Client({ connectionString: database().url });
  await Promise.all([registrar.connect(), admin.connect()]);
});
afterAll(async () => {
  await Promise.all([registrar.end(), admin.end()]);
  rmSync(directory, { recursive: true, force: true });
});

let rolls = 0;
/** A roll of its own for each test; 16 letters of a code hold 80 bits. */
function openRoll(kind: CodeKind = 'random') {
  rolls += 1;
  const id = `roll-${rolls}` as ElectionId;
  const election = testElection({ identification: { accessCodes: kind, providers: [provider] } });
  const bring = async (content: string | Buffer, replace = false): Promise<ImportReport> => {
    const file = join(directory, 'roll.csv');
    writeFileSync(file, content);
    return importRoll(registrar, id, readRoll({ file, election, codes, onProgress: () => {} }), { replace });
  };
  return {
    id,
    bring,
    /** With the header. */
    lines: (...lines: string[]) =>
      bring(`roll_number,region,access_code,oidc_subject\n${lines.join('\n')}\n`),
    /** What is wrong, line by line; an empty list: nothing. Nothing may have been imported then. */
    async mistakes(content: string | Buffer): Promise<readonly string[]> {
      const before = await this.voters();
      try {
        await bring(content);
        return [];
      } catch (error) {
        if (!(error instanceof RollError)) throw error;
        expect(await this.voters()).toEqual(before);
        return error.mistakes;
      }
    },
    async voters(): Promise<
      { roll_number: string; region: string; code: string | null; subject: string | null }[]
    > {
      const { rows } = await admin.query(
        `select r.roll_number, r.region, encode(r.code_hash, 'hex') as code, s.subject_key as subject
         from election e join voter_roll r using (election_no) left join voter_subject s using (election_no, roll_number)
         where election = $1 order by 1`,
        [id],
      );
      return rows;
    },
  };
}

const header = 'roll_number,region,access_code,oidc_subject';
const code = (letter: string): string => letter.repeat(16);

describe('a roll that is imported', () => {
  it.each<CodeKind>(['random', 'chosen'])('again changes nothing (%s codes)', async (kind) => {
    const roll = openRoll(kind);
    const lines = [`A-1,north,${code('A')},`, 'A-2,south,,subject-2', `A-3,north,${code('C')},subject-3`];
    expect(await roll.lines(...lines)).toEqual({ added: 3, replaced: 0, known: 0, total: 3 });
    const before = await roll.voters();
    expect(await roll.lines(...lines.toReversed())).toEqual({ added: 0, replaced: 0, known: 3, total: 3 });
    expect(await roll.voters()).toEqual(before);
    expect(await roll.lines(...lines, `A-4,north,${code('D')},`)).toEqual({
      added: 1,
      replaced: 0,
      known: 3,
      total: 4,
    });
  });

  it.each<CodeKind>(['random', 'chosen'])(
    'is compared with what is on it, and told apart (%s codes)',
    async (kind) => {
      const roll = openRoll(kind);
      await roll.lines(`A-1,north,${code('A')},`, 'A-2,south,,two', `A-3,north,${code('C')},three`);
      const changed = [
        `A-1,north,${code('B')},one`,
        `A-2,south,${code('D')},other`,
        `A-3,south,,`.replace(/,$/, ',three'),
      ].join('\n');
      expect(await roll.mistakes(`${header}\n${changed}\n`)).toEqual([
        'line 4: roll number A-3 is on the roll with region north',
      ]);
      expect(await roll.mistakes(`${header}\n${changed.replace('A-3,south', 'A-3,north')}\n`)).toEqual([
        'line 2: roll number A-1 is on the roll with another access code',
        'line 2: roll number A-1 is on the roll without an identity',
        'line 3: roll number A-2 is on the roll with another identity',
        'line 3: roll number A-2 is on the roll without an access code',
        'line 4: roll number A-3 is on the roll with an access code, which is missing here',
        'to have the file take the place of the roll: --replace',
      ]);
      expect(await roll.mistakes(`${header}\nA-1,north,,three\n`)).toEqual([
        'line 2: the identity is on the roll as A-3',
      ]);
    },
  );

  it('takes the place of what is on it where it is told to, and of nothing else', async () => {
    const roll = openRoll();
    await roll.lines(`A-1,north,${code('A')},`, `A-2,south,${code('B')},two`, `A-3,north,${code('C')},three`);
    const before = await roll.voters();
    const file = `${header}\nA-1,north,${code('X')},\nA-2,south,${code('B')},zwei\nA-4,north,,four\n`;
    expect(await roll.bring(file, true)).toEqual({ added: 1, replaced: 2, known: 0, total: 4 });
    const after = await roll.voters();
    expect(after.map((voter) => voter.roll_number)).toEqual(['A-1', 'A-2', 'A-3', 'A-4']);
    expect(after[0]?.code).not.toBe(before[0]?.code);
    expect(after[1]?.code).toBe(before[1]?.code);
    expect(after[1]?.subject).not.toBe(before[1]?.subject);
    expect(after[2]).toEqual(before[2]);
    expect(await roll.bring(file, true)).toEqual({ added: 0, replaced: 0, known: 3, total: 4 });
    const wrongRegion = `${header}\nA-1,south,${code('X')},\n`;
    await expect(roll.bring(wrongRegion, true)).rejects.toThrow('with region north');
  });

  it('may be written by any spreadsheet: a mark at its beginning, other line ends, quotation marks, blank lines', async () => {
    const one = `A-1,north,${code('A')},\r\n\r\n"A-2",south,"${code('B')}",\r\n`;
    for (const content of [
      `\ufeff${header}\r\n${one}`,
      `${header}\n${one}`,
      `${header}\r${one.replaceAll('\r\n', '\r')}`,
    ])
      expect(await openRoll().bring(content)).toMatchObject({ added: 2 });
  });
});

describe('a roll that is no roll', () => {
  it('has no voters, or no header', async () => {
    const nobody = expect.stringContaining('no voters in it');
    expect(await openRoll().mistakes('')).toEqual([nobody]);
    expect(await openRoll().mistakes(`${header}\n`)).toEqual([nobody]);
    expect(await openRoll().mistakes(`A-1,north,${code('A')},\n`)).toEqual([
      expect.stringMatching(/^line 1: the header is/),
    ]);
  });

  it('names a column twice, one that there is not, or lacks one', async () => {
    expect(await openRoll().mistakes('roll_number,access_code,access_code,address\n')).toEqual([
      expect.stringMatching(
        /^line 1: the header is .*; missing: region; unknown: address; twice: access_code$/,
      ),
    ]);
  });

  it('is not UTF-8: the line is named, since a code with characters that cannot be read would be another code', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `A-${index},north,${code('A')},ü\n`);
    const bytes = Buffer.from(`${header}\n${lines.join('')}`);
    const at = bytes.indexOf('A-4321,') + 'A-4321,north,'.length;
    bytes[at] = 0xe4;
    expect(await openRoll().mistakes(bytes)).toEqual(['line 4323: not UTF-8; save the file as UTF-8']);
    expect(await openRoll().mistakes(Buffer.from(`${header}\nA-1,north,,x`, 'utf16le'))).toHaveLength(1);
  });

  it('has mistakes of several kinds: all are named by line, and no code is quoted', async () => {
    const content = `${header}
A-1,north,${code('A')},
A 2,north,${code('B')},
A-3,nowhere,${code('C')},
A-4,north,,
A-5,north
A-6,north,SECRET"SECRET,
A-7,north,${'S'.repeat(300)},
A-8,north,"${code('S')}"SECRET,
A-9,north
`;
    const mistakes = await openRoll().mistakes(content);
    expect(mistakes.map((mistake) => mistake.replace(/:.*/, ''))).toEqual(
      [3, 4, 5, 6, 7, 8, 9].map((line) => `line ${line}`),
    );
    expect(mistakes.join()).not.toMatch(/SECRET|SSS/);
  });

  it('says two things of one number or one identity', async () => {
    expect(
      await openRoll().mistakes(`${header}\nA-1,north,,x\nA-2,north,,y\nA-1,north,,z\nA-3,north,,y\n`),
    ).toEqual([
      'line 4: roll number A-1 stands on line 2 already',
      'line 5: the same identity stands on line 3 already',
    ]);
  });

  it('has a line without an end', async () => {
    const roll = openRoll();
    expect(await roll.mistakes(`${header}\n${'A'.repeat(1_000_000)}`)).toEqual([
      expect.stringMatching(/^line 2: longer than/),
    ]);
  });

  it('is never half imported, wherever the mistake stands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.nat(), async (voters, at) => {
        const lines = Array.from({ length: voters }, (_, index) => `A-${index},north,${code('A')},\n`);
        lines.splice(at % (voters + 1), 0, `B-1,nowhere,${code('B')},\n`);
        expect(await openRoll().mistakes(`${header}\n${lines.join('')}`)).toEqual([
          `line ${(at % (voters + 1)) + 2}: there is no region nowhere`,
        ]);
      }),
      { numRuns: 20 },
    );
  });
});

it('takes rolls of more lines than one statement has, in order and whole', async () => {
  const voters = 250_001;
  async function* make(): AsyncGenerator<RollLine> {
    for (let line = 0; line < voters; line += 1)
      yield { line, rollNumber: `N-${line}`, region: 'north', codeHash: null, subjectKey: null };
  }
  const roll = openRoll();
  expect(await importRoll(registrar, roll.id, make())).toMatchObject({ added: voters, total: voters });
});

it('ends the file’s reading when the database refuses', async () => {
  let ended = false;
  async function* make(): AsyncGenerator<RollLine> {
    try {
      for (let line = 0; ; line += 1)
        yield { line, rollNumber: 'N-1', region: 'north', codeHash: null, subjectKey: 'no uuid' };
    } finally {
      ended = true;
    }
  }
  await expect(importRoll(registrar, openRoll().id, make())).rejects.toThrow('uuid');
  expect(ended).toBe(true);
  expect((await registrar.query('select 1 as alive')).rows).toEqual([{ alive: 1 }]);
});
