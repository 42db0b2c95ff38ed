import type { Pool, PoolClient } from 'pg';
import type { BallotId, ElectionId, VoterKey } from '../../../schema/wire/ids.ts';
import type { ReceiptStatus } from '../../../schema/wire/receipt.ts';
import type {
  CountPosition,
  CountSnapshot,
  ResultsScope,
  ResultsStore,
  TallyCell,
} from '../../core/ports.ts';
import { quarantineKeyOf } from '../../core/quarantine.ts';
import type { TallyNumbers } from '../../core/tally.ts';
import { readElectionNumbers } from './election-numbers.ts';
import { readMinutes, readReportingUnits } from './read-progress.ts';
import { inTransaction, readOnlySnapshot } from './transaction.ts';

/** Elections whose numbers are kept in memory. */
const numbersKeptMax = 100;

/**
 * Reads the count and receipts. Meant for a replica: it never writes and takes no lock.
 *
 * @param readMsMax for one read, all attempts together; see `inTransaction`
 */
export function createResultsStore(pool: Pool, readMsMax?: number): ResultsStore {
  const kept = new Map<ElectionId, { version: number; numbers: TallyNumbers }>();

  /** Numbers are added only when a newer definition is registered; until then memory is good. */
  async function numbersOf(client: PoolClient, election: ElectionId): Promise<TallyNumbers | null> {
    const { rows } = await client.query<{ definition_version: number }>({
      text: 'select definition_version from election where election = $1',
      values: [election],
    });
    const version = rows[0]?.definition_version;
    if (version === undefined) return null;
    const known = kept.get(election);
    if (known?.version === version) return known.numbers;
    const numbers = await readElectionNumbers(client, election);
    if (numbers === null) return null;
    if (kept.size >= numbersKeptMax) kept.clear();
    kept.set(election, { version, numbers });
    return numbers;
  }

  /** Null: the election is not registered yet. */
  const inSnapshot = <T>(
    election: ElectionId,
    read: (client: PoolClient, position: CountPosition) => Promise<T>,
  ): Promise<T | null> =>
    inTransaction(
      pool,
      readOnlySnapshot,
      async (client) => {
        const numbers = await numbersOf(client, election);
        if (numbers === null) return null;
        return read(client, { numbers, ...(await readTotals(client, numbers.electionNo)) });
      },
      { totalMsMax: readMsMax },
    );

  return {
    readCounts: (election, scope) =>
      inSnapshot(election, async (client, position): Promise<CountSnapshot> => {
        const cells = await readCells(client, position.numbers.electionNo, scope);
        return { ...position, cells };
      }),
    readProgress: (election) =>
      inSnapshot(election, async (client, position) => {
        const { electionNo } = position.numbers;
        const minutes = await readMinutes(client, electionNo);
        return { ...position, minutes, reportingUnits: await readReportingUnits(client, electionNo) };
      }),
    readReceipt: (election, voterKey, ballotId) =>
      inTransaction(pool, readOnlySnapshot, (client) => readReceipt(client, election, voterKey, ballotId), {
        totalMsMax: readMsMax,
      }),
  };
}

async function readTotals(client: PoolClient, electionNo: number): Promise<Omit<CountPosition, 'numbers'>> {
  const { rows } = await client.query<{
    recorded: string;
    duplicates: string;
    quarantined: string;
    as_of: Date | null;
  }>({
    text: `select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates,
        coalesce(sum(quarantined), 0) as quarantined, max(as_of) as as_of
      from (
        select recorded, duplicates, quarantined, as_of from tally_total where election_no = $1
        union all
        select recorded, duplicates, quarantined, recorded_at from tally_pending
        where election_no = $1 and level = 'election'
      ) parts`,
    values: [electionNo],
  });
  const [row] = rows;
  return {
    recorded: Number(row?.recorded ?? 0),
    duplicates: Number(row?.duplicates ?? 0),
    quarantined: Number(row?.quarantined ?? 0),
    asOf: row?.as_of?.toISOString() ?? null,
  };
}

/**
 * Folded and pending sums of the units in scope. Pending rows are kept apart by level, so that the
 * election's own totals never unpack what stations added.
 */
async function readCells(client: PoolClient, electionNo: number, scope: ResultsScope): Promise<TallyCell[]> {
  const { rows } = await client.query<[number, number, string]>({
    text: `with units as (
        select unit_no from reporting_unit
        where election_no = $1
          and (level = 'election' or ($4 and level = 'region') or ($2 = 'station' and region = $3))
      ), cells as (
        select t.unit_no, t.line_no, t.votes from units join tally t using (unit_no) where t.election_no = $1
        union all
        select c.unit_no, c.line_no, c.votes
        from tally_pending p, unnest(p.unit_nos, p.line_nos, p.votes) as c (unit_no, line_no, votes)
        where p.election_no = $1
          and (p.level = 'election' or ($2 <> 'election' and p.level = 'region') or ($2 = 'station' and p.level = 'station'))
          and c.unit_no in (select unit_no from units)
      )
      select unit_no, line_no, sum(votes) from cells group by unit_no, line_no`,
    values: [
      electionNo,
      scope.by,
      scope.by === 'station' ? scope.region : null,
      scope.by === 'region' || (scope.by === 'station' && scope.withRegions === true),
    ],
    rowMode: 'array',
  });
  return rows.map(([unitNo, lineNo, votes]) => ({ unitNo, lineNo, votes: Number(votes) }));
}

async function readReceipt(
  client: PoolClient,
  election: ElectionId,
  voterKey: VoterKey,
  ballotId: BallotId,
): Promise<ReceiptStatus> {
  const { rows } = await client.query<{ recorded: boolean; duplicate: boolean; quarantined: boolean }>({
    text: `select
        exists (select from participation p where p.election_no = e.election_no and p.voter_key = $2 and p.ballot_id = $3)
          as recorded,
        exists (select from duplicate_attempt d
          where d.election_no = e.election_no and d.voter_key = $2 and d.ballot_id = $3) as duplicate,
        exists (select from quarantine where quarantine_key = $4) as quarantined
      from (select (select election_no from election where election = $1) as election_no) e`,
    values: [election, voterKey, ballotId, Buffer.from(quarantineKeyOf({ election, voterKey, ballotId }))],
  });
  const [row] = rows;
  if (row?.recorded) return 'recorded';
  if (row?.duplicate) return 'duplicate';
  return row?.quarantined ? 'quarantined' : 'pending';
}
