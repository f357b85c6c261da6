"""What a condition chooses: the rows that it chooses from a table of PostgreSQL's own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, Server, install, new_database

from iam_fdw.saved.names import snapshot_name

Db = psycopg.Connection[Any]

OTHER = "444455556666"
NAME = "aws_iam_credential_report_snapshot"
FOREIGN = NAME + ("_foreign" if ENGINE == "multicorn" else "")
NOW = datetime.now(timezone.utc).replace(microsecond=0)
AGES = (1, 5, 30, 50, 100, 960)  # hours
MADE = NOW - timedelta(hours=30)
TIMES = [
    f"'{MADE.isoformat()}'",
    f"'{MADE:%Y-%m-%d}'::date",
    f"'{MADE:%Y-%m-%d %H:%M:%S}'::timestamp",
    "now() - interval '2 days'",
    "now() - make_interval(days => 2)",
    "date_trunc('day', now())",
    "(select now() - interval '2 days')",
    "null",
    "'infinity'",
]
# Multicorn takes them for other times, or fails: docs/engines.md
MISREAD = ["now()::date", "date_trunc('day', localtimestamp)", "current_date", "current_timestamp"]
OTHERS = [
    f"account_id = '{OTHER}'",
    f"account_id <> '{OTHER}'",
    f"account_id in ('{ACCOUNT}', '{OTHER}', null)",
    f"account_id in ('{ACCOUNT}', current_setting('regress.account'))",
    f"account_id = any (string_to_array('{ACCOUNT},{OTHER}', ','))",
    f"account_id = any (array(select '{OTHER}'))",
    f"account_id <> all (array['{OTHER}'])",
    f"account_id not in ('{OTHER}')",
    "account_id is null",
    "account_id is not null",
    "account_id = null",
    f"account_id like '{OTHER[:4]}%'",
    f"account_id = '{OTHER}' or user_name = 'alice'",
    f"account_id = coalesce(current_setting('regress.account', true), '{ACCOUNT}')",
    "is_root",
    "not is_root",
    "is_root = true",
    "mfa_active is true",
    "user_name in ('alice', 'bob')",
    "user_name > 'a' and user_name < 'b'",
    "generated_time is null",
    f"generated_time in ('{MADE.isoformat()}', '{NOW.isoformat()}')",
]


@pytest.fixture(scope="module")
def db(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    """A database with saved reports, and what they hold in a table of PostgreSQL's own."""
    folder = tmp_path_factory.mktemp("snapshots")
    for account_id in (ACCOUNT, OTHER):
        for hours in AGES:
            file = folder / snapshot_name(account_id, NOW - timedelta(hours=hours))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(gzip.compress(csv(root(account_id), user("alice", account_id))))
    with (
        new_database(server, "conditions") as name,
        psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db,
    ):
        install(db, snapshots=str(folder))
        db.execute(f"create table plain as select * from {NAME}".encode())
        db.execute(f"set regress.account = '{OTHER}'".encode())
        yield db


def differences(db: Db, table: str, conditions: list[str]) -> dict[str, object]:
    """Return the conditions for which the rows are others, with their numbers or the error."""
    found: dict[str, object] = {}
    # numbers: not each style of dates can be read
    chosen = "select account_id, extract(epoch from generated_time), user_name from {} where {} order by 1, 2, 3"
    for condition in conditions:
        expected = db.execute(chosen.format("plain", condition).encode()).fetchall()
        try:
            given = db.execute(chosen.format(table, condition).encode()).fetchall()
        except psycopg.Error as caught:
            found[condition] = str(caught)
        else:
            if given != expected:
                found[condition] = (len(given), len(expected))
    return found


@pytest.mark.parametrize("settings", ["ISO, MDY; UTC", "German, DMY; Asia/Tokyo", "SQL, DMY; America/New_York"])
@pytest.mark.parametrize("table", sorted({NAME, FOREIGN}))
def test_times(db: Db, table: str, settings: str) -> None:
    style, zone = settings.split("; ")
    db.execute(f"set datestyle = '{style}'; set timezone = '{zone}'".encode())
    times = TIMES if (ENGINE, table) == ("multicorn", FOREIGN) else TIMES + MISREAD
    conditions = [f"generated_time {operator} {time}" for operator in ("<", "<=", "=", ">=", ">") for time in times]
    conditions += [f"generated_time between {times[0]} and now()", f"{times[0]} < generated_time"]
    assert differences(db, table, conditions) == {}


@pytest.mark.parametrize("table", sorted({NAME, FOREIGN}))
def test_other_conditions(db: Db, table: str) -> None:
    assert differences(db, table, OTHERS) == {}


@pytest.mark.parametrize("table", sorted({NAME, FOREIGN}))
@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
def test_parameters(db: Db, table: str, mode: str) -> None:
    db.execute(f"deallocate all; set plan_cache_mode = {mode}".encode())
    types = "text, text, timestamptz"
    condition = "account_id in ($1, $2) and generated_time > $3"
    values = f"('{ACCOUNT}', '{OTHER}', '{MADE.isoformat()}')"
    for name in ("plain", table):
        db.execute(f"prepare {name} ({types}) as select count(*) from {name} where {condition}".encode())
    counts = [db.execute(f"execute {name} {values}".encode()).fetchone() for name in ("plain", table)]
    db.execute("reset plan_cache_mode")
    assert counts == [(8,), (8,)]


@pytest.mark.parametrize("table", sorted({NAME, FOREIGN}))
def test_values_of_an_outer_row(db: Db, table: str) -> None:
    query = (
        "select extract(epoch from made), ("
        f"select count(*) from {{}} as one where one.generated_time = made and one.account_id = '{OTHER}')"
        " from (select distinct generated_time as made from plain) as outer_query order by 1"
    )
    assert db.execute(query.format(table).encode()).fetchall() == db.execute(query.format("plain").encode()).fetchall()
