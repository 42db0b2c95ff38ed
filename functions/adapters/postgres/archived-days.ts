import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import {
  type ArchivedDay,
  ArchiveError,
  inGaps,
  inOwnTransaction,
  type LockPatience,
  lockPatience,
  readBack,
} from './archive-ballots.ts';

/**
 * Drops the table of an archived day, after its file has been read once more and is what was written, and the table is
 * still what is in the file: one that somebody altered is the trace of it. Until the day is put back, nobody can count
 * its elections again here.
 *
 * @param client logged in as the owner of the tables
 * @param file where it is now; default: where it was written to
 * @throws ArchiveError where there is no such day any more, the file is not what was archived or the table not what is in it
 */
export async function dropDay(
  client: pg.ClientBase,
  day: string,
  file?: string,
  patience: LockPatience = lockPatience,
): Promise<ArchivedDay> {
  const { archived, isThere } = await findArchived(client, day, file);
  if (!isThere) throw new ArchiveError(`the table of ${day} was dropped before`);
  await checkFile(archived);
  const table = `archive.${archived.table}`;
  await inOwnTransaction(client, async () => {
    // Read by whoever likes, changed by nobody until it is gone.
    await inGaps(client, table, patience, () => client.query(`lock table ${table} in share mode`));
    await refuseAltered(client, table, archived.file);
    await inGaps(client, table, patience, () => client.query(`drop table ${table}`));
  });
  return archived;
}

const columns = 'id, cast_at, cast_on, election_no, channel, region, station, lines';
const stationsNamedMax = 20;

async function refuseAltered(client: pg.ClientBase, table: string, file: string): Promise<void> {
  await client.query(
    'create temporary table archived_file (election text, like archive.ballot) on commit drop',
  );
  await copyFile(client, 'archived_file', file);
  const { rows } = await client.query<{ station: string; surplus: string; lacking: string }>(
    `with surplus as (select ${columns} from ${table} except all select ${columns} from archived_file),
        lacking as (select ${columns} from archived_file except all select ${columns} from ${table})
      select concat(region, '/', station) as station, count(*) filter (where is_surplus) as surplus,
        count(*) filter (where not is_surplus) as lacking
      from (select region, station, true as is_surplus from surplus
        union all select region, station, false from lacking) altered
      group by region, station order by region, station limit ${stationsNamedMax}`,
  );
  if (rows.length === 0) return;
  const stations = rows.map(
    (row) => `station ${row.station}: ${row.surplus} only in the table, ${row.lacking} only in the file`,
  );
  throw new ArchiveError(
    `${table} is not what was archived any more, and nothing was dropped: ${stations.join('; ')}`,
  );
}

/** @param table with a column `election` before those of a ballot */
async function copyFile(client: pg.ClientBase, table: string, file: string): Promise<void> {
  await pipeline(
    createReadStream(file),
    createGunzip(),
    client.query(copyFrom(`copy ${table} from stdin (format csv, header match)`)),
  );
}

/**
 * Puts a dropped day back from its file, as it was: counted again with the others. Nothing of it is seen before all of it is there.
 *
 * @param client logged in as the owner of the tables
 * @param file where it is now; default: where it was written to
 * @throws ArchiveError where the day is still there, the file is not what was archived, or elections have other numbers by now
 */
export async function restoreDay(client: pg.ClientBase, day: string, file?: string): Promise<ArchivedDay> {
  const { archived, isThere } = await findArchived(client, day, file);
  if (isThere) throw new ArchiveError(`the table of ${day} is still there`);
  await checkFile(archived);
  await inOwnTransaction(client, async () => {
    await fillDay(client, archived);
    await inGaps(client, archived.table, lockPatience, () =>
      client.query('select attach_archived_day($1)', [archived.table]),
    );
  });
  return archived;
}

async function findArchived(
  client: pg.ClientBase,
  day: string,
  file?: string,
): Promise<{ readonly archived: ArchivedDay; readonly isThere: boolean }> {
  const table = `ballot_${day.replaceAll('-', '')}`;
  const { rows } = await client.query<{ ballots: string; file: string; sha256: Buffer; is_there: boolean }>(
    `select sum(ballots) as ballots, file, sha256, to_regclass($2) is not null as is_there
      from ballot_archive where cast_on = $1::date group by file, sha256`,
    [day, `archive.${table}`],
  );
  const [row] = rows;
  if (row === undefined) throw new ArchiveError(`no ballots of ${day} were archived`);
  const sha256 = row.sha256.toString('hex');
  return {
    archived: { day, table, ballots: Number(row.ballots), file: file ?? row.file, sha256 },
    isThere: row.is_there,
  };
}

async function checkFile({ day, file, sha256, ballots }: ArchivedDay): Promise<void> {
  const content = await readBack(file).catch((error: unknown) => {
    throw new ArchiveError(
      `${file} cannot be read (--file says where it is now): ${error instanceof Error ? error.message : 'why?'}`,
    );
  });
  // The first line names the columns.
  if (content.sha256 !== sha256 || content.lines !== ballots + 1)
    throw new ArchiveError(`${file} is not what was archived of ${day}: its SHA-256 would be ${sha256}`);
}

async function fillDay(client: pg.ClientBase, { day, table, ballots, file }: ArchivedDay): Promise<void> {
  const name = `archive.${table}`;
  await client.query(`create table ${name} (election text, like archive.ballot including all)`);
  await copyFile(client, name, file);
  const { rows } = await client.query<{ ballots: string }>(
    `select count(*) as ballots from ${name} b join election e using (election_no, election) where b.cast_on = $1::date`,
    [day],
  );
  if (Number(rows[0]?.ballots) !== ballots)
    throw new ArchiveError(
      `${file} has ballots of other elections than this database knows by these numbers`,
    );
  await client.query(`alter table ${name} drop column election`);
  await client.query('select refuse_truncate_of($1::regclass), move_archived_day($1)', [name]);
}
