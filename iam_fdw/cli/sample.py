"""The sample account of `iam-fdw demo`: a credential report in which each of the ten checks finds something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Union

ACCOUNT_ID = "111122223333"

_AGE = timedelta(minutes=10)  # of the report when the demo starts

_ACCESS_KEY = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
_COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_{slot}_{name}" for slot in (1, 2) for name in _ACCESS_KEY),
    *(f"cert_{slot}_{name}" for slot in (1, 2) for name in ("active", "last_rotated")),
)

_Value = Union[bool, timedelta, str]


def report(now: datetime) -> bytes:
    """Return the CSV as AWS would make it at a time, which has a time zone. The same time gives the same bytes."""
    rows: list[Sequence[str]] = [_COLUMNS]
    for name, given in _USERS.items():
        resource = "root" if name == "<root_account>" else f"user/{name}"
        row: dict[str, _Value] = {column: False if column.endswith("_active") else "N/A" for column in _COLUMNS}
        row.update(user=name, arn=f"arn:aws:iam::{ACCOUNT_ID}:{resource}", password_enabled=False)
        row.update(given)
        rows.append([_written(column, value, now) for column, value in row.items()])
    return "\n".join(",".join(row) for row in rows).encode()


def file() -> tuple[str, bytes]:
    """Return the name and the content of a file for the option `source`: a report that is ten minutes old."""
    made = datetime.now(timezone.utc).replace(microsecond=0) - _AGE
    return f"{made:%Y-%m-%dT%H:%M:%SZ}.csv", report(made)


def _written(column: str, value: _Value, now: datetime) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        moment = (now - value).astimezone(timezone.utc)
        if column.endswith("_last_used_date"):
            moment = moment.replace(second=0)  # AWS gives it to the minute
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return value


def _days(days: float) -> timedelta:
    return timedelta(days=days)


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


def _password(changed: timedelta, used: Union[timedelta, str], mfa: bool) -> dict[str, _Value]:
    return {"password_enabled": True, "password_last_changed": changed, "password_last_used": used, "mfa_active": mfa}


def _access_key(
    slot: int,
    rotated: timedelta,
    used: Union[timedelta, str] = "N/A",
    service: str = "N/A",
    region: str = "N/A",
    active: bool = True,
) -> dict[str, _Value]:
    values: tuple[_Value, ...] = (active, rotated, used, region, service)
    return {f"access_key_{slot}_{name}": value for name, value in zip(_ACCESS_KEY, values)}


# Each has a comment on which checks find it. "MFA" is check 8, which finds each user without MFA, programs included.
_USERS: dict[str, dict[str, _Value]] = {
    # Root signed in 12 days ago (check 2), has no MFA (3 and 8), and no access keys (4).
    "<root_account>": {
        "user_creation_time": _days(2190),
        **_password(changed=_days(400), used=_days(12), mfa=False),
    },
    # In order: no check names her.
    "amira_haddad": {
        "user_creation_time": _days(700),
        **_password(changed=_days(30), used=_hours(5), mfa=True),
    },
    # A program without a password. S3 is a service without Regions to AWS: the key is in use, though its Region is
    # N/A. Its signing certificate was deactivated, not deleted: MFA alone.
    "backup_agent": {
        "user_creation_time": _days(900),
        **_access_key(1, rotated=_days(45), used=_hours(1), service="s3"),
        "cert_1_last_rotated": _days(900),
    },
    # Password and access key, both in order by themselves: 5. A capital letter does not change the order.
    "Bruno_Keller": {
        "user_creation_time": _days(400),
        **_password(changed=_days(20), used=_hours(7), mfa=True),
        **_access_key(1, rotated=_days(20), used=_hours(6), service="ec2", region="eu-central-1"),
    },
    # Has never logged in: 6 and MFA.
    "chiara_rossi": {
        "user_creation_time": _days(21),
        **_password(changed=_days(21), used="no_information", mfa=False),
    },
    # A program that uses key 2, which is old: 9, whatever key 1 is, which was deactivated and keeps its dates; MFA.
    "deploy_pipeline": {
        "user_creation_time": _days(800),
        **_access_key(1, rotated=_days(800), used=_days(201), service="ecs", region="eu-central-1", active=False),
        **_access_key(2, rotated=_days(200), used=_hours(2), service="ecs", region="eu-central-1"),
    },
    # Has not logged in for more than 90 days, though somebody has set a new password: 6.
    "elena_petrova": {
        "user_creation_time": _days(1100),
        **_password(changed=_days(60), used=_days(140), mfa=True),
    },
    # Password older than 90 days: 7.
    "farid_nasser": {
        "user_creation_time": _days(500),
        **_password(changed=_days(230), used=_days(1), mfa=True),
    },
    # Logs in every other day, without MFA: MFA.
    "grace_okafor": {
        "user_creation_time": _days(300),
        **_password(changed=_days(25), used=_days(2), mfa=False),
    },
    # A program whose access key was never used: 10 and MFA.
    "metrics_reader": {
        "user_creation_time": _days(62),
        **_access_key(1, rotated=_days(62)),
    },
    # Two active keys, the second unused for more than 30 days: 10.
    "noah_lindqvist": {
        "user_creation_time": _days(350),
        "mfa_active": True,
        **_access_key(1, rotated=_days(35), used=_hours(20), service="iam", region="us-east-1"),
        **_access_key(2, rotated=_days(80), used=_days(50), service="lambda", region="eu-west-1"),
    },
    # Has left: no password, key deactivated but kept, with its dates. MFA alone, although the key is old and unused.
    "olga_ivanova": {
        "user_creation_time": _days(1500),
        **_access_key(1, rotated=_days(420), used=_days(330), service="s3", region="us-east-1", active=False),
    },
    # Everything old at once: 6, 7, 9, 10 and, as the key is active beside the password, 5; MFA.
    "Tomasz_Nowak": {
        "user_creation_time": _days(1800),
        **_password(changed=_days(600), used=_days(500), mfa=False),
        **_access_key(1, rotated=_days(600), used=_days(480), service="sts", region="us-east-1"),
    },
}
