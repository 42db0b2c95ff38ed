-- Whoever is guarded against truncation is a table of what is recorded. Its partitions of ballots are more
-- than that: read one by one by whoever counts again, and followed in the log, which then has to say what a
-- row was before somebody forced a change of it.
create or replace function refuse_truncate_of(guarded regclass) returns void
  language plpgsql
  as $$
begin
  execute format(
    'create trigger append_only_truncate before truncate on %s for each statement execute function refuse_change()',
    guarded);
  perform let_ballots_be_counted(guarded);
end $$;
--> statement-breakpoint
create function let_ballots_be_counted(guarded regclass) returns void
  language plpgsql
  as $$
begin
  if exists (select from pg_class where oid = guarded and relkind = 'r' and relname ~ '^ballot_(other$|[0-9]{8}_)') then
    execute format('alter table %s replica identity full', guarded);
    execute format('grant select on %s to auditor, counter', guarded);
  end if;
end $$;
--> statement-breakpoint
revoke execute on function let_ballots_be_counted from public;
--> statement-breakpoint
-- Follows the change stream. Logical replication only, where the platform can tell the two apart.
do $$
begin
  begin
    create role counter nologin;
  exception when duplicate_object or unique_violation then
    null;
  end;
  if exists (select from pg_roles where rolname = 'rds_replication') then
    grant rds_replication to counter;
  else
    alter role counter replication;
  end if;
  if exists (select from pg_roles where rolname = 'rds_iam') then
    alter role counter login;
    grant rds_iam to counter;
  end if;
end $$;
--> statement-breakpoint
grant usage on schema public to counter;
--> statement-breakpoint
-- What it counts, and what it compares with.
grant select on ballot, election, reporting_unit, tally_line, tally_now to counter;
--> statement-breakpoint
alter role counter set default_transaction_read_only = on;
--> statement-breakpoint
-- Rather fail here, and be tried again, than queue behind a long reader and have writers queue behind this.
set local lock_timeout = '3s';
--> statement-breakpoint
select let_ballots_be_counted(relid) from pg_partition_tree('ballot') where isleaf;
--> statement-breakpoint
set local lock_timeout = '0';
--> statement-breakpoint
-- Each partition under its own name, those made later too: through the root, truncating one would not be told.
create publication ballots for table ballot;
