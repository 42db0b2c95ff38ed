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
create trigger pass_issued_append_only before update or delete on pass_issued
  for each row execute function refuse_change();
--> statement-breakpoint
select refuse_truncate_of(c.oid::regclass)
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname ~ '^pass_issued(_[0-9]+)?$';
--> statement-breakpoint
-- Whoever keeps the roll: puts voters on it, and looks at what is there. Not on the way of a vote or of a pass.
do $$
begin
  begin
    create role registrar nologin;
  exception when duplicate_object or unique_violation then
    null;
  end;
  if exists (select from pg_roles where rolname = 'rds_iam') then
    alter role registrar login;
    grant rds_iam to registrar;
  end if;
end $$;
--> statement-breakpoint
grant usage on schema public to registrar;
--> statement-breakpoint
grant select on election to registrar, issuer;
--> statement-breakpoint
grant select, insert on voter_roll, voter_subject to registrar;
--> statement-breakpoint
-- The issuer reads the roll a voter at a time, and never changes it.
grant select on voter_roll, voter_subject to issuer;
--> statement-breakpoint
grant select, insert on pass_issued to issuer;
--> statement-breakpoint
grant select, insert, update, delete on identity_attempt to issuer;
--> statement-breakpoint
grant delete, select on identity_attempt to maintainer;
--> statement-breakpoint
-- How many, for turnout and for reconciling; not who.
create view roll_count as
  select e.election,
    (select count(*) from voter_roll r where r.election_no = e.election_no) as voters,
    (select count(*) from pass_issued p where p.election_no = e.election_no) as passes_issued
  from election e;
--> statement-breakpoint
grant select on roll_count to registrar, auditor;
--> statement-breakpoint
alter role registrar set statement_timeout = '2h';
