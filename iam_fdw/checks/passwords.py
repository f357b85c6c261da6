"""Checks of the passwords of users."""

from __future__ import annotations

from iam_fdw.checks.check import OTHERWISE, USER, Check, alarm, later, ok, skip, unknown, unreadable

_NO_PASSWORD = ok("not password_enabled", "'The user has no password'")
_NEVER_USED = "password_status is distinct from 'never_used'"
_NEVER_USED_SINCE_WHEN = skip(
    "password_last_changed is null",
    "'The password was never used, and the report does not tell password_last_changed'",
)

USER_CONSOLE_WITHOUT_MFA = Check(
    "user_console_without_mfa",
    title="Users with a password have MFA",
    severity="high",
    description="A password alone can be guessed, phished or reused.",
    remediation=(
        "Have the user register an MFA device, or delete the password: aws iam delete-login-profile --user-name NAME"
    ),
    judges=USER,
    rule=(
        ok("mfa_active", "'The user has MFA'"),
        _NO_PASSWORD,
        unknown("password_enabled"),
        skip("mfa_active is null", "'The user has a password, and the report does not tell mfa_active'"),
        alarm(
            OTHERWISE,
            """
            'The user has a password'
              || coalesce(', last used ' || {ago}(password_last_used, now) || ',', '') || ' and no MFA'
            """,
        ),
    ),
)

USER_PASSWORD_UNUSED = Check(
    "user_password_unused",
    title="Passwords are used",
    severity="medium",
    description=(
        "A password that nobody uses is missed by nobody when it is stolen. One never used is judged by the date it "
        "was set."
    ),
    remediation="Delete the password: aws iam delete-login-profile --user-name NAME",
    setting="unused_max_age",
    judges=USER,
    credential="password",
    rule=(
        _NO_PASSWORD,
        unknown("password_enabled"),
        later("password_last_used"),
        alarm(
            "now - password_last_used >= {limit}",
            """
            'The password was last used ' || {ago}(password_last_used, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            "password_last_used is not null",
            """
            'The password was last used ' || {ago}(password_last_used, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        skip(
            _NEVER_USED,
            """
            'The report does not tell password_last_used'
              || case when password_last_changed is null then ', nor password_last_changed' else '' end
            """,
        ),
        _NEVER_USED_SINCE_WHEN,
        later("password_last_changed"),
        alarm(
            "now - password_last_changed >= {limit}",
            """
            'The password was never used, and set '
              || {ago}(password_last_changed, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'The password was never used, and set '
              || {ago}(password_last_changed, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)

USER_NEVER_LOGGED_IN = Check(
    "user_never_logged_in",
    title="Passwords have been used",
    severity="low",
    description=("A password that was never used may still be the first one, which somebody else has chosen and sent."),
    remediation=("Ask the user to sign in, or delete the password: aws iam delete-login-profile --user-name NAME"),
    setting="never_used_grace",
    judges=USER,
    credential="password",
    rule=(
        _NO_PASSWORD,
        unknown("password_enabled"),
        later("password_last_used"),
        ok("password_last_used is not null", "'The password was last used ' || {ago}(password_last_used, now)"),
        skip(_NEVER_USED, "'The report does not tell password_last_used'"),
        _NEVER_USED_SINCE_WHEN,
        later("password_last_changed"),
        alarm(
            "now - password_last_changed > {limit}",
            """
            'The password was never used, and set '
              || {ago}(password_last_changed, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'The password was never used, but set '
              || {ago}(password_last_changed, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)

USER_PASSWORD_NOT_ROTATED = Check(
    "user_password_not_rotated",
    title="Passwords are changed",
    severity="low",
    description=(
        "Older than the limit, or past the date by which the password policy of the account asks for another."
    ),
    remediation="Have the user set another password, or have the password policy of the account ask for it.",
    setting="password_max_age",
    judges=USER,
    credential="password",
    rule=(
        _NO_PASSWORD,
        unknown("password_enabled"),
        alarm(
            "now - password_last_changed > {limit}",
            """
            'The password was set ' || {ago}(password_last_changed, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        alarm(
            "now > password_next_rotation",
            "'The password policy asked for another password ' || {ago}(password_next_rotation, now)",
        ),
        unknown("password_last_changed"),
        later("password_last_changed"),
        unreadable("password_next_rotation"),
        ok(
            OTHERWISE,
            """
            'The password was set ' || {ago}(password_last_changed, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)
