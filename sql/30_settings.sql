-- What the checks measure by. Each setting is one of PostgreSQL's, for a session, a role or a database:
--   set iam_fdw.password_max_age = '60 days';
--   alter database security set iam_fdw.password_max_age = '60 days';
create or replace function :"schema".iam_now() returns timestamptz
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set datestyle = 'ISO, YMD'
as $$
declare
  value constant text := nullif(current_setting('iam_fdw.now', true), '');
  result timestamptz;
begin
  if value is null then
    return now();
  end if;
  begin
    result := value::timestamptz;
  exception when data_exception then
    null;
  end;
  if result is null or not isfinite(result) then
    raise exception 'invalid value for parameter "iam_fdw.now": "%"', value using
      errcode = 'invalid_parameter_value',
      hint = 'Give a time, such as "2026-11-23 12:00:00", which is UTC unless it names another zone.';
  end if;
  return result;
end
$$;
comment on function :"schema".iam_now() is
  'The time that the checks measure by: the setting iam_fdw.now, in UTC unless it names another zone, else now()';

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
  end if;
  return result;
end
$$;
comment on function :"schema".iam_limit(text, interval) is
  'The value of the setting iam_fdw.<name>, or its default. An error when it is no interval';

create or replace view :"schema".iam_setting as
select
  name,
  default_value,
  :"schema".iam_limit(name, default_value) as current_value,
  description
from (
  values
    (
      'report_max_age',
      interval '4 hours',
      'How old a credential report may be (iam_check_report_freshness). AWS makes at most one in four hours'
    ),
    (
      'inactive_max_age',
      interval '90 days',
      'How many days a password may be unused (iam_check_inactive_users)'
    ),
    (
      'password_max_age',
      interval '90 days',
      'How many days a password may go without a change (iam_check_password_rotation)'
    ),
    (
      'access_key_max_age',
      interval '90 days',
      'How many days an access key may go without a change (iam_check_access_key_rotation)'
    ),
    (
      'access_key_unused_max_age',
      interval '30 days',
      'How many days an access key may be unused (iam_check_unused_access_keys)'
    )
) as setting (name, default_value, description);
comment on view :"schema".iam_setting is
  'The limits of the checks: set iam_fdw.<name> for a session, a role or a database';
comment on column :"schema".iam_setting.name is 'The name, without "iam_fdw."';
comment on column :"schema".iam_setting.default_value is 'The limit where nothing is set';
comment on column :"schema".iam_setting.current_value is 'The limit in this session';
comment on column :"schema".iam_setting.description is 'What it limits, and where';
