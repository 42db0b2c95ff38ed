import { createHash, randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Batch, BatchOutcome, CountableVote, Uncountable } from '../../core/ports.ts';
import { arrayLiteral } from './arrays.ts';
import { copyBallots } from './copy-ballots.ts';
import { insertPending } from './insert-pending.ts';
import { withoutDuplicates, withoutQuarantined } from './refused-ballots.ts';

/**
 * Records one batch within the caller's transaction. What decides is what the database returns:
 *
 * 1. Participations go in, `on conflict do nothing`; the rows that come back are the fresh votes.
 * 2. The ballots of the fresh votes go in; those of the others never do.
 * 3. A vote that did not come back is a repeat if the ballot recorded for its voter is the same one,
 *    or if it stands in quarantine; otherwise it is a duplicate, which is kept as an attempt.
 * 4. What cannot be counted goes into quarantine, whole.
 * 5. The batch's own row, and what it adds to the tally, go in last.
 */
export async function recordBatch(client: PoolClient, batch: Batch): Promise<BatchOutcome> {
  const { first, later } = firstOfEachVoter(batch.votes);
  const freshKeys = await insertParticipations(client, first);
  const fresh = first.filter((vote) => freshKeys.has(keyOf(vote)));
  const others = [...first.filter((vote) => !freshKeys.has(keyOf(vote))), ...later];

  await copyBallots(client, fresh);
  const batchId = randomUUID();
  const attempts = await withoutQuarantined(client, await withoutRepeats(client, others));
  const duplicates = await insertDuplicates(client, attempts, batchId);
  const uncountable = await withoutDuplicates(client, batch.uncountable);
  const quarantined = await insertQuarantine(client, uncountable, batchId);
  const outcome: BatchOutcome = {
    recorded: fresh.length,
    repeated:
      batch.votes.length + batch.uncountable.length - fresh.length - duplicates.length - quarantined.length,
    duplicates: duplicates.length,
    quarantined: quarantined.length,
  };
  await insertBatch(client, batch, outcome, batchId);
  await insertPending(client, batchId, fresh, duplicates, quarantined);
  return outcome;
}

const keyOf = (vote: { electionNo: number; voterKey: string }): string =>
  `${vote.electionNo} ${vote.voterKey}`;

/** The first vote of each voter in order of arrival, and the rest. */
function firstOfEachVoter(votes: readonly CountableVote[]): {
  first: CountableVote[];
  later: CountableVote[];
} {
  const seen = new Set<string>();
  const first: CountableVote[] = [];
  const later: CountableVote[] = [];
  for (const vote of votes) {
    const key = keyOf(vote);
    (seen.has(key) ? later : first).push(vote);
    seen.add(key);
  }
  return { first, later };
}

/**
 * Sorted by key: two writers that share voters take their row locks in the same order and cannot
 * deadlock.
 */
async function insertParticipations(
  client: PoolClient,
  votes: readonly CountableVote[],
): Promise<Set<string>> {
  if (votes.length === 0) return new Set();
  const sorted = [...votes].sort((a, b) =>
    a.voterKey < b.voterKey ? -1 : a.voterKey > b.voterKey ? 1 : a.electionNo - b.electionNo,
  );
  const { rows } = await client.query<[number, string]>({
    text: `insert into participation (election_no, voter_key, ballot_id)
      select * from unnest($1::integer[], $2::uuid[], $3::uuid[])
      on conflict do nothing
      returning election_no, voter_key`,
    values: [
      arrayLiteral(sorted.map((vote) => vote.electionNo)),
      arrayLiteral(sorted.map((vote) => vote.voterKey)),
      arrayLiteral(sorted.map((vote) => vote.ballotId)),
    ],
    rowMode: 'array',
  });
  return new Set(rows.map(([electionNo, voterKey]) => keyOf({ electionNo, voterKey })));
}

/** Leaves out deliveries of the very ballot that is recorded for its voter. */
async function withoutRepeats(client: PoolClient, votes: readonly CountableVote[]): Promise<CountableVote[]> {
  if (votes.length === 0) return [];
  const { rows } = await client.query<[number, string, string]>({
    text: `select p.election_no, p.voter_key, p.ballot_id
      from unnest($1::integer[], $2::uuid[]) as asked (election_no, voter_key)
      join participation p using (election_no, voter_key)`,
    values: [
      arrayLiteral(votes.map((vote) => vote.electionNo)),
      arrayLiteral(votes.map((vote) => vote.voterKey)),
    ],
    rowMode: 'array',
  });
  const recorded = new Map(
    rows.map(([electionNo, voterKey, ballotId]) => [keyOf({ electionNo, voterKey }), ballotId]),
  );
  return votes.filter((vote) => recorded.get(keyOf(vote)) !== vote.ballotId);
}

/** Keeps each different attempt once; returns those that were new. */
async function insertDuplicates(
  client: PoolClient,
  votes: readonly CountableVote[],
  batchId: string,
): Promise<CountableVote[]> {
  if (votes.length === 0) return [];
  const distinct = new Map(votes.map((vote) => [`${keyOf(vote)} ${vote.ballotId}`, vote]));
  const sorted = [...distinct.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, vote]) => vote);
  const { rows } = await client.query<[number, string, string]>({
    text: `insert into duplicate_attempt
        (election_no, voter_key, ballot_id, region, station, channel, cast_at, record_sha256, batch_id)
      select *, $9::uuid from unnest($1::integer[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
        $6::channel[], $7::timestamptz[], $8::bytea[])
      on conflict do nothing
      returning election_no, voter_key, ballot_id`,
    values: [
      arrayLiteral(sorted.map((vote) => vote.electionNo)),
      arrayLiteral(sorted.map((vote) => vote.voterKey)),
      arrayLiteral(sorted.map((vote) => vote.ballotId)),
      arrayLiteral(sorted.map((vote) => vote.region)),
      arrayLiteral(sorted.map((vote) => vote.station)),
      arrayLiteral(sorted.map((vote) => vote.channel)),
      arrayLiteral(sorted.map((vote) => vote.castMinute)),
      sorted.map((vote) => createHash('sha256').update(vote.bytes).digest()),
      batchId,
    ],
    rowMode: 'array',
  });
  const inserted = new Set(
    rows.map(([electionNo, voterKey, ballotId]) => `${keyOf({ electionNo, voterKey })} ${ballotId}`),
  );
  return sorted.filter((vote) => inserted.has(`${keyOf(vote)} ${vote.ballotId}`));
}

/** Keeps each record once; returns those that were new. */
async function insertQuarantine(
  client: PoolClient,
  records: readonly Uncountable[],
  batchId: string,
): Promise<Uncountable[]> {
  if (records.length === 0) return [];
  const distinct = new Map(records.map((record) => [Buffer.from(record.key).toString('hex'), record]));
  const sorted = [...distinct.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  const { rows } = await client.query<[Buffer]>({
    text: `insert into quarantine (quarantine_key, election_no, reason, record, batch_id)
      select *, $5::uuid from unnest($1::bytea[], $2::integer[], $3::text[], $4::bytea[])
      on conflict do nothing
      returning quarantine_key`,
    values: [
      sorted.map((record) => Buffer.from(record.key)),
      sorted.map((record) => record.electionNo),
      sorted.map((record) => record.reason),
      sorted.map((record) => Buffer.from(record.bytes)),
      batchId,
    ],
    rowMode: 'array',
  });
  const inserted = new Set(rows.map(([key]) => key.toString('hex')));
  return sorted.filter((record) => inserted.has(Buffer.from(record.key).toString('hex')));
}

async function insertBatch(
  client: PoolClient,
  { origin }: Batch,
  outcome: BatchOutcome,
  batchId: string,
): Promise<void> {
  await client.query({
    text: `insert into writer_batch (batch_id, source, shard, first_sequence, last_sequence,
        recorded, repeated, duplicates, quarantined)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    values: [
      batchId,
      origin.source,
      origin.shard,
      origin.firstSequence,
      origin.lastSequence,
      outcome.recorded,
      outcome.repeated,
      outcome.duplicates,
      outcome.quarantined,
    ],
  });
}
