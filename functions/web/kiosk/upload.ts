import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { ask } from '../api/ask.ts';
import { retryDelayMs } from '../api/retry-schedule.ts';
import { toBytes } from '../crypto/bytes.ts';
import { type KioskIdentity, signToken } from './kiosk-identity.ts';
import type { KioskStore, Pairing } from './kiosk-store.ts';
import { sortResults, takeBatch, type VoteResult } from './sort-results.ts';

/** Fewer than a batch may have, so that a bad line loses little; below the 1 MiB that the API takes. */
const batchVotesMax = 100;
const batchBytesMax = 900 * 1024;
/** When nothing waits or nothing can be done, a look all the same. */
const idleMs = 15_000;
/** A batch over a bad line. */
const answerMsMax = 60_000;

export type Line = 'online' | 'offline';

export interface Uploader {
  /** Something waits: now, not at the next look. */
  wake(): void;
  stop(): void;
}

export interface UploaderOptions {
  readonly store: KioskStore;
  readonly identity: KioskIdentity;
  readonly pairing: Pairing;
  /** After every attempt: whether the service answered, and what it has against the kiosk. */
  readonly onAttempt: (line: Line, held: string | null) => void;
}

/**
 * Sends what waits whenever there is a line. One tab at a time, by a lock of the browser; were there two, nothing but
 * work would be doubled.
 */
export function startUploader(options: UploaderOptions): Uploader {
  let isStopped = false;
  let wake = () => {};
  const pause = (delayMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const onOnline = () => wake();
  addEventListener('online', onOnline);
  void navigator.locks.request('ballotstream-kiosk-upload', async () => {
    for (let failures = 0; !isStopped; ) {
      const outcome = await sendBatch(options).catch(() => 'failed' as const);
      failures = outcome === 'failed' ? failures + 1 : 0;
      if (outcome === 'more') continue;
      await pause(outcome === 'failed' ? retryDelayMs(failures, Math.random(), null) : idleMs);
    }
  });
  return {
    wake: () => wake(),
    stop() {
      isStopped = true;
      removeEventListener('online', onOnline);
      wake();
    },
  };
}

/** `more`: something was settled, so there may be more to send at once. */
async function sendBatch(options: UploaderOptions): Promise<'more' | 'nothing' | 'failed'> {
  const { store, identity, pairing, onAttempt } = options;
  const votes = takeBatch(await store.readWaiting(batchVotesMax), batchBytesMax);
  if (votes.length === 0) return 'nothing';
  const answer = await postBatch(votes, identity, pairing);
  if (answer.kind !== 'ok') {
    onAttempt(answer.kind === 'unreachable' ? 'offline' : 'online', null);
    return 'failed';
  }
  const { acknowledged, refused, held } = sortResults(
    votes.map(({ ballotId }) => ballotId),
    answer.body.results,
  );
  await store.settle(acknowledged, refused);
  onAttempt('online', held);
  return acknowledged.length + refused.size > 0 ? 'more' : 'failed';
}

async function postBatch(votes: readonly VoteRequest[], identity: KioskIdentity, pairing: Pairing) {
  const body = { version: 1, votes };
  const { election } = pairing.definition;
  const authorization =
    pairing.credential === null
      ? {}
      : {
          authorization: `Kiosk ${pairing.credential}~${await signToken(identity, election, toBytes(JSON.stringify(body)), Date.now())}`,
        };
  return ask<{ readonly results: readonly VoteResult[] }>(`/v1/elections/${election}/votes/batch`, {
    body,
    headers: authorization,
    withinMs: answerMsMax,
  });
}
