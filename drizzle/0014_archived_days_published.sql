-- Archiving a day takes two steps, since a day of 64 regions has 321 tables: what takes long is done before the table
-- of ballots is locked.
drop function archive_partition;
--> statement-breakpoint
-- A day with all its parts into the schema archive, for whoever counts again and for nobody else.
create function move_archived_day(day_table regclass) returns void
  language plpgsql
  as $$
declare
  part regclass;
begin
  -- Of a table that was restored, and has no parts, pg_partition_tree says nothing.
  for part in select day_table union select relid from pg_partition_tree(day_table) loop
    if exists (select from pg_class where oid = part and relnamespace = 'public'::regnamespace) then
      execute format('alter table %s set schema archive', part);
    end if;
    execute format('revoke all on %s from analyst', part);
    execute format('grant select on %s to auditor, counter', part);
    -- Or a forced change of a day that was restored could not be told.
    if exists (select from pg_class where oid = part and relkind = 'r' and relreplident <> 'f') then
      execute format('alter table %s replica identity full', part);
    end if;
  end loop;
end $$;
--> statement-breakpoint
revoke execute on function move_archived_day from public;
--> statement-breakpoint
create or replace function attach_archived_day(day_table text) returns void
  language plpgsql
  as $$
declare
  day date := to_date(substr(day_table, 8), 'YYYYMMDD');
begin
  execute format('alter table archive.ballot attach partition archive.%I for values from (%L) to (%L)',
    day_table, day, day + 1);
end $$;
--> statement-breakpoint
-- Rather fail here, and be tried again, than queue behind a long reader.
set local lock_timeout = '3s';
--> statement-breakpoint
select move_archived_day(inhrelid) from pg_inherits where inhparent = 'archive.ballot'::regclass;
--> statement-breakpoint
set local lock_timeout = '0';
--> statement-breakpoint
-- Who changes an archived ballot is told by the change stream like whoever changes another one. Moving a day changes no
-- row, and a day that is put back is no part of the table while its ballots are copied in: neither is in the stream.
alter publication ballots add table archive.ballot;
