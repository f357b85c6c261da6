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
comment on view :"schema".iam_change is
  'What changed from report to report: a row for each field of a user, and for each user that came or went';
comment on column :"schema".iam_change.change is 'created or deleted (the user), or changed (a field)';
comment on column :"schema".iam_change.field is 'The field, as AWS names it in the report. Null when the user came or went';
comment on column :"schema".iam_change.old_value is 'What the report had before, as AWS wrote it. Null: no such field';
comment on column :"schema".iam_change.new_value is 'What it has since, as AWS wrote it. Null: no such field';
comment on column :"schema".iam_change.seen_at is 'When AWS made the first report that shows it';
comment on column :"schema".iam_change.not_before is
  'When AWS made the report before that one: it changed between the two. Null when there is none';
