import { existsSync, renameSync } from 'node:fs';
import { createBallotCount } from './ballot-count.ts';
import { CountError } from './count-error.ts';
import {
  type CountState,
  formatPosition,
  parsePosition,
  readCountFile,
  writeCountFile,
} from './count-file.ts';
import { listDroppedDays } from './dropped-days.ts';
import { countBallots } from './evidence.ts';
import { readPublication } from './publication.ts';
import { type Replication, slotLost } from './replication.ts';
import { listPartitions, openSnapshot } from './snapshot.ts';

export interface CountPlace {
  /** Where the database takes writes, as `counter`, as things are now. */
  readonly findUrl: () => string;
  readonly slot: string;
  readonly publication: string;
  readonly file: string;
  readonly connections: number;
  /** What an operator should know, a line each. */
  readonly onLine: (line: string) => void;
  /** While it counts what is in the tables. */
  readonly onPartition?: (done: number, of: number) => void;
}

/** From the file if there is one, otherwise everything that is in the tables. @throws CountError */
export async function openCount(
  place: CountPlace,
  replication: Replication,
  isFresh: boolean,
): Promise<CountState> {
  const kept = isFresh ? null : readCountFile(place.file);
  return kept === null ? countFromTables(place, replication) : resume(place, replication, kept);
}

/** A slot, the snapshot that goes with it, and every ballot in it: what the stream brings follows without a gap. */
async function countFromTables(place: CountPlace, replication: Replication): Promise<CountState> {
  setAside(place.file, place.onLine);
  const { systemId, timeline } = await replication.identify();
  const slot = await lookAtSlot(place);
  // Of a count that was killed before it had a file, or whose file nobody has any more.
  if (slot.exists) await replication.dropSlot(place.slot);
  const made = await replication.createSlot(place.slot, {
    temporary: false,
    failover: slot.standbyKeepsSlots,
  });
  const snapshot = await openSnapshot({
    url: place.findUrl(),
    connections: place.connections,
    applicationName: 'ballotstream-count',
    exportedId: made.snapshotId,
  });
  try {
    const count = createBallotCount();
    await countBallots(snapshot, await listPartitions(snapshot.lead), count, {
      onPartition: place.onPartition,
    });
    const state: CountState = {
      count,
      systemId,
      timeline,
      position: made.position,
      alarms: [],
      publication: (await readPublication(snapshot.lead, place.publication)).definition,
      missing: await listDroppedDays(snapshot.lead),
    };
    writeCountFile(place.file, state);
    return state;
  } finally {
    await snapshot.close();
  }
}

/** An older count shows what somebody did since: none is ever written over. */
function setAside(file: string, onLine: (line: string) => void): void {
  if (!existsSync(file)) return;
  const names = [`${file}.previous`];
  while (existsSync(names.at(-1) ?? '')) names.push(`${file}.previous-${names.length + 1}`);
  const free = names.at(-1) ?? '';
  renameSync(file, free);
  onLine(`what was counted before is kept in ${free}`);
}

async function resume(place: CountPlace, replication: Replication, kept: CountState): Promise<CountState> {
  if (kept.position === 0n)
    throw new CountError('evidence-unreadable', `${place.file} is a recount's: choose another --file`);
  const { systemId, timeline } = await replication.identify();
  if (kept.systemId !== systemId)
    throw new CountError(
      'other-database',
      `${place.file} was counted from another database: choose another --file, or --fresh`,
    );
  if (timeline !== kept.timeline) {
    const end = await replication.endOfTimeline(kept.timeline, timeline);
    if (end === null || kept.position > end)
      throw new CountError(
        'ahead-of-database',
        `after a failover the database lacks changes that ${place.file} has counted (up to ${formatPosition(kept.position)}): --fresh counts every ballot anew`,
      );
  }
  const slot = await lookAtSlot(place);
  if (!slot.exists || slot.isLost) throw slotLost(place.slot);
  if (slot.confirmed > kept.position)
    throw new CountError(
      'slot-lost',
      `${place.file} is older than what slot ${place.slot} has been told to forget (an old copy?): --fresh counts every ballot anew`,
    );
  return { ...kept, timeline };
}

interface SlotLook {
  readonly exists: boolean;
  readonly isLost: boolean;
  readonly confirmed: bigint;
  /** PostgreSQL 17 and later, where it is set up so. */
  readonly standbyKeepsSlots: boolean;
}

async function lookAtSlot({ findUrl, slot }: CountPlace): Promise<SlotLook> {
  const snapshot = await openSnapshot({
    url: findUrl(),
    connections: 1,
    applicationName: 'ballotstream-count',
  });
  try {
    const { rows } = await snapshot.lead.query<{
      synced: string | null;
      status: string | null;
      confirmed: string | null;
    }>(
      `select current_setting('sync_replication_slots', true) as synced, wal_status as status,
          confirmed_flush_lsn::text as confirmed
        from (select) one left join pg_replication_slots on slot_name = $1 and database = current_database()`,
      [slot],
    );
    const [row] = rows;
    const isThere = row?.confirmed != null;
    return {
      exists: isThere || row?.status != null,
      isLost: row?.status === 'lost',
      confirmed: isThere ? parsePosition(row.confirmed ?? '0/0') : 0n,
      standbyKeepsSlots: row?.synced === 'on',
    };
  } finally {
    await snapshot.close();
  }
}
