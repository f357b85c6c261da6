-- The foreign server, and the options given for it. Those that it has, and that are not given now, it keeps.
do $$
declare
  engine constant text := current_setting('iam_fdw.install_engine');
  server constant text := current_setting('iam_fdw.install_server');
  wrapper constant text := (
    select fdwname
    from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
    where srvname = server
  );
  present constant text[] := array(
    select option_name
    from pg_foreign_server, pg_options_to_table(srvoptions)
    where srvname = server
  );
  schema constant text := current_setting('iam_fdw.install_schema');
  -- where a superuser's tables of ours are on the server; others may have tables there, too
  installed constant text[] := array(
    select distinct nspname
    from pg_foreign_table
      join pg_foreign_server on pg_foreign_server.oid = ftserver
      join pg_class on pg_class.oid = ftrelid
      join pg_namespace on pg_namespace.oid = relnamespace
      join pg_roles on pg_roles.oid = relowner
    where srvname = server
      and rolsuper
      and regexp_replace(relname, '_foreign$', '') = any (current_setting('iam_fdw.install_reports')::text[])
  );
  options text;
begin
  select string_agg(
    case when split_part(line, '=', 1) = any (present) then 'set ' when wrapper is not null then 'add ' else '' end
      || format('%I %L', split_part(line, '=', 1), substr(line, strpos(line, '=') + 1)),
    ', '
  )
    into options
    from regexp_split_to_table(
      current_setting('iam_fdw.install_option')
        || case when engine = 'multicorn' then E'\nwrapper=iam_fdw.fdw.IamForeignDataWrapper' else '' end,
      E'\n'
    ) as line
    where line <> '';
  if wrapper is null then
    execute format('create server %I foreign data wrapper iam_fdw', server) || coalesce(' options (' || options || ')', '');
  elsif not (
    select rolsuper or schema = any (installed)
    from pg_foreign_server join pg_roles on pg_roles.oid = srvowner
    where srvname = server
  ) then
    -- a superuser may give the server away later
    raise exception 'server "%" already exists, and belongs to role "%"', server, (
      select srvowner::regrole from pg_foreign_server where srvname = server
    ) using
      errcode = 'insufficient_privilege',
      detail = 'That role chooses what is read, and sees the keys in the user mapping for public.',
      hint = 'Choose another name for the server.';
  elsif wrapper <> 'iam_fdw' then
    raise exception 'server "%" already exists, and is one of foreign-data wrapper "%"', server, wrapper using
      errcode = 'duplicate_object', hint = 'Choose another name for the server.';
  elsif installed <> '{}' and schema <> all (installed) then
    raise exception 'server "%" is that of the installation in schema "%"', server, installed[1] using
      errcode = 'duplicate_object',
      hint = format(
        'Bring that one up to date with --schema %1$s, uninstall it first, or name another server with --server.',
        installed[1]
      );
  elsif options is not null then
    execute format('alter server %I options (%s)', server, options);
  end if;
end
$$;
