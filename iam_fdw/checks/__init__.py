"""The catalogue of checks. The views are written from it to sql/generated/."""

from __future__ import annotations

from iam_fdw.checks import access_keys, passwords, report, root, users
from iam_fdw.checks.check import Check

# In the order in which iam_check and the documentation list them.
CHECKS: tuple[Check, ...] = (
    root.ROOT_ACCESS_KEY_ACTIVE,
    root.ROOT_MFA_DISABLED,
    root.ROOT_HARDWARE_MFA,
    root.ROOT_RECENTLY_USED,
    root.ROOT_SIGNING_CERTIFICATE_ACTIVE,
    root.ROOT_ACCESS_KEY_INACTIVE,
    root.ROOT_PASSWORD_PRESENT,
    passwords.USER_CONSOLE_WITHOUT_MFA,
    users.USER_WITHOUT_MFA,
    passwords.USER_PASSWORD_UNUSED,
    access_keys.USER_ACCESS_KEY_UNUSED,
    access_keys.ACCESS_KEY_NOT_ROTATED,
    users.USER_TWO_ACTIVE_ACCESS_KEYS,
    access_keys.ACCESS_KEY_MADE_AT_SETUP,
    access_keys.ACCESS_KEY_CREATED_WITH_USER,
    access_keys.ACCESS_KEY_UNUSED_SINCE_ROTATION,
    access_keys.ACCESS_KEY_NEVER_USED,
    passwords.USER_NEVER_LOGGED_IN,
    users.USER_PASSWORD_AND_ACCESS_KEY,
    users.USER_INACTIVE,
    access_keys.ACCESS_KEY_INACTIVE_KEPT,
    users.USER_SIGNING_CERTIFICATE,
    passwords.USER_PASSWORD_NOT_ROTATED,
    users.USER_WITHOUT_CREDENTIALS,
    users.USER_EXTRA_CREDENTIALS,
    users.BEDROCK_API_KEY_USER_WITH_CREDENTIALS,
    report.REPORT_STALE,
)
