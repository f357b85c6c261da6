"""The ten check views and iam_credential: which rows, by which settings, at which moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from support.reports import ACCOUNT, ago, csv, root, user
from support.server import ENGINE, TREE, Server, install, new_database, save

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=timezone.utc)
CHECKS = [
    "iam_check_report_freshness",
    "iam_check_root_last_used",
    "iam_check_root_mfa",
    "iam_check_root_access_keys",
    "iam_check_password_and_access_keys",
    "iam_check_inactive_users",
    "iam_check_password_rotation",
    "iam_check_user_mfa",
    "iam_check_access_key_rotation",
    "iam_check_unused_access_keys",
]
PASSWORD = {"password_enabled": "true", "password_last_used": "no_information", "password_last_changed": ago(NOW, 1)}

Db = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def installed(server: Server, folder: Path) -> Iterator[str]:
    with new_database(server, "checks") as name:
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, source=str(folder))
        yield name


@pytest.fixture
def db(server: Server, installed: str, folder: Path) -> Iterator[Db]:
    """A session whose now is NOW, over an empty folder."""
    for file in folder.iterdir():
        file.unlink()
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=installed, autocommit=True) as db:
        db.execute(f"set iam_fdw.now = '{NOW.isoformat()}'".encode())
        yield db


def judge(db: Db, folder: Path, *rows: dict[str, str]) -> None:
    save(folder, csv(root(), *rows), NOW - timedelta(hours=1))


def named(db: Db, view: str) -> list[str]:
    """Return the users that a check names, but for root."""
    query = f"select user_name from {view} where user_name <> '<root_account>'"
    return [name for (name,) in db.execute(query.encode()).fetchall()]


def key(slot: int, **fields: str) -> dict[str, str]:
    return {f"access_key_{slot}_{name}": value for name, value in fields.items()}


def test_freshness_has_a_row_for_each_account_with_its_age(db: Db, folder: Path) -> None:
    save(folder, csv(root()), NOW - timedelta(hours=4))
    save(folder, csv(root("444455556666")), NOW - timedelta(hours=4, seconds=1))
    rows = db.execute("select account_id, age, is_fresh from iam_check_report_freshness order by 1").fetchall()
    assert rows == [
        (ACCOUNT, timedelta(hours=4), True),
        ("444455556666", timedelta(hours=4, seconds=1), False),
    ]


def test_freshness_tells_of_a_report_that_could_not_be_read(db: Db, folder: Path) -> None:
    (folder / "broken.csv").write_bytes(b"")
    row = db.execute("select account_id, generated_time, age, is_fresh, state from iam_check_report_freshness")
    assert row.fetchall() == [(None, None, None, False, "error")]


def test_an_account_that_could_not_be_read_is_a_row_of_each_check_beside_those_of_others(db: Db, folder: Path) -> None:
    (folder / "broken.csv").write_bytes(b"")
    (folder / "whole.csv").write_bytes(csv(root()))
    for view in CHECKS[1:]:
        cursor = db.execute(f"select * from {view}".encode())
        rows = [dict(zip([column.name for column in cursor.description or ()], row)) for row in cursor.fetchall()]
        others = [row for row in rows if row["error_message"] is None]
        (failed,) = (row for row in rows if row["error_message"] is not None)
        assert failed.pop("error_message") == "file broken.csv: credential report is empty"
        assert set(failed.values()) == {None}, view
        assert {row["account_id"] for row in others} <= {ACCOUNT}
        assert bool(others) == (view in (*CHECKS[1:4], "iam_check_user_mfa"))


def test_freshness_of_a_report_that_could_not_be_read_is_none_whatever_its_time(db: Db, folder: Path) -> None:
    save(folder, csv(root())[:-3], NOW - timedelta(hours=1))
    row = db.execute("select is_fresh, state from iam_check_report_freshness").fetchall()
    assert row == [(False, "error")]


def test_freshness_of_an_unknown_age_is_not_fresh(db: Db, folder: Path) -> None:
    (folder / "report.csv").write_bytes(csv(root()))
    row = db.execute("select account_id, generated_time, is_fresh, state from iam_check_report_freshness").fetchone()
    assert row == (ACCOUNT, None, False, "stale")


@pytest.mark.parametrize(
    ("age", "state"),
    [(timedelta(hours=4), "fresh"), (timedelta(hours=4, seconds=1), "stale"), (timedelta(hours=-1), "fresh"),
     (timedelta(hours=-1, seconds=-1), "future"), (timedelta(days=-300), "future")],
)  # fmt: skip
def test_freshness_and_state_are_one_truth_by_one_clock(db: Db, folder: Path, age: timedelta, state: str) -> None:
    save(folder, csv(root()), NOW)  # by the clock of the server, and its option max_age, it is stale
    db.execute(f"set iam_fdw.now = '{(NOW + age).isoformat()}'".encode())
    row = db.execute("select state, is_fresh, age from iam_check_report_freshness").fetchone()
    assert row == (state, state == "fresh", age)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_root_checks_have_one_row_for_each_account(db: Db, folder: Path, number: int) -> None:
    for account_id in ("111122223333", "222233334444", "333344445555")[:number]:
        (folder / f"{account_id}.csv").write_bytes(csv(root(account_id), user("alice", account_id)))
    if number == 0:
        (folder / ".hidden.csv").write_bytes(csv(root()))
    for view in CHECKS[1:4]:
        if number == 0:
            with pytest.raises(psycopg.Error, match="there is no saved credential report in the source"):
                db.execute(f"select * from {view}".encode())
        else:
            assert len(db.execute(f"select * from {view}".encode()).fetchall()) == number


def test_root_last_used_is_null_when_never(db: Db, folder: Path) -> None:
    judge(db, folder)
    row = db.execute("select password_last_used, pw_last_used from iam_check_root_last_used").fetchone()
    assert row == (None, None)


@pytest.mark.parametrize(
    ("fields", "is_found"),
    [
        ({**PASSWORD, "access_key_1_active": "true"}, True),
        ({**PASSWORD, "access_key_2_active": "true"}, True),
        ({**PASSWORD}, False),
        ({"access_key_1_active": "true", "access_key_2_active": "true"}, False),
        ({**PASSWORD, "access_key_1_last_rotated": ago(NOW, 9)}, False),  # deactivated
    ],
)
def test_password_and_access_keys(db: Db, folder: Path, fields: dict[str, str], is_found: bool) -> None:
    judge(db, folder, user("alice", **fields))
    assert named(db, "iam_check_password_and_access_keys") == (["alice"] if is_found else [])


def days_before(days: int) -> dict[str, str]:
    """Return the first and the last second of a UTC day so long before today."""
    day = NOW.replace(hour=0, minute=0, second=0) - timedelta(days=days)
    return {"first second": ago(day), "last second": ago(day + timedelta(seconds=86399))}


@pytest.mark.parametrize("second", ["first second", "last second"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/Sao_Paulo"])
def test_days_are_those_of_utc_whatever_the_session(db: Db, folder: Path, zone: str, second: str) -> None:
    db.execute(f"set timezone = '{zone}'".encode())
    fields = {"password_enabled": "true", "mfa_active": "true"}
    judge(
        db,
        folder,
        *(
            user(
                f"user-{days}",
                **fields,
                password_last_used=days_before(days)[second],
                password_last_changed=days_before(days)[second],
                **key(1, active="true", last_rotated=days_before(days)[second], last_used_date=ago(NOW)),
                **key(2, active="true", last_used_date=days_before(days - 60)[second]),
            )
            for days in (90, 91)
        ),
    )
    assert named(db, "iam_check_inactive_users") == ["user-91"]
    assert named(db, "iam_check_password_rotation") == ["user-91"]
    assert named(db, "iam_check_access_key_rotation") == ["user-91"]
    assert named(db, "iam_check_unused_access_keys") == ["user-91"]
    ages = db.execute("select pw_last_changed::text from iam_check_password_rotation").fetchall()
    assert ages == [("2 mons 30 days",)]  # 24 August to 23 November


def test_inactive_users_names_who_never_logged_in(db: Db, folder: Path) -> None:
    judge(db, folder, user("alice", **PASSWORD), user("bob"), user("carol", password_last_used="no_information"))
    assert named(db, "iam_check_inactive_users") == ["alice"]
    assert db.execute("select last_used_age from iam_check_inactive_users").fetchone() == (None,)


@pytest.mark.parametrize("view", ["iam_check_inactive_users", "iam_check_password_rotation"])
def test_root_is_in_no_password_check(db: Db, folder: Path, view: str) -> None:
    old = {"password_last_used": ago(NOW, 400), "password_last_changed": ago(NOW, 400)}
    save(folder, csv(root(password_enabled="true", **old)), NOW)
    assert db.execute(f"select * from {view}".encode()).fetchall() == []


def test_user_mfa_has_root_as_the_query_has(db: Db, folder: Path) -> None:
    judge(db, folder, user("alice", mfa_active="true"), user("bob"))
    rows = db.execute("select user_name from iam_check_user_mfa").fetchall()
    assert rows == [("<root_account>",), ("bob",)]


@pytest.mark.parametrize("slot", [1, 2])
def test_each_key_slot_is_judged_by_itself(db: Db, folder: Path, slot: int) -> None:
    other = 3 - slot
    bad = key(slot, active="true", last_rotated=ago(NOW, 400), last_used_date=ago(NOW, 399))
    good = key(other, active="true", last_rotated=ago(NOW, 1), last_used_date=ago(NOW, 1))
    inactive = key(other, active="false", last_rotated=ago(NOW, 400), last_used_date=ago(NOW, 1))
    judge(
        db,
        folder,
        user("both", **bad, **good),
        user("one-inactive", **bad, **inactive),
        user("only-inactive", **inactive),
        user("only-good", **good),
    )
    assert named(db, "iam_check_access_key_rotation") == ["both", "one-inactive"]
    assert named(db, "iam_check_unused_access_keys") == ["both", "one-inactive"]


@pytest.mark.parametrize(("days", "is_found"), [(30, False), (31, True)])
def test_unused_access_keys_fail_after_thirty_days(db: Db, folder: Path, days: int, is_found: bool) -> None:
    judge(db, folder, user("alice", **key(2, active="true", last_used_date=ago(NOW, days))))
    assert named(db, "iam_check_unused_access_keys") == (["alice"] if is_found else [])


@pytest.mark.parametrize("last_used", ["not_supported", "?"])
@pytest.mark.parametrize("view", ["iam_check_inactive_users", "iam_check_unused_access_keys"])
def test_a_last_use_that_is_not_told_is_taken_for_never(db: Db, folder: Path, view: str, last_used: str) -> None:
    keys = key(1, active="true", last_rotated=ago(NOW, 1), last_used_date=last_used)
    judge(db, folder, user("alice", password_enabled="true", password_last_used=last_used, **keys))
    assert named(db, view) == ["alice"]


def test_an_access_key_that_was_never_used_is_unused(db: Db, folder: Path) -> None:
    judge(db, folder, user("alice", **key(1, active="true", last_rotated=ago(NOW))), user("bob"))
    assert named(db, "iam_check_unused_access_keys") == ["alice"]


SETTINGS = {
    "inactive_max_age": ("iam_check_inactive_users", 90),
    "password_max_age": ("iam_check_password_rotation", 90),
    "access_key_max_age": ("iam_check_access_key_rotation", 90),
    "access_key_unused_max_age": ("iam_check_unused_access_keys", 30),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_limits_are_settings(db: Db, folder: Path, name: str) -> None:
    view, _ = SETTINGS[name]
    old = ago(NOW, 10)
    keys = key(1, active="true", last_rotated=old, last_used_date=old)
    judge(
        db,
        folder,
        user("alice", password_enabled="true", password_last_used=old, password_last_changed=old, **keys),
    )
    assert named(db, view) == []
    db.execute(f"set iam_fdw.{name} = '9 days'".encode())
    assert named(db, view) == ["alice"]
    db.execute(f"set iam_fdw.{name} = '10 days'".encode())
    assert named(db, view) == []


@pytest.mark.parametrize(
    "value",
    # of the last ones PostgreSQL makes 15 days or nothing
    ["1 year", "2 months", "1 mon 3 days", "P1Y", "1-0 3 4:05:06", "0.5 months", "0.04y", "P0.5M", "1 year -12 mons"],
)
@pytest.mark.parametrize("relation", ["iam_check_result", "iam_check_password_rotation", "iam_setting"])
def test_a_limit_in_months_or_years_is_refused(db: Db, folder: Path, value: str, relation: str) -> None:
    judge(db, folder)
    db.execute("select set_config('iam_fdw.password_max_age', %s, false)", (value,))
    with pytest.raises(errors.InvalidParameterValue) as caught:
        db.execute(f"select * from {relation}".encode())
    diagnostic = caught.value.diag
    assert diagnostic.message_primary == f'invalid value for parameter "iam_fdw.password_max_age": "{value}"'
    assert diagnostic.message_hint == 'Give days, such as "365 days".'


def test_a_year_of_days_is_the_same_in_every_view(db: Db, folder: Path) -> None:
    changed = {"password_enabled": "true", "mfa_active": "true"}
    days = {name: ago(NOW, days) for name, days in {"young": 365, "old": 366}.items()}
    judge(db, folder, *(user(name, password_last_changed=day, **changed) for name, day in days.items()))
    db.execute("set iam_fdw.password_max_age = '365 days'")
    assert named(db, "iam_check_password_rotation") == ["old"]
    query = "select user_name from iam_check_result where check_id = 'user_password_not_rotated' and status = 'alarm'"
    assert db.execute(query).fetchall() == [("old",)]


@pytest.mark.parametrize("value", ["3m", "3 M", "90 d 3 m"])
def test_a_limit_that_may_be_minutes_or_months_is_refused(db: Db, value: str) -> None:
    db.execute("select set_config('iam_fdw.root_use_max_age', %s, false)", (value,))
    with pytest.raises(errors.InvalidParameterValue) as caught:
        db.execute("select * from iam_setting")
    assert caught.value.diag.message_hint == 'Give days, such as "90 days", or write "min".'


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ("1 week", timedelta(days=7)),
        ("30 min", timedelta(minutes=30)),
        ("PT30M", timedelta(minutes=30)),
        ("P90DT1M", timedelta(days=90, minutes=1)),
        ("5 ms", timedelta(milliseconds=5)),
        ("5 milliseconds", timedelta(milliseconds=5)),
        ("90d", timedelta(days=90)),
    ],
)
def test_a_limit_is_what_it_says(db: Db, value: str, limit: timedelta) -> None:
    db.execute("select set_config('iam_fdw.password_max_age', %s, false)", (value,))
    row = db.execute("select current_value from iam_setting where name = 'password_max_age'").fetchone()
    assert row == (limit,)


# Settings that there are not


READ = [*CHECKS, "iam_check_result", "iam_check_summary", "iam_benchmark_result", "iam_credential", "iam_report",
        "iam_setting", "iam_now()"]  # fmt: skip


@contextmanager
def setting_of_the_database(db: Db, installed: str, setting: str) -> Iterator[Db]:
    """Connect anew, where the database has a setting."""
    db.execute(f"alter database {installed} set {setting}".encode())
    try:
        with psycopg.connect(host=db.info.host, port=db.info.port, user="postgres", dbname=installed) as other:
            other.autocommit = True
            yield other
    finally:
        db.execute(f"alter database {installed} reset all".encode())


def test_an_unknown_setting_of_the_database_is_an_error_of_all_that_reads(db: Db, folder: Path, installed: str) -> None:
    judge(db, folder)
    with setting_of_the_database(db, installed, "iam_fdw.acess_key_max_age = '60 days'") as other:
        for relation in READ:
            with pytest.raises(errors.UndefinedObject) as caught:
                other.execute(f"select * from {relation}".encode())
            diagnostic = caught.value.diag
            assert diagnostic.message_primary == 'unrecognized configuration parameter "iam_fdw.acess_key_max_age"'
            assert diagnostic.message_hint == 'Perhaps you meant "iam_fdw.access_key_max_age".'


def test_an_unknown_setting_of_a_role_is_an_error_for_it(db: Db, server: Server, installed: str) -> None:
    db.execute("create role regress_careless superuser login")
    try:
        db.execute("alter role regress_careless set iam_fdw.frobnicate = '1 day'")
        where = {"host": server.host, "port": server.port, "dbname": installed}
        with psycopg.connect(user="regress_careless", **where) as other:  # type: ignore[arg-type]
            with pytest.raises(errors.UndefinedObject, match=r'"iam_fdw\.frobnicate"') as caught:
                other.execute("select * from iam_setting")
            assert caught.value.diag.message_hint == (
                "The view iam_setting lists the limits; iam_fdw.now and iam_fdw.report_at are times."
            )
        assert len(db.execute("select * from iam_setting").fetchall()) == 11
    finally:
        db.execute("drop role regress_careless")


@pytest.mark.parametrize("setting", ["iam_fdw.install_option = 'x'", "iam_fdw.now = '2026-11-23'",
                                     "iam_fdw.password_max_age = '1 day'", 'iam_fdw."PASSWORD_max_age" = \'1 day\'',
                                     "iam_fdw.nothing = ''", "other.name = 'x'"])  # fmt: skip
def test_a_known_setting_is_no_error(db: Db, folder: Path, installed: str, setting: str) -> None:
    judge(db, folder)
    with setting_of_the_database(db, installed, setting) as other:
        for relation in READ:
            other.execute(f"select * from {relation}".encode())


@pytest.mark.skipif(ENGINE != "minicorn", reason="Multicorn cannot tell")
def test_an_unknown_setting_of_the_session_is_an_error_of_all_that_reads(db: Db, folder: Path) -> None:
    judge(db, folder)
    for name, meant in (("acess_key_max_age", "access_key_max_age"), ("PASSWORD_MaxAge", "password_max_age")):
        db.execute("select set_config(%s, '60 days', false)", (f"iam_fdw.{name}",))
        for relation in READ:
            with pytest.raises(errors.UndefinedObject, match=rf'parameter "iam_fdw\.{name}"') as caught:
                db.execute(f"select * from {relation}".encode())
            assert caught.value.diag.message_hint == f'Perhaps you meant "iam_fdw.{meant}".'
        db.execute("select set_config(%s, '', false)", (f"iam_fdw.{name}",))
        assert db.execute("select * from iam_check_root_mfa").fetchall()


@pytest.mark.skipif(ENGINE != "minicorn", reason="Multicorn has no such function")
def test_an_engine_that_cannot_tell_leaves_the_settings_of_role_and_database(
    db: Db, folder: Path, installed: str
) -> None:
    judge(db, folder)
    db.execute("alter extension minicorn drop function minicorn_settings(text)")  # now anybody's, and not called
    try:
        db.execute("set iam_fdw.acess_key_max_age = '60 days'")
        for relation in READ:
            db.execute(f"select * from {relation}".encode())
        with setting_of_the_database(db, installed, "iam_fdw.acess_key_max_age = '60 days'") as other:
            for relation in READ:
                with pytest.raises(errors.UndefinedObject, match=r'parameter "iam_fdw\.acess_key_max_age"'):
                    other.execute(f"select * from {relation}".encode())
    finally:
        db.execute("alter extension minicorn add function minicorn_settings(text)")


def test_the_views_use_settings_that_there_are(db: Db) -> None:
    used = set(re.findall(r"where name = '(\w+)'", (TREE / "sql" / "50_checks.sql").read_text()))
    used |= {name for (name,) in db.execute("select distinct setting from iam_check").fetchall() if name}
    assert used == {name for (name,) in db.execute("select name from iam_setting").fetchall()}


def test_settings_are_listed_with_default_and_current_value(db: Db) -> None:
    db.execute("set iam_fdw.password_max_age = '60 days'")
    rows = db.execute("select name, default_value, current_value from iam_setting").fetchall()
    expected = {name: timedelta(days=days) for name, (_, days) in SETTINGS.items()}
    expected.update(report_max_age=timedelta(hours=4), saved_max_age=timedelta(hours=8))
    expected.update(root_use_max_age=timedelta(days=90), unused_max_age=timedelta(days=45))
    expected.update(inactive_key_max_age=timedelta(days=90), never_used_grace=timedelta(0))
    expected["setup_window"] = timedelta(seconds=10)
    assert {name: default for name, default, _ in rows} == expected
    expected["password_max_age"] = timedelta(days=60)
    assert {name: current for name, _, current in rows} == expected


def test_a_setting_of_a_role_holds_for_the_role(db: Db, server: Server, installed: str) -> None:
    db.execute("create role regress_strict superuser login")
    try:
        db.execute("alter role regress_strict set iam_fdw.password_max_age = '1 day'")
        with psycopg.connect(host=server.host, port=server.port, user="regress_strict", dbname=installed) as strict:
            row = strict.execute("select current_value from iam_setting where name = 'password_max_age'").fetchone()
        assert row == (timedelta(days=1),)
    finally:
        db.execute("drop role regress_strict")


@pytest.mark.parametrize("value", ["90", "ninety days", "-1 day", "90 dayz", "infinity", "1 day; drop table x"])
def test_a_bad_limit_is_an_error_that_names_it(db: Db, folder: Path, value: str) -> None:
    judge(db, folder)
    db.execute("select set_config('iam_fdw.password_max_age', %s, false)", (value,))
    with pytest.raises(errors.InvalidParameterValue) as caught:
        db.execute("select * from iam_check_password_rotation")
    diagnostic = caught.value.diag
    assert diagnostic.message_primary == f'invalid value for parameter "iam_fdw.password_max_age": "{value}"'
    assert diagnostic.message_hint == 'Give an interval with its unit, such as "90 days".'


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23 12:00:00", "2026-11-23 12:00:00+00"),
        ("2026-11-23T12:00:00Z", "2026-11-23 12:00:00+00"),
        ("2026-11-23 12:00:00+14", "2026-11-22 22:00:00+00"),
        ("2026-11-23", "2026-11-23 00:00:00+00"),
    ],
)
def test_now_is_utc_unless_it_names_a_zone(db: Db, written: str, meant: str) -> None:
    db.execute("set timezone = 'Pacific/Kiritimati'")
    db.execute("select set_config('iam_fdw.now', %s, false)", (written,))
    assert db.execute("select iam_now() = %s::timestamptz", (meant,)).fetchone() == (True,)


def test_now_is_the_transactions_where_nothing_is_set(db: Db) -> None:
    db.execute("reset iam_fdw.now")
    assert db.execute("select iam_now() = now()").fetchone() == (True,)


@pytest.mark.parametrize("value", ["infinity", "-infinity", "next tuesday", "2026-02-30"])
def test_a_bad_now_is_an_error_that_names_it(db: Db, value: str) -> None:
    db.execute("select set_config('iam_fdw.now', %s, false)", (value,))
    with pytest.raises(errors.InvalidParameterValue, match=r'invalid value for parameter "iam_fdw\.now"'):
        db.execute("select iam_now()")


def test_credential_has_a_row_for_each_slot(db: Db, folder: Path) -> None:
    judge(
        db,
        folder,
        user(
            "alice",
            password_enabled="true",
            password_last_changed="2026-01-01T00:00:00Z",
            password_last_used="2026-01-02T00:00:00Z",
            **key(1, active="false", last_rotated="2026-01-03T00:00:00Z"),
            **key(
                2,
                active="true",
                last_rotated="2026-01-04T00:00:00Z",
                last_used_date="2026-01-05T00:00:00Z",
                last_used_service="iam",
            ),
            cert_1_active="true",
            cert_1_last_rotated="2026-01-06T00:00:00Z",
        ),
    )
    rows = db.execute(
        "select credential, is_present, is_active, last_changed::date::text, last_used::date::text, last_used_region,"
        " last_used_service from iam_credential where user_name = 'alice'"
    ).fetchall()
    assert rows == [
        ("password", True, True, "2026-01-01", "2026-01-02", None, None),
        ("access_key_1", True, False, "2026-01-03", None, None, None),
        ("access_key_2", True, True, "2026-01-04", "2026-01-05", None, "iam"),
        ("cert_1", True, True, "2026-01-06", None, None, None),
        ("cert_2", False, False, None, None, None, None),
    ]


def test_credential_does_not_say_what_aws_does_not_tell(db: Db, folder: Path) -> None:
    save(folder, csv(root(password_enabled="not_supported")), NOW)
    row = db.execute("select is_present, is_active from iam_credential where credential = 'password'").fetchone()
    assert row == (None, None)


CONDITIONS = [
    "account_id = '111122223333'",
    "account_id in ('111122223333', '444455556666')",
    "account_id = any (array[current_setting('regress.account', true), '111122223333'])",
    "coalesce(account_id, '') <> ''",
    "coalesce(account_id = '111122223333', false)",
    "case when account_id = '111122223333' then true end",
    "length(account_id) = 12",
    "account_id ~ '^1'",
    "account_id like '1%%'",
    "account_id = (select '111122223333')",
    "account_id = current_setting('regress.account', true) or account_id is not null",
    "not (account_name is not null)",
    "account_id || '' = '111122223333'",
    "account_id between '0' and '9'",
    "(account_id, account_id) = ('111122223333', '111122223333')",
    "exists (select from generate_series(1, 2) where account_id = '111122223333')",
    "account_id is distinct from current_user",
]


@pytest.mark.parametrize("view", [*CHECKS, "iam_credential"])
def test_no_condition_on_a_view_has_a_warning_or_another_result(db: Db, folder: Path, view: str) -> None:
    told: list[str] = []
    db.add_notice_handler(lambda diagnostic: told.append(str(diagnostic.message_primary)))
    old = ago(NOW, 400)
    bad = user(
        "bad",
        password_enabled="true",
        password_last_changed=old,
        password_last_used=old,
        **key(1, active="true", last_rotated=old, last_used_date=old),
    )
    save(folder, csv(root(), bad), NOW)
    (folder / "other.csv").write_bytes(csv(root("444455556666"), dict(bad, arn="arn:aws:iam::444455556666:user/bad")))
    rows = db.execute(f"select * from {view} where account_id = '111122223333'".encode()).fetchall()
    everything = db.execute(f"select * from {view}".encode()).fetchall()
    assert rows
    for condition in CONDITIONS:
        found = db.execute(f"select * from {view} where {condition.replace('%%', '%')}".encode()).fetchall()
        of_one = "111122223333" in condition and " in (" not in condition and " or " not in condition
        expected = rows if of_one or condition in ("account_id ~ '^1'", "account_id like '1%%'") else everything
        assert sorted(map(str, found)) == sorted(map(str, expected)), condition
    if view in ("iam_check_report_freshness", "iam_credential"):
        db.execute(f"select * from {view} where generated_time > current_timestamp - interval '9 years'".encode())
        db.execute(f"select * from {view} where generated_time < current_date + 9999".encode())
    assert told == []
