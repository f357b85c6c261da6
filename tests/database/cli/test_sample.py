"""The sample account: a report as AWS writes it, and what each check says of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.reports import HEADER
from support.server import point, save

from iam_fdw.cli import sample
from iam_fdw.tables import report

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=timezone.utc)
DATE, FORMAT = r"[0-9-]{10}T[0-9:]{8}Z", "%Y-%m-%dT%H:%M:%SZ"
LINES = sample.report(NOW).decode().split("\n")
ROWS = [dict(zip(HEADER, line.split(","))) for line in LINES[1:]]
NAMED = {
    "iam_check_report_freshness": [],
    "iam_check_root_last_used": ["<root_account>"],
    "iam_check_root_mfa": ["<root_account>"],
    "iam_check_root_access_keys": ["<root_account>"],
    "iam_check_password_and_access_keys": ["Bruno_Keller", "Tomasz_Nowak"],
    "iam_check_inactive_users": ["chiara_rossi", "elena_petrova", "Tomasz_Nowak"],
    "iam_check_password_rotation": ["farid_nasser", "Tomasz_Nowak"],
    "iam_check_user_mfa": [
        "<root_account>",
        "backup_agent",
        "chiara_rossi",
        "deploy_pipeline",
        "grace_okafor",
        "metrics_reader",
        "olga_ivanova",
        "Tomasz_Nowak",
    ],
    "iam_check_access_key_rotation": ["deploy_pipeline", "Tomasz_Nowak"],
    "iam_check_unused_access_keys": ["metrics_reader", "noah_lindqvist", "Tomasz_Nowak"],
}


def test_has_the_columns_of_aws() -> None:
    assert LINES[0] == ",".join(HEADER)
    assert {len(line.split(",")) for line in LINES} == {22}


def test_root_is_first_then_the_users_in_order() -> None:
    first, *names = [row["user"] for row in ROWS]
    assert first == "<root_account>"
    assert names == sorted(names, key=str.lower) != sorted(names)


def test_is_read_whole() -> None:
    parsed = report.parse(sample.report(NOW), account_id="111122223333", account_name=None, generated_time=NOW)
    assert (parsed.users, parsed.partition) == (len(ROWS) - 1, "aws")


def test_is_the_same_at_the_same_moment() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-8)))
    assert sample.report(NOW) == sample.report(NOW) == sample.report(elsewhere)


def test_moves_with_the_moment() -> None:
    later = NOW + timedelta(days=1)
    pairs = zip(re.findall(DATE, sample.report(NOW).decode()), re.findall(DATE, sample.report(later).decode()))
    moved = [datetime.strptime(after, FORMAT) - datetime.strptime(before, FORMAT) for before, after in pairs]
    assert set(moved) == {timedelta(days=1)}


def test_nothing_is_of_the_future_or_older_than_its_user() -> None:
    for row in ROWS:
        dates = [value for value in row.values() if value.endswith("Z")]
        assert row["user_creation_time"] == min(dates)
        assert max(dates) <= f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


def test_last_use_of_an_access_key_is_told_to_the_minute() -> None:
    used = [row[f"access_key_{slot}_last_used_date"] for row in ROWS for slot in (1, 2)]
    dates = [value for value in used if value != "N/A"]
    assert len(dates) > 5
    assert all(value.endswith(":00Z") for value in dates)


@pytest.fixture
def db(installation: psycopg.Connection[Any], tmp_path: Path) -> psycopg.Connection[Any]:
    """A session at the sample's moment, in a database with the sample."""
    save(tmp_path, sample.report(NOW), NOW)
    point(installation, source=str(tmp_path))
    installation.execute(f"set iam_fdw.now = '{NOW.isoformat()}'".encode())
    return installation


def test_each_check_names_whom_the_comments_say(db: psycopg.Connection[Any]) -> None:
    found = {}
    for view in NAMED:
        column = "account_id" if view == "iam_check_report_freshness" else "user_name"
        names = [name for (name,) in db.execute(f"select {column} from {view}".encode()).fetchall()]
        found[view] = sorted(names, key=str.lower)
    assert found == {**NAMED, "iam_check_report_freshness": ["111122223333"]}


def test_one_user_is_named_by_no_check() -> None:
    named = {name for names in NAMED.values() for name in names}
    assert {row["user"] for row in ROWS} - named == {"amira_haddad"}


def test_root_has_no_mfa_and_no_keys_and_was_used(db: psycopg.Connection[Any]) -> None:
    query = """
        select pw_last_used::text, used.user_name, mfa_active, access_key_1_active, access_key_2_active
        from iam_check_root_last_used as used
          join iam_check_root_mfa using (account_id) join iam_check_root_access_keys using (account_id)
    """
    assert db.execute(query).fetchall() == [("12 days", "<root_account>", False, False, False)]


def test_has_the_cases_that_are_misread_elsewhere() -> None:
    by_name = {row["user"]: row for row in ROWS}
    # in use, with a service that has no Regions
    agent = by_name["backup_agent"]
    assert (agent["access_key_1_last_used_region"], agent["access_key_1_last_used_service"]) == ("N/A", "s3")
    # deactivated, with its dates
    for name, slot in (("deploy_pipeline", "access_key_1"), ("backup_agent", "cert_1")):
        assert by_name[name][f"{slot}_active"] == "false"
        assert by_name[name][f"{slot}_last_rotated"].endswith("Z")
    assert by_name["chiara_rossi"]["password_last_used"] == "no_information"
