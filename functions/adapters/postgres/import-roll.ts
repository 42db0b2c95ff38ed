import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { ElectionId } from '../../../schema/wire/ids.ts';

/** One voter as read from a file, with the line it stood on. */
export interface RollLine {
  readonly line: number;
  readonly rollNumber: string;
  readonly region: string;
  /** Null: no access code. */
  readonly codeHash: Buffer | null;
  /** Null: nobody of a provider's. */
  readonly subjectKey: string | null;
}

export interface ImportReport {
  /** Voters that were not on the roll before. */
  readonly added: number;
  /** Voters that were, just so. */
  readonly known: number;
  /** Voters on the roll of this election now. */
  readonly total: number;
}

/** What is wrong with a file; nothing of it was imported. One mistake a line, each with its number. */
export class RollError extends Error {
  readonly code = 'roll';
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(
      `${mistakes[0] ?? 'the file is not a roll'}${mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : ''}`,
    );
    this.mistakes = mistakes;
  }
}

const mistakesMax = 50;

/**
 * Puts voters on the roll of an election, all of them or none: a transaction, through a table of its own that
 * ends with it. Memory stays flat, whatever the size. Importing the same again changes nothing. Throws
 * RollError for what contradicts itself or the roll, and what the database throws.
 *
 * @param client logged in as `registrar`; not behind a proxy that shares connections
 */
export async function importRoll(
  client: pg.ClientBase,
  election: ElectionId,
  lines: AsyncIterable<RollLine>,
): Promise<ImportReport> {
  await client.query('begin');
  try {
    const electionNo = await findElection(client, election);
    await client.query(`create temporary table staged (
      line integer, roll_number text, region text, code_hash bytea, subject_key uuid) on commit drop`);
    await pipeline(Readable.from(encode(lines)), client.query(copyFrom('copy staged from stdin')));
    await client.query('analyze staged');
    await refuseContradictions(client, electionNo);
    const report = await addVoters(client, electionNo);
    await client.query('commit');
    return report;
  } catch (error) {
    // Of no use on a connection that broke, where nothing was committed either.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function findElection(client: pg.ClientBase, election: ElectionId): Promise<number> {
  const { rows } = await client.query<{ election_no: number }>(
    'select election_no from election where election = $1',
    [election],
  );
  const electionNo = rows[0]?.election_no;
  if (electionNo === undefined) {
    throw new RollError([
      `the database has no election ${election}: publish it, and wait a minute for it to be registered`,
    ]);
  }
  return electionNo;
}

/** COPY's text format, many lines a piece. Nothing in a line needs escaping: its parts were checked. */
async function* encode(lines: AsyncIterable<RollLine>): AsyncGenerator<string> {
  let piece = '';
  for await (const { line, rollNumber, region, codeHash, subjectKey } of lines) {
    const hash = codeHash === null ? '\\N' : `\\\\x${codeHash.toString('hex')}`;
    piece += `${line}\t${rollNumber}\t${region}\t${hash}\t${subjectKey ?? '\\N'}\n`;
    if (piece.length > 64 * 1024) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

async function refuseContradictions(client: pg.ClientBase, electionNo: number): Promise<void> {
  const { rows } = await client.query<{ mistake: string }>(
    `select format('line %s: roll number %s stands on line %s already', line, roll_number, first) as mistake
       from (select line, roll_number, min(line) over (partition by roll_number) as first from staged) s where line > first
     union all
     select format('line %s: the same identity stands on line %s already', line, first)
       from (select line, subject_key, min(line) over (partition by subject_key) as first from staged
         where subject_key is not null) s where line > first
     union all
     select format('line %s: roll number %s is on the roll with region %s', s.line, s.roll_number, r.region)
       from staged s join voter_roll r on r.election_no = $1 and r.roll_number = s.roll_number
       where r.region <> s.region
     union all
     select format('line %s: roll number %s is on the roll with another access code', s.line, s.roll_number)
       from staged s join voter_roll r on r.election_no = $1 and r.roll_number = s.roll_number
       -- A slow hash has a salt of its own each time: equal codes cannot be seen in it.
       where get_byte(coalesce(r.code_hash, '\\x00'), 0) = 1 and r.code_hash is distinct from s.code_hash
     union all
     select format('line %s: the identity is on the roll as %s', s.line, v.roll_number)
       from staged s join voter_subject v on v.election_no = $1 and v.subject_key = s.subject_key
       where v.roll_number <> s.roll_number
     limit ${mistakesMax}`,
    [electionNo],
  );
  if (rows.length > 0) throw new RollError(rows.map(({ mistake }) => mistake));
}

async function addVoters(client: pg.ClientBase, electionNo: number): Promise<ImportReport> {
  const { rowCount: added } = await client.query(
    `insert into voter_roll (election_no, roll_number, region, code_hash)
     select $1, roll_number, region, code_hash from staged on conflict do nothing`,
    [electionNo],
  );
  await client.query(
    `insert into voter_subject (subject_key, election_no, roll_number)
     select subject_key, $1, roll_number from staged where subject_key is not null on conflict do nothing`,
    [electionNo],
  );
  const { rows } = await client.query<{ staged: string; total: string }>(
    `select (select count(*) from staged) as staged,
       (select count(*) from voter_roll where election_no = $1) as total`,
    [electionNo],
  );
  const [counts] = rows;
  const staged = Number(counts?.staged ?? 0);
  return { added: added ?? 0, known: staged - (added ?? 0), total: Number(counts?.total ?? 0) };
}
