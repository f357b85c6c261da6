"""Checks of the access keys of users, each key judged by itself."""

from __future__ import annotations

from iam_fdw.checks.check import (
    ACCESS_KEY,
    INACTIVE_ACCESS_KEY,
    OTHERWISE,
    Check,
    alarm,
    later,
    ok,
    skip,
    unknown,
    unreadable,
)

_DELETE = "Delete the key: aws iam delete-access-key --user-name NAME --access-key-id ID"
_NO_PASSWORD = ok("not password_enabled", "'The user has no password beside access key {n}'")
_USED = ok(
    "access_key_{n}_last_used_date is not null",
    "'Access key {n} was last used ' || {ago}(access_key_{n}_last_used_date, now)",
)
_NEVER_USED_SINCE_WHEN = skip(
    "access_key_{n}_last_rotated is null",
    "'Access key {n} was never used, and the report does not tell access_key_{n}_last_rotated'",
)

USER_ACCESS_KEY_UNUSED = Check(
    "user_access_key_unused",
    title="Access keys are used",
    severity="medium",
    description=(
        "An access key that nobody uses is missed by nobody when it is stolen. One never used is judged by the date "
        "it was made."
    ),
    remediation=(
        "Deactivate the key, and later delete it: "
        "aws iam update-access-key --status Inactive --user-name NAME --access-key-id ID"
    ),
    setting="unused_max_age",
    judges=ACCESS_KEY,
    credential="access_key_{n}",
    rule=(
        unknown("access_key_{n}_active"),
        later("access_key_{n}_last_used_date"),
        alarm(
            "now - access_key_{n}_last_used_date >= {limit}",
            """
            'Access key {n} was last used '
              || {ago}(access_key_{n}_last_used_date, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            "access_key_{n}_last_used_date is not null",
            """
            'Access key {n} was last used '
              || {ago}(access_key_{n}_last_used_date, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        unreadable("access_key_{n}_last_used_date"),
        _NEVER_USED_SINCE_WHEN,
        later("access_key_{n}_last_rotated"),
        alarm(
            "now - access_key_{n}_last_rotated >= {limit}",
            """
            'Access key {n} was never used, and made '
              || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'Access key {n} was never used, and made '
              || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)

ACCESS_KEY_NOT_ROTATED = Check(
    "access_key_not_rotated",
    title="Access keys are rotated",
    severity="medium",
    description="The longer a key lives, the more places have a copy of it.",
    remediation=(
        "Make a second key, have it used, deactivate the old one, and delete it; or let a role take its place."
    ),
    setting="access_key_max_age",
    judges=ACCESS_KEY,
    credential="access_key_{n}",
    rule=(
        unknown("access_key_{n}_active"),
        unknown("access_key_{n}_last_rotated"),
        later("access_key_{n}_last_rotated"),
        alarm(
            "now - access_key_{n}_last_rotated > {limit}",
            """
            'Access key {n} was made ' || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'Access key {n} was made ' || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)

ACCESS_KEY_MADE_AT_SETUP = Check(
    "access_key_made_at_setup",
    title="Users with a password have no access key that was never used",
    severity="medium",
    description=(
        "A key beside a password that was never used was made because a box was ticked at setup, and not because it "
        "is needed."
    ),
    remediation=_DELETE,
    judges=ACCESS_KEY,
    credential="access_key_{n}",
    rule=(
        unknown("access_key_{n}_active"),
        _NO_PASSWORD,
        later("access_key_{n}_last_used_date"),
        _USED,
        unreadable("access_key_{n}_last_used_date"),
        skip(
            "password_enabled is null",
            "'Access key {n} was never used, and the report does not tell password_enabled'",
        ),
        alarm(
            OTHERWISE,
            """
            'The user has a password, and access key {n}, made '
              || coalesce({ago}(access_key_{n}_last_rotated, now), 'at an unknown time') || ', was never used'
            """,
        ),
    ),
)

ACCESS_KEY_CREATED_WITH_USER = Check(
    "access_key_created_with_user",
    title="Access keys are not made together with users who have a password",
    severity="low",
    description=(
        "A key of the very moment that its user was created comes from the setup of the user; CIS asks for keys to be "
        "made later, by those who need them."
    ),
    remediation="Delete the key, and have the user make another if there is a need.",
    setting="setup_window",
    judges=ACCESS_KEY,
    credential="access_key_{n}",
    rule=(
        unknown("access_key_{n}_active"),
        _NO_PASSWORD,
        unknown("access_key_{n}_last_rotated"),
        unknown("user_creation_time"),
        later("access_key_{n}_last_rotated"),
        later("user_creation_time"),
        ok(
            "access_key_{n}_last_rotated - user_creation_time not between - {limit} and {limit}",
            """
            'Access key {n} was made ' || {ago}(access_key_{n}_last_rotated, now)
              || ', the user ' || {ago}(user_creation_time, now)
              || '; the window is ' || {limit_text}
            """,
        ),
        skip(
            "password_enabled is null",
            "'Access key {n} was made with the user, and the report does not tell password_enabled'",
        ),
        alarm(
            OTHERWISE,
            """
            'The user has a password, and access key {n} was made ' || {ago}(access_key_{n}_last_rotated, now)
              || ', within ' || {limit_text} || ' of the user'
            """,
        ),
    ),
)

ACCESS_KEY_UNUSED_SINCE_ROTATION = Check(
    "access_key_unused_since_rotation",
    title="Access keys are used after their rotation",
    severity="low",
    description=(
        "A key last used before it was rotated is one whose program went on with another, or stopped. AWS tells the "
        "use to the minute, so it is compared to the minute."
    ),
    remediation=_DELETE,
    judges=ACCESS_KEY,
    credential="access_key_{n}",
    rule=(
        unknown("access_key_{n}_active"),
        unreadable("access_key_{n}_last_used_date"),
        later("access_key_{n}_last_used_date"),
        ok(
            "access_key_{n}_last_used_date is null",
            "'Access key {n} was never used, neither before nor after a rotation'",
        ),
        unknown("access_key_{n}_last_rotated"),
        later("access_key_{n}_last_rotated"),
        alarm(
            "access_key_{n}_last_used_date < date_trunc('minute', access_key_{n}_last_rotated, 'UTC')",
            """
            'Access key {n} was last used ' || {ago}(access_key_{n}_last_used_date, now)
              || ', and rotated ' || {ago}(access_key_{n}_last_rotated, now)
            """,
        ),
        ok(
            OTHERWISE,
            """
            'Access key {n} was last used ' || {ago}(access_key_{n}_last_used_date, now)
              || ', and made ' || {ago}(access_key_{n}_last_rotated, now)
            """,
        ),
    ),
)

ACCESS_KEY_NEVER_USED = Check(
    "access_key_never_used",
    title="Access keys have been used",
    severity="low",
    description="A key that was never used is not needed, whatever it was made for.",
    remediation=_DELETE,
    setting="never_used_grace",
    judges=ACCESS_KEY,
    credential="access_key_{n}",
    rule=(
        unknown("access_key_{n}_active"),
        later("access_key_{n}_last_used_date"),
        _USED,
        unreadable("access_key_{n}_last_used_date"),
        _NEVER_USED_SINCE_WHEN,
        later("access_key_{n}_last_rotated"),
        alarm(
            "now - access_key_{n}_last_rotated > {limit}",
            """
            'Access key {n} was never used, and made '
              || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'Access key {n} was never used, but made '
              || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)

ACCESS_KEY_INACTIVE_KEPT = Check(
    "access_key_inactive_kept",
    title="Inactive access keys are deleted",
    severity="low",
    description="A deactivated key is still there: whoever may change the user can make it work again.",
    remediation=_DELETE,
    setting="inactive_key_max_age",
    judges=INACTIVE_ACCESS_KEY,
    credential="access_key_{n}",
    rule=(
        unknown("access_key_{n}_active"),
        unknown("access_key_{n}_last_rotated"),
        later("access_key_{n}_last_rotated"),
        alarm(
            "now - access_key_{n}_last_rotated > {limit}",
            """
            'Access key {n} is inactive, and was made '
              || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'Access key {n} is inactive, but was made '
              || {ago}(access_key_{n}_last_rotated, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)
