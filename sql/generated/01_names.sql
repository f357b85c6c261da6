-- Written by make generate from what all other files make: do not edit.
select
  set_config('iam_fdw.install_reports', '{
    aws_iam_credential_report,
    aws_iam_credential_report_status,
    aws_iam_credential_report_or_error,
    aws_iam_credential_report_snapshot,
    aws_iam_credential_report_snapshot_list,
    aws_iam_account_summary,
    aws_iam_account_summary_status
  }', true),
  set_config('iam_fdw.install_tables', '{
    iam_history,
    iam_history_account,
    iam_history_report,
    iam_exemption
  }', true),
  set_config('iam_fdw.install_indexes', '{
    iam_history_pkey,
    iam_history_account_pkey,
    iam_history_report_pkey,
    iam_history_valid,
    iam_history_valid_from,
    iam_history_valid_to
  }', true),
  set_config('iam_fdw.install_views', '{
    iam_report,
    iam_report_or_error,
    iam_benchmark,
    iam_benchmark_control,
    iam_check,
    iam_check_result,
    iam_verdict,
    iam_setting,
    iam_change,
    iam_credential,
    iam_check_report_freshness,
    iam_check_root_last_used,
    iam_check_root_mfa,
    iam_check_root_access_keys,
    iam_check_password_and_access_keys,
    iam_check_inactive_users,
    iam_check_password_rotation,
    iam_check_user_mfa,
    iam_check_access_key_rotation,
    iam_check_unused_access_keys,
    iam_check_summary,
    iam_benchmark_result
  }', true),
  set_config('iam_fdw.install_functions', '{
    "%1$I.iam_fdw_validator(text[],oid)",
    "%1$I.iam_record_reports(text,timestamp with time zone,timestamp with time zone,bigint)",
    "%1$I.iam_report_at(timestamp with time zone,boolean)",
    "%1$I.iam_validate_exemption()",
    "%1$I.iam_limits()",
    "%1$I.iam_nearest(text,text[])",
    "%1$I.iam_validate_settings()",
    "%1$I.iam_limit(text,interval)",
    "%1$I.iam_moment(text)",
    "%1$I.iam_now()",
    "%1$I.iam_day(timestamp with time zone)",
    "%1$I.iam_ago(timestamp with time zone,timestamp with time zone,interval)",
    "%1$I.iam_span(interval)",
    "%1$I.iam_keep_from(text)",
    "%1$I.iam_delete_history(timestamp with time zone)",
    "%1$I.iam_record_history(boolean,text)",
    "%1$I.iam_exempt(%1$I.iam_exemption[],text,text,text)"
  }', true)
\gset
