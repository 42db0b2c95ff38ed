-- The voter roll is a database of its own now (drizzle/roll), on a server of its own: whoever may replicate the votes
-- could decode the roll beside them, and transaction numbers put a pass that was issued before the ballot that followed.
drop view roll_count;
--> statement-breakpoint
-- Nothing is thrown away here: a roll that was imported before stays where its owner can take it over, and nobody else.
do $$
declare
  roll_table text;
  part regclass;
  has_rows boolean;
begin
  foreach roll_table in array array['identity_attempt', 'pass_issued', 'voter_roll', 'voter_subject'] loop
    execute format('revoke all on %I from issuer, registrar, maintainer', roll_table);
    execute format('select exists (select from %I)', roll_table) into has_rows;
    if has_rows and roll_table <> 'identity_attempt' then
      create schema if not exists former_roll;
      for part in select inhrelid from pg_inherits where inhparent = roll_table::regclass loop
        execute format('alter table %s set schema former_roll', part);
      end loop;
      execute format('alter table %I set schema former_roll', roll_table);
    else
      execute format('drop table %I', roll_table);
    end if;
  end loop;
end $$;
--> statement-breakpoint
revoke all on election from issuer, registrar;
--> statement-breakpoint
revoke all on schema public from issuer, registrar;
--> statement-breakpoint
do $$
begin
  execute format('revoke connect on database %I from public', current_database());
  execute format(
    'grant connect on database %I to writer, results, maintainer, analyst, auditor, counter', current_database());
end $$;
--> statement-breakpoint
-- Where the roll is on this server too, its roles stay.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['issuer', 'registrar'] loop
    begin
      execute format('drop role %I', role_name);
    exception when dependent_objects_still_exist then
      null;
    end;
  end loop;
end $$;
