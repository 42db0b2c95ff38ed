import type { Pool } from 'pg';
import type { VoteStore } from '../../core/ports.ts';
import { foldTally } from './fold-tally.ts';
import { recordBatch } from './record-batch.ts';
import { registerElection } from './register-election.ts';
import { inTransaction } from './transaction.ts';

/** The port's promises, kept by PostgreSQL. */
export function createVoteStore(pool: Pool): VoteStore {
  return {
    register: (election) => inTransaction(pool, 'begin', (client) => registerElection(client, election)),
    record: (batch) => inTransaction(pool, 'begin', (client) => recordBatch(client, batch)),
    async fold() {
      await inTransaction(pool, 'begin', foldTally);
    },
  };
}
