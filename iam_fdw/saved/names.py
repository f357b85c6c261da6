"""The names of snapshots, account_id=111122223333/date=2026-11-23/20261123T080000Z.csv.gz, and which are wanted."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Optional

from iam_fdw.errors import Error

# The folder of an account has one folder for each day: these sort before and after all of them.
BEFORE_ALL_DAYS, AFTER_ALL_DAYS = "date=", "date=~"

_ACCOUNT = re.compile("account_id=([0-9]{12})")
_SNAPSHOT = re.compile(rf"{_ACCOUNT.pattern}/date=([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})/(\2\3\4T[0-9]{{6}}Z)\.csv\.gz")
_TIME = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})T([0-9]{2}):?([0-9]{2}):?([0-9]{2})(?:\+00:?00|Z)")


class Snapshot(NamedTuple):
    """A snapshot as its name describes it. generated_time: when AWS made the report, UTC, in whole seconds."""

    account_id: str
    generated_time: datetime
    name: str


class Period(NamedTuple):
    """A period of time, UTC, both ends included. None: without this end."""

    first: Optional[datetime] = None
    last: Optional[datetime] = None

    def days(self) -> tuple[str, str]:
        """Return the names of the folders of its first and last day."""
        return (
            _day(self.first) if self.first else BEFORE_ALL_DAYS,
            _day(self.last) if self.last else AFTER_ALL_DAYS,
        )

    def includes(self, moment: datetime) -> bool:
        """Return whether a moment, UTC and in whole seconds as names have it, is in the period."""
        return (self.first is None or self.first.replace(microsecond=0) <= moment) and (
            self.last is None or moment <= self.last
        )


class Choice(NamedTuple):
    """Which snapshots are wanted. account_ids: None for those of all accounts."""

    account_ids: Optional[Container[str]] = None
    period: Period = Period()


def snapshot_name(account_id: str, generated_time: datetime) -> str:
    """Return the name of a snapshot. generated_time: with a time zone."""
    made = generated_time.astimezone(timezone.utc)
    return f"{account_folder(account_id)}/{_day(made)}/{made:%Y%m%dT%H%M%SZ}.csv.gz"


def parse(name: str) -> Optional[Snapshot]:
    """Return what the name of a snapshot says, None for any other name."""
    match = _SNAPSHOT.fullmatch(name)
    if match is None:
        return None
    try:
        made = datetime.strptime(match[5], "%Y%m%dT%H%M%SZ")
    except ValueError:  # the 30th of February
        return None
    return Snapshot(match[1], made.replace(tzinfo=timezone.utc), name)


def account_folder(account_id: str) -> str:
    """Return the name of the folder that has the snapshots of an account."""
    return f"account_id={account_id}"


def account_of(folder: str) -> Optional[str]:
    """Return the account whose snapshots a folder of this name has, None for any other name."""
    match = _ACCOUNT.fullmatch(folder)
    return match[1] if match else None


def days_before(now: datetime, days: int) -> str:
    """Return the name of the folder of the day that is some days before another."""
    return _day(now - timedelta(days=days))


def time_in(name: str) -> Optional[datetime]:
    """Return the time, UTC, in the name of a saved report, such as 2026-11-23T08:00:00Z.csv. None: there is none.

    Raises Error (FDW_ERROR) when no calendar has such a time.
    """
    match = _TIME.search(name)
    if match is None:
        return None
    try:
        return datetime.fromisoformat("{}-{}-{}T{}:{}:{}+00:00".format(*match.groups()))
    except ValueError:
        raise Error("the name of the saved report holds no existing time", hint="Rename the file.") from None


def shown(name: str) -> str:
    """Return the name of a file as an error can show it: others may have put any character into it."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _day(moment: datetime) -> str:
    return f"date={moment:%Y-%m-%d}"
