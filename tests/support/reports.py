"""Credential reports for tests: a row of what is given, the rest as AWS writes what is not there."""

from __future__ import annotations

from datetime import datetime, timedelta

ACCOUNT = "111122223333"
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
).split(",")


def user(name: str, account_id: str = ACCOUNT, **fields: str) -> dict[str, str]:
    """Return the row of a user who has nothing but what is given."""
    resource = "root" if name == "<root_account>" else f"user/{name}"
    row = {field: "false" if field.endswith(("_active", "_enabled")) else "N/A" for field in HEADER}
    row.update(user=name, arn=f"arn:aws:iam::{account_id}:{resource}", user_creation_time="2019-07-15T14:44:33Z")
    assert set(fields) <= set(HEADER), fields
    row.update(fields)
    return row


def root(account_id: str = ACCOUNT, **fields: str) -> dict[str, str]:
    """Return the row of the root user."""
    return user("<root_account>", account_id, **fields)


def csv(*rows: dict[str, str]) -> bytes:
    """Return a report as AWS writes it: no quotes, no newline at the end."""
    return "\n".join(",".join(row) for row in [HEADER, *([row[field] for field in HEADER] for row in rows)]).encode()


def ago(now: datetime, days: float = 0, seconds: float = 0) -> str:
    """Return the time so long before now, as AWS writes it."""
    return f"{now - timedelta(days=days, seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
