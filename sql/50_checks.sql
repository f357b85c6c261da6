-- The ten checks of "Top 10 Checks: IAM Credential Report", each a view with the columns and the rule of its query. The
-- source is https://steampipe.io/blog/aws-iam-credential-report-top-10-checks.
-- Each view has a row for an account that could not be read, with its error_message and no other values.
-- Days are days of UTC. The numbers in the queries are settings here. "rule" has the settings and the time to measure by:
-- with OFFSET 0 PostgreSQL evaluates it once, and not for each row.

-- 1. Are you running your credential report?
create or replace view :"schema".iam_check_report_freshness with (security_barrier) as
select
  status.account_id,
  status.account_name,
  status.generated_time,
  rule.now - status.generated_time as age,
  status.state = 'fresh' as is_fresh,
  status.state,
  status.error_message,
  status.saved_time,
  case
    when status.saved_time is null then 'missing'
    when status.saved_time > rule.now + interval '1 hour' then 'future'
    when rule.now - status.saved_time <= rule.saved_max_age then 'fresh'
    else 'stale'
  end as saved_state
from
  (
    select
      :"schema".iam_now() as now,
      (select current_value from :"schema".iam_setting where name = 'report_max_age') as max_age,
      (select current_value from :"schema".iam_setting where name = 'saved_max_age') as saved_max_age
    offset 0
  ) as rule
  cross join (
    select
      status.account_id,
      status.account_name,
      status.generated_time,
      -- the server calls a report that it could read fresh or stale by its own clock and its option max_age
      nullif(nullif(status.state, 'fresh'), 'stale') as problem,
      status.error_message,
      greatest(status.snapshot_time, account.last_time) as saved_time
    from
      :"schema".aws_iam_credential_report_status as status
      left join :"schema".iam_history_account as account on account.account_id = status.account_id
    where :"schema".iam_moment('report_at') is null
    union all
    -- in the past, the saved reports are judged
    select
      account_id,
      account_name,
      generated_time,
      case when error_message is not null then 'missing' end as problem,
      error_message,
      generated_time
    from :"schema".iam_report_at(:"schema".iam_moment('report_at'))
    where
      :"schema".iam_moment('report_at') is not null
      and (is_root or error_message is not null)
  ) as report
  cross join lateral (
    select
      report.*,
      case
        -- first, as the time of a report may be known that then could not be read
        when report.problem is not null then report.problem
        when report.generated_time > rule.now + interval '1 hour' then 'future'
        when rule.now - report.generated_time <= rule.max_age then 'fresh'
        else 'stale'
      end as state
  ) as status;
comment on view :"schema".iam_check_report_freshness is
  'Check 1: are you running your credential report? One row for each account, whether its report could be read or not';
comment on column :"schema".iam_check_report_freshness.age is 'How old the report is. Null when there is none';
comment on column :"schema".iam_check_report_freshness.is_fresh is
  'Whether the report could be read, and is no older than the setting report_max_age (4 hours) at iam_now(): state is fresh';
comment on column :"schema".iam_check_report_freshness.state is
  'What came of reading it: fresh or stale by the setting report_max_age at iam_now(), future (made more than an hour later than that), missing, denied or error';
comment on column :"schema".iam_check_report_freshness.error_message is 'Why it could not be read. Null when it could';
comment on column :"schema".iam_check_report_freshness.saved_time is
  'When AWS made the newest report that is saved: in the option snapshots, or in iam_history. Null: none is';
comment on column :"schema".iam_check_report_freshness.saved_state is
  'Whether reports are saved: fresh (no older than the setting saved_max_age, 8 hours, at iam_now()), stale, future (made more than an hour later than that) or missing';

-- 2. Has the root user been accessed recently?
create or replace view :"schema".iam_check_root_last_used with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.password_last_used,
  age(:"schema".iam_day(rule.now), :"schema".iam_day(report.password_last_used)) as pw_last_used,
  report.error_message
from
  :"schema".iam_report_or_error as report
  cross join (select :"schema".iam_now() as now offset 0) as rule
where
  report.error_message is not null
  or report.user_name = '<root_account>';
comment on view :"schema".iam_check_root_last_used is
  'Check 2: has the root user been accessed recently? One row for each account';
comment on column :"schema".iam_check_root_last_used.pw_last_used is
  'How long ago the password was used, in days of UTC. Null when it never was';

-- 3. Does the root account have multi-factor authentication (MFA) enabled?
create or replace view :"schema".iam_check_root_mfa with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.mfa_active,
  report.error_message
from :"schema".iam_report_or_error as report
where
  report.error_message is not null
  or report.user_name = '<root_account>';
comment on view :"schema".iam_check_root_mfa is
  'Check 3: does the root account have MFA enabled? One row for each account';

-- 4. Does the root account have access keys enabled?
create or replace view :"schema".iam_check_root_access_keys with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.access_key_1_active,
  report.access_key_2_active,
  report.error_message
from :"schema".iam_report_or_error as report
where
  report.error_message is not null
  or report.user_name = '<root_account>';
comment on view :"schema".iam_check_root_access_keys is
  'Check 4: does the root account have access keys enabled? One row for each account';

-- 5. Are there any users with access keys and console credentials?
create or replace view :"schema".iam_check_password_and_access_keys with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.password_enabled,
  report.access_key_1_active,
  report.access_key_2_active,
  report.error_message
from :"schema".iam_report_or_error as report
where
  report.error_message is not null
  or (
    report.password_enabled
    and (
      report.access_key_1_active
      or report.access_key_2_active
    )
  );
comment on view :"schema".iam_check_password_and_access_keys is
  'Check 5: users, root included, with both a password and an active access key';

-- 6. Inactive users and users that have never logged in.
create or replace view :"schema".iam_check_inactive_users with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.password_enabled,
  report.password_last_used,
  age(:"schema".iam_day(rule.now), :"schema".iam_day(report.password_last_used)) as last_used_age,
  report.error_message
from
  :"schema".iam_report_or_error as report
  cross join (
    select
      :"schema".iam_now() as now,
      (select current_value from :"schema".iam_setting where name = 'inactive_max_age') as max_age
    offset 0
  ) as rule
where
  report.error_message is not null
  or (
    report.user_name <> '<root_account>'
    and report.password_enabled
    and (
      report.password_last_used is null
      or :"schema".iam_day(report.password_last_used) + rule.max_age < :"schema".iam_day(rule.now)
    )
  );
comment on view :"schema".iam_check_inactive_users is
  'Check 6: users with a password that was not used for longer than the setting inactive_max_age (90 days), or never';
comment on column :"schema".iam_check_inactive_users.last_used_age is
  'How long ago the password was used, in days of UTC. Null when it never was';

-- 7. Passwords that have not been rotated.
create or replace view :"schema".iam_check_password_rotation with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.password_last_changed,
  age(:"schema".iam_day(rule.now), :"schema".iam_day(report.password_last_changed)) as pw_last_changed,
  report.error_message
from
  :"schema".iam_report_or_error as report
  cross join (
    select
      :"schema".iam_now() as now,
      (select current_value from :"schema".iam_setting where name = 'password_max_age') as max_age
    offset 0
  ) as rule
where
  report.error_message is not null
  or (
    report.user_name <> '<root_account>'
    and report.password_enabled
    and :"schema".iam_day(report.password_last_changed) + rule.max_age < :"schema".iam_day(rule.now)
  );
comment on view :"schema".iam_check_password_rotation is
  'Check 7: users with a password that was not changed for longer than the setting password_max_age (90 days)';
comment on column :"schema".iam_check_password_rotation.pw_last_changed is
  'How long ago the password was changed, in days of UTC';

-- 8. Is MFA enabled for all users?
create or replace view :"schema".iam_check_user_mfa with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.mfa_active,
  report.error_message
from :"schema".iam_report_or_error as report
where
  report.error_message is not null
  or not report.mfa_active;
comment on view :"schema".iam_check_user_mfa is
  'Check 8: users, root included, without MFA';

-- 9. Are access keys being rotated?
create or replace view :"schema".iam_check_access_key_rotation with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.access_key_1_active,
  age(:"schema".iam_day(rule.now), :"schema".iam_day(report.access_key_1_last_rotated)) as key1_last_changed,
  report.access_key_2_active,
  age(:"schema".iam_day(rule.now), :"schema".iam_day(report.access_key_2_last_rotated)) as key2_last_changed,
  report.error_message
from
  :"schema".iam_report_or_error as report
  cross join (
    select
      :"schema".iam_now() as now,
      (select current_value from :"schema".iam_setting where name = 'access_key_max_age') as max_age
    offset 0
  ) as rule
where
  report.error_message is not null
  or (
    report.access_key_1_active
    and :"schema".iam_day(report.access_key_1_last_rotated) + rule.max_age < :"schema".iam_day(rule.now)
  )
  or (
    report.access_key_2_active
    and :"schema".iam_day(report.access_key_2_last_rotated) + rule.max_age < :"schema".iam_day(rule.now)
  );
comment on view :"schema".iam_check_access_key_rotation is
  'Check 9: users, root included, with an active access key that was not changed for longer than the setting access_key_max_age (90 days)';
comment on column :"schema".iam_check_access_key_rotation.key1_last_changed is
  'How long ago access key 1 was made or changed, in days of UTC. Null when there is none';
comment on column :"schema".iam_check_access_key_rotation.key2_last_changed is
  'How long ago access key 2 was made or changed, in days of UTC. Null when there is none';

-- 10. Unused access keys.
create or replace view :"schema".iam_check_unused_access_keys with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.access_key_1_last_used_date,
  age(:"schema".iam_day(rule.now), :"schema".iam_day(report.access_key_1_last_used_date)) as key1_last_used,
  report.access_key_2_last_used_date,
  age(:"schema".iam_day(rule.now), :"schema".iam_day(report.access_key_2_last_used_date)) as key2_last_used,
  report.error_message
from
  :"schema".iam_report_or_error as report
  cross join (
    select
      :"schema".iam_now() as now,
      (select current_value from :"schema".iam_setting where name = 'access_key_unused_max_age') as max_age
    offset 0
  ) as rule
where
  report.error_message is not null
  or (
    report.access_key_1_active
    and (
      report.access_key_1_last_used_date is null
      or :"schema".iam_day(report.access_key_1_last_used_date) + rule.max_age < :"schema".iam_day(rule.now)
    )
  )
  or (
    report.access_key_2_active
    and (
      report.access_key_2_last_used_date is null
      or :"schema".iam_day(report.access_key_2_last_used_date) + rule.max_age < :"schema".iam_day(rule.now)
    )
  );
comment on view :"schema".iam_check_unused_access_keys is
  'Check 10: users, root included, with an active access key that was not used for longer than the setting access_key_unused_max_age (30 days), or never';
comment on column :"schema".iam_check_unused_access_keys.key1_last_used is
  'How long ago access key 1 was used, in days of UTC. Null when it never was';
comment on column :"schema".iam_check_unused_access_keys.key2_last_used is
  'How long ago access key 2 was used, in days of UTC. Null when it never was';
