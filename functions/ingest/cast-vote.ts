import type { Commitment, ElectionId } from '../../schema/wire/ids.ts';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { Accepted } from '../../schema/wire/receipt.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import type { VoteRequest } from '../../schema/wire/vote.ts';
import { findTimeFault, needsKiosk, placeVote } from '../core/admission.ts';
import { findBallotFault } from '../core/ballot-rules.ts';
import type { Election } from '../core/election.ts';
import type { KioskFault, KioskIdentity, KioskResult } from '../core/kiosk.ts';
import { deriveVoterKey, fingerprintPass, type Pass, parsePass, receiptIdOf } from '../core/pass.ts';
import type { Metrics, PassVerifier, ReceiptSigner, VoteSink } from '../core/ports.ts';
import { encodeRecord } from '../core/record.ts';

/** What came with a vote, beside the vote. */
export interface Carriage {
  /** Who says to have sent it; null: nobody. Verified when asked for, once however many votes came with it. */
  readonly kiosk: () => KioskResult | null;
  /** What the client says of its pass; null: nothing. */
  readonly passFingerprint: string | null;
  /** SHA-256 of the request's body, base64url; computed when asked for. */
  readonly bodySha256: () => string;
}

export interface JudgedVote {
  readonly election: Election;
  readonly record: StreamRecord;
  readonly commitment?: Commitment;
}

export type Judgement =
  | { readonly ok: true; readonly vote: JudgedVote }
  | { readonly ok: false; readonly code: ProblemCode };

/**
 * Everything that decides whether a vote is accepted, without doing it. What is cheap comes first (a fingerprint
 * is a hash, 1 to 2 µs); the pass's signature (24 to 35 µs) only when the rest of the envelope is right, a kiosk's (up to 200 µs,
 * once in minutes) only for whoever has a pass; the selections last, so that nobody without a pass
 * learns anything by trying.
 */
export function judgeVote(
  election: Election,
  request: VoteRequest,
  carriage: Carriage,
  verifier: PassVerifier,
  nowMs: number,
): Judgement {
  const timeFault = findTimeFault(election, request, nowMs);
  if (timeFault !== null) return { ok: false, code: timeFault };

  const { passFingerprint } = carriage;
  if (passFingerprint !== null && passFingerprint !== fingerprintPass(request.pass))
    return { ok: false, code: 'fingerprint-mismatch' };
  const pass = checkPass(election, request, verifier);
  if (!pass.ok) return pass;
  const kiosk = checkKiosk(election, request, carriage);
  if (!kiosk.ok) return kiosk;
  const place = placeVote(election, request, kiosk.identity, carriage.bodySha256);
  if (!place.ok) return { ok: false, code: place.fault };

  const fault = findBallotFault(election, place.station, request.selections);
  if (fault !== null) return { ok: false, code: fault };
  const record: StreamRecord = {
    v: 1,
    election: election.definition.election,
    definition: election.definition.version,
    ballotId: request.ballotId,
    voterKey: deriveVoterKey(election.definition.election, pass.pass),
    region: request.region,
    station: place.stationId,
    channel: request.channel,
    selections: request.selections,
    ...(request.castAt === undefined ? {} : { castAt: request.castAt }),
    acceptedAt: new Date(nowMs).toISOString(),
  };
  const { commitment } = request;
  return { ok: true, vote: { election, record, ...(commitment === undefined ? {} : { commitment }) } };
}

type Refusal = Extract<Judgement, { ok: false }>;

function checkPass(
  election: Election,
  request: VoteRequest,
  verifier: PassVerifier,
): Refusal | { readonly ok: true; readonly pass: Pass } {
  const pass = parsePass(request.pass);
  const key = pass === null ? undefined : election.passKeys.get(pass.keyId);
  if (pass === null || key === undefined) return { ok: false, code: 'bad-pass' };
  if (key.region !== request.region) return { ok: false, code: 'wrong-region' };
  return verifier.verify(election, pass) ? { ok: true, pass } : { ok: false, code: 'bad-pass' };
}

function checkKiosk(
  election: Election,
  request: VoteRequest,
  { kiosk }: Carriage,
): Refusal | { readonly ok: true; readonly identity: KioskIdentity | null } {
  const result = needsKiosk(election, request) ? kiosk() : null;
  if (result === null) return { ok: true, identity: null };
  return result.ok ? result : { ok: false, code: result.fault };
}

/**
 * Why nothing of a batch is looked at; null: it is. Hundreds of votes under one pass, or with no pass at all, would pass
 * what stands before us as one request: so batches are for kiosks, where an election registers them.
 */
export function findBatchFault(
  election: Election,
  { kiosk }: Carriage,
): Extract<ProblemCode, 'kiosk-token-required'> | KioskFault | null {
  if (election.kioskKeys.size === 0) return null;
  const result = kiosk();
  if (result === null) return 'kiosk-token-required';
  return result.ok ? null : result.fault;
}

export interface Acceptance {
  readonly sink: VoteSink;
  readonly receipts: ReceiptSigner;
  readonly metrics: Metrics;
}

/**
 * Makes a judged vote durable, and only then signs its receipt. Throws NotDurableError, and UnavailableError,
 * with nothing done, when its receipt could not be signed.
 */
export async function acceptVote(
  { election, record, commitment }: JudgedVote,
  { sink, receipts, metrics }: Acceptance,
): Promise<Accepted> {
  await receipts.ready(election);
  const where = await sink.put({ partitionKey: record.voterKey, data: encodeRecord(record) });
  metrics.count(where === 'stream' ? 'AcceptedByStream' : 'AcceptedByOverflow');
  const receiptId = receiptIdOf(record.voterKey, record.ballotId);
  return {
    status: 'accepted',
    receipt: {
      receiptId,
      election: record.election satisfies ElectionId,
      ballotId: record.ballotId,
      ...(commitment === undefined ? {} : { commitment }),
      ...receipts.sign(election, receiptId, commitment),
    },
    acceptedAt: record.acceptedAt,
  };
}
