-- Every check, each in one place: what it is about, and its rule. 54_results.sql makes the views from it.
--
-- A rule is a list of [status, condition, reason]: the first condition that is true decides. A condition that is null,
-- because the report does not tell, is not true. Ages are compared as intervals of 24-hour days, and so are exact to the
-- second and the same in every time zone. [later, column] is a skip where the date of the column is later than now by more
-- than an hour, which no clock's fault explains: it is as if the report did not tell it. What a rule may name:
--   the columns of aws_iam_credential_report_or_error; now, which is iam_now(); each setting, and <setting>_text
--   latest, an hour after now; now_note, which says what has set now, if anything has
--   last_use, the latest of the uses of password and access keys that are not later than that
--   access_key_N is the slot that is judged, where judges is access_key or inactive_access_key
--   passes_without_root_password: whether a benchmark asks nothing of a root user without a password
-- judges, the things that have a row each:
--   account               the report of an account
--   root                  the root user of an account
--   user                  each IAM user, which root is not
--   bedrock_user          each IAM user that AWS made for a long-term API key of Amazon Bedrock
--   field                 each IAM user of whom the report has the field additional_credentials_info, and each account
--                         whose report has it not
--   access_key            each active access key of a user, or one that may be active
--   inactive_access_key   each access key of a user that is there, but not active
create temporary table iam_check_source (
  check_id text not null,
  severity text not null,
  setting text,
  judges text not null,
  credential text,
  title text not null,
  description text not null,
  remediation text not null,
  rule text[] not null
) on commit drop;

insert into pg_temp.iam_check_source (
  check_id, severity, setting, judges, credential, title, description, remediation, rule
) values
(
  'root_access_key_active', 'critical', null, 'root', null,
  'Root has no active access key',
  'An access key of root can do everything in the account, and no policy can limit it.',
  'Sign in as root, and delete its access keys under "Security credentials".',
  array[
    ['alarm', 'access_key_1_active or access_key_2_active', $$
      'Root has an active access key: ' || concat_ws(' and ',
        case when access_key_1_active then 'key 1, made ' || coalesce(iam_ago(access_key_1_last_rotated, now), 'at an unknown time') end,
        case when access_key_2_active then 'key 2, made ' || coalesce(iam_ago(access_key_2_last_rotated, now), 'at an unknown time') end)
    $$],
    ['skip', 'access_key_1_active is null', $$ 'The report does not tell access_key_1_active of root' $$],
    ['skip', 'access_key_2_active is null', $$ 'The report does not tell access_key_2_active of root' $$],
    ['ok', 'true', $$ 'Neither access key 1 nor access key 2 of root is active' $$]
  ]
),
(
  'root_mfa_disabled', 'critical', null, 'root', null,
  'Root has MFA',
  'Whoever learns the password of root, or has its access key, owns the account. Root without both needs no MFA.',
  'Sign in as root, and register an MFA device under "Security credentials".',
  array[
    ['ok', 'mfa_active', $$ 'Root has MFA' $$],
    ['ok', 'passes_without_root_password and not password_enabled', $$ 'Root has no password' $$],
    ['ok', 'not password_enabled and not access_key_1_active and not access_key_2_active',
      $$ 'Root has neither a password nor an active access key' $$],
    ['skip', 'mfa_active is null', $$ 'The report does not tell mfa_active of root' $$],
    ['alarm', 'password_enabled', $$ 'Root has a password, and no MFA' $$],
    ['alarm', '(access_key_1_active or access_key_2_active) and not passes_without_root_password', $$
      'Root has an active access key (' || case when access_key_1_active then 'key 1' else 'key 2' end || '), and no MFA'
    $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled of root, which has no MFA' $$],
    ['skip', 'true', $$
      'Root has no MFA, and the report does not tell '
        || case when access_key_1_active is null then 'access_key_1_active' else 'access_key_2_active' end
    $$]
  ]
),
(
  'root_hardware_mfa', 'critical', null, 'root', null,
  'Root has hardware MFA',
  'A hardware MFA device cannot be copied as the secret of a phone can. The report does not tell the kind of a device, so '
    'no verdict is better than info: look at it.',
  'Sign in as root, and look under "Security credentials" which kind of MFA device there is.',
  array[
    ['ok', 'passes_without_root_password and not password_enabled', $$ 'Root has no password' $$],
    ['alarm', 'not mfa_active and password_enabled',
      $$ 'Root has a password, and no MFA at all' $$],
    ['alarm', 'not mfa_active and (access_key_1_active or access_key_2_active) and not passes_without_root_password', $$
      'Root has an active access key (' || case when access_key_1_active then 'key 1' else 'key 2' end || '), and no MFA at all'
    $$],
    ['info', 'mfa_active', $$ 'Root has MFA; the report does not tell whether it is a hardware device' $$],
    ['info', 'mfa_active is null', $$ 'The report does not tell mfa_active of root, nor the kind of a device' $$],
    ['info', 'not password_enabled', $$ 'Root has no password, and no MFA; the report tells no kind of a device' $$],
    ['info', 'true', $$ 'Root has no MFA, and the report does not tell whether it has a password, nor the kind of a device' $$]
  ]
),
(
  'root_recently_used', 'high', 'root_use_max_age', 'root', null,
  'Root was not used recently',
  'Root is for the few tasks that nobody else can do. Its password and both access keys count, each by its latest use, '
    'whether they are active now or not.',
  'Find out who used root, and why; have daily work done by roles.',
  array[
    ['alarm', 'now - last_use < root_use_max_age', $$
      case last_use
        when password_last_used then 'The password'
        when access_key_1_last_used_date then 'Access key 1'
        else 'Access key 2'
      end || ' of root was last used '
        || iam_ago(last_use, now, root_use_max_age)
        || '; the limit is ' || root_use_max_age_text
    $$],
    ['later', 'password_last_used', ''],
    ['later', 'access_key_1_last_used_date', ''],
    ['later', 'access_key_2_last_used_date', ''],
    ['skip', $$ password_status is null or password_status = 'not_supported' $$,
      $$ 'The report does not tell password_last_used of root' $$],
    ['skip', $$ 'access_key_1_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_1_last_used_date of root' $$],
    ['skip', $$ 'access_key_2_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_2_last_used_date of root' $$],
    ['ok', 'last_use is null',
      $$ 'Neither password nor access keys of root have ever been used' $$],
    ['ok', 'true', $$
      'Root was last used '
        || iam_ago(last_use, now, root_use_max_age)
        || '; the limit is ' || root_use_max_age_text
    $$]
  ]
),
(
  'root_signing_certificate_active', 'high', null, 'root', null,
  'Root has no active signing certificate',
  'A signing certificate of root signs requests that no policy can limit, as an access key does.',
  'Sign in as root, and delete its X.509 signing certificates under "Security credentials".',
  array[
    ['alarm', 'cert_1_active or cert_2_active', $$
      'Root has an active signing certificate: ' || concat_ws(' and ',
        case when cert_1_active then 'certificate 1, made ' || coalesce(iam_ago(cert_1_last_rotated, now), 'at an unknown time') end,
        case when cert_2_active then 'certificate 2, made ' || coalesce(iam_ago(cert_2_last_rotated, now), 'at an unknown time') end)
    $$],
    ['skip', 'cert_1_active is null', $$ 'The report does not tell cert_1_active of root' $$],
    ['skip', 'cert_2_active is null', $$ 'The report does not tell cert_2_active of root' $$],
    ['ok', 'true', $$ 'Neither signing certificate 1 nor signing certificate 2 of root is active' $$]
  ]
),
(
  'root_access_key_inactive', 'medium', null, 'root', null,
  'Root has no inactive access key',
  'A deactivated access key of root is still there: one click makes it work again.',
  'Sign in as root, and delete its access keys under "Security credentials".',
  array[
    ['alarm', 'not access_key_1_active and access_key_1_last_rotated is not null
        or not access_key_2_active and access_key_2_last_rotated is not null', $$
      'Root has an inactive access key: ' || concat_ws(' and ',
        case when not access_key_1_active then 'key 1, made ' || iam_ago(access_key_1_last_rotated, now) end,
        case when not access_key_2_active then 'key 2, made ' || iam_ago(access_key_2_last_rotated, now) end)
    $$],
    ['skip', 'access_key_1_active is null', $$ 'The report does not tell access_key_1_active of root' $$],
    ['skip', 'access_key_2_active is null', $$ 'The report does not tell access_key_2_active of root' $$],
    ['skip', $$ not access_key_1_active and 'access_key_1_last_rotated' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_1_last_rotated of root' $$],
    ['skip', $$ not access_key_2_active and 'access_key_2_last_rotated' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_2_last_rotated of root' $$],
    ['ok', 'true', $$ 'Root has no access key that is inactive' $$]
  ]
),
(
  'root_password_present', 'info', null, 'root', null,
  'Root has no password',
  'Member accounts of an organization can do without a root password: the management account does what only root can.',
  'Where the account is of an organization, delete the root credentials from its management account.',
  array[
    ['alarm', 'password_enabled', $$
      'Root has a password' || coalesce(', set ' || iam_ago(password_last_changed, now), '')
    $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled of root' $$],
    ['ok', 'true', $$ 'Root has no password' $$]
  ]
),
(
  'user_console_without_mfa', 'high', null, 'user', null,
  'Users with a password have MFA',
  'A password alone can be guessed, phished or reused.',
  'Have the user register an MFA device, or delete the password: aws iam delete-login-profile --user-name NAME',
  array[
    ['ok', 'mfa_active', $$ 'The user has MFA' $$],
    ['ok', 'not password_enabled', $$ 'The user has no password' $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled' $$],
    ['skip', 'mfa_active is null', $$ 'The user has a password, and the report does not tell mfa_active' $$],
    ['alarm', 'true', $$
      'The user has a password' || coalesce(', last used ' || iam_ago(password_last_used, now) || ',', '') || ' and no MFA'
    $$]
  ]
),
(
  'user_without_mfa', 'medium', null, 'user', null,
  'Users have MFA',
  'Whatever credentials a user has: without MFA no policy can ask for it, for access keys neither.',
  'Have the user register an MFA device; let programs use roles instead of users.',
  array[
    ['ok', 'mfa_active', $$ 'The user has MFA' $$],
    ['skip', 'mfa_active is null', $$ 'The report does not tell mfa_active' $$],
    ['alarm', 'true', $$ 'The user has no MFA' $$]
  ]
),
(
  'user_password_unused', 'medium', 'unused_max_age', 'user', 'password',
  'Passwords are used',
  'A password that nobody uses is missed by nobody when it is stolen. One never used is judged by the date it was set.',
  'Delete the password: aws iam delete-login-profile --user-name NAME',
  array[
    ['ok', 'not password_enabled', $$ 'The user has no password' $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled' $$],
    ['later', 'password_last_used', ''],
    ['alarm', 'now - password_last_used >= unused_max_age',
      $$ 'The password was last used ' || iam_ago(password_last_used, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text $$],
    ['ok', 'password_last_used is not null',
      $$ 'The password was last used ' || iam_ago(password_last_used, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text $$],
    ['skip', $$ password_status is distinct from 'never_used' $$, $$
      'The report does not tell password_last_used'
        || case when password_last_changed is null then ', nor password_last_changed' else '' end
    $$],
    ['skip', 'password_last_changed is null',
      $$ 'The password was never used, and the report does not tell password_last_changed' $$],
    ['later', 'password_last_changed', ''],
    ['alarm', 'now - password_last_changed >= unused_max_age', $$
      'The password was never used, and set ' || iam_ago(password_last_changed, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text
    $$],
    ['ok', 'true', $$
      'The password was never used, and set ' || iam_ago(password_last_changed, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text
    $$]
  ]
),
(
  'user_access_key_unused', 'medium', 'unused_max_age', 'access_key', 'access_key_N',
  'Access keys are used',
  'An access key that nobody uses is missed by nobody when it is stolen. One never used is judged by the date it was made.',
  'Deactivate the key, and later delete it: aws iam update-access-key --status Inactive --user-name NAME --access-key-id ID',
  array[
    ['skip', 'access_key_N_active is null', $$ 'The report does not tell access_key_N_active' $$],
    ['later', 'access_key_N_last_used_date', ''],
    ['alarm', 'now - access_key_N_last_used_date >= unused_max_age', $$
      'Access key N was last used ' || iam_ago(access_key_N_last_used_date, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text
    $$],
    ['ok', 'access_key_N_last_used_date is not null', $$
      'Access key N was last used ' || iam_ago(access_key_N_last_used_date, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text
    $$],
    ['skip', $$ 'access_key_N_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_N_last_used_date' $$],
    ['skip', 'access_key_N_last_rotated is null',
      $$ 'Access key N was never used, and the report does not tell access_key_N_last_rotated' $$],
    ['later', 'access_key_N_last_rotated', ''],
    ['alarm', 'now - access_key_N_last_rotated >= unused_max_age', $$
      'Access key N was never used, and made ' || iam_ago(access_key_N_last_rotated, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text
    $$],
    ['ok', 'true', $$
      'Access key N was never used, and made ' || iam_ago(access_key_N_last_rotated, now, unused_max_age)
        || '; the limit is ' || unused_max_age_text
    $$]
  ]
),
(
  'access_key_not_rotated', 'medium', 'access_key_max_age', 'access_key', 'access_key_N',
  'Access keys are rotated',
  'The longer a key lives, the more places have a copy of it.',
  'Make a second key, have it used, deactivate the old one, and delete it; or let a role take its place.',
  array[
    ['skip', 'access_key_N_active is null', $$ 'The report does not tell access_key_N_active' $$],
    ['skip', 'access_key_N_last_rotated is null', $$ 'The report does not tell access_key_N_last_rotated' $$],
    ['later', 'access_key_N_last_rotated', ''],
    ['alarm', 'now - access_key_N_last_rotated > access_key_max_age', $$
      'Access key N was made ' || iam_ago(access_key_N_last_rotated, now, access_key_max_age)
        || '; the limit is ' || access_key_max_age_text
    $$],
    ['ok', 'true', $$
      'Access key N was made ' || iam_ago(access_key_N_last_rotated, now, access_key_max_age)
        || '; the limit is ' || access_key_max_age_text
    $$]
  ]
),
(
  'user_two_active_access_keys', 'medium', null, 'user', null,
  'Users have one active access key at most',
  'A second active key is for the hours of a rotation; later it is one more to lose.',
  'Deactivate the key that is used less, and later delete it.',
  array[
    ['ok', 'not access_key_1_active', $$ 'Access key 1 is not active' $$],
    ['ok', 'not access_key_2_active', $$ 'Access key 2 is not active' $$],
    ['skip', 'access_key_1_active is null', $$ 'The report does not tell access_key_1_active' $$],
    ['skip', 'access_key_2_active is null', $$ 'The report does not tell access_key_2_active' $$],
    ['alarm', 'true', $$
      'Access keys 1 and 2 are both active: key 1 made ' || coalesce(iam_ago(access_key_1_last_rotated, now), 'at an unknown time')
        || ', key 2 made ' || coalesce(iam_ago(access_key_2_last_rotated, now), 'at an unknown time')
    $$]
  ]
),
(
  'access_key_made_at_setup', 'medium', null, 'access_key', 'access_key_N',
  'Users with a password have no access key that was never used',
  'A key beside a password that was never used was made because a box was ticked at setup, and not because it is needed.',
  'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
  array[
    ['skip', 'access_key_N_active is null', $$ 'The report does not tell access_key_N_active' $$],
    ['ok', 'not password_enabled', $$ 'The user has no password beside access key N' $$],
    ['later', 'access_key_N_last_used_date', ''],
    ['ok', 'access_key_N_last_used_date is not null',
      $$ 'Access key N was last used ' || iam_ago(access_key_N_last_used_date, now) $$],
    ['skip', $$ 'access_key_N_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_N_last_used_date' $$],
    ['skip', 'password_enabled is null', $$ 'Access key N was never used, and the report does not tell password_enabled' $$],
    ['alarm', 'true', $$
      'The user has a password, and access key N, made ' || coalesce(iam_ago(access_key_N_last_rotated, now), 'at an unknown time')
        || ', was never used'
    $$]
  ]
),
(
  'access_key_created_with_user', 'low', 'setup_window', 'access_key', 'access_key_N',
  'Access keys are not made together with users who have a password',
  'A key of the very moment that its user was created comes from the setup of the user; CIS asks for keys to be made later, '
    'by those who need them.',
  'Delete the key, and have the user make another if there is a need.',
  array[
    ['skip', 'access_key_N_active is null', $$ 'The report does not tell access_key_N_active' $$],
    ['ok', 'not password_enabled', $$ 'The user has no password beside access key N' $$],
    ['skip', 'access_key_N_last_rotated is null', $$ 'The report does not tell access_key_N_last_rotated' $$],
    ['skip', 'user_creation_time is null', $$ 'The report does not tell user_creation_time' $$],
    ['later', 'access_key_N_last_rotated', ''],
    ['later', 'user_creation_time', ''],
    ['ok', 'access_key_N_last_rotated - user_creation_time not between - setup_window and setup_window', $$
      'Access key N was made ' || iam_ago(access_key_N_last_rotated, now) || ', the user ' || iam_ago(user_creation_time, now)
        || '; the window is ' || setup_window_text
    $$],
    ['skip', 'password_enabled is null', $$ 'Access key N was made with the user, and the report does not tell password_enabled' $$],
    ['alarm', 'true', $$
      'The user has a password, and access key N was made ' || iam_ago(access_key_N_last_rotated, now)
        || ', within ' || setup_window_text || ' of the user'
    $$]
  ]
),
(
  'access_key_unused_since_rotation', 'low', null, 'access_key', 'access_key_N',
  'Access keys are used after their rotation',
  'A key last used before it was rotated is one whose program went on with another, or stopped. AWS tells the use to the '
    'minute, so it is compared to the minute.',
  'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
  array[
    ['skip', 'access_key_N_active is null', $$ 'The report does not tell access_key_N_active' $$],
    ['skip', $$ 'access_key_N_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_N_last_used_date' $$],
    ['later', 'access_key_N_last_used_date', ''],
    ['ok', 'access_key_N_last_used_date is null', $$ 'Access key N was never used, neither before nor after a rotation' $$],
    ['skip', 'access_key_N_last_rotated is null', $$ 'The report does not tell access_key_N_last_rotated' $$],
    ['later', 'access_key_N_last_rotated', ''],
    ['alarm', $$ access_key_N_last_used_date < date_trunc('minute', access_key_N_last_rotated, 'UTC') $$, $$
      'Access key N was last used ' || iam_ago(access_key_N_last_used_date, now)
        || ', and rotated ' || iam_ago(access_key_N_last_rotated, now)
    $$],
    ['ok', 'true', $$
      'Access key N was last used ' || iam_ago(access_key_N_last_used_date, now)
        || ', and made ' || iam_ago(access_key_N_last_rotated, now)
    $$]
  ]
),
(
  'access_key_never_used', 'low', 'never_used_grace', 'access_key', 'access_key_N',
  'Access keys have been used',
  'A key that was never used is not needed, whatever it was made for.',
  'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
  array[
    ['skip', 'access_key_N_active is null', $$ 'The report does not tell access_key_N_active' $$],
    ['later', 'access_key_N_last_used_date', ''],
    ['ok', 'access_key_N_last_used_date is not null',
      $$ 'Access key N was last used ' || iam_ago(access_key_N_last_used_date, now) $$],
    ['skip', $$ 'access_key_N_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_N_last_used_date' $$],
    ['skip', 'access_key_N_last_rotated is null',
      $$ 'Access key N was never used, and the report does not tell access_key_N_last_rotated' $$],
    ['later', 'access_key_N_last_rotated', ''],
    ['alarm', 'now - access_key_N_last_rotated > never_used_grace', $$
      'Access key N was never used, and made ' || iam_ago(access_key_N_last_rotated, now, never_used_grace)
        || '; the limit is ' || never_used_grace_text
    $$],
    ['ok', 'true', $$
      'Access key N was never used, but made ' || iam_ago(access_key_N_last_rotated, now, never_used_grace)
        || '; the limit is ' || never_used_grace_text
    $$]
  ]
),
(
  'user_never_logged_in', 'low', 'never_used_grace', 'user', 'password',
  'Passwords have been used',
  'A password that was never used may still be the first one, which somebody else has chosen and sent.',
  'Ask the user to sign in, or delete the password: aws iam delete-login-profile --user-name NAME',
  array[
    ['ok', 'not password_enabled', $$ 'The user has no password' $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled' $$],
    ['later', 'password_last_used', ''],
    ['ok', 'password_last_used is not null', $$ 'The password was last used ' || iam_ago(password_last_used, now) $$],
    ['skip', $$ password_status is distinct from 'never_used' $$, $$ 'The report does not tell password_last_used' $$],
    ['skip', 'password_last_changed is null',
      $$ 'The password was never used, and the report does not tell password_last_changed' $$],
    ['later', 'password_last_changed', ''],
    ['alarm', 'now - password_last_changed > never_used_grace', $$
      'The password was never used, and set ' || iam_ago(password_last_changed, now, never_used_grace)
        || '; the limit is ' || never_used_grace_text
    $$],
    ['ok', 'true', $$
      'The password was never used, but set ' || iam_ago(password_last_changed, now, never_used_grace)
        || '; the limit is ' || never_used_grace_text
    $$]
  ]
),
(
  'user_password_and_access_key', 'medium', null, 'user', null,
  'Users have a password or an access key, not both',
  'People sign in, programs have keys. Who has both can do by a key what MFA would have stopped.',
  'Give the program a role, or a user of its own, and delete the key or the password here.',
  array[
    ['ok', 'not password_enabled', $$ 'The user has no password' $$],
    ['ok', 'not access_key_1_active and not access_key_2_active', $$ 'The user has no active access key' $$],
    ['alarm', 'password_enabled and (access_key_1_active or access_key_2_active)', $$
      'The user has a password, and active access keys: ' || concat_ws(', ',
        case when access_key_1_active then 'key 1' end, case when access_key_2_active then 'key 2' end)
    $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled' $$],
    ['skip', 'access_key_1_active is null', $$ 'The report does not tell access_key_1_active' $$],
    ['skip', 'true', $$ 'The report does not tell access_key_2_active' $$]
  ]
),
(
  'user_inactive', 'medium', 'inactive_max_age', 'user', null,
  'Users are active',
  'A user who uses nothing has left, or was forgotten. The latest use of password and access keys counts, of those deactivated '
    'since, too; who never used any is judged by the creation of the user.',
  'Delete the user, or its credentials first.',
  array[
    ['ok', 'now - last_use < inactive_max_age', $$
      case last_use
        when password_last_used then 'The password'
        when access_key_1_last_used_date then 'Access key 1'
        else 'Access key 2'
      end || ' was last used '
        || iam_ago(last_use, now, inactive_max_age)
        || '; the limit is ' || inactive_max_age_text
    $$],
    ['later', 'password_last_used', ''],
    ['later', 'access_key_1_last_used_date', ''],
    ['later', 'access_key_2_last_used_date', ''],
    ['skip', $$ password_status is null or password_status = 'not_supported' $$,
      $$ 'The report does not tell password_last_used' $$],
    ['skip', $$ 'access_key_1_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_1_last_used_date' $$],
    ['skip', $$ 'access_key_2_last_used_date' = any (unknown_columns) $$,
      $$ 'The report does not tell access_key_2_last_used_date' $$],
    ['alarm', 'last_use is not null', $$
      'The last use of any credential was '
        || iam_ago(last_use, now, inactive_max_age)
        || '; the limit is ' || inactive_max_age_text
    $$],
    ['skip', 'user_creation_time is null',
      $$ 'The user never used a credential, and the report does not tell user_creation_time' $$],
    ['later', 'user_creation_time', ''],
    ['alarm', 'now - user_creation_time >= inactive_max_age', $$
      'The user never used a credential, and was created ' || iam_ago(user_creation_time, now, inactive_max_age)
        || '; the limit is ' || inactive_max_age_text
    $$],
    ['ok', 'true', $$
      'The user never used a credential, but was created ' || iam_ago(user_creation_time, now, inactive_max_age)
        || '; the limit is ' || inactive_max_age_text
    $$]
  ]
),
(
  'access_key_inactive_kept', 'low', 'inactive_key_max_age', 'inactive_access_key', 'access_key_N',
  'Inactive access keys are deleted',
  'A deactivated key is still there: whoever may change the user can make it work again.',
  'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
  array[
    ['skip', 'access_key_N_active is null', $$ 'The report does not tell access_key_N_active' $$],
    ['skip', 'access_key_N_last_rotated is null', $$ 'The report does not tell access_key_N_last_rotated' $$],
    ['later', 'access_key_N_last_rotated', ''],
    ['alarm', 'now - access_key_N_last_rotated > inactive_key_max_age', $$
      'Access key N is inactive, and was made ' || iam_ago(access_key_N_last_rotated, now, inactive_key_max_age)
        || '; the limit is ' || inactive_key_max_age_text
    $$],
    ['ok', 'true', $$
      'Access key N is inactive, but was made ' || iam_ago(access_key_N_last_rotated, now, inactive_key_max_age)
        || '; the limit is ' || inactive_key_max_age_text
    $$]
  ]
),
(
  'user_signing_certificate', 'low', null, 'user', null,
  'Users have no active signing certificate',
  'X.509 signing certificates are of the time before access keys; hardly anything needs them.',
  'Delete it: aws iam delete-signing-certificate --user-name NAME --certificate-id ID',
  array[
    ['alarm', 'cert_1_active or cert_2_active', $$
      'The user has an active signing certificate: ' || concat_ws(' and ',
        case when cert_1_active then 'certificate 1, made ' || coalesce(iam_ago(cert_1_last_rotated, now), 'at an unknown time') end,
        case when cert_2_active then 'certificate 2, made ' || coalesce(iam_ago(cert_2_last_rotated, now), 'at an unknown time') end)
    $$],
    ['skip', 'cert_1_active is null', $$ 'The report does not tell cert_1_active' $$],
    ['skip', 'cert_2_active is null', $$ 'The report does not tell cert_2_active' $$],
    ['ok', 'true', $$ 'Neither signing certificate 1 nor signing certificate 2 is active' $$]
  ]
),
(
  'user_password_not_rotated', 'low', 'password_max_age', 'user', 'password',
  'Passwords are changed',
  'Older than the limit, or past the date by which the password policy of the account asks for another.',
  'Have the user set another password, or have the password policy of the account ask for it.',
  array[
    ['ok', 'not password_enabled', $$ 'The user has no password' $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled' $$],
    ['alarm', 'now - password_last_changed > password_max_age', $$
      'The password was set ' || iam_ago(password_last_changed, now, password_max_age)
        || '; the limit is ' || password_max_age_text
    $$],
    ['alarm', 'now > password_next_rotation',
      $$ 'The password policy asked for another password ' || iam_ago(password_next_rotation, now) $$],
    ['skip', 'password_last_changed is null', $$ 'The report does not tell password_last_changed' $$],
    ['later', 'password_last_changed', ''],
    ['skip', $$ 'password_next_rotation' = any (unknown_columns) $$, $$ 'The report does not tell password_next_rotation' $$],
    ['ok', 'true', $$
      'The password was set ' || iam_ago(password_last_changed, now, password_max_age)
        || '; the limit is ' || password_max_age_text
    $$]
  ]
),
(
  'user_without_credentials', 'info', null, 'user', null,
  'Users have credentials',
  'A user without password, active access key and active certificate may be forgotten, or have credentials that the report '
    'does not list: those of single services, such as API keys of Amazon Bedrock and of CloudWatch Logs, Git credentials of '
    'CodeCommit, and passwords of Keyspaces.',
  'Look first whether it has some, such as an API key of Bedrock: aws iam list-service-specific-credentials --user-name NAME; '
    'aws iam list-ssh-public-keys --user-name NAME. Delete only a user who has none.',
  array[
    ['ok', 'password_enabled or access_key_1_active or access_key_2_active or cert_1_active or cert_2_active', $$
      'The user has ' || concat_ws(', ',
        case when password_enabled then 'a password' end,
        case when access_key_1_active then 'access key 1' end,
        case when access_key_2_active then 'access key 2' end,
        case when cert_1_active then 'signing certificate 1' end,
        case when cert_2_active then 'signing certificate 2' end)
    $$],
    ['alarm', 'not (password_enabled or access_key_1_active or access_key_2_active or cert_1_active or cert_2_active)',
      $$ 'The user has no password, no active access key and no active signing certificate' $$],
    ['skip', 'true', $$
      'The report does not tell ' || concat_ws(', ',
        case when password_enabled is null then 'password_enabled' end,
        case when access_key_1_active is null then 'access_key_1_active' end,
        case when access_key_2_active is null then 'access_key_2_active' end,
        case when cert_1_active is null then 'cert_1_active' end,
        case when cert_2_active is null then 'cert_2_active' end)
    $$]
  ]
),
(
  'user_extra_credentials', 'info', null, 'field', null,
  'Users have no more credentials than the report lists',
  'The report has columns for two access keys and two certificates. Of more it tells the number alone, and no other check '
    'can judge them.',
  'Look at the others: aws iam list-access-keys --user-name NAME; aws iam list-signing-certificates --user-name NAME',
  array[
    ['alarm', 'additional_credentials_info is not null', $$ 'AWS tells of more: ' || additional_credentials_info $$],
    ['skip', $$ 'additional_credentials_info' = any (unknown_columns) $$,
      $$ 'The report does not tell additional_credentials_info' $$],
    ['ok', 'true', $$ 'AWS tells of no credentials beyond those listed' $$]
  ]
),
(
  'bedrock_api_key_user_with_credentials', 'high', null, 'bedrock_user', null,
  'Users of Amazon Bedrock API keys have no other credentials',
  'AWS creates a user BedrockAPIKey-... for a long-term API key of Amazon Bedrock. Such a user needs neither a password nor '
    'access keys: attackers add them to stay in the account.',
  'Find out who added them, and delete them: aws iam delete-login-profile --user-name NAME; '
    'aws iam delete-access-key --user-name NAME --access-key-id ID. See what they did in CloudTrail.',
  array[
    ['alarm', 'password_enabled or access_key_1_active or access_key_2_active', $$
      'The user of an Amazon Bedrock API key has ' || concat_ws(' and ',
        case when password_enabled then 'a password, set ' || coalesce(iam_ago(password_last_changed, now), 'at an unknown time') end,
        case when access_key_1_active then
          'access key 1, made ' || coalesce(iam_ago(access_key_1_last_rotated, now), 'at an unknown time')
        end,
        case when access_key_2_active then
          'access key 2, made ' || coalesce(iam_ago(access_key_2_last_rotated, now), 'at an unknown time')
        end)
    $$],
    ['skip', 'password_enabled is null', $$ 'The report does not tell password_enabled' $$],
    ['skip', 'access_key_1_active is null', $$ 'The report does not tell access_key_1_active' $$],
    ['skip', 'access_key_2_active is null', $$ 'The report does not tell access_key_2_active' $$],
    ['ok', 'true', $$ 'The user of an Amazon Bedrock API key has neither a password nor an active access key' $$]
  ]
),
(
  'report_stale', 'medium', 'report_max_age', 'account', null,
  'The credential report is up to date',
  'Every other check judges by the report: what happened since it was made is not in it. AWS makes at most one in four hours.',
  'Let the option generate be auto, and the caller have iam:GenerateCredentialReport; or save reports more often.',
  array[
    ['alarm', $$ error_code in ('ReportNotPresent', 'ReportExpired') $$, $$ error_message $$],
    ['error', 'error_message is not null', $$ error_message $$],
    ['skip', 'generated_time is null', $$ 'It is not known when the report was made' $$],
    -- who has moved now expects it
    ['skip', $$ generated_time > latest and now_note <> '' $$,
      $$ 'The report was made ' || iam_ago(generated_time, now) || now_note $$],
    ['error', 'generated_time > latest', $$ 'The report was made ' || iam_ago(generated_time, now) $$],
    ['alarm', 'now - generated_time > report_max_age',
      $$ 'The report was made ' || iam_ago(generated_time, now, report_max_age)
        || '; the limit is ' || report_max_age_text $$],
    ['ok', 'true', $$ 'The report was made ' || iam_ago(generated_time, now, report_max_age)
      || '; the limit is ' || report_max_age_text $$]
  ]
);
