import { setTimeout as sleep } from 'node:timers/promises';
import { createDueQueue } from '../measure/due-queue.ts';
import { createLatencyHistogram, type LatencyHistogram } from '../measure/latency-histogram.ts';
import type { ElectionApi } from './api-client.ts';

/** Follows a few of the accepted votes until they are recorded. */
export interface ReceiptSampler {
  /** A vote was accepted just now; it may become a sample. */
  offer(receiptId: string, nowMs: number): void;
  /** How long the oldest sample has waited for its record; 0 when none waits. */
  lagMs(nowMs: number): number;
  /** Resolves when no sample waits, or after `msMax`; then the figures are final. */
  finish(msMax: number): Promise<SampledReceipts>;
  stop(): void;
}

export interface SampledReceipts {
  /** From the 202 to the answer that says it is no longer pending, as the client sees it. */
  readonly recordedMs: LatencyHistogram;
  /** From the last `pending` to that answer: what `recordedMs` may be too long by. */
  readonly resolutionMs: LatencyHistogram;
  /** Still pending at the end. */
  readonly pending: number;
}

/** Samples a second, and how many of them may be taken at once: a short run has few seconds. */
const samplesPerSecond = 10;
const burstMax = 20;
/** Followed at once; a backlog of minutes would otherwise be polled more than it is worked off. */
const followedMax = 1_000;
/** Between two looks at a young sample; an old one is looked at again after a twentieth of its age. */
const pollMs = 40;
const pollShare = 0.05;
/** Nothing is due: how soon to look again. */
const idleMs = 5;

interface Sample {
  readonly receiptId: string;
  readonly acceptedMs: number;
  lastPendingMs: number;
}

/** @param apis one look at a time on each; they stay the caller's to close */
export function createReceiptSampler(apis: readonly ElectionApi[]): ReceiptSampler {
  const due = createDueQueue<Sample>();
  const waiting = new Set<Sample>();
  const sampled = { recordedMs: createLatencyHistogram(), resolutionMs: createLatencyHistogram() };
  const tokens = createTokens(performance.now());
  const stopped = new AbortController();

  const look = async (api: ElectionApi, sample: Sample): Promise<void> => {
    const askedMs = performance.now();
    const status = await api.receiptStatus(sample.receiptId);
    const nowMs = performance.now();
    if (status === null || status === 'pending') {
      sample.lastPendingMs = askedMs;
      due.add(nowMs + Math.max(pollMs, (nowMs - sample.acceptedMs) * pollShare), sample);
      return;
    }
    waiting.delete(sample);
    sampled.recordedMs.record(nowMs - sample.acceptedMs);
    sampled.resolutionMs.record(nowMs - sample.lastPendingMs);
  };
  const follow = async (api: ElectionApi): Promise<void> => {
    while (!stopped.signal.aborted) {
      const sample = due.take(performance.now());
      if (sample === undefined) await sleep(idleMs);
      else await look(api, sample);
    }
  };
  const following = Promise.all(apis.map(follow));
  // Seen by whoever calls `finish`; until then it must not end the process.
  following.catch(() => stopped.abort());

  return {
    offer(receiptId, nowMs) {
      if (waiting.size >= followedMax || !tokens.take(nowMs)) return;
      const sample = { receiptId, acceptedMs: nowMs, lastPendingMs: nowMs };
      waiting.add(sample);
      due.add(nowMs + pollMs, sample);
    },
    lagMs(nowMs) {
      const [oldest] = waiting;
      return oldest === undefined ? 0 : nowMs - oldest.acceptedMs;
    },
    async finish(msMax) {
      const deadlineMs = performance.now() + msMax;
      while (waiting.size > 0 && performance.now() < deadlineMs && !stopped.signal.aborted)
        await sleep(idleMs);
      stopped.abort();
      await following;
      return { ...sampled, pending: waiting.size };
    },
    stop: () => stopped.abort(),
  };
}

function createTokens(startMs: number) {
  let tokens = burstMax;
  let filledMs = startMs;
  return {
    take(nowMs: number): boolean {
      tokens = Math.min(burstMax, tokens + ((nowMs - filledMs) * samplesPerSecond) / 1000);
      filledMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
