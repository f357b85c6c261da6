-- Written by make generate from iam_fdw/checks/: do not edit.

create or replace view :"schema".iam_benchmark_control as
select
  benchmark,
  control,
  title,
  level,
  check_id,
  limit_override,
  passes_without_root_password
from (
  values
    (
      'cis_v1.2.0',
      '1.1',
      'Avoid the use of the "root" account',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v1.2.0',
      '1.2',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v1.2.0',
      '1.3',
      'Ensure credentials unused for 90 days or greater are disabled',
      1,
      'user_password_unused',
      interval '90 days',
      false
    ),
    (
      'cis_v1.2.0',
      '1.3',
      'Ensure credentials unused for 90 days or greater are disabled',
      1,
      'user_access_key_unused',
      interval '90 days',
      false
    ),
    (
      'cis_v1.2.0',
      '1.4',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v1.2.0',
      '1.12',
      'Ensure no root account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v1.2.0',
      '1.13',
      'Ensure MFA is enabled for the "root" account',
      1,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'cis_v1.2.0',
      '1.14',
      'Ensure hardware MFA is enabled for the "root" account',
      2,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'cis_v1.2.0',
      '1.21',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v1.2.0',
      '1.21',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_created_with_user',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.4',
      'Ensure no root user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.5',
      'Ensure MFA is enabled for the "root user" account',
      1,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.6',
      'Ensure hardware MFA is enabled for the "root user" account',
      2,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.7',
      'Eliminate use of the root user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.10',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_created_with_user',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.12',
      'Ensure credentials unused for 90 days or greater are disabled',
      1,
      'user_password_unused',
      interval '90 days',
      false
    ),
    (
      'cis_v1.3.0',
      '1.12',
      'Ensure credentials unused for 90 days or greater are disabled',
      1,
      'user_access_key_unused',
      interval '90 days',
      false
    ),
    (
      'cis_v1.3.0',
      '1.13',
      'Ensure there is only one active access key available for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v1.3.0',
      '1.14',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v1.4.0',
      '1.4',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.5',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.6',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.7',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.10',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_created_with_user',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v1.4.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v1.4.0',
      '1.13',
      'Ensure there is only one active access key available for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v1.4.0',
      '1.14',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v1.5.0',
      '1.4',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.5',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.6',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.7',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.10',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_created_with_user',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v1.5.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v1.5.0',
      '1.13',
      'Ensure there is only one active access key available for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v1.5.0',
      '1.14',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v2.0.0',
      '1.4',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.5',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.6',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.7',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.10',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_created_with_user',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v2.0.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v2.0.0',
      '1.13',
      'Ensure there is only one active access key available for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v2.0.0',
      '1.14',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v3.0.0',
      '1.4',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.5',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.6',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.7',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.10',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.11',
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      'access_key_created_with_user',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v3.0.0',
      '1.12',
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v3.0.0',
      '1.13',
      'Ensure there is only one active access key available for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v3.0.0',
      '1.14',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v4.0.1',
      '1.4',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.5',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.6',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.7',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.10',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.11',
      'Do not create access keys during initial setup for IAM users with a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.11',
      'Do not create access keys during initial setup for IAM users with a console password',
      1,
      'access_key_created_with_user',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.12',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v4.0.1',
      '1.12',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v4.0.1',
      '1.13',
      'Ensure there is only one active access key for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v4.0.1',
      '1.14',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v5.0.0',
      '1.3',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v5.0.0',
      '1.4',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      true
    ),
    (
      'cis_v5.0.0',
      '1.5',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      true
    ),
    (
      'cis_v5.0.0',
      '1.6',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v5.0.0',
      '1.9',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v5.0.0',
      '1.10',
      'Do not create access keys during initial setup for IAM users with a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v5.0.0',
      '1.11',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v5.0.0',
      '1.11',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v5.0.0',
      '1.12',
      'Ensure there is only one active access key for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v5.0.0',
      '1.13',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v6.0.0',
      '2.3',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v6.0.0',
      '2.4',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      true
    ),
    (
      'cis_v6.0.0',
      '2.5',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      true
    ),
    (
      'cis_v6.0.0',
      '2.6',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v6.0.0',
      '2.9',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v6.0.0',
      '2.10',
      'Do not create access keys during initial setup for IAM users with a console password',
      1,
      'access_key_made_at_setup',
      null,
      false
    ),
    (
      'cis_v6.0.0',
      '2.11',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v6.0.0',
      '2.11',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v6.0.0',
      '2.12',
      'Ensure there is only one active access key for any single IAM user',
      1,
      'user_two_active_access_keys',
      null,
      false
    ),
    (
      'cis_v6.0.0',
      '2.13',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'cis_v7.0.0',
      '2.4',
      'Ensure no ''root'' user account access key exists',
      1,
      'root_access_key_active',
      null,
      false
    ),
    (
      'cis_v7.0.0',
      '2.5',
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      'root_mfa_disabled',
      null,
      true
    ),
    (
      'cis_v7.0.0',
      '2.6',
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      'root_hardware_mfa',
      null,
      true
    ),
    (
      'cis_v7.0.0',
      '2.7',
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      'root_recently_used',
      null,
      false
    ),
    (
      'cis_v7.0.0',
      '2.10',
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'cis_v7.0.0',
      '2.11',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v7.0.0',
      '2.11',
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'cis_v7.0.0',
      '2.12',
      'Ensure access keys are rotated every 90 days or less',
      1,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'fsbp',
      'IAM.3',
      'IAM users'' access keys should be rotated every 90 days or less',
      null,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'fsbp',
      'IAM.4',
      'IAM root user access key should not exist',
      null,
      'root_access_key_active',
      null,
      false
    ),
    (
      'fsbp',
      'IAM.5',
      'MFA should be enabled for all IAM users that have a console password',
      null,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'fsbp',
      'IAM.6',
      'Hardware MFA should be enabled for the root user',
      null,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'fsbp',
      'IAM.8',
      'Unused IAM user credentials should be removed',
      null,
      'user_password_unused',
      interval '90 days',
      false
    ),
    (
      'fsbp',
      'IAM.8',
      'Unused IAM user credentials should be removed',
      null,
      'user_access_key_unused',
      interval '90 days',
      false
    ),
    (
      'security_hub',
      'IAM.3',
      'IAM users'' access keys should be rotated every 90 days or less',
      null,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'security_hub',
      'IAM.4',
      'IAM root user access key should not exist',
      null,
      'root_access_key_active',
      null,
      false
    ),
    (
      'security_hub',
      'IAM.5',
      'MFA should be enabled for all IAM users that have a console password',
      null,
      'user_console_without_mfa',
      null,
      false
    ),
    (
      'security_hub',
      'IAM.6',
      'Hardware MFA should be enabled for the root user',
      null,
      'root_hardware_mfa',
      null,
      false
    ),
    (
      'security_hub',
      'IAM.8',
      'Unused IAM user credentials should be removed',
      null,
      'user_password_unused',
      interval '90 days',
      false
    ),
    (
      'security_hub',
      'IAM.8',
      'Unused IAM user credentials should be removed',
      null,
      'user_access_key_unused',
      interval '90 days',
      false
    ),
    (
      'security_hub',
      'IAM.9',
      'MFA should be enabled for the root user',
      null,
      'root_mfa_disabled',
      null,
      false
    ),
    (
      'security_hub',
      'IAM.19',
      'MFA should be enabled for all IAM users',
      null,
      'user_without_mfa',
      null,
      false
    ),
    (
      'security_hub',
      'IAM.22',
      'IAM user credentials unused for 45 days should be removed',
      null,
      'user_password_unused',
      interval '45 days',
      false
    ),
    (
      'security_hub',
      'IAM.22',
      'IAM user credentials unused for 45 days should be removed',
      null,
      'user_access_key_unused',
      interval '45 days',
      false
    ),
    (
      'pci_dss_v4.0.1',
      '8.2.6',
      'Inactive user accounts are removed or disabled within 90 days of inactivity',
      null,
      'user_password_unused',
      interval '90 days',
      false
    ),
    (
      'pci_dss_v4.0.1',
      '8.2.6',
      'Inactive user accounts are removed or disabled within 90 days of inactivity',
      null,
      'user_access_key_unused',
      interval '90 days',
      false
    ),
    (
      'pci_dss_v4.0.1',
      '8.3.9',
      'Passwords that are the only authentication factor are changed at least once every 90 days',
      null,
      'access_key_not_rotated',
      interval '90 days',
      false
    ),
    (
      'pci_dss_v4.0.1',
      '8.4.2',
      'MFA is implemented for all non-console access into the CDE',
      null,
      'user_console_without_mfa',
      null,
      false
    )
) as known (benchmark, control, title, level, check_id, limit_override, passes_without_root_password);
