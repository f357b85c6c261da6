"""A PostgreSQL of the suite's own, whose server finds this tree's iam_fdw and minicorn's test classes."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_postgresql import factories
from support.server import ENGINE, PYTHON, SERVER, TREE, Connect, Published, Server, install, new_database, pg_config

# Each worker has a home of its own: a test writes an AWS configuration there, which is part of the cache key of others.
if "PYTEST_XDIST_WORKER" in os.environ:
    home = Path(os.environ["HOME"], ".homes", os.environ["PYTEST_XDIST_WORKER"])
    home.mkdir(parents=True, exist_ok=True)
    os.environ["HOME"] = str(home)

postgresql_proc = factories.postgresql_proc(
    executable=str(pg_config("bindir") / "pg_ctl"),
    unixsocketdir="/tmp",
    postgres_options="-c fsync=off -c jit=off -c max_connections=150",
)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment for minicorn: this tree, what it needs, and the test classes; its interpreter."""
    directory = tmp_path_factory.mktemp("environment")
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", directory], check=True)
    (site_packages,) = directory.glob("lib/python3.*/site-packages")
    found = [TREE, TREE / "minicorn" / "classes", sysconfig.get_path("purelib")]
    (site_packages / "tests.pth").write_text("".join(f"{path}\n" for path in found))
    return directory / "bin" / "python3"


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """The cluster. minicorn.python is set; Multicorn has PYTHONPATH."""
    if SERVER:
        host, port = SERVER.split(":")
        return Published(host, int(port))
    postgresql_proc: Server = request.getfixturevalue("postgresql_proc")
    environment: Path = request.getfixturevalue("environment")
    if ENGINE == "multicorn":
        return postgresql_proc
    with psycopg.connect(host=postgresql_proc.host, port=postgresql_proc.port, user="postgres", autocommit=True) as c:
        c.execute("load 'minicorn'")
        c.execute(f"alter system set minicorn.python = '{environment}'")
        c.execute("select pg_reload_conf()")
    return postgresql_proc


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[str]:
    """The name of a database in which iam_fdw is installed, with a server named aws: to be copied."""
    with new_database(server, "template_installed") as name:
        with psycopg.connect(
            host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True
        ) as connection:
            install(connection)
        yield name


@pytest.fixture
def database(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a database of the test's own: a copy of the template where `installation` is used, else empty,
    UTF8 or of the encoding that it is parametrized with.
    """
    template = request.getfixturevalue("template") if "installation" in request.fixturenames else ""
    with new_database(server, "test", getattr(request, "param", "UTF8"), template) as name:
        yield name


@pytest.fixture
def connect(server: Server, database: str) -> Iterator[Connect]:
    """Connect to the test's database; the connections are closed after it."""
    connections = []

    def connect(**arguments: Any) -> psycopg.Connection[Any]:
        arguments = {"user": "postgres", "dbname": database, "autocommit": True, **arguments}
        connection = psycopg.connect(host=server.host, port=server.port, **arguments)
        connections.append(connection)
        return connection

    yield connect
    for connection in connections:
        connection.close()


@pytest.fixture
def db(connect: Connect) -> psycopg.Connection[Any]:
    """A superuser's connection in a database that has minicorn."""
    connection = connect()
    connection.execute("create extension minicorn")
    return connection


@pytest.fixture
def admin(connect: Connect) -> psycopg.Connection[Any]:
    """A superuser's connection, in an empty database."""
    return connect()


@pytest.fixture
def installation(admin: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A superuser's connection, in a database that has iam_fdw and a server named aws: see point()."""
    return admin


@pytest.fixture
def notices(admin: psycopg.Connection[Any]) -> list[str]:
    """The messages that the superuser's connection receives."""
    received: list[str] = []
    admin.add_notice_handler(lambda diagnostic: received.append(f"{diagnostic.severity}: {diagnostic.message_primary}"))
    return received


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """An empty disk that is soon full: the one that tools/run mounts, for one test at a time."""
    if "SMALL_DISK" not in os.environ:
        pytest.skip("no small disk could be mounted")
    disk = Path(os.environ["SMALL_DISK"])
    with (disk.parent / ".small.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield disk
        for folder in disk.iterdir():
            shutil.rmtree(folder)
