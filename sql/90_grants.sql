-- Nothing is granted to PUBLIC. The functions beside the validator keep PostgreSQL's default, that all may
-- call them: views call them as the user who asks, and they read nothing but the session's settings.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  reader constant text := current_setting('iam_fdw.install_reader');
  object record;
begin
  -- "create or replace" keeps the owner: who made one of our names before us could change it after us.
  for object in
    select 'relation' as kind, oid::regclass::text as name, relowner as owner
    from pg_class
    where relnamespace = quote_ident(schema)::regnamespace and relname ~ '^(aws_iam_credential_report|iam_(credential|setting|check|verdict|benchmark|exemption|history|report|change))'
    union all
    select 'function', oid::regprocedure::text, proowner
    from pg_proc
    where pronamespace = quote_ident(schema)::regnamespace and proname ~ '^iam_(now|moment|day|limit|ago|span|exempt|report|record|fdw|nearest|validate)'
    union all
    -- who owns a schema can replace what is in it; from PostgreSQL 15 on, public is the database owner's
    select 'schema', oid::regnamespace::text, nspowner
    from pg_namespace
    where nspname = schema and nspowner::regrole::text <> 'pg_database_owner'
  loop
    if not (select rolsuper from pg_roles where oid = object.owner) then
      raise exception '% % belongs to role "%"', object.kind, object.name, object.owner::regrole using
        errcode = 'insufficient_privilege',
        detail = 'That role could change what iam_fdw does.',
        hint = 'Drop it or rename it, or install into another schema.';
    end if;
  end loop;

  if reader = 'public' then
    raise exception 'role "public" cannot be the reader' using
      errcode = 'invalid_grant_operation', hint = 'Name a role.';
  elsif reader <> '' then
    execute format('grant usage on schema %I to %I', schema, reader);
    execute format(
      'grant execute on function %1$I.iam_now(), %1$I.iam_moment(text), %1$I.iam_day(timestamptz), %1$I.iam_limit(text, interval),'
        ' %1$I.iam_limits(), %1$I.iam_validate_settings(), %1$I.iam_nearest(text, text[]), %1$I.iam_ago(timestamptz, timestamptz, interval),'
        ' %1$I.iam_ago(timestamptz, timestamptz), %1$I.iam_span(interval),'
        ' %1$I.iam_report_at(timestamptz, boolean), %1$I.iam_exempt(%1$I.iam_exemption[], text, text, text) to %2$I',
      schema,
      reader
    );
    -- iam_validate_settings() calls it
    for object in
      select pg_proc.oid::regprocedure as name
      from pg_proc join pg_depend on classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
      where proname = 'minicorn_settings'
    loop
      execute format('grant execute on function %s to %I', object.name, reader);
    end loop;
    for object in
      select oid::regclass as name
      from pg_class
      where relnamespace = quote_ident(schema)::regnamespace and relkind in ('f', 'v', 'r') and relname !~ '_foreign$'
        and relname ~ '^(aws_iam_credential_report|iam_(credential|setting|check|verdict|benchmark|exemption|history|report|change))'
    loop
      execute format('grant select on %s to %I', object.name, reader);
    end loop;
  end if;
end
$$;
