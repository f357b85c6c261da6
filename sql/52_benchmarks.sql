-- The frameworks, and which check judges which control: of all controls those that a credential report can judge.
create or replace view :"schema".iam_benchmark as
select benchmark, title
from (
  values
    ('cis_v1.2.0', 'CIS Amazon Web Services Foundations Benchmark v1.2.0'),
    ('cis_v1.3.0', 'CIS Amazon Web Services Foundations Benchmark v1.3.0'),
    ('cis_v1.4.0', 'CIS Amazon Web Services Foundations Benchmark v1.4.0'),
    ('cis_v1.5.0', 'CIS Amazon Web Services Foundations Benchmark v1.5.0'),
    ('cis_v2.0.0', 'CIS Amazon Web Services Foundations Benchmark v2.0.0'),
    ('cis_v3.0.0', 'CIS Amazon Web Services Foundations Benchmark v3.0.0'),
    ('cis_v4.0.1', 'CIS Amazon Web Services Foundations Benchmark v4.0.1'),
    ('cis_v5.0.0', 'CIS Amazon Web Services Foundations Benchmark v5.0.0'),
    ('cis_v6.0.0', 'CIS Amazon Web Services Foundations Benchmark v6.0.0'),
    ('cis_v7.0.0', 'CIS Amazon Web Services Foundations Benchmark v7.0.0'),
    ('fsbp', 'AWS Foundational Security Best Practices'),
    ('security_hub', 'AWS Security Hub controls, of all its standards'),
    ('pci_dss_v4.0.1', 'PCI DSS v4.0.1')
) as known (benchmark, title);
comment on view :"schema".iam_benchmark is 'The compliance frameworks whose controls iam_benchmark_result judges';
comment on column :"schema".iam_benchmark.benchmark is 'The name of the benchmark, with its version';
comment on column :"schema".iam_benchmark.title is 'What its publisher calls it';

-- first and last: the benchmarks that have the control by this number and title. A limit that its text names is its own,
-- whatever the settings. Of Security Hub's controls the standard "Foundational Security Best Practices" has five, see
-- https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html. CIS 5.0.0 and later ask for no MFA of a root user without a password.
create or replace view :"schema".iam_benchmark_control as
select
  known.benchmark,
  control,
  known_control.title,
  level,
  check_id,
  limit_override,
  passes_without_root_password
from
  (
    values
      ('cis_v1.2.0', 'cis_v1.2.0', '1.1', 1, 'Avoid the use of the "root" account', array['root_recently_used'], null, false),
      ('cis_v1.2.0', 'cis_v1.2.0', '1.2', 1, 'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password', array['user_console_without_mfa'], null, false),
      ('cis_v1.2.0', 'cis_v1.2.0', '1.3', 1, 'Ensure credentials unused for 90 days or greater are disabled', array['user_password_unused', 'user_access_key_unused'], interval '90 days', false),
      ('cis_v1.2.0', 'cis_v1.2.0', '1.4', 1, 'Ensure access keys are rotated every 90 days or less', array['access_key_not_rotated'], interval '90 days', false),
      ('cis_v1.2.0', 'cis_v1.2.0', '1.12', 1, 'Ensure no root account access key exists', array['root_access_key_active'], null, false),
      ('cis_v1.2.0', 'cis_v1.2.0', '1.13', 1, 'Ensure MFA is enabled for the "root" account', array['root_mfa_disabled'], null, false),
      ('cis_v1.2.0', 'cis_v1.2.0', '1.14', 2, 'Ensure hardware MFA is enabled for the "root" account', array['root_hardware_mfa'], null, false),
      ('cis_v1.2.0', 'cis_v1.2.0', '1.21', 1, 'Do not setup access keys during initial user setup for all IAM users that have a console password', array['access_key_made_at_setup', 'access_key_created_with_user'], null, false),

      ('cis_v1.3.0', 'cis_v1.3.0', '1.4', 1, 'Ensure no root user account access key exists', array['root_access_key_active'], null, false),
      ('cis_v1.3.0', 'cis_v1.3.0', '1.5', 1, 'Ensure MFA is enabled for the "root user" account', array['root_mfa_disabled'], null, false),
      ('cis_v1.3.0', 'cis_v1.3.0', '1.6', 2, 'Ensure hardware MFA is enabled for the "root user" account', array['root_hardware_mfa'], null, false),
      ('cis_v1.3.0', 'cis_v1.3.0', '1.7', 1, 'Eliminate use of the root user for administrative and daily tasks', array['root_recently_used'], null, false),
      ('cis_v1.3.0', 'cis_v1.3.0', '1.12', 1, 'Ensure credentials unused for 90 days or greater are disabled', array['user_password_unused', 'user_access_key_unused'], interval '90 days', false),

      ('cis_v1.4.0', 'cis_v4.0.1', '1.4', 1, 'Ensure no ''root'' user account access key exists', array['root_access_key_active'], null, false),
      ('cis_v1.4.0', 'cis_v4.0.1', '1.5', 1, 'Ensure MFA is enabled for the ''root'' user account', array['root_mfa_disabled'], null, false),
      ('cis_v1.4.0', 'cis_v4.0.1', '1.6', 2, 'Ensure hardware MFA is enabled for the ''root'' user account', array['root_hardware_mfa'], null, false),
      ('cis_v1.4.0', 'cis_v4.0.1', '1.7', 1, 'Eliminate use of the ''root'' user for administrative and daily tasks', array['root_recently_used'], null, false),
      ('cis_v1.3.0', 'cis_v4.0.1', '1.10', 1, 'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password', array['user_console_without_mfa'], null, false),
      ('cis_v1.3.0', 'cis_v3.0.0', '1.11', 1, 'Do not setup access keys during initial user setup for all IAM users that have a console password', array['access_key_made_at_setup', 'access_key_created_with_user'], null, false),
      ('cis_v4.0.1', 'cis_v4.0.1', '1.11', 1, 'Do not create access keys during initial setup for IAM users with a console password', array['access_key_made_at_setup', 'access_key_created_with_user'], null, false),
      ('cis_v1.4.0', 'cis_v3.0.0', '1.12', 1, 'Ensure credentials unused for 45 days or greater are disabled', array['user_password_unused', 'user_access_key_unused'], interval '45 days', false),
      ('cis_v4.0.1', 'cis_v4.0.1', '1.12', 1, 'Ensure credentials unused for 45 days or more are disabled', array['user_password_unused', 'user_access_key_unused'], interval '45 days', false),
      ('cis_v1.3.0', 'cis_v3.0.0', '1.13', 1, 'Ensure there is only one active access key available for any single IAM user', array['user_two_active_access_keys'], null, false),
      ('cis_v4.0.1', 'cis_v4.0.1', '1.13', 1, 'Ensure there is only one active access key for any single IAM user', array['user_two_active_access_keys'], null, false),
      ('cis_v1.3.0', 'cis_v4.0.1', '1.14', 1, 'Ensure access keys are rotated every 90 days or less', array['access_key_not_rotated'], interval '90 days', false),

      ('cis_v5.0.0', 'cis_v5.0.0', '1.3', 1, 'Ensure no ''root'' user account access key exists', array['root_access_key_active'], null, false),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.4', 1, 'Ensure MFA is enabled for the ''root'' user account', array['root_mfa_disabled'], null, true),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.5', 2, 'Ensure hardware MFA is enabled for the ''root'' user account', array['root_hardware_mfa'], null, true),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.6', 1, 'Eliminate use of the ''root'' user for administrative and daily tasks', array['root_recently_used'], null, false),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.9', 1, 'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password', array['user_console_without_mfa'], null, false),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.10', 1, 'Do not create access keys during initial setup for IAM users with a console password', array['access_key_made_at_setup'], null, false),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.11', 1, 'Ensure credentials unused for 45 days or more are disabled', array['user_password_unused', 'user_access_key_unused'], interval '45 days', false),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.12', 1, 'Ensure there is only one active access key for any single IAM user', array['user_two_active_access_keys'], null, false),
      ('cis_v5.0.0', 'cis_v5.0.0', '1.13', 1, 'Ensure access keys are rotated every 90 days or less', array['access_key_not_rotated'], interval '90 days', false),

      ('cis_v6.0.0', 'cis_v6.0.0', '2.3', 1, 'Ensure no ''root'' user account access key exists', array['root_access_key_active'], null, false),
      ('cis_v6.0.0', 'cis_v6.0.0', '2.4', 1, 'Ensure MFA is enabled for the ''root'' user account', array['root_mfa_disabled'], null, true),
      ('cis_v6.0.0', 'cis_v6.0.0', '2.5', 2, 'Ensure hardware MFA is enabled for the ''root'' user account', array['root_hardware_mfa'], null, true),
      ('cis_v6.0.0', 'cis_v6.0.0', '2.6', 1, 'Eliminate use of the ''root'' user for administrative and daily tasks', array['root_recently_used'], null, false),
      ('cis_v6.0.0', 'cis_v6.0.0', '2.9', 1, 'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password', array['user_console_without_mfa'], null, false),
      ('cis_v6.0.0', 'cis_v6.0.0', '2.10', 1, 'Do not create access keys during initial setup for IAM users with a console password', array['access_key_made_at_setup'], null, false),
      ('cis_v6.0.0', 'cis_v7.0.0', '2.11', 1, 'Ensure credentials unused for 45 days or more are disabled', array['user_password_unused', 'user_access_key_unused'], interval '45 days', false),
      ('cis_v6.0.0', 'cis_v6.0.0', '2.12', 1, 'Ensure there is only one active access key for any single IAM user', array['user_two_active_access_keys'], null, false),
      ('cis_v6.0.0', 'cis_v6.0.0', '2.13', 1, 'Ensure access keys are rotated every 90 days or less', array['access_key_not_rotated'], interval '90 days', false),

      ('cis_v7.0.0', 'cis_v7.0.0', '2.4', 1, 'Ensure no ''root'' user account access key exists', array['root_access_key_active'], null, false),
      ('cis_v7.0.0', 'cis_v7.0.0', '2.5', 1, 'Ensure MFA is enabled for the ''root'' user account', array['root_mfa_disabled'], null, true),
      ('cis_v7.0.0', 'cis_v7.0.0', '2.6', 2, 'Ensure hardware MFA is enabled for the ''root'' user account', array['root_hardware_mfa'], null, true),
      ('cis_v7.0.0', 'cis_v7.0.0', '2.7', 1, 'Eliminate use of the ''root'' user for administrative and daily tasks', array['root_recently_used'], null, false),
      ('cis_v7.0.0', 'cis_v7.0.0', '2.10', 1, 'Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password', array['user_console_without_mfa'], null, false),
      ('cis_v7.0.0', 'cis_v7.0.0', '2.12', 1, 'Ensure access keys are rotated every 90 days or less', array['access_key_not_rotated'], interval '90 days', false),

      ('fsbp', 'fsbp', 'IAM.3', null, 'IAM users'' access keys should be rotated every 90 days or less', array['access_key_not_rotated'], interval '90 days', false),
      ('fsbp', 'fsbp', 'IAM.4', null, 'IAM root user access key should not exist', array['root_access_key_active'], null, false),
      ('fsbp', 'fsbp', 'IAM.5', null, 'MFA should be enabled for all IAM users that have a console password', array['user_console_without_mfa'], null, false),
      ('fsbp', 'fsbp', 'IAM.6', null, 'Hardware MFA should be enabled for the root user', array['root_hardware_mfa'], null, false),
      ('fsbp', 'fsbp', 'IAM.8', null, 'Unused IAM user credentials should be removed', array['user_password_unused', 'user_access_key_unused'], interval '90 days', false),

      ('security_hub', 'security_hub', 'IAM.3', null, 'IAM users'' access keys should be rotated every 90 days or less', array['access_key_not_rotated'], interval '90 days', false),
      ('security_hub', 'security_hub', 'IAM.4', null, 'IAM root user access key should not exist', array['root_access_key_active'], null, false),
      ('security_hub', 'security_hub', 'IAM.5', null, 'MFA should be enabled for all IAM users that have a console password', array['user_console_without_mfa'], null, false),
      ('security_hub', 'security_hub', 'IAM.6', null, 'Hardware MFA should be enabled for the root user', array['root_hardware_mfa'], null, false),
      ('security_hub', 'security_hub', 'IAM.8', null, 'Unused IAM user credentials should be removed', array['user_password_unused', 'user_access_key_unused'], interval '90 days', false),
      ('security_hub', 'security_hub', 'IAM.9', null, 'MFA should be enabled for the root user', array['root_mfa_disabled'], null, false),
      ('security_hub', 'security_hub', 'IAM.19', null, 'MFA should be enabled for all IAM users', array['user_without_mfa'], null, false),
      ('security_hub', 'security_hub', 'IAM.22', null, 'IAM user credentials unused for 45 days should be removed', array['user_password_unused', 'user_access_key_unused'], interval '45 days', false),

      ('pci_dss_v4.0.1', 'pci_dss_v4.0.1', '8.2.6', null, 'Inactive user accounts are removed or disabled within 90 days of inactivity', array['user_password_unused', 'user_access_key_unused'], interval '90 days', false),
      ('pci_dss_v4.0.1', 'pci_dss_v4.0.1', '8.3.9', null, 'Passwords that are the only authentication factor are changed at least once every 90 days', array['access_key_not_rotated'], interval '90 days', false),
      ('pci_dss_v4.0.1', 'pci_dss_v4.0.1', '8.4.2', null, 'MFA is implemented for all non-console access into the CDE', array['user_console_without_mfa'], null, false)
  ) as known_control (first, last, control, level, title, check_ids, limit_override, passes_without_root_password)
  -- compared by bytes: "C" has the versions in order
  join :"schema".iam_benchmark as known
    on known.benchmark collate "C" between known_control.first and known_control.last
  cross join lateral unnest(check_ids) as check_id;
comment on view :"schema".iam_benchmark_control is
  'The controls of each benchmark that a credential report can judge, and by which check; some by more than one';
comment on column :"schema".iam_benchmark_control.control is 'The number of the control in its benchmark';
comment on column :"schema".iam_benchmark_control.title is 'The title of the control as its publisher writes it; of PCI DSS in short';
comment on column :"schema".iam_benchmark_control.level is 'The CIS profile: 1 or 2. Null elsewhere';
comment on column :"schema".iam_benchmark_control.check_id is 'The check that judges it, see iam_check';
comment on column :"schema".iam_benchmark_control.limit_override is
  'The limit that the text of the control names: it holds whatever the setting of the check. Null: the setting holds';
comment on column :"schema".iam_benchmark_control.passes_without_root_password is
  'Whether the control asks for no MFA of a root user without a password';
