-- Written by make generate from sql/templates/38_report_at.sql: do not edit.
-- The reports of the past, and the views that show them where iam_fdw.report_at is set.
-- The schema is on the path: each call is an exact match in pg_catalog, or is qualified (README.md, "Names in bodies").
create or replace function :"schema".iam_report_at(moment timestamptz, or_error boolean default true)
  returns setof :"schema".aws_iam_credential_report_or_error
  language plpgsql
  stable
  set search_path = pg_catalog, :"schema", pg_temp
  set timezone = 'UTC'
as $$
declare
  unknown text;
begin
  if moment is null then
    return;
  elsif not exists (select from iam_history_account) then
    raise exception 'there is no history of credential reports' using
      errcode = 'no_data_found',
      hint = pg_catalog.format(
        'Record it: call %s.iam_record_history().',
        (select relnamespace::regnamespace from pg_class where oid = 'iam_history_account'::regclass::oid)
      );
  end if;
  -- an account whose history begins later, unless the account itself was made later
  for unknown in
    select account.account_id
    from iam_history_account as account
    where account.first_time > moment
      and not exists (
        select
        from iam_history as root
        where root.account_id = account.account_id
          and root.user_name = '<root_account>'
          and root.user_creation_time > moment
      )
    order by 1
  loop
    if not or_error then
      raise exception 'there is no history of account % at %', unknown, moment using
        errcode = 'no_data_found', hint = 'Choose a later time; iam_history_account tells since when there is history.';
    end if;
    return query
    select (pg_catalog.jsonb_populate_record(
      null::aws_iam_credential_report_or_error,
      pg_catalog.jsonb_build_object(
        'account_id', account.account_id,
        'account_name', account.account_name,
        'error_code', '02000',  -- no_data
        'error_message', 'account ' || account.account_id || ': there is no history before ' || account.first_time::text
      )
    )).*
    from iam_history_account as account
    where account.account_id = unknown;
  end loop;
  return query
  select
    history.user_name,
    history.user_arn,
    history.user_creation_time,
    report.generated_time,
    history.access_key_1_active,
    history.access_key_1_last_rotated,
    history.access_key_1_last_used_date,
    history.access_key_1_last_used_region,
    history.access_key_1_last_used_service,
    history.access_key_2_active,
    history.access_key_2_last_rotated,
    history.access_key_2_last_used_date,
    history.access_key_2_last_used_region,
    history.access_key_2_last_used_service,
    history.cert_1_active,
    history.cert_1_last_rotated,
    history.cert_2_active,
    history.cert_2_last_rotated,
    history.mfa_active,
    history.password_enabled,
    history.password_last_changed,
    history.password_last_used,
    history.password_status,
    history.password_next_rotation,
    history.partition,
    history.region,
    history.account_id,
    account.account_name,
    history.is_root,
    history.additional_credentials_info,
    history.raw,
    null,
    null,
    history.unknown_columns
  from iam_history_account as account
    cross join lateral (
      select max(made) as generated_time
      from (
        select generated_times
        from iam_history_report as report
        where report.account_id = account.account_id and generated_times[1] <= moment
        order by month desc
        limit 1
      ) as month
        cross join pg_catalog.unnest(generated_times) as made
      where made <= moment
    ) as report
    join iam_history as history on history.account_id = account.account_id
  where account.first_time <= moment
    and tstzrange(history.valid_from, history.valid_to) operator(pg_catalog.@>) moment;
end
$$;
comment on function :"schema".iam_report_at(timestamptz, boolean) is
  'The report of each account as it stood at a moment, recorded before. or_error: an account without history is a row with its error, else an error';

-- One of two arms is read: the other's condition is false for every row, and is evaluated once, before it begins. A view that
-- hides nothing needs no barrier, which would have every column read.
create or replace view :"schema".iam_report as
select
  user_name,
  user_arn,
  user_creation_time,
  generated_time,
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
  account_id,
  account_name,
  is_root,
  additional_credentials_info,
  raw
from :"schema".aws_iam_credential_report
where :"schema".iam_validate_settings() and :"schema".iam_moment('report_at') is null
union all
select
  user_name,
  user_arn,
  user_creation_time,
  generated_time,
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
  account_id,
  account_name,
  is_root,
  additional_credentials_info,
  raw
from :"schema".iam_report_at(:"schema".iam_moment('report_at'), false)
where :"schema".iam_moment('report_at') is not null;
comment on view :"schema".iam_report is
  'The rows of aws_iam_credential_report; where iam_fdw.report_at is set, those of that time';

create or replace view :"schema".iam_report_or_error as
select
  user_name,
  user_arn,
  user_creation_time,
  generated_time,
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
  account_id,
  account_name,
  is_root,
  additional_credentials_info,
  raw,
  error_code,
  error_message,
  unknown_columns
from :"schema".aws_iam_credential_report_or_error
where :"schema".iam_validate_settings() and :"schema".iam_moment('report_at') is null
union all
select
  user_name,
  user_arn,
  user_creation_time,
  generated_time,
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
  account_id,
  account_name,
  is_root,
  additional_credentials_info,
  raw,
  error_code,
  error_message,
  unknown_columns
from :"schema".iam_report_at(:"schema".iam_moment('report_at'), true)
where :"schema".iam_moment('report_at') is not null;
comment on view :"schema".iam_report_or_error is
  'What the checks judge: the rows of aws_iam_credential_report_or_error; where iam_fdw.report_at is set, those of that time';
