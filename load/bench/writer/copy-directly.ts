import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CountableVote } from '../../../functions/core/ports.ts';

/** What COPY takes for one batch, made before the clock starts. */
export interface CopyBatch {
  readonly participations: string;
  readonly ballots: string;
}

export function toCopyBatch(votes: readonly CountableVote[]): CopyBatch {
  return {
    participations: votes.map((vote) => `${vote.electionNo}\t${vote.voterKey}\t${vote.ballotId}\n`).join(''),
    ballots: votes
      .map((vote) =>
        [
          vote.castMinute,
          vote.castOn,
          vote.electionNo,
          vote.channel,
          vote.region,
          vote.station,
          `{${vote.lines.join(',')}}`,
        ].join('\t'),
      )
      .map((line) => `${line}\n`)
      .join(''),
  };
}

/**
 * The limit: rows straight into the same two tables, one transaction a batch. Records nothing
 * exactly once, since COPY knows no `on conflict`, and counts nothing.
 */
export async function copyDirectly(
  client: PoolClient,
  { participations, ballots }: CopyBatch,
): Promise<void> {
  await client.query('begin');
  await copy(client, 'copy participation (election_no, voter_key, ballot_id) from stdin', participations);
  await copy(
    client,
    'copy ballot (cast_at, cast_on, election_no, channel, region, station, lines) from stdin',
    ballots,
  );
  await client.query('commit');
}

function copy(client: PoolClient, statement: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyFrom(statement));
    stream.on('error', reject);
    stream.on('finish', resolve);
    stream.end(text);
  });
}
