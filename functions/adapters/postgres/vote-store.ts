import type { Pool } from 'pg';
import type { VoteStore } from '../../core/ports.ts';
import { foldTally } from './fold-tally.ts';
import { recordBatch } from './record-batch.ts';
import { registerElection } from './register-election.ts';
import { inTransaction } from './transaction.ts';

/**
 * The port's promises, kept by PostgreSQL.
 * @param onRetry Hears of every failed attempt that is made again: a failover that nobody would see otherwise.
 */
export function createVoteStore(pool: Pool, onRetry?: (error: unknown) => void): VoteStore {
  return {
    register: (election) =>
      inTransaction(pool, 'begin', (client) => registerElection(client, election), { onRetry }),
    record: (batch) => inTransaction(pool, 'begin', (client) => recordBatch(client, batch), { onRetry }),
    async fold() {
      await inTransaction(pool, 'begin', foldTally, { onRetry });
    },
  };
}
