import { createHash } from 'node:crypto';
import type { BallotId, ElectionId, VoterKey } from '../../schema/wire/ids.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';

/** The key of an uncountable vote whose envelope can be read: the same for every delivery of it. */
export function quarantineKeyOf(vote: Pick<StreamRecord, 'election' | 'voterKey' | 'ballotId'>): Uint8Array {
  return keyOf(vote.election, vote.voterKey, vote.ballotId);
}

/** The key of a record that nobody can read: its bytes decide. */
export function quarantineKeyOfBytes(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update('ballotstream/bytes/v1\0').update(bytes).digest();
}

function keyOf(election: ElectionId, voterKey: VoterKey, ballotId: BallotId): Uint8Array {
  return createHash('sha256').update(`ballotstream/vote/v1\0${election}\0${voterKey}\0${ballotId}`).digest();
}
