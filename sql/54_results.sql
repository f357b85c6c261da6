-- The views of the checks, made from 53_catalogue.sql: one scan of the report, whatever the number of checks. Each check
-- is an arm of a UNION ALL beside each row of the report, in a group with those that judge the same thing. So a row is
-- asked once whether it is of root, say; a condition on check, title or severity leaves the other arms out of the plan;
-- and PostgreSQL writes the reasons for those alone who select them.
set local intervalstyle = 'postgres';

-- A rule for a slot, and for the limit of a benchmark in place of the setting.
create function pg_temp.iam_written(
  branches text, schema text, slot text, setting text, limit_override interval, passes_without_root_password boolean
) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  branches := replace(replace(branches, '_N', slot), ' key N', ' key ' || substr(slot, 2));
  branches := regexp_replace(
    branches,
    '\mlast_use\M',
    'greatest(case when password_last_used <= latest then password_last_used end,'
      ' case when access_key_1_last_used_date <= latest then access_key_1_last_used_date end,'
      ' case when access_key_2_last_used_date <= latest then access_key_2_last_used_date end)',
    'g'
  );
  branches := replace(branches, 'passes_without_root_password', passes_without_root_password::text);
  if limit_override is not null then
    branches := replace(branches, setting || '_text', quote_literal(limit_override));
    branches := replace(branches, setting, format('%L::interval', limit_override));
  end if;
  -- at last, as its name may have any of the words above
  return replace(branches, 'iam_ago(', format('%I.iam_ago(', schema));
end
$$;

-- A check stands more than once where it judges slots, or where a benchmark judges it by a limit of its own.
create temporary table iam_check_arm on commit drop as
select
  place,
  limit_override is not null or passes_without_root_password as is_of_benchmark,
  -- which rows of the report the group is for: all have one of an account that could not be read once
  replace(
    case judges
      when 'user' then 'is_root is not true'
      when 'access_key' then 'not is_root and access_key_N_active is not false'
      when 'inactive_access_key' then
        'not is_root and (access_key_N_active is null or not access_key_N_active'
          ' and (access_key_N_last_rotated is not null or ''access_key_N_last_rotated'' = any (unknown_columns)))'
      when 'bedrock_user' then 'not is_root and starts_with(user_name, ''BedrockAPIKey-'') or error_message is not null'
      when 'field' then
        'is_root = coalesce(''additional_credentials_info'' = any (unknown_columns), false) or error_message is not null'
      else 'is_root is not false'
    end
      || case when judges ~ 'key' and slot = '_1' then ' or error_message is not null' else '' end,
    '_N',
    slot
  ) as rows_judged,
  format(
    'select %L::text as check_id, %L::text as title, %L::text as severity, %L::interval as limit_override,'
      ' %L::boolean as passes_without_root_password, case when error_message is null then %L::text end as credential,'
      ' case %s end as status, case %s end as reason',
    check_id,
    title,
    severity,
    limit_override,
    passes_without_root_password,
    replace(credential, '_N', slot),
    pg_temp.iam_written(statuses, :'schema', slot, setting, limit_override, passes_without_root_password),
    pg_temp.iam_written(reasons, :'schema', slot, setting, limit_override, passes_without_root_password)
  ) as query
from
  (select row_number() over () as place, source.* from pg_temp.iam_check_source as source) as source
  join (
    select check_id, null::interval as limit_override, false as passes_without_root_password
    from pg_temp.iam_check_source
    union
    select check_id, limit_override, passes_without_root_password
    from :"schema".iam_benchmark_control
  ) as variant using (check_id)
  cross join lateral (
    select
      string_agg(format('when %s then %L', condition, status), ' ' order by place) as statuses,
      string_agg(format('when %s then %s', condition, reason), ' ' order by place) as reasons
    from (
      select
        place,
        case rule[place][1] when 'later' then 'skip' else rule[place][1] end as status,
        case rule[place][1] when 'later' then rule[place][2] || ' > latest' else rule[place][2] end as condition,
        case rule[place][1]
          when 'later' then format('''The report has %1$s '' || iam_ago(%1$s, now) || now_note', rule[place][2])
          else rule[place][3]
        end as reason
      from (
        select case judges
          when 'account' then source.rule
          else array[['error', 'error_message is not null', 'error_message']] || source.rule
        end as rule
      ) as whole
        cross join lateral generate_subscripts(rule, 1) as place
    ) as branch
  ) as branches
  cross join lateral unnest(case when judges ~ 'key' then array['_1', '_2'] else array['_N'] end) as slot;

do $do$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  exempt constant text := format(
    'case when rule.exemptions is not null and judged.status = ''alarm'' then'
      ' %I.iam_exempt(rule.exemptions, judged.check_id, report.account_id, report.user_name) end',
    schema
  );
  limits text;
  current_limits text;
  forgotten text;
  view record;
begin
  execute format(
    'create or replace view %I.iam_check as select check_id, title, description, severity, remediation, setting'
      ' from (values %s) as known (check_id, title, description, severity, remediation, setting)',
    schema,
    (
      select string_agg(
        format('(%L, %L, %L, %L, %L, %L)', check_id, title, description, severity, remediation, setting), ', '
      )
      from pg_temp.iam_check_source
    )
  );

  -- The rows may be of a role that may not read iam_check.
  execute format(
    $function$
      create or replace function %1$I.iam_validate_exemption() returns trigger
        language plpgsql
        set search_path = pg_catalog, pg_temp
        set standard_conforming_strings = on  -- whatever the session's is when PL/pgSQL first reads the function
      as $body$
      declare
        known constant text[] := %2$L;
        nearest text;
      begin
        if exists (select from unnest(known) as check_id where check_id like new.check_id) then
          return null;
        end if;
        nearest := %1$I.iam_nearest(replace(new.check_id, '\', ''), known);
        raise exception 'no check matches "%%"', new.check_id using
          errcode = 'check_violation',
          hint = case
            when nearest is null then 'The view iam_check lists the checks. In a pattern, %% is any text.'
            else 'Perhaps you meant "' || nearest || '".'
          end;
      end
      $body$
    $function$,
    schema,
    (select array_agg(check_id) from pg_temp.iam_check_source)
  );
  execute format('drop trigger if exists iam_exemption_check on %I.iam_exemption', schema);
  -- after the constraints, which refuse what LIKE would
  execute format(
    'create trigger iam_exemption_check after insert or update of check_id on %1$I.iam_exemption'
      ' for each row execute function %1$I.iam_validate_exemption()',
    schema
  );
  for forgotten in execute format(
    'select distinct check_id from %1$I.iam_exemption as exemption'
      ' where not exists (select from pg_temp.iam_check_source as known where known.check_id like exemption.check_id)'
      ' order by 1',
    schema
  ) loop
    raise warning 'exemptions of "%" match no check', forgotten using
      hint = 'They have no effect. The view iam_check lists the checks.';
  end loop;

  select
    string_agg(format('%1$I, %2$I.iam_span(%1$I) as %3$I', setting, schema, setting || '_text'), ', '),
    string_agg(format('max(current_value) filter (where name = %1$L) as %1$I', setting), ', ')
  into limits, current_limits
  from (select distinct setting from pg_temp.iam_check_source where setting is not null) as used;

  for view in
    select
      name,
      more_columns,
      string_agg(format('select * from (%s) as judged where %s', queries, rows_judged), ' union all ' order by place) as arms
    from
      (
        values
          ('iam_check_result', false, ''),
          ('iam_verdict', true, ', judged.limit_override, judged.passes_without_root_password')
      ) as view (name, has_benchmarks, more_columns)
      cross join lateral (
        select rows_judged, min(place) as place, string_agg(query, ' union all ' order by place, is_of_benchmark) as queries
        from pg_temp.iam_check_arm
        where has_benchmarks or not is_of_benchmark
        group by rows_judged
      ) as groups
    group by name, more_columns
  loop
    execute format(
      $view$
        create or replace view %1$I.%2$I with (security_barrier) as
        select
          judged.check_id,
          judged.title,
          judged.severity,
          case when %3$s is null then judged.status else 'skip' end as status,
          coalesce(%3$s || '. ', '') || judged.reason as reason,
          coalesce(report.user_arn, report.account_id, 'unknown account') as resource,
          report.account_id,
          report.account_name,
          report.user_name,
          judged.credential,
          report.generated_time%4$s
        from
          (
            select now, now + interval '1 hour' as latest, now_note, %5$s, exemptions
            from
              (select %1$I.iam_now() as now, %6$s from %1$I.iam_setting) as setting
              cross join (
                select case
                  when %1$I.iam_moment('now') is not null then ' (iam_fdw.now is set)'
                  when %1$I.iam_moment('report_at') is not null then ' (iam_fdw.report_at is set)'
                  else ''
                end as now_note
              ) as note
              cross join (
                -- those that last longest first
                select array_agg(exemption order by expires_at desc nulls first, reason, owner) as exemptions
                from %1$I.iam_exemption as exemption
                where expires_at is null or expires_at > %1$I.iam_now()
              ) as exempt
            offset 0
          ) as rule
          cross join %1$I.iam_report_or_error as report
          cross join lateral (%7$s) as judged
      $view$,
      schema,
      view.name,
      exempt,
      view.more_columns,
      limits,
      current_limits,
      view.arms
    );
  end loop;
end
$do$;
drop function pg_temp.iam_written(text, text, text, text, interval, boolean);
drop table pg_temp.iam_check_arm, pg_temp.iam_check_source;
comment on function :"schema".iam_validate_exemption() is
  'Refuses an exemption whose check_id matches no check, such as a misspelled one: it would have no effect';
comment on view :"schema".iam_check is 'The catalogue of checks: what iam_check_result judges';
comment on column :"schema".iam_check.check_id is 'The name of the check';
comment on column :"schema".iam_check.title is 'What is right';
comment on column :"schema".iam_check.description is 'Why, and what the report can tell of it';
comment on column :"schema".iam_check.severity is 'How bad it is where it is not: critical, high, medium, low or info';
comment on column :"schema".iam_check.remediation is 'What to do about an alarm';
comment on column :"schema".iam_check.setting is 'The limit in iam_setting that it measures by. Null when there is none';

comment on view :"schema".iam_verdict is
  'What iam_benchmark_result is made from: every check, by the settings and by each limit of a benchmark';
comment on column :"schema".iam_verdict.limit_override is
  'The limit of a benchmark that it was judged by. Null: the settings';
comment on column :"schema".iam_verdict.passes_without_root_password is
  'Whether it was judged as in a benchmark that asks no MFA of a root user without a password';

comment on view :"schema".iam_check_result is
  'One row for each check and each thing that it judges, right ones included; one for each check of an account that could not be read';
comment on column :"schema".iam_check_result.check_id is 'The check, see iam_check';
comment on column :"schema".iam_check_result.title is 'What is right';
comment on column :"schema".iam_check_result.severity is 'How bad an alarm is: critical, high, medium, low or info';
comment on column :"schema".iam_check_result.status is
  'ok, alarm, info (look at it), skip (the report does not tell, or it is exempt), error (the account could not be read)';
comment on column :"schema".iam_check_result.reason is 'The facts that decided, in one sentence. Never null';
comment on column :"schema".iam_check_result.resource is
  'The ARN of the user that was judged; the id of an account that could not be read';
comment on column :"schema".iam_check_result.credential is
  'The credential that was judged: password, access_key_1 or access_key_2. Null when it is the user as a whole';

create or replace view :"schema".iam_check_summary with (security_barrier) as
select
  account.account_id,
  account.account_name,
  known.check_id,
  known.title,
  known.severity,
  coalesce(counted.ok, 0) as ok,
  coalesce(counted.alarm, 0) as alarm,
  coalesce(counted.info, 0) as info,
  coalesce(counted.skip, 0) as skip,
  coalesce(counted.error, 0) as error
from
  (
    select
      account_id,
      min(account_name collate "C") collate "default" as account_name,
      array_agg(check_id) as check_ids,
      array_agg(ok) as ok,
      array_agg(alarm) as alarm,
      array_agg(info) as info,
      array_agg(skip) as skip,
      array_agg(error) as error
    from (
      select
        account_id,
        -- an account has one name; "C" compares quickest
        min(account_name collate "C") collate "default" as account_name,
        check_id,
        count(*) filter (where status = 'ok') as ok,
        count(*) filter (where status = 'alarm') as alarm,
        count(*) filter (where status = 'info') as info,
        count(*) filter (where status = 'skip') as skip,
        count(*) filter (where status = 'error') as error
      from :"schema".iam_check_result
      group by account_id, check_id
    ) as counts
    group by account_id
  ) as account
  cross join :"schema".iam_check as known
  left join lateral unnest(
    account.check_ids, account.ok, account.alarm, account.info, account.skip, account.error
  ) as counted (check_id, ok, alarm, info, skip, error) on counted.check_id = known.check_id;
comment on view :"schema".iam_check_summary is
  'How many results of each status each check has in each account: zeros where there was nothing to judge';
comment on column :"schema".iam_check_summary.ok is 'How many are right';
comment on column :"schema".iam_check_summary.alarm is 'How many are not';
comment on column :"schema".iam_check_summary.info is 'How many are to be looked at';
comment on column :"schema".iam_check_summary.skip is 'How many could not be judged, or are exempt';
comment on column :"schema".iam_check_summary.error is 'Not 0 when the account could not be read';

create or replace view :"schema".iam_benchmark_result with (security_barrier) as
select
  control.benchmark,
  control.control,
  control.title as control_title,
  control.level,
  verdict.check_id,
  verdict.title,
  verdict.severity,
  verdict.status,
  verdict.reason,
  verdict.resource,
  verdict.account_id,
  verdict.account_name,
  verdict.user_name,
  verdict.credential,
  verdict.generated_time
from
  :"schema".iam_verdict as verdict
  join :"schema".iam_benchmark_control as control
    on control.check_id = verdict.check_id
    and control.limit_override is not distinct from verdict.limit_override
    and control.passes_without_root_password = verdict.passes_without_root_password;
comment on view :"schema".iam_benchmark_result is
  'The results of iam_check_result by the controls of each benchmark, each judged by the limit that its text names';
comment on column :"schema".iam_benchmark_result.control_title is 'The title of the control';
