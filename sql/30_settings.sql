-- What the checks measure by. Each setting is one of PostgreSQL's, for a session, a role or a database:
--   set iam_fdw.password_max_age = '60 days';
--   alter database security set iam_fdw.password_max_age = '60 days';
create or replace function :"schema".iam_limits() returns table (name text, default_value interval, description text)
  language sql
  immutable
as $$
  values
    (
      'report_max_age',
      interval '4 hours',
      'How old a credential report may be (report_stale, iam_check_report_freshness). AWS makes at most one in four hours'
    ),
    (
      'saved_max_age',
      interval '8 hours',
      'How old the newest saved report may be (iam_check_report_freshness): two that AWS makes at most'
    ),
    (
      'root_use_max_age',
      interval '90 days',
      'How long root must have been unused (root_recently_used)'
    ),
    (
      'unused_max_age',
      interval '45 days',
      'How long a password or an access key may be unused (user_password_unused, user_access_key_unused)'
    ),
    (
      'inactive_max_age',
      interval '90 days',
      'How long a user may use no credential (user_inactive), or no password (iam_check_inactive_users)'
    ),
    (
      'never_used_grace',
      interval '0 days',
      'How old a credential may be that was never used (access_key_never_used, user_never_logged_in)'
    ),
    (
      'password_max_age',
      interval '90 days',
      'How old a password may be (user_password_not_rotated, iam_check_password_rotation)'
    ),
    (
      'access_key_max_age',
      interval '90 days',
      'How old an active access key may be (access_key_not_rotated, iam_check_access_key_rotation)'
    ),
    (
      'inactive_key_max_age',
      interval '90 days',
      'How old an inactive access key may be (access_key_inactive_kept)'
    ),
    (
      'setup_window',
      interval '10 seconds',
      'How soon after its user an access key is taken to be made with it (access_key_created_with_user)'
    ),
    (
      'access_key_unused_max_age',
      interval '30 days',
      'How long an access key may be unused (iam_check_unused_access_keys)'
    )
$$;
comment on function :"schema".iam_limits() is 'The limits of the checks, as iam_setting lists them';

-- A misspelled name has most pairs of adjacent letters in common with the name that was meant.
create or replace function :"schema".iam_nearest(wanted text, names text[]) returns text
  language sql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
  select name
  from
    unnest(names) as name
    cross join lateral (
      select count(*) filter (where position(pair in lower(wanted)) > 0)::float8 / greatest(count(*), length(wanted) - 1) as likeness
      from (select substr(name, place, 2) as pair from generate_series(1, length(name) - 1) as place) as pairs
    ) as compared
  where likeness >= 0.6
  order by likeness desc, name
  limit 1
$$;
comment on function :"schema".iam_nearest(text, text[]) is
  'The name that is most like a misspelled one. Null: none is like it';

-- PostgreSQL accepts any iam_fdw.<name>, and a misspelled limit would change nothing. minicorn 1.1 knows what the session
-- has set; elsewhere only the settings of the role and the database can be looked up.
-- The schema is on the path: each call is an exact match in pg_catalog, or is qualified (README.md, "Names in bodies").
create or replace function :"schema".iam_validate_settings() returns boolean
  language plpgsql
  stable
  set search_path = pg_catalog, :"schema", pg_temp
as $$
declare
  -- one of the extension: another role may have made one in the schema of the extension
  settings constant regproc := (
    select function.oid
    from pg_proc as function
      join pg_depend on classid = 'pg_proc'::regclass::oid and objid = function.oid and deptype = 'e'
      join pg_extension on refclassid = 'pg_extension'::regclass::oid and refobjid = pg_extension.oid
    where proname = 'minicorn_settings'
      and extname = 'minicorn'
      and has_function_privilege(function.oid, 'execute'::text)
      and has_schema_privilege(pronamespace, 'usage'::text)
  );
  names text[];
  known text[];
  unknown text;
  nearest text;
begin
  if settings is not null then
    execute pg_catalog.format('select pg_catalog.array_agg(name) from %s(''iam_fdw.''::text) as name', settings)
    into names;
  else
    select pg_catalog.array_agg(split_part(setting, '='::text, 1)) into names
    from pg_db_role_setting cross join pg_catalog.unnest(setconfig) as setting
    where setdatabase in (0::oid, (select oid from pg_database where datname = current_database()))
      and setrole in (0::oid, (select oid from pg_roles where rolname = session_user))
      and setting ~* '^iam_fdw[.][^=]+=.';
  end if;
  if names is null then
    return true;
  end if;
  known := array(select name from iam_limits()) operator(pg_catalog.||) array['now', 'report_at'];
  select min(name) into unknown
  from (select substr(name, 9) as name from pg_catalog.unnest(names) as name) as given
  where lower(name) <> all (known)
    and lower(name) !~ '^install_';  -- the installer's own
  if unknown is null then
    return true;
  end if;
  nearest := iam_nearest(unknown, known);
  raise exception 'unrecognized configuration parameter "iam_fdw.%"', unknown using
    errcode = 'undefined_object',
    hint = case
      when nearest is null then 'The view iam_setting lists the limits; iam_fdw.now and iam_fdw.report_at are times.'
      else 'Perhaps you meant "iam_fdw.' || nearest || '".'
    end;
end
$$;
comment on function :"schema".iam_validate_settings() is
  'True. An error where a setting iam_fdw.<name> is set that does not exist: it would have no effect';

create or replace function :"schema".iam_limit(name text, default_value interval) returns interval
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  value constant text := nullif(current_setting('iam_fdw.' || name, true), '');
  result interval;
begin
  if value is null then
    return default_value;
  end if;
  begin
    -- PostgreSQL reads a number without a unit as seconds, which nobody means
    if value ~ '[[:alpha:]]' or value ~ ':' then
      result := value::interval;
    end if;
  exception when data_exception then
    null;
  end;
  if result is null or not isfinite(result) or result < interval '0' then
    raise exception 'invalid value for parameter "iam_fdw.%": "%"', name, value using
      errcode = 'invalid_parameter_value',
      hint = 'Give an interval with its unit, such as "90 days".';
  elsif value ~* '[0-9.]\s*m\M' and value !~* '^\s*P' then
    raise exception 'invalid value for parameter "iam_fdw.%": "%"', name, value using
      errcode = 'invalid_parameter_value',
      detail = 'PostgreSQL reads "m" as minutes, others as months.',
      hint = 'Give days, such as "90 days", or write "min".';
  elsif extract(year from result) <> 0 or extract(month from result) <> 0
    -- of a part of one PostgreSQL makes days, or nothing at all
    or value ~* '[0-9.]\s*(mon|y|dec|c|mil(l?en|s?\M))' or value ~* '^\s*P[^T]*[0-9.][MY]'
  then
    raise exception 'invalid value for parameter "iam_fdw.%": "%"', name, value using
      errcode = 'invalid_parameter_value',
      detail = 'Months and years are of different lengths.',
      hint = 'Give days, such as "365 days".';
  end if;
  return result;
end
$$;
comment on function :"schema".iam_limit(text, interval) is
  'The value of the setting iam_fdw.<name>, or its default. An error when it is no interval, or has months or years';

create or replace view :"schema".iam_setting as
select
  name,
  default_value,
  :"schema".iam_limit(name, default_value) as current_value,
  description
from :"schema".iam_limits()
where :"schema".iam_validate_settings();
comment on view :"schema".iam_setting is
  'The limits of the checks: set iam_fdw.<name> for a session, a role or a database';
comment on column :"schema".iam_setting.name is 'The name, without "iam_fdw."';
comment on column :"schema".iam_setting.default_value is 'The limit where nothing is set';
comment on column :"schema".iam_setting.current_value is 'The limit in this session';
comment on column :"schema".iam_setting.description is 'What it limits, and where';
