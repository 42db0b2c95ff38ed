import type { Random } from './random.ts';

/** Everything that goes wrong by chance, each at its own place, and how likely it is there at most. */
export const faultRates = {
  // between a client and ingest
  'request-lost': 0.15,
  'answer-lost': 0.2,
  'ingest-killed': 0.1,
  'definitions-away': 0.1,
  // PutRecords and SendMessageBatch
  'put-slow': 0.3,
  'put-throttled': 0.4,
  'put-failed-in-part': 0.5,
  'put-lost': 0.2,
  'put-reply-lost': 0.3,
  'put-stored-late': 0.2,
  'put-stored-twice': 0.2,
  // reading the stream
  'read-failed': 0.2,
  'read-short': 0.4,
  'read-nothing': 0.3,
  'poller-killed': 0.15,
  'checkpoint-failed': 0.2,
  // the queue's reader
  'received-twice': 0.3,
  'delete-lost': 0.3,
  // the writer as its event sources call it
  'writer-killed': 0.3,
  'writer-answer-lost': 0.2,
  'writer-left-running': 0.2,
  // the database
  'database-slow': 0.1,
  'connection-lost': 0.08,
  'commit-lost': 0.15,
  'commit-reply-lost': 0.3,
  'commit-late': 0.1,
  'transaction-lost-race': 0.06,
  'disk-full': 0.08,
} as const satisfies Readonly<Record<string, number>>;

export type FaultName = keyof typeof faultRates;
export const faultNames = Object.keys(faultRates) as FaultName[];

/** How likely each fault is in one run. */
export type FaultPlan = Readonly<Record<FaultName, number>>;

/**
 * Each run leaves out about half of the faults: with all of them at once, few votes would get far
 * enough for a rare one to matter ("swarm testing", Groce and others, ISSTA 2012).
 */
export function drawFaultPlan(random: Random): FaultPlan {
  const plan = {} as Record<FaultName, number>;
  for (const name of faultNames) plan[name] = random.chance(0.5) ? random.next() * faultRates[name] : 0;
  return plan;
}

export interface Faults {
  /** Whether it happens here and now. Counts those that do. */
  bites(name: FaultName): boolean;
  /** From now on nothing goes wrong any more. */
  stop(): void;
  readonly counts: Readonly<Partial<Record<FaultName, number>>>;
}

export function createFaults(plan: FaultPlan, random: Random): Faults {
  const counts: Partial<Record<FaultName, number>> = {};
  let stopped = false;
  return {
    counts,
    bites(name) {
      if (stopped || !random.chance(plan[name])) return false;
      counts[name] = (counts[name] ?? 0) + 1;
      return true;
    },
    stop() {
      stopped = true;
    },
  };
}
