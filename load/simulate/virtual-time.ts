/** Time that stands still until it is told to go on: nothing that runs in it waits for a real clock. */
export interface VirtualTime {
  /** Milliseconds since 1970, made up. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Runs `ms` from now. */
  readonly after: (ms: number, run: () => void) => void;
  /** Runs after everything that is already due, at the same instant. */
  readonly defer: (run: () => void) => void;
  /** Lets what is due now happen. */
  settle(): Promise<void>;
  /** Goes on by `ms`, through every timer on the way. */
  advance(ms: number): Promise<void>;
  /** Goes on, timer by timer, until `isReached`; false if that took longer than `msMax`, or nothing is left to happen. */
  runUntil(isReached: () => boolean, msMax: number): Promise<boolean>;
  /** Goes on until no timer is left; throws after `msMax`, since then something runs for ever. */
  runOut(msMax: number): Promise<void>;
}

interface Timer {
  readonly atMs: number;
  /** Timers of one instant fire in the order in which they were set. */
  readonly order: number;
  readonly run: () => void;
}

export function createVirtualTime(startMs = Date.parse('2026-11-03T12:00:00Z')): VirtualTime {
  let nowMs = startMs;
  let order = 0;
  const timers: Timer[] = [];
  let deferred: (() => void)[] = [];

  async function settle(): Promise<void> {
    for (;;) {
      // A turn of the event loop: every promise that can settle has settled after it.
      await new Promise((resolve) => setImmediate(resolve));
      if (deferred.length === 0) return;
      const due = deferred;
      deferred = [];
      for (const run of due) run();
    }
  }

  async function runUntil(isReached: () => boolean, untilMs: number): Promise<boolean> {
    await settle();
    for (let next = timers[0]; next !== undefined && next.atMs <= untilMs; next = timers[0]) {
      if (isReached()) return true;
      nowMs = Math.max(nowMs, next.atMs);
      while (timers[0] !== undefined && timers[0].atMs <= nowMs) popTimer(timers).run();
      await settle();
    }
    return isReached();
  }

  const after = (ms: number, run: () => void): void =>
    pushTimer(timers, { atMs: nowMs + ms, order: order++, run });
  const never = (): boolean => false;

  return {
    clock: () => nowMs,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    after,
    defer: (run) => deferred.push(run),
    settle,
    async advance(ms) {
      const untilMs = nowMs + ms;
      await runUntil(never, untilMs);
      nowMs = untilMs;
    },
    runUntil: (isReached, msMax) => runUntil(isReached, nowMs + msMax),
    async runOut(msMax) {
      await runUntil(never, nowMs + msMax);
      if (timers.length > 0) throw new Error(`after ${msMax} ms ${timers.length} timers are still running`);
    },
  };
}

const isBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A binary heap: overload tests set tens of thousands of timers. */
function pushTimer(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(timer, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = timer;
}

function popTimer(heap: Timer[]): Timer {
  const [first] = heap;
  const last = heap.pop();
  if (first === undefined || last === undefined) throw new Error('no timer is set');
  if (heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    const [left, right] = [heap[below], heap[below + 1]];
    if (left === undefined) break;
    if (right !== undefined && isBefore(right, left)) below += 1;
    const child = heap[below];
    if (child === undefined || !isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
  return first;
}
