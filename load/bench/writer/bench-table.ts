import { BenchError } from '../bench-error.ts';
import type { BenchDatabase } from '../stage/databases.ts';
import type { JobProcess } from '../stage/job-process.ts';
import type { WriterJob, WriterRun, WriterSample } from './writer-process.ts';

/** The tables of one database, and the process that fills them. */
export interface BenchTable {
  /** @returns votes a second */
  run(what: Omit<WriterRun, 'kind'>): Promise<number>;
  fill(votes: number): Promise<void>;
  /** Removes every vote. */
  empty(): Promise<void>;
  /** So that none falls into a sample. */
  checkpoint(): Promise<void>;
  /** @throws BenchError `wrong-result` unless every vote since the last `empty` is there */
  check(): Promise<void>;
}

export function createBenchTable(
  database: BenchDatabase,
  jobs: JobProcess<WriterJob, WriterSample>,
): BenchTable {
  let stored = 0;
  return {
    async run(what) {
      const { votes, seconds } = await jobs.run({ kind: 'run', ...what });
      stored += votes;
      return votes / seconds;
    },
    async fill(votes) {
      const filled = await jobs.run({ kind: 'fill', votes, superuserUrl: database.superuserUrl });
      stored += filled.votes;
    },
    async empty() {
      // The triggers that refuse this are not for replicas.
      await database.run(`
        set session_replication_role = replica;
        truncate participation, ballot, tally, tally_total, tally_minute, tally_pending, writer_batch;
        set session_replication_role = origin`);
      stored = 0;
    },
    checkpoint: () => database.run('checkpoint'),
    async check() {
      const [row] = await database.rows<{ participations: string; ballots: string }>(
        'select (select count(*) from participation) as participations, (select count(*) from ballot) as ballots',
      );
      if (Number(row?.participations) !== stored || Number(row?.ballots) !== stored)
        throw new BenchError(
          'wrong-result',
          `${stored} votes were stored, and the tables have ${JSON.stringify(row)}`,
        );
    },
  };
}
