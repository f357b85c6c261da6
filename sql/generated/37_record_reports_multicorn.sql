-- Written by make generate from sql/templates/37_record_reports.sql: do not edit.
-- The part of iam_record_history() that reads reports and records their states. chunk_account: the account whose saved reports
-- from chunk_first to chunk_last are read, chunk_reports of them; null: the report of each account as it is now.
-- The schema is on the path: each call is an exact match in pg_catalog, or is qualified (README.md, "Names in bodies").
create or replace function :"schema".iam_record_reports(
  chunk_account text,
  chunk_first timestamptz,
  chunk_last timestamptz,
  chunk_reports bigint,
  out new_reports bigint,
  out read_accounts bigint,
  out new_states bigint,
  out problems text[]
)
  language plpgsql
  set search_path = pg_catalog, :"schema", pg_temp
  set timezone = 'UTC'
  set plan_cache_mode = force_custom_plan  -- conditions of constants choose the snapshots
  set jit = off
  set enable_nestloop = off  -- how many rows a report has is not known before
as $$
declare
  problem text;
begin
  with
    report as materialized (
      select *, sha256(convert_to(raw::text, 'UTF8'::name)) as state
      from (
        select
          account_id,
          user_name,
          account_name,
          generated_time,
          error_code,
          error_message,
          user_arn,
          user_creation_time,
          access_key_1_active,
          access_key_1_last_rotated,
          access_key_1_last_used_date,
          access_key_1_last_used_region,
          access_key_1_last_used_service,
          access_key_2_active,
          access_key_2_last_rotated,
          access_key_2_last_used_date,
          access_key_2_last_used_region,
          access_key_2_last_used_service,
          cert_1_active,
          cert_1_last_rotated,
          cert_2_active,
          cert_2_last_rotated,
          mfa_active,
          password_enabled,
          password_last_changed,
          password_last_used,
          password_status,
          password_next_rotation,
          partition,
          region,
          is_root,
          additional_credentials_info,
          raw,
          unknown_columns
        from aws_iam_credential_report_or_error
        where chunk_account is null
        union all
        select
          account_id,
          user_name,
          account_name,
          generated_time,
          error_code,
          coalesce(snapshot_uri || ': ', '') || error_message,
          user_arn,
          user_creation_time,
          access_key_1_active,
          access_key_1_last_rotated,
          access_key_1_last_used_date,
          access_key_1_last_used_region,
          access_key_1_last_used_service,
          access_key_2_active,
          access_key_2_last_rotated,
          access_key_2_last_used_date,
          access_key_2_last_used_region,
          access_key_2_last_used_service,
          cert_1_active,
          cert_1_last_rotated,
          cert_2_active,
          cert_2_last_rotated,
          mfa_active,
          password_enabled,
          password_last_changed,
          password_last_used,
          password_status,
          password_next_rotation,
          partition,
          region,
          is_root,
          additional_credentials_info,
          raw,
          unknown_columns
        from aws_iam_credential_report_snapshot_foreign
        where account_id = chunk_account
          and generated_time >= chunk_first
          and generated_time <= chunk_last
      ) as report
    ),
    read as (
      select
        account_id,
        max(account_name collate "C") as account_name,
        generated_time,
        error_code,
        error_message,
        coalesce(generated_time > clock_timestamp() + interval '5 minutes', false) as is_to_come
      from report
      group by account_id, generated_time, error_code, error_message
    ),
    -- the new ones, by their number in order of time; 0 is what is recorded last
    new as materialized (
      select
        read.account_id,
        read.account_name,
        read.generated_time,
        row_number() over (partition by read.account_id order by read.generated_time) as number
      from read
        left join iam_history_account as known on known.account_id = read.account_id
      where read.error_message is null
        and not is_to_come
        and read.generated_time > coalesce(known.last_time, '-infinity')
    ),
    -- who had the same state in reports that follow each other had it once
    states as (
      select account_id, user_name, min(number) as first, max(number) as last
      from (
        select
          account_id,
          user_name,
          number,
          state,
          number - row_number() over (partition by account_id, user_name, state order by number) as island
        from (
          select account_id, user_name, 0 as number, sha256(convert_to(raw::text, 'UTF8'::name)) as state
          from iam_history
          where valid_to is null
            and (chunk_account is null or account_id = chunk_account)
            and account_id in (select account_id from new)
          union all
          select distinct on (account_id, user_name, number)
            account_id, report.user_name, new.number, report.state
          from report join new using (account_id, generated_time)
        ) as seen
      ) as islands
      group by account_id, user_name, state, island
    ),
    spans as materialized (
      select
        states.account_id,
        states.user_name,
        states.first,
        begun.generated_time as valid_from,
        ended.generated_time as valid_to
      from states
        left join new as begun on begun.account_id = states.account_id and begun.number = states.first
        left join new as ended on ended.account_id = states.account_id and ended.number = states.last + 1
    ),
    ended as (
      update iam_history as history
      set valid_to = spans.valid_to
      from spans
      where spans.first = 0
        and spans.valid_to is not null
        and history.account_id = spans.account_id
        and history.user_name = spans.user_name
        and history.valid_to is null
        and (chunk_account is null or history.account_id = chunk_account)
    ),
    begun as (
      insert into iam_history (
        account_id,
        user_name,
        valid_from,
        valid_to,
        user_arn,
        user_creation_time,
        access_key_1_active,
        access_key_1_last_rotated,
        access_key_1_last_used_date,
        access_key_1_last_used_region,
        access_key_1_last_used_service,
        access_key_2_active,
        access_key_2_last_rotated,
        access_key_2_last_used_date,
        access_key_2_last_used_region,
        access_key_2_last_used_service,
        cert_1_active,
        cert_1_last_rotated,
        cert_2_active,
        cert_2_last_rotated,
        mfa_active,
        password_enabled,
        password_last_changed,
        password_last_used,
        password_status,
        password_next_rotation,
        partition,
        region,
        is_root,
        additional_credentials_info,
        raw,
        unknown_columns
      )
      select distinct on (account_id, user_name, spans.valid_from)
        account_id,
        user_name,
        spans.valid_from,
        spans.valid_to,
        user_arn,
        user_creation_time,
        access_key_1_active,
        access_key_1_last_rotated,
        access_key_1_last_used_date,
        access_key_1_last_used_region,
        access_key_1_last_used_service,
        access_key_2_active,
        access_key_2_last_rotated,
        access_key_2_last_used_date,
        access_key_2_last_used_region,
        access_key_2_last_used_service,
        cert_1_active,
        cert_1_last_rotated,
        cert_2_active,
        cert_2_last_rotated,
        mfa_active,
        password_enabled,
        password_last_changed,
        password_last_used,
        password_status,
        password_next_rotation,
        partition,
        region,
        is_root,
        additional_credentials_info,
        raw,
        unknown_columns
      from spans join report using (account_id, user_name)
      where spans.first > 0 and report.generated_time = spans.valid_from
      returning 1
    ),
    known as (
      insert into iam_history_account as known (account_id, account_name, first_time, last_time)
      select account_id, max(account_name), min(generated_time), max(generated_time)
      from new
      group by account_id
      on conflict (account_id) do update
      set
        account_name = coalesce(excluded.account_name, known.account_name),
        last_time = excluded.last_time
    ),
    times as (
      insert into iam_history_report as known (account_id, month, generated_times)
      select
          account_id,
          date_trunc('month'::text, generated_time),
          pg_catalog.array_agg(generated_time order by generated_time)
      from new
      group by 1, 2
      on conflict (account_id, month) do update
      set generated_times = known.generated_times operator(pg_catalog.||) excluded.generated_times
    )
  select
    (select count(*) from new),
    (
      select count(*)
      from read left join iam_history_account as known on known.account_id = read.account_id
      where read.error_message is null
        and read.generated_time is not null
        and not is_to_come
        and (known.last_time > clock_timestamp() + interval '1 hour') is not true
    ),
    (select count(*) from begun),
    -- what is damaged stays so, and is passed over; what could not be got now may be got later
    (
      select coalesce(min(error_message), 'a saved report is not there any more')
      from read
      where chunk_account is not null and error_code !~ '^(22|54)...$'
      having count(*) > 0
        or (select pg_catalog.count(distinct generated_time) from read) < chunk_reports
    ),
    array(
      select coalesce(
        error_message,
        'account ' || account_id
          || case
            when is_to_come then ': the report is of ' || generated_time::text || ', which is in the future'
            else ': it is not known when the report was made'
          end
      )
      from read
      where error_message is not null or generated_time is null or is_to_come
      order by account_id, generated_time
    )
  into new_reports, read_accounts, new_states, problem, problems;
  if problem is not null then
    raise exception 'could not read the saved reports of account %', chunk_account using
      errcode = 'io_error', detail = problem, hint = 'Nothing was recorded. Correct what the DETAIL names, or try again.';
  end if;
end
$$;
comment on function :"schema".iam_record_reports(text, timestamptz, timestamptz, bigint) is
  'A part of iam_record_history(): records the reports of now, or the saved ones of an account in a period';
