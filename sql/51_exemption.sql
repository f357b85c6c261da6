-- Alarms that are accepted. The rows are the user's: install keeps them, and uninstall refuses to drop them.
create table if not exists :"schema".iam_exemption (
  check_id text not null default '%',
  account_id text not null default '%',
  user_name text not null default '%',
  reason text not null constraint iam_exemption_reason check (reason ~ '[^[:space:]]'),
  owner text,
  expires_at timestamptz,
  -- LIKE raises an error for a pattern that ends with an escape character: every check would fail
  constraint iam_exemption_pattern check (
    check_id !~ '^(.*[^\\])?(\\\\)*\\$' and account_id !~ '^(.*[^\\])?(\\\\)*\\$' and user_name !~ '^(.*[^\\])?(\\\\)*\\$'
  )
);
comment on table :"schema".iam_exemption is
  'Alarms that somebody answers for: iam_check_result calls them skip, with the reason, until they expire';
comment on column :"schema".iam_exemption.check_id is
  'Which checks, as a LIKE pattern that matches one at least: % is any text, _ any character, and a backslash takes that meaning from them';
comment on column :"schema".iam_exemption.account_id is 'In which accounts, as a LIKE pattern';
comment on column :"schema".iam_exemption.user_name is
  'Of which users, as a LIKE pattern; root is <root_account>';
comment on column :"schema".iam_exemption.reason is 'Why. Shown with each result';
comment on column :"schema".iam_exemption.owner is 'Who answers for it';
comment on column :"schema".iam_exemption.expires_at is
  'From when on it counts no more, measured by iam_now(). Null: never';

-- A trigger AFTER the change: the constraints refuse patterns for which LIKE raises an error.
drop trigger if exists iam_exemption_check on :"schema".iam_exemption;
create trigger iam_exemption_check after insert or update of check_id on :"schema".iam_exemption
  for each row execute function :"schema".iam_validate_exemption();

create or replace function :"schema".iam_exempt(
  exemptions :"schema".iam_exemption[], check_id text, account_id text, user_name text
) returns text
  language sql
  stable
  cost 1  -- it is called only for alarms, where there are exemptions: no plan is to be chosen or compiled because of it
  set search_path = pg_catalog, pg_temp
as $$
  select
    'Exempt'
      || coalesce(
        ' until ' || to_char(timezone('UTC', nullif(expires_at, 'infinity')), 'YYYY-MM-DD HH24:MI:SS') || ' UTC', ''
      )
      || coalesce(' by ' || owner, '')
      || ': '
      || reason
  from unnest(exemptions) as exemption
  where
    iam_exempt.check_id like exemption.check_id
    and coalesce(iam_exempt.account_id, '') like exemption.account_id
    and coalesce(iam_exempt.user_name, '') like exemption.user_name
  limit 1
$$;
comment on function :"schema".iam_exempt(:"schema".iam_exemption[], text, text, text) is
  'Until when, by whom and why an alarm is exempt, by the first of these exemptions that matches. Null: it is not';
