import { driveLoad, type LoadSource } from '../http/drive-load.ts';
import type { Endpoint } from '../http/request-text.ts';
import { createVotePost } from '../http/request-text.ts';
import { createLatencyHistogram, type LatencyHistogram } from '../measure/latency-histogram.ts';
import { describeRefusal, readReceiptId } from '../replay/read-answer.ts';
import type { CastVote } from './ballots.ts';

/** What the clients of one drill have seen. */
export interface Casting {
  readonly latencyMs: LatencyHistogram;
  /** Votes with a receipt. */
  acked: number;
  /** Voters among them. */
  readonly ackedVoters: Set<string>;
  /** Attempts that were answered with a refusal (429, 5xx). */
  refused: number;
  /** Attempts made again, for whatever reason. */
  retried: number;
  readonly retriesByReason: Map<string, number>;
  /** Votes that nobody would take for as long as a client asks. */
  givenUp: number;
  /** What must not happen at all: a refusal for good, another receipt for a repeat. */
  readonly oddities: string[];
  firstErrorMs: number | null;
  lastErrorMs: number | null;
  /** Whether the clients have cast all they meant to. */
  done: boolean;
}

/** Attempts in flight or waiting to be made again, at most; a voter's browser does not give up sooner. */
const inFlightMax = 20_000;
const connectionsMax = 256;
/** Longer than ingest may take, 4 s; and than any of our faults may hold it. An answer that takes longer is a hang. */
const timeoutMs = 8_000;
const giveUpMs = 90_000;
/** Of accepted votes: the client asks again all the same, as after a lost answer. */
const repeatShare = 0.03;

export interface CastSpec {
  readonly endpoint: Endpoint;
  readonly election: string;
  readonly votes: readonly CastVote[];
  readonly ratePerSecond: number;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

export function createCasting(): Casting {
  return {
    latencyMs: createLatencyHistogram(),
    acked: 0,
    ackedVoters: new Set(),
    refused: 0,
    retried: 0,
    retriesByReason: new Map(),
    givenUp: 0,
    oddities: [],
    firstErrorMs: null,
    lastErrorMs: null,
    done: false,
  };
}

/** Casts every vote, at a steady rate whatever the pipeline does, until each has a receipt or is given up. */
export async function castVotes(spec: CastSpec, casting: Casting): Promise<void> {
  const post = createVotePost(spec.endpoint, spec.election);
  let next = 0;
  const repeats: CastVote[] = [];
  const source: LoadSource<CastVote> = {
    next() {
      const vote = repeats.length > 0 && spec.random() < 0.5 ? repeats.pop() : spec.votes[next++];
      if (vote === undefined) return null;
      vote.sent = true;
      return { text: post(vote.body, vote.pass), readyMs: 0, tag: vote };
    },
    isDone: () => next >= spec.votes.length,
    onRetry(_vote, reason) {
      const nowMs = performance.now();
      casting.retried += 1;
      if (reason.startsWith('status')) casting.refused += 1;
      casting.retriesByReason.set(reason, (casting.retriesByReason.get(reason) ?? 0) + 1);
      casting.firstErrorMs ??= nowMs;
      casting.lastErrorMs = nowMs;
    },
    onAnswer(vote, response, latencyMs) {
      const receiptId = readReceiptId(response, vote.ballotId);
      if (receiptId === null) {
        casting.oddities.push(`a good vote was refused for good: ${describeRefusal(response)}`);
        return;
      }
      casting.latencyMs.record(latencyMs);
      if (vote.receiptId !== null) {
        if (vote.receiptId !== receiptId) casting.oddities.push('a repeated vote got another receipt');
        return;
      }
      vote.receiptId = receiptId;
      casting.acked += 1;
      casting.ackedVoters.add(vote.voterKey);
      if (spec.random() < repeatShare) repeats.push(vote);
    },
    onGivenUp() {
      casting.givenUp += 1;
    },
  };
  await driveLoad({
    target: spec.endpoint.target,
    source,
    ratePerSecond: spec.ratePerSecond,
    connectionsMax,
    inFlightMax,
    timeoutMs,
    giveUpMs,
    signal: spec.signal,
  });
  casting.done = true;
}
