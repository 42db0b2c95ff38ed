import type pg from 'pg';
import type { RegionId } from '../../../schema/wire/ids.ts';
import type { RollNumber } from '../../../schema/wire/passes.ts';
import { attemptWindowSeconds } from '../../core/pass-issue.ts';
import type { VoterRoll } from '../../core/ports.ts';
import type { RollEntry } from '../../core/voter-roll.ts';
import { toPortError } from './errors.ts';

interface EntryRow {
  readonly roll_number: RollNumber;
  readonly region: RegionId;
  readonly code_hash: Buffer | null;
}

const toEntry = (row: EntryRow | undefined): RollEntry | null =>
  row === undefined ? null : { rollNumber: row.roll_number, region: row.region, codeHash: row.code_hash };

/** How often an instance forgets attempts that count no more, and how many at once. */
const forgetEveryMs = 60_000;
const forgottenMax = 5_000;

/**
 * The voter roll in PostgreSQL, a database of its own; logs in as `issuer`.
 * @param monotonicMs for the pauses between forgetting and forgetting only: attempts are counted by the database's clock
 */
export function createVoterRoll(pool: pg.Pool, monotonicMs = () => performance.now()): VoterRoll {
  let forgetAtMs = monotonicMs() + forgetEveryMs;

  async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await pool.query<Row>(text, values)).rows;
    } catch (error) {
      throw toPortError(error);
    }
  }

  /** Whoever counts attempts also forgets old ones: guessing makes the rows, so it is guessing that pays for taking them away. */
  async function forgetOldAttempts(): Promise<void> {
    if (monotonicMs() < forgetAtMs) return;
    forgetAtMs = monotonicMs() + forgetEveryMs;
    // Rows that somebody counts in at this moment are not old.
    const forget = query(
      `delete from identity_attempt where ctid = any (array(
         select ctid from identity_attempt where since < clock_timestamp() - make_interval(secs => $1)
         limit $2 for update skip locked))`,
      [attemptWindowSeconds, forgottenMax],
    );
    // No reason to send a voter away: somebody does it within a minute.
    await forget.catch(() => {});
  }

  return {
    async find(election, rollNumber) {
      const [row] = await query<EntryRow>(
        `select r.roll_number, r.region, r.code_hash
         from voter_roll r join election e using (election_no)
         where e.election = $1 and r.roll_number = $2`,
        [election, rollNumber],
      );
      return toEntry(row);
    },

    async findSubject(election, subjectKey) {
      const [row] = await query<EntryRow>(
        `select r.roll_number, r.region, r.code_hash
         from voter_subject s
         join election e using (election_no)
         join voter_roll r on r.election_no = s.election_no and r.roll_number = s.roll_number
         where e.election = $1 and s.subject_key = $2`,
        [election, subjectKey],
      );
      return toEntry(row);
    },

    async countAttempt(election, rollNumber) {
      // By the database's clock: one for all instances.
      const [row] = await query<{ attempts: number; seconds_left: number }>(
        `insert into identity_attempt as a (election_no, roll_number, attempts, since)
         select election_no, $2, 1, clock_timestamp() from election where election = $1
         on conflict (election_no, roll_number) do update set
           attempts = case when a.since < clock_timestamp() - make_interval(secs => $3) then 1 else a.attempts + 1 end,
           since = case when a.since < clock_timestamp() - make_interval(secs => $3) then clock_timestamp() else a.since end
         returning attempts,
           greatest(1, ceil(extract(epoch from since + make_interval(secs => $3) - clock_timestamp())))::int as seconds_left`,
        [election, rollNumber, attemptWindowSeconds],
      );
      await forgetOldAttempts();
      // No such election in the database yet: nobody is on its roll either.
      return { count: row?.attempts ?? 1, secondsLeft: row?.seconds_left ?? attemptWindowSeconds };
    },

    async forgetAttempts(election, rollNumber) {
      await query(
        `delete from identity_attempt a using election e
         where e.election_no = a.election_no and e.election = $1 and a.roll_number = $2`,
        [election, rollNumber],
      );
    },

    async claimPass(election, rollNumber, blindedSha256) {
      const values = [election, rollNumber, Buffer.from(blindedSha256)];
      const claimed = await query(
        `insert into pass_issued (election_no, roll_number, blinded_sha256)
         select election_no, $2, $3 from election where election = $1
         on conflict do nothing returning 1`,
        values,
      );
      if (claimed.length > 0) return 'first';
      // Whoever was first has committed: `on conflict` waited for it.
      const [row] = await query<{ same: boolean }>(
        `select p.blinded_sha256 = $3 as same from pass_issued p join election e using (election_no)
         where e.election = $1 and p.roll_number = $2`,
        values,
      );
      return row?.same === true ? 'repeated' : 'taken';
    },
  };
}
