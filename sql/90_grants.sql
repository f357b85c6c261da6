-- Nothing is granted to PUBLIC. The functions except the validator keep PostgreSQL's default, that all roles may call
-- them: views call them as the role that reads the view, and they read nothing except the session's settings.
select
  set_config('iam_fdw.install_reader', :'reader', true) as install_reader,
  (:'reader' <> '')::text as has_reader,
  -- iam_validate_settings() calls it
  (count(*) > 0)::text as has_minicorn_settings,
  coalesce(min(pg_proc.oid::regprocedure::text), '') as minicorn_settings
from pg_proc
  join pg_depend on classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
  -- any role can put a function of that name into an extension of its own
  join pg_extension on refclassid = 'pg_extension'::regclass and refobjid = pg_extension.oid and extname = 'minicorn'
where proname = 'minicorn_settings'
\gset

do $$
begin
  if current_setting('iam_fdw.install_reader') = 'public' then
    raise exception 'role "public" cannot be the reader' using
      errcode = 'invalid_grant_operation', hint = 'Name a role.';
  end if;
end
$$;

\if :has_reader
grant usage on schema :"schema" to :"reader";
\ir generated/91_grants.sql
\if :has_minicorn_settings
grant execute on function :minicorn_settings to :"reader";
\endif
\endif
