import type { ClientBase } from 'pg';
import type { Difference } from './difference.ts';
import type { ElectoralNames } from './electoral-names.ts';

/** What the database says of its own numbers, from one snapshot. */
export interface CountingBooks {
  /** Of this election: rows that are there. */
  readonly participations: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Of this election: what the tally's totals say, folded or not. */
  readonly totals: Fates;
  /** Of all elections: what writers noted of their batches, and the rows that are there. */
  readonly noted: Fates;
  readonly kept: Fates;
}

interface Fates {
  readonly recorded: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

/** Reads the books as `auditor`, in the client's snapshot. */
export async function readBooks(client: ClientBase, names: ElectoralNames): Promise<CountingBooks> {
  const [own] = await readFates(
    client,
    'select recorded, duplicates, quarantined from vote_count where election = $1',
    [names.election],
  );
  const [totals] = await readFates(
    client,
    `select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates,
        coalesce(sum(quarantined), 0) as quarantined
      from (select recorded, duplicates, quarantined from tally_total where election_no = $1
        union all
        select recorded, duplicates, quarantined from tally_pending where election_no = $1 and level = 'election') parts`,
    [names.electionNo],
  );
  const [noted] = await readFates(
    client,
    `select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates,
        coalesce(sum(quarantined), 0) as quarantined
      from writer_batch`,
  );
  // What nobody could read the election of is quarantined too.
  const [kept] = await readFates(
    client,
    `select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates,
        (select count(*) from quarantine) as quarantined
      from vote_count`,
  );
  const none = { recorded: 0, duplicates: 0, quarantined: 0 };
  return {
    participations: own?.recorded ?? 0,
    duplicates: own?.duplicates ?? 0,
    quarantined: own?.quarantined ?? 0,
    totals: totals ?? none,
    noted: noted ?? none,
    kept: kept ?? none,
  };
}

async function readFates(client: ClientBase, text: string, values: unknown[] = []): Promise<Fates[]> {
  const { rows } = await client.query<Record<keyof Fates, string>>(text, values);
  return rows.map(({ recorded, duplicates, quarantined }) => ({
    recorded: Number(recorded),
    duplicates: Number(duplicates),
    quarantined: Number(quarantined),
  }));
}

/** @param ballots of this election, counted */
export function compareBooks(books: CountingBooks, ballots: number): Difference[] {
  const { totals, noted, kept } = books;
  const pairs: [what: string, said: number, other: string, found: number][] = [
    ['participations', books.participations, 'ballots', ballots],
    ['the tally’s total', totals.recorded, 'ballots', ballots],
    ['the tally’s duplicates', totals.duplicates, 'duplicate attempts', books.duplicates],
    ['the tally’s quarantined', totals.quarantined, 'records in quarantine', books.quarantined],
    ['recorded by all batches', noted.recorded, 'participations of all elections', kept.recorded],
    ['duplicates of all batches', noted.duplicates, 'duplicate attempts of all elections', kept.duplicates],
    ['quarantined by all batches', noted.quarantined, 'records in quarantine', kept.quarantined],
  ];
  return pairs
    .filter(([, said, , found]) => said !== found)
    .map(([what, said, other, found]) => ({
      kind: 'books',
      text: `${what} ${said}, but ${other} ${found}`,
      partitions: [],
    }));
}
