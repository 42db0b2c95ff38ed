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
  /** Voters whose access code or identity is another one now. */
  readonly replaced: number;
  /** Voters that were on the roll, just so. */
  readonly known: number;
  /** Voters on the roll of this election now. */
  readonly total: number;
}

export interface ImportOptions {
  /**
   * What a line says of a voter's access code and identity takes the place of what the roll has; otherwise a
   * difference is a mistake. The region of a voter stays in any case: a pass may have been issued for it.
   */
  readonly replace: boolean;
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
/** Lines of one COPY: slow hashes make 50 a second, and no statement should have to run for days. */
const pieceLines = 100_000;

/**
 * Puts voters on the roll of an election, all of them or none: a transaction, through a table of its own that
 * ends with it. Memory stays flat, whatever the size. Importing the same again changes nothing. Throws
 * RollError for what contradicts itself or the roll, and what the database throws.
 *
 * @param client of the roll's database, logged in as `registrar`; not behind a proxy that shares connections
 */
export async function importRoll(
  client: pg.ClientBase,
  election: ElectionId,
  lines: AsyncIterable<RollLine>,
  { replace }: ImportOptions = { replace: false },
): Promise<ImportReport> {
  await client.query('begin');
  try {
    const electionNo = await numberElection(client, election);
    await client.query(`create temporary table staged (
      line integer, roll_number text, region text, code_hash bytea, subject_key uuid) on commit drop`);
    await stage(client, lines);
    await client.query('analyze staged');
    await refuse(client, electionNo, contradictions);
    if (!replace) await refuse(client, electionNo, differences);
    const report = await addVoters(client, electionNo);
    await client.query('commit');
    return report;
  } catch (error) {
    // Of no use on a connection that broke, where nothing was committed either.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function numberElection(client: pg.ClientBase, election: ElectionId): Promise<number> {
  await client.query('insert into election (election) values ($1) on conflict do nothing', [election]);
  const { rows } = await client.query<{ election_no: number }>(
    'select election_no from election where election = $1',
    [election],
  );
  const electionNo = rows[0]?.election_no;
  if (electionNo === undefined) throw new Error('an election that was just inserted is not there');
  return electionNo;
}

async function stage(client: pg.ClientBase, lines: AsyncIterable<RollLine>): Promise<void> {
  const rest = lines[Symbol.asyncIterator]();
  let isDone = false;
  async function* takePiece(): AsyncGenerator<RollLine> {
    for (let taken = 0; taken < pieceLines; taken += 1) {
      const next = await rest.next();
      isDone = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  }
  try {
    while (!isDone)
      await pipeline(Readable.from(encode(takePiece())), client.query(copyFrom('copy staged from stdin')));
  } finally {
    await rest.return?.();
  }
}

/** COPY's text format, many lines a chunk. Nothing in a line needs escaping: its parts were checked. */
async function* encode(lines: AsyncIterable<RollLine>): AsyncGenerator<string> {
  let chunk = '';
  for await (const { line, rollNumber, region, codeHash, subjectKey } of lines) {
    const hash = codeHash === null ? '\\N' : `\\\\x${codeHash.toString('hex')}`;
    chunk += `${line}\t${rollNumber}\t${region}\t${hash}\t${subjectKey ?? '\\N'}\n`;
    if (chunk.length > 64 * 1024) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

/** What can never be: a file that says two things, an identity of two voters, a voter in two regions. */
const contradictions = `
  select line, format('roll number %s stands on line %s already', roll_number, first) as mistake
    from (select line, roll_number, min(line) over (partition by roll_number) as first from staged) s where line > first
  union all
  select line, format('the same identity stands on line %s already', first)
    from (select line, subject_key, min(line) over (partition by subject_key) as first from staged
      where subject_key is not null) s where line > first
  union all
  select s.line, format('roll number %s is on the roll with region %s', s.roll_number, r.region)
    from staged s join voter_roll r on r.election_no = $1 and r.roll_number = s.roll_number
    where r.region <> s.region
  union all
  select s.line, format('the identity is on the roll as %s', v.roll_number)
    from staged s join voter_subject v on v.election_no = $1 and v.subject_key = s.subject_key
    where v.roll_number <> s.roll_number`;

/** What a file may change, if it is told to. Equal codes of a voter have equal hashes, of either kind. */
const differences = `
  select s.line, format('roll number %s is on the roll %s', s.roll_number, case
      when s.code_hash is null then 'with an access code, which is missing here'
      when r.code_hash is null then 'without an access code'
      else 'with another access code' end) as mistake
    from staged s join voter_roll r on r.election_no = $1 and r.roll_number = s.roll_number
    where r.code_hash is distinct from s.code_hash
  union all
  select s.line, format('roll number %s is on the roll %s', s.roll_number, case
      when s.subject_key is null then 'with an identity, which is missing here'
      when v.subject_key is null then 'without an identity'
      else 'with another identity' end)
    from staged s
    join voter_roll r on r.election_no = $1 and r.roll_number = s.roll_number
    left join voter_subject v on v.election_no = $1 and v.roll_number = s.roll_number
    where v.subject_key is distinct from s.subject_key`;

async function refuse(client: pg.ClientBase, electionNo: number, search: string): Promise<void> {
  const { rows } = await client.query<{ line: number; mistake: string }>(
    `select * from (${search}) found order by line, mistake limit ${mistakesMax}`,
    [electionNo],
  );
  if (rows.length === 0) return;
  const mistakes = rows.map(({ line, mistake }) => `line ${line}: ${mistake}`);
  throw new RollError(
    search === differences
      ? [...mistakes, 'to have the file take the place of the roll: --replace']
      : mistakes,
  );
}

async function addVoters(client: pg.ClientBase, electionNo: number): Promise<ImportReport> {
  const { rows } = await client.query<{ staged: string; replaced: string }>(
    `select count(*) as staged, count(*) filter (where r.roll_number is not null
        and (r.code_hash is distinct from s.code_hash or v.subject_key is distinct from s.subject_key)) as replaced
      from staged s
      left join voter_roll r on r.election_no = $1 and r.roll_number = s.roll_number
      left join voter_subject v on v.election_no = $1 and v.roll_number = s.roll_number`,
    [electionNo],
  );
  const staged = Number(rows[0]?.staged ?? 0);
  const replaced = Number(rows[0]?.replaced ?? 0);
  if (replaced > 0) await replaceDifferences(client, electionNo);
  const { rowCount } = await client.query(
    `insert into voter_roll (election_no, roll_number, region, code_hash)
     select $1, roll_number, region, code_hash from staged on conflict do nothing`,
    [electionNo],
  );
  await client.query(
    `insert into voter_subject (subject_key, election_no, roll_number)
     select subject_key, $1, roll_number from staged where subject_key is not null on conflict do nothing`,
    [electionNo],
  );
  const added = rowCount ?? 0;
  const { rows: totals } = await client.query<{ total: string }>(
    'select count(*) as total from voter_roll where election_no = $1',
    [electionNo],
  );
  return { added, replaced, known: staged - added - replaced, total: Number(totals[0]?.total ?? 0) };
}

async function replaceDifferences(client: pg.ClientBase, electionNo: number): Promise<void> {
  await client.query(
    `update voter_roll r set code_hash = s.code_hash from staged s
     where r.election_no = $1 and r.roll_number = s.roll_number and r.code_hash is distinct from s.code_hash`,
    [electionNo],
  );
  await client.query(
    `delete from voter_subject v using staged s
     where v.election_no = $1 and v.roll_number = s.roll_number and v.subject_key is distinct from s.subject_key`,
    [electionNo],
  );
}
