-- Partitions of participation: 16, so that one vacuum or one index rebuild touches a sixteenth of
-- 300 million rows. Hash partitions cost nothing measurable on insert.
do $$
begin
  for remainder in 0..15 loop
    execute format(
      'create table participation_%s partition of participation for values with (modulus 16, remainder %s)',
      remainder, remainder);
  end loop;
end $$;
--> statement-breakpoint
-- Catches what nobody foresaw, so that no insert ever fails for want of a partition.
create table ballot_other partition of ballot default;
--> statement-breakpoint
-- The fold rewrites every counter again and again: leave room on the page so that the new version
-- stays there (HOT) and no index entry is written.
alter table tally set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
-- Read once and deleted within seconds: compressing the arrays would cost more than it saves.
alter table tally_pending
  alter column unit_nos set storage external,
  alter column line_nos set storage external,
  alter column votes set storage external,
  set (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
--> statement-breakpoint
create function refuse_change() returns trigger
  language plpgsql
  as $$
begin
  raise exception '% on % is refused: what is recorded is never changed', tg_op, tg_table_name
    using errcode = 'BS001', hint = 'A correction is a new record, made by the people in charge of the election.';
end $$;
--> statement-breakpoint
-- Row triggers on a partitioned table are cloned into every partition, present and future.
create trigger ballot_append_only before update or delete on ballot
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger participation_append_only before update or delete on participation
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger duplicate_attempt_append_only before update or delete on duplicate_attempt
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger quarantine_append_only before update or delete on quarantine
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger writer_batch_append_only before update or delete on writer_batch
  for each row execute function refuse_change();
--> statement-breakpoint
-- TRUNCATE fires only the triggers of the table it names, so each table needs its own.
create function refuse_truncate_of(guarded regclass) returns void
  language plpgsql
  as $$
begin
  execute format(
    'create trigger append_only_truncate before truncate on %s for each statement execute function refuse_change()',
    guarded);
end $$;
--> statement-breakpoint
select refuse_truncate_of(c.oid::regclass)
from pg_class c
where c.relnamespace = 'public'::regnamespace
  and c.relkind in ('r', 'p')
  and c.relname ~ '^(ballot|ballot_other|participation(_[0-9]+)?|duplicate_attempt|quarantine|writer_batch)$';
--> statement-breakpoint
-- Makes the partitions of one day: LIST by region, HASH by station, a default beside them. Returns
-- how many tables it made; 0 when all were there. Regions beyond 64 share partitions, so that a
-- day never has more than 64 x station_parts of them.
--
-- The day's tree is built apart and attached whole: attaching waits for nobody who inserts ballots
-- of other days. A day whose ballots already lie in ballot_other cannot be attached
-- (check_violation): those ballots are counted all the same, and the alarm on ballot_other is what
-- asks a person to look.
create function make_ballot_partitions(day date, regions text[], station_parts integer default 4) returns integer
  language plpgsql
  security definer
  set search_path = public, pg_temp
  set lock_timeout = '3s'
  as $$
declare
  day_table text := format('ballot_%s', to_char(day, 'YYYYMMDD'));
  day_exists boolean;
  missing text[];
  group_size integer := greatest(1, ceil(cardinality(regions) / 64.0)::integer);
  grouped text[];
  group_table text;
  made integer := 0;
begin
  if cardinality(regions) not between 1 and 5000 or station_parts not between 1 and 64 then
    raise exception 'between 1 and 5000 regions and 1 and 64 station parts' using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtext('make_ballot_partitions'));
  day_exists := to_regclass(format('public.%I', day_table)) is not null;

  select coalesce(array_agg(region order by region), '{}') into missing
  from unnest(regions) region
  where not day_exists or not exists (
    select from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(format('public.%I', day_table))
      and position(quote_literal(region) in pg_get_expr(c.relpartbound, c.oid)) > 0);
  if cardinality(missing) = 0 then
    return 0;
  end if;

  if not day_exists then
    execute format(
      'create table %I (like ballot including defaults including constraints) partition by list (region)', day_table);
    execute format('create table %I partition of %I default', day_table || '_other', day_table);
    perform refuse_truncate_of(day_table::regclass), refuse_truncate_of((day_table || '_other')::regclass);
    made := 2;
  end if;

  for lowest in 1..cardinality(missing) by group_size loop
    grouped := missing[lowest : lowest + group_size - 1];
    group_table := format('%s_%s_%s', day_table,
      left(regexp_replace(lower(grouped[1]), '[^a-z0-9]', '_', 'g'), 24), left(md5(array_to_string(grouped, ',')), 6));
    execute format('create table %I partition of %I for values in (%s) partition by hash (station)',
      group_table, day_table, (select string_agg(quote_literal(region), ',') from unnest(grouped) region));
    perform refuse_truncate_of(group_table::regclass);
    for part in 0..station_parts - 1 loop
      execute format('create table %I partition of %I for values with (modulus %s, remainder %s)',
        group_table || '_' || part, group_table, station_parts, part);
      perform refuse_truncate_of((group_table || '_' || part)::regclass);
    end loop;
    made := made + 1 + station_parts;
  end loop;

  if not day_exists then
    execute format('alter table ballot attach partition %I for values from (%L) to (%L)', day_table, day, day + 1);
  end if;
  return made;
end $$;
--> statement-breakpoint
-- Ballots that lie in a default partition, by partition: nobody foresaw their day or region.
create function ballots_in_default_partitions() returns table (partition_name text, ballots bigint)
  language plpgsql
  security definer
  set search_path = public, pg_temp
  as $$
declare
  leaf regclass;
begin
  for leaf in
    select c.oid::regclass from pg_class c join pg_inherits i on i.inhrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relname like 'ballot%other'
      and pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
  loop
    partition_name := leaf::text;
    execute format('select count(*) from %s', leaf) into ballots;
    if ballots > 0 then
      return next;
    end if;
  end loop;
end $$;
--> statement-breakpoint
-- Votes by line and unit in this very snapshot: what is folded and what is not.
create view tally_now as
  select election_no, unit_no, line_no, sum(votes)::bigint as votes
  from (
    select election_no, unit_no, line_no, votes from tally
    union all
    select p.election_no, c.unit_no, c.line_no, c.votes
    from tally_pending p, unnest(p.unit_nos, p.line_nos, p.votes) as c (unit_no, line_no, votes)
  ) cells
  group by election_no, unit_no, line_no;
--> statement-breakpoint
-- The same numbers counted again from the ballots, at every level.
create view tally_recount as
  select u.election_no, u.unit_no, counted.line_no, sum(counted.votes)::bigint as votes
  from (
    select b.election_no, b.region, b.station, line_no, count(*) as votes
    from ballot b, unnest(b.lines) as line_no
    group by b.election_no, b.region, b.station, line_no
  ) counted
  join reporting_unit u
    on u.election_no = counted.election_no
    and (u.level = 'election'
      or (u.level = 'region' and u.region = counted.region)
      or (u.level = 'station' and u.region = counted.region and u.station = counted.station))
  group by u.election_no, u.unit_no, counted.line_no;
--> statement-breakpoint
-- Where the tally is not what the ballots say. It has no rows, in every committed snapshot.
create view tally_difference as
  select election_no, unit_no, line_no, coalesce(t.votes, 0) as tally_votes, coalesce(r.votes, 0) as recounted_votes
  from tally_now t
  full join tally_recount r using (election_no, unit_no, line_no)
  where coalesce(t.votes, 0) <> coalesce(r.votes, 0);
--> statement-breakpoint
-- Results with names instead of numbers.
create view result as
  select e.election, u.level, u.region, u.station, u.name as unit_name, l.contest, l.contest_name, l.choice,
    l.choice_name, l.party, t.votes
  from tally_now t
  join election e using (election_no)
  join reporting_unit u using (election_no, unit_no)
  join tally_line l using (election_no, line_no)
  where l.contest is not null;
--> statement-breakpoint
-- What each ballot says, a row a marked choice. Filter on cast_on and region to prune partitions.
create view ballot_selection as
  select b.id as ballot_id, e.election, b.cast_on, b.cast_at, b.region, b.station, b.channel, l.contest, l.choice
  from ballot b
  join election e on e.election_no = b.election_no
  cross join unnest(b.lines) as marked (line_no)
  join tally_line l on l.election_no = b.election_no and l.line_no = marked.line_no
  where l.contest is not null;
--> statement-breakpoint
-- Votes by fate, counted from the rows themselves: the right side of the accounting sentence.
create view vote_count as
  select e.election,
    (select count(*) from participation p where p.election_no = e.election_no) as recorded,
    (select count(*) from duplicate_attempt d where d.election_no = e.election_no) as duplicates,
    (select count(*) from quarantine q where q.election_no = e.election_no) as quarantined
  from election e;
--> statement-breakpoint
-- Roles belong to the cluster, not to the database: another database may have made them already.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['writer', 'results', 'maintainer', 'issuer', 'analyst', 'auditor'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end $$;
--> statement-breakpoint
revoke all on schema public from public;
--> statement-breakpoint
revoke execute on all functions in schema public from public;
--> statement-breakpoint
grant usage on schema public to writer, results, maintainer, issuer, analyst, auditor;
--> statement-breakpoint
-- The writer adds and never takes away; only the tally's own counters and queue may it rewrite.
grant insert on ballot, participation, duplicate_attempt, quarantine, writer_batch, tally_pending to writer;
--> statement-breakpoint
grant select on participation, duplicate_attempt to writer;
--> statement-breakpoint
grant select (quarantine_key) on quarantine to writer;
--> statement-breakpoint
grant select, insert, update on tally, tally_total to writer, maintainer;
--> statement-breakpoint
grant select, delete on tally_pending to writer, maintainer;
--> statement-breakpoint
-- Whoever meets an election first writes its units and lines down: usually the maintainer, after
-- publication; a writer, if votes come sooner.
grant select, insert, update on election, reporting_unit, tally_line, ballot_style_contest to writer, maintainer;
--> statement-breakpoint
grant select on election, reporting_unit, tally_line, ballot_style_contest, tally, tally_pending, tally_total,
  participation, duplicate_attempt to results;
--> statement-breakpoint
grant select (quarantine_key) on quarantine to results;
--> statement-breakpoint
grant execute on function make_ballot_partitions, ballots_in_default_partitions to maintainer;
--> statement-breakpoint
-- An analyst reads ballots and results, and nothing that says who took part.
grant select on election, reporting_unit, tally_line, ballot_style_contest, ballot, tally, tally_now, result,
  ballot_selection to analyst, auditor;
--> statement-breakpoint
grant select on writer_batch, quarantine, tally_pending, tally_total, tally_recount, tally_difference, vote_count to auditor;
--> statement-breakpoint
-- A result is read within a second or not at all; an analyst may take longer, but not for ever.
alter role writer set statement_timeout = '20s';
--> statement-breakpoint
alter role writer set idle_in_transaction_session_timeout = '20s';
--> statement-breakpoint
alter role results set statement_timeout = '2s';
--> statement-breakpoint
alter role results set default_transaction_read_only = on;
--> statement-breakpoint
alter role maintainer set statement_timeout = '55s';
--> statement-breakpoint
alter role analyst set statement_timeout = '30s';
--> statement-breakpoint
alter role analyst set default_transaction_read_only = on;
--> statement-breakpoint
alter role auditor set statement_timeout = '30min';
--> statement-breakpoint
alter role auditor set default_transaction_read_only = on;
