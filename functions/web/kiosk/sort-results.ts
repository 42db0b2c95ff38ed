import type { Problem, ProblemCode } from '../../../schema/wire/problem.ts';
import type { Accepted } from '../../../schema/wire/receipt.ts';

export type VoteResult = Accepted | { readonly status: 'refused'; readonly problem: Problem };

/** What becomes of a batch's votes; those in neither list stay, and go out again. */
export interface Sorted {
  readonly acknowledged: readonly string[];
  /** Ballot id → code: nothing about the vote can change, so no later attempt would fare better. */
  readonly refused: ReadonlyMap<string, string>;
  /** Why some stay, in the API's words: about the kiosk, its clock or the hour. */
  readonly held: ReadonlySet<ProblemCode>;
}

/** Refusals that say nothing about the vote: another credential, clock or hour, and it is taken. */
const aboutTheKiosk: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'bad-kiosk-token',
  'kiosk-token-required',
  'kiosk-revoked',
  'cast-time-not-signed',
  'cast-time-not-allowed',
  'cast-time-out-of-window',
  'channel-not-allowed',
  'not-yet-open',
  'closed',
  'unknown-election',
]);
/** Of these the time differs from vote to vote; all others hold every vote of the kiosk. */
const aboutOneVote: ProblemCode = 'cast-time-out-of-window';
const problemPrefix = 'urn:ballotstream:problem:';

/**
 * Matches the results of a batch with its votes, in order. A result that does not name its ballot is none: a vote
 * leaves the kiosk for its own acknowledgement only.
 */
export function sortResults(ballotIds: readonly string[], results: readonly VoteResult[]): Sorted {
  const acknowledged: string[] = [];
  const refused = new Map<string, string>();
  const held = new Set<ProblemCode>();
  for (const [index, ballotId] of ballotIds.entries()) {
    const result = results[index];
    if (result?.status === 'accepted') {
      if (result.receipt.ballotId === ballotId) acknowledged.push(ballotId);
      continue;
    }
    if (result === undefined) continue;
    const code = result.problem.type.slice(problemPrefix.length) as ProblemCode;
    const isFinal =
      result.problem.status >= 400 && result.problem.status < 500 && result.problem.status !== 429;
    if (aboutTheKiosk.has(code)) held.add(code);
    else if (isFinal) refused.set(ballotId, code);
  }
  return { acknowledged, refused, held };
}

/** Whether the votes behind these would fare no better. */
export const holdsAll = ({ acknowledged, refused, held }: Sorted): boolean =>
  acknowledged.length + refused.size === 0 && [...held].some((code) => code !== aboutOneVote);

/** The first votes that fit into one body; at least one. */
export function takeBatch<Vote>(votes: readonly Vote[], bytesMax: number): readonly Vote[] {
  let bytes = 0;
  const taken = votes.findIndex((vote, index) => {
    bytes += new TextEncoder().encode(JSON.stringify(vote)).length + 1;
    return bytes > bytesMax && index > 0;
  });
  return taken < 0 ? votes : votes.slice(0, taken);
}
