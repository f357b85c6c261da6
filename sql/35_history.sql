-- What the reports told over time. A state of a user stands once, from the first report that has it to the first that has
-- it no more: an unchanged report costs no row. The rows are the user's own, as those of iam_exemption are.
create table if not exists :"schema".iam_history (
  account_id text not null,
  user_name text not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  primary key (account_id, user_name, valid_from),
  check (valid_from < valid_to)
);
create table if not exists :"schema".iam_history_account (
  account_id text not null primary key,
  account_name text,
  first_time timestamptz not null,
  last_time timestamptz not null
);
create table if not exists :"schema".iam_history_report (
  account_id text not null,
  month date not null,
  generated_times timestamptz[] not null,
  primary key (account_id, month)
);

-- iam_history has the columns of the report as they are declared, and gets those that it lacks.
do $do$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  report constant regclass := format('%I.aws_iam_credential_report_or_error', schema)::regclass;
  -- Multicorn's conditions choose reports in the foreign table, not in its view
  suffix constant text := case current_setting('iam_fdw.install_engine') when 'multicorn' then '_foreign' else '' end;
  history constant regclass := format('%I.iam_history', schema)::regclass;
  no_state constant text[] := array['account_id', 'user_name', 'generated_time', 'account_name', 'error_code', 'error_message'];
  lacking record;
  relation record;
  state text;
  past text;
begin
  for lacking in
    select attname, format_type(atttypid, atttypmod) as type
    from pg_attribute as declared
    where attrelid = report
      and attnum > 0
      and not attisdropped
      and attname <> all (no_state)
      and not exists (
        select
        from pg_attribute as present
        where present.attrelid = history and present.attname = declared.attname and not present.attisdropped
      )
    order by attnum
  loop
    execute format('alter table %s add column %I %s', history, lacking.attname, lacking.type);
  end loop;
  select
    string_agg(format('%I', attname), ', ' order by attnum) filter (where attname <> all (no_state)),
    string_agg(
      case
        when attname in ('error_code', 'error_message') then 'null'
        when attname = 'generated_time' then 'report.generated_time'
        when attname = 'account_name' then 'account.account_name'
        else format('history.%I', attname)
      end,
      ', ' order by attnum
    )
  into state, past
  from pg_attribute
  where attrelid = report and attnum > 0 and not attisdropped;

  -- of an earlier version: an interval does not tell that a number had no unit
  execute format('drop procedure if exists %I.iam_record_history(boolean, interval)', schema);
  execute format(
    $function$
      create or replace procedure %1$I.iam_record_history(from_snapshots boolean default false, keep text default null)
        language plpgsql
        set search_path = pg_catalog, pg_temp
        set timezone = 'UTC'
        set plan_cache_mode = force_custom_plan  -- conditions of constants choose the snapshots
        set jit = off
        set enable_nestloop = off  -- how many rows a report has is not known before
      as $body$
      declare
        chunk record;
        problem text;
        problems text[];
        all_problems text[] := '{}';
        reports bigint;
        all_reports bigint := 0;
        read_accounts bigint;
        all_accounts bigint := 0;
        begun bigint;
        all_begun bigint := 0;
        kept_from timestamptz;
        deleted_states bigint;
        deleted_reports bigint;
      begin
        begin
          -- PostgreSQL reads a number without a unit as seconds, and "6 m" as minutes, which nobody means
          if keep ~ '[[:alpha:]]' then
            kept_from := clock_timestamp() - keep::interval;
          end if;
        exception when data_exception then
          null;
        end;
        if keep is not null and coalesce(not isfinite(kept_from) or kept_from > clock_timestamp() - interval '1 day', true) then
          raise exception 'invalid value for parameter "keep": "%%"', keep using
            errcode = 'invalid_parameter_value',
            hint = 'Give an interval with its unit, of a day or more, such as "2 years".';
        end if;
        -- A snapshot of the transaction, taken before the lock, would not show what another session recorded meanwhile.
        if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
          raise exception 'cannot record history in a transaction of isolation level "%%"',
            current_setting('transaction_isolation') using
            errcode = 'invalid_transaction_state',
            hint = 'Use read committed: alter role ... set default_transaction_isolation = ''read committed''.';
        end if;
        -- Two that record at once record once: the second waits, and finds nothing new. Who reads waits for nobody.
        lock table %1$I.iam_history_account in share row exclusive mode;

        -- reports of theirs would be taken for older ones, and left out
        all_problems := array(
          select 'account ' || account_id || ': its history ends on ' || last_time || ', which is in the future'
          from %1$I.iam_history_account
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
          -- or what is saved, in order of time, so much at once as memory and disk bear
          (
            select account_id, min(generated_time), max(generated_time), count(*)
            from (
              select
                saved.account_id,
                saved.generated_time,
                (row_number() over (partition by saved.account_id order by saved.generated_time) - 1) / 90 as part
              from %1$I.aws_iam_credential_report_snapshot_list%4$s as saved
                left join %1$I.iam_history_account as known on known.account_id = saved.account_id
              where from_snapshots and (known.last_time is null or saved.generated_time > known.last_time)
            ) as parts
            group by account_id, part
            order by account_id, part
          )
        loop
          with
            report as materialized (
              select *, sha256(convert_to(raw::text, 'UTF8')) as state
              from (
                select account_id, user_name, account_name, generated_time, error_code, error_message, %2$s
                from %1$I.aws_iam_credential_report_or_error
                where chunk.account_id is null
                union all
                select
                  account_id,
                  user_name,
                  account_name,
                  generated_time,
                  error_code,
                  coalesce(snapshot_uri || ': ', '') || error_message,
                  %2$s
                from %1$I.aws_iam_credential_report_snapshot%4$s
                where account_id = chunk.account_id
                  and generated_time >= chunk.first_time
                  and generated_time <= chunk.last_time
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
                left join %1$I.iam_history_account as known on known.account_id = read.account_id
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
                  select account_id, user_name, 0 as number, sha256(convert_to(raw::text, 'UTF8')) as state
                  from %1$I.iam_history
                  where valid_to is null
                    and (chunk.account_id is null or account_id = chunk.account_id)
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
              update %1$I.iam_history as history
              set valid_to = spans.valid_to
              from spans
              where spans.first = 0
                and spans.valid_to is not null
                and history.account_id = spans.account_id
                and history.user_name = spans.user_name
                and history.valid_to is null
                and (chunk.account_id is null or history.account_id = chunk.account_id)
            ),
            begun as (
              insert into %1$I.iam_history (account_id, user_name, valid_from, valid_to, %2$s)
              select distinct on (account_id, user_name, spans.valid_from)
                account_id, user_name, spans.valid_from, spans.valid_to, %2$s
              from spans join report using (account_id, user_name)
              where spans.first > 0 and report.generated_time = spans.valid_from
              returning 1
            ),
            known as (
              insert into %1$I.iam_history_account as known (account_id, account_name, first_time, last_time)
              select account_id, max(account_name), min(generated_time), max(generated_time)
              from new
              group by account_id
              on conflict (account_id) do update
              set
                account_name = coalesce(excluded.account_name, known.account_name),
                last_time = excluded.last_time
            ),
            times as (
              insert into %1$I.iam_history_report as known (account_id, month, generated_times)
              select account_id, date_trunc('month', generated_time), array_agg(generated_time order by generated_time)
              from new
              group by 1, 2
              on conflict (account_id, month) do update
              set generated_times = known.generated_times || excluded.generated_times
            )
          select
            (select count(*) from new),
            (
              select count(*)
              from read left join %1$I.iam_history_account as known on known.account_id = read.account_id
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
              where chunk.account_id is not null and error_code !~ '^(22|54)...$'
              having count(*) > 0
                or (select count(distinct generated_time) from read) < chunk.reports
            ),
            array(
              select coalesce(
                error_message,
                'account ' || account_id
                  || case
                    when is_to_come then ': the report is of ' || generated_time || ', which is in the future'
                    else ': it is not known when the report was made'
                  end
              )
              from read
              where error_message is not null or generated_time is null or is_to_come
              order by account_id, generated_time
            )
          into reports, read_accounts, begun, problem, problems;
          if problem is not null then
            raise exception 'could not read the saved reports of account %%', chunk.account_id using
              errcode = 'io_error', detail = problem, hint = 'Nothing was recorded. Correct what the DETAIL names, or try again.';
          end if;
          all_reports := all_reports + reports;
          all_accounts := all_accounts + read_accounts;
          all_begun := all_begun + begun;
          all_problems := all_problems || problems;
        end loop;

        if all_accounts = 0 and cardinality(all_problems) > 0 then
          raise exception 'no credential report could be recorded' using
            errcode = 'data_exception',
            detail = array_to_string(all_problems[:20], e'\n'),
            hint = 'Correct what the DETAIL names. The view iam_check_report_freshness has the state of each account.';
        end if;
        foreach problem in array all_problems loop
          raise warning 'not recorded: %%', problem;
        end loop;

        raise notice 'recorded reports: %%, with new states of users: %%', all_reports, all_begun;
        if keep is not null then
          select sum(cardinality(generated_times)) into deleted_reports from %1$I.iam_history_report;
          -- of what was before, the report of that moment is still needed, whole
          delete from %1$I.iam_history where valid_to <= kept_from;
          get diagnostics deleted_states = row_count;
          update %1$I.iam_history_account set first_time = kept_from where first_time < kept_from;
          delete from %1$I.iam_history_report as report
          where exists (
            select from %1$I.iam_history_report as later
            where later.account_id = report.account_id
              and later.month > report.month
              and later.generated_times[1] <= kept_from
          );
          update %1$I.iam_history_report as report
          set generated_times = array(
            select moment
            from unnest(generated_times) as moment
            where moment >= (select max(earlier) from unnest(generated_times) as earlier where earlier <= kept_from)
            order by moment
          )
          where generated_times[2] <= kept_from;
          select coalesce(deleted_reports - sum(cardinality(generated_times)), 0)
          into deleted_reports
          from %1$I.iam_history_report;
          raise notice 'deleted states that were over by %% UTC: %%, and reports: %%',
            date_trunc('second', kept_from at time zone 'UTC'), deleted_states, deleted_reports;
        end if;
      end
      $body$
    $function$,
    schema, state, past, suffix
  );

  execute format(
    $function$
      create or replace function %1$I.iam_report_at(moment timestamptz, or_error boolean default true)
        returns setof %1$I.aws_iam_credential_report_or_error
        language plpgsql
        stable
        set search_path = pg_catalog, pg_temp
        set timezone = 'UTC'
      as $body$
      declare
        unknown text;
      begin
        if moment is null then
          return;
        elsif not exists (select from %1$I.iam_history_account) then
          raise exception 'there is no history of credential reports' using
            errcode = 'no_data_found', hint = %4$L;
        end if;
        -- an account whose history begins later, unless the account itself was made later
        for unknown in
          select account.account_id
          from %1$I.iam_history_account as account
          where account.first_time > moment
            and not exists (
              select
              from %1$I.iam_history as root
              where root.account_id = account.account_id
                and root.user_name = '<root_account>'
                and root.user_creation_time > moment
            )
          order by 1
        loop
          if not or_error then
            raise exception 'there is no history of account %% at %%', unknown, moment using
              errcode = 'no_data_found', hint = 'Choose a later time; iam_history_account tells since when there is history.';
          end if;
          return query
          select (jsonb_populate_record(null::%1$I.aws_iam_credential_report_or_error, jsonb_build_object(
            'account_id', account.account_id,
            'account_name', account.account_name,
            'error_code', '02000',  -- no_data
            'error_message', 'account ' || account.account_id || ': there is no history before ' || account.first_time
          ))).*
          from %1$I.iam_history_account as account
          where account.account_id = unknown;
        end loop;
        return query
        select %3$s
        from %1$I.iam_history_account as account
          cross join lateral (
            select max(made) as generated_time
            from (
              select generated_times
              from %1$I.iam_history_report as report
              where report.account_id = account.account_id and generated_times[1] <= moment
              order by month desc
              limit 1
            ) as month
              cross join unnest(generated_times) as made
            where made <= moment
          ) as report
          join %1$I.iam_history as history on history.account_id = account.account_id
        where account.first_time <= moment
          and tstzrange(history.valid_from, history.valid_to) @> moment;
      end
      $body$
    $function$,
    schema, state, past, format('Record it: call %I.iam_record_history().', schema)
  );

  -- One of two arms is read: the other's condition is no row's, and is asked once, before it begins. A view that hides
  -- nothing needs no barrier, which would have every column read.
  for relation in
    select name, is_or_error, string_agg(quote_ident(attname), ', ' order by attnum) as columns
    from
      (values ('iam_report', false), ('iam_report_or_error', true)) as relation (name, is_or_error)
      join pg_attribute on attrelid = format('%I.aws_%s', schema, replace(name, 'report', 'credential_report'))::regclass
    where attnum > 0 and not attisdropped
    group by 1, 2
  loop
    execute format(
      $view$
        create or replace view %1$I.%2$I as
        select %4$s from %1$I.%3$I where %1$I.iam_validate_settings() and %1$I.iam_moment('report_at') is null
        union all
        select %4$s from %1$I.iam_report_at(%1$I.iam_moment('report_at'), %5$L)
        where %1$I.iam_moment('report_at') is not null
      $view$,
      schema, relation.name, 'aws_' || replace(relation.name, 'report', 'credential_report'), relation.columns, relation.is_or_error
    );
  end loop;
end
$do$;

-- What changed. States of a user that follow each other are compared field by field, as AWS names the fields.
create or replace view :"schema".iam_change with (security_barrier) as
select
  change.account_id,
  account.account_name,
  change.user_name,
  change.user_arn,
  change.change,
  change.field,
  change.old_value,
  change.new_value,
  change.seen_at,
  (
    select made
    from
      (
        select report.generated_times
        from :"schema".iam_history_report as report
        where report.account_id = change.account_id and report.generated_times[1] < change.seen_at
        order by report.month desc
        limit 1
      ) as month
      cross join unnest(month.generated_times) as made
    where made < change.seen_at
    order by made desc
    limit 1
  ) as not_before
from
  (
    select
      state.account_id,
      state.user_name,
      state.user_arn,
      case when earlier.account_id is null then 'created' else 'changed' end as change,
      changed.field,
      changed.old_value,
      changed.new_value,
      state.valid_from as seen_at
    from
      :"schema".iam_history as state
      left join :"schema".iam_history as earlier
        on earlier.account_id = state.account_id
        and earlier.user_name = state.user_name
        and earlier.valid_to = state.valid_from
      cross join lateral (
        select null as field, null as old_value, null as new_value
        where earlier.account_id is null
        union all
        select key, old.value, new.value
        from
          jsonb_each_text(coalesce(earlier.raw, '{}')) as old
          full join jsonb_each_text(coalesce(state.raw, '{}')) as new using (key)
        where earlier.account_id is not null and old.value is distinct from new.value
      ) as changed
    union all
    select state.account_id, state.user_name, state.user_arn, 'deleted', null, null, null, state.valid_to
    from
      :"schema".iam_history as state
      left join :"schema".iam_history as later
        on later.account_id = state.account_id
        and later.user_name = state.user_name
        and later.valid_from = state.valid_to
    where state.valid_to is not null and later.account_id is null
  ) as change
  -- the first report of an account changes nothing
  join :"schema".iam_history_account as account
    on account.account_id = change.account_id
    and account.first_time < change.seen_at;

-- for iam_report_at(), whatever the time that is asked for
create index if not exists iam_history_valid on :"schema".iam_history using gist (tstzrange(valid_from, valid_to));
-- for iam_change
create index if not exists iam_history_valid_from on :"schema".iam_history (valid_from);
create index if not exists iam_history_valid_to on :"schema".iam_history (valid_to, account_id, user_name);

comment on table :"schema".iam_history is
  'The states of each user, as the recorded reports told them: see iam_record_history()';
comment on column :"schema".iam_history.valid_from is 'When AWS made the first report that has this state';
comment on column :"schema".iam_history.valid_to is
  'When AWS made the first report that has it no more. Null: the last one has it';
comment on table :"schema".iam_history_account is 'Of which accounts there is history, from when to when';
comment on column :"schema".iam_history_account.account_name is 'The name of the AWS account, as it was last known';
comment on column :"schema".iam_history_account.first_time is 'Since when iam_report_at() can tell';
comment on column :"schema".iam_history_account.last_time is 'When AWS made the report that was recorded last';
comment on table :"schema".iam_history_report is 'When AWS made each report that was recorded: a row for each account and month';
comment on column :"schema".iam_history_report.month is 'The first day of the month, in UTC';
comment on column :"schema".iam_history_report.generated_times is 'When AWS made the reports, in order of time';
comment on procedure :"schema".iam_record_history(boolean, text) is
  'Record what changed since the last call, in one transaction. from_snapshots: what is saved, not the reports of now. keep: how long to keep what is over, such as 2 years; a day at least. Warns of each account that could not be recorded';
comment on function :"schema".iam_report_at(timestamptz, boolean) is
  'The report of each account as it stood at a moment, recorded before. or_error: an account without history is a row with its error, else an error';
comment on view :"schema".iam_report is
  'The rows of aws_iam_credential_report; where iam_fdw.report_at is set, those of that time';
comment on view :"schema".iam_report_or_error is
  'What the checks judge: the rows of aws_iam_credential_report_or_error; where iam_fdw.report_at is set, those of that time';
comment on view :"schema".iam_change is
  'What changed from report to report: a row for each field of a user, and for each user that came or went';
comment on column :"schema".iam_change.change is 'created or deleted (the user), or changed (a field)';
comment on column :"schema".iam_change.field is 'The field, as AWS names it in the report. Null when the user came or went';
comment on column :"schema".iam_change.old_value is 'What the report had before, as AWS wrote it. Null: no such field';
comment on column :"schema".iam_change.new_value is 'What it has since, as AWS wrote it. Null: no such field';
comment on column :"schema".iam_change.seen_at is 'When AWS made the first report that shows it';
comment on column :"schema".iam_change.not_before is
  'When AWS made the report before that one: it changed between the two. Null when there is none';
