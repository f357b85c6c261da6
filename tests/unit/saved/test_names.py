"""The names of snapshots, and the times in the names of other saved reports."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from support.reports import ACCOUNT

from iam_fdw.errors import Error
from iam_fdw.saved import names
from iam_fdw.saved.names import Period, Snapshot, snapshot_name

MADE = datetime(2026, 11, 23, 8, 0, 0, tzinfo=timezone.utc)
NAME = f"account_id={ACCOUNT}/date=2026-11-23/20261123T080000Z.csv.gz"


def test_names_hold_the_time_in_utc() -> None:
    made = datetime(2026, 3, 1, 1, 30, 0, 999999, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert snapshot_name(ACCOUNT, made) == f"account_id={ACCOUNT}/date=2026-02-28/20260228T200000Z.csv.gz"


def test_a_name_is_read_as_it_was_written() -> None:
    assert snapshot_name(ACCOUNT, MADE) == NAME
    assert names.parse(NAME) == Snapshot(ACCOUNT, MADE, NAME)


@pytest.mark.parametrize(
    "name",
    [
        NAME[1:],
        f"{NAME}.part",
        f"older/{NAME}",
        NAME.replace(ACCOUNT, "12"),
        NAME.replace(".csv.gz", ".csv"),
        NAME.replace("date=2026-11-23", "date=2026-11-24"),
        NAME.replace("2026-11-23", "2026-02-30").replace("20261123", "20260230"),
        NAME.replace("T080000Z", "T990000Z"),
    ],
)
def test_other_names_are_of_no_snapshot(name: str) -> None:
    assert names.parse(name) is None


def test_a_folder_of_an_account_has_its_id() -> None:
    assert names.account_of(names.account_folder(ACCOUNT)) == ACCOUNT
    assert names.account_of(f"account_id={ACCOUNT}0") is None
    assert names.account_of("older") is None


def test_a_period_includes_its_ends() -> None:
    second = timedelta(seconds=1)
    period = Period(MADE, MADE + second)
    assert [period.includes(MADE + count * second) for count in (-1, 0, 1, 2)] == [False, True, True, False]
    assert period.days() == ("date=2026-11-23", "date=2026-11-23")
    # a name has whole seconds: half a second before it is the second that the name gives
    assert Period(MADE + second / 2, None).includes(MADE)


def test_a_period_without_ends_includes_all_days() -> None:
    first, last = Period().days()
    assert first < f"date={datetime.min:%Y-%m-%d}"
    assert f"date={datetime.max:%Y-%m-%d}" < last
    assert Period().includes(MADE)


def test_a_time_that_does_not_exist_is_an_error() -> None:
    assert names.time_in("2026-11-23T08:00:00Z.csv") == MADE
    assert names.time_in("report.csv") is None
    with pytest.raises(Error, match="no existing time"):
        names.time_in("2026-02-30T08:00:00Z.csv")


def test_a_name_is_shown_without_what_a_terminal_obeys() -> None:
    assert names.shown("a\x1b[31m\nb\u202e.csv") == "a?[31m?b?.csv"
