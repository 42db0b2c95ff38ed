import { NotDurableError } from '../../functions/core/errors.ts';
import type { PutOutcome, SinkEntry, VoteSink } from '../../functions/core/ports.ts';
import type { VirtualTime } from '../../load/simulate/virtual-time.ts';
import type { VoterKey } from '../../schema/wire/ids.ts';

/** What one call to the stream or the queue does; entries are told apart by their place in the call. */
export interface CallBehaviour {
  /** Milliseconds until the reply; longer than the caller's patience is a timeout. */
  readonly ms: number;
  /** Whether an entry is stored; all, unless said. What a lost reply stored stays stored. */
  readonly stores?: (index: number) => boolean;
  /** The call fails as a whole: nobody says which entries were stored. */
  readonly replyLost?: boolean;
}

export interface Call {
  readonly startedAtMs: number;
  readonly entries: readonly SinkEntry[];
  /** Calls under way while it started, itself included. */
  readonly underWay: number;
}

/** A stream or a queue that misbehaves on order and remembers what it truly holds. */
export interface StoreModel {
  readonly put: (entries: readonly SinkEntry[], timeoutMs: number) => Promise<PutOutcome[]>;
  readonly calls: readonly Call[];
  /** Entries it holds, confirmed or not. */
  readonly stored: ReadonlySet<SinkEntry>;
  /** Entries whose own storing was confirmed by a reply that arrived. */
  readonly confirmed: ReadonlySet<SinkEntry>;
}

export function createStoreModel(time: VirtualTime, behave: (call: number) => CallBehaviour): StoreModel {
  const calls: Call[] = [];
  const stored = new Set<SinkEntry>();
  const confirmed = new Set<SinkEntry>();
  let underWay = 0;
  return {
    calls,
    stored,
    confirmed,
    async put(entries, timeoutMs) {
      underWay++;
      const { ms, stores = () => true, replyLost = false } = behave(calls.length);
      calls.push({ startedAtMs: time.clock(), entries, underWay });
      await time.sleep(Math.min(ms, timeoutMs));
      underWay--;
      const kept = entries.filter((_, index) => stores(index));
      for (const entry of kept) stored.add(entry);
      if (replyLost || ms > timeoutMs) throw new Error('no reply');
      for (const entry of kept) confirmed.add(entry);
      return entries.map((_, index) => (stores(index) ? 'stored' : 'failed'));
    },
  };
}

/** What a caller was told about one entry, and when. */
export interface Told {
  readonly entry: SinkEntry;
  readonly putAtMs: number;
  outcome: 'stream' | 'overflow' | 'not-durable' | 'other-error' | null;
  toldAtMs: number;
  /** Set when the answer is not true at the moment it is given. */
  lie: string | null;
}

/** Stands between a caller and a sink, and checks each answer against what the stores truly hold. */
export function createWitness(time: VirtualTime, sink: VoteSink, stream: StoreModel, overflow: StoreModel) {
  const told: Told[] = [];
  return {
    told,
    put(entry: SinkEntry): Told {
      const one: Told = { entry, putAtMs: time.clock(), outcome: null, toldAtMs: Number.NaN, lie: null };
      told.push(one);
      const settle = (outcome: Told['outcome']) => {
        one.outcome = outcome;
        one.toldAtMs = time.clock();
        const isTrue =
          (outcome === 'stream' && stream.confirmed.has(entry)) ||
          (outcome === 'overflow' && overflow.confirmed.has(entry)) ||
          outcome === 'not-durable';
        if (!isTrue) one.lie = `${outcome} was said of an entry that was not confirmed there`;
      };
      sink
        .put(entry)
        .then(settle, (error: unknown) =>
          settle(error instanceof NotDurableError ? 'not-durable' : 'other-error'),
        );
      return one;
    },
    /** Each kind of thing that is wrong with what callers were told: none, if the sink keeps its promise. */
    faults(withinMs: number): string[] {
      const slowestMs = Math.max(0, ...told.map((one) => one.toldAtMs - one.putAtMs).filter(Number.isFinite));
      const faults = told.flatMap((one) =>
        one.outcome === null ? 'an entry was never answered' : (one.lie ?? []),
      );
      if (slowestMs > withinMs) faults.push(`an entry was answered only after ${slowestMs} ms`);
      return [...new Set(faults)];
    },
  };
}

let entriesMade = 0;

/** An entry like no other, of `bytes`. */
export function makeEntry(bytes = 400): SinkEntry {
  const number = String(entriesMade++).padStart(12, '0');
  return {
    partitionKey: `00000000-0000-4000-8000-${number}` as VoterKey,
    data: Buffer.alloc(bytes, number),
  };
}

export const makeEntries = (count: number, bytes?: number): SinkEntry[] =>
  Array.from({ length: count }, () => makeEntry(bytes));
