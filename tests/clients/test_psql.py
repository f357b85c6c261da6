"""psql."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable

import pytest

from .conftest import (
    CANCELED,
    CHECKS,
    COLUMNS,
    HANGING,
    NON_ASCII,
    ORDINARY,
    QUERY,
    REPORT,
    SOON,
    STATUS,
    TABLES,
    USERS,
    VIEWS,
    Place,
)

NAMES = {"bool": "boolean", "timestamptz": "timestamp with time zone"}


def start(place: Place, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    given = {
        "PGHOST": place.host,
        "PGPORT": str(place.port),
        "PGDATABASE": place.dbname,
        "PGUSER": place.user,
        "PGPASSWORD": place.password,
        "PGTZ": "UTC",
        "PGCLIENTENCODING": "UTF8",
    }
    return subprocess.Popen(
        ["psql", "-X", "-v", "ON_ERROR_STOP=1", *arguments],
        env={**os.environ, **given, **environment},
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def psql(place: Place, *arguments: str, given: str = "", **environment: str) -> str:
    """Return what psql writes to its output; nothing else may it say."""
    with start(place, *arguments, **environment) as process:
        output, stderr = process.communicate(given, timeout=60)
    assert (process.returncode, stderr) == (0, "")
    return output


def refused(place: Place, *arguments: str, **environment: str) -> str:
    """Return why psql failed."""
    with start(place, *arguments, **environment) as process:
        output, stderr = process.communicate(timeout=60)
    assert (process.returncode != 0, output) == (True, "")
    return stderr


def table(output: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(output)))


def test_csv_has_nulls_booleans_and_times_of_utc(place: Place) -> None:
    written = table(psql(place, "--csv", "-c", QUERY))
    shown = {True: "t", False: "f", None: ""}
    assert written[0] == [
        "user_name",
        "user_creation_time",
        "password_enabled",
        "password_last_changed",
        "mfa_active",
        "key_1_in_use",
    ]
    assert written[1:] == [
        [
            name,
            f"{created:%F %T}+00",
            shown[password],
            f"{changed:%F %T}+00" if changed else "",
            shown[mfa],
            shown[used],
        ]
        for name, created, password, changed, mfa, used in place.rows()
    ]


def test_times_in_another_zone_are_the_same_moments(place: Place) -> None:
    query = f"select user_creation_time from {REPORT} order by 1 desc limit 1"
    for zone, hours, offset in [("Asia/Kathmandu", 5.75, "+05:45"), ("America/Caracas", -4, "-04")]:
        there = place.before(days=21, hours=-hours)
        assert psql(place, "-At", "-c", query, PGTZ=zone) == f"{there:%F %T}{offset}\n"


@pytest.mark.parametrize("view", CHECKS)
def test_checks_name_users(place: Place, view: str) -> None:
    assert (
        psql(place, "-At", "-c", f'select user_name from {view} order by user_name collate "C"').split() == CHECKS[view]
    )


def test_raw_is_what_aws_wrote(place: Place) -> None:
    query = f"select raw ->> 'password_last_changed', raw ->> 'cert_2_active' from {REPORT} where user_name = :'name'"
    written = psql(place, "-At", "-v", "name=amira_haddad", given=query)
    assert written == f"{place.before(days=30):%FT%TZ}|false\n"
    assert psql(place, "-At", "-v", "name=backup_agent", given=query) == "N/A|false\n"


def test_variables_may_hold_anything(place: Place) -> None:
    value = f"""{NON_ASCII} 'or' "1"=\\1"""
    query = f"select user_name, :'value' from {REPORT} where user_name in (:'value', 'amira_haddad')"
    assert psql(place, "-At", "-v", f"value={value}", given=query) == f"amira_haddad|{value}\n"


def test_describe_shows_the_columns_of_the_foreign_table(place: Place) -> None:
    title, _, *columns, server, options = psql(place, "-A", "-c", f"\\d {REPORT}").splitlines()
    assert [line.split("|")[:2] for line in columns] == [
        [name, NAMES.get(kind, kind)] for name, kind in COLUMNS.items()
    ]
    assert title == f'Foreign table "public.{REPORT}"'
    assert (server, options) == ("Server: aws", f"FDW options: (\"table\" '{REPORT}')")


@pytest.mark.parametrize("name", [REPORT, STATUS, *VIEWS])
def test_describe_explains_every_column(place: Place, name: str) -> None:
    count = int(
        psql(
            place, "-At", "-c", f"select count(*) from pg_attribute where attrelid = '{name}'::regclass and attnum > 0"
        )
    )
    lines = psql(place, "-At", "-c", f"\\d+ {name}").splitlines()[:count]
    assert [line for line in lines if not line.rpartition("|")[2]] == []


def test_list_shows_views_and_foreign_tables(place: Place) -> None:
    assert psql(place, "-At", "-c", "\\dv") == "".join(f"public|{name}|view|postgres\n" for name in VIEWS)
    assert psql(place, "-At", "-c", "\\det") == "".join(f"public|{name}|aws\n" for name in TABLES)
    assert psql(place, "-At", "-c", "\\dtvE public.*").count("\n") == len([*TABLES, *ORDINARY, *VIEWS])


@pytest.mark.parametrize("name", [REPORT, "iam_credential"])
def test_copy_writes_what_select_gives(place: Place, tmp_path: Path, name: str) -> None:
    file = tmp_path / "copied.csv"
    tag = psql(place, "-c", f"\\copy (select * from {name}) to '{file}' with (format csv, header)")
    assert tag == f"COPY {len(USERS) * (5 if name == 'iam_credential' else 1)}\n"
    assert file.read_text() == psql(place, "--csv", "-c", f"select * from {name}")


@pytest.mark.parametrize("count", [1, 5, 13, 100])
def test_fetch_count_gives_all_rows_in_order(place: Place, count: int) -> None:
    query = f"select user_name from {REPORT} order by user_creation_time"
    assert psql(place, "-At", "-v", f"FETCH_COUNT={count}", "-c", query).split() == list(USERS)


@pytest.mark.parametrize("count", [0, 5])
def test_interrupt_cancels_a_scan(place: Place, asked: Callable[[], None], count: int) -> None:
    query = f"select * from {HANGING}"
    with start(place, "-v", f"FETCH_COUNT={count}", "-c", query) as process:
        asked()
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        output, stderr = process.communicate(timeout=20)
        assert time.monotonic() - begun < SOON
    assert (process.returncode, output) == (1, "")
    assert f"ERROR:  {CANCELED}\n" in stderr


def test_wrong_password_is_refused(place: Place) -> None:
    assert 'password authentication failed for user "bi_reader"' in refused(place, "-c", "select 1", PGPASSWORD="wrong")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (REPORT, f"permission denied for foreign table {REPORT}"),
        ("iam_history", "permission denied for table iam_history"),
        ("iam_check_user_mfa", 'cannot insert into view "iam_report_or_error"'),
        ("iam_credential", 'cannot insert into view "iam_credential"'),
    ],
)
def test_writing_is_refused(place: Place, name: str, why: str) -> None:
    assert f"ERROR:  {why}\n" in refused(place, "-c", f"insert into {name} (user_name) values ('x')")
