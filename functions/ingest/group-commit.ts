import { NotDurableError } from '../core/errors.ts';
import type { BatchStream, Clock, Metrics, PutOutcome, SinkEntry, VoteSink } from '../core/ports.ts';
import { createOverflow, type OverflowOptions } from './overflow-commit.ts';

export interface GroupCommitOptions extends OverflowOptions {
  readonly stream: BatchStream;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly metrics: Pick<Metrics, 'count'>;
}

/** Kinesis's limits for one PutRecords call, partition keys counted (capacity-facts, S). */
const callEntriesMax = 500;
const callBytesMax = 10 * 1024 * 1024;
/**
 * Calls under way at once. One is enough for grouping; the others keep a call that hangs from
 * holding up everybody behind it.
 */
const callsUnderWayMax = 4;
/** A call that takes longer than this no longer holds the next one back: PutRecords' p95 is 100 ms. */
const slowCallMs = 100;
/**
 * From the moment an entry comes in until the stream is given up and the queue is asked. Together
 * with the queue's time below 4 s, and so below the function's timeout of 5 s.
 */
export const streamMsMax = 1_500;
/**
 * The same once the stream has taken nothing for `streamMsMax`: enough for an attempt, which is how we
 * learn that it is back. Waiting the whole time for it would make each vote cost an instance a second
 * and a half more: at 250,000 votes a second, 375,000 requests in flight.
 */
const refusingStreamMsMax = 200;
/** One attempt at the stream. A timeout means unknown, and unknown is repeated. */
const callMsMax = 800;
const backoffMsMin = 20;
const backoffMsMax = 300;

/** Entries without an answer, wherever they wait: beyond, the honest one is 503 at once. About 10 MB of votes. */
const unansweredMax = 20_000;

interface Waiting {
  readonly entry: SinkEntry;
  readonly giveUpAtMs: number;
  attempts: number;
  readonly resolve: (where: 'stream' | 'overflow') => void;
  readonly reject: (error: Error) => void;
}

/**
 * Group commit: what arrives while a put is under way goes out together as the next one. No timer,
 * no wait when idle. A `PutRecord` costs about 500 µs of CPU in the SDK whatever it carries, one of
 * 25 records in a `PutRecords` about 18 µs. One request at a time, it is a plain put.
 *
 * What the stream does not take is offered to it again, with jitter, until its time is up; then to
 * the overflow queue; then the caller is told. An entry whose call timed out may be in the stream
 * and go into it again: the same ballot twice is one vote.
 */
export function createGroupCommit(options: GroupCommitOptions): VoteSink {
  const { clock, defer, sleep } = options;
  let waiting: Waiting[] = [];
  let unanswered = 0;
  let callsUnderWay = 0;
  let lastCallAtMs = Number.NEGATIVE_INFINITY;
  let isDeferred = false;
  let isWatching = false;
  const patience = createPatience(clock);
  const overflow = createOverflow(options);

  function dispatchSoon(): void {
    if (isDeferred) return;
    isDeferred = true;
    defer(() => {
      isDeferred = false;
      dispatch();
    });
  }

  function dispatch(): void {
    giveUpLateOnes();
    while (waiting.length > 0 && mayCall()) {
      const call = waiting.slice(0, callSize(waiting));
      waiting = waiting.slice(call.length);
      callsUnderWay++;
      lastCallAtMs = clock();
      void putCall(call, options, patience).then((failed) => {
        callsUnderWay--;
        for (const one of failed) void again(one);
        dispatch();
      });
    }
    if (waiting.length > 0) void watch();
  }

  function mayCall(): boolean {
    if (callsUnderWay === 0) return true;
    const isDue = waiting.length >= callEntriesMax || clock() - lastCallAtMs >= slowCallMs;
    return callsUnderWay < callsUnderWayMax && isDue;
  }

  /** Looks again when the call under way has become a slow one. */
  async function watch(): Promise<void> {
    if (isWatching || callsUnderWay >= callsUnderWayMax) return;
    isWatching = true;
    await sleep(lastCallAtMs + slowCallMs - clock());
    isWatching = false;
    dispatch();
  }

  async function again(one: Waiting): Promise<void> {
    one.attempts++;
    const waitMs = Math.min(backoffMsMax, backoffMsMin * 2 ** one.attempts) * (0.5 + options.random());
    if (clock() + waitMs >= one.giveUpAtMs) return giveUp(one);
    await sleep(waitMs);
    waiting.push(one);
    dispatchSoon();
  }

  /** Wherever they stand: one that is repeated waits behind others that came in after it. */
  function giveUpLateOnes(): void {
    const nowMs = clock();
    const late = waiting.filter((one) => nowMs >= one.giveUpAtMs);
    if (late.length === 0) return;
    waiting = waiting.filter((one) => nowMs < one.giveUpAtMs);
    for (const one of late) giveUp(one);
  }

  function giveUp(one: Waiting): void {
    overflow(one.entry).then(() => one.resolve('overflow'), one.reject);
  }

  return {
    put(entry) {
      if (unanswered >= unansweredMax)
        return Promise.reject(new NotDurableError('too many votes wait for the stream'));
      unanswered++;
      return new Promise<'stream' | 'overflow'>((resolve, reject) => {
        waiting.push({ entry, giveUpAtMs: clock() + patience.streamMs(), attempts: 0, resolve, reject });
        dispatchSoon();
      }).finally(() => unanswered--);
    },
  };
}

interface Patience {
  noteCall(hasStored: boolean): void;
  streamMs(): number;
}

/** How long to wait for the stream: less while it takes nothing at all. */
function createPatience(clock: Clock): Patience {
  /** When the first call failed after the last one that stored anything. */
  let failingSinceMs: number | null = null;
  return {
    noteCall(hasStored) {
      failingSinceMs = hasStored ? null : (failingSinceMs ?? clock());
    },
    streamMs() {
      const isRefusing = failingSinceMs !== null && clock() - failingSinceMs >= streamMsMax;
      return isRefusing ? refusingStreamMsMax : streamMsMax;
    },
  };
}

/** How many from the front fit one call. */
function callSize(waiting: readonly Waiting[]): number {
  let bytes = 0;
  let size = 0;
  for (const { entry } of waiting) {
    bytes += entry.data.length + entry.partitionKey.length;
    if (size === callEntriesMax || (bytes > callBytesMax && size > 0)) break;
    size++;
  }
  return size;
}

/** One attempt. Confirms what is stored and returns the rest. */
async function putCall(
  call: readonly Waiting[],
  { stream, log, metrics, describeError }: GroupCommitOptions,
  patience: Patience,
): Promise<Waiting[]> {
  let outcomes: PutOutcome[];
  try {
    outcomes = await stream.putBatch(
      call.map((one) => one.entry),
      callMsMax,
    );
  } catch (error) {
    log('stream.put-failed', { entries: call.length, error: describeError(error) });
    metrics.count('PutFailures', call.length);
    patience.noteCall(false);
    return [...call];
  }
  const failed: Waiting[] = [];
  for (const [index, one] of call.entries()) {
    if (outcomes[index] === 'stored') one.resolve('stream');
    else failed.push(one);
  }
  patience.noteCall(failed.length < call.length);
  if (failed.length > 0) {
    log('stream.put-failed', { entries: failed.length, of: call.length });
    metrics.count('PutFailures', failed.length);
  }
  return failed;
}
