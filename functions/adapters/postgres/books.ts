import type { Pool } from 'pg';
import type { Books } from '../../core/ports.ts';
import { inTransaction, readOnlySnapshot } from './transaction.ts';

/**
 * Whether what the writers noted of their batches, the tally's totals, and the tables of duplicates
 * and of quarantine say the same, in one snapshot. Cheap enough for every minute: one row a batch and
 * the rare rows, never the ballots. Participations and ballots themselves are counted by the views
 * `vote_count` and `tally_difference`, in minutes, by an auditor.
 */
export async function readBooks(pool: Pool): Promise<Books> {
  return inTransaction(pool, readOnlySnapshot, async (client) => {
    const { rows } = await client.query<Record<string, string>>(
      'select unaccounted, quarantined, oldest_pending_seconds from check_books()',
    );
    const [row] = rows;
    return {
      unaccounted: Number(row?.['unaccounted']),
      quarantined: Number(row?.['quarantined']),
      oldestPendingSeconds: Number(row?.['oldest_pending_seconds']),
    };
  });
}
