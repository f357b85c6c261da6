-- Written by make generate from iam_fdw/checks/: do not edit.

create or replace view :"schema".iam_check as
select
  check_id,
  title,
  description,
  severity,
  remediation,
  setting
from (
  values
    (
      'root_access_key_active',
      'Root has no active access key',
      'An access key of root can do everything in the account, and no policy can limit it.',
      'critical',
      'Sign in as root, and delete its access keys under "Security credentials".',
      null
    ),
    (
      'root_mfa_disabled',
      'Root has MFA',
      'Whoever learns the password of root, or has its access key, owns the account. Root without both needs no MFA.',
      'critical',
      'Sign in as root, and register an MFA device under "Security credentials".',
      null
    ),
    (
      'root_hardware_mfa',
      'Root has hardware MFA',
      'A hardware MFA device cannot be copied as the secret of a phone can. The report does not tell the kind of a device, so no verdict is better than info: look at it.',
      'critical',
      'Sign in as root, and look under "Security credentials" which kind of MFA device there is.',
      null
    ),
    (
      'root_recently_used',
      'Root was not used recently',
      'Root is for the few tasks that nobody else can do. Its password and both access keys count, each by its latest use, whether they are active now or not.',
      'high',
      'Find out who used root, and why; have daily work done by roles.',
      'root_use_max_age'
    ),
    (
      'root_signing_certificate_active',
      'Root has no active signing certificate',
      'A signing certificate of root signs requests that no policy can limit, as an access key does.',
      'high',
      'Sign in as root, and delete its X.509 signing certificates under "Security credentials".',
      null
    ),
    (
      'root_access_key_inactive',
      'Root has no inactive access key',
      'A deactivated access key of root is still there: one click makes it work again.',
      'medium',
      'Sign in as root, and delete its access keys under "Security credentials".',
      null
    ),
    (
      'root_password_present',
      'Root has no password',
      'Member accounts of an organization can do without a root password: the management account does what only root can.',
      'info',
      'Where the account is of an organization, delete the root credentials from its management account.',
      null
    ),
    (
      'user_console_without_mfa',
      'Users with a password have MFA',
      'A password alone can be guessed, phished or reused.',
      'high',
      'Have the user register an MFA device, or delete the password: aws iam delete-login-profile --user-name NAME',
      null
    ),
    (
      'user_without_mfa',
      'Users have MFA',
      'Whatever credentials a user has: without MFA no policy can ask for it, for access keys neither.',
      'medium',
      'Have the user register an MFA device; let programs use roles instead of users.',
      null
    ),
    (
      'user_password_unused',
      'Passwords are used',
      'A password that nobody uses is missed by nobody when it is stolen. One never used is judged by the date it was set.',
      'medium',
      'Delete the password: aws iam delete-login-profile --user-name NAME',
      'unused_max_age'
    ),
    (
      'user_access_key_unused',
      'Access keys are used',
      'An access key that nobody uses is missed by nobody when it is stolen. One never used is judged by the date it was made.',
      'medium',
      'Deactivate the key, and later delete it: aws iam update-access-key --status Inactive --user-name NAME --access-key-id ID',
      'unused_max_age'
    ),
    (
      'access_key_not_rotated',
      'Access keys are rotated',
      'The longer a key lives, the more places have a copy of it.',
      'medium',
      'Make a second key, have it used, deactivate the old one, and delete it; or let a role take its place.',
      'access_key_max_age'
    ),
    (
      'user_two_active_access_keys',
      'Users have one active access key at most',
      'A second active key is for the hours of a rotation; later it is one more to lose.',
      'medium',
      'Deactivate the key that is used less, and later delete it.',
      null
    ),
    (
      'access_key_made_at_setup',
      'Users with a password have no access key that was never used',
      'A key beside a password that was never used was made because a box was ticked at setup, and not because it is needed.',
      'medium',
      'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
      null
    ),
    (
      'access_key_created_with_user',
      'Access keys are not made together with users who have a password',
      'A key of the very moment that its user was created comes from the setup of the user; CIS asks for keys to be made later, by those who need them.',
      'low',
      'Delete the key, and have the user make another if there is a need.',
      'setup_window'
    ),
    (
      'access_key_unused_since_rotation',
      'Access keys are used after their rotation',
      'A key last used before it was rotated is one whose program went on with another, or stopped. AWS tells the use to the minute, so it is compared to the minute.',
      'low',
      'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
      null
    ),
    (
      'access_key_never_used',
      'Access keys have been used',
      'A key that was never used is not needed, whatever it was made for.',
      'low',
      'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
      'never_used_grace'
    ),
    (
      'user_never_logged_in',
      'Passwords have been used',
      'A password that was never used may still be the first one, which somebody else has chosen and sent.',
      'low',
      'Ask the user to sign in, or delete the password: aws iam delete-login-profile --user-name NAME',
      'never_used_grace'
    ),
    (
      'user_password_and_access_key',
      'Users have a password or an access key, not both',
      'People sign in, programs have keys. Who has both can do by a key what MFA would have stopped.',
      'medium',
      'Give the program a role, or a user of its own, and delete the key or the password here.',
      null
    ),
    (
      'user_inactive',
      'Users are active',
      'A user who uses nothing has left, or was forgotten. The latest use of password and access keys counts, of those deactivated since, too; who never used any is judged by the creation of the user.',
      'medium',
      'Delete the user, or its credentials first.',
      'inactive_max_age'
    ),
    (
      'access_key_inactive_kept',
      'Inactive access keys are deleted',
      'A deactivated key is still there: whoever may change the user can make it work again.',
      'low',
      'Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID',
      'inactive_key_max_age'
    ),
    (
      'user_signing_certificate',
      'Users have no active signing certificate',
      'X.509 signing certificates are of the time before access keys; hardly anything needs them.',
      'low',
      'Delete it: aws iam delete-signing-certificate --user-name NAME --certificate-id ID',
      null
    ),
    (
      'user_password_not_rotated',
      'Passwords are changed',
      'Older than the limit, or past the date by which the password policy of the account asks for another.',
      'low',
      'Have the user set another password, or have the password policy of the account ask for it.',
      'password_max_age'
    ),
    (
      'user_without_credentials',
      'Users have credentials',
      'A user without password, active access key and active certificate may be forgotten, or have credentials that the report does not list: those of single services, such as API keys of Amazon Bedrock and of CloudWatch Logs, Git credentials of CodeCommit, and passwords of Keyspaces.',
      'info',
      'Look first whether it has some, such as an API key of Bedrock: aws iam list-service-specific-credentials --user-name NAME; aws iam list-ssh-public-keys --user-name NAME. Delete only a user who has none.',
      null
    ),
    (
      'user_extra_credentials',
      'Users have no more credentials than the report lists',
      'The report has columns for two access keys and two certificates. Of more it tells the number alone, and no other check can judge them.',
      'info',
      'Look at the others: aws iam list-access-keys --user-name NAME; aws iam list-signing-certificates --user-name NAME',
      null
    ),
    (
      'bedrock_api_key_user_with_credentials',
      'Users of Amazon Bedrock API keys have no other credentials',
      'AWS creates a user BedrockAPIKey-... for a long-term API key of Amazon Bedrock. Such a user needs neither a password nor access keys: attackers add them to stay in the account.',
      'high',
      'Find out who added them, and delete them: aws iam delete-login-profile --user-name NAME; aws iam delete-access-key --user-name NAME --access-key-id ID. See what they did in CloudTrail.',
      null
    ),
    (
      'report_stale',
      'The credential report is up to date',
      'Every other check judges by the report: what happened since it was made is not in it. AWS makes at most one in four hours.',
      'medium',
      'Let the option generate be auto, and the caller have iam:GenerateCredentialReport; or save reports more often.',
      'report_max_age'
    )
) as known (check_id, title, description, severity, remediation, setting);
