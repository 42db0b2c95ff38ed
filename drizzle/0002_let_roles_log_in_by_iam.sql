-- On Aurora, roles log in with tokens that IAM signs: no password exists that could leak. Elsewhere there is
-- no such role, and whoever runs the database decides how its roles log in.
do $$
declare
  role_name text;
begin
  if exists (select from pg_roles where rolname = 'rds_iam') then
    foreach role_name in array array['writer', 'results', 'maintainer', 'issuer', 'analyst', 'auditor'] loop
      execute format('alter role %I login', role_name);
      execute format('grant rds_iam to %I', role_name);
    end loop;
  end if;
end $$;
--> statement-breakpoint
-- Who changed what, in the database's own log. Only where the server was started with it.
do $$
begin
  if exists (select from pg_available_extensions where name = 'pgaudit')
    and current_setting('shared_preload_libraries') like '%pgaudit%' then
    create extension if not exists pgaudit;
  end if;
end $$;
--> statement-breakpoint
-- It is not on the way of a vote, but it shares a server with it.
alter role issuer set statement_timeout = '5s';
--> statement-breakpoint
alter role issuer set idle_in_transaction_session_timeout = '20s';
