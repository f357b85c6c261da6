"""The columns of aws_iam_credential_report: Steampipe's, with its names, types and order, then ours."""

from __future__ import annotations

from iam_fdw.tables.base import Column


def _access_key(number: int) -> tuple[Column, ...]:
    slot = f"access_key_{number}"
    return (
        Column(
            f"{slot}_active",
            "boolean",
            f"Whether access key {number} exists and is active. False also for a deactivated key, whose "
            f"{slot}_last_rotated is then not null. Key 1 is not always the older one",
        ),
        Column(
            f"{slot}_last_rotated",
            "timestamptz",
            f"When access key {number} was created or last changed. Null when there is no access key {number}; "
            "a deactivated key keeps its date",
        ),
        Column(
            f"{slot}_last_used_date",
            "timestamptz",
            f"When access key {number} last signed a request, to the minute: the first use in 15 minutes, known to AWS "
            "up to hours later. Null when there is no key, or it was not used since 2015-04-22",
        ),
        Column(
            f"{slot}_last_used_region",
            "text",
            f"The AWS Region of the last use of access key {number}. Null when never used, "
            "or when the service used is global, which does count as a use",
        ),
        Column(
            f"{slot}_last_used_service",
            "text",
            f"The AWS service that access key {number} was last used with, by its namespace, such as s3. "
            "Null when never used",
        ),
    )


def _certificate(number: int) -> tuple[Column, ...]:
    slot = f"cert_{number}"
    return (
        Column(
            f"{slot}_active",
            "boolean",
            f"Whether X.509 signing certificate {number} exists and is active. False also for a deactivated one, "
            f"whose {slot}_last_rotated is then not null",
        ),
        Column(
            f"{slot}_last_rotated",
            "timestamptz",
            f"When signing certificate {number} was created or last changed. Null when there is no certificate "
            f"{number}; a deactivated one keeps its date",
        ),
    )


COLUMNS: tuple[Column, ...] = (
    Column("user_name", "text", "The name of the IAM user, or <root_account> for the root user of the account"),
    Column("user_arn", "text", "The Amazon Resource Name (ARN) of the user"),
    Column("user_creation_time", "timestamptz", "When the user was created; for root, when the account was created"),
    Column(
        "generated_time",
        "timestamptz",
        "When AWS made the report; later changes are not in it. AWS makes at most one in four hours. "
        "Null when a saved report does not tell",
    ),
    *_access_key(1),
    *_access_key(2),
    *_certificate(1),
    *_certificate(2),
    Column(
        "mfa_active",
        "boolean",
        "Whether the user has a multi-factor authentication (MFA) device. "
        "The report tells neither kind nor number of the devices",
    ),
    Column(
        "password_enabled",
        "boolean",
        "Whether the user has a password for the AWS console. Null when AWS does not tell (not_supported), "
        "as for root in reports from before 2023",
    ),
    Column(
        "password_last_changed",
        "timestamptz",
        "When the password was last set. Null when there is none, or when AWS does not tell",
    ),
    Column(
        "password_last_used",
        "timestamptz",
        "When the password was last used to sign in to AWS. Null when never used, not since 2014-10-20, or when "
        "there is none (see password_status). Sign-ins from 2018-05-03 to 2018-05-23 were not recorded. "
        "A deleted password keeps its date",
    ),
    Column(
        "password_status",
        "text",
        "What password_last_used tells: used (a date), never_used (no_information: not since 2014-10-20), "
        "not_set (N/A: no password), not_supported (AWS does not tell). Null when the report holds something else, "
        "or N/A for a password that is enabled",
    ),
    Column(
        "password_next_rotation",
        "timestamptz",
        "When the account's password policy requires a new password. Null when it requires none, and for root",
    ),
    Column("partition", "text", "The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc"),
    Column("region", "text", "Always global: IAM has no Regions"),
    Column("account_id", "text", "The id of the AWS account, 12 digits"),
    Column("account_name", "text", "The name of the AWS account, where it is known"),
    Column("is_root", "boolean", "Whether the row is that of the root user of the account"),
    Column(
        "additional_credentials_info",
        "text",
        "What AWS tells of access keys and signing certificates beyond the two of each that the report lists. "
        "Null when it tells nothing",
    ),
    Column(
        "raw",
        "jsonb",
        "Every field of the report's row as AWS wrote it, by the name in the report's header, "
        "those included that have no column here",
    ),
)
