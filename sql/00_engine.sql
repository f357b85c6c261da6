-- The engine that runs the class: the one asked for, the one that the wrapper has, or the first that is installed.
set local client_min_messages = warning;
-- Any role that may create something in a schema on the path could have it called here: nothing is found by its name alone.
set local search_path = pg_catalog, pg_temp;
set local standard_conforming_strings = on;

do $$
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    raise exception 'permission denied to install iam_fdw' using
      errcode = 'insufficient_privilege', hint = 'Must be superuser to install iam_fdw.';
  end if;
end
$$;

select
  engine,
  (engine = 'multicorn')::text as is_multicorn,
  -- what users select from, and the suffix of the foreign tables: see 20_tables.sql
  case engine when 'multicorn' then 'view' else 'foreign table' end as table_kind,
  case engine when 'multicorn' then '_foreign' else '' end as suffix,
  -- DO blocks do not see the variables of psql
  set_config('iam_fdw.install_engine', engine, true) as install_engine
from (
  select coalesce(
    nullif(:'engine', ''),
    (
      select regexp_replace(proname, '_handler$', '')
      from pg_foreign_data_wrapper
        join pg_proc on pg_proc.oid = fdwhandler
      where fdwname = 'iam_fdw'
    ),
    (
      select name
      from pg_available_extensions
      where name in ('minicorn', 'multicorn')
      order by name
      limit 1
    ),
    ''
  ) as engine
) as found
\gset
