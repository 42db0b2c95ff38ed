import type { Pool } from 'pg';
import { attemptWindowSeconds } from '../../core/pass-issue.ts';

/** Attempts forgotten at once: whoever guesses numbers that nobody has leaves a row for each. */
const rowsMax = 50_000;

/** Forgets attempts that count no more. Returns how many. Throws what the database throws. */
export async function forgetOldAttempts(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from identity_attempt where (election_no, roll_number) in (
       select election_no, roll_number from identity_attempt
       where since < clock_timestamp() - make_interval(secs => $1) limit $2)`,
    [attemptWindowSeconds, rowsMax],
  );
  return rowCount ?? 0;
}
