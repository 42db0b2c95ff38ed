import { setTimeout as sleep } from 'node:timers/promises';
import { remedyFor } from '../../functions/adapters/postgres/errors.ts';
import { type ChangeCounter, createChangeCounter } from './apply-changes.ts';
import { type BallotsPace, createBallotsPace } from './ballots-pace.ts';
import { type CountPlace, openCount } from './baseline.ts';
import { type Comparison, compareAtPosition, copyCount, type OwnCount } from './compare-count.ts';
import { CountError } from './count-error.ts';
import { type CountState, writeCountFile } from './count-file.ts';
import type { Difference } from './difference.ts';
import { openReplication, type Replication } from './replication.ts';

export interface FollowOptions extends CountPlace {
  readonly isFresh: boolean;
  /** False: count up to now, compare once, end. */
  readonly follows: boolean;
  readonly compareMs: number;
  /** Each ballot at every comparison; else at the last one, and now and then: see `createBallotsPace`. */
  readonly comparesBallots: boolean;
  /** Asks for an end: a last comparison, then it resolves. */
  readonly signal: AbortSignal;
  readonly onComparison: (comparison: Comparison) => void;
  readonly onAlarm: (alarm: Difference) => void;
}

/** How much is counted again after a kill. */
const keepMs = 1_000;
const statusMs = 500;
/** A slot for a comparison waits for transactions under way, and the count stands still meanwhile. */
const slotMsMax = 20_000;
/** Until a common position is reached, if the count is far behind. */
const reachMsMax = 10 * 60_000;
const retryMs = 500;
/** Of a slot: its last reader may just have been killed. */
const busyMsMax = 10_000;
/** Longer than a failover takes. */
const awayMsMax = 120_000;

/**
 * Counts ballots from the database's change stream, on its own, and compares with the official tally at
 * common positions. Goes on after lost connections and failovers; each time from the file, which is exact.
 * Resolves to the last comparison. @throws CountError
 */
export async function followBallots(options: FollowOptions): Promise<Comparison | null> {
  let last: Comparison | null = null;
  const pace = createBallotsPace(performance.now());
  let awaySinceMs = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const onComparison = (comparison: Comparison) => {
        last = comparison;
        awaySinceMs = performance.now();
        options.onComparison(comparison);
      };
      await followOnce({ ...options, isFresh: options.isFresh && attempt === 0, onComparison }, pace);
      return last;
    } catch (error) {
      if (options.signal.aborted || !isWorthTrying(error, performance.now() - awaySinceMs)) throw error;
      options.onLine(`trying again: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(retryMs);
    }
  }
}

/** What passes by itself: a connection that broke, a failover, a reader that was killed and still holds the slot. */
function isWorthTrying(error: unknown, awayMs: number): boolean {
  if (error instanceof CountError) return error.code === 'slot-busy' && awayMs < busyMsMax;
  const remedy = remedyFor(error);
  return (remedy === 'again' || remedy === 'reconnect') && awayMs < awayMsMax;
}

async function followOnce(options: FollowOptions, pace: BallotsPace): Promise<void> {
  const state = await openState(options);
  const replication = await openReplication(options.findUrl());
  const counter = createChangeCounter(state, options.onAlarm);
  const keeper = createKeeper(options.file, counter, replication);
  const broken = new AbortController();
  const streaming = replication.stream({
    slot: options.slot,
    publication: options.publication,
    from: state.position,
    onMessage(message) {
      counter.apply(message);
      keeper.keepIfDue();
    },
    onPosition(position, wantsReply) {
      counter.advance(position);
      if (wantsReply) keeper.tell(false);
    },
  });
  try {
    const comparing = compareAgainAndAgain(options, pace, { counter, replication, broken: broken.signal });
    // If the stream ends first, it ends too, and nobody needs to hear why.
    comparing.catch(() => {});
    await Promise.race([streaming, comparing]);
    keeper.keep();
  } finally {
    keeper.stop();
    broken.abort();
    streaming.catch(() => {});
    await replication.close().catch(() => {});
  }
}

async function openState(options: FollowOptions): Promise<CountState> {
  const opening = await openReplication(options.findUrl());
  try {
    return await openCount(options, opening, options.isFresh);
  } finally {
    await opening.close();
  }
}

/** Writes the file now and then, between transactions; only what it holds is acknowledged. */
function createKeeper(file: string, counter: ChangeCounter, replication: Replication) {
  let kept = counter.state.position;
  let keptMs = performance.now();
  let tookMs = 0;
  const tell = (wantsReply: boolean) => replication.tell(counter.state.position, kept, wantsReply);
  const keep = () => {
    const beganMs = performance.now();
    writeCountFile(file, counter.state);
    kept = counter.state.position;
    keptMs = performance.now();
    tookMs = keptMs - beganMs;
    tell(false);
  };
  // A large file is written less often: writing may take a tenth of the time.
  const keepIfDue = () => {
    const isDue = performance.now() - keptMs > Math.max(keepMs, tookMs * 10);
    if (isDue && counter.isBetweenTransactions() && counter.state.position !== kept) keep();
  };
  const timer = setInterval(() => {
    keepIfDue();
    // Asked for, or an idle server would not say for long how far it is.
    tell(true);
  }, statusMs);
  return { keep, keepIfDue, tell, stop: () => clearInterval(timer) };
}

interface Following {
  readonly counter: ChangeCounter;
  readonly replication: Replication;
  readonly broken: AbortSignal;
}

async function compareAgainAndAgain(
  options: FollowOptions,
  pace: BallotsPace,
  following: Following,
): Promise<void> {
  const { signal, comparesBallots } = options;
  const woken = AbortSignal.any([signal, following.broken]);
  for (;;) {
    if (options.follows) await sleep(options.compareMs, undefined, { signal: woken }).catch(() => {});
    if (following.broken.aborted) return;
    const isLast = !options.follows || signal.aborted;
    const beganMs = performance.now();
    const withBallots = comparesBallots || isLast || pace.isDue(beganMs);
    const comparison = await compareNow({ ...options, comparesBallots: withBallots }, following);
    if (withBallots) pace.note(beganMs, performance.now());
    if (following.broken.aborted) return;
    options.onComparison(comparison);
    if (isLast) return;
  }
}

let comparisons = 0;

/** The count stands still while the position is chosen: so it cannot be beyond it already. */
async function compareNow(
  options: FollowOptions,
  { counter, replication, broken }: Following,
): Promise<Comparison> {
  const url = options.findUrl();
  const marking = await openReplication(url);
  try {
    replication.pause();
    // Of its own each time: one that was cut off stays for a moment.
    const name = `${options.slot}_compare_${process.pid}_${comparisons++}`;
    const { position, snapshotId } = await within(
      slotMsMax,
      marking.createSlot(name, { temporary: true, failover: false }),
      'a transaction holds the comparison up',
    );
    const own = new Promise<OwnCount>((resolve, reject) => {
      broken.addEventListener('abort', () => reject(new Error('the stream has ended')), { once: true });
      const { state } = counter;
      counter.at(position, () => resolve({ count: copyCount(state.count), missing: state.missing }));
    });
    replication.resume();
    own.catch(() => {});
    return await compareAtPosition({
      url,
      snapshotId,
      position,
      connections: options.connections,
      comparesBallots: options.comparesBallots,
      publication: options.publication,
      onPublication: (definition) => counter.notePublication(definition),
      alarms: () => counter.state.alarms,
      onPartition: options.onPartition,
      async ownAt() {
        // The snapshot is others' by now; the slot would keep the log for as long as it is.
        await marking.close();
        return within(reachMsMax, own, 'the count is too far behind to be compared');
      },
    });
  } finally {
    replication.resume();
    await marking.close();
  }
}

async function within<T>(msMax: number, promise: Promise<T>, otherwise: string): Promise<T> {
  const over = new AbortController();
  const late = sleep(msMax, undefined, { signal: over.signal }).then(
    () => Promise.reject(new Error(otherwise)),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}
