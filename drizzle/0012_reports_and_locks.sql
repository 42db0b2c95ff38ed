-- Rather fail here, and be tried again, than queue behind a long reader and have others queue behind this.
set local lock_timeout = '3s';
--> statement-breakpoint
CREATE TABLE "refused_ballot_lock" (
	"name" text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tally_fold_lock" (
	"name" text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reporting_unit" ADD COLUMN "ballot_style" text;--> statement-breakpoint
ALTER TABLE "reporting_unit" ADD CONSTRAINT "reporting_unit_style" CHECK ("reporting_unit"."ballot_style" is null or "reporting_unit"."level" = 'station');
--> statement-breakpoint
insert into tally_fold_lock values ('fold');
--> statement-breakpoint
-- The right to update is the right to lock, also where nothing is ever updated.
grant select, update on tally_fold_lock, refused_ballot_lock to writer, maintainer;
--> statement-breakpoint
-- A few rows that everything is joined to: by default they would never be analysed, and ten thousand ballots be
-- taken for twenty.
alter table election set (autovacuum_analyze_threshold = 0);
--> statement-breakpoint
-- As before, but for the lock: of the table, which its owner alone has a right to.
create or replace function make_ballot_partitions(day date, regions text[], station_parts integer default 4) returns integer
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
  -- Two at once take turns; writers and readers go on.
  lock table ballot in share update exclusive mode;
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
-- Advisory locks are no analyst's: migrations wait at one. Large objects are nobody's. Counters by table tell which part
-- of participation grew, and so four bits of the key that voted just now. Where the owner is no superuser (Aurora) all of
-- these stay as they are, with a warning.
do $$
declare
  revoked regprocedure;
begin
  for revoked in
    select oid::regprocedure from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace
      and (proname ~ '^pg_(try_)?advisory_' or proname in ('lo_creat', 'lo_create', 'lo_from_bytea')
        or (proname ~ '^pg_stat_get_(numscans|lastscan|tuples_|live_tuples|dead_tuples|mod_since|ins_since|blocks_)'
          and pg_get_function_identity_arguments(oid) = 'oid'))
  loop
    execute format('revoke execute on function %s from public', revoked);
    if revoked::text ~ 'advisory' then
      -- Writers of before this migration wait at one until they are replaced.
      execute format('grant execute on function %s to writer, maintainer', revoked);
    elsif revoked::text ~ 'pg_stat' then
      execute format('grant execute on function %s to pg_monitor', revoked);
    end if;
  end loop;
end $$;
--> statement-breakpoint
-- Nobody here needs one.
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
end $$;
--> statement-breakpoint
alter role analyst set idle_in_transaction_session_timeout = '60s';
--> statement-breakpoint
alter role auditor set idle_in_transaction_session_timeout = '10min';
--> statement-breakpoint
alter role results set idle_in_transaction_session_timeout = '20s';
--> statement-breakpoint
-- A change of what is recorded is written to the database's log, whoever makes it: pgaudit logs what its role has a
-- right to. Never an insert: its values would be votes. It knows no TRUNCATE, which is the owner's alone and logged below.
create function let_changes_be_audited(guarded regclass) returns void
  language plpgsql
  as $$
begin
  if exists (select from pg_roles where rolname = 'rds_pgaudit') then
    execute format('grant update, delete on %s to rds_pgaudit', guarded);
  end if;
end $$;
--> statement-breakpoint
revoke execute on function let_changes_be_audited from public;
--> statement-breakpoint
create or replace function refuse_truncate_of(guarded regclass) returns void
  language plpgsql
  as $$
begin
  execute format(
    'create trigger append_only_truncate before truncate on %s for each statement execute function refuse_change()',
    guarded);
  perform let_ballots_be_counted(guarded);
  perform let_changes_be_audited(guarded);
end $$;
--> statement-breakpoint
-- The name is the only one that Aurora takes for pgaudit.role (AWS, "Auditing database objects").
do $$
begin
  if exists (select from pg_roles where rolname = 'rds_iam')
    and not exists (select from pg_roles where rolname = 'rds_pgaudit') then
    create role rds_pgaudit nologin;
  end if;
end $$;
--> statement-breakpoint
select let_changes_be_audited(tgrelid) from pg_trigger where tgname = 'append_only_truncate';
--> statement-breakpoint
-- The owner may do what no role of ours may: switch triggers off, truncate, set session_replication_role. It never
-- inserts a vote, so all that it writes may be logged.
do $$
begin
  if exists (select from pg_extension where extname = 'pgaudit') then
    execute format('alter role %I set pgaudit.log = %L', current_user, 'ddl,role,write,misc_set');
  end if;
end $$;
--> statement-breakpoint
-- What waits, summed: part by part it would tell what each batch added, and a batch may be one ballot. `offset 0` is a
-- fence: no condition of who asks is tried on the parts.
create view tally_pending_sum as
  select p.election_no, c.unit_no, c.line_no, sum(c.votes)::bigint as votes
  from tally_pending p, unnest(p.unit_nos, p.line_nos, p.votes) as c (unit_no, line_no, votes)
  group by p.election_no, c.unit_no, c.line_no
  offset 0;
--> statement-breakpoint
create or replace view tally_now as
  select election_no, unit_no, line_no, sum(votes)::bigint as votes
  from (
    select election_no, unit_no, line_no, votes from tally
    union all
    select election_no, unit_no, line_no, votes from tally_pending_sum
  ) cells
  group by election_no, unit_no, line_no;
--> statement-breakpoint
-- By xmin, the counters themselves tell which of them the last ballot of a place was added to.
revoke select on tally from analyst;
--> statement-breakpoint
-- In the order of their ids, which are random: the order in which they lie is the order of casting. The barrier keeps
-- conditions that could tell it (one that fails names the row that it failed on) above the sort; equality and order of
-- dates, texts and times go below it, and prune partitions.
create or replace view ballot_selection with (security_barrier) as
  select b.id as ballot_id, e.election, b.cast_on, b.cast_at, b.region, b.station, b.channel, l.contest, l.choice
  from (select * from ballot order by id) b
  join election e on e.election_no = b.election_no
  cross join unnest(b.lines) as marked (line_no)
  join tally_line l on l.election_no = b.election_no and l.line_no = marked.line_no
  where l.contest is not null;
--> statement-breakpoint
drop view report.ballots;
--> statement-breakpoint
create view report.ballots with (security_barrier) as
  select b.id as ballot_id, e.election, b.cast_on, b.cast_at, b.channel, b.region, b.station, s.ballot_style,
    coalesce(n.selections, '{}') as selections
  from (select * from ballot order by id) b
  join election e on e.election_no = b.election_no
  left join tally_line s on s.election_no = b.election_no and s.line_no = b.lines[1]
  -- Beside the ballots, not in their list: those that say the same are named once (Memoize), and nobody's names are
  -- looked up for who does not ask for them. 130,000 ballots of a region: 9 s as a list, 2 s like this.
  left join lateral (
    select array_agg(l.contest || '=' || l.choice order by l.line_no) as selections
    from tally_line l
    where l.election_no = b.election_no and l.line_no = any (b.lines) and l.contest is not null
  ) n on true;
--> statement-breakpoint
alter view report.ballots_by_minute set (security_barrier = true);
--> statement-breakpoint
alter view report.ballots_by_hour set (security_barrier = true);
--> statement-breakpoint
alter view report.ballots_by_day set (security_barrier = true);
--> statement-breakpoint
alter view report.duplicates set (security_barrier = true);
--> statement-breakpoint
-- Which elections there are, and which day it is there. Partitions are pruned by a day that is written out.
create view report.elections as
  select election, name, time_zone, opens_at, closes_at, (opens_at at time zone time_zone)::date as opens_on,
    (closes_at at time zone time_zone)::date as closes_on, (now() at time zone time_zone)::date as today, definition_version
  from election;
--> statement-breakpoint
-- The contests on the ballots of each unit, whether or not anybody voted there.
create view report.unit_contest as
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.name as unit_name, u.registered_voters, c.contest
  from reporting_unit u
  join ballot_style_contest c using (election_no, ballot_style)
  where u.level = 'station'
  union all
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.name, u.registered_voters, c.contest
  from reporting_unit u
  cross join lateral (
    select distinct c.contest
    from reporting_unit s
    join ballot_style_contest c using (election_no, ballot_style)
    where s.election_no = u.election_no and s.region = u.region and s.level = 'station'
  ) c
  where u.level = 'region'
  union all
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.name, u.registered_voters, c.contest
  from reporting_unit u
  join (select distinct election_no, contest from tally_line where contest is not null) c using (election_no)
  where u.level = 'election';
--> statement-breakpoint
-- A third part, of zeros: a choice that nobody chose is a number too.
create or replace view report.unit_line as
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.name as unit_name, u.registered_voters,
    t.line_no, t.votes
  from reporting_unit u
  join tally t using (election_no, unit_no)
  union all
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.name, u.registered_voters,
    c.line_no, c.votes
  from tally_pending_sum c
  join reporting_unit u using (election_no, unit_no)
  union all
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.unit_name, u.registered_voters,
    l.line_no, 0
  from report.unit_contest u
  join tally_line l using (election_no, contest);
--> statement-breakpoint
drop view report.silent_stations, report.overfull_stations, report.turnout;
--> statement-breakpoint
create view report.turnout as
  select t.election, t.level, t.region, t.station, t.unit_name, t.ballots, t.browser, t.kiosk, n.registered_voters,
    round(100.0 * t.ballots / nullif(n.registered_voters, 0), 2) as percent
  from (
    select e.election, e.election_no, v.level, v.region, v.station, v.unit_name, v.registered_voters,
      coalesce(sum(v.votes) filter (where l.line_no is not null), 0)::bigint as ballots,
      coalesce(sum(v.votes) filter (where l.channel = 'browser'), 0)::bigint as browser,
      coalesce(sum(v.votes) filter (where l.channel = 'kiosk'), 0)::bigint as kiosk
    from election e
    join (
      select election_no, level, region, station, unit_name, registered_voters, line_no, votes from report.unit_line
      union all
      -- A row for each unit, also where nothing was cast.
      select election_no, level, region, station, name, registered_voters, null, 0 from reporting_unit
    ) v using (election_no)
    left join tally_line l on l.election_no = e.election_no and l.line_no = v.line_no and l.contest is null
    group by e.election, e.election_no, v.level, v.region, v.station, v.unit_name, v.registered_voters
  ) t
  -- A unit's own number, or the sum of those below it where each of them has one.
  cross join lateral (
    select coalesce(t.registered_voters, case t.level
      when 'region' then (
        select case when count(*) = count(s.registered_voters) then sum(s.registered_voters) end
        from reporting_unit s
        where s.election_no = t.election_no and s.level = 'station' and s.region = t.region)
      when 'election' then (
        select case when count(*) = count(r.voters) then sum(r.voters) end
        from (
          select coalesce(u.registered_voters, (
            select case when count(*) = count(s.registered_voters) then sum(s.registered_voters) end
            from reporting_unit s
            where s.election_no = u.election_no and s.level = 'station' and s.region = u.region)) as voters
          from reporting_unit u
          where u.election_no = t.election_no and u.level = 'region'
        ) r)
      end)::bigint as registered_voters
  ) n;
--> statement-breakpoint
create view report.silent_stations as
  select election, region, station, unit_name, registered_voters
  from report.turnout
  where level = 'station' and ballots = 0;
--> statement-breakpoint
create view report.overfull_stations as
  select election, region, station, unit_name, ballots, registered_voters
  from report.turnout
  where level = 'station' and ballots > registered_voters;
--> statement-breakpoint
-- Typical is what the other stations have: one that is many times busier must not be its own measure.
create or replace view report.station_rates with (security_barrier) as
  select r.election, r.cast_on, r.region, r.station, r.quarter, r.ballots, r.typical, r.most_elsewhere,
    r.typical is not null and r.ballots >= 20 and r.ballots > 5 * greatest(r.typical, 1)
      and r.ballots > 2 * coalesce(r.most_elsewhere, 0) as is_implausible
  from (
    select q.*,
      (sum(q.ballots) over region_day - sum(q.ballots) over station_day)
        / nullif(count(*) over region_day - count(*) over station_day, 0) as typical,
      case when q.ballots = max(q.ballots) over quarter_hour
        then (array_agg(q.ballots) over (quarter_hour order by q.ballots desc
          rows between unbounded preceding and unbounded following))[2]
        else max(q.ballots) over quarter_hour end as most_elsewhere
    from (
      select m.election, m.cast_on, m.region, m.station,
        date_bin('15 minutes', m.minute, timestamptz '2000-01-01 00:00:00+00') as quarter, sum(m.ballots)::bigint as ballots
      from report.ballots_by_minute m
      where m.station <> 'online'
      group by m.election, m.cast_on, m.region, m.station,
        date_bin('15 minutes', m.minute, timestamptz '2000-01-01 00:00:00+00')
    ) q
    window region_day as (partition by q.election, q.cast_on, q.region),
      station_day as (partition by q.election, q.cast_on, q.region, q.station),
      quarter_hour as (partition by q.election, q.cast_on, q.region, q.quarter)
  ) r;
--> statement-breakpoint
-- What is in quarantine is counted from its table: a record that nobody could read is of no election.
create or replace view report.reconciliation as
  select noted.recorded as batches_recorded, kept.recorded as participations, total.recorded as tally_recorded,
    noted.duplicates as batches_duplicates, kept.duplicates, total.duplicates as tally_duplicates,
    noted.quarantined as batches_quarantined, kept.quarantined,
    noted.recorded = kept.recorded and kept.recorded = total.recorded
      and noted.duplicates = kept.duplicates and kept.duplicates = total.duplicates
      and noted.quarantined = kept.quarantined as agrees
  from
    (select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates,
       coalesce(sum(quarantined), 0) as quarantined from writer_batch) noted,
    (select (select count(*) from participation) as recorded, (select count(*) from duplicate_attempt) as duplicates,
       (select count(*) from quarantine) as quarantined) kept,
    (select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates
     from (select recorded, duplicates from tally_total
       union all select recorded, duplicates from tally_pending where level = 'election') parts) total;
--> statement-breakpoint
drop function report.public_results;
--> statement-breakpoint
-- The rule of `functions/core/suppress-for-privacy.ts`, for whoever publishes from here; a test compares the two. Windows
-- instead of joins of reports with each other: for these the planner has no numbers, and took minutes where it guessed.
create function report.public_results(for_election text, k integer default 10)
  returns table (level tally_level, region text, station text, unit_name text, contest text, choice text,
    ballots bigint, votes bigint, suppressed text)
  language sql
  stable
  set search_path = public, report, pg_temp
  as $$
  -- Of each contest in each unit a row of its ballots, and a row a choice.
  with part as materialized (
    select v.unit_no, v.parent_no, v.level, v.region, v.station, v.unit_name, c.contest, c.choice,
      sum(c.ballots)::bigint as part_ballots, sum(c.votes)::bigint as votes
    from election e
    join report.unit_line v using (election_no)
    join tally_line l using (election_no, line_no)
    cross join lateral (
      select l.contest, l.choice, 0::bigint as ballots, v.votes where l.contest is not null
      union all
      select s.contest, null, v.votes, 0 from ballot_style_contest s
      where l.contest is null and s.election_no = e.election_no and s.ballot_style = l.ballot_style
    ) c
    where e.election = for_election
    group by v.unit_no, v.parent_no, v.level, v.region, v.station, v.unit_name, c.contest, c.choice
  ), cell as (
    select p.*, sum(p.part_ballots) over (partition by p.unit_no, p.contest)::bigint as ballots from part p
  ), ordered as (
    select c.*,
      bool_or(c.ballots > 0 and c.ballots < k) over siblings as has_few,
      coalesce(sum(c.part_ballots) over (siblings order by c.ballots, c.region collate "C", c.station collate "C"
        groups between unbounded preceding and 1 preceding), 0) as ballots_before
    from cell c
    window siblings as (partition by c.parent_no, c.contest)
  ), judged as (
    select o.*, o.ballots > 0 and (o.ballots < k or (o.has_few and o.ballots_before < k)) as is_suppressed
    from ordered o
  ), shown as (
    select j.*,
      case
        when j.ballots > 0 and j.ballots < k then 'few-ballots'
        -- What is suppressed in a region is suppressed in its stations.
        when j.ballots > 0 and (j.is_suppressed or (j.level = 'station'
          and bool_or(j.level = 'region' and j.is_suppressed) over (partition by j.region, j.contest)))
          then 'beside-few-ballots'
      end as suppressed
    from judged j
  )
  select s.level, s.region, s.station, s.unit_name, s.contest, s.choice, s.ballots,
    case when s.suppressed is null then s.votes end, s.suppressed
  from shown s
  where s.choice is not null
$$;
--> statement-breakpoint
revoke execute on function report.public_results from public;
--> statement-breakpoint
grant execute on function report.public_results to analyst, auditor;
--> statement-breakpoint
grant select on report.ballots, report.turnout, report.silent_stations, report.overfull_stations, report.elections
  to analyst, auditor;
--> statement-breakpoint
set local lock_timeout = '0';
