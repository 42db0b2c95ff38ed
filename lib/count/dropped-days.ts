import type { ClientBase } from 'pg';
import { CountError } from './count-error.ts';

/** Archived ballots of an election whose table was dropped: they are in their file alone. */
export interface DroppedDay {
  readonly election: string;
  readonly electionNo: number;
  /** `2026-11-03` */
  readonly day: string;
  readonly ballots: number;
  /** Where it was written to, on the machine of whoever archived it. */
  readonly file: string;
}

/** A day of an election, as a key of sets. */
export const dayKey = ({ electionNo, day }: { readonly electionNo: number; readonly day: string }): string =>
  `${day}|${electionNo}`;

/** @param electionNo of one election; default: of all */
export async function listDroppedDays(client: ClientBase, electionNo?: number): Promise<DroppedDay[]> {
  const { rows } = await client.query<Omit<DroppedDay, 'ballots'> & { ballots: string }>(
    `select e.election, election_no as "electionNo", to_char(d.cast_on, 'YYYY-MM-DD') as day, d.ballots, d.file
      from ballot_archive_dropped d join election e using (election_no)
      where $1::integer is null or election_no = $1 order by e.election, d.cast_on`,
    [electionNo ?? null],
  );
  return rows.map((row) => ({ ...row, ballots: Number(row.ballots) }));
}

/** @throws CountError `ballots-in-files`: what is not there would be counted as missing, or not at all */
export async function refuseDroppedDays(client: ClientBase, electionNo: number): Promise<void> {
  const dropped = await listDroppedDays(client, electionNo);
  if (dropped.length === 0) return;
  const days = dropped.map(({ day, ballots, file }) => `${ballots} ballots of ${day} in ${file}`);
  throw new CountError(
    'ballots-in-files',
    `archived days were dropped, and their ballots are in files alone: ${days.join(', ')}. Put them back first (README, "Old days")`,
  );
}
