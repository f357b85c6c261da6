"""psqlODBC, by pyodbc and isql."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pyodbc
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
    TABLES,
    TIMED_OUT,
    USERS,
    VIEWS,
    Place,
)

(DRIVER,) = Path("/usr/lib").glob("*/odbc/psqlodbcw.so")
# As ODBC has them: SQL_WLONGVARCHAR, SQL_TYPE_TIMESTAMP, SQL_VARCHAR, SQL_WVARCHAR.
ODBC_TYPES = {"text": -10, "timestamptz": 93, "bool": 12, "jsonb": -9}
WHOLE, IN_PARTS = "UseDeclareFetch=0", "UseDeclareFetch=1;Fetch=5"


def connect(place: Place, options: str = "") -> pyodbc.Connection:
    where = f"Driver={DRIVER};Server={place.host};Port={place.port};Database={place.dbname}"
    return pyodbc.connect(f"{where};UID={place.user};PWD={place.password};{options}", autocommit=True)


@pytest.fixture(params=[WHOLE, IN_PARTS], ids=["whole", "in parts"])
def cursor(place: Place, request: pytest.FixtureRequest) -> Iterator[pyodbc.Cursor]:
    connection = connect(place, f"BoolsAsChar=0;{request.param}")
    connection.execute("set timezone = 'UTC'")
    yield connection.cursor()
    connection.close()


def names(cursor: pyodbc.Cursor) -> list[str]:
    return [row[0] for row in cursor.fetchall()]


# What it lists


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (None, [*TABLES, *ORDINARY, *VIEWS]),
        ("TABLE", [*TABLES, *ORDINARY]),
        ("VIEW", VIEWS),
        ("FOREIGN TABLE", TABLES),
        ("TABLE,VIEW", [*TABLES, *ORDINARY, *VIEWS]),
    ],
)
def test_foreign_tables_are_listed_as_tables(cursor: pyodbc.Cursor, types: str, expected: list[str]) -> None:
    listed = cursor.tables(schema="public", tableType=types).fetchall()
    kinds = {**dict.fromkeys(TABLES, "FOREIGN TABLE"), **dict.fromkeys(ORDINARY, "TABLE")}
    assert sorted((row.table_name, row.table_type) for row in listed) == [
        (name, kinds.get(name, "VIEW")) for name in sorted(expected)
    ]


def test_columns_have_types(cursor: pyodbc.Cursor) -> None:
    columns = cursor.columns(table=REPORT, schema="public").fetchall()
    assert [(column.column_name, column.type_name) for column in columns] == list(COLUMNS.items())
    assert [column.data_type for column in columns if column.type_name != "bool"] == [
        ODBC_TYPES[kind] for kind in COLUMNS.values() if kind != "bool"
    ]
    assert {column.data_type for column in columns if column.type_name == "bool"} == {pyodbc.SQL_BIT}
    assert {column.nullable for column in columns} == {pyodbc.SQL_NULLABLE}


def test_columns_of_views(cursor: pyodbc.Cursor) -> None:
    columns = cursor.columns(table="iam_check_inactive_users", schema="public").fetchall()
    assert [(column.column_name, column.type_name) for column in columns] == [
        ("account_id", "text"),
        ("account_name", "text"),
        ("user_name", "text"),
        ("password_enabled", "bool"),
        ("password_last_used", "timestamptz"),
        ("last_used_age", "interval"),
        ("error_message", "text"),
    ]


@pytest.mark.parametrize("name", [REPORT, "iam_credential"])
def test_there_are_no_keys(cursor: pyodbc.Cursor, name: str) -> None:
    assert cursor.primaryKeys(table=name, schema="public").fetchall() == []
    assert cursor.foreignKeys(table=name, schema="public").fetchall() == []
    assert cursor.statistics(table=name, schema="public").fetchall() == []


# What it selects


def test_values_are_those_of_the_report(cursor: pyodbc.Cursor, place: Place) -> None:
    cursor.execute(QUERY)
    assert [column[1].__name__ for column in cursor.description] == [
        "str",
        "datetime",
        "bool",
        "datetime",
        "bool",
        "bool",
    ]
    assert [tuple(row) for row in cursor.fetchall()] == [
        (name, created.replace(tzinfo=None), password, changed and changed.replace(tzinfo=None), mfa, used)
        for name, created, password, changed, mfa, used in place.rows()
    ]


def test_times_are_those_of_the_session_and_have_no_zone(cursor: pyodbc.Cursor, place: Place) -> None:
    cursor.execute("set timezone = 'Asia/Kathmandu'")
    newest = cursor.execute(f"select max(user_creation_time) from {REPORT}").fetchval()
    assert newest == place.before(days=21, hours=-5.75).replace(tzinfo=None)


def test_booleans_are_characters_unless_asked_for(place: Place) -> None:
    connection = connect(place)
    rows = connection.execute(f"select password_enabled from {REPORT} order by user_creation_time limit 3").fetchall()
    assert [row[0] for row in rows] == ["1", "1", "0"]
    connection.close()


def test_raw_and_long_texts_are_whole(cursor: pyodbc.Cursor) -> None:
    query = (
        f"select raw, length(raw::text), repeat(user_name || ?, 2000) from {REPORT} where user_name = 'backup_agent'"
    )
    raw, length, long = cursor.execute(query, NON_ASCII).fetchone()
    assert (len(raw), '"password_last_used": "N/A"' in raw) == (length, True)
    assert long == f"backup_agent{NON_ASCII}" * 2000


@pytest.mark.parametrize("view", CHECKS)
def test_checks_name_users(cursor: pyodbc.Cursor, view: str) -> None:
    assert sorted(names(cursor.execute(f"select user_name from {view}"))) == CHECKS[view]


def test_parameters(cursor: pyodbc.Cursor, place: Place) -> None:
    query = f"""
        select user_name, cast(? as text) from {REPORT}
        where account_id = ? and mfa_active = ? and user_creation_time < ? and user_name <> ?
        order by user_creation_time limit ? offset ?
    """
    moment = place.before(days=600).replace(tzinfo=None)
    for _ in range(7):
        for account, mfa, offset, expected in [
            ("111122223333", True, 0, ["elena_petrova", "amira_haddad"]),
            ("111122223333", False, 1, ["Tomasz_Nowak", "olga_ivanova"]),
            ("444455556666", False, 0, []),
        ]:
            rows = cursor.execute(query, NON_ASCII, account, mfa, moment, NON_ASCII, 2, offset).fetchall()
            assert [tuple(row) for row in rows] == [(name, NON_ASCII) for name in expected]


def test_pages_make_the_whole(cursor: pyodbc.Cursor) -> None:
    query = f"select user_name from {REPORT} order by user_creation_time limit ? offset ?"
    assert [name for offset in range(0, 15, 2) for name in names(cursor.execute(query, 2, offset))] == list(USERS)


@pytest.mark.parametrize(("name", "times"), [(REPORT, 1), ("iam_credential", 5)])
def test_rows_are_fetched_in_order(cursor: pyodbc.Cursor, name: str, times: int) -> None:
    cursor.execute(f"select user_name from {name} order by user_creation_time")
    first, few = cursor.fetchone(), cursor.fetchmany(6)
    assert [row[0] for row in [first, *few, *cursor.fetchall()]] == [user for user in USERS for _ in range(times)]


# What ends, and what is refused


def test_cancel_ends_a_scan(cursor: pyodbc.Cursor, asked: Callable[[], None]) -> None:
    begun: list[float] = []

    def cancel() -> None:
        asked()
        begun.append(time.monotonic())
        cursor.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(pyodbc.Error, match=CANCELED):
        cursor.execute(f"select * from {HANGING}").fetchall()
    assert time.monotonic() - begun[0] < SOON
    thread.join()
    assert cursor.execute(f"select count(*) from {REPORT}").fetchval() == 13


def test_statement_timeout_is_a_setting_of_the_connection(place: Place) -> None:
    connection = connect(place, "ConnSettings={set statement_timeout = 200}")
    begun = time.monotonic()
    with pytest.raises(pyodbc.Error, match=TIMED_OUT):
        connection.execute(f"select * from {HANGING}").fetchall()
    assert 0.2 <= time.monotonic() - begun < 0.2 + SOON
    connection.execute("set statement_timeout = 0")
    assert connection.execute(f"select count(*) from {REPORT}").fetchval() == 13
    connection.close()


def test_isql_selects(place: Place) -> None:
    where = f"Driver={DRIVER};Server={place.host};Port={place.port};Database={place.dbname}"
    given = f"select user_name, mfa_active from {REPORT} where user_name = 'amira_haddad'\n"
    done = subprocess.run(
        ["isql", "-k", "-b", "-d|", f"{where};UID={place.user};PWD={place.password};BoolsAsChar=0"],
        input=given,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    assert done.stdout == "amira_haddad|1\n"


def test_wrong_password_is_refused(place: Place) -> None:
    with pytest.raises(pyodbc.Error, match='password authentication failed for user "bi_reader"'):
        connect(place._replace(password="wrong"))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (REPORT, f"permission denied for foreign table {REPORT}"),
        ("iam_history", "permission denied for table iam_history"),
        ("iam_check_user_mfa", 'cannot insert into view "iam_report_or_error"'),
        ("iam_credential", 'cannot insert into view "iam_credential"'),
    ],
)
def test_writing_is_refused(cursor: pyodbc.Cursor, name: str, why: str) -> None:
    with pytest.raises(pyodbc.Error, match=why):
        cursor.execute(f"insert into {name} (user_name) values (?)", "x")
    assert cursor.execute(f"select count(*) from {REPORT}").fetchval() == 13
