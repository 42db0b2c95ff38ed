import type { PoolClient } from 'pg';
import type { CountableVote, Uncountable } from '../../core/ports.ts';
import { sumBallots, type TallyDelta } from '../../core/tally.ts';
import { arrayLiteral } from './arrays.ts';

/** Queues what a batch adds to the tally: one row an election and level, in the batch's transaction. */
export async function insertPending(
  client: PoolClient,
  batchId: string,
  fresh: readonly CountableVote[],
  duplicates: readonly CountableVote[],
  quarantined: readonly Uncountable[],
): Promise<void> {
  for (const electionNo of electionsOf([...fresh, ...duplicates, ...quarantined])) {
    const mine = fresh.filter((vote) => vote.electionNo === electionNo);
    const sums = sumBallots(mine);
    await client.query({
      text: `insert into tally_pending
          (batch_id, election_no, level, unit_nos, line_nos, votes, recorded, duplicates, quarantined)
        values ($1, $2, 'election', $3, $4, $5, $6, $7, $8),
          ($1, $2, 'region', $9, $10, $11, 0, 0, 0),
          ($1, $2, 'station', $12, $13, $14, 0, 0, 0)`,
      values: [
        batchId,
        electionNo,
        ...asParameters(sums.election),
        mine.length,
        duplicates.filter((vote) => vote.electionNo === electionNo).length,
        quarantined.filter((record) => record.electionNo === electionNo).length,
        ...asParameters(sums.region),
        ...asParameters(sums.station),
      ],
    });
  }
}

function electionsOf(items: readonly { readonly electionNo: number | null }[]): Set<number> {
  return new Set(items.map((item) => item.electionNo).filter((electionNo) => electionNo !== null));
}

function asParameters({ unitNos, lineNos, votes }: TallyDelta): string[] {
  return [arrayLiteral(unitNos), arrayLiteral(lineNos), arrayLiteral(votes)];
}
