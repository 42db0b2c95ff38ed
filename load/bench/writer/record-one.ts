import type { PoolClient } from 'pg';
import type { CountableVote } from '../../../functions/core/ports.ts';

/**
 * What people write: a transaction a vote, a statement a table, the tally's counters counted up in
 * place, for the election, the region and the station.
 */
export async function recordOne(client: PoolClient, vote: CountableVote): Promise<void> {
  await client.query('begin');
  const { rowCount } = await client.query(
    'insert into participation (election_no, voter_key, ballot_id) values ($1, $2, $3) on conflict do nothing',
    [vote.electionNo, vote.voterKey, vote.ballotId],
  );
  if (rowCount === 1) {
    await client.query(
      `insert into ballot (cast_at, cast_on, election_no, channel, region, station, lines)
        values ($1, $2, $3, $4, $5, $6, $7)`,
      [vote.castMinute, vote.castOn, vote.electionNo, vote.channel, vote.region, vote.station, vote.lines],
    );
    // In order, or two voters with the same choices lock each other out.
    await client.query(
      `insert into tally as t (election_no, unit_no, line_no, votes)
        select $1, unit_no, line_no, 1
        from unnest($2::integer[]) unit_no, unnest($3::integer[]) line_no
        order by unit_no, line_no
        on conflict (election_no, unit_no, line_no) do update set votes = t.votes + 1`,
      [vote.electionNo, Object.values(vote.units), vote.lines],
    );
  }
  await client.query('commit');
}
