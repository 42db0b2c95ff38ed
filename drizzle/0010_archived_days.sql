-- Archived days lie under a table of their own: whoever counts again reads them as they read the table of ballots.
create table archive.ballot (like public.ballot including defaults including constraints) partition by range (cast_on);
--> statement-breakpoint
comment on table archive.ballot is 'Ballots of archived days, until somebody drops a day.';
--> statement-breakpoint
-- A detached partition loses the triggers that it had from the table of ballots, and gets these.
create trigger ballot_append_only before update or delete on archive.ballot
  for each row execute function refuse_change();
--> statement-breakpoint
select refuse_truncate_of('archive.ballot'::regclass);
--> statement-breakpoint
grant usage on schema archive to counter;
--> statement-breakpoint
grant select on archive.ballot to auditor, counter;
--> statement-breakpoint
-- A day of the schema archive with all its parts, for whoever counts again and for nobody else.
create function attach_archived_day(day_table text) returns void
  language plpgsql
  as $$
declare
  part text;
  day date := to_date(substr(day_table, 8), 'YYYYMMDD');
begin
  -- Of a table that was restored, and has no parts, pg_partition_tree says nothing.
  for part in
    select format('archive.%I', day_table)::regclass::text
    union
    select relid::regclass::text from pg_partition_tree(format('archive.%I', day_table)::regclass)
  loop
    execute format('revoke all on %s from analyst', part);
    execute format('grant select on %s to auditor, counter', part);
  end loop;
  execute format('alter table archive.ballot attach partition archive.%I for values from (%L) to (%L)',
    day_table, day, day + 1);
end $$;
--> statement-breakpoint
revoke execute on function attach_archived_day from public;
--> statement-breakpoint
-- A day that was detached, with all its parts.
create or replace function archive_partition(day_table text) returns void
  language plpgsql
  as $$
declare
  part text;
begin
  for part in
    select relname from pg_class where oid = format('public.%I', day_table)::regclass
    union
    select relname from pg_class join pg_partition_tree(format('public.%I', day_table)::regclass) on relid = oid
  loop
    execute format('alter table public.%I set schema archive', part);
  end loop;
  perform attach_archived_day(day_table);
end $$;
--> statement-breakpoint
-- Days that were archived before there was a table for them.
select attach_archived_day(relname) from pg_class
  where relnamespace = 'archive'::regnamespace and relname ~ '^ballot_[0-9]{8}$';
--> statement-breakpoint
-- Archived ballots that are in their file alone.
create view ballot_archive_dropped as
  select a.cast_on, a.election_no, a.ballots, a.file, a.sha256
  from ballot_archive a
  where not exists (
    select from pg_class c
    where c.relnamespace = 'archive'::regnamespace and c.relname = 'ballot_' || to_char(a.cast_on, 'YYYYMMDD'));
--> statement-breakpoint
comment on view ballot_archive_dropped is 'Archived ballots that are in their file alone: nobody can count them again here.';
--> statement-breakpoint
grant select on ballot_archive_dropped to auditor, counter;
--> statement-breakpoint
create or replace view tally_recount as
  select u.election_no, u.unit_no, counted.line_no, sum(counted.votes)::bigint as votes
  from (
    select b.election_no, b.region, b.station, line_no, count(*) as votes
    from (
      select election_no, region, station, lines from ballot
      union all
      select election_no, region, station, lines from archive.ballot
    ) b, unnest(b.lines) as line_no
    group by b.election_no, b.region, b.station, line_no
  ) counted
  join reporting_unit u
    on u.election_no = counted.election_no
    and (u.level = 'election'
      or (u.level = 'region' and u.region = counted.region)
      or (u.level = 'station' and u.region = counted.region and u.station = counted.station))
  group by u.election_no, u.unit_no, counted.line_no;
--> statement-breakpoint
-- An election some of whose ballots are in files alone cannot be compared.
create or replace view tally_difference as
  select election_no, unit_no, line_no, coalesce(t.votes, 0) as tally_votes, coalesce(r.votes, 0) as recounted_votes
  from tally_now t
  full join tally_recount r using (election_no, unit_no, line_no)
  where coalesce(t.votes, 0) <> coalesce(r.votes, 0)
    and not exists (
      select from ballot_archive_dropped d where d.election_no = coalesce(t.election_no, r.election_no));
