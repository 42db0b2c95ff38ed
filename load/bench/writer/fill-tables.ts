import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CountableVote } from '../../../functions/core/ports.ts';
import { sumBallots, tallyLevels } from '../../../functions/core/tally.ts';

export interface FillOptions {
  /** A superuser's: the writer may not do all of this. */
  readonly superuserUrl: string;
  /** Each becomes `copies` ballots. */
  readonly patterns: readonly CountableVote[];
  readonly copies: number;
}

/** Insert statements for participations at once: two cores, and ballots are inserted beside them. */
const participationLanes = 2;

/**
 * Fills the tables as if `patterns × copies` votes had been recorded, in bulk: random voter keys, put
 * into their index one by one in no order, as voters would; ballots in a mixed order; the tally as
 * the writer's own arithmetic sums it. 5 million take half a minute.
 */
export async function fillTables({ superuserUrl, patterns, copies }: FillOptions): Promise<void> {
  const electionNo = patterns[0]?.electionNo;
  if (electionNo === undefined) return;
  const lanes = Array.from({ length: participationLanes + 1 }, () => openClient(superuserUrl));
  const [first, ...others] = await Promise.all(lanes);
  if (first === undefined) return;
  try {
    await storePatterns(first, patterns);
    const votes = patterns.length * copies;
    await Promise.all([
      first.query(
        `insert into ballot (cast_at, cast_on, election_no, channel, region, station, lines)
          select $1, $2, $3, 'kiosk', region, station, lines from generate_series(1, $4) copy, bench_pattern`,
        [patterns[0]?.castMinute, patterns[0]?.castOn, electionNo, copies],
      ),
      ...others.map((client, lane) =>
        client.query(
          `insert into participation (election_no, voter_key, ballot_id)
            select $1, gen_random_uuid(), gen_random_uuid() from generate_series(1, $2)`,
          [electionNo, Math.floor(votes / others.length) + (lane < votes % others.length ? 1 : 0)],
        ),
      ),
    ]);
    await insertTally(first, electionNo, patterns, copies);
    await first.query('drop table bench_pattern');
    // Or autovacuum does it in the middle of a measurement.
    await first.query('vacuum (analyze) participation, ballot, tally, tally_total');
  } finally {
    await Promise.all([first, ...others].map((client) => client.end()));
  }
}

async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // Nobody has been told that these votes are safe.
  await client.query('set synchronous_commit = off');
  return client;
}

async function storePatterns(client: pg.Client, patterns: readonly CountableVote[]): Promise<void> {
  await client.query('create unlogged table bench_pattern (region text, station text, lines integer[])');
  await new Promise<void>((resolve, reject) => {
    const stream = client.query(copyFrom('copy bench_pattern from stdin'));
    stream.on('error', reject);
    stream.on('finish', resolve);
    stream.end(
      patterns.map(({ region, station, lines }) => `${region}\t${station}\t{${lines.join(',')}}\n`).join(''),
    );
  });
}

async function insertTally(
  client: pg.Client,
  electionNo: number,
  patterns: readonly CountableVote[],
  copies: number,
): Promise<void> {
  const sums = sumBallots(patterns);
  for (const level of tallyLevels) {
    const { unitNos, lineNos, votes } = sums[level];
    await client.query(
      `insert into tally (election_no, unit_no, line_no, votes)
        select $1, unit_no, line_no, votes * $5
        from unnest($2::integer[], $3::integer[], $4::bigint[]) as c (unit_no, line_no, votes)`,
      [electionNo, unitNos, lineNos, votes, copies],
    );
  }
  await client.query(
    `insert into tally_total (election_no, recorded, duplicates, quarantined, as_of) values ($1, $2, 0, 0, now())`,
    [electionNo, patterns.length * copies],
  );
  // All of it as one batch, or whoever recounts finds ballots that no writer noted.
  await client.query(
    `insert into writer_batch (batch_id, source, shard, first_sequence, last_sequence, recorded, repeated, duplicates, quarantined)
      values (gen_random_uuid(), 'kinesis', 'filled', '0', '0', $1, 0, 0, 0)`,
    [patterns.length * copies],
  );
}
