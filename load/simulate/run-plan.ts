import type { ClientPlan } from './clients.ts';
import { drawFaultPlan, type FaultPlan } from './faults.ts';
import type { Random } from './random.ts';
import { closesAtMs, opensAtMs } from './sim-election.ts';
import type { Outage } from './world.ts';

/** What one run is made of, before anything happens. */
export interface RunPlan {
  readonly startMs: number;
  readonly clients: ClientPlan;
  readonly faults: FaultPlan;
  readonly shards: number;
  readonly reshardAtMs: readonly number[];
  readonly ingestInstances: number;
  /** Records a batch at most. */
  readonly batchRecordsMax: number;
  readonly outages: Readonly<Record<'stream' | 'queue' | 'database', readonly Outage[]>>;
  /** Records that ingest never wrote, or that the database refuses. */
  readonly alienRecords: number;
  readonly refusedShare: number;
  /** Nothing goes wrong after that. */
  readonly healAtMs: number;
}

/** Shorter than the drain may take, longer than any backoff. */
const castMsMax = 15_000;

export function drawRunPlan(random: Random): RunPlan {
  const castMs = random.between(500, castMsMax);
  // Some elections close while votes come in.
  const closes = random.chance(0.1);
  const startMs = closes ? Math.round(closesAtMs - castMs * random.next()) : opensAtMs + 60_000;
  const outage = (probability: number): Outage[] => {
    if (!random.chance(probability)) return [];
    const fromMs = startMs + random.between(0, castMs);
    return [{ fromMs, untilMs: fromMs + random.between(500, 12_000) }];
  };
  return {
    startMs,
    clients: {
      voters: random.int(3, 14),
      kiosks: random.chance(0.3) ? 1 : 0,
      votesPerKioskMax: 6,
      castMs,
    },
    faults: drawFaultPlan(random),
    shards: random.int(1, 3),
    reshardAtMs: Array.from({ length: random.chance(0.5) ? random.int(1, 2) : 0 }, () =>
      random.between(0, castMs),
    ),
    ingestInstances: random.int(1, 3),
    batchRecordsMax: random.int(1, 12),
    outages: { stream: outage(0.3), queue: outage(0.2), database: outage(0.3) },
    alienRecords: random.chance(0.3) ? random.int(1, 3) : 0,
    refusedShare: random.chance(0.3) ? 0.15 : 0,
    healAtMs: startMs + castMs + random.between(0, 20_000),
  };
}
