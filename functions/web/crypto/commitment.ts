import type { BallotId, Commitment, ElectionId } from '../../../schema/wire/ids.ts';
import type { Selection } from '../../../schema/wire/vote.ts';
import { canonicalBallot } from '../../core/canonical-ballot.ts';
import { type Bytes, joinBytes, sha256, toBase64url, toBytes } from './bytes.ts';

export const saltBytes = 32;

/** What `commitToBallot` in functions/core/commitment.ts makes of the same. */
export async function commitToBallot(
  election: ElectionId,
  ballotId: BallotId,
  selections: readonly Selection[],
  salt: Bytes,
): Promise<Commitment> {
  const ballot = toBytes(canonicalBallot(election, ballotId, selections));
  const hash = await sha256(joinBytes(toBytes('ballotstream/commitment/v1\0'), salt, ballot));
  return toBase64url(hash) as Commitment;
}
