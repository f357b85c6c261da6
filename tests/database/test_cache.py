"""Kept copies: exact, of who asked and nobody else, believed only whole, and never in the way."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from support.copies import HOUR, OTHER, REPORT, now
from support.emulator import Emulator, hang, slow
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, SLOWNESS, Connect, Server, new_database, point, prepare

from iam_fdw.live.copies import SUFFIX

Db = psycopg.Connection[Any]
GET = "GetCredentialReport"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[str]:
    """A database for all tests here."""
    with new_database(server, "cache") as name:
        prepare(server, name, ACCOUNT)
        yield name


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.account(ACCOUNT, report=REPORT.content, generated_time=now() - HOUR)
        emulator.account(OTHER, report=csv(root(OTHER)), generated_time=now() - HOUR)
        yield emulator


@pytest.fixture
def db(admin: Db, emulator: Emulator) -> Db:
    """A superuser's connection, in a database that asks the emulator with the keys of ACCOUNT."""
    point(admin, endpoint_url=emulator.url, timeout="10 seconds")
    return admin


def keys(account_id: str, secret: str = "of/the+emulator/that/checks/none") -> Any:
    return f" (aws_access_key_id 'AKIA{account_id}', aws_secret_access_key '{secret}')"


def names(db: Db) -> list[str]:
    return [name for (name,) in db.execute("select user_name from aws_iam_credential_report").fetchall()]


def state(db: Db) -> tuple[Any, ...]:
    (row,) = db.execute("select account_id, state, origin from aws_iam_credential_report_status").fetchall()
    return tuple(row)


def copies(db: Db) -> set[Path]:
    (directory,) = db.execute("show data_directory").fetchone() or ("",)
    return set((Path(directory) / "iam_fdw").glob(f"*{SUFFIX}"))


def test_every_backend_reads_the_copy_that_one_fetched(db: Db, emulator: Emulator, connect: Connect) -> None:
    assert names(db) == ["<root_account>", "alice"]
    assert (names(connect()), state(connect())) == (["<root_account>", "alice"], (ACCOUNT, "fresh", "cache"))
    assert emulator.count(GET) == 1
    query = "select distinct generated_time from aws_iam_credential_report"
    assert connect().execute(query.encode()).fetchone() == (emulator.account(ACCOUNT).generated_time,)


def test_where_all_is_kept_boto3_is_not_even_loaded(db: Db, connect: Connect) -> None:
    names(db)
    for connection, is_loaded in ((db, True), (connect(), False)):
        names(connection)
        maps = Path(f"/proc/{connection.info.backend_pid}/maps").read_text()
        assert ("_ssl." in maps) == is_loaded
        assert "python3" in maps


def test_off_asks_each_time_and_keeps_nothing(db: Db, emulator: Emulator) -> None:
    before = copies(db)
    db.execute("alter server aws options (add cache 'off')")
    for _ in range(2):
        assert len(names(db)) == 2
    assert emulator.count(GET) == 2
    assert copies(db) == before


def test_after_four_hours_aws_is_asked_again(db: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT).generated_time = now() - timedelta(hours=4) + timedelta(seconds=2)
    names(db)
    time.sleep(2.5)
    emulator.account(ACCOUNT).next_report = lambda: csv(root(), user("bob"))
    assert names(db) == ["<root_account>", "bob"]
    emulator.requests.clear()
    assert names(db) == ["<root_account>", "bob"]
    assert emulator.requests == []


def test_a_longer_max_age_is_kept_as_long(db: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT).generated_time = now() - timedelta(hours=30)
    db.execute("alter server aws options (add max_age '2 days')")
    for _ in range(2):
        assert len(names(db)) == 2
    assert emulator.count(GET) == 1


def test_a_younger_max_age_calls_it_stale_but_cannot_have_a_newer_one(db: Db, emulator: Emulator) -> None:
    db.execute("alter server aws options (add max_age '10 minutes')")
    for origin in ("aws", "cache"):
        assert state(db) == (ACCOUNT, "stale", origin)


def test_an_answer_that_cannot_be_read_is_not_kept(db: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT).report = REPORT.content[:-3]
    with pytest.raises(psycopg.Error, match="credential report is cut off"):
        names(db)
    emulator.account(ACCOUNT).report = REPORT.content
    assert names(db) == ["<root_account>", "alice"]


def test_a_damaged_copy_is_fetched_again(db: Db, emulator: Emulator) -> None:
    before = copies(db)
    names(db)
    (file,) = copies(db) - before
    file.write_bytes(file.read_bytes().replace(b"alice", b"mallo"))
    assert names(db) == ["<root_account>", "alice"]
    assert emulator.count(GET) == 2
    assert b"alice" in file.read_bytes()


def test_a_copy_may_be_deleted_at_any_time(db: Db, emulator: Emulator) -> None:
    before = copies(db)
    names(db)
    for file in copies(db) - before:
        file.unlink()
    assert names(db) == ["<root_account>", "alice"]


def test_nobody_reads_what_anothers_credentials_fetched(db: Db, emulator: Emulator, connect: Connect) -> None:
    """Two roles with mappings of their own: one has the key, the other but its id, which is no secret."""
    db.execute("create role regress_thief login")
    try:
        db.execute("grant select on aws_iam_credential_report, aws_iam_credential_report_status to regress_thief")
        db.execute("create user mapping for regress_thief server aws options" + keys(ACCOUNT, "guessed/guessed/guess"))
        assert state(db) == (ACCOUNT, "fresh", "aws")
        assert state(connect(user="regress_thief")) == (ACCOUNT, "fresh", "aws")  # it asks itself, and AWS would refuse
        assert emulator.count(GET) == 2
    finally:
        db.execute("drop owned by regress_thief")
        db.execute("drop role regress_thief")


def test_two_servers_with_different_identities_on_one_account_share_nothing(db: Db, emulator: Emulator) -> None:
    for account_id in (ACCOUNT, OTHER):
        emulator.account(account_id, roles={"audit": None, "other": "corp:2"})
    point(db, endpoint_url=emulator.url, role_arn=f"arn:aws:iam::{OTHER}:role/audit")
    install_other = "create server other foreign data wrapper iam_fdw options"
    wrapper = ", wrapper 'iam_fdw.fdw.IamForeignDataWrapper'" if ENGINE == "multicorn" else ""
    db.execute(
        f"{install_other} (endpoint_url '{emulator.url}', role_arn 'arn:aws:iam::{OTHER}:role/other'{wrapper})".encode()
    )
    db.execute("create user mapping for public server other options" + keys(ACCOUNT))
    db.execute("create foreign table elsewhere (account_id text) server other")
    assert state(db) == (OTHER, "fresh", "aws")
    with pytest.raises(psycopg.Error, match="AWS denied AssumeRole"):
        db.execute("select * from elsewhere")
    db.execute("alter server other options (add external_id 'corp:2')")
    assert db.execute("select * from elsewhere").fetchall() == [(OTHER,)]
    db.execute("drop server other cascade")
    assert emulator.count(GET) == 2


def test_a_hundred_connections_at_once_fetch_each_account_once(db: Db, emulator: Emulator, connect: Connect) -> None:
    ids = emulator.organization(25, ACCOUNT)
    emulator.latency = 0.05
    db.execute(
        "alter server aws options (add accounts 'organization', add role_name 'audit', set timeout '60 seconds')"
    )
    connections = [connect() for _ in range(100)]
    found: list[Any] = []

    def read(connection: Db) -> None:
        query = "select count(distinct account_id), count(*) from aws_iam_credential_report"
        try:
            found.append(connection.execute(query.encode()).fetchone())
        except psycopg.Error as error:
            found.append(error)

    threads = [threading.Thread(target=read, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(len(ids), 2 * len(ids))] * 100
    assert emulator.count(GET) == len(ids)
    assert emulator.count("ListAccounts") == 2


@pytest.mark.parametrize("when", ["fetching", "waiting"])
def test_a_backend_that_is_killed_leaves_nothing_in_the_way(
    db: Db, emulator: Emulator, connect: Connect, server: Server, database: str, when: str
) -> None:
    db.execute("alter server aws options (set timeout '30 seconds')")
    emulator.always[GET] = hang()
    sessions = [connect(), connect()]
    threads = [threading.Thread(target=fails, args=(session,)) for session in sessions]
    threads[0].start()
    wait_until(lambda: emulator.count(GET) == 1)
    threads[1].start()
    time.sleep(0.3)
    os.kill(sessions[0 if when == "fetching" else 1].info.backend_pid, signal.SIGKILL)
    for thread in threads:
        thread.join()  # PostgreSQL ends all sessions, and starts anew
    emulator.always.clear()

    def is_up() -> bool:
        try:
            psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database).close()
        except psycopg.OperationalError:
            return False
        return True

    wait_until(is_up)
    started = time.monotonic()
    assert names(connect()) == ["<root_account>", "alice"]
    assert time.monotonic() - started < 5 * SLOWNESS


def fails(connection: Db) -> None:
    with pytest.raises(psycopg.Error):
        names(connection)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20 * SLOWNESS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_who_waits_reads_what_the_other_fetched(db: Db, emulator: Emulator, connect: Connect) -> None:
    emulator.script[GET] = [slow(1)]
    first = threading.Thread(target=names, args=(connect(),))
    first.start()
    wait_until(lambda: emulator.count(GET) == 1)
    assert state(db) == (ACCOUNT, "fresh", "cache")
    first.join()
    assert emulator.count(GET) == 1


def test_a_cursor_that_stands_still_is_not_waited_for(db: Db, emulator: Emulator, connect: Connect) -> None:
    ids = emulator.organization(45, ACCOUNT)
    db.execute(
        "alter server aws options (add accounts 'organization', add role_name 'audit', set timeout '60 seconds')"
    )
    emulator.latency = 0.05
    standing = connect()
    standing.execute("begin")
    standing.execute("declare c cursor for select account_id from aws_iam_credential_report")
    standing.execute("fetch 1 from c")
    started = time.monotonic()
    query = "select count(distinct account_id) from aws_iam_credential_report"
    assert db.execute(query.encode()).fetchone() == (len(ids),)
    assert time.monotonic() - started < 40 * SLOWNESS
    assert len(set(standing.execute("fetch all from c").fetchall())) == len(ids)


def test_rows_come_though_the_disk_is_full(db: Db, emulator: Emulator, small_disk: Path) -> None:
    folder = small_disk / "server"
    users = [user(f"user-{number}") for number in range(2000)]
    emulator.account(ACCOUNT).report = csv(root(), *users)
    db.execute(f"alter server aws options (add cache_dir '{folder}')".encode())
    for _ in range(2):
        assert len(names(db)) == 2001
    assert emulator.count(GET) == 2
    emulator.account(ACCOUNT).report = REPORT.content
    for _ in range(2):
        assert len(names(db)) == 2
    assert emulator.count(GET) == 3
    assert len([file for file in folder.iterdir() if file.name != "swept"]) == 1


@pytest.mark.parametrize("mode", [0o500, 0o755])
def test_rows_come_though_the_folder_cannot_be_used(db: Db, emulator: Emulator, folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)
    db.execute(f"alter server aws options (add cache_dir '{folder}')".encode())
    try:
        for _ in range(2):
            assert len(names(db)) == 2
        assert emulator.count(GET) == 2
    finally:
        folder.chmod(0o700)


def test_what_is_kept_is_described_in_the_file_itself(db: Db) -> None:
    before = copies(db)
    names(db)
    (file,) = copies(db) - before
    line, content = file.read_bytes().split(b"\n", 1)
    said = json.loads(line.split(b" ", 1)[1])
    assert (said["account_id"], said["size"], content) == (ACCOUNT, len(content), REPORT.content)
