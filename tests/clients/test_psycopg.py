"""psycopg 3."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Callable

import psycopg
import pytest
from psycopg import errors
from psycopg.rows import scalar_row

from .conftest import CANCELED, CHECKS, HANGING, NON_ASCII, QUERY, REPORT, SOON, TIMED_OUT, USERS, Place

Db = psycopg.Connection[Any]
ACCOUNT = "111122223333"


@pytest.fixture
def db(place: Place) -> Iterator[Db]:
    with psycopg.connect(place.uri, autocommit=True) as connection:
        yield connection


def names(db: Db, query: str, parameters: Any = None, **options: Any) -> list[Any]:
    """Return the first column."""
    return db.cursor(row_factory=scalar_row).execute(query.encode(), parameters, **options).fetchall()


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/Caracas"])
def test_values_are_those_of_the_report(db: Db, place: Place, binary: bool, zone: str) -> None:
    db.execute("select set_config('timezone', %s, false)", [zone])
    rows = db.execute(QUERY.encode(), binary=binary).fetchall()
    assert rows == place.rows()
    assert {str(row[1].tzinfo) for row in rows} == {zone}


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_raw_is_a_dict_of_what_aws_wrote(db: Db, place: Place, binary: bool) -> None:
    query = f"select raw from {REPORT} where raw @> %s::jsonb"
    ((raw,),) = db.execute(query.encode(), ['{"user": "chiara_rossi"}'], binary=binary)
    assert raw["password_last_used"] == "no_information"
    assert raw["user_creation_time"] == f"{place.before(days=21):%FT%TZ}"
    assert raw["mfa_active"] == "false"
    assert len(raw) == 22


def test_ages_reach_back_to_the_day(db: Db, place: Place) -> None:
    query = "select user_name, (%s::timestamp - last_used_age)::date from iam_check_inactive_users order by 2"
    assert db.execute(query.encode(), [place.made.date()]).fetchall() == [
        ("Tomasz_Nowak", place.before(days=500).date()),
        ("elena_petrova", place.before(days=140).date()),
        ("chiara_rossi", None),
    ]


@pytest.mark.parametrize("view", CHECKS)
def test_checks_name_users(db: Db, view: str) -> None:
    assert sorted(names(db, f"select user_name from {view}")) == CHECKS[view]


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan", "force_custom_plan"])
def test_prepared_statements_give_the_same_each_time(db: Db, place: Place, mode: str) -> None:
    db.execute("select set_config('plan_cache_mode', %s, false)", [mode])
    query = f"select user_name from {REPORT} where account_id = %s and user_creation_time < %s and mfa_active = %s"
    for _ in range(4):
        for parameters, expected in [
            ((ACCOUNT, place.before(days=1000), True), ["elena_petrova"]),
            ((ACCOUNT, place.before(days=1000), False), ["<root_account>", "Tomasz_Nowak", "olga_ivanova"]),
            (("444455556666", place.made, False), []),
            ((ACCOUNT, None, True), []),
        ]:
            assert sorted(names(db, query, parameters, prepare=True)) == sorted(expected)
    ((generic, custom),) = db.execute("select sum(generic_plans), sum(custom_plans) from pg_prepared_statements")
    assert (generic > 0, custom > 0) == (mode != "force_custom_plan", mode != "force_generic_plan")


def test_statements_are_prepared_past_the_threshold(db: Db) -> None:
    for _ in range(8):
        assert names(db, f"select count(*) from {REPORT} where account_id = %s", [ACCOUNT]) == [13]
    assert names(db, "select count(*) from pg_prepared_statements") == [1]


@pytest.mark.parametrize("prepare", [False, True])
def test_any_takes_a_list(db: Db, prepare: bool) -> None:
    query = f"select user_name from {REPORT} where account_id = any(%s) and user_name = any(%s) order by 1 desc"
    for _ in range(7):
        for accounts, users, expected in [
            (
                [ACCOUNT, "444455556666"],
                ["amira_haddad", NON_ASCII, "<root_account>"],
                ["amira_haddad", "<root_account>"],
            ),
            ([ACCOUNT], [None, "noah_lindqvist"], ["noah_lindqvist"]),
            ([], ["amira_haddad"], []),
            (None, ["amira_haddad"], []),
        ]:
            assert names(db, query, [accounts, users], prepare=prepare) == expected


def test_parameters_may_hold_anything(db: Db) -> None:
    value = f"""{NON_ASCII} 'or' "1"=\\1 %s"""
    query = f"select user_name || %(value)s from {REPORT} where user_name in (%(value)s, 'amira_haddad')"
    assert names(db, query, {"value": value}) == [f"amira_haddad{value}"]


@pytest.mark.parametrize(("name", "count"), [(REPORT, 13), ("iam_credential", 65)])
@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_server_side_cursors_fetch_in_parts(db: Db, name: str, count: int, binary: bool) -> None:
    query = f"select user_name from {name} order by user_creation_time".encode()
    with db.transaction(), db.cursor("part", binary=binary, row_factory=scalar_row) as cursor:
        cursor.itersize = 4
        assert list(dict.fromkeys(cursor.execute(query))) == list(USERS)
    with db.transaction(), db.cursor("part", scrollable=True, withhold=True, row_factory=scalar_row) as cursor:
        cursor.execute(query)
        assert cursor.fetchmany(1) == ["<root_account>"]
        assert len(cursor.fetchall()) == count - 1
        cursor.scroll(count - 1, mode="absolute")
        assert cursor.fetchall() == ["chiara_rossi"]


def test_a_cursor_may_be_left_in_the_middle(db: Db) -> None:
    for _ in range(3):
        with db.transaction(), db.cursor("part", row_factory=scalar_row) as cursor:
            assert cursor.execute(f"select user_name from {REPORT}".encode()).fetchone() == "<root_account>"
    assert names(db, f"select count(*) from {REPORT}") == [13]


def test_pages_make_the_whole(db: Db) -> None:
    for direction, users in [("", list(USERS)), ("desc", list(USERS)[::-1])]:
        query = f"select user_name from {REPORT} order by user_creation_time {direction} limit %s offset %s"
        assert [names(db, query, [5, offset], prepare=True) for offset in (0, 5, 10, 15)] == [
            users[0:5],
            users[5:10],
            users[10:],
            [],
        ]


def test_pipelines_may_hold_many_scans(db: Db) -> None:
    with db.pipeline():
        cursors = [
            db.execute(f"select user_name from {view} where account_id = %s".encode(), [ACCOUNT]) for view in CHECKS
        ]
    found = [sorted(user for (user,) in cursor) for cursor in cursors]
    assert found == list(CHECKS.values())


def test_an_error_ends_a_pipeline_but_not_the_connection(db: Db) -> None:
    def pipeline() -> None:
        with db.pipeline():
            for column in ("count(*)", "raw::text::int", "count(*)"):
                db.execute(f"select {column} from {REPORT}".encode())

    with pytest.raises(errors.InvalidTextRepresentation):
        pipeline()
    assert names(db, f"select count(*) from {REPORT}") == [13]


@pytest.mark.parametrize("named", [False, True], ids=["plain", "server-side"])
def test_cancel_ends_a_scan(db: Db, asked: Callable[[], None], named: bool) -> None:
    begun: list[float] = []

    def cancel() -> None:
        asked()
        begun.append(time.monotonic())
        db.cancel_safe()

    thread = threading.Thread(target=cancel)
    thread.start()
    cursor: psycopg.Cursor[Any] = db.cursor("part") if named else db.cursor()
    with pytest.raises(errors.QueryCanceled, match=CANCELED), db.transaction(), cursor:
        cursor.execute(f"select * from {HANGING}".encode()).fetchall()
    assert time.monotonic() - begun[0] < SOON
    thread.join()
    assert names(db, f"select count(*) from {REPORT}") == [13]


def test_statement_timeout_ends_a_scan(db: Db) -> None:
    db.execute("set statement_timeout = '200ms'")
    for _ in range(2):
        begun = time.monotonic()
        with pytest.raises(errors.QueryCanceled, match=TIMED_OUT) as caught:
            db.execute(f"select * from {HANGING}".encode())
        assert 0.2 <= time.monotonic() - begun < 0.2 + SOON
        assert caught.value.sqlstate == "57014"
    db.execute("reset statement_timeout")
    assert names(db, f"select count(*) from {REPORT}") == [13]


def test_the_time_of_the_status_is_now(db: Db) -> None:
    ((checked, users),) = db.execute("select checked_at, users from aws_iam_credential_report_status")
    assert abs(datetime.now(checked.tzinfo) - checked) < timedelta(minutes=1)
    assert users == 12


def test_the_login_is_by_scram(place: Place) -> None:
    with psycopg.connect(place.uri, require_auth="scram-sha-256") as connection:
        assert connection.pgconn.used_password


def test_wrong_password_is_refused(place: Place) -> None:
    with pytest.raises(psycopg.OperationalError, match='password authentication failed for user "bi_reader"'):
        psycopg.connect(place.uri, password="wrong")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (REPORT, errors.InsufficientPrivilege),
        ("iam_history", errors.InsufficientPrivilege),
        ("iam_check_user_mfa", errors.ObjectNotInPrerequisiteState),
        ("iam_credential", errors.ObjectNotInPrerequisiteState),
    ],
)
def test_writing_is_refused(db: Db, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        db.execute(f"insert into {name} (user_name) values (%s)".encode(), ["x"])
    with pytest.raises((errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)), db.cursor() as cursor:
        cursor.copy(f"copy {name} (user_name) from stdin".encode()).__enter__()
    assert names(db, f"select count(*) from {REPORT}") == [13]
