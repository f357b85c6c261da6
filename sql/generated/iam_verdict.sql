-- Written by make generate from iam_fdw/checks/: do not edit.

create or replace view :"schema".iam_verdict with (security_barrier) as
select
  judged.check_id,
  judged.title,
  judged.severity,
  case when exempt.note is null then judged.status else 'skip' end as status,
  coalesce(exempt.note || '. ', '') || judged.reason as reason,
  coalesce(report.user_arn, report.account_id, 'unknown account') as resource,
  report.account_id,
  report.account_name,
  report.user_name,
  judged.credential,
  report.generated_time,
  judged.limit_override,
  judged.passes_without_root_password
from
  (
    select
      setting.now,
      setting.now + interval '1 hour' as latest,
      case
        when :"schema".iam_moment('now') is not null then ' (iam_fdw.now is set)'
        when :"schema".iam_moment('report_at') is not null then ' (iam_fdw.report_at is set)'
        else ''
      end as now_note,
      setting.access_key_max_age,
      :"schema".iam_span(setting.access_key_max_age) as access_key_max_age_text,
      setting.inactive_key_max_age,
      :"schema".iam_span(setting.inactive_key_max_age) as inactive_key_max_age_text,
      setting.inactive_max_age,
      :"schema".iam_span(setting.inactive_max_age) as inactive_max_age_text,
      setting.never_used_grace,
      :"schema".iam_span(setting.never_used_grace) as never_used_grace_text,
      setting.password_max_age,
      :"schema".iam_span(setting.password_max_age) as password_max_age_text,
      setting.report_max_age,
      :"schema".iam_span(setting.report_max_age) as report_max_age_text,
      setting.root_use_max_age,
      :"schema".iam_span(setting.root_use_max_age) as root_use_max_age_text,
      setting.setup_window,
      :"schema".iam_span(setting.setup_window) as setup_window_text,
      setting.unused_max_age,
      :"schema".iam_span(setting.unused_max_age) as unused_max_age_text,
      exemption.exemptions
    from
      (
        select
          :"schema".iam_now() as now,
          max(current_value) filter (where name = 'access_key_max_age') as access_key_max_age,
          max(current_value) filter (where name = 'inactive_key_max_age') as inactive_key_max_age,
          max(current_value) filter (where name = 'inactive_max_age') as inactive_max_age,
          max(current_value) filter (where name = 'never_used_grace') as never_used_grace,
          max(current_value) filter (where name = 'password_max_age') as password_max_age,
          max(current_value) filter (where name = 'report_max_age') as report_max_age,
          max(current_value) filter (where name = 'root_use_max_age') as root_use_max_age,
          max(current_value) filter (where name = 'setup_window') as setup_window,
          max(current_value) filter (where name = 'unused_max_age') as unused_max_age
        from :"schema".iam_setting
      ) as setting
      cross join (
        -- those that last longest first
        select array_agg(exemption order by expires_at desc nulls first, reason, owner) as exemptions
        from :"schema".iam_exemption as exemption
        where expires_at is null or expires_at > :"schema".iam_now()
      ) as exemption
    offset 0
  ) as rule
  cross join :"schema".iam_report_or_error as report
  cross join lateral (
    select
      greatest(
        case when password_last_used <= latest then password_last_used end,
        case when access_key_1_last_used_date <= latest then access_key_1_last_used_date end,
        case when access_key_2_last_used_date <= latest then access_key_2_last_used_date end
      ) as last_use
  ) as used
  cross join lateral (
    select judged.*
    from (
      select
        'root_access_key_active' as check_id,
        'Root has no active access key' as title,
        'critical' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active or access_key_2_active then 'alarm'
          when access_key_1_active is null then 'skip'
          when access_key_2_active is null then 'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active or access_key_2_active then
            'Root has an active access key: ' || concat_ws(
              ' and ',
              case when access_key_1_active then
                'key 1, made ' || coalesce(:"schema".iam_ago(access_key_1_last_rotated, now), 'at an unknown time')
              end,
              case when access_key_2_active then
                'key 2, made ' || coalesce(:"schema".iam_ago(access_key_2_last_rotated, now), 'at an unknown time')
              end
            )
          when access_key_1_active is null then
            'The report does not tell access_key_1_active of root'
          when access_key_2_active is null then
            'The report does not tell access_key_2_active of root'
          else 'Neither access key 1 nor access key 2 of root is active'
        end as reason
      union all
      select
        'root_mfa_disabled' as check_id,
        'Root has MFA' as title,
        'critical' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when mfa_active then 'ok'
          when not password_enabled and not access_key_1_active and not access_key_2_active then
            'ok'
          when mfa_active is null then 'skip'
          when password_enabled then 'alarm'
          when access_key_1_active or access_key_2_active then 'alarm'
          when password_enabled is null then 'skip'
          else 'skip'
        end as status,
        case
          when error_message is not null then error_message
          when mfa_active then 'Root has MFA'
          when not password_enabled and not access_key_1_active and not access_key_2_active then
            'Root has neither a password nor an active access key'
          when mfa_active is null then 'The report does not tell mfa_active of root'
          when password_enabled then 'Root has a password, and no MFA'
          when access_key_1_active or access_key_2_active then
            'Root has an active access key (' || case when access_key_1_active then 'key 1' else 'key 2' end
            || '), and no MFA'
          when password_enabled is null then
            'The report does not tell password_enabled of root, which has no MFA'
          else
            'Root has no MFA, and the report does not tell '
              || case when access_key_1_active is null then 'access_key_1_active' else 'access_key_2_active' end
        end as reason
      union all
      select
        'root_mfa_disabled' as check_id,
        'Root has MFA' as title,
        'critical' as severity,
        null::text as credential,
        null::interval as limit_override,
        true as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when mfa_active then 'ok'
          when not password_enabled then 'ok'
          when not password_enabled and not access_key_1_active and not access_key_2_active then
            'ok'
          when mfa_active is null then 'skip'
          when password_enabled then 'alarm'
          when password_enabled is null then 'skip'
          else 'skip'
        end as status,
        case
          when error_message is not null then error_message
          when mfa_active then 'Root has MFA'
          when not password_enabled then 'Root has no password'
          when not password_enabled and not access_key_1_active and not access_key_2_active then
            'Root has neither a password nor an active access key'
          when mfa_active is null then 'The report does not tell mfa_active of root'
          when password_enabled then 'Root has a password, and no MFA'
          when password_enabled is null then
            'The report does not tell password_enabled of root, which has no MFA'
          else
            'Root has no MFA, and the report does not tell '
              || case when access_key_1_active is null then 'access_key_1_active' else 'access_key_2_active' end
        end as reason
      union all
      select
        'root_hardware_mfa' as check_id,
        'Root has hardware MFA' as title,
        'critical' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not mfa_active and password_enabled then 'alarm'
          when not mfa_active and (access_key_1_active or access_key_2_active) then
            'alarm'
          when mfa_active then 'info'
          when mfa_active is null then 'info'
          when not password_enabled then 'info'
          else 'info'
        end as status,
        case
          when error_message is not null then error_message
          when not mfa_active and password_enabled then
            'Root has a password, and no MFA at all'
          when not mfa_active and (access_key_1_active or access_key_2_active) then
            'Root has an active access key (' || case when access_key_1_active then 'key 1' else 'key 2' end
            || '), and no MFA at all'
          when mfa_active then
            'Root has MFA; the report does not tell whether it is a hardware device'
          when mfa_active is null then
            'The report does not tell mfa_active of root, nor the kind of a device'
          when not password_enabled then
            'Root has no password, and no MFA; the report tells no kind of a device'
          else
            'Root has no MFA, and the report does not tell whether it has a password, nor the kind of a device'
        end as reason
      union all
      select
        'root_hardware_mfa' as check_id,
        'Root has hardware MFA' as title,
        'critical' as severity,
        null::text as credential,
        null::interval as limit_override,
        true as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not password_enabled then 'ok'
          when not mfa_active and password_enabled then 'alarm'
          when mfa_active then 'info'
          when mfa_active is null then 'info'
          when not password_enabled then 'info'
          else 'info'
        end as status,
        case
          when error_message is not null then error_message
          when not password_enabled then 'Root has no password'
          when not mfa_active and password_enabled then
            'Root has a password, and no MFA at all'
          when mfa_active then
            'Root has MFA; the report does not tell whether it is a hardware device'
          when mfa_active is null then
            'The report does not tell mfa_active of root, nor the kind of a device'
          when not password_enabled then
            'Root has no password, and no MFA; the report tells no kind of a device'
          else
            'Root has no MFA, and the report does not tell whether it has a password, nor the kind of a device'
        end as reason
      union all
      select
        'root_recently_used' as check_id,
        'Root was not used recently' as title,
        'high' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when now - last_use < rule.root_use_max_age then 'alarm'
          when password_last_used > latest then 'skip'
          when access_key_1_last_used_date > latest then 'skip'
          when access_key_2_last_used_date > latest then 'skip'
          when password_status is null or password_status = 'not_supported' then 'skip'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when last_use is null then 'ok'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when now - last_use < rule.root_use_max_age then
            case last_use
              when password_last_used then 'The password'
              when access_key_1_last_used_date then 'Access key 1'
              else 'Access key 2'
            end
              || ' of root was last used ' || :"schema".iam_ago(last_use, now, rule.root_use_max_age)
              || '; the limit is ' || rule.root_use_max_age_text
          when password_last_used > latest then
            'The report has password_last_used '
            || :"schema".iam_ago(password_last_used, now) || now_note
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when password_status is null or password_status = 'not_supported' then
            'The report does not tell password_last_used of root'
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date of root'
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date of root'
          when last_use is null then
            'Neither password nor access keys of root have ever been used'
          else
            'Root was last used ' || :"schema".iam_ago(last_use, now, rule.root_use_max_age)
              || '; the limit is ' || rule.root_use_max_age_text
        end as reason
      union all
      select
        'root_signing_certificate_active' as check_id,
        'Root has no active signing certificate' as title,
        'high' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when cert_1_active or cert_2_active then 'alarm'
          when cert_1_active is null then 'skip'
          when cert_2_active is null then 'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when cert_1_active or cert_2_active then
            'Root has an active signing certificate: ' || concat_ws(
              ' and ',
              case when cert_1_active then
                'certificate 1, made ' || coalesce(:"schema".iam_ago(cert_1_last_rotated, now), 'at an unknown time')
              end,
              case when cert_2_active then
                'certificate 2, made ' || coalesce(:"schema".iam_ago(cert_2_last_rotated, now), 'at an unknown time')
              end
            )
          when cert_1_active is null then
            'The report does not tell cert_1_active of root'
          when cert_2_active is null then
            'The report does not tell cert_2_active of root'
          else
            'Neither signing certificate 1 nor signing certificate 2 of root is active'
        end as reason
      union all
      select
        'root_access_key_inactive' as check_id,
        'Root has no inactive access key' as title,
        'medium' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when
            not access_key_1_active and access_key_1_last_rotated is not null
            or not access_key_2_active and access_key_2_last_rotated is not null
          then
            'alarm'
          when access_key_1_active is null then 'skip'
          when access_key_2_active is null then 'skip'
          when not access_key_1_active and 'access_key_1_last_rotated' = any (unknown_columns) then
            'skip'
          when not access_key_2_active and 'access_key_2_last_rotated' = any (unknown_columns) then
            'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when
            not access_key_1_active and access_key_1_last_rotated is not null
            or not access_key_2_active and access_key_2_last_rotated is not null
          then
            'Root has an inactive access key: ' || concat_ws(
              ' and ',
              case when not access_key_1_active then
                'key 1, made ' || :"schema".iam_ago(access_key_1_last_rotated, now)
              end,
              case when not access_key_2_active then
                'key 2, made ' || :"schema".iam_ago(access_key_2_last_rotated, now)
              end
            )
          when access_key_1_active is null then
            'The report does not tell access_key_1_active of root'
          when access_key_2_active is null then
            'The report does not tell access_key_2_active of root'
          when not access_key_1_active and 'access_key_1_last_rotated' = any (unknown_columns) then
            'The report does not tell access_key_1_last_rotated of root'
          when not access_key_2_active and 'access_key_2_last_rotated' = any (unknown_columns) then
            'The report does not tell access_key_2_last_rotated of root'
          else 'Root has no access key that is inactive'
        end as reason
      union all
      select
        'root_password_present' as check_id,
        'Root has no password' as title,
        'info' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when password_enabled then 'alarm'
          when password_enabled is null then 'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when password_enabled then
            'Root has a password' || coalesce(', set ' || :"schema".iam_ago(password_last_changed, now), '')
          when password_enabled is null then
            'The report does not tell password_enabled of root'
          else 'Root has no password'
        end as reason
      union all
      select
        'report_stale' as check_id,
        'The credential report is up to date' as title,
        'medium' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_code in ('ReportNotPresent', 'ReportExpired') then 'alarm'
          when error_message is not null then 'error'
          when generated_time is null then 'skip'
          when generated_time > latest and now_note <> '' then 'skip'
          when generated_time > latest then 'error'
          when now - generated_time > rule.report_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_code in ('ReportNotPresent', 'ReportExpired') then error_message
          when error_message is not null then error_message
          when generated_time is null then 'It is not known when the report was made'
          when generated_time > latest and now_note <> '' then
            'The report was made ' || :"schema".iam_ago(generated_time, now) || now_note
          when generated_time > latest then
            'The report was made ' || :"schema".iam_ago(generated_time, now)
          when now - generated_time > rule.report_max_age then
            'The report was made ' || :"schema".iam_ago(generated_time, now, rule.report_max_age)
              || '; the limit is ' || rule.report_max_age_text
          else
            'The report was made ' || :"schema".iam_ago(generated_time, now, rule.report_max_age)
              || '; the limit is ' || rule.report_max_age_text
        end as reason
    ) as judged
    where
      is_root is not false
    union all
    select judged.*
    from (
      select
        'user_console_without_mfa' as check_id,
        'Users with a password have MFA' as title,
        'high' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when mfa_active then 'ok'
          when not password_enabled then 'ok'
          when password_enabled is null then 'skip'
          when mfa_active is null then 'skip'
          else 'alarm'
        end as status,
        case
          when error_message is not null then error_message
          when mfa_active then 'The user has MFA'
          when not password_enabled then 'The user has no password'
          when password_enabled is null then 'The report does not tell password_enabled'
          when mfa_active is null then
            'The user has a password, and the report does not tell mfa_active'
          else
            'The user has a password'
              || coalesce(', last used ' || :"schema".iam_ago(password_last_used, now) || ',', '') || ' and no MFA'
        end as reason
      union all
      select
        'user_without_mfa' as check_id,
        'Users have MFA' as title,
        'medium' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when mfa_active then 'ok'
          when mfa_active is null then 'skip'
          else 'alarm'
        end as status,
        case
          when error_message is not null then error_message
          when mfa_active then 'The user has MFA'
          when mfa_active is null then 'The report does not tell mfa_active'
          else 'The user has no MFA'
        end as reason
      union all
      select
        'user_password_unused' as check_id,
        'Passwords are used' as title,
        'medium' as severity,
        case when error_message is null then 'password' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not password_enabled then 'ok'
          when password_enabled is null then 'skip'
          when password_last_used > latest then 'skip'
          when now - password_last_used >= rule.unused_max_age then 'alarm'
          when password_last_used is not null then 'ok'
          when password_status is distinct from 'never_used' then 'skip'
          when password_last_changed is null then 'skip'
          when password_last_changed > latest then 'skip'
          when now - password_last_changed >= rule.unused_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when not password_enabled then 'The user has no password'
          when password_enabled is null then 'The report does not tell password_enabled'
          when password_last_used > latest then
            'The report has password_last_used '
            || :"schema".iam_ago(password_last_used, now) || now_note
          when now - password_last_used >= rule.unused_max_age then
            'The password was last used ' || :"schema".iam_ago(password_last_used, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          when password_last_used is not null then
            'The password was last used ' || :"schema".iam_ago(password_last_used, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          when password_status is distinct from 'never_used' then
            'The report does not tell password_last_used'
              || case when password_last_changed is null then ', nor password_last_changed' else '' end
          when password_last_changed is null then
            'The password was never used, and the report does not tell password_last_changed'
          when password_last_changed > latest then
            'The report has password_last_changed '
            || :"schema".iam_ago(password_last_changed, now) || now_note
          when now - password_last_changed >= rule.unused_max_age then
            'The password was never used, and set '
              || :"schema".iam_ago(password_last_changed, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          else
            'The password was never used, and set '
              || :"schema".iam_ago(password_last_changed, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
        end as reason
      union all
      select
        'user_password_unused' as check_id,
        'Passwords are used' as title,
        'medium' as severity,
        case when error_message is null then 'password' end as credential,
        '45 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not password_enabled then 'ok'
          when password_enabled is null then 'skip'
          when password_last_used > latest then 'skip'
          when now - password_last_used >= interval '45 days' then 'alarm'
          when password_last_used is not null then 'ok'
          when password_status is distinct from 'never_used' then 'skip'
          when password_last_changed is null then 'skip'
          when password_last_changed > latest then 'skip'
          when now - password_last_changed >= interval '45 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when not password_enabled then 'The user has no password'
          when password_enabled is null then 'The report does not tell password_enabled'
          when password_last_used > latest then
            'The report has password_last_used '
            || :"schema".iam_ago(password_last_used, now) || now_note
          when now - password_last_used >= interval '45 days' then
            'The password was last used ' || :"schema".iam_ago(password_last_used, now, interval '45 days')
              || '; the limit is ' || '45 days'
          when password_last_used is not null then
            'The password was last used ' || :"schema".iam_ago(password_last_used, now, interval '45 days')
              || '; the limit is ' || '45 days'
          when password_status is distinct from 'never_used' then
            'The report does not tell password_last_used'
              || case when password_last_changed is null then ', nor password_last_changed' else '' end
          when password_last_changed is null then
            'The password was never used, and the report does not tell password_last_changed'
          when password_last_changed > latest then
            'The report has password_last_changed '
            || :"schema".iam_ago(password_last_changed, now) || now_note
          when now - password_last_changed >= interval '45 days' then
            'The password was never used, and set '
              || :"schema".iam_ago(password_last_changed, now, interval '45 days')
              || '; the limit is ' || '45 days'
          else
            'The password was never used, and set '
              || :"schema".iam_ago(password_last_changed, now, interval '45 days')
              || '; the limit is ' || '45 days'
        end as reason
      union all
      select
        'user_password_unused' as check_id,
        'Passwords are used' as title,
        'medium' as severity,
        case when error_message is null then 'password' end as credential,
        '90 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not password_enabled then 'ok'
          when password_enabled is null then 'skip'
          when password_last_used > latest then 'skip'
          when now - password_last_used >= interval '90 days' then 'alarm'
          when password_last_used is not null then 'ok'
          when password_status is distinct from 'never_used' then 'skip'
          when password_last_changed is null then 'skip'
          when password_last_changed > latest then 'skip'
          when now - password_last_changed >= interval '90 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when not password_enabled then 'The user has no password'
          when password_enabled is null then 'The report does not tell password_enabled'
          when password_last_used > latest then
            'The report has password_last_used '
            || :"schema".iam_ago(password_last_used, now) || now_note
          when now - password_last_used >= interval '90 days' then
            'The password was last used ' || :"schema".iam_ago(password_last_used, now, interval '90 days')
              || '; the limit is ' || '90 days'
          when password_last_used is not null then
            'The password was last used ' || :"schema".iam_ago(password_last_used, now, interval '90 days')
              || '; the limit is ' || '90 days'
          when password_status is distinct from 'never_used' then
            'The report does not tell password_last_used'
              || case when password_last_changed is null then ', nor password_last_changed' else '' end
          when password_last_changed is null then
            'The password was never used, and the report does not tell password_last_changed'
          when password_last_changed > latest then
            'The report has password_last_changed '
            || :"schema".iam_ago(password_last_changed, now) || now_note
          when now - password_last_changed >= interval '90 days' then
            'The password was never used, and set '
              || :"schema".iam_ago(password_last_changed, now, interval '90 days')
              || '; the limit is ' || '90 days'
          else
            'The password was never used, and set '
              || :"schema".iam_ago(password_last_changed, now, interval '90 days')
              || '; the limit is ' || '90 days'
        end as reason
      union all
      select
        'user_two_active_access_keys' as check_id,
        'Users have one active access key at most' as title,
        'medium' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not access_key_1_active then 'ok'
          when not access_key_2_active then 'ok'
          when access_key_1_active is null then 'skip'
          when access_key_2_active is null then 'skip'
          else 'alarm'
        end as status,
        case
          when error_message is not null then error_message
          when not access_key_1_active then 'Access key 1 is not active'
          when not access_key_2_active then 'Access key 2 is not active'
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          else
            'Access keys 1 and 2 are both active: key 1 made '
              || coalesce(:"schema".iam_ago(access_key_1_last_rotated, now), 'at an unknown time')
              || ', key 2 made ' || coalesce(:"schema".iam_ago(access_key_2_last_rotated, now), 'at an unknown time')
        end as reason
      union all
      select
        'user_never_logged_in' as check_id,
        'Passwords have been used' as title,
        'low' as severity,
        case when error_message is null then 'password' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not password_enabled then 'ok'
          when password_enabled is null then 'skip'
          when password_last_used > latest then 'skip'
          when password_last_used is not null then 'ok'
          when password_status is distinct from 'never_used' then 'skip'
          when password_last_changed is null then 'skip'
          when password_last_changed > latest then 'skip'
          when now - password_last_changed > rule.never_used_grace then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when not password_enabled then 'The user has no password'
          when password_enabled is null then 'The report does not tell password_enabled'
          when password_last_used > latest then
            'The report has password_last_used '
            || :"schema".iam_ago(password_last_used, now) || now_note
          when password_last_used is not null then
            'The password was last used ' || :"schema".iam_ago(password_last_used, now)
          when password_status is distinct from 'never_used' then
            'The report does not tell password_last_used'
          when password_last_changed is null then
            'The password was never used, and the report does not tell password_last_changed'
          when password_last_changed > latest then
            'The report has password_last_changed '
            || :"schema".iam_ago(password_last_changed, now) || now_note
          when now - password_last_changed > rule.never_used_grace then
            'The password was never used, and set '
              || :"schema".iam_ago(password_last_changed, now, rule.never_used_grace)
              || '; the limit is ' || rule.never_used_grace_text
          else
            'The password was never used, but set '
              || :"schema".iam_ago(password_last_changed, now, rule.never_used_grace)
              || '; the limit is ' || rule.never_used_grace_text
        end as reason
      union all
      select
        'user_password_and_access_key' as check_id,
        'Users have a password or an access key, not both' as title,
        'medium' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not password_enabled then 'ok'
          when not access_key_1_active and not access_key_2_active then 'ok'
          when password_enabled and (access_key_1_active or access_key_2_active) then
            'alarm'
          when password_enabled is null then 'skip'
          when access_key_1_active is null then 'skip'
          else 'skip'
        end as status,
        case
          when error_message is not null then error_message
          when not password_enabled then 'The user has no password'
          when not access_key_1_active and not access_key_2_active then
            'The user has no active access key'
          when password_enabled and (access_key_1_active or access_key_2_active) then
            'The user has a password, and active access keys: ' || concat_ws(
              ', ',
              case when access_key_1_active then 'key 1' end,
              case when access_key_2_active then 'key 2' end
            )
          when password_enabled is null then 'The report does not tell password_enabled'
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          else 'The report does not tell access_key_2_active'
        end as reason
      union all
      select
        'user_inactive' as check_id,
        'Users are active' as title,
        'medium' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when now - last_use < rule.inactive_max_age then 'ok'
          when password_last_used > latest then 'skip'
          when access_key_1_last_used_date > latest then 'skip'
          when access_key_2_last_used_date > latest then 'skip'
          when password_status is null or password_status = 'not_supported' then 'skip'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when last_use is not null then 'alarm'
          when user_creation_time is null then 'skip'
          when user_creation_time > latest then 'skip'
          when now - user_creation_time >= rule.inactive_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when now - last_use < rule.inactive_max_age then
            case last_use
              when password_last_used then 'The password'
              when access_key_1_last_used_date then 'Access key 1'
              else 'Access key 2'
            end
              || ' was last used ' || :"schema".iam_ago(last_use, now, rule.inactive_max_age)
              || '; the limit is ' || rule.inactive_max_age_text
          when password_last_used > latest then
            'The report has password_last_used '
            || :"schema".iam_ago(password_last_used, now) || now_note
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when password_status is null or password_status = 'not_supported' then
            'The report does not tell password_last_used'
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date'
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date'
          when last_use is not null then
            'The last use of any credential was ' || :"schema".iam_ago(last_use, now, rule.inactive_max_age)
              || '; the limit is ' || rule.inactive_max_age_text
          when user_creation_time is null then
            'The user never used a credential, and the report does not tell user_creation_time'
          when user_creation_time > latest then
            'The report has user_creation_time '
            || :"schema".iam_ago(user_creation_time, now) || now_note
          when now - user_creation_time >= rule.inactive_max_age then
            'The user never used a credential, and was created '
              || :"schema".iam_ago(user_creation_time, now, rule.inactive_max_age)
              || '; the limit is ' || rule.inactive_max_age_text
          else
            'The user never used a credential, but was created '
              || :"schema".iam_ago(user_creation_time, now, rule.inactive_max_age)
              || '; the limit is ' || rule.inactive_max_age_text
        end as reason
      union all
      select
        'user_signing_certificate' as check_id,
        'Users have no active signing certificate' as title,
        'low' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when cert_1_active or cert_2_active then 'alarm'
          when cert_1_active is null then 'skip'
          when cert_2_active is null then 'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when cert_1_active or cert_2_active then
            'The user has an active signing certificate: ' || concat_ws(
              ' and ',
              case when cert_1_active then
                'certificate 1, made ' || coalesce(:"schema".iam_ago(cert_1_last_rotated, now), 'at an unknown time')
              end,
              case when cert_2_active then
                'certificate 2, made ' || coalesce(:"schema".iam_ago(cert_2_last_rotated, now), 'at an unknown time')
              end
            )
          when cert_1_active is null then 'The report does not tell cert_1_active'
          when cert_2_active is null then 'The report does not tell cert_2_active'
          else 'Neither signing certificate 1 nor signing certificate 2 is active'
        end as reason
      union all
      select
        'user_password_not_rotated' as check_id,
        'Passwords are changed' as title,
        'low' as severity,
        case when error_message is null then 'password' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when not password_enabled then 'ok'
          when password_enabled is null then 'skip'
          when now - password_last_changed > rule.password_max_age then 'alarm'
          when now > password_next_rotation then 'alarm'
          when password_last_changed is null then 'skip'
          when password_last_changed > latest then 'skip'
          when 'password_next_rotation' = any (unknown_columns) then 'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when not password_enabled then 'The user has no password'
          when password_enabled is null then 'The report does not tell password_enabled'
          when now - password_last_changed > rule.password_max_age then
            'The password was set ' || :"schema".iam_ago(password_last_changed, now, rule.password_max_age)
              || '; the limit is ' || rule.password_max_age_text
          when now > password_next_rotation then
            'The password policy asked for another password ' || :"schema".iam_ago(password_next_rotation, now)
          when password_last_changed is null then
            'The report does not tell password_last_changed'
          when password_last_changed > latest then
            'The report has password_last_changed '
            || :"schema".iam_ago(password_last_changed, now) || now_note
          when 'password_next_rotation' = any (unknown_columns) then
            'The report does not tell password_next_rotation'
          else
            'The password was set ' || :"schema".iam_ago(password_last_changed, now, rule.password_max_age)
              || '; the limit is ' || rule.password_max_age_text
        end as reason
      union all
      select
        'user_without_credentials' as check_id,
        'Users have credentials' as title,
        'info' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when password_enabled or access_key_1_active or access_key_2_active or cert_1_active or cert_2_active then
            'ok'
          when
            not (
              password_enabled or access_key_1_active or access_key_2_active or cert_1_active or cert_2_active
            )
          then
            'alarm'
          else 'skip'
        end as status,
        case
          when error_message is not null then error_message
          when password_enabled or access_key_1_active or access_key_2_active or cert_1_active or cert_2_active then
            'The user has ' || concat_ws(
              ', ',
              case when password_enabled then 'a password' end,
              case when access_key_1_active then 'access key 1' end,
              case when access_key_2_active then 'access key 2' end,
              case when cert_1_active then 'signing certificate 1' end,
              case when cert_2_active then 'signing certificate 2' end
            )
          when
            not (
              password_enabled or access_key_1_active or access_key_2_active or cert_1_active or cert_2_active
            )
          then
            'The user has no password, no active access key and no active signing certificate'
          else
            'The report does not tell ' || concat_ws(
              ', ',
              case when password_enabled is null then 'password_enabled' end,
              case when access_key_1_active is null then 'access_key_1_active' end,
              case when access_key_2_active is null then 'access_key_2_active' end,
              case when cert_1_active is null then 'cert_1_active' end,
              case when cert_2_active is null then 'cert_2_active' end
            )
        end as reason
    ) as judged
    where
      is_root is not true
    union all
    select judged.*
    from (
      select
        'user_access_key_unused' as check_id,
        'Access keys are used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when access_key_1_last_used_date > latest then 'skip'
          when now - access_key_1_last_used_date >= rule.unused_max_age then 'alarm'
          when access_key_1_last_used_date is not null then 'ok'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when now - access_key_1_last_rotated >= rule.unused_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when now - access_key_1_last_used_date >= rule.unused_max_age then
            'Access key 1 was last used '
              || :"schema".iam_ago(access_key_1_last_used_date, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          when access_key_1_last_used_date is not null then
            'Access key 1 was last used '
              || :"schema".iam_ago(access_key_1_last_used_date, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date'
          when access_key_1_last_rotated is null then
            'Access key 1 was never used, and the report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when now - access_key_1_last_rotated >= rule.unused_max_age then
            'Access key 1 was never used, and made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          else
            'Access key 1 was never used, and made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
        end as reason
      union all
      select
        'user_access_key_unused' as check_id,
        'Access keys are used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        '45 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when access_key_1_last_used_date > latest then 'skip'
          when now - access_key_1_last_used_date >= interval '45 days' then 'alarm'
          when access_key_1_last_used_date is not null then 'ok'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when now - access_key_1_last_rotated >= interval '45 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when now - access_key_1_last_used_date >= interval '45 days' then
            'Access key 1 was last used '
              || :"schema".iam_ago(access_key_1_last_used_date, now, interval '45 days')
              || '; the limit is ' || '45 days'
          when access_key_1_last_used_date is not null then
            'Access key 1 was last used '
              || :"schema".iam_ago(access_key_1_last_used_date, now, interval '45 days')
              || '; the limit is ' || '45 days'
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date'
          when access_key_1_last_rotated is null then
            'Access key 1 was never used, and the report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when now - access_key_1_last_rotated >= interval '45 days' then
            'Access key 1 was never used, and made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, interval '45 days')
              || '; the limit is ' || '45 days'
          else
            'Access key 1 was never used, and made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, interval '45 days')
              || '; the limit is ' || '45 days'
        end as reason
      union all
      select
        'user_access_key_unused' as check_id,
        'Access keys are used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        '90 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when access_key_1_last_used_date > latest then 'skip'
          when now - access_key_1_last_used_date >= interval '90 days' then 'alarm'
          when access_key_1_last_used_date is not null then 'ok'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when now - access_key_1_last_rotated >= interval '90 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when now - access_key_1_last_used_date >= interval '90 days' then
            'Access key 1 was last used '
              || :"schema".iam_ago(access_key_1_last_used_date, now, interval '90 days')
              || '; the limit is ' || '90 days'
          when access_key_1_last_used_date is not null then
            'Access key 1 was last used '
              || :"schema".iam_ago(access_key_1_last_used_date, now, interval '90 days')
              || '; the limit is ' || '90 days'
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date'
          when access_key_1_last_rotated is null then
            'Access key 1 was never used, and the report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when now - access_key_1_last_rotated >= interval '90 days' then
            'Access key 1 was never used, and made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
          else
            'Access key 1 was never used, and made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
        end as reason
      union all
      select
        'access_key_not_rotated' as check_id,
        'Access keys are rotated' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when now - access_key_1_last_rotated > rule.access_key_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_1_last_rotated is null then
            'The report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when now - access_key_1_last_rotated > rule.access_key_max_age then
            'Access key 1 was made ' || :"schema".iam_ago(access_key_1_last_rotated, now, rule.access_key_max_age)
              || '; the limit is ' || rule.access_key_max_age_text
          else
            'Access key 1 was made ' || :"schema".iam_ago(access_key_1_last_rotated, now, rule.access_key_max_age)
              || '; the limit is ' || rule.access_key_max_age_text
        end as reason
      union all
      select
        'access_key_not_rotated' as check_id,
        'Access keys are rotated' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        '90 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when now - access_key_1_last_rotated > interval '90 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_1_last_rotated is null then
            'The report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when now - access_key_1_last_rotated > interval '90 days' then
            'Access key 1 was made ' || :"schema".iam_ago(access_key_1_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
          else
            'Access key 1 was made ' || :"schema".iam_ago(access_key_1_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
        end as reason
      union all
      select
        'access_key_made_at_setup' as check_id,
        'Users with a password have no access key that was never used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when not password_enabled then 'ok'
          when access_key_1_last_used_date > latest then 'skip'
          when access_key_1_last_used_date is not null then 'ok'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when password_enabled is null then 'skip'
          else 'alarm'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when not password_enabled then 'The user has no password beside access key 1'
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when access_key_1_last_used_date is not null then
            'Access key 1 was last used ' || :"schema".iam_ago(access_key_1_last_used_date, now)
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date'
          when password_enabled is null then
            'Access key 1 was never used, and the report does not tell password_enabled'
          else
            'The user has a password, and access key 1, made '
              || coalesce(:"schema".iam_ago(access_key_1_last_rotated, now), 'at an unknown time') || ', was never used'
        end as reason
      union all
      select
        'access_key_created_with_user' as check_id,
        'Access keys are not made together with users who have a password' as title,
        'low' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when not password_enabled then 'ok'
          when access_key_1_last_rotated is null then 'skip'
          when user_creation_time is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when user_creation_time > latest then 'skip'
          when access_key_1_last_rotated - user_creation_time not between - rule.setup_window and rule.setup_window then
            'ok'
          when password_enabled is null then 'skip'
          else 'alarm'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when not password_enabled then 'The user has no password beside access key 1'
          when access_key_1_last_rotated is null then
            'The report does not tell access_key_1_last_rotated'
          when user_creation_time is null then
            'The report does not tell user_creation_time'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when user_creation_time > latest then
            'The report has user_creation_time '
            || :"schema".iam_ago(user_creation_time, now) || now_note
          when access_key_1_last_rotated - user_creation_time not between - rule.setup_window and rule.setup_window then
            'Access key 1 was made ' || :"schema".iam_ago(access_key_1_last_rotated, now)
              || ', the user ' || :"schema".iam_ago(user_creation_time, now)
              || '; the window is ' || rule.setup_window_text
          when password_enabled is null then
            'Access key 1 was made with the user, and the report does not tell password_enabled'
          else
            'The user has a password, and access key 1 was made ' || :"schema".iam_ago(access_key_1_last_rotated, now)
              || ', within ' || rule.setup_window_text || ' of the user'
        end as reason
      union all
      select
        'access_key_unused_since_rotation' as check_id,
        'Access keys are used after their rotation' as title,
        'low' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_1_last_used_date > latest then 'skip'
          when access_key_1_last_used_date is null then 'ok'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when access_key_1_last_used_date < date_trunc('minute', access_key_1_last_rotated, 'UTC') then
            'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date'
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when access_key_1_last_used_date is null then
            'Access key 1 was never used, neither before nor after a rotation'
          when access_key_1_last_rotated is null then
            'The report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when access_key_1_last_used_date < date_trunc('minute', access_key_1_last_rotated, 'UTC') then
            'Access key 1 was last used ' || :"schema".iam_ago(access_key_1_last_used_date, now)
              || ', and rotated ' || :"schema".iam_ago(access_key_1_last_rotated, now)
          else
            'Access key 1 was last used ' || :"schema".iam_ago(access_key_1_last_used_date, now)
              || ', and made ' || :"schema".iam_ago(access_key_1_last_rotated, now)
        end as reason
      union all
      select
        'access_key_never_used' as check_id,
        'Access keys have been used' as title,
        'low' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when access_key_1_last_used_date > latest then 'skip'
          when access_key_1_last_used_date is not null then 'ok'
          when 'access_key_1_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when now - access_key_1_last_rotated > rule.never_used_grace then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_1_last_used_date > latest then
            'The report has access_key_1_last_used_date '
            || :"schema".iam_ago(access_key_1_last_used_date, now) || now_note
          when access_key_1_last_used_date is not null then
            'Access key 1 was last used ' || :"schema".iam_ago(access_key_1_last_used_date, now)
          when 'access_key_1_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_1_last_used_date'
          when access_key_1_last_rotated is null then
            'Access key 1 was never used, and the report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when now - access_key_1_last_rotated > rule.never_used_grace then
            'Access key 1 was never used, and made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, rule.never_used_grace)
              || '; the limit is ' || rule.never_used_grace_text
          else
            'Access key 1 was never used, but made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, rule.never_used_grace)
              || '; the limit is ' || rule.never_used_grace_text
        end as reason
    ) as judged
    where
      not is_root and access_key_1_active is not false
      or error_message is not null
    union all
    select judged.*
    from (
      select
        'user_access_key_unused' as check_id,
        'Access keys are used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when access_key_2_last_used_date > latest then 'skip'
          when now - access_key_2_last_used_date >= rule.unused_max_age then 'alarm'
          when access_key_2_last_used_date is not null then 'ok'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when now - access_key_2_last_rotated >= rule.unused_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when now - access_key_2_last_used_date >= rule.unused_max_age then
            'Access key 2 was last used '
              || :"schema".iam_ago(access_key_2_last_used_date, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          when access_key_2_last_used_date is not null then
            'Access key 2 was last used '
              || :"schema".iam_ago(access_key_2_last_used_date, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date'
          when access_key_2_last_rotated is null then
            'Access key 2 was never used, and the report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when now - access_key_2_last_rotated >= rule.unused_max_age then
            'Access key 2 was never used, and made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
          else
            'Access key 2 was never used, and made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, rule.unused_max_age)
              || '; the limit is ' || rule.unused_max_age_text
        end as reason
      union all
      select
        'user_access_key_unused' as check_id,
        'Access keys are used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        '45 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when access_key_2_last_used_date > latest then 'skip'
          when now - access_key_2_last_used_date >= interval '45 days' then 'alarm'
          when access_key_2_last_used_date is not null then 'ok'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when now - access_key_2_last_rotated >= interval '45 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when now - access_key_2_last_used_date >= interval '45 days' then
            'Access key 2 was last used '
              || :"schema".iam_ago(access_key_2_last_used_date, now, interval '45 days')
              || '; the limit is ' || '45 days'
          when access_key_2_last_used_date is not null then
            'Access key 2 was last used '
              || :"schema".iam_ago(access_key_2_last_used_date, now, interval '45 days')
              || '; the limit is ' || '45 days'
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date'
          when access_key_2_last_rotated is null then
            'Access key 2 was never used, and the report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when now - access_key_2_last_rotated >= interval '45 days' then
            'Access key 2 was never used, and made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, interval '45 days')
              || '; the limit is ' || '45 days'
          else
            'Access key 2 was never used, and made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, interval '45 days')
              || '; the limit is ' || '45 days'
        end as reason
      union all
      select
        'user_access_key_unused' as check_id,
        'Access keys are used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        '90 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when access_key_2_last_used_date > latest then 'skip'
          when now - access_key_2_last_used_date >= interval '90 days' then 'alarm'
          when access_key_2_last_used_date is not null then 'ok'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when now - access_key_2_last_rotated >= interval '90 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when now - access_key_2_last_used_date >= interval '90 days' then
            'Access key 2 was last used '
              || :"schema".iam_ago(access_key_2_last_used_date, now, interval '90 days')
              || '; the limit is ' || '90 days'
          when access_key_2_last_used_date is not null then
            'Access key 2 was last used '
              || :"schema".iam_ago(access_key_2_last_used_date, now, interval '90 days')
              || '; the limit is ' || '90 days'
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date'
          when access_key_2_last_rotated is null then
            'Access key 2 was never used, and the report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when now - access_key_2_last_rotated >= interval '90 days' then
            'Access key 2 was never used, and made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
          else
            'Access key 2 was never used, and made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
        end as reason
      union all
      select
        'access_key_not_rotated' as check_id,
        'Access keys are rotated' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when now - access_key_2_last_rotated > rule.access_key_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when access_key_2_last_rotated is null then
            'The report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when now - access_key_2_last_rotated > rule.access_key_max_age then
            'Access key 2 was made ' || :"schema".iam_ago(access_key_2_last_rotated, now, rule.access_key_max_age)
              || '; the limit is ' || rule.access_key_max_age_text
          else
            'Access key 2 was made ' || :"schema".iam_ago(access_key_2_last_rotated, now, rule.access_key_max_age)
              || '; the limit is ' || rule.access_key_max_age_text
        end as reason
      union all
      select
        'access_key_not_rotated' as check_id,
        'Access keys are rotated' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        '90 days'::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when now - access_key_2_last_rotated > interval '90 days' then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when access_key_2_last_rotated is null then
            'The report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when now - access_key_2_last_rotated > interval '90 days' then
            'Access key 2 was made ' || :"schema".iam_ago(access_key_2_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
          else
            'Access key 2 was made ' || :"schema".iam_ago(access_key_2_last_rotated, now, interval '90 days')
              || '; the limit is ' || '90 days'
        end as reason
      union all
      select
        'access_key_made_at_setup' as check_id,
        'Users with a password have no access key that was never used' as title,
        'medium' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when not password_enabled then 'ok'
          when access_key_2_last_used_date > latest then 'skip'
          when access_key_2_last_used_date is not null then 'ok'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when password_enabled is null then 'skip'
          else 'alarm'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when not password_enabled then 'The user has no password beside access key 2'
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when access_key_2_last_used_date is not null then
            'Access key 2 was last used ' || :"schema".iam_ago(access_key_2_last_used_date, now)
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date'
          when password_enabled is null then
            'Access key 2 was never used, and the report does not tell password_enabled'
          else
            'The user has a password, and access key 2, made '
              || coalesce(:"schema".iam_ago(access_key_2_last_rotated, now), 'at an unknown time') || ', was never used'
        end as reason
      union all
      select
        'access_key_created_with_user' as check_id,
        'Access keys are not made together with users who have a password' as title,
        'low' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when not password_enabled then 'ok'
          when access_key_2_last_rotated is null then 'skip'
          when user_creation_time is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when user_creation_time > latest then 'skip'
          when access_key_2_last_rotated - user_creation_time not between - rule.setup_window and rule.setup_window then
            'ok'
          when password_enabled is null then 'skip'
          else 'alarm'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when not password_enabled then 'The user has no password beside access key 2'
          when access_key_2_last_rotated is null then
            'The report does not tell access_key_2_last_rotated'
          when user_creation_time is null then
            'The report does not tell user_creation_time'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when user_creation_time > latest then
            'The report has user_creation_time '
            || :"schema".iam_ago(user_creation_time, now) || now_note
          when access_key_2_last_rotated - user_creation_time not between - rule.setup_window and rule.setup_window then
            'Access key 2 was made ' || :"schema".iam_ago(access_key_2_last_rotated, now)
              || ', the user ' || :"schema".iam_ago(user_creation_time, now)
              || '; the window is ' || rule.setup_window_text
          when password_enabled is null then
            'Access key 2 was made with the user, and the report does not tell password_enabled'
          else
            'The user has a password, and access key 2 was made ' || :"schema".iam_ago(access_key_2_last_rotated, now)
              || ', within ' || rule.setup_window_text || ' of the user'
        end as reason
      union all
      select
        'access_key_unused_since_rotation' as check_id,
        'Access keys are used after their rotation' as title,
        'low' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_2_last_used_date > latest then 'skip'
          when access_key_2_last_used_date is null then 'ok'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when access_key_2_last_used_date < date_trunc('minute', access_key_2_last_rotated, 'UTC') then
            'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date'
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when access_key_2_last_used_date is null then
            'Access key 2 was never used, neither before nor after a rotation'
          when access_key_2_last_rotated is null then
            'The report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when access_key_2_last_used_date < date_trunc('minute', access_key_2_last_rotated, 'UTC') then
            'Access key 2 was last used ' || :"schema".iam_ago(access_key_2_last_used_date, now)
              || ', and rotated ' || :"schema".iam_ago(access_key_2_last_rotated, now)
          else
            'Access key 2 was last used ' || :"schema".iam_ago(access_key_2_last_used_date, now)
              || ', and made ' || :"schema".iam_ago(access_key_2_last_rotated, now)
        end as reason
      union all
      select
        'access_key_never_used' as check_id,
        'Access keys have been used' as title,
        'low' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when access_key_2_last_used_date > latest then 'skip'
          when access_key_2_last_used_date is not null then 'ok'
          when 'access_key_2_last_used_date' = any (unknown_columns) then 'skip'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when now - access_key_2_last_rotated > rule.never_used_grace then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when access_key_2_last_used_date > latest then
            'The report has access_key_2_last_used_date '
            || :"schema".iam_ago(access_key_2_last_used_date, now) || now_note
          when access_key_2_last_used_date is not null then
            'Access key 2 was last used ' || :"schema".iam_ago(access_key_2_last_used_date, now)
          when 'access_key_2_last_used_date' = any (unknown_columns) then
            'The report does not tell access_key_2_last_used_date'
          when access_key_2_last_rotated is null then
            'Access key 2 was never used, and the report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when now - access_key_2_last_rotated > rule.never_used_grace then
            'Access key 2 was never used, and made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, rule.never_used_grace)
              || '; the limit is ' || rule.never_used_grace_text
          else
            'Access key 2 was never used, but made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, rule.never_used_grace)
              || '; the limit is ' || rule.never_used_grace_text
        end as reason
    ) as judged
    where
      not is_root and access_key_2_active is not false
    union all
    select judged.*
    from (
      select
        'access_key_inactive_kept' as check_id,
        'Inactive access keys are deleted' as title,
        'low' as severity,
        case when error_message is null then 'access_key_1' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_1_active is null then 'skip'
          when access_key_1_last_rotated is null then 'skip'
          when access_key_1_last_rotated > latest then 'skip'
          when now - access_key_1_last_rotated > rule.inactive_key_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_1_last_rotated is null then
            'The report does not tell access_key_1_last_rotated'
          when access_key_1_last_rotated > latest then
            'The report has access_key_1_last_rotated '
            || :"schema".iam_ago(access_key_1_last_rotated, now) || now_note
          when now - access_key_1_last_rotated > rule.inactive_key_max_age then
            'Access key 1 is inactive, and was made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, rule.inactive_key_max_age)
              || '; the limit is ' || rule.inactive_key_max_age_text
          else
            'Access key 1 is inactive, but was made '
              || :"schema".iam_ago(access_key_1_last_rotated, now, rule.inactive_key_max_age)
              || '; the limit is ' || rule.inactive_key_max_age_text
        end as reason
    ) as judged
    where
      not is_root and (
        access_key_1_active is null
        or not access_key_1_active and (
          access_key_1_last_rotated is not null
          or 'access_key_1_last_rotated' = any (unknown_columns)
        )
      )
      or error_message is not null
    union all
    select judged.*
    from (
      select
        'access_key_inactive_kept' as check_id,
        'Inactive access keys are deleted' as title,
        'low' as severity,
        case when error_message is null then 'access_key_2' end as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when access_key_2_active is null then 'skip'
          when access_key_2_last_rotated is null then 'skip'
          when access_key_2_last_rotated > latest then 'skip'
          when now - access_key_2_last_rotated > rule.inactive_key_max_age then 'alarm'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          when access_key_2_last_rotated is null then
            'The report does not tell access_key_2_last_rotated'
          when access_key_2_last_rotated > latest then
            'The report has access_key_2_last_rotated '
            || :"schema".iam_ago(access_key_2_last_rotated, now) || now_note
          when now - access_key_2_last_rotated > rule.inactive_key_max_age then
            'Access key 2 is inactive, and was made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, rule.inactive_key_max_age)
              || '; the limit is ' || rule.inactive_key_max_age_text
          else
            'Access key 2 is inactive, but was made '
              || :"schema".iam_ago(access_key_2_last_rotated, now, rule.inactive_key_max_age)
              || '; the limit is ' || rule.inactive_key_max_age_text
        end as reason
    ) as judged
    where
      not is_root and (
        access_key_2_active is null
        or not access_key_2_active and (
          access_key_2_last_rotated is not null
          or 'access_key_2_last_rotated' = any (unknown_columns)
        )
      )
    union all
    select judged.*
    from (
      select
        'user_extra_credentials' as check_id,
        'Users have no more credentials than the report lists' as title,
        'info' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when additional_credentials_info is not null then 'alarm'
          when 'additional_credentials_info' = any (unknown_columns) then 'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when additional_credentials_info is not null then
            'AWS tells of more: ' || additional_credentials_info
          when 'additional_credentials_info' = any (unknown_columns) then
            'The report does not tell additional_credentials_info'
          else 'AWS tells of no credentials beyond those listed'
        end as reason
    ) as judged
    where
      is_root = coalesce('additional_credentials_info' = any (unknown_columns), false) or error_message is not null
    union all
    select judged.*
    from (
      select
        'bedrock_api_key_user_with_credentials' as check_id,
        'Users of Amazon Bedrock API keys have no other credentials' as title,
        'high' as severity,
        null::text as credential,
        null::interval as limit_override,
        false as passes_without_root_password,
        case
          when error_message is not null then 'error'
          when password_enabled or access_key_1_active or access_key_2_active then
            'alarm'
          when password_enabled is null then 'skip'
          when access_key_1_active is null then 'skip'
          when access_key_2_active is null then 'skip'
          else 'ok'
        end as status,
        case
          when error_message is not null then error_message
          when password_enabled or access_key_1_active or access_key_2_active then
            'The user of an Amazon Bedrock API key has ' || concat_ws(
              ' and ',
              case when password_enabled then
                'a password, set ' || coalesce(:"schema".iam_ago(password_last_changed, now), 'at an unknown time')
              end,
              case when access_key_1_active then
                'access key 1, made '
                  || coalesce(:"schema".iam_ago(access_key_1_last_rotated, now), 'at an unknown time')
              end,
              case when access_key_2_active then
                'access key 2, made '
                  || coalesce(:"schema".iam_ago(access_key_2_last_rotated, now), 'at an unknown time')
              end
            )
          when password_enabled is null then 'The report does not tell password_enabled'
          when access_key_1_active is null then
            'The report does not tell access_key_1_active'
          when access_key_2_active is null then
            'The report does not tell access_key_2_active'
          else
            'The user of an Amazon Bedrock API key has neither a password nor an active access key'
        end as reason
    ) as judged
    where
      not is_root and starts_with(user_name, 'BedrockAPIKey-') or error_message is not null
  ) as judged
  cross join lateral (
    select
      case
        when rule.exemptions is not null and judged.status = 'alarm' then
          :"schema".iam_exempt(rule.exemptions, judged.check_id, report.account_id, report.user_name)
      end as note
  ) as exempt;
