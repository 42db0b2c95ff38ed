import type { PoolClient } from 'pg';

/** Pending rows folded at a time: bounds the transaction to well under a second. */
const foldRowsMax = 1_500;

/**
 * Folds pending sums into the tally within the caller's transaction: exact in every snapshot, as the
 * rows leave the queue and arrive in the counters in one commit.
 * @returns Rows folded; 0 when somebody else is folding or nothing waits.
 */
export async function foldTally(client: PoolClient): Promise<number> {
  // Whoever has it folds; the others skip, since nothing depends on when it is done.
  const { rowCount } = await client.query('select from tally_fold_lock for update skip locked');
  if (rowCount === 0) return 0;
  const folded = await client.query({ text: foldStatement, values: [foldRowsMax] });
  return folded.rowCount ?? 0;
}

/** One statement: `taken` is read by all upserts, so none can see rows that another does not. */
const foldStatement = `
  with oldest as (
    select ctid from tally_pending limit $1
  ), taken as (
    delete from tally_pending p using oldest where p.ctid = oldest.ctid
    returning p.*
  ), folded_cells as (
    insert into tally as t (election_no, unit_no, line_no, votes)
    select p.election_no, c.unit_no, c.line_no, sum(c.votes)
    from taken p, unnest(p.unit_nos, p.line_nos, p.votes) as c (unit_no, line_no, votes)
    group by 1, 2, 3
    on conflict (election_no, unit_no, line_no) do update set votes = t.votes + excluded.votes
  ), folded_totals as (
    insert into tally_total as t (election_no, recorded, duplicates, quarantined, as_of)
    select election_no, sum(recorded), sum(duplicates), sum(quarantined), max(recorded_at)
    from taken
    group by 1
    on conflict (election_no) do update set
      recorded = t.recorded + excluded.recorded,
      duplicates = t.duplicates + excluded.duplicates,
      quarantined = t.quarantined + excluded.quarantined,
      as_of = greatest(t.as_of, excluded.as_of)
  ), folded_minutes as (
    insert into tally_minute as t (election_no, minute, recorded)
    select election_no, date_trunc('minute', recorded_at, 'UTC'), sum(recorded)
    from taken
    where recorded > 0
    group by 1, 2
    on conflict (election_no, minute) do update set recorded = t.recorded + excluded.recorded
  )
  select batch_id from taken`;
