import type { PoolClient } from 'pg';
import type { CountableVote, Uncountable } from '../../core/ports.ts';
import { quarantineKeyOf } from '../../core/quarantine.ts';
import { decodeRecord } from '../../core/record.ts';
import { arrayLiteral } from './arrays.ts';

/**
 * A ballot that the database refuses goes into quarantine; the same one, delivered again after another
 * of its voter was recorded, would be a duplicate. Each side looks at the other's table first, and for
 * as long as its transaction lasts keeps the other side out: duplicates share the lock, so that they
 * never wait for each other; a refused ballot, which is rare, takes it alone. It is a lock of a table,
 * which writers alone have a right to. Sharing it is as cheap as an advisory lock, and writes nothing.
 */
const shareLock = 'lock table refused_ballot_lock in row share mode';
const takeLock = 'lock table refused_ballot_lock in exclusive mode';

/** Leaves out the attempts that stand in quarantine already. */
export async function withoutQuarantined(
  client: PoolClient,
  votes: readonly CountableVote[],
): Promise<CountableVote[]> {
  if (votes.length === 0) return [];
  await client.query(shareLock);
  const keyed = votes.map((vote) => ({ vote, key: Buffer.from(quarantineKeyOf(vote)) }));
  const { rows } = await client.query<[Buffer]>({
    text: 'select quarantine_key from quarantine where quarantine_key = any($1::bytea[])',
    values: [keyed.map(({ key }) => key)],
    rowMode: 'array',
  });
  const kept = new Set(rows.map(([key]) => key.toString('hex')));
  return keyed.filter(({ key }) => !kept.has(key.toString('hex'))).map(({ vote }) => vote);
}

/** Leaves out the refused ballots that another writer has kept as duplicates meanwhile. */
export async function withoutDuplicates(
  client: PoolClient,
  records: readonly Uncountable[],
): Promise<readonly Uncountable[]> {
  const refused = records.flatMap((record) => {
    const decoded = isRefused(record) ? decodeRecord(record.bytes) : null;
    return decoded?.ok ? [{ record, vote: decoded.record }] : [];
  });
  if (refused.length === 0) return records;
  await client.query(takeLock);
  const { rows } = await client.query<[string, string]>({
    text: `select d.voter_key, d.ballot_id
      from unnest($1::integer[], $2::uuid[], $3::uuid[]) as asked (election_no, voter_key, ballot_id)
      join duplicate_attempt d using (election_no, voter_key, ballot_id)`,
    values: [
      arrayLiteral(refused.map(({ record }) => record.electionNo ?? 0)),
      arrayLiteral(refused.map(({ vote }) => vote.voterKey)),
      arrayLiteral(refused.map(({ vote }) => vote.ballotId)),
    ],
    rowMode: 'array',
  });
  const kept = new Set(rows.map(([voterKey, ballotId]) => `${voterKey} ${ballotId}`));
  const duplicates = new Set(
    refused.filter(({ vote }) => kept.has(`${vote.voterKey} ${vote.ballotId}`)).map(({ record }) => record),
  );
  return records.filter((record) => !duplicates.has(record));
}

const isRefused = ({ reason }: Uncountable): boolean => reason.startsWith('database-refused-');
