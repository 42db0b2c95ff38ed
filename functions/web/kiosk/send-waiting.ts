import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { type Answer, ask } from '../api/ask.ts';
import { isFinal } from '../api/retry-schedule.ts';
import { toBytes } from '../crypto/bytes.ts';
import { authorize } from './kiosk-identity.ts';
import type { Kiosk } from './kiosk-page.tsx';
import { holdsAll, sortResults, takeBatch, type VoteResult } from './sort-results.ts';

/** Fewer than a batch may have, so that a bad line loses little; below the 1 MiB that the API takes. */
const batchVotesMax = 100;
const batchBytesMax = 900 * 1024;
/** A batch over a bad line. */
const answerMsMax = 60_000;
/** One tab at a time; were there two, nothing but work would be doubled. */
const lockName = 'ballotstream-kiosk-upload';

/** What came of going through all that waits. */
export interface Round {
  /** Whether the service answered the last batch; null: nothing was sent. */
  readonly isHeard: boolean | null;
  /** What the service has against the kiosk, its clock or the hour, in its words. */
  readonly held: ReadonlySet<string>;
  /** Votes that cannot be opened. */
  readonly unreadable: number;
}

const nothing: Round = { isHeard: null, held: new Set(), unreadable: 0 };

/** Whether this is the service: a refusal is an answer too; a proxy's page, a hotel's, or a service that fails is none. */
export const isHeard = (answer: Answer<unknown>): boolean =>
  answer.kind === 'ok' || (answer.kind === 'problem' && answer.code !== null && answer.status < 500);

/**
 * Sends what waits, batch by batch to the end: a vote that stays keeps no other back. Ends early only where the service
 * does not answer, or holds what holds every vote of the kiosk.
 *
 * @param onAnswered after each batch whose answer is kept
 * @throws DOMException where the device does not keep what was answered: the same votes go out again then
 */
export function sendWaiting(kiosk: Kiosk, onAnswered: () => void): Promise<Round> {
  return navigator.locks.request(lockName, { ifAvailable: true }, (lock) =>
    lock === null ? nothing : sendAll(kiosk, onAnswered),
  );
}

async function sendAll(kiosk: Kiosk, onAnswered: () => void): Promise<Round> {
  const held = new Set<string>();
  let round: Round = { ...nothing, held };
  for (let after: string | null = null; ; ) {
    const { votes, unreadable, last } = await kiosk.store.readWaiting(after, batchVotesMax);
    if (last === null) return round;
    const batch = takeBatch(votes, batchBytesMax);
    after = batch.length < votes.length ? (batch.at(-1)?.ballotId ?? last) : last;
    round = { ...round, unreadable: round.unreadable + unreadable };
    if (batch.length === 0) continue;
    const answer = await postBatch(batch, kiosk);
    round = { ...round, isHeard: isHeard(answer) };
    if (answer.kind !== 'ok') {
      if (answer.kind === 'problem' && isFinal(answer) && answer.code !== null) held.add(answer.code);
      return round;
    }
    const sorted = sortResults(
      batch.map(({ ballotId }) => ballotId),
      answer.body.results,
    );
    for (const code of sorted.held) held.add(code);
    await kiosk.store.settle(sorted.acknowledged, sorted.refused);
    onAnswered();
    if (holdsAll(sorted)) return round;
  }
}

interface BatchAnswer {
  readonly results: readonly VoteResult[];
}

async function postBatch(
  votes: readonly VoteRequest[],
  { identity, pairing }: Kiosk,
): Promise<Answer<BatchAnswer>> {
  const body = { version: 1, votes };
  const { credential } = pairing;
  const { election } = pairing.definition;
  const bytes = toBytes(JSON.stringify(body));
  const headers =
    credential === null
      ? {}
      : { authorization: await authorize(identity, credential, election, bytes, Date.now()) };
  const answer = await ask<BatchAnswer>(`/v1/elections/${election}/votes/batch`, {
    body,
    headers,
    withinMs: answerMsMax,
  });
  const isOurs = answer.kind !== 'ok' || Array.isArray((answer.body as Partial<BatchAnswer> | null)?.results);
  return isOurs ? answer : { kind: 'unreachable' };
}
