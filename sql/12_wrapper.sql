-- The engine's extension, and the foreign-data wrapper, which pins the class.
do $$
declare
  engine constant text := current_setting('iam_fdw.install_engine');
begin
  if engine not in ('minicorn', 'multicorn') or not exists (select from pg_available_extensions where name = engine) then
    raise exception 'engine "%" is not available', case when engine = '' then 'minicorn' else engine end using
      errcode = 'undefined_file',
      hint = 'Run "make install" for minicorn, or install Multicorn, for this version of PostgreSQL.';
  end if;
  -- Multicorn asks Python for a codec of PostgreSQL's name for the encoding: without one, the server crashes.
  if engine = 'multicorn' and getdatabaseencoding() !~ '^(UTF8|LATIN[0-9]+|ISO_8859_[0-9]+|EUC_(JP|CN|KR|JIS_2004))$' then
    raise exception 'Multicorn cannot be used in a database of encoding "%"', getdatabaseencoding() using
      errcode = 'feature_not_supported',
      detail = 'Python does not know this encoding by its name in PostgreSQL, and Multicorn would crash the server.',
      hint = 'Use a database of encoding UTF8.';
  end if;
end
$$;

create extension if not exists :"engine" with schema :"schema";

select
  nspname as engine_schema,
  extname || '_handler' as engine_handler,
  (not exists (select from pg_foreign_data_wrapper where fdwname = 'iam_fdw'))::text as is_new_wrapper
from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
where extname = :'engine'
\gset

\if :is_multicorn
-- It imports whatever module its caller names. CREATE SERVER needs no right to it.
revoke all on function :"engine_schema".multicorn_validator(text[], oid) from public;
\else
-- to the version that has minicorn_settings()
alter extension minicorn update;
\endif

\if :is_new_wrapper
create foreign data wrapper iam_fdw handler :"engine_schema".:"engine_handler" validator :"schema".iam_fdw_validator;
\if :is_multicorn
-- Multicorn takes the class from the server: see 13_server.sql.
\else
alter foreign data wrapper iam_fdw options (add wrapper 'iam_fdw.fdw.IamForeignDataWrapper');
\endif
\endif

do $$
begin
  if not exists (
    select
    from pg_foreign_data_wrapper
      join pg_proc on pg_proc.oid = fdwhandler
      join pg_extension on extnamespace = pronamespace
    where fdwname = 'iam_fdw'
      and extname = current_setting('iam_fdw.install_engine')
      and proname = extname || '_handler'
      and pronargs = 0  -- others of that name may have arguments
  ) then
    raise exception 'iam_fdw is installed with another engine than "%"', current_setting('iam_fdw.install_engine') using
      errcode = 'object_not_in_prerequisite_state', hint = 'Run "iam-fdw uninstall" first.';
  end if;
end
$$;

comment on foreign data wrapper iam_fdw is 'IAM credential reports of AWS accounts';
