import { randomUUID } from 'node:crypto';
import { formatPass } from '../../functions/core/pass.ts';
import type { LoadRequest, LoadSource } from '../http/drive-load.ts';
import { createDueQueue } from '../measure/due-queue.ts';
import { createLatencyHistogram, type LatencyHistogram } from '../measure/latency-histogram.ts';
import { changeMarks } from './change-marks.ts';
import type { Dealer, DealtBallot } from './deal-ballots.ts';
import { type PassFile, passMessageBytes } from './pass-file.ts';
import { hash32 } from './permutation.ts';
import type { ElectionPlan } from './plan-election.ts';
import { describeRefusal, readReceiptId } from './read-answer.ts';
import { createVoteWriter } from './write-vote.ts';

export interface CastOptions {
  readonly plan: ElectionPlan;
  readonly dealer: Dealer;
  /** Ballots to cast: those at the first so many places. */
  readonly ballots: number;
  readonly passes: PassFile;
  /** The key that signed each region's passes. */
  readonly keyIds: readonly string[];
  readonly seed: number;
  /** Of the ballots, percent: 0 to 100. */
  readonly duplicatesPercent: number;
  readonly retriesPercent: number;
  /** Makes a whole request of a body with a pass in it. */
  readonly toRequest: (body: string, pass: string) => string;
  /** False: no new ballot now. */
  mayCast(nowMs: number): boolean;
  onAccepted(receiptId: string, nowMs: number): void;
}

/** A vote: one ballot under one pass, however often it is sent. */
interface Vote {
  readonly ballotId: string;
  /** Requests that have not been answered. */
  open: number;
  receiptId: string | null;
  /** What goes out once it is accepted. */
  followUps: FollowUp[];
}

interface FollowUp {
  /** After the first was accepted. */
  readonly delayMs: number;
  readonly text: string;
  /** The same vote again, or a second one under its pass. */
  readonly vote: Vote;
}

/** What the client knows. Votes are distinct ones. */
export interface CastCounts {
  /** Of the file. */
  ballots: number;
  /** Second ballots under a pass. */
  duplicates: number;
  /** Requests that were repeated on purpose. */
  retries: number;
  /** Votes that a receipt is held for. */
  accepted: number;
  /** Votes that got no receipt. */
  refused: number;
  /** Repeated requests that got another receipt than the first time. */
  changedReceipts: number;
  /** Requests that got no receipt, by reason; the first few reasons. */
  readonly refusals: Map<string, number>;
  readonly acceptMs: LatencyHistogram;
}

export interface CastSource extends LoadSource<Vote> {
  readonly counts: CastCounts;
}

/** A follow-up goes out so long after its vote was accepted, at most. */
const followUpMsMax = 1_000;
const refusalReasonsMax = 20;

/**
 * The casting of a file's ballots: each once, some of them sent again, and for some passes a second,
 * different ballot, which goes out only after the first was accepted: the first recorded stands.
 */
export function createCastSource(options: CastOptions): CastSource {
  const due = createDueQueue<LoadRequest<Vote>>();
  const counts = createCounts();
  const compose = createComposer(options);
  const queue = (vote: Vote, text: string, readyMs: number): void =>
    due.add(readyMs, { text, readyMs, tag: vote });

  const castNext = (nowMs: number): LoadRequest<Vote> => {
    const { vote, text, repeatsAtOnce } = compose(counts.ballots++);
    if (repeatsAtOnce) {
      vote.open += 1;
      counts.retries += 1;
      queue(vote, text, nowMs);
    }
    return { text, readyMs: 0, tag: vote };
  };
  const accept = (vote: Vote, receiptId: string, nowMs: number): void => {
    vote.receiptId = receiptId;
    counts.accepted += 1;
    options.onAccepted(receiptId, nowMs);
    for (const next of vote.followUps) {
      if (next.vote === vote) counts.retries += 1;
      else counts.duplicates += 1;
      next.vote.open += 1;
      queue(next.vote, next.text, nowMs + next.delayMs);
    }
    vote.followUps = [];
  };
  const refuse = (vote: Vote, reason: string): void => {
    if (vote.open === 0 && vote.receiptId === null) counts.refused += 1;
    const { refusals } = counts;
    if (refusals.has(reason) || refusals.size < refusalReasonsMax)
      refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  };

  return {
    counts,
    next(nowMs) {
      const followUp = due.take(nowMs);
      if (followUp !== undefined) return followUp;
      return counts.ballots < options.ballots && options.mayCast(nowMs) ? castNext(nowMs) : null;
    },
    isDone: () => counts.ballots >= options.ballots && due.size === 0,
    onAnswer(vote, response, latencyMs) {
      vote.open -= 1;
      const receiptId = readReceiptId(response, vote.ballotId);
      if (receiptId === null) return refuse(vote, describeRefusal(response));
      counts.acceptMs.record(latencyMs);
      if (vote.receiptId === null) accept(vote, receiptId, performance.now());
      else if (vote.receiptId !== receiptId) counts.changedReceipts += 1;
    },
    onGivenUp(vote, reason) {
      vote.open -= 1;
      refuse(vote, `given up: ${reason}`);
    },
  };
}

function createCounts(): CastCounts {
  return {
    ballots: 0,
    duplicates: 0,
    retries: 0,
    accepted: 0,
    refused: 0,
    changedReceipts: 0,
    refusals: new Map(),
    acceptMs: createLatencyHistogram(),
  };
}

interface Composed {
  readonly vote: Vote;
  readonly text: string;
  /** Sent twice without waiting for an answer, as after a connection that was lost. */
  readonly repeatsAtOnce: boolean;
}

/** @returns a function that writes the vote of a place, with all that is to follow it */
function createComposer(options: CastOptions): (place: number) => Composed {
  const { plan, dealer, passes, keyIds, toRequest } = options;
  const writeVote = createVoteWriter(plan);
  const passAt = (place: number, region: number): string => {
    const entry = passes.read(place);
    return formatPass({
      keyId: keyIds[region] ?? '',
      message: entry.subarray(0, passMessageBytes),
      signature: entry.subarray(passMessageBytes),
    });
  };
  const composeSecond = (dealt: DealtBallot, pass: string, delayMs: number): FollowUp => {
    const vote = createVote(0);
    const marks = changeMarks(dealt, plan.contests);
    return {
      delayMs,
      vote,
      text: toRequest(writeVote({ ballotId: vote.ballotId, station: dealt.station, pass, marks }), pass),
    };
  };
  return (place) => {
    const dealt = dealer.ballotAt(place);
    const pass = passAt(place, dealt.station.region);
    const vote = createVote(1);
    const text = toRequest(
      writeVote({ ballotId: vote.ballotId, station: dealt.station, pass, marks: dealt.marks }),
      pass,
    );
    // Where two things follow, one bit each decides whether they wait.
    const spread = hash32(options.seed, 3, place);
    const isRepeated = isChosen(place, options.retriesPercent);
    const repeatsAtOnce = isRepeated && spread % 2 === 0;
    if (isRepeated && !repeatsAtOnce) vote.followUps.push({ delayMs: spread % followUpMsMax, text, vote });
    // Half of them at once, so that one batch of the writer holds both ballots.
    if (isChosen(place, options.duplicatesPercent))
      vote.followUps.push(composeSecond(dealt, pass, spread % 4 < 2 ? 0 : spread % followUpMsMax));
    return { vote, text, repeatsAtOnce };
  };
}

const createVote = (open: number): Vote => ({ ballotId: randomUUID(), open, receiptId: null, followUps: [] });

/** Spreads a percentage evenly and exactly: of 1,000 places 1.5 % are 15. */
function isChosen(place: number, percent: number): boolean {
  return Math.floor(((place + 1) * percent) / 100) > Math.floor((place * percent) / 100);
}
