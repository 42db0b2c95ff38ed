import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** A day's ballots, as they lie in the table. */
export interface BallotDay {
  /** `2026-11-03` */
  readonly day: string;
  readonly table: string;
}

export interface ArchivedDay extends BallotDay {
  readonly ballots: number;
  readonly file: string;
  /** Of the file's content before it was compressed, hexadecimal. */
  readonly sha256: string;
}

/** A day that cannot be archived now, with the reason. */
export class ArchiveError extends Error {
  readonly code = 'archive';
}

/** How a lock that stops everybody is asked for. Whoever comes meanwhile waits behind who asks. */
export interface LockPatience {
  /** At a time. Longer than a writer's transaction takes. */
  readonly lockMsMax: number;
  readonly attemptsMax: number;
  readonly pauseMs: number;
}

/** A twentieth of the time, and three and a half seconds in all; for longer than two of the analysts' longest statements. */
export const lockPatience: LockPatience = { lockMsMax: 250, attemptsMax: 14, pauseMs: 4_750 };

/**
 * Days of ballots that end before `before` and are not archived yet, the oldest first.
 * @throws ArchiveError where one of them is not over in every time zone: an election's days are those of its own
 */
export async function findDays(client: pg.ClientBase, before: string): Promise<BallotDay[]> {
  const { rows: clock } = await client.query<{ latest: string; is_over: boolean }>(
    `select to_char(latest, 'YYYY-MM-DD') as latest, $1::date <= latest as is_over
     from (select (clock_timestamp() at time zone interval '-12:00')::date as latest) clock`,
    [before],
  );
  if (clock[0]?.is_over !== true)
    throw new ArchiveError(
      `days before ${before} are not over everywhere: ${clock[0]?.latest} at the latest`,
    );
  const { rows } = await client.query<BallotDay>(
    `select to_char(to_date(substr(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day, c.relname as table
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'ballot'::regclass and c.relname ~ '^ballot_[0-9]{8}$'
       and to_date(substr(c.relname, 8), 'YYYYMMDD') < $1::date
     order by 1`,
    [before],
  );
  return rows;
}

/**
 * Exports a day's ballots into `<directory>/<table>.csv.gz`, reads the file back, and takes the day out of the table of ballots into the
 * schema `archive`. May be called again after it stopped anywhere.
 *
 * `detach partition concurrently` is not to be had beside a default partition (PostgreSQL, ALTER TABLE), so the lock that stops
 * everybody is asked for a moment at a time (see `LockPatience`), and held for the moment that the catalogue takes.
 *
 * @param client logged in as the owner of the tables
 * @throws ArchiveError when an election of that day is not over, its tally is not what its ballots say, or writers never leave a gap
 */
export async function archiveDay(
  client: pg.ClientBase,
  { day, table }: BallotDay,
  directory: string,
  patience: LockPatience = lockPatience,
): Promise<ArchivedDay> {
  await refuseUnfinished(client, table, day);
  const file = `${directory}/${table}.csv.gz`;
  const written = await exportTable(client, table, file);
  const read = await readBack(file);
  if (read.sha256 !== written.sha256 || read.lines !== written.lines)
    throw new ArchiveError(
      `${file} is not what was written into it: is the disk all right? Nothing was detached`,
    );
  // The first line names the columns.
  const ballots = written.lines - 1;
  const archived = { day, table, ballots, file, sha256: written.sha256 };
  await proveDay(client, archived, patience);
  await inOwnTransaction(client, async () => {
    // Only this day stands still while it is counted once more; everybody else's ballots go on.
    await inGaps(client, table, patience, () => client.query(`lock table ${quoted(table)} in share mode`));
    await noteDay(client, archived);
    await inGaps(client, table, patience, () => detach(client, archived));
  });
  return archived;
}

async function refuseUnfinished(client: pg.ClientBase, table: string, day: string): Promise<void> {
  const { rows } = await client.query<{
    election: string;
    over_at: Date;
    is_over: boolean;
    differs: boolean;
  }>(
    `select e.election, over_at, over_at < clock_timestamp() as is_over,
       exists (select from tally_difference d where d.election_no = e.election_no) as differs
     from election e cross join lateral (select e.closes_at + make_interval(secs => e.grace_seconds) as over_at) o
     where e.election_no in (select distinct election_no from ${quoted(table)})`,
  );
  for (const { election, over_at, is_over, differs } of rows) {
    if (!is_over)
      throw new ArchiveError(
        `${election} has ballots of ${day} and is not over before ${over_at.toISOString()}: votes may still arrive`,
      );
    if (differs)
      throw new ArchiveError(`the tally of ${election} is not what its ballots say: npm run recount`);
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export interface Content {
  readonly sha256: string;
  readonly lines: number;
}

async function exportTable(client: pg.ClientBase, table: string, file: string): Promise<Content> {
  const partial = `${file}.partial`;
  const content = measure();
  try {
    // In an order that says nothing of when they were cast, and that is the same at every export.
    await pipeline(
      client.query(
        copyTo(
          `copy (select e.election, b.* from ${quoted(table)} b join election e using (election_no) order by b.region, b.station, b.id)
             to stdout (format csv, header)`,
        ),
      ),
      content.stream,
      createGzip(),
      createWriteStream(partial, { flush: true }),
    );
    await rename(partial, file);
    return content.result();
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** What is in a file of an archived day. Throws what the disk and gzip do. */
export async function readBack(file: string): Promise<Content> {
  const content = measure();
  await pipeline(createReadStream(file), createGunzip(), content.stream, async (source) => {
    for await (const _ of source);
  });
  return content.result();
}

function measure() {
  const hash = createHash('sha256');
  let lines = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
      done(null, chunk);
    },
  });
  return { stream, result: (): Content => ({ sha256: hash.digest('hex'), lines }) };
}

/**
 * Within a transaction: the moment in which `work` holds a lock that stops everybody is asked for again and again, never
 * waited for.
 * @throws ArchiveError when there never is one, and what `work` throws
 */
export async function inGaps(
  client: pg.ClientBase,
  table: string,
  { lockMsMax, attemptsMax, pauseMs }: LockPatience,
  work: () => Promise<unknown>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await client.query('savepoint gap');
    try {
      await client.query(`set local lock_timeout = ${lockMsMax}`);
      await work();
      return;
    } catch (error) {
      await client.query('rollback to savepoint gap');
      if (!(error instanceof Error) || !('code' in error) || error.code !== lockNotAvailable) throw error;
      if (attempt === attemptsMax)
        throw new ArchiveError(
          `${table} could not be had in ${attemptsMax} attempts: somebody reads or writes ballots all the time (a report, a recount, an export?). Everything is as it was: try again later`,
        );
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }
}

const lockNotAvailable = '55P03';

/** Rolls back what `work` did when it throws. */
export async function inOwnTransaction(client: pg.ClientBase, work: () => Promise<unknown>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** So that attaching it to the archived days takes no look at each ballot while everybody waits. */
async function proveDay(
  client: pg.ClientBase,
  { day, table }: BallotDay,
  patience: LockPatience,
): Promise<void> {
  const { rowCount } = await client.query(
    "select from pg_constraint where conrelid = $1::regclass and conname = 'one_day' and convalidated",
    [quoted(table)],
  );
  if (rowCount !== 0) return;
  await inOwnTransaction(client, () =>
    inGaps(client, table, patience, async () => {
      await client.query(`alter table ${quoted(table)} drop constraint if exists one_day`);
      await client.query(
        `alter table ${quoted(table)} add constraint one_day
           check (cast_on >= '${day}'::date and cast_on < '${day}'::date + 1) not valid`,
      );
    }),
  );
  await client.query(`alter table ${quoted(table)} validate constraint one_day`);
}

async function noteDay(
  client: pg.ClientBase,
  { day, table, ballots, file, sha256 }: ArchivedDay,
): Promise<void> {
  const { rowCount } = await client.query(
    `insert into ballot_archive (cast_on, election_no, ballots, file, sha256)
     select $1::date, election_no, count(*), $2, $3 from ${quoted(table)} group by election_no`,
    [day, file, Buffer.from(sha256, 'hex')],
  );
  const { rows } = await client.query<{ ballots: string }>(
    'select coalesce(sum(ballots), 0) as ballots from ballot_archive where cast_on = $1::date',
    [day],
  );
  if (Number(rows[0]?.ballots) !== ballots || rowCount === null)
    throw new ArchiveError(`${table} has other ballots than were exported from it: archive it again`);
}

async function detach(client: pg.ClientBase, { table }: ArchivedDay): Promise<void> {
  // First what nobody writes to, and all that takes long; the table of ballots last: then nothing is waited for any more.
  await client.query(`lock table ${quoted(table)}, ballot_other in access exclusive mode`);
  await client.query('select move_archived_day($1)', [quoted(table)]);
  await client.query('lock table only ballot in access exclusive mode');
  await client.query(`alter table ballot detach partition archive.${quoted(table)}`);
  await client.query('select attach_archived_day($1)', [table]);
}
