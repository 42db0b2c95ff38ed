-- Whether the books agree, in this very snapshot: what the writers noted of their batches, the
-- tally's totals, and the rows of duplicates and of quarantine. Reads one row a batch and the rare
-- rows, never ballots or participations, so that it can run every minute of election day.
-- Quarantined records whose election nobody could read are in no tally: their table is compared.
create function check_books() returns table (unaccounted bigint, quarantined bigint, oldest_pending_seconds double precision)
  language sql
  stable
  security definer
  set search_path = public, pg_temp
  as $$
  with noted as (
    select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates,
      coalesce(sum(quarantined), 0) as quarantined
    from writer_batch
  ), counted as (
    select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates
    from (
      select recorded, duplicates from tally_total
      union all
      select recorded, duplicates from tally_pending where level = 'election'
    ) parts
  ), kept as (
    select (select count(*) from duplicate_attempt) as duplicates, (select count(*) from quarantine) as quarantined
  ), pending as (
    select coalesce(extract(epoch from clock_timestamp() - min(recorded_at)), 0)::double precision as oldest_seconds
    from tally_pending
  )
  select (abs(noted.recorded - counted.recorded) + abs(noted.duplicates - counted.duplicates)
      + abs(noted.duplicates - kept.duplicates) + abs(noted.quarantined - kept.quarantined))::bigint,
    kept.quarantined::bigint,
    greatest(0, pending.oldest_seconds)
  from noted, counted, kept, pending
$$;
--> statement-breakpoint
revoke execute on function check_books from public;
--> statement-breakpoint
grant execute on function check_books to maintainer, auditor;
