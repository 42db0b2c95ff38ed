import { NotDurableError } from '../core/errors.ts';
import type { Clock, Log, OverflowQueue, PutOutcome, SinkEntry } from '../core/ports.ts';

/** SendMessageBatch takes ten messages and 1 MiB (AWS SQS quotas, read 2026-11-23). */
const callEntriesMax = 10;
/** What the queue has for one vote, all attempts together, and for one attempt. */
export const overflowMsMax = 1_500;
const callMsMax = 700;
const backoffMs = 50;

export interface OverflowOptions {
  readonly overflow: OverflowQueue;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly defer: (run: () => void) => void;
  readonly log: Log;
  /** What may be said of an error in a log. */
  readonly describeError: (error: unknown) => string;
}

interface Waiting {
  readonly entry: SinkEntry;
  readonly giveUpAtMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Takes what the stream would not, in calls of ten. Rejects with NotDurableError when its time is up. */
export function createOverflow({
  overflow,
  clock,
  sleep,
  defer,
  log,
  describeError,
}: OverflowOptions): (entry: SinkEntry) => Promise<void> {
  let waiting: Waiting[] = [];

  function flush(): void {
    const all = waiting;
    waiting = [];
    for (let start = 0; start < all.length; start += callEntriesMax)
      void send(all.slice(start, start + callEntriesMax));
  }

  async function send(call: readonly Waiting[]): Promise<void> {
    let outcomes: PutOutcome[] = [];
    try {
      outcomes = await overflow.sendBatch(
        call.map((one) => one.entry),
        callMsMax,
      );
    } catch (error) {
      log('overflow.put-failed', { entries: call.length, error: describeError(error) });
    }
    const failed: Waiting[] = [];
    for (const [index, one] of call.entries()) {
      if (outcomes[index] === 'stored') one.resolve();
      else failed.push(one);
    }
    if (failed.length === 0) return;
    await sleep(backoffMs);
    const nowMs = clock();
    for (const one of failed) {
      if (nowMs >= one.giveUpAtMs)
        one.reject(new NotDurableError('neither the stream nor the overflow queue took the vote'));
    }
    const rest = failed.filter((one) => nowMs < one.giveUpAtMs);
    if (rest.length > 0) await send(rest);
  }

  return (entry) =>
    new Promise((resolve, reject) => {
      waiting.push({ entry, giveUpAtMs: clock() + overflowMsMax - callMsMax, resolve, reject });
      if (waiting.length === 1) defer(flush);
    });
}
