-- The foreign server, and the options given for it. It keeps the options that it has and that are not given now.
do $$
declare
  server constant text := current_setting('iam_fdw.install_server');
  schema constant text := current_setting('iam_fdw.install_schema');
  wrapper constant text := (
    select fdwname
    from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
    where srvname = server
  );
  -- schemas in which a superuser's tables of ours are on the server; others may have tables there, too
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
begin
  if wrapper is null then
    null;  -- it is made below
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
  end if;
end
$$;

create server if not exists :"server" foreign data wrapper iam_fdw;

with present as (
  select option_name as name
  from pg_foreign_server, pg_options_to_table(srvoptions)
  where srvname = :'server'::name
), given as (
  select split_part(line, '=', 1) as name, substr(line, strpos(line, '=') + 1) as value
  from regexp_split_to_table(
    -- Multicorn takes the class from the server
    :'option' || case :'engine' when 'multicorn' then E'\nwrapper=iam_fdw.fdw.IamForeignDataWrapper' else '' end, E'\n'
  ) as line
  where line <> ''
)
select
  (count(*) > 0)::text as has_options,
  coalesce(
    string_agg(
      case when name in (select name from present) then 'set ' else 'add ' end || format('%I %L', name, value), ', '
    ),
    ''
  ) as options
from given
\gset

\if :has_options
alter server :"server" options (:options);
\endif
