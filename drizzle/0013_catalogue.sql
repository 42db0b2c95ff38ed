-- Everything that analysts and auditors may read is explained where they look: \d+ NAME, \dv+ report.* in psql.
set local lock_timeout = '3s';
--> statement-breakpoint
-- What a column of this name is wherever they may read it; what is particular to one follows below.
do $$
declare
  said record;
begin
  for said in
    select c.oid::regclass as relation, a.attname, w.says
    from (values
      ('election', 'Id of the election, as in its definition.'),
      ('election_no', 'Number of the election in this database: see the table election.'),
      ('level', 'Whose numbers these are: of the whole election, a region or a station.'),
      ('region', 'Id of the region; null for the whole election.'),
      ('station', 'Id of the station within its region, `online` for votes from home; null above stations.'),
      ('unit_no', 'Number of the reporting unit: see the table reporting_unit.'),
      ('parent_no', 'Number of the unit that it is part of; null for the election.'),
      ('unit_name', 'Name of the election, region or station.'),
      ('line_no', 'Number of the line: see the table tally_line.'),
      ('contest', 'Id of the contest.'),
      ('contest_name', 'Name of the contest, as on the ballot.'),
      ('choice', 'Id of the choice within its contest.'),
      ('choice_name', 'Name of the choice, as on the ballot.'),
      ('party', 'Party of the choice; null where the definition names none.'),
      ('max_selections', 'Choices that one ballot may mark in this contest.'),
      ('ballot_style', 'Id of the ballot style: which contests a ballot carries.'),
      ('channel', 'Where ballots were cast: `browser` (from home) or `kiosk` (at a station).'),
      ('ballot_id', 'Random id of the ballot in this database. No receipt holds it.'),
      ('cast_on', 'Day of casting, on the clocks of the election''s time zone.'),
      ('cast_at', 'Minute of casting: an instant, shown in the time zone of the session.'),
      ('lines', 'Numbers of the ballot''s own line and of the lines marked, ascending: see the table tally_line.'),
      ('time_zone', 'IANA time zone in which the days of the election begin.'),
      ('opens_at', 'When voting opens: an instant, shown in the time zone of the session.'),
      ('closes_at', 'When voting closes: an instant, shown in the time zone of the session.'),
      ('definition_version', 'Newest version of the definition that was registered here.'),
      ('registered_voters', 'Registered voters; null where the definition has no number, nor one for every part.'),
      ('ballots', 'Number of ballots: one a voter.'),
      ('recorded', 'Ballots recorded: the first one of each voter.'),
      ('duplicates', 'Second, different ballots of voters who had voted: kept as attempts, not counted.'),
      ('quarantined', 'Accepted records that could not be counted, kept whole.'),
      ('repeated', 'Deliveries that changed nothing, their vote being recorded, a duplicate or in quarantine already.'),
      ('batch_id', 'Random id of the batch: see the table writer_batch.'),
      ('source', 'Where the batch came from: `kinesis` (the stream) or `sqs` (the overflow queue).'),
      ('shard', 'Id of the shard; of the overflow queue, its name.'),
      ('recorded_at', 'When the batch was written: an instant of the database''s clock.'),
      ('reason', 'Why it could not be counted; `database-refused-…` ends with an SQLSTATE.'),
      ('first_at', 'Of the first of them: an instant of the database''s clock.'),
      ('last_at', 'Of the last of them: an instant of the database''s clock.'),
      ('file', 'Name of the file that the ballots were exported to.'),
      ('sha256', 'SHA-256 of the file''s content before it was compressed.')
    ) as w (column_name, says)
    join pg_attribute a on a.attname = w.column_name and a.attnum > 0 and not a.attisdropped
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v') and not c.relispartition
    where c.relnamespace in ('public'::regnamespace, 'report'::regnamespace, 'archive'::regnamespace)
      and (has_any_column_privilege('analyst', c.oid, 'select') or has_any_column_privilege('auditor', c.oid, 'select'))
  loop
    execute format('comment on column %s.%I is %L', said.relation, said.attname, said.says);
  end loop;
end $$;
--> statement-breakpoint
comment on table election is 'Elections, as far as a definition of them was registered here.';
comment on column election.name is 'Name of the election.';
comment on column election.grace_seconds is 'How long after closing a kiosk may deliver what was cast in time, seconds.';
--> statement-breakpoint
comment on table reporting_unit is 'Where votes count: the election itself, its regions, their stations, each with a number.';
comment on column reporting_unit.name is 'Name of the election, region or station.';
comment on column reporting_unit.ballot_style is 'What ballots of this station carry; null above stations.';
--> statement-breakpoint
comment on table tally_line is 'What is counted, each with a number: a choice of a contest, or the ballots of one style cast through one channel.';
comment on column tally_line.contest is 'Id of the contest; null for a line of ballots.';
comment on column tally_line.ballot_style is 'Id of the ballot style; null for a line of a choice.';
comment on column tally_line.channel is 'Through which these ballots were cast; null for a line of a choice.';
--> statement-breakpoint
comment on table ballot_style_contest is 'The contests that ballots of a style carry.';
--> statement-breakpoint
comment on table ballot is 'What was voted, without who: a row a ballot, partitioned by day, region and station. Nothing joins it to participations.';
comment on column ballot.id is 'Random id of the ballot in this database. No receipt holds it.';
comment on column archive.ballot.id is 'Random id of the ballot in this database. No receipt holds it.';
--> statement-breakpoint
comment on view ballot_selection is 'A row a marked choice of a ballot, by name. By station or region on one day it is quick; filter on election, cast_on, region and station, which prune partitions.';
--> statement-breakpoint
comment on view result is 'Votes by choice and unit in this snapshot, folded or not; choices with votes only. report.results has the others too.';
comment on column result.votes is 'Votes for this choice.';
--> statement-breakpoint
comment on table tally is 'Votes by unit and line, as far as they are folded. The rest is in tally_pending; tally_now has both.';
comment on column tally.votes is 'Votes, or ballots where the line is one of ballots.';
--> statement-breakpoint
comment on table tally_pending is 'What batches added and is not folded yet: a row a batch, election and level.';
comment on column tally_pending.unit_nos is 'Unit of each of the sums in votes.';
comment on column tally_pending.line_nos is 'Line of each of the sums in votes.';
comment on column tally_pending.votes is 'Votes to add, one sum a unit and line.';
comment on column tally_pending.recorded is 'Ballots recorded, on the row of the level `election`; 0 on the others.';
comment on column tally_pending.duplicates is 'Second ballots, on the row of the level `election`; 0 on the others.';
comment on column tally_pending.quarantined is 'Records in quarantine, on the row of the level `election`; 0 on the others.';
--> statement-breakpoint
comment on table tally_total is 'Votes of an election by fate, as far as they are folded.';
comment on column tally_total.as_of is 'When the latest folded batch was written: an instant of the database''s clock.';
--> statement-breakpoint
comment on table tally_minute is 'Ballots by the minute in which they were recorded, as far as they are folded. Not when they were cast.';
comment on column tally_minute.minute is 'A full minute of the database''s clock: an instant.';
--> statement-breakpoint
comment on view tally_now is 'Votes by unit and line in this snapshot, folded or not, as numbers.';
comment on column tally_now.votes is 'Votes, or ballots where the line is one of ballots.';
--> statement-breakpoint
comment on view tally_recount is 'The same as tally_now, counted again from the ballots. Reads every ballot: minutes at hundreds of millions.';
comment on column tally_recount.votes is 'Votes, or ballots where the line is one of ballots.';
--> statement-breakpoint
comment on view tally_difference is 'Where the tally is not what the ballots say. It has no rows. Reads every ballot.';
comment on column tally_difference.tally_votes is 'What the tally says, folded or not.';
comment on column tally_difference.recounted_votes is 'What the ballots say.';
--> statement-breakpoint
comment on view vote_count is 'Votes of an election by fate, counted from the rows themselves. Records that nobody could read belong to no election and are not in it: report.quarantined has them.';
--> statement-breakpoint
comment on table writer_batch is 'A row a batch of a writer: what ties the stream to the tables. recorded + repeated + duplicates + quarantined is what was delivered.';
comment on column writer_batch.first_sequence is 'Sequence number of its first record; of the queue, the message''s id.';
comment on column writer_batch.last_sequence is 'Sequence number of its last record; of the queue, the message''s id.';
--> statement-breakpoint
comment on table quarantine is 'Accepted records that could not be counted, whole, with the reason.';
comment on column quarantine.quarantine_key is 'SHA-256 that is the same for every delivery of the same vote.';
comment on column quarantine.election_no is 'Number of the election; null where nobody could read which.';
comment on column quarantine.record is 'The bytes as they were delivered. They may hold a voter key beside selections: to be read with care.';
comment on column quarantine.quarantined_at is 'When it was put here: an instant of the database''s clock.';
--> statement-breakpoint
comment on column ballot_archive.ballots is 'Ballots of that day and election.';
comment on column ballot_archive.detached_at is 'When they left the table of ballots: an instant of the database''s clock.';
comment on column ballot_archive_dropped.ballots is 'Ballots of that day and election.';
--> statement-breakpoint
comment on view report.elections is 'Which elections there are, and which day it is on their clocks. Write a day out (cast_on = ''2026-11-03''): that is what prunes partitions.';
comment on column report.elections.name is 'Name of the election.';
comment on column report.elections.opens_on is 'Day on which voting opens, on the election''s clocks.';
comment on column report.elections.closes_on is 'Day on which voting closes, on the election''s clocks.';
comment on column report.elections.today is 'The day that it is now, on the election''s clocks.';
--> statement-breakpoint
comment on view report.results is 'Votes by contest and choice at one level, choices without a vote too: filter on level = ''election'', ''region'' or ''station''. Children sum to their parents.';
comment on column report.results.votes is 'Votes for this choice.';
comment on column report.results.percent is 'Of the votes in this contest and unit, percent; null while there is none.';
--> statement-breakpoint
comment on view report.undervotes is 'By contest and unit: votes + undervotes = ballots x max_selections. The contests that are on ballots there, whether or not anybody voted.';
comment on column report.undervotes.ballots is 'Ballots that carry this contest.';
comment on column report.undervotes.votes is 'Votes in this contest, over all choices.';
comment on column report.undervotes.undervotes is 'Choices that these ballots allowed and left open.';
--> statement-breakpoint
comment on view report.turnout is 'Ballots, by channel, against registered voters, of every unit: also those without a ballot.';
comment on column report.turnout.browser is 'Ballots cast from home.';
comment on column report.turnout.kiosk is 'Ballots cast at a station.';
comment on column report.turnout.registered_voters is 'The unit''s own number, or the sum of its parts where each has one; null otherwise.';
comment on column report.turnout.percent is 'Ballots of registered voters, percent; null where their number is not known.';
--> statement-breakpoint
comment on view report.unit_line is 'Votes by unit and line, as numbers, in parts to be summed (folded, waiting, zeros): what the other reports are made of.';
comment on column report.unit_line.votes is 'A part of the votes, or of the ballots where the line is one of ballots.';
comment on column report.unit_line.registered_voters is 'The unit''s own number in the definition; null where it has none.';
--> statement-breakpoint
comment on view report.ballots is 'One row a ballot, by name, times to the minute, in the order of its random id: the order of casting is nowhere in it. Filter on cast_on, region and station, which prune partitions; sums are quicker by ballots_by_… or ballot_selection.';
comment on column report.ballots.selections is 'What is marked, each as contest=choice, in the order of the ballot; empty where nothing is.';
--> statement-breakpoint
comment on column report.ballots_by_minute.minute is 'Minute of casting: an instant, shown in the time zone of the session.';
comment on column report.ballots_by_hour.hour is 'Beginning of the hour, on the clocks of the election''s time zone.';
--> statement-breakpoint
comment on column report.quarantined.election is 'Id of the election; `(unreadable)` where nobody could read which.';
comment on column report.quarantined.records is 'Number of records.';
comment on column report.shards.batches is 'Number of batches.';
--> statement-breakpoint
comment on column report.reconciliation.batches_recorded is 'Ballots recorded, by what all batches noted.';
comment on column report.reconciliation.participations is 'Voters who have voted, by the rows that are there.';
comment on column report.reconciliation.tally_recorded is 'Ballots recorded, by the tally''s totals.';
comment on column report.reconciliation.batches_duplicates is 'Second ballots, by what all batches noted.';
comment on column report.reconciliation.duplicates is 'Second ballots, by the rows that are there.';
comment on column report.reconciliation.tally_duplicates is 'Second ballots, by the tally''s totals.';
comment on column report.reconciliation.batches_quarantined is 'Records in quarantine, by what all batches noted.';
comment on column report.reconciliation.quarantined is 'Records in quarantine, by the rows that are there: also those of no election.';
comment on column report.reconciliation.agrees is 'Whether all of these are the same, each with each.';
--> statement-breakpoint
comment on view report.silent_stations is 'Stations without a single ballot.';
comment on view report.overfull_stations is 'Stations with more ballots than registered voters.';
--> statement-breakpoint
comment on view report.station_rates is 'Ballots of a station in a quarter of an hour, beside what is typical of the other stations of its region that day; without `online`. Filter on cast_on and region.';
comment on column report.station_rates.quarter is 'Beginning of the quarter of an hour: an instant, shown in the time zone of the session.';
comment on column report.station_rates.ballots is 'Ballots of this station in that quarter; quarters without any are not listed.';
comment on column report.station_rates.typical is 'Ballots a quarter of an hour at the other stations of the region that day, on average over quarters with any; null where there is no other.';
comment on column report.station_rates.most_elsewhere is 'Most ballots of any other station of the region in that quarter; null where no other had any.';
comment on column report.station_rates.is_implausible is '20 ballots and more, more than five times what is typical of the others, and more than twice the next busiest of that quarter. Never where there is no other station to compare with.';
--> statement-breakpoint
comment on function report.public_results is 'Results that may be published once a count is complete: how people voted is suppressed in every contest and unit with fewer than k ballots, and beside it where it could be had by subtraction. Publish once: two answers at different times may differ by a single ballot.';
--> statement-breakpoint
set local lock_timeout = '0';
