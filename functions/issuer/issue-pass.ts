import type { PassRequest, PassResponse } from '../../schema/wire/passes.ts';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { Election } from '../core/election.ts';
import { attemptsMax, hashBlinded } from '../core/pass-issue.ts';
import type { BlindSigner, CodeVerifier, IdTokenVerifier, VoterRoll } from '../core/ports.ts';
import { type RollEntry, subjectKeyOf } from '../core/voter-roll.ts';

export interface IssueDependencies {
  readonly roll: VoterRoll;
  readonly codes: CodeVerifier;
  readonly idTokens: IdTokenVerifier;
  readonly signer: BlindSigner;
}

export type IssueResult =
  | { readonly ok: true; readonly response: PassResponse; readonly isRepeated: boolean }
  | { readonly ok: false; readonly code: ProblemCode; readonly retryAfterSeconds?: number };

type Refusal = Extract<IssueResult, { ok: false }>;
const refuse = (code: ProblemCode): Refusal => ({ ok: false, code });

/**
 * Issues a voter's one pass for this election, or says why not. The order matters: who somebody is comes before
 * anything that depends on the roll, the claim before the signature (so that no two messages are ever signed for
 * one voter), and whoever is refused learns nothing of the roll: a number that is not on it, a wrong code
 * and a voter without a code are the same answer after the same work.
 */
export async function issuePass(
  election: Election,
  request: PassRequest,
  deps: IssueDependencies,
  nowMs: number,
): Promise<IssueResult> {
  if (nowMs >= election.closesAtMs) return refuse('closed');
  const key = election.passKeys.get(request.keyId);
  if (key === undefined) return refuse('unknown-pass-key');
  if (election.definition.identification === undefined) return refuse('bad-credentials');
  const blinded = Buffer.from(request.blindedMessage, 'base64url');
  if (!deps.signer.canSign(election, request.keyId, blinded)) return refuse('invalid-request');

  const found = await identify(election, request, blinded, deps, nowMs);
  if ('ok' in found) return found;
  if (found.region !== key.region) return refuse('wrong-region');

  const id = election.definition.election;
  const claim = await deps.roll.claimPass(id, found.rollNumber, hashBlinded(blinded));
  if (claim === 'taken') return refuse('pass-already-issued');
  const signature = await deps.signer.sign(election, key.region, request.keyId, blinded);
  return {
    ok: true,
    isRepeated: claim === 'repeated',
    response: { region: key.region, keyId: request.keyId, blindSignature: signature.toString('base64url') },
  };
}

/** Who asks, by the roll; or why they are refused. */
async function identify(
  election: Election,
  { proof }: PassRequest,
  blinded: Buffer,
  deps: IssueDependencies,
  nowMs: number,
): Promise<RollEntry | Refusal> {
  const id = election.definition.election;
  if (proof.type === 'oidc') {
    const nonce = hashBlinded(blinded).toString('base64url');
    const identity = await deps.idTokens.verify(election, proof.idToken, nonce, nowMs);
    if (identity === null) return refuse('bad-credentials');
    const entry = await deps.roll.findSubject(id, subjectKeyOf(identity.issuer, identity.subject));
    return entry ?? refuse('bad-credentials');
  }
  const kind = election.definition.identification?.accessCodes;
  if (kind === undefined) return refuse('bad-credentials');
  const { count, secondsLeft } = await deps.roll.countAttempt(id, proof.rollNumber);
  const tooMany = { ...refuse('too-many-attempts'), retryAfterSeconds: secondsLeft };
  // What a machine drew is found by no number of attempts: not to look at a right one would only let anybody
  // lock voters out, ten requests for each.
  if (count > attemptsMax && kind === 'chosen') return tooMany;
  const entry = await deps.roll.find(id, proof.rollNumber);
  const owner = `${id}/${proof.rollNumber}`;
  const isRight = await deps.codes.matches(kind, owner, proof.accessCode, entry?.codeHash ?? null);
  if (entry === null || !isRight) return count > attemptsMax ? tooMany : refuse('bad-credentials');
  await deps.roll.forgetAttempts(id, proof.rollNumber);
  return entry;
}
