"""Checks of users as a whole."""

from __future__ import annotations

from iam_fdw.checks.check import (
    BEDROCK_USER,
    EXTRA_CREDENTIALS,
    OTHERWISE,
    USER,
    Check,
    alarm,
    later,
    ok,
    skip,
    unknown,
    unreadable,
)

_ANY_CREDENTIAL = "password_enabled or access_key_1_active or access_key_2_active or cert_1_active or cert_2_active"

USER_WITHOUT_MFA = Check(
    "user_without_mfa",
    title="Users have MFA",
    severity="medium",
    description="Whatever credentials a user has: without MFA no policy can ask for it, for access keys neither.",
    remediation="Have the user register an MFA device; let programs use roles instead of users.",
    judges=USER,
    rule=(
        ok("mfa_active", "'The user has MFA'"),
        unknown("mfa_active"),
        alarm(OTHERWISE, "'The user has no MFA'"),
    ),
)

USER_TWO_ACTIVE_ACCESS_KEYS = Check(
    "user_two_active_access_keys",
    title="Users have one active access key at most",
    severity="medium",
    description="A second active key is for the hours of a rotation; later it is one more to lose.",
    remediation="Deactivate the key that is used less, and later delete it.",
    judges=USER,
    rule=(
        ok("not access_key_1_active", "'Access key 1 is not active'"),
        ok("not access_key_2_active", "'Access key 2 is not active'"),
        unknown("access_key_1_active"),
        unknown("access_key_2_active"),
        alarm(
            OTHERWISE,
            """
            'Access keys 1 and 2 are both active: key 1 made '
              || coalesce({ago}(access_key_1_last_rotated, now), 'at an unknown time')
              || ', key 2 made ' || coalesce({ago}(access_key_2_last_rotated, now), 'at an unknown time')
            """,
        ),
    ),
)

USER_PASSWORD_AND_ACCESS_KEY = Check(
    "user_password_and_access_key",
    title="Users have a password or an access key, not both",
    severity="medium",
    description="People sign in, programs have keys. Who has both can do by a key what MFA would have stopped.",
    remediation="Give the program a role, or a user of its own, and delete the key or the password here.",
    judges=USER,
    rule=(
        ok("not password_enabled", "'The user has no password'"),
        ok("not access_key_1_active and not access_key_2_active", "'The user has no active access key'"),
        alarm(
            "password_enabled and (access_key_1_active or access_key_2_active)",
            """
            'The user has a password, and active access keys: ' || concat_ws(
              ', ',
              case when access_key_1_active then 'key 1' end,
              case when access_key_2_active then 'key 2' end
            )
            """,
        ),
        unknown("password_enabled"),
        unknown("access_key_1_active"),
        skip(OTHERWISE, "'The report does not tell access_key_2_active'"),
    ),
)

USER_INACTIVE = Check(
    "user_inactive",
    title="Users are active",
    severity="medium",
    description=(
        "A user who uses nothing has left, or was forgotten. The latest use of password and access keys counts, of "
        "those deactivated since, too; who never used any is judged by the creation of the user."
    ),
    remediation="Delete the user, or its credentials first.",
    setting="inactive_max_age",
    judges=USER,
    rule=(
        ok(
            "now - last_use < {limit}",
            """
            case last_use
              when password_last_used then 'The password'
              when access_key_1_last_used_date then 'Access key 1'
              else 'Access key 2'
            end
              || ' was last used ' || {ago}(last_use, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        later("password_last_used"),
        later("access_key_1_last_used_date"),
        later("access_key_2_last_used_date"),
        skip(
            "password_status is null or password_status = 'not_supported'",
            "'The report does not tell password_last_used'",
        ),
        unreadable("access_key_1_last_used_date"),
        unreadable("access_key_2_last_used_date"),
        alarm(
            "last_use is not null",
            """
            'The last use of any credential was ' || {ago}(last_use, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        skip(
            "user_creation_time is null",
            "'The user never used a credential, and the report does not tell user_creation_time'",
        ),
        later("user_creation_time"),
        alarm(
            "now - user_creation_time >= {limit}",
            """
            'The user never used a credential, and was created '
              || {ago}(user_creation_time, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'The user never used a credential, but was created '
              || {ago}(user_creation_time, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)

USER_SIGNING_CERTIFICATE = Check(
    "user_signing_certificate",
    title="Users have no active signing certificate",
    severity="low",
    description="X.509 signing certificates are of the time before access keys; hardly anything needs them.",
    remediation="Delete it: aws iam delete-signing-certificate --user-name NAME --certificate-id ID",
    judges=USER,
    rule=(
        alarm(
            "cert_1_active or cert_2_active",
            """
            'The user has an active signing certificate: ' || concat_ws(
              ' and ',
              case when cert_1_active then
                'certificate 1, made ' || coalesce({ago}(cert_1_last_rotated, now), 'at an unknown time')
              end,
              case when cert_2_active then
                'certificate 2, made ' || coalesce({ago}(cert_2_last_rotated, now), 'at an unknown time')
              end
            )
            """,
        ),
        unknown("cert_1_active"),
        unknown("cert_2_active"),
        ok(OTHERWISE, "'Neither signing certificate 1 nor signing certificate 2 is active'"),
    ),
)

USER_WITHOUT_CREDENTIALS = Check(
    "user_without_credentials",
    title="Users have credentials",
    severity="info",
    description=(
        "A user without password, active access key and active certificate may be forgotten, or have credentials that "
        "the report does not list: those of single services, such as API keys of Amazon Bedrock and of CloudWatch "
        "Logs, Git credentials of CodeCommit, and passwords of Keyspaces."
    ),
    remediation=(
        "Look first whether it has some, such as an API key of Bedrock: "
        "aws iam list-service-specific-credentials --user-name NAME; "
        "aws iam list-ssh-public-keys --user-name NAME. Delete only a user who has none."
    ),
    judges=USER,
    rule=(
        ok(
            _ANY_CREDENTIAL,
            """
            'The user has ' || concat_ws(
              ', ',
              case when password_enabled then 'a password' end,
              case when access_key_1_active then 'access key 1' end,
              case when access_key_2_active then 'access key 2' end,
              case when cert_1_active then 'signing certificate 1' end,
              case when cert_2_active then 'signing certificate 2' end
            )
            """,
        ),
        alarm(
            f"not (\n  {_ANY_CREDENTIAL}\n)",
            "'The user has no password, no active access key and no active signing certificate'",
        ),
        skip(
            OTHERWISE,
            """
            'The report does not tell ' || concat_ws(
              ', ',
              case when password_enabled is null then 'password_enabled' end,
              case when access_key_1_active is null then 'access_key_1_active' end,
              case when access_key_2_active is null then 'access_key_2_active' end,
              case when cert_1_active is null then 'cert_1_active' end,
              case when cert_2_active is null then 'cert_2_active' end
            )
            """,
        ),
    ),
)

USER_EXTRA_CREDENTIALS = Check(
    "user_extra_credentials",
    title="Users have no more credentials than the report lists",
    severity="info",
    description=(
        "The report has columns for two access keys and two certificates. Of more it tells the number alone, and no "
        "other check can judge them."
    ),
    remediation=(
        "Look at the others: aws iam list-access-keys --user-name NAME; "
        "aws iam list-signing-certificates --user-name NAME"
    ),
    judges=EXTRA_CREDENTIALS,
    rule=(
        alarm("additional_credentials_info is not null", "'AWS tells of more: ' || additional_credentials_info"),
        unreadable("additional_credentials_info"),
        ok(OTHERWISE, "'AWS tells of no credentials beyond those listed'"),
    ),
)

BEDROCK_API_KEY_USER_WITH_CREDENTIALS = Check(
    "bedrock_api_key_user_with_credentials",
    title="Users of Amazon Bedrock API keys have no other credentials",
    severity="high",
    description=(
        "AWS creates a user BedrockAPIKey-... for a long-term API key of Amazon Bedrock. Such a user needs neither a "
        "password nor access keys: attackers add them to stay in the account."
    ),
    remediation=(
        "Find out who added them, and delete them: aws iam delete-login-profile --user-name NAME; "
        "aws iam delete-access-key --user-name NAME --access-key-id ID. See what they did in CloudTrail."
    ),
    judges=BEDROCK_USER,
    rule=(
        alarm(
            "password_enabled or access_key_1_active or access_key_2_active",
            """
            'The user of an Amazon Bedrock API key has ' || concat_ws(
              ' and ',
              case when password_enabled then
                'a password, set ' || coalesce({ago}(password_last_changed, now), 'at an unknown time')
              end,
              case when access_key_1_active then
                'access key 1, made '
                  || coalesce({ago}(access_key_1_last_rotated, now), 'at an unknown time')
              end,
              case when access_key_2_active then
                'access key 2, made '
                  || coalesce({ago}(access_key_2_last_rotated, now), 'at an unknown time')
              end
            )
            """,
        ),
        unknown("password_enabled"),
        unknown("access_key_1_active"),
        unknown("access_key_2_active"),
        ok(OTHERWISE, "'The user of an Amazon Bedrock API key has neither a password nor an active access key'"),
    ),
)
