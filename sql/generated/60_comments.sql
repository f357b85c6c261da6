-- Written by make generate from the comments of other relations: do not edit.
comment on column :"schema".iam_history.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_history.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_history.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".iam_history.user_creation_time is
  'When the user was created; for root, when the account was created';
comment on column :"schema".iam_history.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_history.access_key_1_last_rotated is
  'When access key 1 was created or last changed. Null when there is no access key 1; a deactivated key keeps its date';
comment on column :"schema".iam_history.access_key_1_last_used_date is
  'When access key 1 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_history.access_key_1_last_used_region is
  'The AWS Region of the last use of access key 1. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".iam_history.access_key_1_last_used_service is
  'The AWS service that access key 1 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".iam_history.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_history.access_key_2_last_rotated is
  'When access key 2 was created or last changed. Null when there is no access key 2; a deactivated key keeps its date';
comment on column :"schema".iam_history.access_key_2_last_used_date is
  'When access key 2 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_history.access_key_2_last_used_region is
  'The AWS Region of the last use of access key 2. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".iam_history.access_key_2_last_used_service is
  'The AWS service that access key 2 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".iam_history.cert_1_active is
  'Whether X.509 signing certificate 1 exists and is active. False also for a deactivated one, whose cert_1_last_rotated is then not null';
comment on column :"schema".iam_history.cert_1_last_rotated is
  'When signing certificate 1 was created or last changed. Null when there is no certificate 1; a deactivated one keeps its date';
comment on column :"schema".iam_history.cert_2_active is
  'Whether X.509 signing certificate 2 exists and is active. False also for a deactivated one, whose cert_2_last_rotated is then not null';
comment on column :"schema".iam_history.cert_2_last_rotated is
  'When signing certificate 2 was created or last changed. Null when there is no certificate 2; a deactivated one keeps its date';
comment on column :"schema".iam_history.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".iam_history.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".iam_history.password_last_changed is
  'When the password was last set. Null when there is none, or when AWS does not tell';
comment on column :"schema".iam_history.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".iam_history.password_status is
  'What password_last_used tells: used (a date), never_used (no_information: not since 2014-10-20), not_set (N/A: no password), not_supported (AWS does not tell). Null when the report holds something else, or N/A for a password that is enabled';
comment on column :"schema".iam_history.password_next_rotation is
  'When the account''s password policy requires a new password. Null when it requires none, and for root';
comment on column :"schema".iam_history.partition is
  'The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc';
comment on column :"schema".iam_history.region is
  'Always global: IAM has no Regions';
comment on column :"schema".iam_history.is_root is
  'Whether the row is that of the root user of the account';
comment on column :"schema".iam_history.additional_credentials_info is
  'What AWS tells of access keys and signing certificates beyond the two of each that the report lists. Null when it tells nothing';
comment on column :"schema".iam_history.raw is
  'Every field of the report''s row as AWS wrote it, by the name in the report''s header, those included that have no column here';
comment on column :"schema".iam_history.unknown_columns is
  'The columns that are null because the report does not tell: not_supported, a value that is not understood, or no such field. Null when the report tells all';
comment on column :"schema".iam_history_account.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_history_report.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_report.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_report.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".iam_report.user_creation_time is
  'When the user was created; for root, when the account was created';
comment on column :"schema".iam_report.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".iam_report.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_report.access_key_1_last_rotated is
  'When access key 1 was created or last changed. Null when there is no access key 1; a deactivated key keeps its date';
comment on column :"schema".iam_report.access_key_1_last_used_date is
  'When access key 1 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_report.access_key_1_last_used_region is
  'The AWS Region of the last use of access key 1. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".iam_report.access_key_1_last_used_service is
  'The AWS service that access key 1 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".iam_report.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_report.access_key_2_last_rotated is
  'When access key 2 was created or last changed. Null when there is no access key 2; a deactivated key keeps its date';
comment on column :"schema".iam_report.access_key_2_last_used_date is
  'When access key 2 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_report.access_key_2_last_used_region is
  'The AWS Region of the last use of access key 2. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".iam_report.access_key_2_last_used_service is
  'The AWS service that access key 2 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".iam_report.cert_1_active is
  'Whether X.509 signing certificate 1 exists and is active. False also for a deactivated one, whose cert_1_last_rotated is then not null';
comment on column :"schema".iam_report.cert_1_last_rotated is
  'When signing certificate 1 was created or last changed. Null when there is no certificate 1; a deactivated one keeps its date';
comment on column :"schema".iam_report.cert_2_active is
  'Whether X.509 signing certificate 2 exists and is active. False also for a deactivated one, whose cert_2_last_rotated is then not null';
comment on column :"schema".iam_report.cert_2_last_rotated is
  'When signing certificate 2 was created or last changed. Null when there is no certificate 2; a deactivated one keeps its date';
comment on column :"schema".iam_report.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".iam_report.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".iam_report.password_last_changed is
  'When the password was last set. Null when there is none, or when AWS does not tell';
comment on column :"schema".iam_report.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".iam_report.password_status is
  'What password_last_used tells: used (a date), never_used (no_information: not since 2014-10-20), not_set (N/A: no password), not_supported (AWS does not tell). Null when the report holds something else, or N/A for a password that is enabled';
comment on column :"schema".iam_report.password_next_rotation is
  'When the account''s password policy requires a new password. Null when it requires none, and for root';
comment on column :"schema".iam_report.partition is
  'The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc';
comment on column :"schema".iam_report.region is
  'Always global: IAM has no Regions';
comment on column :"schema".iam_report.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_report.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_report.is_root is
  'Whether the row is that of the root user of the account';
comment on column :"schema".iam_report.additional_credentials_info is
  'What AWS tells of access keys and signing certificates beyond the two of each that the report lists. Null when it tells nothing';
comment on column :"schema".iam_report.raw is
  'Every field of the report''s row as AWS wrote it, by the name in the report''s header, those included that have no column here';
comment on column :"schema".iam_report_or_error.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_report_or_error.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".iam_report_or_error.user_creation_time is
  'When the user was created; for root, when the account was created';
comment on column :"schema".iam_report_or_error.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".iam_report_or_error.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_report_or_error.access_key_1_last_rotated is
  'When access key 1 was created or last changed. Null when there is no access key 1; a deactivated key keeps its date';
comment on column :"schema".iam_report_or_error.access_key_1_last_used_date is
  'When access key 1 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_report_or_error.access_key_1_last_used_region is
  'The AWS Region of the last use of access key 1. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".iam_report_or_error.access_key_1_last_used_service is
  'The AWS service that access key 1 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".iam_report_or_error.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_report_or_error.access_key_2_last_rotated is
  'When access key 2 was created or last changed. Null when there is no access key 2; a deactivated key keeps its date';
comment on column :"schema".iam_report_or_error.access_key_2_last_used_date is
  'When access key 2 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_report_or_error.access_key_2_last_used_region is
  'The AWS Region of the last use of access key 2. Null when never used, or when the service used is global, which does count as a use';
comment on column :"schema".iam_report_or_error.access_key_2_last_used_service is
  'The AWS service that access key 2 was last used with, by its namespace, such as s3. Null when never used';
comment on column :"schema".iam_report_or_error.cert_1_active is
  'Whether X.509 signing certificate 1 exists and is active. False also for a deactivated one, whose cert_1_last_rotated is then not null';
comment on column :"schema".iam_report_or_error.cert_1_last_rotated is
  'When signing certificate 1 was created or last changed. Null when there is no certificate 1; a deactivated one keeps its date';
comment on column :"schema".iam_report_or_error.cert_2_active is
  'Whether X.509 signing certificate 2 exists and is active. False also for a deactivated one, whose cert_2_last_rotated is then not null';
comment on column :"schema".iam_report_or_error.cert_2_last_rotated is
  'When signing certificate 2 was created or last changed. Null when there is no certificate 2; a deactivated one keeps its date';
comment on column :"schema".iam_report_or_error.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".iam_report_or_error.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".iam_report_or_error.password_last_changed is
  'When the password was last set. Null when there is none, or when AWS does not tell';
comment on column :"schema".iam_report_or_error.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".iam_report_or_error.password_status is
  'What password_last_used tells: used (a date), never_used (no_information: not since 2014-10-20), not_set (N/A: no password), not_supported (AWS does not tell). Null when the report holds something else, or N/A for a password that is enabled';
comment on column :"schema".iam_report_or_error.password_next_rotation is
  'When the account''s password policy requires a new password. Null when it requires none, and for root';
comment on column :"schema".iam_report_or_error.partition is
  'The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc';
comment on column :"schema".iam_report_or_error.region is
  'Always global: IAM has no Regions';
comment on column :"schema".iam_report_or_error.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_report_or_error.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_report_or_error.is_root is
  'Whether the row is that of the root user of the account';
comment on column :"schema".iam_report_or_error.additional_credentials_info is
  'What AWS tells of access keys and signing certificates beyond the two of each that the report lists. Null when it tells nothing';
comment on column :"schema".iam_report_or_error.raw is
  'Every field of the report''s row as AWS wrote it, by the name in the report''s header, those included that have no column here';
comment on column :"schema".iam_report_or_error.error_code is
  'The error code of AWS, or the SQLSTATE. Null when there was no error';
comment on column :"schema".iam_report_or_error.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_report_or_error.unknown_columns is
  'The columns that are null because the report does not tell: not_supported, a value that is not understood, or no such field. Null when the report tells all';
comment on column :"schema".iam_benchmark_control.benchmark is
  'The name of the benchmark, with its version';
comment on column :"schema".iam_check_result.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_result.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_result.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_result.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".iam_verdict.check_id is
  'The check, see iam_check';
comment on column :"schema".iam_verdict.title is
  'What is right';
comment on column :"schema".iam_verdict.severity is
  'How bad an alarm is: critical, high, medium, low or info';
comment on column :"schema".iam_verdict.status is
  'ok, alarm, info (look at it), skip (the report does not tell, or it is exempt), error (the account could not be read)';
comment on column :"schema".iam_verdict.reason is
  'The facts that decided, in one sentence. Never null';
comment on column :"schema".iam_verdict.resource is
  'The ARN of the user that was judged; the id of an account that could not be read';
comment on column :"schema".iam_verdict.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_verdict.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_verdict.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_verdict.credential is
  'The credential that was judged: password, access_key_1 or access_key_2. Null when it is the user as a whole';
comment on column :"schema".iam_verdict.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".iam_change.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_change.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_change.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_change.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".iam_credential.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_credential.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_credential.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_credential.user_arn is
  'The Amazon Resource Name (ARN) of the user';
comment on column :"schema".iam_credential.is_root is
  'Whether the row is that of the root user of the account';
comment on column :"schema".iam_credential.user_creation_time is
  'When the user was created; for root, when the account was created';
comment on column :"schema".iam_credential.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".iam_check_report_freshness.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_report_freshness.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_report_freshness.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
comment on column :"schema".iam_check_root_last_used.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_root_last_used.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_root_last_used.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_root_last_used.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".iam_check_root_last_used.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_root_mfa.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_root_mfa.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_root_mfa.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_root_mfa.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".iam_check_root_mfa.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_root_access_keys.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_root_access_keys.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_root_access_keys.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_root_access_keys.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_check_root_access_keys.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_check_root_access_keys.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_password_and_access_keys.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_password_and_access_keys.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_password_and_access_keys.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_password_and_access_keys.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".iam_check_password_and_access_keys.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_check_password_and_access_keys.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_check_password_and_access_keys.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_inactive_users.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_inactive_users.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_inactive_users.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_inactive_users.password_enabled is
  'Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), as for root in reports from before 2023';
comment on column :"schema".iam_check_inactive_users.password_last_used is
  'When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. A deleted password keeps its date';
comment on column :"schema".iam_check_inactive_users.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_password_rotation.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_password_rotation.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_password_rotation.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_password_rotation.password_last_changed is
  'When the password was last set. Null when there is none, or when AWS does not tell';
comment on column :"schema".iam_check_password_rotation.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_user_mfa.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_user_mfa.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_user_mfa.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_user_mfa.mfa_active is
  'Whether the user has a multi-factor authentication (MFA) device. The report tells neither kind nor number of the devices';
comment on column :"schema".iam_check_user_mfa.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_access_key_rotation.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_access_key_rotation.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_access_key_rotation.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_access_key_rotation.access_key_1_active is
  'Whether access key 1 exists and is active. False also for a deactivated key, whose access_key_1_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_check_access_key_rotation.access_key_2_active is
  'Whether access key 2 exists and is active. False also for a deactivated key, whose access_key_2_last_rotated is then not null. Key 1 is not always the older one';
comment on column :"schema".iam_check_access_key_rotation.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_unused_access_keys.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_unused_access_keys.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_unused_access_keys.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_check_unused_access_keys.access_key_1_last_used_date is
  'When access key 1 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_check_unused_access_keys.access_key_2_last_used_date is
  'When access key 2 last signed a request, to the minute: the first use in 15 minutes, known to AWS up to hours later. Null when there is no key, or it was not used since 2015-04-22';
comment on column :"schema".iam_check_unused_access_keys.error_message is
  'What went wrong. Null when there was no error';
comment on column :"schema".iam_check_summary.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_check_summary.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_check_summary.check_id is
  'The check, see iam_check';
comment on column :"schema".iam_check_summary.title is
  'What is right';
comment on column :"schema".iam_check_summary.severity is
  'How bad an alarm is: critical, high, medium, low or info';
comment on column :"schema".iam_benchmark_result.benchmark is
  'The name of the benchmark, with its version';
comment on column :"schema".iam_benchmark_result.control is
  'The number of the control in its benchmark';
comment on column :"schema".iam_benchmark_result.level is
  'The CIS profile: 1 or 2. Null elsewhere';
comment on column :"schema".iam_benchmark_result.check_id is
  'The check, see iam_check';
comment on column :"schema".iam_benchmark_result.title is
  'What is right';
comment on column :"schema".iam_benchmark_result.severity is
  'How bad an alarm is: critical, high, medium, low or info';
comment on column :"schema".iam_benchmark_result.status is
  'ok, alarm, info (look at it), skip (the report does not tell, or it is exempt), error (the account could not be read)';
comment on column :"schema".iam_benchmark_result.reason is
  'The facts that decided, in one sentence. Never null';
comment on column :"schema".iam_benchmark_result.resource is
  'The ARN of the user that was judged; the id of an account that could not be read';
comment on column :"schema".iam_benchmark_result.account_id is
  'The id of the AWS account, 12 digits';
comment on column :"schema".iam_benchmark_result.account_name is
  'The name of the AWS account, where it is known';
comment on column :"schema".iam_benchmark_result.user_name is
  'The name of the IAM user, or <root_account> for the root user of the account';
comment on column :"schema".iam_benchmark_result.credential is
  'The credential that was judged: password, access_key_1 or access_key_2. Null when it is the user as a whole';
comment on column :"schema".iam_benchmark_result.generated_time is
  'When AWS made the report; later changes are not in it. AWS makes at most one in four hours. Null when a saved report does not tell';
