"""The pool that calls AWS: one client for all tasks, made when it is needed; its end breaks what is under way."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from typing import Optional

import pytest

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.live.pool import AwsPool
from iam_fdw.workers import Deadline

SETTINGS = options.read({"timeout": "60 seconds", "concurrency": "4"})


def failed(task: int, error: Error) -> str:
    return error.message


def test_all_tasks_share_one_client() -> None:
    clients = []

    def work(task: int, deadline: Deadline) -> str:
        clients.append(pool.client())
        return str(task)

    with AwsPool(SETTINGS, work, failed) as pool:
        for task in range(10):
            pool.submit(task)
        found = [pool.take(lambda: False) for _ in range(11)]
    assert sorted(filter(None, found)) == [str(task) for task in range(10)]
    assert len(clients) == 10
    assert len(set(map(id, clients))) == 1


def test_its_end_breaks_the_connections_of_its_tasks() -> None:
    ends: list[Optional[bytes]] = []
    connected = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def work(task: int, deadline: Deadline) -> None:
        with socket.create_connection(server.getsockname()) as connection:
            connected.set()
            ends.append(connection.recv(1))

    with server:
        started = time.monotonic()
        with AwsPool(SETTINGS, work, failed) as pool:
            pool.submit(1)
            assert connected.wait(5)
        assert time.monotonic() - started < 5
    assert ends == [b""]


def test_neither_boto3_nor_sockets_are_imported_before_they_are_needed() -> None:
    program = """
import sys
from iam_fdw import options
from iam_fdw.live.pool import AwsPool
with AwsPool(options.read({}), lambda task, deadline: str(task), lambda task, error: "", calls_aws=False) as pool:
    pool.submit(1)
    print(pool.take(lambda: False), *sorted({"boto3", "socket"} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "1\n", run.stderr


def test_the_clock_of_the_tasks_stands_still_while_the_caller_is_away() -> None:
    with AwsPool(SETTINGS, lambda task, _: str(task), failed) as pool:
        before = pool.clock()
        with pool.away():
            time.sleep(0.2)
        assert pool.clock() - before < 0.1


def test_without_boto3_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "iam_fdw.live.client", None)
    monkeypatch.delattr("iam_fdw.live.client", raising=False)
    with AwsPool(SETTINGS, lambda *_: None, failed) as pool, pytest.raises(Error) as caught:
        pool.client()
    assert (caught.value.message, caught.value.sqlstate) == ("could not import boto3", "58P01")
