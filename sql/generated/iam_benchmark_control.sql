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
      'Ensure no root account access key exists',
      1,
      array['root_access_key_active'],
      null,
      false,
      array['cis_v1.2.0'],
      array['1.12']
    ),
    (
      'Ensure no root user account access key exists',
      1,
      array['root_access_key_active'],
      null,
      false,
      array['cis_v1.3.0'],
      array['1.4']
    ),
    (
      'Ensure no ''root'' user account access key exists',
      1,
      array['root_access_key_active'],
      null,
      false,
      array['cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0', 'cis_v4.0.1', 'cis_v5.0.0', 'cis_v6.0.0', 'cis_v7.0.0'],
      array['1.4', '1.4', '1.4', '1.4', '1.4', '1.3', '2.3', '2.4']
    ),
    (
      'Ensure MFA is enabled for the "root" account',
      1,
      array['root_mfa_disabled'],
      null,
      false,
      array['cis_v1.2.0'],
      array['1.13']
    ),
    (
      'Ensure MFA is enabled for the "root user" account',
      1,
      array['root_mfa_disabled'],
      null,
      false,
      array['cis_v1.3.0'],
      array['1.5']
    ),
    (
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      array['root_mfa_disabled'],
      null,
      false,
      array['cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0', 'cis_v4.0.1'],
      array['1.5', '1.5', '1.5', '1.5', '1.5']
    ),
    (
      'Ensure MFA is enabled for the ''root'' user account',
      1,
      array['root_mfa_disabled'],
      null,
      true,
      array['cis_v5.0.0', 'cis_v6.0.0', 'cis_v7.0.0'],
      array['1.4', '2.4', '2.5']
    ),
    (
      'Ensure hardware MFA is enabled for the "root" account',
      2,
      array['root_hardware_mfa'],
      null,
      false,
      array['cis_v1.2.0'],
      array['1.14']
    ),
    (
      'Ensure hardware MFA is enabled for the "root user" account',
      2,
      array['root_hardware_mfa'],
      null,
      false,
      array['cis_v1.3.0'],
      array['1.6']
    ),
    (
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      array['root_hardware_mfa'],
      null,
      false,
      array['cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0', 'cis_v4.0.1'],
      array['1.6', '1.6', '1.6', '1.6', '1.6']
    ),
    (
      'Ensure hardware MFA is enabled for the ''root'' user account',
      2,
      array['root_hardware_mfa'],
      null,
      true,
      array['cis_v5.0.0', 'cis_v6.0.0', 'cis_v7.0.0'],
      array['1.5', '2.5', '2.6']
    ),
    (
      'Avoid the use of the "root" account',
      1,
      array['root_recently_used'],
      null,
      false,
      array['cis_v1.2.0'],
      array['1.1']
    ),
    (
      'Eliminate use of the root user for administrative and daily tasks',
      1,
      array['root_recently_used'],
      null,
      false,
      array['cis_v1.3.0'],
      array['1.7']
    ),
    (
      'Eliminate use of the ''root'' user for administrative and daily tasks',
      1,
      array['root_recently_used'],
      null,
      false,
      array['cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0', 'cis_v4.0.1', 'cis_v5.0.0', 'cis_v6.0.0', 'cis_v7.0.0'],
      array['1.7', '1.7', '1.7', '1.7', '1.7', '1.6', '2.6', '2.7']
    ),
    (
      'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password',
      1,
      array['user_console_without_mfa'],
      null,
      false,
      array['cis_v1.2.0', 'cis_v1.3.0', 'cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0', 'cis_v4.0.1', 'cis_v5.0.0', 'cis_v6.0.0', 'cis_v7.0.0'],
      array['1.2', '1.10', '1.10', '1.10', '1.10', '1.10', '1.10', '1.9', '2.9', '2.10']
    ),
    (
      'Ensure credentials unused for 90 days or greater are disabled',
      1,
      array['user_password_unused', 'user_access_key_unused'],
      interval '90 days',
      false,
      array['cis_v1.2.0', 'cis_v1.3.0'],
      array['1.3', '1.12']
    ),
    (
      'Ensure credentials unused for 45 days or greater are disabled',
      1,
      array['user_password_unused', 'user_access_key_unused'],
      interval '45 days',
      false,
      array['cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0'],
      array['1.12', '1.12', '1.12', '1.12']
    ),
    (
      'Ensure credentials unused for 45 days or more are disabled',
      1,
      array['user_password_unused', 'user_access_key_unused'],
      interval '45 days',
      false,
      array['cis_v4.0.1', 'cis_v5.0.0', 'cis_v6.0.0', 'cis_v7.0.0'],
      array['1.12', '1.11', '2.11', '2.11']
    ),
    (
      'Ensure access keys are rotated every 90 days or less',
      1,
      array['access_key_not_rotated'],
      interval '90 days',
      false,
      array['cis_v1.2.0', 'cis_v1.3.0', 'cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0', 'cis_v4.0.1', 'cis_v5.0.0', 'cis_v6.0.0', 'cis_v7.0.0'],
      array['1.4', '1.14', '1.14', '1.14', '1.14', '1.14', '1.14', '1.13', '2.13', '2.12']
    ),
    (
      'Ensure there is only one active access key available for any single IAM user',
      1,
      array['user_two_active_access_keys'],
      null,
      false,
      array['cis_v1.3.0', 'cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0'],
      array['1.13', '1.13', '1.13', '1.13', '1.13']
    ),
    (
      'Ensure there is only one active access key for any single IAM user',
      1,
      array['user_two_active_access_keys'],
      null,
      false,
      array['cis_v4.0.1', 'cis_v5.0.0', 'cis_v6.0.0'],
      array['1.13', '1.12', '2.12']
    ),
    (
      'Do not setup access keys during initial user setup for all IAM users that have a console password',
      1,
      array['access_key_made_at_setup', 'access_key_created_with_user'],
      null,
      false,
      array['cis_v1.2.0', 'cis_v1.3.0', 'cis_v1.4.0', 'cis_v1.5.0', 'cis_v2.0.0', 'cis_v3.0.0'],
      array['1.21', '1.11', '1.11', '1.11', '1.11', '1.11']
    ),
    (
      'Do not create access keys during initial setup for IAM users with a console password',
      1,
      array['access_key_made_at_setup', 'access_key_created_with_user'],
      null,
      false,
      array['cis_v4.0.1'],
      array['1.11']
    ),
    (
      'Do not create access keys during initial setup for IAM users with a console password',
      1,
      array['access_key_made_at_setup'],
      null,
      false,
      array['cis_v5.0.0', 'cis_v6.0.0'],
      array['1.10', '2.10']
    ),
    (
      'IAM users'' access keys should be rotated every 90 days or less',
      null,
      array['access_key_not_rotated'],
      interval '90 days',
      false,
      array['fsbp', 'security_hub'],
      array['IAM.3', 'IAM.3']
    ),
    (
      'IAM root user access key should not exist',
      null,
      array['root_access_key_active'],
      null,
      false,
      array['fsbp', 'security_hub'],
      array['IAM.4', 'IAM.4']
    ),
    (
      'MFA should be enabled for all IAM users that have a console password',
      null,
      array['user_console_without_mfa'],
      null,
      false,
      array['fsbp', 'security_hub'],
      array['IAM.5', 'IAM.5']
    ),
    (
      'Hardware MFA should be enabled for the root user',
      null,
      array['root_hardware_mfa'],
      null,
      false,
      array['fsbp', 'security_hub'],
      array['IAM.6', 'IAM.6']
    ),
    (
      'Unused IAM user credentials should be removed',
      null,
      array['user_password_unused', 'user_access_key_unused'],
      interval '90 days',
      false,
      array['fsbp', 'security_hub'],
      array['IAM.8', 'IAM.8']
    ),
    (
      'MFA should be enabled for the root user',
      null,
      array['root_mfa_disabled'],
      null,
      false,
      array['security_hub'],
      array['IAM.9']
    ),
    (
      'MFA should be enabled for all IAM users',
      null,
      array['user_without_mfa'],
      null,
      false,
      array['security_hub'],
      array['IAM.19']
    ),
    (
      'IAM user credentials unused for 45 days should be removed',
      null,
      array['user_password_unused', 'user_access_key_unused'],
      interval '45 days',
      false,
      array['security_hub'],
      array['IAM.22']
    ),
    (
      'Inactive user accounts are removed or disabled within 90 days of inactivity',
      null,
      array['user_password_unused', 'user_access_key_unused'],
      interval '90 days',
      false,
      array['pci_dss_v4.0.1'],
      array['8.2.6']
    ),
    (
      'Passwords that are the only authentication factor are changed at least once every 90 days',
      null,
      array['access_key_not_rotated'],
      interval '90 days',
      false,
      array['pci_dss_v4.0.1'],
      array['8.3.9']
    ),
    (
      'MFA is implemented for all non-console access into the CDE',
      null,
      array['user_console_without_mfa'],
      null,
      false,
      array['pci_dss_v4.0.1'],
      array['8.4.2']
    )
) as known (title, level, check_ids, limit_override, passes_without_root_password, benchmarks, controls)
  cross join lateral unnest(benchmarks, controls) as numbered (benchmark, control)
  cross join lateral unnest(check_ids) as check_id;
