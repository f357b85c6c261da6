-- Record what the reports say: iam_record_history(), and its parts.
--
-- The schema is on the path of these: each call is an exact match in pg_catalog, or is qualified (README.md, "Names in
-- bodies").

-- PostgreSQL reads a number without a unit as seconds, and "6 m" as minutes, which nobody means.
create or replace function :"schema".iam_keep_from(keep text) returns timestamptz
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  kept_from timestamptz;
begin
  begin
    if keep ~ '[[:alpha:]]' then
      kept_from := clock_timestamp() - keep::interval;
    end if;
  exception when data_exception then
    null;
  end;
  if keep is not null and coalesce(not isfinite(kept_from) or kept_from > clock_timestamp() - interval '1 day', true) then
    raise exception 'invalid value for parameter "keep": "%"', keep using
      errcode = 'invalid_parameter_value',
      hint = 'Give an interval with its unit, of a day or more, such as "2 years".';
  end if;
  return kept_from;
end
$$;
comment on function :"schema".iam_keep_from(text) is
  'A part of iam_record_history(): the time from which on history is kept. Null: all of it';

-- What was over before that time. The report of that moment is still needed, whole.
create or replace procedure :"schema".iam_delete_history(kept_from timestamptz)
  language plpgsql
  set search_path = pg_catalog, :"schema", pg_temp
  set timezone = 'UTC'
as $$
declare
  deleted_states bigint;
  deleted_reports bigint;
begin
  select sum(pg_catalog.cardinality(generated_times)) into deleted_reports from iam_history_report;
  delete from iam_history where valid_to <= kept_from;
  get diagnostics deleted_states = row_count;
  update iam_history_account set first_time = kept_from where first_time < kept_from;
  delete from iam_history_report as report
  where exists (
    select from iam_history_report as later
    where later.account_id = report.account_id
      and later.month > report.month
      and later.generated_times[1] <= kept_from
  );
  update iam_history_report as report
  set generated_times = array(
    select moment
    from pg_catalog.unnest(generated_times) as moment
    where moment >= (
      select max(earlier) from pg_catalog.unnest(generated_times) as earlier where earlier <= kept_from
    )
    order by moment
  )
  where generated_times[2] <= kept_from;
  select coalesce(deleted_reports - sum(pg_catalog.cardinality(generated_times)), 0)
  into deleted_reports
  from iam_history_report;
  raise notice 'deleted states that were over by % UTC: %, and reports: %',
    date_trunc('second'::text, kept_from at time zone 'UTC'), deleted_states, deleted_reports;
end
$$;
comment on procedure :"schema".iam_delete_history(timestamptz) is
  'A part of iam_record_history(): deletes the states and reports that were over before a time';

-- On Multicorn, conditions choose reports in the foreign table, not in its view: see 20_tables.sql.
\if :is_multicorn
\ir generated/37_record_reports_multicorn.sql
\else
\ir generated/37_record_reports.sql
\endif

-- of an earlier version: an interval does not say that a number had no unit
drop procedure if exists :"schema".iam_record_history(boolean, interval);
create or replace procedure :"schema".iam_record_history(from_snapshots boolean default false, keep text default null)
  language plpgsql
  set search_path = pg_catalog, :"schema", pg_temp
  set timezone = 'UTC'
  set plan_cache_mode = force_custom_plan
  set jit = off
  set enable_nestloop = off  -- how many reports are saved is not known before
as $$
declare
  kept_from constant timestamptz := iam_keep_from(keep);
  chunk record;
  recorded record;
  all_reports bigint := 0;
  all_accounts bigint := 0;
  all_states bigint := 0;
  all_problems text[];
  problem text;
begin
  -- A snapshot of the transaction, taken before the lock, would not show what another session recorded meanwhile.
  if current_setting('transaction_isolation'::text) in ('repeatable read', 'serializable') then
    raise exception 'cannot record history in a transaction of isolation level "%"',
      current_setting('transaction_isolation'::text) using
      errcode = 'invalid_transaction_state',
      hint = 'Use read committed: alter role ... set default_transaction_isolation = ''read committed''.';
  end if;
  -- Of two that record at once, the second waits, and finds nothing new. A query waits for neither.
  lock table iam_history_account in share row exclusive mode;

  -- reports of theirs would be taken for older ones, and left out
  all_problems := array(
    select 'account ' || account_id || ': its history ends on ' || last_time::text || ', which is in the future'
    from iam_history_account
    where last_time > clock_timestamp() + interval '1 hour'
    order by account_id
  );

  for chunk in
    -- one pass over the reports of now
    select
      null::text as account_id,
      null::timestamptz as first_time,
      null::timestamptz as last_time,
      0::bigint as reports
    where not coalesce(from_snapshots, false)
    union all
    -- or what is saved, in order of time, as much at once as fits memory and disk
    (
      select account_id, min(generated_time), max(generated_time), count(*)
      from (
        select
          saved.account_id,
          saved.generated_time,
          (row_number() over (partition by saved.account_id order by saved.generated_time) - 1) / 90 as part
        from aws_iam_credential_report_snapshot_list as saved
          left join iam_history_account as known on known.account_id = saved.account_id
        where from_snapshots and (known.last_time is null or saved.generated_time > known.last_time)
      ) as parts
      group by account_id, part
      order by account_id, part
    )
  loop
    recorded := iam_record_reports(chunk.account_id, chunk.first_time, chunk.last_time, chunk.reports);
    all_reports := all_reports + recorded.new_reports;
    all_accounts := all_accounts + recorded.read_accounts;
    all_states := all_states + recorded.new_states;
    all_problems := all_problems operator(pg_catalog.||) recorded.problems;
  end loop;

  if all_accounts = 0 and pg_catalog.cardinality(all_problems) > 0 then
    raise exception 'no credential report could be recorded' using
      errcode = 'data_exception',
      detail = pg_catalog.array_to_string(all_problems[:20], e'\n'),
      hint = 'Correct what the DETAIL names. The view iam_check_report_freshness has the state of each account.';
  end if;
  foreach problem in array all_problems loop
    raise warning 'not recorded: %', problem;
  end loop;
  raise notice 'recorded reports: %, with new states of users: %', all_reports, all_states;
  if keep is not null then
    call iam_delete_history(kept_from);
  end if;
end
$$;
comment on procedure :"schema".iam_record_history(boolean, text) is
  'Record what changed since the last call, in one transaction. from_snapshots: what is saved, not the reports of now. keep: how long to keep what is over, such as 2 years; a day at least. Warns of each account that could not be recorded';
