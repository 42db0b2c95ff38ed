import { createHash } from 'node:crypto';
import type { BallotId, Commitment, ElectionId } from '../../schema/wire/ids.ts';
import type { Selection } from '../../schema/wire/vote.ts';
import { canonicalBallot } from './canonical-ballot.ts';

/** Of the salt; as many as a guess of the ballot must not be checkable against the hash. */
export const saltBytes = 32;

/**
 * What a device commits to: SHA-256 over salt and ballot, the selections sorted, so that a ballot has one
 * form. Nobody but the voter ever has the salt, so the commitment says nothing to those who see the receipt.
 *
 * It also proves nothing to those whom the voter shows the salt: ingest signs what it is sent without looking
 * into it, on purpose. A voter under pressure can commit to a ballot that was never cast; if ingest checked
 * the commitment, opening it would be a proof of how somebody voted.
 *
 * @param salt `saltBytes` random bytes
 * @throws RangeError for a salt of another length
 */
export function commitToBallot(
  election: ElectionId,
  ballotId: BallotId,
  selections: readonly Selection[],
  salt: Uint8Array,
): Commitment {
  if (salt.length !== saltBytes) throw new RangeError(`the salt has ${saltBytes} bytes, not ${salt.length}`);
  const hash = createHash('sha256').update('ballotstream/commitment/v1\0').update(salt);
  return hash.update(canonicalBallot(election, ballotId, selections)).digest('base64url') as Commitment;
}
