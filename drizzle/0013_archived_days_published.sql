-- Who changes an archived ballot is told by the change stream like whoever changes another one. Moving a day changes no
-- row, and a day that is put back is no part of the table while its ballots are copied in: neither is in the stream.
create or replace function attach_archived_day(day_table text) returns void
  language plpgsql
  as $$
declare
  part record;
  day date := to_date(substr(day_table, 8), 'YYYYMMDD');
begin
  -- Of a table that was restored, and has no parts, pg_partition_tree says nothing.
  for part in
    select oid::regclass::text as name, relkind = 'r' and relreplident <> 'f' as lacks_identity
    from pg_class
    where oid = format('archive.%I', day_table)::regclass
      or oid in (select relid from pg_partition_tree(format('archive.%I', day_table)::regclass))
  loop
    execute format('revoke all on %s from analyst', part.name);
    execute format('grant select on %s to auditor, counter', part.name);
    -- Or a forced change of it could not be told.
    if part.lacks_identity then
      execute format('alter table %s replica identity full', part.name);
    end if;
  end loop;
  execute format('alter table archive.ballot attach partition archive.%I for values from (%L) to (%L)',
    day_table, day, day + 1);
end $$;
--> statement-breakpoint
-- Rather fail here, and be tried again, than queue behind a long reader.
set local lock_timeout = '3s';
--> statement-breakpoint
-- Days that were put back before.
do $$
declare
  part text;
begin
  for part in
    select relid::regclass::text from pg_partition_tree('archive.ballot') join pg_class c on c.oid = relid
    where isleaf and relreplident <> 'f'
  loop
    execute format('alter table %s replica identity full', part);
  end loop;
end $$;
--> statement-breakpoint
set local lock_timeout = '0';
--> statement-breakpoint
alter publication ballots add table archive.ballot;
