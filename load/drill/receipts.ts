import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../http/request-text.ts';
import { createElectionApi } from '../replay/api-client.ts';
import type { CastVote } from './ballots.ts';
import { pick } from './random.ts';

const sampled = 100;
/** A standby may be this far behind; results are read from it. */
const pendingMsMax = 10_000;
const askAgainMs = 50;

/**
 * Asks for a hundred receipts as voters would.
 * @returns what is still pending once everything has drained, a line each
 */
export async function findPendingReceipts(
  endpoint: Endpoint,
  election: string,
  votes: readonly CastVote[],
  random: () => number,
): Promise<string[]> {
  const receiptIds = votes.flatMap(({ receiptId }) => (receiptId === null ? [] : [receiptId]));
  const sample =
    receiptIds.length === 0 ? [] : Array.from({ length: sampled }, () => pick(receiptIds, random));
  const api = createElectionApi(endpoint, election);
  const deadlineMs = performance.now() + pendingMsMax;
  const settles = async (receiptId: string): Promise<boolean> => {
    for (;;) {
      const status = await api.receiptStatus(receiptId);
      if (status !== null && status !== 'pending') return true;
      if (performance.now() > deadlineMs) return false;
      await sleep(askAgainMs);
    }
  };
  try {
    const pending: string[] = [];
    for (const receiptId of new Set(sample))
      if (!(await settles(receiptId))) pending.push(`its voter is told that receipt ${receiptId} is pending`);
    return pending;
  } finally {
    api.close();
  }
}
