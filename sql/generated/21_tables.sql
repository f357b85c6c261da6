-- Written by make generate from iam_fdw/tables/: do not edit.

create foreign table if not exists :"schema".aws_iam_credential_report:suffix (
  user_name text,
  user_arn text,
  user_creation_time timestamptz,
  generated_time timestamptz,
  access_key_1_active boolean,
  access_key_1_last_rotated timestamptz,
  access_key_1_last_used_date timestamptz,
  access_key_1_last_used_region text,
  access_key_1_last_used_service text,
  access_key_2_active boolean,
  access_key_2_last_rotated timestamptz,
  access_key_2_last_used_date timestamptz,
  access_key_2_last_used_region text,
  access_key_2_last_used_service text,
  cert_1_active boolean,
  cert_1_last_rotated timestamptz,
  cert_2_active boolean,
  cert_2_last_rotated timestamptz,
  mfa_active boolean,
  password_enabled boolean,
  password_last_changed timestamptz,
  password_last_used timestamptz,
  password_status text,
  password_next_rotation timestamptz,
  partition text,
  region text,
  account_id text,
  account_name text,
  is_root boolean,
  additional_credentials_info text,
  raw jsonb
)
  server :"server"
  options (table 'aws_iam_credential_report');
alter foreign table :"schema".aws_iam_credential_report:suffix
  add column if not exists user_name text,
  add column if not exists user_arn text,
  add column if not exists user_creation_time timestamptz,
  add column if not exists generated_time timestamptz,
  add column if not exists access_key_1_active boolean,
  add column if not exists access_key_1_last_rotated timestamptz,
  add column if not exists access_key_1_last_used_date timestamptz,
  add column if not exists access_key_1_last_used_region text,
  add column if not exists access_key_1_last_used_service text,
  add column if not exists access_key_2_active boolean,
  add column if not exists access_key_2_last_rotated timestamptz,
  add column if not exists access_key_2_last_used_date timestamptz,
  add column if not exists access_key_2_last_used_region text,
  add column if not exists access_key_2_last_used_service text,
  add column if not exists cert_1_active boolean,
  add column if not exists cert_1_last_rotated timestamptz,
  add column if not exists cert_2_active boolean,
  add column if not exists cert_2_last_rotated timestamptz,
  add column if not exists mfa_active boolean,
  add column if not exists password_enabled boolean,
  add column if not exists password_last_changed timestamptz,
  add column if not exists password_last_used timestamptz,
  add column if not exists password_status text,
  add column if not exists password_next_rotation timestamptz,
  add column if not exists partition text,
  add column if not exists region text,
  add column if not exists account_id text,
  add column if not exists account_name text,
  add column if not exists is_root boolean,
  add column if not exists additional_credentials_info text,
  add column if not exists raw jsonb;

create foreign table if not exists :"schema".aws_iam_credential_report_status:suffix (
  account_id text,
  account_name text,
  state text,
  generated_time timestamptz,
  users bigint,
  origin text,
  error_code text,
  error_message text,
  checked_at timestamptz,
  duration_ms bigint,
  snapshot_time timestamptz
)
  server :"server"
  options (table 'aws_iam_credential_report_status');
alter foreign table :"schema".aws_iam_credential_report_status:suffix
  add column if not exists account_id text,
  add column if not exists account_name text,
  add column if not exists state text,
  add column if not exists generated_time timestamptz,
  add column if not exists users bigint,
  add column if not exists origin text,
  add column if not exists error_code text,
  add column if not exists error_message text,
  add column if not exists checked_at timestamptz,
  add column if not exists duration_ms bigint,
  add column if not exists snapshot_time timestamptz;

create foreign table if not exists :"schema".aws_iam_credential_report_or_error:suffix (
  user_name text,
  user_arn text,
  user_creation_time timestamptz,
  generated_time timestamptz,
  access_key_1_active boolean,
  access_key_1_last_rotated timestamptz,
  access_key_1_last_used_date timestamptz,
  access_key_1_last_used_region text,
  access_key_1_last_used_service text,
  access_key_2_active boolean,
  access_key_2_last_rotated timestamptz,
  access_key_2_last_used_date timestamptz,
  access_key_2_last_used_region text,
  access_key_2_last_used_service text,
  cert_1_active boolean,
  cert_1_last_rotated timestamptz,
  cert_2_active boolean,
  cert_2_last_rotated timestamptz,
  mfa_active boolean,
  password_enabled boolean,
  password_last_changed timestamptz,
  password_last_used timestamptz,
  password_status text,
  password_next_rotation timestamptz,
  partition text,
  region text,
  account_id text,
  account_name text,
  is_root boolean,
  additional_credentials_info text,
  raw jsonb,
  error_code text,
  error_message text,
  unknown_columns text[]
)
  server :"server"
  options (table 'aws_iam_credential_report_or_error');
alter foreign table :"schema".aws_iam_credential_report_or_error:suffix
  add column if not exists user_name text,
  add column if not exists user_arn text,
  add column if not exists user_creation_time timestamptz,
  add column if not exists generated_time timestamptz,
  add column if not exists access_key_1_active boolean,
  add column if not exists access_key_1_last_rotated timestamptz,
  add column if not exists access_key_1_last_used_date timestamptz,
  add column if not exists access_key_1_last_used_region text,
  add column if not exists access_key_1_last_used_service text,
  add column if not exists access_key_2_active boolean,
  add column if not exists access_key_2_last_rotated timestamptz,
  add column if not exists access_key_2_last_used_date timestamptz,
  add column if not exists access_key_2_last_used_region text,
  add column if not exists access_key_2_last_used_service text,
  add column if not exists cert_1_active boolean,
  add column if not exists cert_1_last_rotated timestamptz,
  add column if not exists cert_2_active boolean,
  add column if not exists cert_2_last_rotated timestamptz,
  add column if not exists mfa_active boolean,
  add column if not exists password_enabled boolean,
  add column if not exists password_last_changed timestamptz,
  add column if not exists password_last_used timestamptz,
  add column if not exists password_status text,
  add column if not exists password_next_rotation timestamptz,
  add column if not exists partition text,
  add column if not exists region text,
  add column if not exists account_id text,
  add column if not exists account_name text,
  add column if not exists is_root boolean,
  add column if not exists additional_credentials_info text,
  add column if not exists raw jsonb,
  add column if not exists error_code text,
  add column if not exists error_message text,
  add column if not exists unknown_columns text[];

create foreign table if not exists :"schema".aws_iam_credential_report_snapshot:suffix (
  user_name text,
  user_arn text,
  user_creation_time timestamptz,
  generated_time timestamptz,
  access_key_1_active boolean,
  access_key_1_last_rotated timestamptz,
  access_key_1_last_used_date timestamptz,
  access_key_1_last_used_region text,
  access_key_1_last_used_service text,
  access_key_2_active boolean,
  access_key_2_last_rotated timestamptz,
  access_key_2_last_used_date timestamptz,
  access_key_2_last_used_region text,
  access_key_2_last_used_service text,
  cert_1_active boolean,
  cert_1_last_rotated timestamptz,
  cert_2_active boolean,
  cert_2_last_rotated timestamptz,
  mfa_active boolean,
  password_enabled boolean,
  password_last_changed timestamptz,
  password_last_used timestamptz,
  password_status text,
  password_next_rotation timestamptz,
  partition text,
  region text,
  account_id text,
  account_name text,
  is_root boolean,
  additional_credentials_info text,
  raw jsonb,
  error_code text,
  error_message text,
  unknown_columns text[],
  snapshot_uri text
)
  server :"server"
  options (table 'aws_iam_credential_report_snapshot');
alter foreign table :"schema".aws_iam_credential_report_snapshot:suffix
  add column if not exists user_name text,
  add column if not exists user_arn text,
  add column if not exists user_creation_time timestamptz,
  add column if not exists generated_time timestamptz,
  add column if not exists access_key_1_active boolean,
  add column if not exists access_key_1_last_rotated timestamptz,
  add column if not exists access_key_1_last_used_date timestamptz,
  add column if not exists access_key_1_last_used_region text,
  add column if not exists access_key_1_last_used_service text,
  add column if not exists access_key_2_active boolean,
  add column if not exists access_key_2_last_rotated timestamptz,
  add column if not exists access_key_2_last_used_date timestamptz,
  add column if not exists access_key_2_last_used_region text,
  add column if not exists access_key_2_last_used_service text,
  add column if not exists cert_1_active boolean,
  add column if not exists cert_1_last_rotated timestamptz,
  add column if not exists cert_2_active boolean,
  add column if not exists cert_2_last_rotated timestamptz,
  add column if not exists mfa_active boolean,
  add column if not exists password_enabled boolean,
  add column if not exists password_last_changed timestamptz,
  add column if not exists password_last_used timestamptz,
  add column if not exists password_status text,
  add column if not exists password_next_rotation timestamptz,
  add column if not exists partition text,
  add column if not exists region text,
  add column if not exists account_id text,
  add column if not exists account_name text,
  add column if not exists is_root boolean,
  add column if not exists additional_credentials_info text,
  add column if not exists raw jsonb,
  add column if not exists error_code text,
  add column if not exists error_message text,
  add column if not exists unknown_columns text[],
  add column if not exists snapshot_uri text;

create foreign table if not exists :"schema".aws_iam_credential_report_snapshot_list:suffix (
  account_id text,
  generated_time timestamptz,
  snapshot_uri text
)
  server :"server"
  options (table 'aws_iam_credential_report_snapshot_list');
alter foreign table :"schema".aws_iam_credential_report_snapshot_list:suffix
  add column if not exists account_id text,
  add column if not exists generated_time timestamptz,
  add column if not exists snapshot_uri text;

create foreign table if not exists :"schema".aws_iam_account_summary:suffix (
  access_keys_per_user_quota bigint,
  account_access_keys_present bigint,
  account_mfa_enabled boolean,
  account_password_present bigint,
  account_signing_certificates_present bigint,
  assume_role_policy_size_quota bigint,
  attached_policies_per_group_quota bigint,
  attached_policies_per_role_quota bigint,
  attached_policies_per_user_quota bigint,
  global_endpoint_token_version bigint,
  group_policy_size_quota bigint,
  groups bigint,
  groups_per_user_quota bigint,
  groups_quota bigint,
  instance_profiles bigint,
  instance_profiles_quota bigint,
  mfa_devices bigint,
  mfa_devices_in_use bigint,
  policies bigint,
  policies_quota bigint,
  policy_size_quota bigint,
  policy_versions_in_use bigint,
  policy_versions_in_use_quota bigint,
  providers bigint,
  role_policy_size_quota bigint,
  roles bigint,
  roles_quota bigint,
  server_certificates bigint,
  server_certificates_quota bigint,
  signing_certificates_per_user_quota bigint,
  user_policy_size_quota bigint,
  users bigint,
  users_quota bigint,
  versions_per_policy_quota bigint,
  partition text,
  region text,
  account_id text,
  account_name text,
  fetched_at timestamptz
)
  server :"server"
  options (table 'aws_iam_account_summary');
alter foreign table :"schema".aws_iam_account_summary:suffix
  add column if not exists access_keys_per_user_quota bigint,
  add column if not exists account_access_keys_present bigint,
  add column if not exists account_mfa_enabled boolean,
  add column if not exists account_password_present bigint,
  add column if not exists account_signing_certificates_present bigint,
  add column if not exists assume_role_policy_size_quota bigint,
  add column if not exists attached_policies_per_group_quota bigint,
  add column if not exists attached_policies_per_role_quota bigint,
  add column if not exists attached_policies_per_user_quota bigint,
  add column if not exists global_endpoint_token_version bigint,
  add column if not exists group_policy_size_quota bigint,
  add column if not exists groups bigint,
  add column if not exists groups_per_user_quota bigint,
  add column if not exists groups_quota bigint,
  add column if not exists instance_profiles bigint,
  add column if not exists instance_profiles_quota bigint,
  add column if not exists mfa_devices bigint,
  add column if not exists mfa_devices_in_use bigint,
  add column if not exists policies bigint,
  add column if not exists policies_quota bigint,
  add column if not exists policy_size_quota bigint,
  add column if not exists policy_versions_in_use bigint,
  add column if not exists policy_versions_in_use_quota bigint,
  add column if not exists providers bigint,
  add column if not exists role_policy_size_quota bigint,
  add column if not exists roles bigint,
  add column if not exists roles_quota bigint,
  add column if not exists server_certificates bigint,
  add column if not exists server_certificates_quota bigint,
  add column if not exists signing_certificates_per_user_quota bigint,
  add column if not exists user_policy_size_quota bigint,
  add column if not exists users bigint,
  add column if not exists users_quota bigint,
  add column if not exists versions_per_policy_quota bigint,
  add column if not exists partition text,
  add column if not exists region text,
  add column if not exists account_id text,
  add column if not exists account_name text,
  add column if not exists fetched_at timestamptz;

create foreign table if not exists :"schema".aws_iam_account_summary_status:suffix (
  account_id text,
  account_name text,
  state text,
  fetched_at timestamptz,
  row_count bigint,
  origin text,
  error_code text,
  error_message text,
  checked_at timestamptz,
  duration_ms bigint
)
  server :"server"
  options (table 'aws_iam_account_summary_status');
alter foreign table :"schema".aws_iam_account_summary_status:suffix
  add column if not exists account_id text,
  add column if not exists account_name text,
  add column if not exists state text,
  add column if not exists fetched_at timestamptz,
  add column if not exists row_count bigint,
  add column if not exists origin text,
  add column if not exists error_code text,
  add column if not exists error_message text,
  add column if not exists checked_at timestamptz,
  add column if not exists duration_ms bigint;

\if :is_multicorn
create or replace view :"schema".aws_iam_credential_report with (security_barrier) as
select * from :"schema".aws_iam_credential_report_foreign offset 0;
comment on foreign table :"schema".aws_iam_credential_report_foreign is
  'What the view aws_iam_credential_report reads';

create or replace view :"schema".aws_iam_credential_report_status with (security_barrier) as
select * from :"schema".aws_iam_credential_report_status_foreign offset 0;
comment on foreign table :"schema".aws_iam_credential_report_status_foreign is
  'What the view aws_iam_credential_report_status reads';

create or replace view :"schema".aws_iam_credential_report_or_error with (security_barrier) as
select * from :"schema".aws_iam_credential_report_or_error_foreign offset 0;
comment on foreign table :"schema".aws_iam_credential_report_or_error_foreign is
  'What the view aws_iam_credential_report_or_error reads';

create or replace view :"schema".aws_iam_credential_report_snapshot with (security_barrier) as
select * from :"schema".aws_iam_credential_report_snapshot_foreign offset 0;
comment on foreign table :"schema".aws_iam_credential_report_snapshot_foreign is
  'What the view aws_iam_credential_report_snapshot reads';

create or replace view :"schema".aws_iam_credential_report_snapshot_list with (security_barrier) as
select * from :"schema".aws_iam_credential_report_snapshot_list_foreign offset 0;
comment on foreign table :"schema".aws_iam_credential_report_snapshot_list_foreign is
  'What the view aws_iam_credential_report_snapshot_list reads';

create or replace view :"schema".aws_iam_account_summary with (security_barrier) as
select * from :"schema".aws_iam_account_summary_foreign offset 0;
comment on foreign table :"schema".aws_iam_account_summary_foreign is
  'What the view aws_iam_account_summary reads';

create or replace view :"schema".aws_iam_account_summary_status with (security_barrier) as
select * from :"schema".aws_iam_account_summary_status_foreign offset 0;
comment on foreign table :"schema".aws_iam_account_summary_status_foreign is
  'What the view aws_iam_account_summary_status reads';

\endif
