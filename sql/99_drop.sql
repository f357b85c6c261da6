-- Drop what install.sql made, by its exact names.
set local client_min_messages = warning;

do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  server constant text := current_setting('iam_fdw.install_server');
  -- all servers of iam_fdw, those of the tables in this schema, and other schemas that have our tables of the server
  servers constant text[] := array(
    select srvname
    from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
    where fdwname = 'iam_fdw'
    order by srvname
  );
  used constant text[] := array(
    select distinct srvname
    from pg_foreign_table
      join pg_foreign_server on pg_foreign_server.oid = ftserver
      join pg_class on pg_class.oid = ftrelid
    where relnamespace = quote_ident(schema)::regnamespace
      and regexp_replace(relname, '_foreign$', '') = any (current_setting('iam_fdw.install_reports')::text[])
  );
  name text;
  held boolean;
begin
  if server <> all (servers) and servers <> '{}' then
    raise exception 'iam_fdw has no server "%"', server using
      errcode = 'undefined_object',
      hint = format('Name it with --server. There are: %s.', array_to_string(coalesce(nullif(used, '{}'), servers), ', '));
  elsif server <> all (used) and used <> '{}' then
    raise exception 'server "%" is not that of the installation in schema "%"', server, schema using
      errcode = 'object_not_in_prerequisite_state', hint = format('Its server is "%s": name it with --server.', used[1]);
  end if;

  foreach name in array array['iam_exemption', 'iam_history'] loop
    if exists (
      select from pg_class where relnamespace = quote_ident(schema)::regnamespace and relname = name and relkind = 'r'
    ) then
      execute format('lock table %I.%I in access exclusive mode', schema, name);
      execute format('select exists (select from %I.%I)', schema, name) into held;
      if held then
        raise exception 'cannot drop table % because it has rows', name using
          errcode = 'dependent_objects_still_exist', hint = 'Save them, and delete them: they are yours.';
      end if;
    end if;
  end loop;
end
$$;

do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  server constant text := current_setting('iam_fdw.install_server');
  reports constant text[] := current_setting('iam_fdw.install_reports');
  foreign_tables constant text[] := reports || array(select report || '_foreign' from unnest(reports) as report);
  views constant text[] := current_setting('iam_fdw.install_views');
  tables constant text[] := current_setting('iam_fdw.install_tables');
  functions constant text[] := array(
    select format(signature, schema)
    from unnest(
      current_setting('iam_fdw.install_functions')::text[] || array[
        -- of earlier versions
        '%1$I.iam_record_history(boolean,interval)',
        '%1$I.iam_ago(timestamp with time zone,timestamp with time zone)',
        '%1$I.iam_ago_replaced(timestamp with time zone,timestamp with time zone)'
      ]
    ) as signature
  );
  validator constant text := format('%I.iam_fdw_validator(text[],oid)', schema);
  shown constant integer := 5;
  wrapper_validator text;
  others text;
  object record;
  mapping record;
  dependents text[];
begin
  -- in this order, as each kind uses those after it
  for object in
    select statement, string_agg(name, ', ') as names
    from (
      select
        case
          when relkind = 'v' and relname = any (views) then 'drop view'
          when relkind = 'r' and relname = any (tables) then 'drop table'
          -- on Multicorn
          when relkind = 'v' and relname = any (reports) then 'drop view '
          when relkind = 'f' and relname = any (foreign_tables) then 'drop foreign table'
        end as statement,
        oid::regclass::text as name
      from pg_class
      where relnamespace = quote_ident(schema)::regnamespace
      union all
      -- a table uses the function of its trigger
      select case prorettype when 'trigger'::regtype then 'drop function' else 'drop routine' end, oid::regprocedure::text
      from pg_proc
      where oid::regprocedure::text = any (functions) and oid::regprocedure::text <> validator
    ) as made
    where statement is not null
    group by statement
    order by array_position(
      array['drop view', 'drop routine', 'drop table', 'drop function', 'drop view ', 'drop foreign table'], statement
    )
  loop
    execute object.statement || ' ' || object.names;
  end loop;

  select string_agg(distinct format('"%s"', nspname), ', ')
    into others
    from pg_foreign_table
      join pg_foreign_server on pg_foreign_server.oid = ftserver
      join pg_class on pg_class.oid = ftrelid
      join pg_namespace on pg_namespace.oid = relnamespace
      join pg_roles on pg_roles.oid = relowner
    where srvname = server and rolsuper and relname = any (foreign_tables);
  if others is not null then
    -- as earlier versions let two schemas share one
    raise warning 'server "%" is kept: schema % has tables of it', server, others;
  elsif exists (
    select
    from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
    where srvname = server and fdwname = 'iam_fdw'
  ) then
    for mapping in select usename from pg_user_mappings where srvname = server loop
      execute format(
        'drop user mapping for %s server %I',
        case mapping.usename when 'public' then 'public' else quote_ident(mapping.usename) end,
        server
      );
    end loop;
    execute format('drop server %I', server);
  end if;

  -- Servers of other schemas may use the wrapper, and so a validator that may be this schema's.
  select fdwvalidator::regprocedure into wrapper_validator from pg_foreign_data_wrapper where fdwname = 'iam_fdw';
  if not exists (
    select
    from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
    where fdwname = 'iam_fdw'
  ) then
    drop foreign data wrapper if exists iam_fdw;
    execute format('drop function if exists %s', coalesce(wrapper_validator, validator));
    wrapper_validator := null;
  end if;
  if wrapper_validator is distinct from validator then
    execute format('drop function if exists %s', validator);
  end if;
exception when dependent_objects_still_exist then
  get stacked diagnostics others = pg_exception_detail;
  dependents := string_to_array(others, e'\n');
  raise exception 'cannot uninstall iam_fdw because other objects depend on it' using
    errcode = 'dependent_objects_still_exist',
    detail = array_to_string(dependents[:shown], e'\n')
      || case when cardinality(dependents) > shown then e'\nand others' else '' end,
    hint = 'Nothing was removed. Drop them first.';
end
$$;
