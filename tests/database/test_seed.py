"""The ten queries of the seed, word for word (tests/seed), on an account shaped like the one they were written for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.reports import ago, csv, root, user
from support.server import point, save

Rows = list[tuple[Any, ...]]


@pytest.fixture
def now(admin: psycopg.Connection[Any], installation: psycopg.Connection[Any], tmp_path: Path) -> Iterator[datetime]:
    """The time of the transaction that the test is in, in which the account is what it is."""
    point(admin, source=str(tmp_path))
    with admin.transaction():
        admin.execute("set local timezone = 'UTC'")
        row = admin.execute("select now()").fetchone()
        assert row is not None
        now: datetime = row[0]
        save(tmp_path, account(now), now - timedelta(hours=1))
        yield now


def account(now: datetime) -> bytes:
    pam = {"mfa_active": "true", "password_enabled": "true", "password_last_used": ago(now, 573)}
    return csv(
        root(mfa_active="true", password_last_used=ago(now, 573), password_enabled="true"),
        # the password is old and rotated, the first key in use, the second forgotten
        user(
            "pam_beesly",
            **pam,
            password_last_changed=ago(now, 10),
            access_key_1_active="true",
            access_key_1_last_rotated=ago(now, 236),
            access_key_1_last_used_date=ago(now, 1),
            access_key_1_last_used_region="us-east-1",
            access_key_1_last_used_service="iam",
            access_key_2_active="true",
            access_key_2_last_rotated=ago(now, 68),
            access_key_2_last_used_date=ago(now, 68),
            access_key_2_last_used_region="us-east-1",
            access_key_2_last_used_service="s3",
        ),
        user("darryl_philbin", access_key_1_active="true", access_key_1_last_rotated=ago(now, 15)),
        user(
            "dwight_schrute",
            password_enabled="true",
            password_last_used="no_information",
            password_last_changed=ago(now, 394),
            access_key_1_active="true",
            access_key_1_last_rotated=ago(now, 15),
            access_key_1_last_used_date=ago(now, 2),
        ),
        user(
            "kelly_kapoor",
            password_enabled="true",
            password_last_used="no_information",
            password_last_changed=ago(now, 140),
        ),
        user(
            "ryan_howard",
            password_enabled="true",
            password_last_used="no_information",
            password_last_changed=ago(now, 90),
        ),
    )


def ask(db: psycopg.Connection[Any], number: int) -> Rows:
    query = (Path(__file__).parent / "seed" / f"{number:02}.sql").read_text()
    return db.execute(query.encode()).fetchall()


def age(db: psycopg.Connection[Any], now: datetime, days: int) -> Any:
    """Return what PostgreSQL's age() makes of so many days until today."""
    today = now.date()
    row = db.execute("select age(%s::timestamp, %s::timestamp)", (today, today - timedelta(days=days))).fetchone()
    assert row is not None
    return row[0]


def before(now: datetime, days: float) -> datetime:
    return now.replace(microsecond=0) - timedelta(days=days)


def test_1_gives_the_whole_report(admin: psycopg.Connection[Any], now: datetime) -> None:
    rows = ask(admin, 1)
    assert [row[0] for row in rows] == [
        *["<root_account>", "pam_beesly", "darryl_philbin", "dwight_schrute", "kelly_kapoor", "ryan_howard"]
    ]
    assert {len(row) for row in rows} == {31}


def test_2_root_last_used(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 2) == [("<root_account>", before(now, 573), age(admin, now, 573))]


def test_3_root_mfa(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 3) == [("<root_account>", True)]


def test_4_root_access_keys(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 4) == [("<root_account>", False, False)]


def test_5_password_and_access_keys(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 5) == [("pam_beesly", True, True, True), ("dwight_schrute", True, True, False)]


def test_6_inactive_users(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 6) == [
        ("pam_beesly", True, before(now, 573), age(admin, now, 573)),
        ("dwight_schrute", True, None, None),
        ("kelly_kapoor", True, None, None),
        ("ryan_howard", True, None, None),
    ]


def test_7_password_rotation(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 7) == [
        ("dwight_schrute", before(now, 394), age(admin, now, 394)),
        ("kelly_kapoor", before(now, 140), age(admin, now, 140)),
    ]


def test_8_mfa(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 8) == [
        ("darryl_philbin", False),
        ("dwight_schrute", False),
        ("kelly_kapoor", False),
        ("ryan_howard", False),
    ]


def test_9_access_key_rotation(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 9) == [("pam_beesly", True, age(admin, now, 236), True, age(admin, now, 68))]


def test_10_unused_access_keys(admin: psycopg.Connection[Any], now: datetime) -> None:
    assert ask(admin, 10) == [
        ("pam_beesly", before(now, 1), age(admin, now, 1), before(now, 68), age(admin, now, 68)),
        ("darryl_philbin", None, None, None, None),
    ]


def test_the_host_warns_of_none_of_them(admin: psycopg.Connection[Any], now: datetime, notices: list[str]) -> None:
    for number in range(1, 11):
        ask(admin, number)
    assert notices == []


def test_the_views_give_the_same_with_the_account_first(admin: psycopg.Connection[Any], now: datetime) -> None:
    views = {
        2: "iam_check_root_last_used",
        3: "iam_check_root_mfa",
        4: "iam_check_root_access_keys",
        5: "iam_check_password_and_access_keys",
        6: "iam_check_inactive_users",
        7: "iam_check_password_rotation",
        8: "iam_check_user_mfa",
        9: "iam_check_access_key_rotation",
        10: "iam_check_unused_access_keys",
    }
    for number, view in views.items():
        query, selected = ask(admin, number), admin.execute(f"select * from {view}")
        assert [("111122223333", None, *row, None) for row in query] == selected.fetchall(), view
        names = [column.name for column in selected.description or ()]
        columns = admin.execute((Path(__file__).parent / "seed" / f"{number:02}.sql").read_bytes()).description or ()
        assert names == ["account_id", "account_name", *(column.name for column in columns), "error_message"]
