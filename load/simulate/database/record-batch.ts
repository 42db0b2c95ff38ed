import type { Batch, BatchOutcome, CountableVote, Uncountable } from '../../../functions/core/ports.ts';
import { quarantineKeyOf } from '../../../functions/core/quarantine.ts';
import { decodeRecord } from '../../../functions/core/record.ts';
import { sumBallots } from '../../../functions/core/tally.ts';
import { DatabaseFault } from './database-fault.ts';
import type { DuplicateRow, PendingRow, QuarantineRow, Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

/** Where a batch is recorded: a transaction, and the time that each statement takes. */
export interface Session {
  readonly tables: Tables;
  readonly transaction: Transaction;
  /** One round trip; throws what can happen to any statement. */
  readonly statement: () => Promise<void>;
  /** Whether the database refuses this vote's ballot for its data. */
  readonly refuses: (vote: CountableVote) => boolean;
}

/**
 * The statements of functions/adapters/postgres/record-batch.ts one by one, with the outcomes that
 * PostgreSQL gives them. test/db/database-model.test.ts holds the two against each other.
 */
export async function recordBatch(session: Session, batch: Batch): Promise<BatchOutcome> {
  const first = new Map<string, CountableVote>();
  const later: CountableVote[] = [];
  for (const vote of batch.votes) {
    const key = keyOf(vote);
    if (first.has(key)) later.push(vote);
    else first.set(key, vote);
  }
  const freshKeys = await insertParticipations(session, [...first.values()]);
  const fresh = [...first.values()].filter((vote) => freshKeys.has(keyOf(vote)));
  const others = [...[...first.values()].filter((vote) => !freshKeys.has(keyOf(vote))), ...later];
  await copyBallots(session, fresh);
  const attempts = await withoutQuarantined(session, await withoutRepeats(session, others));
  const duplicates = await insertDuplicates(session, attempts);
  const uncountable = await withoutDuplicates(session, batch.uncountable);
  const quarantined = await insertQuarantine(session, uncountable);
  const outcome: BatchOutcome = {
    recorded: fresh.length,
    repeated:
      batch.votes.length + batch.uncountable.length - fresh.length - duplicates.length - quarantined.length,
    duplicates: duplicates.length,
    quarantined: quarantined.length,
  };
  await session.statement();
  session.transaction.writes.writerBatch.push({ origin: batch.origin, outcome });
  await insertPending(session, fresh, duplicates, quarantined);
  return outcome;
}

const keyOf = (vote: { electionNo: number; voterKey: string }): string =>
  `${vote.electionNo} ${vote.voterKey}`;
const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1);

/** `on conflict do nothing`: what is there already is left alone. Returns what was not. */
async function insertUnique<Row extends { readonly key: string }>(
  { tables, transaction, statement }: Session,
  table: 'participation' | 'duplicateAttempt' | 'quarantine',
  rows: readonly Row[],
): Promise<Row[]> {
  const written: { readonly key: string }[] = transaction.writes[table];
  const fresh: Row[] = [];
  await statement();
  for (const row of [...rows].sort(byKey)) {
    await transaction.lock(`${table} ${row.key}`);
    const conflicts = [...tables[table], ...written].some((other) => other.key === row.key);
    if (conflicts) continue;
    written.push(row);
    fresh.push(row);
  }
  return fresh;
}

async function insertParticipations(session: Session, votes: readonly CountableVote[]): Promise<Set<string>> {
  if (votes.length === 0) return new Set();
  const rows = votes.map((vote) => ({ key: keyOf(vote), voterKey: vote.voterKey, ballotId: vote.ballotId }));
  return new Set((await insertUnique(session, 'participation', rows)).map((row) => row.key));
}

async function copyBallots(session: Session, votes: readonly CountableVote[]): Promise<void> {
  if (votes.length === 0) return;
  await session.statement();
  for (const vote of votes) {
    if (session.refuses(vote)) throw new DatabaseFault('refused', '22023');
    const { electionNo, region, station, channel, castMinute, castOn, lines } = vote;
    session.transaction.writes.ballot.push({
      electionNo,
      region,
      station,
      channel,
      castMinute,
      castOn,
      lines,
    });
  }
}

async function withoutRepeats(session: Session, votes: readonly CountableVote[]): Promise<CountableVote[]> {
  if (votes.length === 0) return [];
  await session.statement();
  const { tables, transaction } = session;
  const recorded = new Map(
    [...tables.participation, ...transaction.writes.participation].map((row) => [row.key, row.ballotId]),
  );
  return votes.filter((vote) => recorded.get(keyOf(vote)) !== vote.ballotId);
}

async function withoutQuarantined(
  session: Session,
  votes: readonly CountableVote[],
): Promise<CountableVote[]> {
  if (votes.length === 0) return [];
  await session.statement();
  await session.transaction.lock('refused', 'shared');
  await session.statement();
  const kept = new Set(session.tables.quarantine.map((row) => row.key));
  return votes.filter((vote) => !kept.has(Buffer.from(quarantineKeyOf(vote)).toString('hex')));
}

async function withoutDuplicates(
  session: Session,
  records: readonly Uncountable[],
): Promise<readonly Uncountable[]> {
  if (!records.some(isRefused)) return records;
  await session.statement();
  await session.transaction.lock('refused');
  await session.statement();
  const kept = new Set(session.tables.duplicateAttempt.map((row) => row.key));
  return records.filter((record) => {
    const decoded = isRefused(record) ? decodeRecord(record.bytes) : null;
    if (decoded?.ok !== true || record.electionNo === null) return true;
    const { voterKey, ballotId } = decoded.record;
    return !kept.has(`${keyOf({ electionNo: record.electionNo, voterKey })} ${ballotId}`);
  });
}

const isRefused = ({ reason }: Uncountable): boolean => reason.startsWith('database-refused-');

async function insertDuplicates(session: Session, votes: readonly CountableVote[]): Promise<DuplicateRow[]> {
  if (votes.length === 0) return [];
  const rows = votes.map((vote): DuplicateRow => {
    const { voterKey, ballotId, electionNo } = vote;
    return { key: `${keyOf(vote)} ${ballotId}`, voterKey, ballotId, electionNo };
  });
  return insertUnique(session, 'duplicateAttempt', distinct(rows));
}

async function insertQuarantine(session: Session, records: readonly Uncountable[]): Promise<QuarantineRow[]> {
  if (records.length === 0) return [];
  const rows = records.map((record): QuarantineRow => {
    const { reason, bytes, electionNo } = record;
    return { key: Buffer.from(record.key).toString('hex'), reason, bytes: Buffer.from(bytes), electionNo };
  });
  return insertUnique(session, 'quarantine', distinct(rows));
}

const distinct = <Row extends { readonly key: string }>(rows: readonly Row[]): Row[] => [
  ...new Map(rows.map((row) => [row.key, row])).values(),
];

async function insertPending(
  session: Session,
  fresh: readonly CountableVote[],
  duplicates: readonly DuplicateRow[],
  quarantined: readonly QuarantineRow[],
): Promise<void> {
  const electionNos = new Set(
    [...fresh, ...duplicates, ...quarantined]
      .map((item) => item.electionNo)
      .filter((electionNo) => electionNo !== null),
  );
  for (const electionNo of electionNos) {
    const ofThis = (item: { readonly electionNo: number | null }): boolean => item.electionNo === electionNo;
    const sums = sumBallots(fresh.filter(ofThis));
    const row: PendingRow = {
      electionNo,
      deltas: [sums.election, sums.region, sums.station],
      recorded: fresh.filter(ofThis).length,
      duplicates: duplicates.filter(ofThis).length,
      quarantined: quarantined.filter(ofThis).length,
    };
    await session.statement();
    session.transaction.writes.tallyPending.push(row);
  }
}
