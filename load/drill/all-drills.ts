import type { Drill } from './drill.ts';
import {
  databaseCut,
  missingPartition,
  readOnlyDatabase,
  terminatedSessions,
} from './drills/database-faults.ts';
import { everythingAtOnce } from './drills/everything-at-once.ts';
import { failover, failoverAsynchronous } from './drills/failover.ts';
import { fullDisk } from './drills/full-disk.ts';
import { killIngest, killStore, killStream, killWriter } from './drills/killed-processes.ts';
import { shiftedClock } from './drills/shifted-clock.ts';
import { duplicateStorm, poison, reshard } from './drills/stream-contents.ts';
import {
  nothingDurable,
  resetConnections,
  throttledInPart,
  throttledStream,
  unknownOutcome,
} from './drills/stream-faults.ts';

/** In the order in which `all` runs them. */
export const allDrills: readonly Drill[] = [
  failover,
  readOnlyDatabase,
  databaseCut,
  terminatedSessions,
  missingPartition,
  fullDisk,
  killIngest,
  killWriter,
  killStream,
  killStore,
  throttledStream,
  throttledInPart,
  unknownOutcome,
  resetConnections,
  nothingDurable,
  poison,
  duplicateStorm,
  reshard,
  shiftedClock,
  everythingAtOnce,
  failoverAsynchronous,
];
