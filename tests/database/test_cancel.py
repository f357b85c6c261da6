"""A scan is ended at any point within 0.3 s, and leaves no thread, connection, lock or file behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Optional

import psycopg
import pytest
from support.emulator import Emulator, error, hang, json_error
from support.reports import ACCOUNT
from support.server import ENGINE, SERVER, SLOWNESS, Connect, Server, install, new_database, pg_config, point, prepare

Db = psycopg.Connection[Any]
NUMBER = 45
HOW = ["cancel", "statement_timeout", "terminate"]


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[str]:
    """A database for all tests here."""
    with new_database(server, "cancel") as name:
        prepare(server, name, ACCOUNT)
        yield name


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.organization(NUMBER, ACCOUNT)
        yield emulator


@pytest.fixture
def db(admin: Db, emulator: Emulator) -> Db:
    """A superuser's connection, in a database that asks the emulator for an organization."""
    options = {"accounts": "organization", "role_name": "audit", "role_session_name": "first"}
    point(admin, endpoint_url=emulator.url, timeout="60 seconds", **options)
    return admin


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds * SLOWNESS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def threads(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


def files(pid: int) -> list[str]:
    """Return the sockets and the files of the cache that a process has open, but for PostgreSQL's own sockets."""
    found = []
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:") or "/iam_fdw/" in target:
            found.append(target)
    return sorted(found)


def locks(db: Db) -> list[Path]:
    (directory,) = db.execute("show data_directory").fetchone() or ("",)
    return list((Path(directory) / "iam_fdw").glob(".*.lock"))


class Scan:
    """A scan in a session of its own, which waits for AWS."""

    def __init__(self, connect: Connect) -> None:
        self.connection = connect()
        # Python and boto3 loaded, as at its end: what is open then was open before
        self.connection.execute("select count(*) from aws_iam_credential_report")
        self.pid = self.connection.info.backend_pid
        self.before = (threads(self.pid), files(self.pid))
        self.ended: list[tuple[float, Optional[psycopg.Error]]] = []
        self.thread = threading.Thread(target=self._read)

    def start(self) -> None:
        self.thread.start()

    def _read(self) -> None:
        try:
            self.connection.execute("select * from aws_iam_credential_report")
        except psycopg.Error as caught:
            self.ended.append((time.monotonic(), caught))
        else:
            self.ended.append((time.monotonic(), None))

    def assert_as_before(self) -> None:
        # which may have counted a thread that was ending
        wait_until(lambda: threads(self.pid) <= self.before[0] and files(self.pid) == self.before[1], 1)

    def end(self, by: Db, how: str) -> None:
        """End it, and check how it did."""
        assert self.was_ended(by, how)

    def was_ended(self, by: Db, how: str) -> bool:
        """End it, and check how it did. Return False when it had come to its end by itself."""
        if how == "statement_timeout":  # it was set before
            ended = None
        else:
            function = "pg_cancel_backend" if how == "cancel" else "pg_terminate_backend"
            ended = time.monotonic()
            by.execute(f"select {function}({self.pid})".encode())
        self.thread.join()
        ((moment, caught),) = self.ended
        if ended is not None:
            assert moment - ended < 0.3 * SLOWNESS  # a cancel that is lost lets it go on for longer
        if caught is None:
            return False
        if ENGINE == "minicorn":
            assert caught.sqlstate == ("57P01" if how == "terminate" else "57014")
        if how == "terminate":
            wait_until(lambda: not Path(f"/proc/{self.pid}").exists(), 1)
        else:
            self.assert_as_before()
        assert locks(by) == []
        return True


def anew(db: Db, emulator: Emulator) -> None:
    """Have all asked anew: what was fetched for another name of the session is not this one's."""
    db.execute(f"alter server aws options (set role_session_name 'session-{time.monotonic_ns()}')".encode())
    emulator.requests.clear()


@pytest.fixture
def scan(db: Db, emulator: Emulator, connect: Connect) -> Scan:
    scan = Scan(connect)
    anew(db, emulator)
    return scan


@pytest.mark.timing
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("action", ["ListAccounts", "AssumeRole", "GetCredentialReport", "GenerateCredentialReport"])
def test_while_aws_does_not_answer(db: Db, emulator: Emulator, scan: Scan, action: str, how: str) -> None:
    if action == "GenerateCredentialReport":
        for account in emulator.accounts.values():
            account.report = None
    emulator.always[action] = hang()
    if how == "statement_timeout":
        scan.connection.execute("set statement_timeout = '1500ms'")
    scan.start()
    wait_until(lambda: emulator.count(action) == (1 if action == "ListAccounts" else 16))
    scan.end(db, how)


@pytest.mark.timing
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("action", ["ListAccounts", "AssumeRole"])
def test_while_aws_throttles(db: Db, emulator: Emulator, scan: Scan, action: str, how: str) -> None:
    emulator.always[action] = (
        json_error("TooManyRequestsException") if action == "ListAccounts" else error("Throttling")
    )
    if how == "statement_timeout":
        scan.connection.execute("set statement_timeout = '1500ms'")
    scan.start()
    wait_until(lambda: emulator.count(action) > 2)
    scan.end(db, how)


@pytest.mark.timing
@pytest.mark.parametrize("how", HOW)
def test_while_another_session_asks(db: Db, emulator: Emulator, connect: Connect, how: str) -> None:
    first, second = Scan(connect), Scan(connect)
    anew(db, emulator)
    emulator.always["GetCredentialReport"] = hang()
    first.start()
    wait_until(lambda: emulator.count("GetCredentialReport") == 16)
    if how == "statement_timeout":
        second.connection.execute("set statement_timeout = '1s'")
    second.start()
    wait_until(lambda: threads(second.pid) > second.before[0] + 8)
    second.thread.join(0.3)
    if how == "statement_timeout":
        second.thread.join()
    else:
        function = "pg_cancel_backend" if how == "cancel" else "pg_terminate_backend"
        started = time.monotonic()
        db.execute(f"select {function}({second.pid})".encode())
        second.thread.join()
        assert second.ended[0][0] - started < 0.3 * SLOWNESS
    assert len(locks(db)) == 16  # the first's
    first.end(db, "cancel")


@pytest.mark.timing
@pytest.mark.parametrize("how", HOW)
def test_while_nobody_accepts_the_connection(db: Db, scan: Scan, connect: Connect, how: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        port = silent.getsockname()[1]
        fill = [socket.socket() for _ in range(3)]
        for client in fill:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        db.execute(f"alter server aws options (set endpoint_url 'http://127.0.0.1:{port}')".encode())
        if how == "statement_timeout":
            scan.connection.execute("set statement_timeout = '1500ms'")
        scan.start()
        wait_until(lambda: len(files(scan.pid)) > len(scan.before[1]))
        time.sleep(0.1)
        scan.end(db, how)
        for client in fill:
            client.close()


@pytest.mark.timing
@pytest.mark.parametrize("how", HOW[:2])
def test_at_any_moment_of_a_scan_that_goes_on(db: Db, emulator: Emulator, connect: Connect, how: str) -> None:
    ended = 0
    for number in range(8):
        scan = Scan(connect)
        anew(db, emulator)
        emulator.latency = 0.03
        if how == "statement_timeout":
            scan.connection.execute(f"set statement_timeout = '{20 + 45 * number}ms'".encode())
        scan.start()
        if how == "cancel":
            time.sleep(0.02 + 0.045 * number)
        else:
            scan.thread.join()  # which may have come to its end before
        if scan.thread.is_alive() or scan.ended[0][1] is not None:
            ended += scan.was_ended(db, how)
        emulator.latency = 0
    assert ended > 0
    assert db.execute("select count(*) from aws_iam_credential_report").fetchone() == (2 * NUMBER,)


@pytest.mark.parametrize("end", ["limit", "cursor", "error", "rollback"])
def test_a_scan_that_is_left_early_ends_its_threads(db: Db, emulator: Emulator, scan: Scan, end: str) -> None:
    emulator.script["GetCredentialReport"] = []
    slow_ones = [account for place, account in enumerate(emulator.accounts.values()) if place > 5]
    for account in slow_ones:
        account.always["GetCredentialReport"] = hang()
    session = scan.connection
    if end == "limit":
        session.execute("select * from aws_iam_credential_report limit 1")
    elif end == "error":
        with pytest.raises(psycopg.errors.DivisionByZero):
            session.execute("select 1 / (case when is_root then 0 else 1 end) from aws_iam_credential_report")
    else:
        session.execute("begin")
        session.execute("declare c cursor for select * from aws_iam_credential_report")
        session.execute("fetch 1 from c")
        assert threads(scan.pid) > scan.before[0]
        session.execute("close c" if end == "cursor" else "rollback")
    scan.assert_as_before()
    assert locks(db) == []


@pytest.mark.timing
def test_the_clock_of_a_scan_does_not_run_while_nobody_asks(db: Db, emulator: Emulator, connect: Connect) -> None:
    for account in emulator.accounts.values():
        account.generated_time = datetime.now(timezone.utc).replace(microsecond=0)
    db.execute("alter server aws options (set timeout '1 second')")
    emulator.latency = 0.05
    session = connect()
    with session.transaction():
        session.execute("declare c cursor for select account_id from aws_iam_credential_report")
        count = 0
        while session.execute("fetch 20 from c").fetchall():
            count += 1
            time.sleep(0.4)
    assert count == (2 * NUMBER + 19) // 20


class Cluster:
    """A cluster of a test's own, whose postmaster may be killed."""

    def __init__(self, folder: Path, environment: Path) -> None:
        self._folder, self._program = folder, str(pg_config("bindir") / "pg_ctl")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        assert self._run("initdb", "-o", "-A trust -U postgres -N")
        settings = f"port = {self.port}\nunix_socket_directories = ''\nfsync = off\nminicorn.python = '{environment}'\n"
        with (folder / "postgresql.conf").open("a") as file:
            file.write(settings)
        assert self.starts()

    def _run(self, *arguments: str) -> bool:
        """Run pg_ctl, and return whether it could."""
        command = [self._program, "-s", "-D", str(self._folder), *arguments]
        return subprocess.run(command, check=False, timeout=60).returncode == 0

    def starts(self) -> bool:
        """Start, and return whether it could."""
        return self._run("start", "-w", "-l", str(self._folder / "log"))

    def stop(self) -> None:
        """End it."""
        assert self._run("stop", "-m", "immediate")

    def kill(self) -> None:
        """End the postmaster as if it had crashed."""
        os.kill(int((self._folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def connect(self) -> Db:
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        return psycopg.connect(where, autocommit=True)


@pytest.mark.skipif(bool(SERVER), reason="the server runs elsewhere")
def test_the_session_ends_when_the_postmaster_is_killed(
    request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path
) -> None:
    environment: Path = request.getfixturevalue("environment")
    emulator.always["GetCredentialReport"] = hang()
    cluster = Cluster(tmp_path / "data", environment)
    with cluster.connect() as db:
        install(db, endpoint_url=emulator.url, timeout="60 seconds")
        keys = f"aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key 'of/the+emulator/that/checks/none'"
        db.execute(f"create user mapping for public server aws options ({keys})".encode())
    with cluster.connect() as session, ThreadPoolExecutor(1) as pool:
        found = pool.submit(session.execute, "select from aws_iam_credential_report")
        wait_until(lambda: emulator.count("GetCredentialReport") == 1)
        cluster.kill()
        wait_until(lambda: not Path(f"/proc/{session.info.backend_pid}").exists(), 1)
        with pytest.raises((psycopg.OperationalError, psycopg.InternalError)):  # the second on Multicorn
            found.result()
    wait_until(cluster.starts, 5)  # once those of its other processes have ended, too
    with cluster.connect() as db:
        assert db.execute("select 1").fetchone() == (1,)
    cluster.stop()
