import type { ElectionId } from '../../schema/wire/ids.ts';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { Accepted } from '../../schema/wire/receipt.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import type { VoteRequest } from '../../schema/wire/vote.ts';
import { admitVote } from '../core/admission.ts';
import { findBallotFault } from '../core/ballot-rules.ts';
import type { Election } from '../core/election.ts';
import { deriveVoterKey, parsePass, receiptIdOf } from '../core/pass.ts';
import type { Metrics, PassVerifier, VoteSink } from '../core/ports.ts';
import { encodeRecord } from '../core/record.ts';

export type Judgement =
  | { readonly ok: true; readonly record: StreamRecord }
  | { readonly ok: false; readonly code: ProblemCode };

/**
 * Everything that decides whether a vote is accepted, without doing it. What is cheap comes first;
 * the signature (24 to 35 µs) only when the rest of the envelope is right; the selections last, so
 * that nobody without a pass learns anything by trying.
 */
export function judgeVote(
  election: Election,
  request: VoteRequest,
  verifier: PassVerifier,
  nowMs: number,
): Judgement {
  const admission = admitVote(election, request, nowMs);
  if (!admission.ok) return { ok: false, code: admission.fault };

  const pass = parsePass(request.pass);
  const key = pass === null ? undefined : election.passKeys.get(pass.keyId);
  if (pass === null || key === undefined) return { ok: false, code: 'bad-pass' };
  if (key.region !== request.region) return { ok: false, code: 'wrong-region' };
  if (!verifier.verify(election, pass)) return { ok: false, code: 'bad-pass' };

  const fault = findBallotFault(election, admission.station, request.selections);
  if (fault !== null) return { ok: false, code: fault };
  return {
    ok: true,
    record: {
      v: 1,
      election: election.definition.election,
      definition: election.definition.version,
      ballotId: request.ballotId,
      voterKey: deriveVoterKey(election.definition.election, pass),
      region: request.region,
      station: admission.stationId,
      channel: request.channel,
      selections: request.selections,
      ...(request.castAt === undefined ? {} : { castAt: request.castAt }),
      acceptedAt: new Date(nowMs).toISOString(),
    },
  };
}

export interface Acceptance {
  readonly sink: VoteSink;
  readonly metrics: Metrics;
}

/** Makes a judged vote durable, and only then says so. Throws NotDurableError. */
export async function acceptVote(record: StreamRecord, { sink, metrics }: Acceptance): Promise<Accepted> {
  const where = await sink.put({ partitionKey: record.voterKey, data: encodeRecord(record) });
  metrics.count(where === 'stream' ? 'AcceptedByStream' : 'AcceptedByOverflow');
  return toAccepted(record.election, record);
}

function toAccepted(election: ElectionId, { voterKey, ballotId, acceptedAt }: StreamRecord): Accepted {
  return {
    status: 'accepted',
    receipt: { receiptId: receiptIdOf(voterKey, ballotId), election, ballotId },
    acceptedAt,
  };
}
