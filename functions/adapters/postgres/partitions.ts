import type { Pool } from 'pg';
import type { RegionId } from '../../../schema/wire/ids.ts';
import { RefusedError } from '../../core/errors.ts';
import { isMisrouted } from './errors.ts';
import { inTransaction } from './transaction.ts';

/**
 * Makes the partitions of one day of casting for these regions, where they are missing.
 * @param day `YYYY-MM-DD`
 * @returns Tables made.
 * @throws RefusedError when ballots of that day already lie in the default partition (they count all
 *   the same), UnavailableError when a lock or the database could not be had.
 */
export async function makeBallotPartitions(
  pool: Pool,
  day: string,
  regions: readonly RegionId[],
): Promise<number> {
  const making = inTransaction(pool, 'begin', async (client) => {
    const { rows } = await client.query<{ made: number }>({
      text: 'select make_ballot_partitions($1::date, $2::text[]) as made',
      values: [day, regions],
    });
    return rows[0]?.made ?? 0;
  });
  return making.catch((error: Error) => {
    // To a writer a passing thing, here for good: the rows in the default partition stay where they are.
    throw isMisrouted(error.cause) ? new RefusedError('23514', error.cause) : error;
  });
}

/** Ballots whose day or region nobody foresaw. Anything above 0 wants a person's look. */
export async function countBallotsInDefaultPartitions(pool: Pool): Promise<number> {
  return inTransaction(pool, 'begin', async (client) => {
    const { rows } = await client.query<{ ballots: string }>(
      'select coalesce(sum(ballots), 0) as ballots from ballots_in_default_partitions()',
    );
    return Number(rows[0]?.ballots ?? 0);
  });
}
