-- What analysts and auditors ask, by name instead of by number. Each view says what it is in the catalogue (\d+ in psql).
-- Filter on election, and on cast_on, region or station where a view has them: those prune partitions.
create schema report;
--> statement-breakpoint
comment on schema report is 'Reports: read the comments of the views (\dv+ report.*) and of their columns (\d+ report.NAME).';
--> statement-breakpoint
grant usage on schema report to analyst, auditor;
--> statement-breakpoint
-- What is folded and what is not, apart: each branch has a plan of its own, and a filter on level, region or station goes
-- into both. Whoever reads this sums.
create view report.unit_line as
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.name as unit_name, u.registered_voters,
    t.line_no, t.votes
  from reporting_unit u
  join tally t using (election_no, unit_no)
  union all
  select u.election_no, u.unit_no, u.level, u.parent_no, u.region, u.station, u.name, u.registered_voters,
    c.line_no, c.votes
  from (
    select p.election_no, a.unit_no, a.line_no, a.votes::bigint as votes
    from tally_pending p, unnest(p.unit_nos, p.line_nos, p.votes) as a (unit_no, line_no, votes)
    -- A fence: or the arrays are taken apart again for every unit.
    offset 0
  ) c
  join reporting_unit u using (election_no, unit_no);
--> statement-breakpoint
comment on view report.unit_line is 'Votes by unit and line, as numbers, in parts to be summed: what the other reports are made of.';
--> statement-breakpoint
create view report.results as
  select r.*,
    round(100.0 * r.votes / nullif(sum(r.votes) over (partition by r.election, r.level, r.region, r.station, r.contest), 0), 2)
      as percent
  from (
    select e.election, v.level, v.region, v.station, v.unit_name, l.contest, l.contest_name, l.choice, l.choice_name, l.party,
      sum(v.votes)::bigint as votes
    from election e
    join report.unit_line v using (election_no)
    join tally_line l using (election_no, line_no)
    where l.contest is not null
    group by e.election, v.level, v.region, v.station, v.unit_name, l.contest, l.contest_name, l.choice, l.choice_name, l.party
  ) r;
--> statement-breakpoint
comment on view report.results is 'Votes by contest and choice at one level: filter on level = ''election'', ''region'' or ''station''. Children sum to their parents.';
--> statement-breakpoint
comment on column report.results.percent is 'Of the votes in this contest and unit.';
--> statement-breakpoint
create view report.turnout as
  select t.*, round(100.0 * t.ballots / nullif(t.registered_voters, 0), 2) as percent
  from (
    select e.election, v.level, v.region, v.station, v.unit_name,
      coalesce(sum(v.votes) filter (where l.line_no is not null), 0)::bigint as ballots,
      coalesce(sum(v.votes) filter (where l.channel = 'browser'), 0)::bigint as browser,
      coalesce(sum(v.votes) filter (where l.channel = 'kiosk'), 0)::bigint as kiosk,
      v.registered_voters
    from election e
    join (
      select election_no, level, region, station, unit_name, registered_voters, line_no, votes from report.unit_line
      union all
      -- A row for each unit, also where nothing was cast.
      select election_no, level, region, station, name, registered_voters, null, 0 from reporting_unit
    ) v using (election_no)
    left join tally_line l on l.election_no = e.election_no and l.line_no = v.line_no and l.contest is null
    group by e.election, v.level, v.region, v.station, v.unit_name, v.registered_voters
  ) t;
--> statement-breakpoint
comment on view report.turnout is 'Ballots, by channel, against registered voters, of every unit: also those without a ballot.';
--> statement-breakpoint
comment on column report.turnout.percent is 'Ballots of registered voters; null where the definition says no number.';
--> statement-breakpoint
create view report.undervotes as
  select g.election, g.level, g.region, g.station, g.unit_name, g.contest, k.contest_name, k.max_selections,
    g.ballots, g.votes, g.ballots * k.max_selections - g.votes as undervotes
  from (
    select e.election, e.election_no, v.level, v.region, v.station, v.unit_name, c.contest,
      sum(c.ballots)::bigint as ballots, sum(c.votes)::bigint as votes
    from election e
    join report.unit_line v using (election_no)
    join tally_line l using (election_no, line_no)
    -- A line is votes in a contest, or ballots of a style that carries contests.
    cross join lateral (
      select l.contest, 0::bigint as ballots, v.votes where l.contest is not null
      union all
      select s.contest, v.votes, 0 from ballot_style_contest s
      where l.contest is null and s.election_no = e.election_no and s.ballot_style = l.ballot_style
    ) c
    group by e.election, e.election_no, v.level, v.region, v.station, v.unit_name, c.contest
  ) g
  cross join lateral (
    select l.contest_name, l.max_selections from tally_line l
    where l.election_no = g.election_no and l.contest = g.contest limit 1
  ) k;
--> statement-breakpoint
comment on view report.undervotes is 'By contest and unit: votes + undervotes = ballots x max_selections. Contests that are on some ballot of the unit.';
--> statement-breakpoint
comment on column report.undervotes.ballots is 'Ballots that carry this contest.';
--> statement-breakpoint
-- A view has none of a table's system columns: xmin would tell which ballots were recorded together.
create view report.ballots as
  select b.id as ballot_id, e.election, b.cast_on, b.cast_at, b.channel, b.region, b.station, b.lines
  from ballot b
  join election e using (election_no);
--> statement-breakpoint
comment on view report.ballots is 'One row a ballot, times to the minute, in no order. The names behind its lines: tally_line. Filter on cast_on, region and station.';
--> statement-breakpoint
-- Counted partition by partition before a name is looked up: that is what lets each be counted by itself, and several at once.
create view report.ballots_by_minute as
  select e.election, b.cast_on, b.region, b.station, b.channel, b.cast_at as minute, b.ballots
  from (
    select election_no, cast_on, region, station, channel, cast_at, count(*) as ballots
    from ballot group by election_no, cast_on, region, station, channel, cast_at
  ) b
  join election e using (election_no);
--> statement-breakpoint
comment on view report.ballots_by_minute is 'Ballots by the minute in which they were cast. Filter on cast_on, region and station: each prunes partitions.';
--> statement-breakpoint
create view report.ballots_by_hour as
  select e.election, b.cast_on, b.region, b.station, b.channel, date_trunc('hour', b.cast_at at time zone e.time_zone) as hour,
    sum(b.ballots)::bigint as ballots
  from (
    select election_no, cast_on, region, station, channel, cast_at, count(*) as ballots
    from ballot group by election_no, cast_on, region, station, channel, cast_at
  ) b
  join election e using (election_no)
  group by e.election, e.time_zone, b.cast_on, b.region, b.station, b.channel,
    date_trunc('hour', b.cast_at at time zone e.time_zone);
--> statement-breakpoint
comment on view report.ballots_by_hour is 'Ballots by hour, on the clocks of the election''s zone. Filter on cast_on, region and station.';
--> statement-breakpoint
create view report.ballots_by_day as
  select e.election, b.cast_on, b.region, b.station, b.channel, b.ballots
  from (
    select election_no, cast_on, region, station, channel, count(*) as ballots
    from ballot group by election_no, cast_on, region, station, channel
  ) b
  join election e using (election_no);
--> statement-breakpoint
comment on view report.ballots_by_day is 'Ballots by day, in the election''s zone. Filter on cast_on, region and station.';
--> statement-breakpoint
create view report.duplicates as
  select e.election, d.region, d.station, d.channel, (d.cast_at at time zone e.time_zone)::date as cast_on,
    count(*) as duplicates
  from duplicate_attempt d
  join election e using (election_no)
  group by e.election, d.region, d.station, d.channel, (d.cast_at at time zone e.time_zone)::date;
--> statement-breakpoint
comment on view report.duplicates is 'Second, different ballots under one pass, which were not counted, by place, channel and day. Not whose.';
--> statement-breakpoint
create view report.quarantined as
  select coalesce(e.election, '(unreadable)') as election, q.reason, count(*) as records,
    min(q.quarantined_at) as first_at, max(q.quarantined_at) as last_at
  from quarantine q
  left join election e using (election_no)
  group by e.election, q.reason;
--> statement-breakpoint
comment on view report.quarantined is 'Accepted records that could not be counted, by reason; kept whole in the table quarantine.';
--> statement-breakpoint
create view report.shards as
  select b.source, b.shard, count(*) as batches, sum(b.recorded) as recorded, sum(b.duplicates) as duplicates,
    sum(b.quarantined) as quarantined, sum(b.repeated) as repeated,
    min(b.recorded_at) as first_at, max(b.recorded_at) as last_at
  from writer_batch b
  group by b.source, b.shard;
--> statement-breakpoint
comment on view report.shards is 'What came of each shard of the stream and of the overflow queue. recorded + duplicates + quarantined + repeated is what was delivered.';
--> statement-breakpoint
create view report.reconciliation as
  select noted.recorded as batches_recorded, kept.recorded as participations, total.recorded as tally_recorded,
    noted.duplicates as batches_duplicates, kept.duplicates, total.duplicates as tally_duplicates,
    noted.quarantined as batches_quarantined, kept.quarantined,
    noted.recorded = kept.recorded and kept.recorded = total.recorded
      and noted.duplicates = kept.duplicates and kept.duplicates = total.duplicates
      and noted.quarantined = kept.quarantined as agrees
  from
    (select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates,
       coalesce(sum(quarantined), 0) as quarantined from writer_batch) noted,
    (select coalesce(sum(recorded), 0)::bigint as recorded, coalesce(sum(duplicates), 0)::bigint as duplicates,
       coalesce(sum(quarantined), 0)::bigint as quarantined from vote_count) kept,
    (select coalesce(sum(recorded), 0) as recorded, coalesce(sum(duplicates), 0) as duplicates
     from (select recorded, duplicates from tally_total
       union all select recorded, duplicates from tally_pending where level = 'election') parts) total;
--> statement-breakpoint
comment on view report.reconciliation is 'One row: what the batches noted, what the tables hold, what the tally says. Counts every participation: minutes at hundreds of millions.';
--> statement-breakpoint
create view report.silent_stations as
  select election, region, station, unit_name, registered_voters
  from report.turnout
  where level = 'station' and ballots = 0;
--> statement-breakpoint
comment on view report.silent_stations is 'Stations without a single ballot.';
--> statement-breakpoint
-- Against its own region on its own day, in windows of a quarter of an hour: one that is far above its neighbours.
create view report.station_rates as
  select r.election, r.cast_on, r.region, r.station, r.quarter, r.ballots, r.typical, r.most_elsewhere,
    r.ballots >= 20 and r.ballots > 5 * greatest(r.typical, 1) and r.ballots > 2 * coalesce(r.most_elsewhere, 0)
      as is_implausible
  from (
    select q.*,
      avg(q.ballots) over (partition by q.election, q.cast_on, q.region) as typical,
      case when q.ballots = max(q.ballots) over w
        then (array_agg(q.ballots) over (partition by q.election, q.cast_on, q.region, q.quarter order by q.ballots desc
          rows between unbounded preceding and unbounded following))[2]
        else max(q.ballots) over w end as most_elsewhere
    from (
      select m.election, m.cast_on, m.region, m.station,
        date_bin('15 minutes', m.minute, timestamptz '2000-01-01 00:00:00+00') as quarter, sum(m.ballots)::bigint as ballots
      from report.ballots_by_minute m
      where m.station <> 'online'
      group by m.election, m.cast_on, m.region, m.station,
        date_bin('15 minutes', m.minute, timestamptz '2000-01-01 00:00:00+00')
    ) q
    window w as (partition by q.election, q.cast_on, q.region, q.quarter)
  ) r;
--> statement-breakpoint
comment on view report.station_rates is 'Ballots of a station in a quarter of an hour, beside what is typical in its region that day. Filter on cast_on and region.';
--> statement-breakpoint
comment on column report.station_rates.is_implausible is '20 ballots and more, more than five times what is typical in the region that day, and twice the next busiest station of that quarter.';
--> statement-breakpoint
create view report.overfull_stations as
  select election, region, station, unit_name, ballots, registered_voters
  from report.turnout
  where level = 'station' and ballots > registered_voters;
--> statement-breakpoint
comment on view report.overfull_stations is 'Stations with more ballots than registered voters.';
--> statement-breakpoint
-- What may be published of small places. A unit with fewer ballots than k is withheld; so that it cannot be had by
-- subtraction, so are the next larger ones beside it, until at least two are and they have k ballots together. Where
-- there are not enough, the parent is withheld as if it were small; and what a withheld region has, no station tells.
create function report.public_results(for_election text, k integer default 10)
  returns table (level tally_level, region text, station text, unit_name text, contest text, choice text,
    ballots bigint, votes bigint, is_withheld boolean)
  language sql
  stable
  set search_path = public, report, pg_temp
  as $$
  -- As they are in this snapshot, once: what follows reads them again and again.
  with cell as materialized (
    select v.unit_no, l.contest, l.choice, sum(v.votes)::bigint as votes
    from election e
    join report.unit_line v using (election_no)
    join tally_line l using (election_no, line_no)
    where e.election = for_election
    group by v.unit_no, l.contest, l.choice
  ), unit as materialized (
    select u.unit_no, u.parent_no, u.level, u.region, u.station, u.name, coalesce(c.ballots, 0)::bigint as ballots
    from election e
    join reporting_unit u using (election_no)
    left join (select unit_no, sum(votes) as ballots from cell where contest is null group by unit_no) c using (unit_no)
    where e.election = for_election
  ), station_order as (
    select s.*,
      bool_or(s.ballots > 0 and s.ballots < k) over (partition by s.parent_no) as has_small,
      coalesce(sum(s.ballots) over ascending, 0) as ballots_before,
      count(*) over ascending as units_before
    from unit s
    where s.level = 'station' and s.ballots > 0
    window ascending as (partition by s.parent_no order by s.ballots, s.unit_no rows between unbounded preceding and 1 preceding)
  ), station_withheld as (
    select o.*, o.ballots < k or (o.has_small and (o.ballots_before < k or o.units_before < 2)) as withheld
    from station_order o
  ), not_enough as (
    select parent_no from station_withheld where withheld
    group by parent_no having sum(ballots) < k or count(*) < 2
  ), region_order as (
    select r.*, n.parent_no is not null as is_bare,
      bool_or(r.ballots < k or n.parent_no is not null) over () as has_small,
      coalesce(sum(r.ballots) over ascending, 0) as ballots_before,
      count(*) over ascending as units_before
    from unit r
    left join not_enough n on n.parent_no = r.unit_no
    where r.level = 'region' and r.ballots > 0
    window ascending as (order by (r.ballots < k or n.parent_no is not null) desc, r.ballots, r.unit_no
      rows between unbounded preceding and 1 preceding)
  ), region_withheld as (
    select o.*, o.ballots < k or o.is_bare or (o.has_small and (o.ballots_before < k or o.units_before < 2)) as withheld
    from region_order o
  ), everything_withheld as (
    select exists (select from unit where unit.level = 'election' and unit.ballots > 0 and unit.ballots < k)
      or exists (select from region_withheld where withheld having count(*) = 1 or sum(region_withheld.ballots) < k) as withheld
  ), judged as (
    select u.*,
      u.ballots > 0 and ((select withheld from everything_withheld)
        or coalesce(r.withheld, false) or coalesce(s.withheld, false)) as withheld
    from unit u
    -- A region's own, or that of a station's region.
    left join region_withheld r
      on r.unit_no = case u.level when 'region' then u.unit_no when 'station' then u.parent_no end
    left join station_withheld s on s.unit_no = u.unit_no
  )
  -- Of a withheld unit one row, whatever was chosen there: which choices had votes at all would be told otherwise.
  select j.level, j.region, j.station, j.name, c.contest, c.choice,
    case when not j.withheld then j.ballots end, c.votes, j.withheld
  from judged j
  left join cell c on not j.withheld and c.unit_no = j.unit_no and c.contest is not null
$$;
--> statement-breakpoint
comment on function report.public_results is 'Results that may be published: units with fewer than k ballots withheld, and enough beside them that none can be had by subtraction.';
--> statement-breakpoint
revoke execute on function report.public_results from public;
--> statement-breakpoint
grant execute on function report.public_results to analyst, auditor;
--> statement-breakpoint
grant select on report.results, report.turnout, report.undervotes, report.ballots, report.ballots_by_minute, report.ballots_by_hour,
  report.ballots_by_day, report.duplicates, report.silent_stations, report.station_rates, report.overfull_stations,
  report.unit_line, roll_count to analyst, auditor;
--> statement-breakpoint
grant select on report.quarantined, report.shards, report.reconciliation to auditor;
--> statement-breakpoint
-- From the table itself anybody could ask for xmin, and so for which ballots were recorded in one transaction.
revoke select on ballot from analyst;
--> statement-breakpoint
-- An analyst who asks by date or place wants the plan made for that date and place, not one for all.
alter role analyst set plan_cache_mode = force_custom_plan;
--> statement-breakpoint
alter role analyst set enable_partitionwise_aggregate = on;
--> statement-breakpoint
alter role auditor set enable_partitionwise_aggregate = on;
