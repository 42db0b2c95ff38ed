import type { PutOutcome } from '../../functions/core/ports.ts';
import type { Life } from './life.ts';
import { isAway, type Outage, type World } from './world.ts';

/** What a call does, decided before it is made. */
interface Fate {
  /** When what it stores is there, from its beginning; null: nothing ever is. */
  readonly effectMs: number | null;
  /** When its reply arrives; null: never, the caller runs into its own timeout. */
  readonly replyMs: number | null;
  /** A reply that says that the whole of it failed, whatever the truth is. */
  readonly isError: boolean;
  readonly stores: (index: number) => boolean;
  readonly copies: number;
}

const all = (): boolean => true;

function drawFate({ time, random, faults }: World, outages: readonly Outage[], timeoutMs: number): Fate {
  const latencyMs = faults.bites('put-slow') ? random.between(100, 2_000) : random.between(2, 60);
  const good: Fate = { effectMs: latencyMs / 2, replyMs: latencyMs, isError: false, stores: all, copies: 1 };
  if (isAway(outages, time.clock()))
    return { ...good, effectMs: null, replyMs: random.chance(0.5) ? latencyMs : null, isError: true };
  // A reset comes at once, a lost packet not at all.
  const silence = { replyMs: random.chance(0.5) ? latencyMs : null, isError: true };
  if (faults.bites('put-lost')) return { ...good, effectMs: null, ...silence };
  if (faults.bites('put-reply-lost')) return { ...good, ...silence };
  if (faults.bites('put-stored-late'))
    return { ...good, effectMs: timeoutMs + random.between(0, 3_000), replyMs: null };
  if (faults.bites('put-throttled')) {
    // The whole of it as an error, or entry by entry in an answer of 200.
    return random.chance(0.5)
      ? { ...good, effectMs: null, isError: true }
      : { ...good, effectMs: null, stores: () => false };
  }
  if (faults.bites('put-failed-in-part')) {
    const share = random.next();
    return { ...good, stores: () => random.chance(share) };
  }
  // A retry inside the SDK, of a call that had worked.
  return faults.bites('put-stored-twice') ? { ...good, copies: 2 } : good;
}

export interface PutCall {
  readonly life: Life;
  readonly name: string;
  readonly entries: number;
  readonly timeoutMs: number;
  readonly outages: readonly Outage[];
  /** Stores one entry; false when it cannot be taken at that moment. */
  readonly store: (index: number) => boolean;
}

/**
 * One call that stores several entries: whole, in part, not at all, late or twice, with a reply or
 * without. What it stores is stored whether or not anybody still waits for the reply.
 * @throws Error when no reply came, or one that says that all of it failed
 */
export async function makePutCall(world: World, call: PutCall): Promise<PutOutcome[]> {
  const { time, random, say } = world;
  const { life, name, timeoutMs } = call;
  const fate = drawFate(world, call.outages, timeoutMs);
  const indexes = Array.from({ length: call.entries }, (_, index) => index);
  const stored = new Set<number>();
  const take = (): void => {
    // PutRecords promises no order within a call (AWS, PutRecords, read 2026-11-23).
    for (const index of random.shuffled(indexes)) {
      if (fate.stores(index) && call.store(index)) stored.add(index);
    }
    say(() => `${name}: ${stored.size} of ${call.entries} stored`);
  };
  if (fate.effectMs !== null)
    for (let copy = 0; copy < fate.copies; copy++) time.after(fate.effectMs + copy * 5, take);
  const isLate = fate.replyMs === null || fate.replyMs > timeoutMs;
  await life.sleep(isLate ? timeoutMs : (fate.replyMs ?? 0));
  if (isLate || fate.isError) {
    say(() => `${name}: ${isLate ? 'no reply' : 'an error'}`);
    throw new Error(isLate ? 'no reply' : 'an error');
  }
  return indexes.map((index) => (stored.has(index) ? 'stored' : 'failed'));
}
