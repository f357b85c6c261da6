-- The names of all that iam_fdw makes in its schema, once: what is trusted, granted and dropped goes by them, and never
-- by a pattern, which would match what others made. DO blocks see no variables of psql's, so they are settings.
-- Nothing is found by its name alone: who may create something in a schema on the path could have it called here, and
-- the database's owner chooses the path, and how strings are read.
set local search_path = pg_catalog, pg_temp;
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;  -- names are compared as they are written where they need no quotes
select
  -- as PostgreSQL cuts names that are too long: another schema than that which is made and used would be looked at
  set_config('iam_fdw.install_schema', :'schema'::name::text, true),
  set_config('iam_fdw.install_server', :'server'::name::text, true),
  -- foreign tables; on Multicorn views, and the foreign tables have the suffix _foreign
  set_config('iam_fdw.install_reports', '{
    aws_iam_credential_report, aws_iam_credential_report_status, aws_iam_credential_report_or_error,
    aws_iam_credential_report_snapshot, aws_iam_credential_report_snapshot_list,
    aws_iam_account_summary, aws_iam_account_summary_status
  }', true),
  -- tables: their rows are the user's own
  set_config('iam_fdw.install_tables', '{iam_exemption, iam_history, iam_history_account, iam_history_report}', true),
  set_config('iam_fdw.install_indexes', '{
    iam_history_pkey, iam_history_account_pkey, iam_history_report_pkey,
    iam_history_valid, iam_history_valid_from, iam_history_valid_to
  }', true),
  set_config('iam_fdw.install_views', '{
    iam_setting, iam_report, iam_report_or_error, iam_change, iam_credential,
    iam_check_report_freshness, iam_check_root_last_used, iam_check_root_mfa, iam_check_root_access_keys,
    iam_check_password_and_access_keys, iam_check_inactive_users, iam_check_password_rotation, iam_check_user_mfa,
    iam_check_access_key_rotation, iam_check_unused_access_keys,
    iam_benchmark, iam_benchmark_control, iam_check, iam_verdict, iam_check_result, iam_check_summary,
    iam_benchmark_result
  }', true),
  -- functions, as regprocedure writes them after format() has put the schema in: those that who reads a view needs
  set_config('iam_fdw.install_reader_functions', '{
    "%1$I.iam_now()", "%1$I.iam_moment(text)", "%1$I.iam_day(timestamp with time zone)",
    "%1$I.iam_limit(text,interval)", "%1$I.iam_limits()", "%1$I.iam_validate_settings()", "%1$I.iam_nearest(text,text[])",
    "%1$I.iam_ago(timestamp with time zone,timestamp with time zone)",
    "%1$I.iam_ago(timestamp with time zone,timestamp with time zone,interval)",
    "%1$I.iam_span(interval)", "%1$I.iam_report_at(timestamp with time zone,boolean)",
    "%1$I.iam_exempt(%1$I.iam_exemption[],text,text,text)"
  }', true),
  -- and others; the wrapper uses the last
  set_config('iam_fdw.install_functions', '{
    "%1$I.iam_record_history(boolean,text)", "%1$I.iam_validate_exemption()", "%1$I.iam_fdw_validator(text[],oid)"
  }', true)
\gset

-- all relations, and the names of all functions, whatever their arguments
select
  set_config('iam_fdw.install_relations', (
    reports
      || array(select report || '_foreign' from unnest(reports) as report)
      || current_setting('iam_fdw.install_tables')::text[]
      || current_setting('iam_fdw.install_indexes')::text[]
      || current_setting('iam_fdw.install_views')::text[]
  )::text, true),
  set_config('iam_fdw.install_function_names', array(
    select substring(signature from '[.]([a-z_]+)[(]')
    from unnest(
      current_setting('iam_fdw.install_reader_functions')::text[] || current_setting('iam_fdw.install_functions')::text[]
    ) as signature
  )::text, true)
from (select current_setting('iam_fdw.install_reports')::text[] as reports) as named
\gset
