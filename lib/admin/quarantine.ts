import type { QueryResultRow } from 'pg';
import * as z from 'zod';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import type { Office } from './office.ts';
import { readTrail } from './trail.ts';

/** What officers may decide of a record. Deciding counts nothing: `count` is carried out by a reviewed migration. */
export const decisions = ['count', 'reject'] as const;
export type Decision = (typeof decisions)[number];

/** Records that were accepted and could not be counted, for one reason. */
export interface QuarantineGroup {
  /** Null: it cannot be read from them. */
  readonly election: ElectionId | null;
  readonly reason: string;
  readonly records: number;
  /** Of them, those of which the trail tells no decision. */
  readonly undecided: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

export interface QuarantinedRecord {
  /** The hash that it goes by in the table, hexadecimal: says neither whose it is nor what it says. */
  readonly key: string;
  readonly election: ElectionId | null;
  readonly reason: string;
  readonly at: string;
  /** The last one that the trail tells of. */
  readonly decision: TakenDecision | null;
}

export interface TakenDecision {
  readonly decision: Decision;
  readonly because: string;
  readonly actor: string;
  readonly at: string;
}

const detailsSchema = z.object({
  reason: z.string(),
  decision: z.enum(decisions),
  because: z.string(),
  records: z.array(z.string()),
});

const answerMsMax = 60_000;

/** What lies in quarantine, by election and reason; never what a record says. Throws what the database throws. */
export async function listQuarantine(office: Office): Promise<QuarantineGroup[]> {
  const decided = await readDecisions(office);
  const rows = await query<Omit<QuarantineGroup, 'undecided'>>(
    office,
    `select e.election, q.reason, count(*)::integer as records,
       to_char(min(q.quarantined_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "firstAt",
       to_char(max(q.quarantined_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "lastAt"
     from quarantine q left join election e using (election_no)
     group by e.election, q.reason order by e.election nulls first, q.reason`,
  );
  return rows.map((row) => {
    const ofGroup = [...decided.values()].filter(
      ({ election, reason }) => election === row.election && reason === row.reason,
    );
    return { ...row, undecided: row.records - ofGroup.length };
  });
}

export interface RecordFilter {
  readonly reason: string;
  /** Undefined: of any election, or none. */
  readonly election?: ElectionId | undefined;
}

/** The records of one reason, the oldest first. */
export async function listRecords(
  office: Office,
  { reason, election }: RecordFilter,
): Promise<QuarantinedRecord[]> {
  const decided = await readDecisions(office);
  const rows = await query<Omit<QuarantinedRecord, 'decision'>>(
    office,
    `select encode(q.quarantine_key, 'hex') as key, e.election, q.reason,
       to_char(q.quarantined_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at
     from quarantine q left join election e using (election_no)
     where q.reason = $1 and ($2::text is null or e.election = $2)
     order by q.quarantined_at, q.quarantine_key`,
    [reason, election ?? null],
  );
  return rows.map((row) => ({ ...row, decision: decided.get(row.key)?.taken ?? null }));
}

export interface DecisionRequest extends RecordFilter {
  readonly decision: Decision;
  readonly because: string;
  /** These, also if they were decided before; none: all of the reason that nobody has decided. */
  readonly keys: readonly string[];
}

/** So many keys are some 64 kB of an entry. */
const keysPerEntryMax = 1_000;

/**
 * Notes a decision on records in the trail. Changes nothing in the database: what is in quarantine stays there, counted by
 * nobody.
 *
 * @returns how many records it is about
 * @throws AdminError for a record that is not in quarantine for that reason, with nothing noted
 */
export async function decideQuarantine(
  office: Office,
  { decision, because, keys, ...filter }: DecisionRequest,
): Promise<number> {
  const all = await listRecords(office, filter);
  const known = new Set(all.map(({ key }) => key));
  const unknown = keys.filter((key) => !known.has(key));
  if (unknown.length > 0)
    throw new AdminError(`nothing was noted: ${unknown.join(', ')} is not in quarantine as ${filter.reason}`);
  const chosen = all.filter(
    keys.length > 0 ? ({ key }) => keys.includes(key) : (one) => one.decision === null,
  );
  for (const election of new Set(chosen.map((record) => record.election))) {
    const own = chosen.filter((record) => record.election === election).map(({ key }) => key);
    for (let at = 0; at < own.length; at += keysPerEntryMax)
      await office.trail.append({
        action: 'quarantine.decided',
        election,
        details: { reason: filter.reason, decision, because, records: own.slice(at, at + keysPerEntryMax) },
      });
  }
  return chosen.length;
}

interface Decided {
  readonly election: ElectionId | null;
  readonly reason: string;
  readonly taken: TakenDecision;
}

/** By record: the last one stands. */
async function readDecisions(office: Office): Promise<ReadonlyMap<string, Decided>> {
  const decided = new Map<string, Decided>();
  const { events } = await readTrail(office.objects);
  for (const { event } of events) {
    if (event.action !== 'quarantine.decided') continue;
    const told = detailsSchema.safeParse(event.details);
    if (!told.success) continue;
    const { reason, decision, because, records } = told.data;
    const { actor, at, election } = event;
    for (const key of records)
      decided.set(key, { election, reason, taken: { decision, because, actor, at } });
  }
  return decided;
}

async function query<Row extends QueryResultRow>(
  office: Office,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const url = office.databaseUrl('auditor');
  if (url === null) throw new AdminError('the database is not known: say --database-url');
  const pool = createPool({ url, connectionsMax: 1, applicationName: 'ballotstream-audit', answerMsMax });
  try {
    return (await pool.query<Row>(statement, [...values])).rows;
  } finally {
    await pool.end();
  }
}
