-- The names of everything that iam_fdw makes in its schema: what is trusted and dropped goes by them, and never by a
-- pattern, which would match what others made. They are settings, as DO blocks do not see the variables of psql.
-- Nothing is found by its name alone: any role that may create something in a schema on the path could have it called
-- here, and the database's owner chooses the path, and how strings are read.
set local search_path = pg_catalog, pg_temp;
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;  -- names are compared as they are written where they need no quotes
select
  -- as PostgreSQL cuts names that are too long: another schema than that which is made and used would be looked at
  set_config('iam_fdw.install_schema', :'schema'::name::text, true),
  set_config('iam_fdw.install_server', :'server'::name::text, true)
\gset
\ir generated/01_names.sql

-- all relations, and the names of all functions, whatever their arguments
select
  set_config('iam_fdw.install_relations', (
    reports
      || array(select report || '_foreign' from unnest(reports) as report)
      || current_setting('iam_fdw.install_tables')::text[]
      || current_setting('iam_fdw.install_indexes')::text[]
      || current_setting('iam_fdw.install_views')::text[]
  )::text, true),
  set_config('iam_fdw.install_function_names', array(
    select substring(signature from '[.]([a-z_]+)[(]')
    from unnest(
      current_setting('iam_fdw.install_functions')::text[] || array['.iam_ago_replaced(']  -- see 61_replaced.sql
    ) as signature
  )::text, true)
from (select current_setting('iam_fdw.install_reports')::text[] as reports) as named
\gset
