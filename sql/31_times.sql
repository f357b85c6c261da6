-- The time that the checks measure by, and times and durations as the reasons of the checks show them.
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

-- The schema is on the path: each call is an exact match in pg_catalog, or is of ours (README.md, "Names in bodies").
create or replace function :"schema".iam_now() returns timestamptz
  language sql
  stable
  set search_path = pg_catalog, :"schema", pg_temp
as $$
  select case
    when iam_validate_settings() then coalesce(iam_moment('now'::text), iam_moment('report_at'::text), now())
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

-- Of an earlier version: its views call it until they are replaced. 61_replaced.sql drops it. Beside the one below, with its
-- default, a call of two arguments would be ambiguous.
select (to_regprocedure(format('%I.iam_ago(timestamptz, timestamptz)', :'schema'::name)) is not null)::text as has_earlier_ago
\gset
\if :has_earlier_ago
alter function :"schema".iam_ago(timestamptz, timestamptz) rename to iam_ago_replaced;
\endif

-- The body is read anew in each session, by its path, which the database's owner chooses: each operator is named with its
-- schema, and CASE compares by none. A path of its own would keep it from being inlined. As a float, a number of days
-- would be rounded to extra_float_digits.
create or replace function :"schema".iam_ago(moment timestamptz, now timestamptz, near_limit interval default null)
  returns text
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
