import { DatabaseFault } from './database-fault.ts';
import { addPending, type PendingRow, type Tables } from './tables.ts';

/** What a transaction has written and nobody else sees yet. */
type Writes = Pick<Tables, 'participation' | 'ballot' | 'duplicateAttempt' | 'quarantine' | 'writerBatch'> & {
  readonly tallyPending: PendingRow[];
};

export interface Transaction {
  readonly writes: Writes;
  /**
   * Waits until no other transaction has written this key and may still commit, as a unique index
   * makes its second writer wait. Those that share a lock do not wait for each other. Throws when two
   * wait for each other.
   */
  lock(key: string, mode?: LockMode): Promise<void>;
  /** Takes a lock that is let go at the end, if nobody has it. */
  tryLock(key: string): boolean;
  /** Folds these rows into the counters when it commits. */
  fold(rows: readonly PendingRow[]): void;
  commit(): void;
  abort(): void;
}

type LockMode = 'alone' | 'shared';

interface Holder {
  waitsFor: Holder | null;
  readonly ended: Promise<void>;
}

export interface Engine {
  readonly tables: Tables;
  begin(): Transaction;
}

/** READ COMMITTED with unique keys and locks: as much of PostgreSQL as the store relies on. */
export function createEngine(tables: Tables): Engine {
  const holders: Holders = new Map();
  return { tables, begin: () => beginTransaction(tables, holders) };
}

/** Who has which lock. */
type Holders = Map<string, Map<Holder, LockMode>>;

function beginTransaction(tables: Tables, holders: Holders): Transaction {
  let letGo = (): void => {};
  const self: Holder = {
    waitsFor: null,
    ended: new Promise((resolve) => {
      letGo = resolve;
    }),
  };
  const held: string[] = [];
  let folded: readonly PendingRow[] = [];
  let isOpen = true;
  const writes: Writes = {
    participation: [],
    ballot: [],
    duplicateAttempt: [],
    quarantine: [],
    writerBatch: [],
    tallyPending: [],
  };

  function take(key: string, mode: LockMode): void {
    const present = holders.get(key) ?? new Map<Holder, LockMode>();
    holders.set(key, present.set(self, mode));
    held.push(key);
  }

  /** One of those that have to end before. */
  function blockerOf(key: string, mode: LockMode): Holder | undefined {
    for (const [holder, theirs] of holders.get(key) ?? [])
      if (holder !== self && (mode === 'alone' || theirs === 'alone')) return holder;
    return undefined;
  }

  function end(): void {
    isOpen = false;
    for (const key of held) holders.get(key)?.delete(self);
    letGo();
  }

  return {
    writes,
    async lock(key, mode = 'alone') {
      for (let holder = blockerOf(key, mode); holder !== undefined; holder = blockerOf(key, mode)) {
        for (let next: Holder | null = holder; next !== null; next = next.waitsFor)
          if (next === self) throw new DatabaseFault('again', '40P01');
        self.waitsFor = holder;
        await holder.ended;
        self.waitsFor = null;
      }
      if (isOpen) take(key, mode);
    },
    tryLock(key) {
      const isFree = blockerOf(key, 'alone') === undefined;
      if (isFree) take(key, 'alone');
      return isFree;
    },
    fold(rows) {
      folded = rows;
    },
    commit() {
      if (!isOpen) return;
      tables.participation.push(...writes.participation);
      tables.ballot.push(...writes.ballot);
      tables.duplicateAttempt.push(...writes.duplicateAttempt);
      tables.quarantine.push(...writes.quarantine);
      tables.writerBatch.push(...writes.writerBatch);
      for (const row of writes.tallyPending) tables.tallyPending.add(row);
      for (const row of folded) {
        tables.tallyPending.delete(row);
        addPending(row, tables.tally, tables.tallyTotal);
      }
      end();
    },
    abort() {
      if (isOpen) end();
    },
  };
}
