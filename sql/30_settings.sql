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
do $do$
begin
  execute format(
    $function$
      create or replace function %1$I.iam_validate_settings() returns boolean
        language plpgsql
        stable
        set search_path = pg_catalog, pg_temp
      as $body$
      declare
        -- one of the extension: whoever may create something in its schema could have made another
        settings constant regproc := (
          select function.oid
          from pg_proc as function
            join pg_depend on classid = 'pg_proc'::regclass and objid = function.oid and deptype = 'e'
            join pg_extension on refclassid = 'pg_extension'::regclass and refobjid = pg_extension.oid
          where proname = 'minicorn_settings'
            and extname = 'minicorn'
            and has_function_privilege(function.oid, 'execute')
            and has_schema_privilege(pronamespace, 'usage')
        );
        names text[];
        known text[];
        unknown text;
        nearest text;
      begin
        if settings is not null then
          execute format('select array_agg(name) from %%s(''iam_fdw.''::text) as name', settings) into names;
        else
          select array_agg(split_part(setting, '=', 1)) into names
          from pg_db_role_setting cross join unnest(setconfig) as setting
          where setdatabase in (0, (select oid from pg_database where datname = current_database()))
            and setrole in (0, (select oid from pg_roles where rolname = session_user))
            and setting ~* '^iam_fdw[.][^=]+=.';
        end if;
        if names is null then
          return true;
        end if;
        known := array(select name from %1$I.iam_limits()) || array['now', 'report_at'];
        select min(name) into unknown
        from (select substr(name, 9) as name from unnest(names) as name) as given
        where lower(name) <> all (known)
          and lower(name) !~ '^install_';  -- the installer's own
        if unknown is null then
          return true;
        end if;
        nearest := %1$I.iam_nearest(unknown, known);
        raise exception 'unrecognized configuration parameter "iam_fdw.%%"', unknown using
          errcode = 'undefined_object',
          hint = case
            when nearest is null then 'The view iam_setting lists the limits; iam_fdw.now and iam_fdw.report_at are times.'
            else 'Perhaps you meant "iam_fdw.' || nearest || '".'
          end;
      end
      $body$
    $function$,
    current_setting('iam_fdw.install_schema')
  );
end
$do$;
comment on function :"schema".iam_validate_settings() is
  'True. An error where a setting iam_fdw.<name> is set that does not exist: it would have no effect';

create or replace function :"schema".iam_moment(name text) returns timestamptz
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set datestyle = 'ISO, YMD'
as $$
declare
  value constant text := nullif(current_setting('iam_fdw.' || name, true), '');
  result timestamptz;
begin
  if value is null then
    return null;
  end if;
  begin
    result := value::timestamptz;
  exception when data_exception then
    null;
  end;
  if result is null or not isfinite(result) then
    raise exception 'invalid value for parameter "iam_fdw.%": "%"', name, value using
      errcode = 'invalid_parameter_value',
      hint = 'Give a time, such as "2026-11-23 12:00:00", which is UTC unless it names another zone.';
  end if;
  return result;
end
$$;
comment on function :"schema".iam_moment(text) is
  'The time of the setting iam_fdw.<name>, in UTC unless it names another zone. Null where it is not set';

-- Read anew in each session, too: with the types written out, no other function is a closer match.
do $$
begin
  execute format(
    'create or replace function %1$I.iam_now() returns timestamptz language sql stable as'
      ' $body$ select case when %1$I.iam_validate_settings() then coalesce(%1$I.iam_moment(''now''::pg_catalog.text),'
      ' %1$I.iam_moment(''report_at''::pg_catalog.text), pg_catalog.now()) end $body$',
    current_setting('iam_fdw.install_schema')
  );
end
$$;
comment on function :"schema".iam_now() is
  'The time that the checks measure by: the setting iam_fdw.now, else iam_fdw.report_at, else now()';

create or replace function :"schema".iam_day(moment timestamptz) returns timestamp
  language sql
  immutable
as $$ select pg_catalog.date_trunc('day', pg_catalog.timezone('UTC', moment)) $$;
comment on function :"schema".iam_day(timestamptz) is
  'The day of a moment in UTC, whatever the time zone of the session: its first second';

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

-- The body is read anew in each session, by its path, which the database's owner chooses: each operator is named with its
-- schema, and CASE compares by none. A path of its own would keep it from being inlined. As a float, a number of days
-- would be rounded to extra_float_digits.
create or replace function :"schema".iam_ago(moment timestamptz, now timestamptz, near_limit interval) returns text
  language sql
  stable
as $$
  select 'on ' operator(pg_catalog.||)
    pg_catalog.to_char(pg_catalog.timezone('UTC', moment), 'YYYY-MM-DD HH24:MI:SS') operator(pg_catalog.||) ' UTC, '
    operator(pg_catalog.||) case
      -- quickest, as it is nearly always
      when now operator(pg_catalog.-) moment operator(pg_catalog.>=) interval '2 days'
        and (
          now operator(pg_catalog.-) moment operator(pg_catalog.<=) (near_limit operator(pg_catalog.-) interval '1 day')
          or now operator(pg_catalog.-) moment operator(pg_catalog.>=) (near_limit operator(pg_catalog.+) interval '1 day')
          or near_limit is null
        )
      then pg_catalog.date_part('day', now operator(pg_catalog.-) moment)::pg_catalog.int8::pg_catalog.text
        operator(pg_catalog.||) ' days ago'
      else
        case
          when greatest(now operator(pg_catalog.-) moment, moment operator(pg_catalog.-) now)
            operator(pg_catalog.<) interval '1 day' then ''
          when greatest(now operator(pg_catalog.-) moment, moment operator(pg_catalog.-) now)
            operator(pg_catalog.<) interval '2 days' then '1 day '
          else
            pg_catalog.date_part('day', greatest(now operator(pg_catalog.-) moment, moment operator(pg_catalog.-) now))
              ::pg_catalog.int8::pg_catalog.text operator(pg_catalog.||) ' days '
        end
        operator(pg_catalog.||) case
          when now operator(pg_catalog.-) moment
              operator(pg_catalog.>) (near_limit operator(pg_catalog.-) interval '1 second')
            and now operator(pg_catalog.-) moment
              operator(pg_catalog.<) (near_limit operator(pg_catalog.+) interval '1 second')
          then
            pg_catalog.rtrim(
              pg_catalog.rtrim(
                pg_catalog.to_char(
                  greatest(now operator(pg_catalog.-) moment, moment operator(pg_catalog.-) now), 'HH24:MI:SS.US'
                ),
                '0'
              ),
              '.'
            )
          else
            pg_catalog.to_char(
              greatest(now operator(pg_catalog.-) moment, moment operator(pg_catalog.-) now), 'HH24:MI:SS'
            )
        end
        operator(pg_catalog.||) case when moment operator(pg_catalog.>) now then ' later than now' else ' ago' end
    end
$$;
comment on function :"schema".iam_ago(timestamptz, timestamptz, interval) is
  'A moment as the reasons of the checks show it: in UTC, and how many days of 24 hours before now; to the second below two days, and within a day of the limit that it is compared with';

do $$
begin
  execute format(
    'create or replace function %1$I.iam_ago(moment timestamptz, now timestamptz) returns text language sql stable as'
      ' $body$ select %1$I.iam_ago(moment, now, null::pg_catalog.interval) $body$',
    current_setting('iam_fdw.install_schema')
  );
end
$$;
comment on function :"schema".iam_ago(timestamptz, timestamptz) is
  'A moment that is compared with no limit, as the reasons of the checks show it';

create or replace function :"schema".iam_span(value interval) returns text
  language sql
  stable
  set search_path = pg_catalog, pg_temp
  set intervalstyle = 'postgres_verbose'
as $$
  select case value
    when interval '0' then '0 days'
    else replace(replace(replace(substr(value::text, 3), 'mon', 'month'), 'min', 'minute'), 'sec', 'second')
  end
$$;
comment on function :"schema".iam_span(interval) is 'A limit as the reasons of the checks tell it, such as 45 days';

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
