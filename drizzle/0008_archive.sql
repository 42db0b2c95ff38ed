-- Days that are over leave the table of ballots: exported, checked, detached, and kept apart until somebody drops them.
create schema archive;
--> statement-breakpoint
comment on schema archive is 'Partitions of ballots that were exported and detached: see the table ballot_archive.';
--> statement-breakpoint
create table ballot_archive (
  cast_on date not null,
  election_no integer not null references election (election_no),
  ballots bigint not null check (ballots > 0),
  file text not null,
  -- Of the file's content before it was compressed.
  sha256 bytea not null check (octet_length(sha256) = 32),
  detached_at timestamp with time zone not null default clock_timestamp(),
  constraint ballot_archive_pk primary key (cast_on, election_no)
);
--> statement-breakpoint
comment on table ballot_archive is 'What was archived: a row for each day and election. The ballots are in the file, and in the schema archive until they are dropped.';
--> statement-breakpoint
create trigger ballot_archive_append_only before update or delete on ballot_archive
  for each row execute function refuse_change();
--> statement-breakpoint
select refuse_truncate_of('ballot_archive'::regclass);
--> statement-breakpoint
grant select on ballot_archive to analyst, auditor;
--> statement-breakpoint
-- An archived election is counted again from its archive.
create or replace view tally_difference as
  select election_no, unit_no, line_no, coalesce(t.votes, 0) as tally_votes, coalesce(r.votes, 0) as recounted_votes
  from tally_now t
  full join tally_recount r using (election_no, unit_no, line_no)
  where coalesce(t.votes, 0) <> coalesce(r.votes, 0)
    and not exists (select from ballot_archive a where a.election_no = coalesce(t.election_no, r.election_no));
--> statement-breakpoint
-- A detached day with all its parts, out of sight of whoever counts; nobody but the owner and auditors reads it there.
create function archive_partition(day_table text) returns void
  language plpgsql
  as $$
declare
  part text;
begin
  for part in
    with recursive tree as (
      select to_regclass(format('public.%I', day_table))::oid as oid
      union all
      select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid
    ) select c.relname from tree join pg_class c using (oid)
  loop
    execute format('alter table public.%I set schema archive', part);
    execute format('grant select on archive.%I to auditor', part);
  end loop;
end $$;
--> statement-breakpoint
revoke execute on function archive_partition from public;
--> statement-breakpoint
grant usage on schema archive to auditor;
