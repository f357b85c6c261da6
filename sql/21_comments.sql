-- Made by: python3 -m iam_fdw.tables > sql/21_comments.sql
comment on :table_kind :"schema".aws_iam_credential_report is
  'The IAM credential report of each account: one row for root and one for each IAM user';
comment on column :"schema".aws_iam_credential_report.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".aws_iam_credential_report.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".aws_iam_credential_report.user_creation_time is
  'When the user was created; for root, when the account was created';
comment on column :"schema".aws_iam_credential_report.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".aws_iam_credential_report.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".aws_iam_credential_report.access_key_1_last_rotated is
  'When access key 1 was created or last changed. Null when there is no access key 1; a deactivated key keeps its date';
comment on column :"schema".aws_iam_credential_report.access_key_1_last_used_date is
  'When access key 1 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".aws_iam_credential_report.access_key_1_last_used_region is
  'The AWS Region of the last use of access key 1. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".aws_iam_credential_report.access_key_1_last_used_service is
  'The AWS service that access key 1 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".aws_iam_credential_report.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".aws_iam_credential_report.access_key_2_last_rotated is
  'When access key 2 was created or last changed. Null when there is no access key 2; a deactivated key keeps its date';
comment on column :"schema".aws_iam_credential_report.access_key_2_last_used_date is
  'When access key 2 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".aws_iam_credential_report.access_key_2_last_used_region is
  'The AWS Region of the last use of access key 2. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".aws_iam_credential_report.access_key_2_last_used_service is
  'The AWS service that access key 2 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".aws_iam_credential_report.cert_1_active is
  'Whether X.509 signing certificate 1 exists and is active. False also for a deactivated one, whose cert_1_last_rotated is then not null';
comment on column :"schema".aws_iam_credential_report.cert_1_last_rotated is
  'When signing certificate 1 was created or last changed. Null when there is no certificate 1; a deactivated one keeps its date';
comment on column :"schema".aws_iam_credential_report.cert_2_active is
  'Whether X.509 signing certificate 2 exists and is active. False also for a deactivated one, whose cert_2_last_rotated is then not null';
comment on column :"schema".aws_iam_credential_report.cert_2_last_rotated is
  'When signing certificate 2 was created or last changed. Null when there is no certificate 2; a deactivated one keeps its date';
comment on column :"schema".aws_iam_credential_report.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".aws_iam_credential_report.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".aws_iam_credential_report.password_last_changed is
  'When the password was last set. Null when there is none, or when AWS does not tell';
comment on column :"schema".aws_iam_credential_report.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".aws_iam_credential_report.password_status is
  'What password_last_used tells: used (a date), never_used (no_information: not since 2014-10-20), not_set (N/A: no password), not_supported (AWS does not tell). Null when the report holds something else, or N/A for a password that is enabled';
comment on column :"schema".aws_iam_credential_report.password_next_rotation is
  'When the account''s password policy requires a new password. Null when it requires none, and for root';
comment on column :"schema".aws_iam_credential_report.partition is
  'The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc';
comment on column :"schema".aws_iam_credential_report.region is
  'Always global: IAM has no Regions';
comment on column :"schema".aws_iam_credential_report.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".aws_iam_credential_report.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".aws_iam_credential_report.is_root is
  'Whether the row is that of the root user of the account';
comment on column :"schema".aws_iam_credential_report.additional_credentials_info is
  'What AWS tells of access keys and signing certificates beyond the two of each that the report lists. Null when it tells nothing';
comment on column :"schema".aws_iam_credential_report.raw is
  'Every field of the report''s row as AWS wrote it, by the name in the report''s header, those included that have no column here';
comment on :table_kind :"schema".aws_iam_credential_report_status is
  'The state of the credential report of each account, whether it could be read or not';
comment on column :"schema".aws_iam_credential_report_status.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".aws_iam_credential_report_status.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".aws_iam_credential_report_status.state is
  'fresh (a report no older than max_age), stale (an older one, or of unknown age), missing (AWS has none), denied (AWS refused access), error (anything else: see error_message)';
comment on column :"schema".aws_iam_credential_report_status.generated_time is
  'When AWS made the report. Null when not known, or there is none';
comment on column :"schema".aws_iam_credential_report_status.users is
  'The number of IAM users in the report, without root. Null when there is none';
comment on column :"schema".aws_iam_credential_report_status.origin is
  'Where the report came from: aws (asked now), cache (the kept copy), file or s3 (a saved report)';
comment on column :"schema".aws_iam_credential_report_status.error_code is
  'The error code of AWS, or the SQLSTATE. Null when there was no error';
comment on column :"schema".aws_iam_credential_report_status.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".aws_iam_credential_report_status.checked_at is
  'When this state was determined';
comment on column :"schema".aws_iam_credential_report_status.duration_ms is
  'How long that took, in milliseconds';
comment on column :"schema".aws_iam_credential_report_status.snapshot_time is
  'When AWS made the newest saved report of the account, as the names in the option snapshots tell. Null without one, where it is damaged, and without that option';
comment on :table_kind :"schema".aws_iam_credential_report_or_error is
  'The rows of aws_iam_credential_report, and one with its error for each account that could not be read: what the checks are made from. Reading it never fails because an account does. An account whose report has no row of root has one of which nothing is known';
comment on column :"schema".aws_iam_credential_report_or_error.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".aws_iam_credential_report_or_error.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".aws_iam_credential_report_or_error.user_creation_time is
  'When the user was created; for root, when the account was created';
comment on column :"schema".aws_iam_credential_report_or_error.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_1_last_rotated is
  'When access key 1 was created or last changed. Null when there is no access key 1; a deactivated key keeps its date';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_1_last_used_date is
  'When access key 1 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_1_last_used_region is
  'The AWS Region of the last use of access key 1. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_1_last_used_service is
  'The AWS service that access key 1 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_2_last_rotated is
  'When access key 2 was created or last changed. Null when there is no access key 2; a deactivated key keeps its date';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_2_last_used_date is
  'When access key 2 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_2_last_used_region is
  'The AWS Region of the last use of access key 2. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".aws_iam_credential_report_or_error.access_key_2_last_used_service is
  'The AWS service that access key 2 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".aws_iam_credential_report_or_error.cert_1_active is
  'Whether X.509 signing certificate 1 exists and is active. False also for a deactivated one, whose cert_1_last_rotated is then not null';
comment on column :"schema".aws_iam_credential_report_or_error.cert_1_last_rotated is
  'When signing certificate 1 was created or last changed. Null when there is no certificate 1; a deactivated one keeps its date';
comment on column :"schema".aws_iam_credential_report_or_error.cert_2_active is
  'Whether X.509 signing certificate 2 exists and is active. False also for a deactivated one, whose cert_2_last_rotated is then not null';
comment on column :"schema".aws_iam_credential_report_or_error.cert_2_last_rotated is
  'When signing certificate 2 was created or last changed. Null when there is no certificate 2; a deactivated one keeps its date';
comment on column :"schema".aws_iam_credential_report_or_error.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".aws_iam_credential_report_or_error.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".aws_iam_credential_report_or_error.password_last_changed is
  'When the password was last set. Null when there is none, or when AWS does not tell';
comment on column :"schema".aws_iam_credential_report_or_error.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".aws_iam_credential_report_or_error.password_status is
  'What password_last_used tells: used (a date), never_used (no_information: not since 2014-10-20), not_set (N/A: no password), not_supported (AWS does not tell). Null when the report holds something else, or N/A for a password that is enabled';
comment on column :"schema".aws_iam_credential_report_or_error.password_next_rotation is
  'When the account''s password policy requires a new password. Null when it requires none, and for root';
comment on column :"schema".aws_iam_credential_report_or_error.partition is
  'The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc';
comment on column :"schema".aws_iam_credential_report_or_error.region is
  'Always global: IAM has no Regions';
comment on column :"schema".aws_iam_credential_report_or_error.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".aws_iam_credential_report_or_error.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".aws_iam_credential_report_or_error.is_root is
  'Whether the row is that of the root user of the account';
comment on column :"schema".aws_iam_credential_report_or_error.additional_credentials_info is
  'What AWS tells of access keys and signing certificates beyond the two of each that the report lists. Null when it tells nothing';
comment on column :"schema".aws_iam_credential_report_or_error.raw is
  'Every field of the report''s row as AWS wrote it, by the name in the report''s header, those included that have no column here';
comment on column :"schema".aws_iam_credential_report_or_error.error_code is
  'The error code of AWS, or the SQLSTATE. Null when there was no error';
comment on column :"schema".aws_iam_credential_report_or_error.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".aws_iam_credential_report_or_error.unknown_columns is
  'The columns that are null because the report does not tell: not_supported, a value that is not understood, or no such field. Null when the report tells all';
comment on :table_kind :"schema".aws_iam_credential_report_snapshot is
  'The rows of every saved report in the option snapshots (else source), and one with its error for each that is damaged. Conditions on account_id and generated_time choose the reports before any is read';
comment on column :"schema".aws_iam_credential_report_snapshot.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".aws_iam_credential_report_snapshot.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".aws_iam_credential_report_snapshot.user_creation_time is
  'When the user was created; for root, when the account was created';
comment on column :"schema".aws_iam_credential_report_snapshot.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_1_last_rotated is
  'When access key 1 was created or last changed. Null when there is no access key 1; a deactivated key keeps its date';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_1_last_used_date is
  'When access key 1 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_1_last_used_region is
  'The AWS Region of the last use of access key 1. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_1_last_used_service is
  'The AWS service that access key 1 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_2_last_rotated is
  'When access key 2 was created or last changed. Null when there is no access key 2; a deactivated key keeps its date';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_2_last_used_date is
  'When access key 2 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_2_last_used_region is
  'The AWS Region of the last use of access key 2. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".aws_iam_credential_report_snapshot.access_key_2_last_used_service is
  'The AWS service that access key 2 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".aws_iam_credential_report_snapshot.cert_1_active is
  'Whether X.509 signing certificate 1 exists and is active. False also for a deactivated one, whose cert_1_last_rotated is then not null';
comment on column :"schema".aws_iam_credential_report_snapshot.cert_1_last_rotated is
  'When signing certificate 1 was created or last changed. Null when there is no certificate 1; a deactivated one keeps its date';
comment on column :"schema".aws_iam_credential_report_snapshot.cert_2_active is
  'Whether X.509 signing certificate 2 exists and is active. False also for a deactivated one, whose cert_2_last_rotated is then not null';
comment on column :"schema".aws_iam_credential_report_snapshot.cert_2_last_rotated is
  'When signing certificate 2 was created or last changed. Null when there is no certificate 2; a deactivated one keeps its date';
comment on column :"schema".aws_iam_credential_report_snapshot.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".aws_iam_credential_report_snapshot.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".aws_iam_credential_report_snapshot.password_last_changed is
  'When the password was last set. Null when there is none, or when AWS does not tell';
comment on column :"schema".aws_iam_credential_report_snapshot.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".aws_iam_credential_report_snapshot.password_status is
  'What password_last_used tells: used (a date), never_used (no_information: not since 2014-10-20), not_set (N/A: no password), not_supported (AWS does not tell). Null when the report holds something else, or N/A for a password that is enabled';
comment on column :"schema".aws_iam_credential_report_snapshot.password_next_rotation is
  'When the account''s password policy requires a new password. Null when it requires none, and for root';
comment on column :"schema".aws_iam_credential_report_snapshot.partition is
  'The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc';
comment on column :"schema".aws_iam_credential_report_snapshot.region is
  'Always global: IAM has no Regions';
comment on column :"schema".aws_iam_credential_report_snapshot.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".aws_iam_credential_report_snapshot.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".aws_iam_credential_report_snapshot.is_root is
  'Whether the row is that of the root user of the account';
comment on column :"schema".aws_iam_credential_report_snapshot.additional_credentials_info is
  'What AWS tells of access keys and signing certificates beyond the two of each that the report lists. Null when it tells nothing';
comment on column :"schema".aws_iam_credential_report_snapshot.raw is
  'Every field of the report''s row as AWS wrote it, by the name in the report''s header, those included that have no column here';
comment on column :"schema".aws_iam_credential_report_snapshot.error_code is
  'The error code of AWS, or the SQLSTATE. Null when there was no error';
comment on column :"schema".aws_iam_credential_report_snapshot.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".aws_iam_credential_report_snapshot.unknown_columns is
  'The columns that are null because the report does not tell: not_supported, a value that is not understood, or no such field. Null when the report tells all';
comment on column :"schema".aws_iam_credential_report_snapshot.snapshot_uri is
  'Where the report is saved: file:///... or s3://bucket/key';
comment on :table_kind :"schema".aws_iam_credential_report_snapshot_list is
  'One row for each saved report in the option snapshots (else source), as the names tell: none is read';
comment on column :"schema".aws_iam_credential_report_snapshot_list.account_id is
  'The 12-digit id of the AWS account';
comment on column :"schema".aws_iam_credential_report_snapshot_list.generated_time is
  'When AWS made the report';
comment on column :"schema".aws_iam_credential_report_snapshot_list.snapshot_uri is
  'Where the report is saved: file:///... or s3://bucket/key';
comment on :table_kind :"schema".aws_iam_account_summary is
  'The number of IAM entities of each account, its IAM quotas, and facts about its root user: one row for each account. An entry that AWS does not give is null';
comment on column :"schema".aws_iam_account_summary.access_keys_per_user_quota is
  'The most access keys that an IAM user can have';
comment on column :"schema".aws_iam_account_summary.account_access_keys_present is
  'Whether the root user has access keys: 1 when it has one or two, else 0';
comment on column :"schema".aws_iam_account_summary.account_mfa_enabled is
  'Whether the root user has an MFA device';
comment on column :"schema".aws_iam_account_summary.account_password_present is
  'Whether the root user has a password: 1 when it has one, else 0';
comment on column :"schema".aws_iam_account_summary.account_signing_certificates_present is
  'Whether the root user has signing certificates: 1 when it has, else 0';
comment on column :"schema".aws_iam_account_summary.assume_role_policy_size_quota is
  'The most characters of a role''s trust policy, without white space';
comment on column :"schema".aws_iam_account_summary.attached_policies_per_group_quota is
  'The most managed policies that can be attached to a group';
comment on column :"schema".aws_iam_account_summary.attached_policies_per_role_quota is
  'The most managed policies that can be attached to a role';
comment on column :"schema".aws_iam_account_summary.attached_policies_per_user_quota is
  'The most managed policies that can be attached to a user';
comment on column :"schema".aws_iam_account_summary.global_endpoint_token_version is
  'The version of the session tokens that the global endpoint of AWS STS issues: 1 (valid in the Regions that are enabled by default) or 2 (valid in all)';
comment on column :"schema".aws_iam_account_summary.group_policy_size_quota is
  'The most characters of all inline policies of a group, without white space';
comment on column :"schema".aws_iam_account_summary.groups is
  'The number of IAM groups';
comment on column :"schema".aws_iam_account_summary.groups_per_user_quota is
  'The most groups that a user can be in';
comment on column :"schema".aws_iam_account_summary.groups_quota is
  'The most IAM groups that the account can have';
comment on column :"schema".aws_iam_account_summary.instance_profiles is
  'The number of instance profiles';
comment on column :"schema".aws_iam_account_summary.instance_profiles_quota is
  'The most instance profiles that the account can have';
comment on column :"schema".aws_iam_account_summary.mfa_devices is
  'The number of MFA devices, assigned or not';
comment on column :"schema".aws_iam_account_summary.mfa_devices_in_use is
  'The number of MFA devices that are assigned to a user or to root';
comment on column :"schema".aws_iam_account_summary.policies is
  'The number of customer managed policies';
comment on column :"schema".aws_iam_account_summary.policies_quota is
  'The most customer managed policies that the account can have';
comment on column :"schema".aws_iam_account_summary.policy_size_quota is
  'The most characters of a customer managed policy, without white space';
comment on column :"schema".aws_iam_account_summary.policy_versions_in_use is
  'The number of versions of customer managed policies';
comment on column :"schema".aws_iam_account_summary.policy_versions_in_use_quota is
  'The most versions of customer managed policies that the account can have';
comment on column :"schema".aws_iam_account_summary.providers is
  'The number of identity providers';
comment on column :"schema".aws_iam_account_summary.role_policy_size_quota is
  'The most characters of all inline policies of a role, without white space';
comment on column :"schema".aws_iam_account_summary.roles is
  'The number of IAM roles';
comment on column :"schema".aws_iam_account_summary.roles_quota is
  'The most IAM roles that the account can have';
comment on column :"schema".aws_iam_account_summary.server_certificates is
  'The number of server certificates that IAM stores';
comment on column :"schema".aws_iam_account_summary.server_certificates_quota is
  'The most server certificates that IAM can store for the account';
comment on column :"schema".aws_iam_account_summary.signing_certificates_per_user_quota is
  'The most signing certificates that an IAM user can have';
comment on column :"schema".aws_iam_account_summary.user_policy_size_quota is
  'The most characters of all inline policies of a user, without white space';
comment on column :"schema".aws_iam_account_summary.users is
  'The number of IAM users';
comment on column :"schema".aws_iam_account_summary.users_quota is
  'The most IAM users that the account can have';
comment on column :"schema".aws_iam_account_summary.versions_per_policy_quota is
  'The most versions that a customer managed policy can have';
comment on column :"schema".aws_iam_account_summary.partition is
  'The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc';
comment on column :"schema".aws_iam_account_summary.region is
  'Always global: IAM has no Regions';
comment on column :"schema".aws_iam_account_summary.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".aws_iam_account_summary.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".aws_iam_account_summary.fetched_at is
  'When AWS answered. A copy of up to 5 minutes is read in place of a call, see the option max_age';
comment on :table_kind :"schema".aws_iam_account_summary_status is
  'The state of the account summary of each account, whether it could be read or not';
comment on column :"schema".aws_iam_account_summary_status.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".aws_iam_account_summary_status.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".aws_iam_account_summary_status.state is
  'fresh (it was read), denied (AWS refused access), error (see error_message)';
comment on column :"schema".aws_iam_account_summary_status.fetched_at is
  'When AWS answered. Null when the account summary could not be read';
comment on column :"schema".aws_iam_account_summary_status.row_count is
  'The number of rows in aws_iam_account_summary. Null when there was an error';
comment on column :"schema".aws_iam_account_summary_status.origin is
  'Where the answer came from: aws (called now) or cache (a copy)';
comment on column :"schema".aws_iam_account_summary_status.error_code is
  'The error code of AWS, or the SQLSTATE. Null when there was no error';
comment on column :"schema".aws_iam_account_summary_status.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".aws_iam_account_summary_status.checked_at is
  'When this state was determined';
comment on column :"schema".aws_iam_account_summary_status.duration_ms is
  'How long that took, in milliseconds';
