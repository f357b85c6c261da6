"""Reports on which Prowler's rules and ours part."""

from __future__ import annotations

from datetime import datetime

from support.reports import ago, csv, root, user


def special(now: datetime) -> bytes:
    """Return a report of users in whom an old date, a missing date or a second key could hide something."""
    today = ago(now, seconds=3600)
    return csv(
        root(
            password_enabled="true",
            password_last_changed=ago(now, 800),
            password_last_used=ago(now, 365),
            mfa_active="true",
            **_key(1, made=ago(now, 800), used=today),
        ),
        user("a_key_never_used", **_key(1, made=ago(now, 400))),
        user("c_old_key_2", **_key(1, ago(now, 500), ago(now, 450), "false"), **_key(2, ago(now, 500), ago(now, 400))),
        user("d_key_made_today", **_key(1, made=today)),
        user("e_password_made_today", **_password(made=today)),
        user("f_key_used_45_days_and_3_hours_ago", **_key(1, ago(now, 60), ago(now, 45, 3 * 3600))),
        user("g_password_never_used", **_password(made=ago(now, 400))),
    )


def large(now: datetime, users: int) -> bytes:
    """Return a report of root and so many users, each with a password and a key, of all ages to beyond the limits."""
    rows = [
        user(
            f"user{place:05}",
            **_password(made=ago(now, 80), used=ago(now, place % 50)),
            **_key(1, made=ago(now, place % 100), used=ago(now, place % 50)),
        )
        for place in range(users)
    ]
    return csv(root(password_enabled="true", password_last_used=ago(now, 12), mfa_active="true"), *rows)


def _password(made: str, used: str = "no_information") -> dict[str, str]:
    return {
        "password_enabled": "true",
        "password_last_changed": made,
        "password_last_used": used,
        "mfa_active": "true",
        "user_creation_time": made,
    }


def _key(slot: int, made: str, used: str = "N/A", active: str = "true") -> dict[str, str]:
    prefix = f"access_key_{slot}_"
    return {f"{prefix}active": active, f"{prefix}last_rotated": made, f"{prefix}last_used_date": used}
