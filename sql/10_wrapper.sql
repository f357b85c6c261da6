-- The foreign-data wrapper, with the validator that says which option may stand where, and pins the class.
create schema if not exists :"schema";

create or replace function :"schema".iam_fdw_validator(options text[], catalog oid) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set standard_conforming_strings = on  -- whatever the session's is when PL/pgSQL first reads the function
as $function$
declare
  context constant text := case catalog
    when 'pg_foreign_data_wrapper'::regclass then 'wrapper'
    when 'pg_foreign_server'::regclass then 'server'
    when 'pg_user_mapping'::regclass then 'user mapping'
    when 'pg_foreign_table'::regclass then 'table'
    else 'column'
  end;
  -- Patterns and words are those of iam_fdw/options.py, which reads the values: a test holds them together.
  known constant text[] := array[
    -- name, place, set by, pattern, values
    ['wrapper', 'wrapper', 'superusers', 'iam_fdw[.]fdw[.]IamForeignDataWrapper', 'iam_fdw.fdw.IamForeignDataWrapper'],
    ['wrapper', 'server', 'all', 'iam_fdw[.]fdw[.]IamForeignDataWrapper', 'iam_fdw.fdw.IamForeignDataWrapper'],
    ['accounts', 'server', 'all', 'self|organization|[0-9]{12}( ?, ?[0-9]{12})*', 'self, organization, or ids of accounts (12 digits each) separated by commas'],
    ['exclude_accounts', 'server', 'all', '[0-9]{12}( ?, ?[0-9]{12})*', 'ids of accounts (12 digits each) separated by commas'],
    ['role_name', 'server', 'all', '[0-9A-Za-z_+=,.@/-]+', 'the name of an IAM role, after its path if it has one'],
    ['role_arn', 'server', 'all', 'arn:aws[a-z-]*:iam::[0-9]{12}:role/[0-9A-Za-z_+=,.@/-]+', 'the ARN of an IAM role'],
    ['external_id', 'server', 'all', '[0-9A-Za-z_+=,.@:/-]{2,}', '2 or more letters, digits and _+=,.@:/-'],
    ['role_session_name', 'server', 'all', '[0-9A-Za-z_+=,.@-]{2,64}', '2 to 64 letters, digits and _+=,.@-'],
    ['profile', 'server', 'superusers', '[^\n]+', 'the name of a profile'],
    ['region', 'server', 'all', '[a-z]{2,12}(-[a-z]{2,12}){1,3}-[0-9]{1,2}', 'a Region, such as "us-gov-west-1"'],
    ['generate', 'server', 'all', 'auto|never', 'auto, never'],
    ['max_age', 'server', 'all', '[0-9]{1,6} ?(ms|(second|minute|hour|day)s?)', 'a number of ms, seconds, minutes, hours or days, such as "90 seconds"'],
    ['timeout', 'server', 'all', '[1-9][0-9]{0,5} ?(ms|(second|minute|hour|day)s?)', 'a number of ms, seconds, minutes, hours or days, such as "90 seconds"'],
    ['concurrency', 'server', 'all', '[1-9][0-9]{0,2}', 'a number from 1 to 999'],
    ['cache', 'server', 'all', 'on|off', 'on, off'],
    ['on_account_error', 'server', 'all', 'error|skip', 'error, skip'],
    ['endpoint_url', 'server', 'superusers', 'https?://[!-?A-~]+', 'an http or https URL without a user'],
    ['cache_dir', 'server', 'superusers', '/[^\n]*', 'an absolute path'],
    ['source', 'server', 'superusers', '/[^\n]*|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[!-~]*)?', 'an absolute path, or s3://bucket/prefix'],
    ['snapshots', 'server', 'superusers', '/[^\n]*|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[!-~]*)?', 'an absolute path, or s3://bucket/prefix'],
    ['aws_access_key_id', 'user mapping', 'all', '[0-9A-Za-z_]{16,}', 'an access key id'],
    ['aws_secret_access_key', 'user mapping', 'all', '[0-9A-Za-z/+=]{16,}', 'a secret access key'],
    ['aws_session_token', 'user mapping', 'all', '[0-9A-Za-z/+=_-]{16,}', 'a session token'],
    ['table', 'table', 'all', 'aws_iam_credential_report|aws_iam_credential_report_status|aws_iam_credential_report_or_error|aws_iam_credential_report_snapshot|aws_iam_credential_report_snapshot_list|aws_iam_account_summary|aws_iam_account_summary_status', 'aws_iam_credential_report, aws_iam_credential_report_status, aws_iam_credential_report_or_error, aws_iam_credential_report_snapshot, aws_iam_credential_report_snapshot_list, aws_iam_account_summary, aws_iam_account_summary_status'],
    ['on_account_error', 'table', 'all', 'error|skip', 'error, skip']
  ];
  -- The first needs the second, or one of these.
  needed constant text[] := array[
    ['external_id', 'role_arn or role_name'],
    ['role_session_name', 'role_arn or role_name'],
    ['role_name', 'accounts'],
    ['exclude_accounts', 'accounts'],
    ['aws_access_key_id', 'aws_secret_access_key'],
    ['aws_secret_access_key', 'aws_access_key_id'],
    ['aws_session_token', 'aws_access_key_id']
  ];
  -- Saved reports are not asked for, and those of a disk need nothing of AWS at all.
  unused_with_source constant text[] := array[
    'accounts', 'exclude_accounts', 'role_name', 'generate', 'cache', 'cache_dir'
  ] || case when exists (select from unnest(options) as option where option ~ '^(source|snapshots)=s3://') then '{}' else array[
    'role_arn', 'profile', 'region', 'endpoint_url', 'timeout', 'concurrency'
  ] end;
  given constant text[] := array(select split_part(option, '=', 1) from unnest(options) as option);
  is_superuser constant boolean := (select rolsuper from pg_roles where rolname = current_user);
  valid text;
  option text;
  name text;
  place integer;
  pair text[];
begin
  foreach option in array coalesce(options, '{}') loop
    name := split_part(option, '=', 1);
    place := null;
    valid := null;
    for i in 1 .. array_length(known, 1) loop
      if known[i][2] = context then
        if known[i][1] = name then
          place := i;
        end if;
        if known[i][1] <> 'wrapper' then
          valid := concat_ws(', ', valid, known[i][1]);
        end if;
      end if;
    end loop;
    if place is null then
      raise exception 'invalid option "%"', name using
        errcode = 'fdw_invalid_option_name',
        hint = coalesce('Valid options in this context are: ' || valid || '.', 'There are no valid options in this context.');
    end if;
    -- The value is not repeated: it may be a secret.
    if substr(option, length(name) + 2) !~ ('^(' || known[place][4] || ')$') then
      raise exception 'invalid value for option "%"', name using
        errcode = 'fdw_invalid_attribute_value',
        hint = 'Valid is ' || known[place][5] || '.';
    end if;
    -- As in file_fdw, this is the only place that can enforce it: it also refuses other changes by an owner who is
    -- not a superuser while such an option stands.
    if known[place][3] = 'superusers' and not is_superuser then
      raise exception 'permission denied to set option "%"', name using
        errcode = 'insufficient_privilege',
        hint = 'Only superusers may set it, or change other options beside it.';
    end if;
  end loop;

  foreach pair slice 1 in array needed loop
    if pair[1] = any (given) and not string_to_array(pair[2], ' or ') && given then
      raise exception 'option "%" needs option "%"', pair[1], replace(pair[2], ' or ', '" or "') using
        errcode = 'fdw_dynamic_parameter_value_needed';
    end if;
  end loop;
  if 'accounts' = any (given) and not 'accounts=self' = any (options) and not 'role_name' = any (given) then
    raise exception 'option "accounts" needs option "role_name"' using
      errcode = 'fdw_dynamic_parameter_value_needed',
      hint = 'Name the role to assume in each account.';
  end if;
  if 'source' = any (given) and given && unused_with_source then
    raise exception 'option "source" excludes other options' using
      errcode = 'fdw_invalid_option_name',
      detail = 'Saved reports are read without ' || array_to_string(unused_with_source, ', ') || '.';
  end if;
end
$function$;

comment on function :"schema".iam_fdw_validator(text[], oid) is
  'Checks the options of servers, user mappings and tables of iam_fdw: which may stand where, who may set it, and its value';

do $$
declare
  engine constant text := current_setting('iam_fdw.install_engine');
  schema constant text := current_setting('iam_fdw.install_schema');
  handler text;
begin
  if position('$body$' in schema) > 0 then
    raise exception 'name of schema "%" is not possible', schema using
      errcode = 'invalid_name', detail = 'The functions that name it are quoted by "$body$".';
  end if;
  if engine not in ('minicorn', 'multicorn') or not exists (select from pg_available_extensions where name = engine) then
    raise exception 'engine "%" is not available', case when engine = '' then 'minicorn' else engine end using
      errcode = 'undefined_file',
      hint = 'Run "make install" for minicorn, or install Multicorn, for this version of PostgreSQL.';
  end if;
  -- Multicorn asks Python for a codec of PostgreSQL's name for the encoding: without one, the server crashes.
  if engine = 'multicorn' and getdatabaseencoding() !~ '^(UTF8|LATIN[0-9]+|ISO_8859_[0-9]+|EUC_(JP|CN|KR|JIS_2004))$' then
    raise exception 'Multicorn cannot be used in a database of encoding "%"', getdatabaseencoding() using
      errcode = 'feature_not_supported',
      detail = 'Python does not know this encoding by its name in PostgreSQL, and Multicorn would crash the server.',
      hint = 'Use a database of encoding UTF8.';
  end if;
  execute format('create extension if not exists %I with schema %I', engine, schema);
  if engine = 'minicorn' then
    -- to the version that has minicorn_settings()
    alter extension minicorn update;
  else
    -- It imports whatever module its caller names. CREATE SERVER needs no right to it.
    execute (
      select format('revoke all on function %I.multicorn_validator(text[], oid) from public', nspname)
      from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
      where extname = 'multicorn'
    );
  end if;
  select format('%I.%I', nspname, engine || '_handler')
    into handler
    from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
    where extname = engine;
  if not exists (select from pg_foreign_data_wrapper where fdwname = 'iam_fdw') then
    -- Multicorn takes the class from the server.
    execute format(
      'create foreign data wrapper iam_fdw handler %s validator %I.iam_fdw_validator', handler, schema
    ) || case engine when 'minicorn' then ' options (wrapper ''iam_fdw.fdw.IamForeignDataWrapper'')' else '' end;
  elsif not exists (
    -- a function without arguments: there may be others of that name
    select from pg_foreign_data_wrapper where fdwname = 'iam_fdw' and fdwhandler = (handler || '()')::regprocedure
  ) then
    raise exception 'iam_fdw is installed with another engine than "%"', engine using
      errcode = 'object_not_in_prerequisite_state', hint = 'Run "iam-fdw uninstall" first.';
  end if;
end
$$;

comment on foreign data wrapper iam_fdw is 'IAM credential reports of AWS accounts';
