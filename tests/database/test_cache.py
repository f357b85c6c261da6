"""Kept copies: exact, of who asked and nobody else, believed only whole, and never in the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from support.emulator import Emulator, hang, slow
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, SLOWNESS, TREE, Connect, Server, new_database, point, prepare

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.live import cache
from iam_fdw.live.cache import Cache, CacheKey, Copy
from iam_fdw.workers import Deadline

Db = psycopg.Connection[Any]
HOUR = timedelta(hours=1)
LONG = timedelta(days=30)
GET = "GetCredentialReport"
OTHER = "444455556666"


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


REPORT = Copy(csv(root(), user("alice")), ACCOUNT, now() - HOUR)


def key(**given: str) -> CacheKey:
    return CacheKey(options.read(given))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def kept(folder: Path) -> Cache:
    """A cache that holds the report of ACCOUNT."""
    found = Cache(folder, key())
    found.keep(ACCOUNT, REPORT)
    return found


def the_file(folder: Path) -> Path:
    (file,) = folder.glob(f"*{cache.SUFFIX}")
    return file


# The module itself


def test_a_copy_is_what_was_kept(kept: Cache, folder: Path) -> None:
    assert kept.find(ACCOUNT, LONG) == REPORT
    assert Cache(folder, key()).find(ACCOUNT, LONG) == REPORT
    assert kept.find(OTHER, LONG) is None


def test_folder_and_files_are_the_servers_own(kept: Cache, folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert the_file(folder).stat().st_mode & 0o777 == 0o600
    assert the_file(folder).name.startswith(f"{ACCOUNT}.")


def test_a_copy_is_used_as_long_as_aws_has_no_news(kept: Cache) -> None:
    assert kept.find(ACCOUNT, 2 * HOUR) == REPORT
    assert kept.find(ACCOUNT, HOUR) is None


@pytest.mark.parametrize("minutes", [6, 60 * 24 * 365])
def test_a_report_of_the_future_is_not_believed(folder: Path, minutes: int) -> None:
    found = Cache(folder, key())
    found.keep(ACCOUNT, REPORT._replace(time=now() + timedelta(minutes=minutes)))
    assert found.find(ACCOUNT, LONG) is None


def test_a_copy_is_not_believed_when_the_clock_went_back(
    kept: Cache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(minutes=30)

    monkeypatch.setattr(cache, "datetime", Earlier)
    assert kept.find(ACCOUNT, LONG) is None


def test_whatever_byte_is_damaged_the_copy_is_not_believed(kept: Cache, folder: Path) -> None:
    file = the_file(folder)
    whole = file.read_bytes()
    for place in range(len(whole)):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]):
            file.write_bytes(damaged)
            assert kept.find(ACCOUNT, LONG) is None, place
    file.write_bytes(whole + b"\n")
    assert kept.find(ACCOUNT, LONG) is None
    file.write_bytes(whole)
    assert kept.find(ACCOUNT, LONG) == REPORT


def test_a_copy_under_another_name_is_not_believed(kept: Cache, folder: Path) -> None:
    the_file(folder).rename(folder / key().name(OTHER))
    assert kept.find(OTHER, LONG) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"x {}\n",
        b"x []\n",
        b"x null\n",
        b"x " + b"[" * 4000 + b"\n",
        b"x {" + b"9" * 4000,
        b'x {"form": 1e999, "name": "x"}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": 1e3, "time": "", "kept_at": ""}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": -1, "time": 1, "kept_at": 1}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": 1, "time": 1, "kept_at": 1}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": 1, "time": "2026-11-23", "kept_at": "2026-11-23"}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": "1", "time": "2026-11-23", "kept_at": "2026-11-23"}\n',
    ],
)
def test_another_description_is_not_believed(kept: Cache, folder: Path, line: bytes) -> None:
    file = the_file(folder)
    for key, value in (("form", "iam_fdw copy 1"), ("name", file.name)):
        line = line.replace(f"%({key})s".encode(), value.encode())
    file.write_bytes(line + REPORT.content)
    assert kept.find(ACCOUNT, LONG) is None
    kept.keep(ACCOUNT, REPORT)
    assert kept.find(ACCOUNT, LONG) == REPORT


def link(file: Path) -> None:
    other = file.with_name("elsewhere")
    file.rename(other)
    file.symlink_to(other)


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def writable(file: Path) -> None:
    file.chmod(0o666)


@pytest.mark.parametrize("make", [link, pipe, directory, writable])
def test_a_file_that_others_could_have_written_is_not_believed(
    kept: Cache, folder: Path, make: Callable[[Path], None]
) -> None:
    make(the_file(folder))
    assert kept.find(ACCOUNT, LONG) is None


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_a_folder_that_is_open_to_others_is_not_used(kept: Cache, folder: Path, mode: int) -> None:
    folder.chmod(mode)
    found = Cache(folder, key())
    assert found.find(ACCOUNT, LONG) is None
    found.keep(OTHER, REPORT)
    with found.one_at_a_time(ACCOUNT, Deadline(1)):
        assert len(list(folder.iterdir())) == 2  # the copy, and when old ones were last removed


def test_a_link_to_a_folder_is_not_used(kept: Cache, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert Cache(tmp_path / "link", key()).find(ACCOUNT, LONG) is None


def test_a_folder_that_cannot_be_written_is_no_error(kept: Cache, folder: Path) -> None:
    folder.chmod(0o500)
    try:
        kept.keep(OTHER, REPORT)
        assert kept.find(OTHER, LONG) is None
        assert kept.find(ACCOUNT, LONG) == REPORT
        with kept.one_at_a_time(OTHER, Deadline(1)):
            pass
    finally:
        folder.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    found = Cache(tmp_path / "no" / "such" / "folder", key())
    found.keep(ACCOUNT, REPORT)
    assert found.find(ACCOUNT, LONG) is None


@pytest.mark.skipif("SMALL_DISK" not in os.environ, reason="no small disk could be mounted")
def test_a_full_disk_is_no_error_and_leaves_nothing() -> None:
    folder = Path(os.environ["SMALL_DISK"]) / "unit"
    found = Cache(folder, key())
    found.keep(ACCOUNT, REPORT)
    found.keep(OTHER, REPORT._replace(content=b"x" * 100_000))
    assert found.find(OTHER, LONG) is None
    assert found.find(ACCOUNT, LONG) == REPORT
    assert [file for file in folder.iterdir() if OTHER in file.name] == []


def test_who_asks_is_part_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    role = "arn:aws:iam::444455556666:role/auditor"
    keys = {"aws_access_key_id": "AKIA111122223333", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG"}
    settings: list[dict[str, str]] = [
        {},
        {"region": "us-gov-west-1"},
        {"endpoint_url": "http://127.0.0.1:9"},
        {"profile": "audit"},
        {"role_arn": role},
        {"role_arn": role, "external_id": "corp:1"},
        {"role_arn": role, "role_session_name": "nightly"},
        {"role_name": "audit", "accounts": "organization"},
        keys,
        {**keys, "aws_secret_access_key": "of/another/who/guesses"},
        {**keys, "aws_session_token": "FwoGZXIvYXdzEXAMPLE=="},
    ]
    names = [key(**given).name(ACCOUNT) for given in settings]
    for name, value in (("AWS_PROFILE", "x"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_ENDPOINT_URL_IAM", "http://x")):
        monkeypatch.setenv(name, value)
        names.append(key().name(ACCOUNT))
    for file in ("config", "credentials"):
        (tmp_path / ".aws" / file).write_text("[default]\n")
        names.append(key().name(ACCOUNT))
    assert len(set(names)) == len(names)


def test_what_is_not_about_the_answer_is_not_part_of_the_name() -> None:
    same = [{}, {"timeout": "5 seconds"}, {"max_age": "1 day"}, {"concurrency": "9"}, {"on_account_error": "skip"}]
    assert len({key(**given).name(ACCOUNT) for given in same}) == 1


def test_no_secret_is_in_names_or_files(folder: Path) -> None:
    keys = {"aws_access_key_id": "AKIA111122223333", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG"}
    Cache(folder, key(**keys)).keep(ACCOUNT, REPORT)
    assert not any(key in the_file(folder).name for key in keys.values())
    assert not any(key.encode() in the_file(folder).read_bytes() for key in keys.values())


def test_old_copies_and_what_was_left_behind_are_removed(
    kept: Cache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / f".{OTHER}.x{cache.SUFFIX}.123.456").write_bytes(b"half")
    (folder / "somebody's.txt").write_bytes(b"")
    monkeypatch.setattr(cache, "_KEPT", timedelta(0))
    time.sleep(0.02)
    kept.keep(OTHER, REPORT)  # within the hour after the last time
    assert kept.find(ACCOUNT, LONG) is not None
    os.utime(folder / "swept", (0, 0))
    Cache(folder, key()).keep(OTHER, REPORT)
    assert {file.name for file in folder.iterdir()} == {"somebody's.txt", "swept", key().name(OTHER)}


def test_one_fetches_while_others_wait(kept: Cache, folder: Path) -> None:
    inside, order = threading.Semaphore(0), []

    def fetch(number: int) -> None:
        with Cache(folder, key()).one_at_a_time(OTHER, Deadline(20)):
            order.append(("in", number))
            inside.release()
            time.sleep(0.02)
            order.append(("out", number))

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [what for what, _ in order] == ["in", "out"] * 20
    assert all(order[place][1] == order[place + 1][1] for place in range(0, 40, 2))
    assert not list(folder.glob(".*.lock"))


def test_who_waits_too_long_for_another_is_told_so(kept: Cache, folder: Path) -> None:
    other = Cache(folder, key())
    held = kept.one_at_a_time(OTHER, Deadline(1))
    with held, pytest.raises(Error) as caught, other.one_at_a_time(OTHER, Deadline(0.2)):
        pass
    assert caught.value.message == "AWS did not answer in 0.2 s"
    assert caught.value.detail == "Another session is asking AWS for the same."


@pytest.mark.timing
def test_a_backend_that_does_something_else_is_not_waited_for(
    kept: Cache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_SILENT", 0.6)
    monkeypatch.setattr(cache, "_BEAT", 0.1)
    other = Cache(folder, key())
    with kept.one_at_a_time(OTHER, Deadline(1)):
        started = time.monotonic()
        with other.one_at_a_time(OTHER, Deadline(5)):
            assert 0.5 < time.monotonic() - started < 3
            kept.release()  # it comes back: the lock is another's now
            third = Cache(folder, key())
            other.beat()
            with pytest.raises(Error), third.one_at_a_time(OTHER, Deadline(0.3)):
                pass
            for _ in range(10):
                other.beat()
                time.sleep(0.1)
            with pytest.raises(Error), third.one_at_a_time(OTHER, Deadline(0.1)):
                pass


def process(code: str, folder: Path) -> subprocess.Popen[str]:
    """Run code in a process of its own that has the cache, and the names of this module."""
    path = [str(TREE / folder) for folder in ("", "tests", "tests/database", "minicorn")]
    setup = f"import sys; sys.path[:0] = {path!r}\n"
    setup += f"from test_cache import *\nkept = Cache(Path({str(folder)!r}), key())\n"
    return subprocess.Popen([sys.executable, "-c", setup + code], stdout=subprocess.PIPE, text=True)


def test_a_lock_dies_with_its_holder(folder: Path) -> None:
    code = "with kept.one_at_a_time(ACCOUNT, Deadline(1)):\n print('held', flush=True)\n time.sleep(60)"
    with process(code, folder) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Error), Cache(folder, key()).one_at_a_time(ACCOUNT, Deadline(0.1)):
            pass
        holder.kill()
        with Cache(folder, key()).one_at_a_time(ACCOUNT, Deadline(2)):
            pass
    assert not list(folder.glob(".*.lock"))


def test_a_writer_that_is_killed_leaves_the_old_copy_or_the_new(folder: Path) -> None:
    code = (
        "contents = [bytes([65 + number % 26]) * 1_000_000 for number in range(26)]\n"
        "print('ready', flush=True)\n"
        "for number in range(10**9): kept.keep(ACCOUNT, REPORT._replace(content=contents[number % 26]))"
    )
    seen = set()
    for number in range(15):
        with process(code, folder) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.01 + 0.003 * number)
            writer.send_signal(signal.SIGKILL)
        copy = Cache(folder, key()).find(ACCOUNT, LONG)
        if copy is not None:
            assert copy.content == copy.content[:1] * 1_000_000
            seen.add(copy.content[:1])
    assert seen


# In the server


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
    return set((Path(directory) / "iam_fdw").glob(f"*{cache.SUFFIX}"))


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


@pytest.mark.skipif("SMALL_DISK" not in os.environ, reason="no small disk could be mounted")
def test_rows_come_though_the_disk_is_full(db: Db, emulator: Emulator) -> None:
    folder = Path(os.environ["SMALL_DISK"]) / "server"
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
