-- Nothing is granted to PUBLIC. The functions except the validator keep PostgreSQL's default, that all roles may
-- call them: views call them as the user who asks, and they read nothing but the session's settings.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  reader constant text := current_setting('iam_fdw.install_reader');
  relations constant text[] := current_setting('iam_fdw.install_reports')::text[]
    || current_setting('iam_fdw.install_tables')::text[]
    || current_setting('iam_fdw.install_views')::text[];
  functions constant text[] := current_setting('iam_fdw.install_reader_functions');
  name text;
begin
  if reader = 'public' then
    raise exception 'role "public" cannot be the reader' using
      errcode = 'invalid_grant_operation', hint = 'Name a role.';
  elsif reader <> '' then
    execute format('grant usage on schema %I to %I', schema, reader);
    foreach name in array functions loop
      execute format('grant execute on function %s to %I', format(name, schema), reader);
    end loop;
    -- iam_validate_settings() calls it
    for name in
      select pg_proc.oid::regprocedure
      from pg_proc join pg_depend on classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
      where proname = 'minicorn_settings'
    loop
      execute format('grant execute on function %s to %I', name, reader);
    end loop;
    foreach name in array relations loop
      execute format('grant select on %I.%I to %I', schema, name, reader);
    end loop;
  end if;
end
$$;
