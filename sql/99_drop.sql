-- What install.sql made, in the opposite order.
set local client_min_messages = warning;
set local search_path = pg_catalog, pg_temp;
select
  set_config('iam_fdw.install_schema', :'schema', true),
  set_config('iam_fdw.install_server', :'server', true)
\gset

do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  name text;
  held boolean;
begin
  foreach name in array array['iam_exemption', 'iam_history'] loop
    if to_regclass(format('%I.%I', schema, name)) is not null then
      execute format('select exists (select from %I.%I)', schema, name) into held;
      if held then
        raise exception 'cannot drop table % because it has rows', name using
          errcode = 'dependent_objects_still_exist', hint = 'Save them, and delete them: they are yours.';
      end if;
    end if;
  end loop;
end
$$;

drop view if exists
  :"schema".iam_benchmark_result,
  :"schema".iam_check_summary,
  :"schema".iam_check_result,
  :"schema".iam_verdict,
  :"schema".iam_check,
  :"schema".iam_benchmark_control,
  :"schema".iam_benchmark,
  :"schema".iam_check_report_freshness,
  :"schema".iam_check_root_last_used,
  :"schema".iam_check_root_mfa,
  :"schema".iam_check_root_access_keys,
  :"schema".iam_check_password_and_access_keys,
  :"schema".iam_check_inactive_users,
  :"schema".iam_check_password_rotation,
  :"schema".iam_check_user_mfa,
  :"schema".iam_check_access_key_rotation,
  :"schema".iam_check_unused_access_keys,
  :"schema".iam_credential,
  :"schema".iam_change,
  :"schema".iam_report_or_error,
  :"schema".iam_report,
  :"schema".iam_setting;
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
begin
  if to_regtype(format('%I.iam_exemption', schema)) is not null then
    execute format('drop function if exists %1$I.iam_exempt(%1$I.iam_exemption[], text, text, text)', schema);
  end if;
end
$$;
drop procedure if exists :"schema".iam_record_history(boolean, text);
drop function if exists :"schema".iam_report_at(timestamptz, boolean);
drop table if exists :"schema".iam_exemption, :"schema".iam_history, :"schema".iam_history_account, :"schema".iam_history_report;
drop function if exists
  :"schema".iam_span(interval),
  :"schema".iam_ago(timestamptz, timestamptz),
  :"schema".iam_ago(timestamptz, timestamptz, interval),
  :"schema".iam_limits(),
  :"schema".iam_nearest(text, text[]),
  :"schema".iam_validate_exemption(),
  :"schema".iam_validate_settings(),
  :"schema".iam_limit(text, interval),
  :"schema".iam_day(timestamptz),
  :"schema".iam_now(),
  :"schema".iam_moment(text);

do $$
declare
  server constant text := current_setting('iam_fdw.install_server');
  validator constant text := format('%I.iam_fdw_validator(text[], oid)', current_setting('iam_fdw.install_schema'));
  schema constant text := current_setting('iam_fdw.install_schema');
  object record;
  mapping record;
  used regprocedure;
begin
  -- views before the foreign tables that they read, where Multicorn is the host
  for object in
    select relkind, oid::regclass as name
    from pg_class
    where relnamespace = to_regnamespace(quote_ident(schema))
      and relname ~ '^aws_iam_credential_report(_status|_or_error|_snapshot|_snapshot_list)?(_foreign)?$'
    order by relkind desc
  loop
    execute format('drop %s %s', case object.relkind when 'v' then 'view' else 'foreign table' end, object.name);
  end loop;
  if exists (
    select
    from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
    where srvname = server and fdwname = 'iam_fdw'
  ) then
    for mapping in select usename from pg_user_mappings where srvname = server loop
      execute format(
        'drop user mapping for %s server %I',
        case mapping.usename when 'public' then 'public' else quote_ident(mapping.usename) end,
        server
      );
    end loop;
    execute format('drop server %I', server);
  end if;
  -- Servers of other schemas may use the wrapper, and so a validator that may be this schema's.
  select fdwvalidator into used from pg_foreign_data_wrapper where fdwname = 'iam_fdw';
  if not exists (
    select
    from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
    where fdwname = 'iam_fdw'
  ) then
    drop foreign data wrapper if exists iam_fdw;
    execute format('drop function if exists %s', coalesce(used::text, validator));
    used := null;
  end if;
  if used is distinct from to_regprocedure(validator) then
    execute format('drop function if exists %s', validator);
  end if;
end
$$;
