CREATE TABLE "ballot_archive" (
	"cast_on" date NOT NULL,
	"election_no" integer NOT NULL,
	"ballots" bigint NOT NULL,
	"file" text NOT NULL,
	"sha256" "bytea" NOT NULL,
	"detached_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "ballot_archive_pk" PRIMARY KEY("cast_on","election_no"),
	CONSTRAINT "ballot_archive_ballots" CHECK ("ballot_archive"."ballots" > 0),
	CONSTRAINT "ballot_archive_hash" CHECK (octet_length("ballot_archive"."sha256") = 32)
);
--> statement-breakpoint
ALTER TABLE "ballot_archive" ADD CONSTRAINT "ballot_archive_election_no_election_election_no_fk" FOREIGN KEY ("election_no") REFERENCES "public"."election"("election_no") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- Days that are over leave the table of ballots: exported, checked, detached, and kept apart until somebody drops them.
create schema archive;
--> statement-breakpoint
comment on schema archive is 'Partitions of ballots that were exported and detached: see the table ballot_archive.';
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
