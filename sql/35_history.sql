-- What the reports said over time. A state of a user is a row, from the first report that has it to the first that no longer
-- has it: an unchanged report costs no row. The rows are the user's own, as those of iam_exemption are.
--
-- generated/36_history_columns.sql adds the columns of a state to iam_history.
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
