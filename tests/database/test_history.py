"""iam_history and what is made from it: nothing lost, nothing twice, and the past as it was."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors
from support.emulator import Emulator
from support.reports import ACCOUNT, ago, csv, root, user
from support.server import ENGINE, Server, install, new_database, pg_config, point

from iam_fdw.cli import installer
from iam_fdw.saved import formats
from iam_fdw.saved.folder import Folder
from iam_fdw.saved.names import snapshot_name

Db = psycopg.Connection[Any]
OTHER = "444455556666"
HOUR = timedelta(hours=1)
NOW = datetime.now(timezone.utc).replace(microsecond=0)
BEGIN = (NOW - timedelta(days=20)).replace(hour=0, minute=0, second=0)
TABLES = ("iam_history", "iam_history_account", "iam_history_report")
FOREIGN = "aws_iam_credential_report_snapshot" + ("_foreign" if ENGINE == "multicorn" else "")
EVERY = "select * from {} order by account_id, user_name, error_message"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def installed(server: Server, folder: Path) -> Iterator[str]:
    with new_database(server, "history") as name:
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, source=str(folder), snapshots=str(folder))
        yield name


@pytest.fixture
def connected(server: Server, installed: str) -> Iterator[Callable[[], Db]]:
    """Connect to the module's database; the connections are closed after the test."""
    connections = []

    def connected() -> Db:
        connections.append(
            psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=installed, autocommit=True)
        )
        return connections[-1]

    yield connected
    for connection in connections:
        connection.close()


@pytest.fixture
def db(connected: Callable[[], Db], folder: Path) -> Db:
    """A superuser's session, without history, over an empty folder."""
    forget(folder)
    db = connected()
    db.execute(f"truncate {', '.join(TABLES)}".encode())
    return db


@pytest.fixture
def told(db: Db) -> list[str]:
    """What the server tells beside rows: without NOTICEs."""
    told: list[str] = []
    db.add_notice_handler(
        lambda said: told.append(f"{said.severity}: {said.message_primary}") if said.severity != "NOTICE" else None
    )
    return told


def forget(folder: Path) -> None:
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def put(folder: Path, made: datetime, *rows: dict[str, str], account_id: str = ACCOUNT) -> Path:
    """Save a report as iam-fdw snapshot does, with a row of root unless one is given."""
    if not any(row["user"] == "<root_account>" for row in rows):
        rows = (root(account_id), *rows)
    name = snapshot_name(account_id, made)
    assert Folder(str(folder)).write(name, formats.compress(csv(*rows)))
    return folder / name


def uninstall(db: Db) -> None:
    with db.transaction():
        installer.uninstall(db, {"schema": "public", "server": "aws"})


def record(db: Db, folder: Path, made: datetime, *rows: dict[str, str], account_id: str = ACCOUNT) -> None:
    """Save a report, and record it as the newest."""
    put(folder, made, *rows, account_id=account_id)
    db.execute("call iam_record_history()")


def rows(db: Db, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query.encode()).fetchall()


def counts(db: Db) -> list[int]:
    return [rows(db, f"select count(*) from {table}")[0][0] for table in TABLES]


def states(db: Db) -> list[tuple[Any, ...]]:
    """Return each state: user, and hours after BEGIN."""
    found = rows(db, "select user_name, valid_from, valid_to from iam_history order by 1, 2")
    return [(name, *((moment - BEGIN) / HOUR if moment else None for moment in times)) for name, *times in found]


def at(moment: datetime) -> str:
    return f"iam_report_at('{moment.isoformat()}')"


# Recording


def test_an_unchanged_report_costs_no_row(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, user("alice"))
    assert counts(db) == [2, 1, 1]
    for number in range(1, 8):
        record(db, folder, BEGIN + 4 * number * HOUR, user("alice"))
    assert counts(db) == [2, 1, 1]
    assert states(db) == [("<root_account>", 0, None), ("alice", 0, None)]
    assert rows(db, "select first_time, last_time from iam_history_account") == [(BEGIN, BEGIN + 28 * HOUR)]
    ((times,),) = rows(db, "select generated_times from iam_history_report")
    assert times == [BEGIN + 4 * number * HOUR for number in range(8)]


def test_who_changes_comes_and_goes_has_a_row_for_each_state(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, user("alice"), user("bob"))
    record(db, folder, BEGIN + 4 * HOUR, user("alice", mfa_active="true"), user("bob"), user("carol"))
    record(db, folder, BEGIN + 8 * HOUR, user("alice", mfa_active="true"))
    record(db, folder, BEGIN + 12 * HOUR, user("alice"), user("bob"))
    assert states(db) == [
        ("<root_account>", 0, None),
        ("alice", 0, 4),
        ("alice", 4, 12),
        ("alice", 12, None),
        ("bob", 0, 8),
        ("bob", 12, None),
        ("carol", 4, 8),
    ]


def test_the_same_report_again_and_an_older_one_are_nothing_new(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN + 4 * HOUR, user("alice"))
    before = [rows(db, f"select * from {table}") for table in TABLES]
    db.execute("call iam_record_history()")
    forget(folder)
    record(db, folder, BEGIN, user("mallory"))
    assert [rows(db, f"select * from {table}") for table in TABLES] == before


def test_each_account_has_its_own_history(db: Db, folder: Path) -> None:
    put(folder, BEGIN, user("alice"))
    record(db, folder, BEGIN + HOUR, user("alice", OTHER, mfa_active="true"), account_id=OTHER)
    record(db, folder, BEGIN + 5 * HOUR, user("alice", OTHER), account_id=OTHER)
    found = rows(db, "select account_id, mfa_active, valid_to from iam_history where user_name = 'alice' order by 1, 3")
    assert found == [(ACCOUNT, False, None), (OTHER, True, BEGIN + 5 * HOUR), (OTHER, False, None)]


def test_a_report_without_root_says_of_root_that_nothing_is_known(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN)
    record(db, folder, BEGIN + 4 * HOUR, user("alice"))
    name = snapshot_name(ACCOUNT, BEGIN + 8 * HOUR)
    assert Folder(str(folder)).write(name, formats.compress(csv(user("alice"))))
    db.execute("call iam_record_history()")
    assert states(db) == [("<root_account>", 0, 8), ("<root_account>", 8, None), ("alice", 4, None)]
    live = rows(db, EVERY.format("aws_iam_credential_report_or_error"))
    assert rows(db, EVERY.format("iam_report_at(now())")) == live
    assert rows(db, "select raw, 'mfa_active' = any (unknown_columns) from iam_report_at(now()) where is_root") == [
        (None, True)
    ]


def test_an_account_that_fails_is_warned_of_and_the_others_are_recorded(db: Db, folder: Path, told: list[str]) -> None:
    put(folder, BEGIN, account_id=OTHER).write_bytes(b"no report")
    record(db, folder, BEGIN, user("alice"))
    assert counts(db) == [2, 1, 1]
    (warning,) = told
    assert warning.startswith("WARNING: not recorded: ")
    assert f"account_id={OTHER}" in warning
    assert "is not the answer" in warning or "not one whole gzip file" in warning


def test_where_no_account_could_be_read_it_is_an_error(db: Db, folder: Path) -> None:
    put(folder, BEGIN).write_bytes(b"no report")
    with pytest.raises(errors.DataException, match="no credential report could be recorded") as caught:
        db.execute("call iam_record_history()")
    assert ACCOUNT in (caught.value.diag.message_detail or "")
    assert counts(db) == [0, 0, 0]


def test_a_report_that_does_not_tell_its_time_is_warned_of(db: Db, folder: Path, told: list[str]) -> None:
    (folder / "report.csv").write_bytes(csv(root(OTHER), user("eve", OTHER)))
    record(db, folder, BEGIN, user("alice"))
    assert told == [f"WARNING: not recorded: account {OTHER}: it is not known when the report was made"]
    assert {name for name, _, _ in states(db)} == {"<root_account>", "alice"}


def test_a_report_that_is_to_come_is_warned_of_and_hides_none(db: Db, folder: Path, told: list[str]) -> None:
    future = put(folder, NOW + 12 * HOUR, account_id=OTHER)
    record(db, folder, BEGIN, user("alice"))
    (warning,) = told
    assert f"account {OTHER}: the report is of " in warning
    assert warning.endswith(", which is in the future")
    assert counts(db) == [2, 1, 1]
    future.unlink()
    record(db, folder, BEGIN + HOUR, account_id=OTHER)
    assert counts(db) == [3, 2, 2]


def test_a_clock_that_is_minutes_off_is_no_matter(db: Db, folder: Path, told: list[str]) -> None:
    record(db, folder, datetime.now(timezone.utc).replace(microsecond=0) + timedelta(minutes=3))
    assert counts(db) == [1, 1, 1]
    assert told == []


def test_a_month_ends_in_utc(db: Db, folder: Path) -> None:
    db.execute("set timezone = 'Asia/Tokyo'")
    months = [datetime(2025, 12, 31, 23, tzinfo=timezone.utc), datetime(2026, 1, 1, 0, tzinfo=timezone.utc)]
    for made in months:
        record(db, folder, made)
    assert [str(month) for (month,) in rows(db, "select month from iam_history_report order by 1")] == [
        "2025-12-01",
        "2026-01-01",
    ]
    assert [rows(db, f"select generated_time from {at(made)}") for made in months] == [[(made,)] for made in months]


def test_two_that_record_at_once_record_once(db: Db, connected: Callable[[], Db], folder: Path) -> None:
    record(db, folder, BEGIN, *(user(f"user-{number}") for number in range(50)))
    put(folder, BEGIN + 4 * HOUR, *(user(f"user-{number}", mfa_active="true") for number in range(50)))
    sessions = [connected() for _ in range(4)]
    start, failed = threading.Barrier(len(sessions)), []

    def call(session: Db) -> None:
        start.wait()
        try:
            session.execute("call iam_record_history()")
        except psycopg.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=call, args=[session]) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert counts(db) == [101, 1, 1]
    assert rows(db, "select cardinality(generated_times) from iam_history_report") == [(2,)]


def test_a_recorder_waits_for_another_and_finds_what_it_recorded(
    db: Db, connected: Callable[[], Db], folder: Path
) -> None:
    put(folder, BEGIN, user("alice"))
    other = connected()
    with db.transaction():
        db.execute("call iam_record_history()")
        thread = threading.Thread(target=other.execute, args=["call iam_record_history()"])
        thread.start()
        until(lambda: rows(db, "select count(*) from pg_locks where not granted")[0][0] == 1)
        assert rows(connected(), "select count(*) from iam_history") == [(0,)]  # who reads does not wait
    thread.join()
    assert counts(db) == [2, 1, 1]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_recorder_that_would_not_see_what_another_recorded_is_refused(
    db: Db, connected: Callable[[], Db], folder: Path, level: str
) -> None:
    record(db, folder, BEGIN, user("alice"))
    other = connected()
    other.execute(f"set default_transaction_isolation = '{level}'".encode())
    put(folder, BEGIN + HOUR, user("alice", mfa_active="true"))
    with db.transaction():
        db.execute("call iam_record_history()")
        with pytest.raises(errors.InvalidTransactionState) as caught:  # at once: it does not wait
            other.execute("call iam_record_history()")
    assert caught.value.diag.message_primary == f'cannot record history in a transaction of isolation level "{level}"'
    assert "read committed" in (caught.value.diag.message_hint or "")
    other.execute("reset default_transaction_isolation")
    other.execute("call iam_record_history()")
    assert counts(db) == [3, 1, 1]


@pytest.mark.parametrize("from_snapshots", [False, True])
def test_an_account_whose_history_ends_in_the_future_is_named(
    db: Db, folder: Path, told: list[str], from_snapshots: bool
) -> None:
    record(db, folder, BEGIN, user("alice"))
    db.execute("update iam_history_account set last_time = '2999-01-01 00:00:00+00'")
    put(folder, BEGIN + HOUR)
    problem = f"account {ACCOUNT}: its history ends on 2999-01-01 00:00:00+00, which is in the future"
    with pytest.raises(errors.DataException, match="no credential report could be recorded") as caught:
        db.execute(f"call iam_record_history({from_snapshots})".encode())
    assert caught.value.diag.message_detail == problem
    assert rows(db, "select saved_state from iam_check_report_freshness") == [("future",)]
    put(folder, BEGIN + HOUR, account_id=OTHER)  # which is not to wait for it
    db.execute(f"call iam_record_history({from_snapshots})".encode())
    assert told == [f"WARNING: not recorded: {problem}"]
    assert rows(db, "select count(*) from iam_history_account") == [(2,)]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_who_is_killed_midway_has_recorded_nothing(db: Db, connected: Callable[[], Db], folder: Path) -> None:
    record(db, folder, BEGIN, user("alice"))
    before = [rows(db, f"select * from {table}") for table in TABLES]
    put(folder, BEGIN + 4 * HOUR, user("alice", mfa_active="true"), user("bob"))
    victim = connected()
    victim.execute("begin")
    victim.execute("call iam_record_history()")
    assert len(rows(victim, "select from iam_history")) == 4
    db.execute(f"select pg_terminate_backend({victim.info.backend_pid})".encode())
    with pytest.raises(psycopg.OperationalError):
        victim.execute("select pg_sleep(20)")
    assert [rows(db, f"select * from {table}") for table in TABLES] == before
    db.execute("call iam_record_history()")
    assert counts(db) == [4, 1, 1]


def test_it_is_one_transaction_of_the_caller(db: Db, folder: Path) -> None:
    put(folder, BEGIN, user("alice"))
    with db.transaction(force_rollback=True):
        db.execute("call iam_record_history()")
        assert counts(db) == [2, 1, 1]
    assert counts(db) == [0, 0, 0]


# From what is saved


def test_what_is_saved_is_recorded_in_order_of_time(db: Db, folder: Path) -> None:
    for number in (2, 0, 3, 1):  # whatever the order of the files
        put(folder, BEGIN + 4 * number * HOUR, user("alice", mfa_active="true" if number in (1, 2) else "false"))
    put(folder, BEGIN + HOUR, user("bob", OTHER), account_id=OTHER)
    db.execute("call iam_record_history(from_snapshots => true)")
    assert states(db) == [
        ("<root_account>", 0, None),
        ("<root_account>", 1, None),
        ("alice", 0, 4),
        ("alice", 4, 12),
        ("alice", 12, None),
        ("bob", 1, None),
    ]
    before = [rows(db, f"select * from {table}") for table in TABLES]
    db.execute("call iam_record_history(true)")
    db.execute("call iam_record_history()")
    assert [rows(db, f"select * from {table}") for table in TABLES] == before
    put(folder, BEGIN + 16 * HOUR)
    db.execute("call iam_record_history(true)")
    assert states(db)[4] == ("alice", 12, 16)


def test_more_than_a_chunk_of_snapshots(db: Db, folder: Path) -> None:
    for number in range(200):
        put(folder, BEGIN + 2 * number * HOUR, user("alice", mfa_active="true" if 88 <= number < 92 else "false"))
    db.execute("call iam_record_history(true)")
    assert states(db)[1:] == [("alice", 0, 176), ("alice", 176, 184), ("alice", 184, None)]
    assert sum(count for (count,) in rows(db, "select cardinality(generated_times) from iam_history_report")) == 200


def test_a_damaged_snapshot_is_warned_of_by_its_uri_and_the_others_are_recorded(
    db: Db, folder: Path, told: list[str]
) -> None:
    put(folder, BEGIN, user("alice"))
    damaged = put(folder, BEGIN + 4 * HOUR, user("alice", mfa_active="true"))
    damaged.write_bytes(damaged.read_bytes()[:-10])
    put(folder, BEGIN + 8 * HOUR)
    db.execute("call iam_record_history(true)")
    assert states(db) == [("<root_account>", 0, None), ("alice", 0, 8)]
    (warning,) = told
    assert warning.startswith(f"WARNING: not recorded: file://{damaged}: ")


@st.composite
def sequences(draw: st.DrawFn) -> list[tuple[str, dict[str, str]]]:
    """Reports in order of time: each of an account, and the users that it has, with their state."""
    report = st.tuples(
        st.sampled_from([ACCOUNT, OTHER]),
        st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["true", "false"]), max_size=3),
    )
    return draw(st.lists(report, min_size=1, max_size=9))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=sequences())
def test_one_at_a_time_or_all_at_once_is_the_same_and_each_report_comes_back(
    db: Db, folder: Path, reports: list[tuple[str, dict[str, str]]]
) -> None:
    db.execute("reset iam_fdw.report_at")
    db.execute(f"truncate {', '.join(TABLES)}".encode())
    forget(folder)
    expected: list[tuple[datetime, list[tuple[Any, ...]]]] = []
    live = "select account_id, user_name, generated_time, mfa_active, raw from {} order by 1, 2"
    for number, (account_id, users) in enumerate(reports):
        made = BEGIN + 4 * number * HOUR
        record(db, folder, made, *(user(one, account_id, mfa_active=mfa) for one, mfa in users.items()),
               account_id=account_id)  # fmt: skip
        expected.append((made, rows(db, live.format("aws_iam_credential_report_or_error"))))
    for made, was in expected:
        for moment in (made, made + 4 * HOUR - timedelta(seconds=1)):
            known = f"(select * from {at(moment)} where error_message is null) as known"
            assert rows(db, live.format(known)) == was
    content = [rows(db, f"select * from {table} order by 1, 2, 3") for table in TABLES]
    db.execute(f"truncate {', '.join(TABLES)}".encode())
    db.execute("call iam_record_history(true)")
    assert [rows(db, f"select * from {table} order by 1, 2, 3") for table in TABLES] == content


# The past


def test_the_past_is_what_the_report_was_in_every_column(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, user("alice", password_enabled="true", password_last_used="no_information"))
    live = rows(db, EVERY.format("aws_iam_credential_report_or_error"))
    record(db, folder, BEGIN + 4 * HOUR, user("alice", password_enabled="not_supported"), user("Zoë+1"))
    newest = rows(db, EVERY.format("aws_iam_credential_report_or_error"))
    assert rows(db, EVERY.format(at(BEGIN))) == live
    assert rows(db, EVERY.format(at(BEGIN + 4 * HOUR - timedelta(microseconds=1)))) == live
    assert rows(db, EVERY.format(at(BEGIN + 4 * HOUR))) == newest
    assert rows(db, EVERY.format("iam_report_at('infinity')")) == newest
    assert rows(db, "select * from iam_report_at(null)") == []


def test_an_unchanged_report_is_as_fresh_as_it_was(db: Db, folder: Path) -> None:
    for hours in (0, 4, 12):
        record(db, folder, BEGIN + hours * HOUR)
    for later, made in ((3.0, 0), (4.0, 4), (11.9, 4), (12.0, 12), (40.0, 12)):
        assert rows(db, f"select generated_time from {at(BEGIN + later * HOUR)}") == [(BEGIN + made * HOUR,)]


def test_before_there_was_history_is_an_error_for_each_account(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN)
    record(db, folder, BEGIN + 8 * HOUR, account_id=OTHER)
    known, unknown = rows(db, f"select * from {at(BEGIN + HOUR)} order by account_id")
    columns = [column.name for column in db.execute("select * from iam_report_or_error limit 0").description or ()]
    assert dict(zip(columns, known))["error_message"] is None
    told = dict(zip(columns, unknown))
    assert told["error_code"] == "02000"
    assert told["error_message"].startswith(f"account {OTHER}: there is no history before 20")
    assert {name for name, value in told.items() if value is not None} == {"account_id", "error_code", "error_message"}
    with pytest.raises(errors.NoDataFound, match=f"there is no history of account {OTHER} at "):
        rows(db, f"select * from iam_report_at('{BEGIN + HOUR}', or_error => false)")


def test_an_account_that_was_made_later_was_not_there(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN)
    made = f"{BEGIN + 6 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    record(db, folder, BEGIN + 8 * HOUR, root(OTHER, user_creation_time=made), account_id=OTHER)
    query = "select account_id, error_code from {} order by 1"
    assert rows(db, query.format(at(BEGIN + 5 * HOUR))) == [(ACCOUNT, None)]
    assert rows(db, query.format(at(BEGIN + 7 * HOUR))) == [(ACCOUNT, None), (OTHER, "02000")]


def test_no_history_at_all_is_an_error_with_a_hint(db: Db) -> None:
    with pytest.raises(errors.NoDataFound, match="there is no history of credential reports") as caught:
        rows(db, "select * from iam_report_at(now())")
    assert caught.value.diag.message_hint == "Record it: call public.iam_record_history()."
    db.execute("set iam_fdw.report_at = '2026-01-01'")
    for relation in ("iam_check_result", "iam_check_report_freshness", "iam_credential", "iam_report"):
        with pytest.raises(errors.NoDataFound):
            rows(db, f"select * from {relation}")


def key(**fields: str) -> dict[str, str]:
    return {"access_key_1_active": "true", "access_key_1_last_rotated": ago(BEGIN, 100), **fields}


VIEWS = [
    "iam_check_result", "iam_check_summary", "iam_benchmark_result", "iam_verdict", "iam_credential", "iam_report",
    "iam_report_or_error", "iam_check_root_last_used", "iam_check_root_mfa", "iam_check_root_access_keys",
    "iam_check_password_and_access_keys", "iam_check_inactive_users", "iam_check_password_rotation",
    "iam_check_user_mfa", "iam_check_access_key_rotation", "iam_check_unused_access_keys",
]  # fmt: skip


def test_the_checks_judge_the_past_as_they_judged_it_then(db: Db, folder: Path) -> None:
    def judged() -> list[Any]:
        return [rows(db, f'select {view} from {view} order by {view}::text collate "C"') for view in VIEWS]

    record(db, folder, BEGIN, root(mfa_active="true"), user("alice", **key()), user("bob", password_enabled="true"))
    then = BEGIN + 2 * HOUR
    db.execute(f"set iam_fdw.now = '{then.isoformat()}'".encode())
    before = judged()
    record(db, folder, BEGIN + 4 * HOUR, root(), user("alice"), user("carol", **key()))
    later = judged()
    assert sum(was != new for was, new in zip(before, later)) > len(VIEWS) / 2
    db.execute("reset iam_fdw.now")
    db.execute(f"set iam_fdw.report_at = '{then.isoformat()}'".encode())
    assert judged() == before
    assert rows(db, "select iam_now()") == [(then,)]
    db.execute(f"set iam_fdw.now = '{NOW.isoformat()}'".encode())  # the reports of then, the time of now
    assert rows(db, "select iam_now()") == [(NOW,)]
    assert rows(db, "select status from iam_check_result where check_id = 'report_stale'") == [("alarm",)]
    db.execute("reset iam_fdw.report_at")


def test_an_account_without_history_then_is_an_error_of_each_check(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN)
    record(db, folder, BEGIN + 8 * HOUR, account_id=OTHER)
    db.execute(f"set iam_fdw.report_at = '{BEGIN.isoformat()}'".encode())
    found = rows(db, f"select distinct status from iam_check_result where account_id = '{OTHER}'")
    assert found == [("error",)]
    assert rows(db, f"select state, is_fresh from iam_check_report_freshness where account_id = '{OTHER}'") == [
        ("missing", False)
    ]
    with pytest.raises(errors.NoDataFound):
        rows(db, "select * from iam_credential")


@pytest.mark.parametrize("value", ["nonsense", "infinity", "13", "2026-02-30"])
def test_a_setting_that_is_no_time_is_an_error(db: Db, value: str) -> None:
    db.execute(f"set iam_fdw.report_at = '{value}'".encode())
    with pytest.raises(errors.InvalidParameterValue, match=r'parameter "iam_fdw[.]report_at"'):
        rows(db, "select * from iam_check_user_mfa")


def test_aws_is_not_asked_about_the_past_nor_history_about_now(server: Server) -> None:
    with Emulator() as emulator, new_database(server, "asking") as name:
        emulator.account(ACCOUNT, report=csv(root(), user("alice")), generated_time=NOW - HOUR)
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, endpoint_url=emulator.url)
            keys = f"aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key 'of/the+emulator/that/checks/none'"
            db.execute(f"create user mapping for public server aws options ({keys})".encode())
            db.execute("call iam_record_history()")
            assert emulator.requests
            emulator.requests.clear()
            db.execute(f"set iam_fdw.report_at = '{NOW.isoformat()}'".encode())
            for view in [*VIEWS, "iam_check_report_freshness"]:
                rows(db, f"select * from {view}")
            assert emulator.requests == []
            db.execute("reset iam_fdw.report_at")
            db.execute("create role regress_live")
            try:
                db.execute("grant select on aws_iam_credential_report_or_error, iam_report_or_error to regress_live")
                db.execute("set role regress_live")
                assert len(rows(db, "select from iam_report_or_error")) == 2  # no right to read history, nor need
            finally:
                db.execute("reset role")
                db.execute("drop owned by regress_live")
                db.execute("drop role regress_live")


# Check 1


def test_check_1_tells_what_is_saved(db: Db, folder: Path) -> None:
    query = "select state, saved_time, saved_state from iam_check_report_freshness"
    point(db, source=str(folder))
    try:
        put(folder, NOW - 2 * HOUR)
        assert rows(db, query) == [("fresh", None, "missing")]
        db.execute("call iam_record_history()")
        assert rows(db, query) == [("fresh", NOW - 2 * HOUR, "fresh")]
        db.execute("set iam_fdw.saved_max_age = '1 hour'")
        assert rows(db, query) == [("fresh", NOW - 2 * HOUR, "stale")]
        point(db, source=str(folder), snapshots=str(folder))
        put(folder, NOW - HOUR / 2)
        assert rows(db, query) == [("fresh", NOW - HOUR / 2, "fresh")]
    finally:
        point(db, source=str(folder), snapshots=str(folder))


@pytest.mark.parametrize("content", [b"", b"damaged", formats.compress(csv(root()))[:-9]])
def test_check_1_takes_no_damaged_file_for_a_saved_report(db: Db, folder: Path, content: bytes) -> None:
    source, saved = folder / "source", folder / "saved"
    source.mkdir()
    (source / f"{NOW:%Y-%m-%dT%H:%M:%SZ}.csv").write_bytes(csv(root()))
    file = saved / snapshot_name(ACCOUNT, NOW - HOUR)
    file.parent.mkdir(parents=True)
    query = "select state, saved_state, error_message from iam_check_report_freshness"
    try:
        point(db, source=str(source), snapshots=str(saved))
        file.write_bytes(formats.compress(csv(root())))
        assert rows(db, query) == [("fresh", "fresh", None)]
        file.write_bytes(content)
        ((state, saved_state, message),) = rows(db, query)
        assert (state, saved_state) == ("fresh", "missing")
        assert "the saved report is damaged or cut off" in message
    finally:
        shutil.rmtree(source)
        shutil.rmtree(saved)
        point(db, source=str(folder), snapshots=str(folder))


def test_check_1_of_the_past(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN)
    query = "select generated_time, is_fresh, state, saved_time, saved_state from iam_check_report_freshness"
    for hours, expected in (
        (3, (True, "fresh", "fresh")),
        (5, (False, "stale", "fresh")),
        (9, (False, "stale", "stale")),
    ):
        db.execute(f"set iam_fdw.report_at = '{(BEGIN + hours * HOUR).isoformat()}'".encode())
        is_fresh, state, saved = expected
        assert rows(db, query) == [(BEGIN, is_fresh, state, BEGIN, saved)]


def test_check_1_calls_what_is_saved_for_later_than_now_neither_fresh_nor_stale(db: Db, folder: Path) -> None:
    query = "select saved_state from iam_check_report_freshness"
    record(db, folder, NOW)
    for hours, state in ((-1, "fresh"), (-1.001, "future"), (-24 * 365, "future"), (9, "stale")):
        db.execute(f"set iam_fdw.now = '{(NOW + hours * HOUR).isoformat()}'".encode())
        assert rows(db, query) == [(state,)], hours
    db.execute("reset iam_fdw.now")
    source, saved = folder / "source", folder / "saved"
    source.mkdir()
    (source / f"{NOW:%Y-%m-%dT%H:%M:%SZ}.csv").write_bytes(csv(root()))
    try:
        point(db, source=str(source), snapshots=str(saved))
        last = saved / snapshot_name(ACCOUNT, datetime(9999, 12, 31, tzinfo=timezone.utc))
        last.parent.mkdir(parents=True)
        last.touch()  # an empty file suffices
        assert rows(db, query) == [("future",)]
    finally:
        point(db, source=str(folder), snapshots=str(folder))


# Changes


def test_each_field_that_changed_is_a_row(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, user("alice", mfa_active="true"), user("bob"))
    assert rows(db, "select * from iam_change") == []
    record(db, folder, BEGIN + 4 * HOUR, user("alice", mfa_active="true"), user("bob"))
    record(db, folder, BEGIN + 8 * HOUR, user("alice", **key()), user("carol"))
    record(db, folder, BEGIN + 12 * HOUR, user("alice", **key()), user("bob"), user("carol"))
    found = rows(
        db,
        "select user_name, user_arn, change, field, old_value, new_value, seen_at, not_before from iam_change"
        " order by seen_at, user_name, field",
    )
    arn = f"arn:aws:iam::{ACCOUNT}:user/"
    eight, twelve = (BEGIN + 8 * HOUR, BEGIN + 4 * HOUR), (BEGIN + 12 * HOUR, BEGIN + 8 * HOUR)
    assert found == [
        ("alice", arn + "alice", "changed", "access_key_1_active", "false", "true", *eight),
        ("alice", arn + "alice", "changed", "access_key_1_last_rotated", "N/A", ago(BEGIN, 100), *eight),
        ("alice", arn + "alice", "changed", "mfa_active", "true", "false", *eight),
        ("bob", arn + "bob", "deleted", None, None, None, *eight),
        ("carol", arn + "carol", "created", None, None, None, *eight),
        ("bob", arn + "bob", "created", None, None, None, *twelve),
    ]


def test_the_first_report_of_an_account_changes_nothing(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, user("alice"))
    record(db, folder, BEGIN + 8 * HOUR, user("bob", OTHER), account_id=OTHER)
    assert rows(db, "select * from iam_change") == []


def test_a_field_that_aws_adds_is_a_change_from_nothing(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, user("alice"))
    header, *lines = csv(root(), user("alice")).decode().split("\n")
    content = "\n".join([f"{header},passkeys", *(f"{line},1" for line in lines)]).encode()
    assert Folder(str(folder)).write(snapshot_name(ACCOUNT, BEGIN + HOUR), formats.compress(content))
    db.execute("call iam_record_history()")
    found = rows(db, "select user_name, change, field, old_value, new_value from iam_change order by 1")
    assert found == [
        ("<root_account>", "changed", "passkeys", None, "1"),
        ("alice", "changed", "passkeys", None, "1"),
    ]


# Retention


def test_what_is_over_for_long_enough_goes(db: Db, folder: Path) -> None:
    days = [40, 35, 10.5, 9.5, 1]
    for number, day in enumerate(days):
        record(db, folder, NOW - timedelta(days=day), user("alice", user_creation_time=ago(NOW, 100 - number)))
    kept = {day: rows(db, EVERY.format(at(NOW - timedelta(days=day)))) for day in (9.99, 9.5, 9.49, 2, 1, 0)}
    changes = rows(db, "select * from iam_change where seen_at > now() - interval '10 days' order by seen_at")
    assert [len(changes), counts(db)[0]] == [2, 6]
    notices: list[str] = []
    db.add_notice_handler(lambda said: notices.append(str(said.message_primary)))
    db.execute("call iam_record_history(keep => '10 days')")
    recorded, deleted = notices
    assert recorded == "recorded reports: 0, with new states of users: 0"
    pattern = r"deleted states that were over by (20[0-9 :-]{17}) UTC: 2, and reports: 2"
    found = re.fullmatch(pattern, deleted)
    assert found, deleted
    until = datetime.fromisoformat(found[1]).replace(tzinfo=timezone.utc)
    assert timedelta(0) <= until - (NOW - timedelta(days=10)) < timedelta(minutes=10)
    assert {day: rows(db, EVERY.format(at(NOW - timedelta(days=day)))) for day in kept} == kept
    assert rows(db, "select * from iam_change order by seen_at") == changes
    assert [hours for name, hours, _ in states(db) if name == "alice"] == [
        (NOW - timedelta(days=day) - BEGIN) / HOUR for day in days[2:]
    ]
    times = [
        made for (month,) in rows(db, "select generated_times from iam_history_report order by month") for made in month
    ]
    assert times == [NOW - timedelta(days=day) for day in days[2:]]
    (row,) = rows(db, f"select error_code from {at(NOW - timedelta(days=10, hours=1))}")
    assert row == ("02000",)


def test_to_keep_a_day_keeps_what_is(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, user("alice"))
    record(db, folder, BEGIN + HOUR, user("bob"))
    live = rows(db, EVERY.format("aws_iam_credential_report_or_error"))
    db.execute("call iam_record_history(keep => '1 day')")
    assert rows(db, EVERY.format("iam_report_at(now())")) == live
    assert counts(db) == [2, 1, 1]


@pytest.mark.parametrize(
    "keep",
    ["2", "", " ", "00:00:02", "2-0", "2 s", "6 m", "23 hours", "0 days", "-1 days", "2 years ago", "infinity",
     "-infinity", "two years", "2 yeers", "999999 years"],
)  # fmt: skip
def test_what_is_no_time_to_keep_deletes_nothing(db: Db, folder: Path, keep: str) -> None:
    record(db, folder, BEGIN, user("alice"))
    record(db, folder, BEGIN + HOUR, user("bob"))
    before = counts(db)
    with pytest.raises(errors.InvalidParameterValue) as caught:
        db.execute("call iam_record_history(keep => %s)", (keep,))
    assert caught.value.diag.message_primary == f'invalid value for parameter "keep": "{keep}"'
    hint = 'Give an interval with its unit, of a day or more, such as "2 years".'
    assert caught.value.diag.message_hint == hint
    assert counts(db) == before


@pytest.mark.parametrize("keep", ["'2 years'", "'3 mons'", "'P1Y'", "(interval '2 years')::text", "'24 hours'", "null"])
def test_keep_is_text_with_a_unit(db: Db, folder: Path, keep: str) -> None:
    record(db, folder, BEGIN)
    db.execute(f"call iam_record_history(keep => {keep})".encode())
    assert counts(db) == [1, 1, 1]
    with pytest.raises(errors.UndefinedFunction):  # an interval does not tell whether it had one
        db.execute("call iam_record_history(keep => interval '2')")


def test_an_update_takes_the_procedure_that_knew_no_unit(admin: Db, folder: Path) -> None:
    forget(folder)
    install(admin, source=str(folder))
    admin.execute("create procedure iam_record_history(boolean default false, keep interval default null)"
                  " language sql as ''")  # fmt: skip
    install(admin, source=str(folder))
    found = rows(admin, "select oid::regprocedure::text from pg_proc where proname = 'iam_record_history'")
    assert found == [("iam_record_history(boolean,text)",)]


# Rights


def test_a_reader_reads_history_and_records_none(admin: Db, folder: Path) -> None:
    forget(folder)
    put(folder, BEGIN, user("alice"))
    admin.execute("create role regress_history_reader")
    try:
        install(admin, source=str(folder), reader="regress_history_reader")
        admin.execute("call iam_record_history()")
        admin.execute("set role regress_history_reader")
        for relation in (*TABLES, "iam_change", "iam_report", "iam_report_or_error", "iam_report_at(now())"):
            rows(admin, f"select * from {relation}")
        admin.execute(f"set iam_fdw.report_at = '{BEGIN.isoformat()}'".encode())
        assert rows(admin, "select count(*) from iam_check_result where status = 'alarm'") != [(0,)]
        for statement in (
            "call iam_record_history()",
            "call iam_record_history(keep => '1 day')",
            "delete from iam_history",
            "update iam_history_account set first_time = now()",
            "insert into iam_history_report values ('1', now(), '{}')",
            "begin; lock table iam_history_account in share row exclusive mode",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                admin.execute(statement.encode())
            admin.execute("rollback")
    finally:
        admin.execute("reset role")
        admin.execute("drop owned by regress_history_reader")
        admin.execute("drop role regress_history_reader")


@pytest.mark.skipif(ENGINE != "minicorn", reason="it reads the foreign tables, which are nobody's else on Multicorn")
def test_a_role_that_records_needs_no_superuser(admin: Db, folder: Path) -> None:
    forget(folder)
    put(folder, BEGIN, user("alice"))
    admin.execute("create role regress_recorder")
    try:
        install(admin, source=str(folder), reader="regress_recorder")
        admin.execute(f"grant insert, update, delete on {', '.join(TABLES)} to regress_recorder".encode())
        admin.execute("set role regress_recorder")
        admin.execute("call iam_record_history()")
        assert counts(admin) == [2, 1, 1]
    finally:
        admin.execute("reset role")
        admin.execute("drop owned by regress_recorder")
        admin.execute("drop role regress_recorder")


def test_nothing_of_the_callers_path_is_called(db: Db, connected: Callable[[], Db], folder: Path) -> None:
    db.execute("create schema trap")
    try:
        trap = "language plpgsql as $$ begin raise 'called'; end $$"
        for name in ("sha256(bytea)", "date_trunc(text, timestamptz)", "iam_moment(text)", "now()"):
            db.execute(f"create function trap.{name} returns text {trap}".encode())
        for operator, left, right in (
            ("<", "timestamptz", "timestamptz"), (">", "timestamptz", "timestamptz"), ("=", "text", "text"),
            ("<=", "timestamptz", "timestamptz"), ("||", "text", "text"),
        ):  # fmt: skip
            function = f"trap.operator_{len(operator)}_{ord(operator[0])}"
            db.execute(f"create function {function}({left}, {right}) returns boolean {trap}".encode())
            operands = f"leftarg = {left}, rightarg = {right}"
            db.execute(f"create operator trap.{operator} ({operands}, function = {function})".encode())
        session = connected()
        session.execute("set search_path = trap, public")
        put(folder, BEGIN, user("alice"))
        session.execute("call iam_record_history(keep => '1 year')")
        session.execute("call iam_record_history(true)")
        session.execute("set iam_fdw.report_at = '2100-01-01'")
        for view in ("iam_change", "iam_report", "iam_check_report_freshness", "iam_check_result"):
            rows(session, f"select * from {view}")
    finally:
        db.execute("drop schema trap cascade")


# Keeping it


def test_install_keeps_history_and_uninstall_refuses_to_drop_it(admin: Db, folder: Path) -> None:
    forget(folder)
    put(folder, BEGIN, user("alice"))
    install(admin, source=str(folder))
    admin.execute("call iam_record_history()")
    install(admin, source=str(folder))
    assert counts(admin) == [2, 1, 1]
    with pytest.raises(errors.DependentObjectsStillExist, match="iam_history"):
        uninstall(admin)
    assert counts(admin) == [2, 1, 1]
    admin.execute("delete from iam_history")
    uninstall(admin)
    assert rows(admin, "select relname from pg_class where relname like 'iam\\_%' or relname like 'aws\\_%'") == []


def test_an_update_adds_the_columns_that_are_new(admin: Db, folder: Path) -> None:
    forget(folder)
    put(folder, BEGIN, user("alice"))
    install(admin, source=str(folder))
    admin.execute("drop view iam_check_result, iam_verdict, iam_credential cascade")
    admin.execute("alter table iam_history drop column password_status, drop column unknown_columns")
    install(admin, source=str(folder))
    admin.execute("call iam_record_history()")
    live = rows(admin, EVERY.format("aws_iam_credential_report_or_error"))
    assert rows(admin, EVERY.format("iam_report_at(now())")) == live


def test_a_dump_brings_history_back(admin: Db, server: Server, folder: Path, tmp_path: Path) -> None:
    forget(folder)
    install(admin, source=str(folder))
    for number, mfa in enumerate(("false", "true", "false")):
        record(admin, folder, BEGIN + 4 * number * HOUR, user("alice", mfa_active=mfa), user(f"user-{number}"))
    where = ["--host", server.host, "--port", str(server.port), "--username", "postgres"]
    program = pg_config("bindir")
    dump = tmp_path / "dump.sql"
    with dump.open("wb") as file:
        subprocess.run([program / "pg_dump", *where, admin.info.dbname], check=True, stdout=file)
    with new_database(server, "restored") as name:
        restore = [str(program / "psql"), *where, "-v", "ON_ERROR_STOP=1", "-q", "-f", str(dump), name]
        subprocess.run(restore, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PGOPTIONS": ""})
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            for query in (
                *(f"select * from {table} order by 1, 2, 3" for table in TABLES),
                EVERY.format(at(BEGIN + 5 * HOUR)),
                "select * from iam_change order by seen_at, user_name, field",
            ):
                assert rows(db, query) == rows(admin, query)
            record(db, folder, BEGIN + 12 * HOUR, user("alice"))
            assert len(rows(db, "select from iam_history")) == len(rows(admin, "select from iam_history"))


def test_encodings_make_no_difference(server: Server, folder: Path) -> None:
    forget(folder)
    put(folder, BEGIN, user("alice"))
    where: dict[str, Any] = {"host": server.host, "port": server.port, "user": "postgres", "autocommit": True}
    with new_database(server, "latin", "LATIN1") as name, psycopg.connect(dbname=name, **where) as db:
        install(db, source=str(folder))
        db.execute("call iam_record_history()")
        assert len(rows(db, "select from iam_report_at(now())")) == 2


def test_conditions_on_changes_use_an_index(db: Db, folder: Path) -> None:
    record(db, folder, BEGIN, *(user(f"user-{number}") for number in range(300)))
    for number in range(1, 30):
        put(
            folder,
            BEGIN + number * HOUR,
            *(user(f"user-{one}", user_creation_time=ago(NOW, 30 - number)) for one in range(300)),
        )
    db.execute("call iam_record_history(true)")
    db.execute(f"analyze {', '.join(TABLES)}".encode())
    for condition, names in (
        (f"seen_at > '{BEGIN + 28 * HOUR}'", ["state .*iam_history_valid_from", "state_1 .*iam_history_valid_to"]),
        (f"account_id = '{ACCOUNT}' and user_name = 'user-7'", ["iam_history_pkey", "iam_history_pkey on iam_history"]),
    ):
        plan = "\n".join(line for (line,) in rows(db, f"explain select count(*) from iam_change where {condition}"))
        for name in names:
            assert re.search(name, plan, re.DOTALL), plan
