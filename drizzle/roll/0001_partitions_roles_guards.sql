do $$
begin
  for remainder in 0..63 loop
    execute format(
      'create table voter_roll_%s partition of voter_roll for values with (modulus 64, remainder %s)', remainder, remainder);
    execute format(
      'create table pass_issued_%s partition of pass_issued for values with (modulus 64, remainder %s)', remainder, remainder);
  end loop;
  for remainder in 0..15 loop
    execute format(
      'create table voter_subject_%s partition of voter_subject for values with (modulus 16, remainder %s)', remainder, remainder);
  end loop;
end $$;
--> statement-breakpoint
-- A pass that was signed stays signed: taking its row away would let a voter have another.
create function refuse_change() returns trigger
  language plpgsql
  as $$
begin
  raise exception '% on % is refused: a pass that was issued stays issued', tg_op, tg_table_name
    using errcode = 'BS001';
end $$;
--> statement-breakpoint
create trigger pass_issued_append_only before update or delete on pass_issued
  for each row execute function refuse_change();
--> statement-breakpoint
-- TRUNCATE fires only the triggers of the table it names, so each table needs its own.
do $$
declare
  guarded regclass;
begin
  for guarded in
    select c.oid from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname ~ '^pass_issued(_[0-9]+)?$'
  loop
    execute format(
      'create trigger append_only_truncate before truncate on %s for each statement execute function refuse_change()',
      guarded);
  end loop;
end $$;
--> statement-breakpoint
-- `registrar` keeps the roll, `issuer` looks a voter up and takes a voter's one pass, `auditor` counts. Roles belong to
-- the server: where it has others too (one server for both databases), they are not let in here.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['registrar', 'issuer', 'auditor'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception when duplicate_object or unique_violation then
      null;
    end;
    if exists (select from pg_roles where rolname = 'rds_iam') then
      execute format('alter role %I login', role_name);
      execute format('grant rds_iam to %I', role_name);
    end if;
  end loop;
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to registrar, issuer, auditor', current_database());
  -- An import is staged in a table of its own.
  execute format('grant temporary on database %I to registrar', current_database());
end $$;
--> statement-breakpoint
grant usage on schema public to registrar, issuer, auditor;
--> statement-breakpoint
grant select on election to issuer, auditor;
--> statement-breakpoint
grant select, insert on election, voter_roll, voter_subject to registrar;
--> statement-breakpoint
-- A card that was lost is replaced by another code, an account by another; a voter's region stays what it is.
grant update (code_hash) on voter_roll to registrar;
--> statement-breakpoint
grant delete on voter_subject to registrar;
--> statement-breakpoint
-- The issuer reads the roll a voter at a time, and never changes it.
grant select on voter_roll, voter_subject to issuer;
--> statement-breakpoint
grant select, insert on pass_issued to issuer;
--> statement-breakpoint
grant select, insert, update, delete on identity_attempt to issuer;
--> statement-breakpoint
-- How many, for turnout and for reconciling; not who.
create view roll_count as
  select e.election, r.region, r.voters, coalesce(p.passes_issued, 0) as passes_issued
  from election e
  join (select election_no, region, count(*) as voters from voter_roll group by 1, 2) r using (election_no)
  left join (
    select r.election_no, r.region, count(*) as passes_issued
    from pass_issued p join voter_roll r using (election_no, roll_number) group by 1, 2
  ) p using (election_no, region);
--> statement-breakpoint
comment on view roll_count is 'Voters on the roll, and passes issued to them, by election and region. Counts both tables each time.';
--> statement-breakpoint
grant select on roll_count to registrar, auditor;
--> statement-breakpoint
alter role issuer set statement_timeout = '5s';
--> statement-breakpoint
alter role issuer set idle_in_transaction_session_timeout = '20s';
--> statement-breakpoint
alter role auditor set default_transaction_read_only = on;
--> statement-breakpoint
alter role auditor set statement_timeout = '30min';
--> statement-breakpoint
-- The largest statement of an import puts a whole roll of 300 million into its partitions.
alter role registrar set statement_timeout = '12h';
