-- The checks and their results: comments on the generated views, and the counts by account.
comment on view :"schema".iam_check is 'The catalogue of checks: what iam_check_result judges';
comment on column :"schema".iam_check.check_id is 'The name of the check';
comment on column :"schema".iam_check.title is 'What is right';
comment on column :"schema".iam_check.description is 'Why, and what the report can tell of it';
comment on column :"schema".iam_check.severity is 'How bad it is where it is not: critical, high, medium, low or info';
comment on column :"schema".iam_check.remediation is 'What to do about an alarm';
comment on column :"schema".iam_check.setting is 'The limit in iam_setting that it measures by. Null when there is none';

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
        -- an account has one name; the collation "C" is the quickest
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
