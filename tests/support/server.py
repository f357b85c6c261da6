"""The PostgreSQL of the suite: where it is, and how tests install into it, connect to it and configure it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, NamedTuple, Protocol

import psycopg
import pytest
from click.testing import CliRunner

from iam_fdw.cli import installer

TREE = Path(__file__).parent.parent.parent
PG_CONFIG = os.environ.get("PG_CONFIG", "pg_config")
# minicorn, or multicorn: the one whose database the suite is run in.
ENGINE = os.environ.get("ENGINE", "minicorn")
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
if ENGINE == "multicorn":  # it has no setting for that, but its server's environment, where PATH counts, too
    # Debian's package has its modules in the one, `make install` of Multicorn2 in the other
    local = "/usr/local/lib/python{}.{}/dist-packages".format(*sys.version_info)
    os.environ["PYTHONPATH"] = f"{TREE}:{sysconfig.get_path('purelib')}:/usr/lib/python3/dist-packages:{local}"
# HOST:PORT of a server that has iam_fdw already, the image's, in place of one of the suite's own; with PGPASSWORD.
SERVER = os.environ.get("SERVER")
# How much slower than usual the build that is tested is (AddressSanitizer, a debug build of Python).
SLOWNESS = float(os.environ.get("SLOWNESS", "1"))


class Server(Protocol):
    """What the suite uses of pytest-postgresql's executor."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def logfile(self) -> str: ...


class Published(NamedTuple):
    """A server that runs elsewhere."""

    host: str
    port: int
    logfile: str = os.devnull


Connect = Callable[..., "psycopg.Connection[Any]"]


def pg_config(what: str) -> Path:
    """Return a directory of the PostgreSQL that is tested."""
    return Path(subprocess.check_output([PG_CONFIG, f"--{what}"], text=True).strip())


# psql has it since PostgreSQL 15.
needs_getenv = pytest.mark.skipif(
    int(re.findall(r"\d+", str(pg_config("version")))[0]) < 15, reason="psql before 15 has no \\getenv"
)


@contextmanager
def new_database(server: Server, name: str, encoding: str = "UTF8", template: str = "") -> Iterator[str]:
    """Create a database, and drop it at the end. Return its name.

    template: the database to copy, which nobody is connected to; empty for an empty one of this encoding.
    """
    drop = f"drop database if exists {name} with (force)"
    copied = f"template {template}" if template else f"template template0 encoding '{encoding}' locale 'C'"
    with psycopg.connect(host=server.host, port=server.port, user="postgres", autocommit=True) as c:
        if c.info.server_version >= 150000:  # quicker than wal_log where fsync is off
            copied += " strategy file_copy"
        c.execute(drop)
        c.execute(f"create database {name} {copied}")
    yield name
    # a connection of its own: a test may have ended all that there were
    with psycopg.connect(host=server.host, port=server.port, user="postgres", autocommit=True) as c:
        c.execute(drop)


def install(admin: psycopg.Connection[Any], schema: str = "public", reader: str = "", **options: str) -> None:
    """Install iam_fdw, with a server named aws that has these options."""
    option = "\n".join(f"{name}={value}" for name, value in options.items())
    variables = {"schema": schema, "server": "aws", "option": option, "reader": reader, "engine": ENGINE}
    with admin.transaction():
        installer.install(admin, variables)


def prepare(server: Server, name: str, account_id: str) -> None:
    """Install into a database, with a user mapping for all that has the emulator's keys of an account."""
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
        install(db, endpoint_url="http://127.0.0.1:9")
        keys = f"aws_access_key_id 'AKIA{account_id}', aws_secret_access_key 'of/the+emulator/that/checks/none'"
        db.execute(f"create user mapping for public server aws options ({keys})".encode())


def point(db: psycopg.Connection[Any], **options: str) -> None:
    """Give the server named aws these options, and no others: quicker than to install anew."""
    present = db.execute(
        "select option_name from pg_foreign_server, pg_options_to_table(srvoptions)"
        " where srvname = 'aws' and option_name <> 'wrapper'"
    ).fetchall()
    changes = [f"drop {name}" for (name,) in present] + [f"add {name} '{value}'" for name, value in options.items()]
    db.execute(f"alter server aws options ({', '.join(changes)})".encode())


def save(folder: Path, content: bytes, generated_time: datetime) -> Path:
    """Save a report so that `source` finds it, and the time when AWS made it."""
    file = folder / f"{generated_time:%Y-%m-%dT%H:%M:%SZ}.csv"
    file.write_bytes(content)
    return file


def runner() -> CliRunner:
    """Return a runner of commands that keeps their stderr and their stdout apart."""
    apart: dict[str, Any] = {} if sys.version_info >= (3, 10) else {"mix_stderr": False}  # click 8.2 has no other
    return CliRunner(**apart)


def define(db: psycopg.Connection[Any], name: str, wrapper: str, columns: str = "a text", **options: str) -> None:
    """Make a wrapper, a server and a foreign table of one name."""
    written = ", ".join(f"{key} '{value}'" for key, value in options.items())
    db.execute(
        f"create foreign data wrapper {name} handler minicorn_handler validator minicorn_validator"
        f" options (wrapper '{wrapper}')"
    )
    db.execute(f"create server {name} foreign data wrapper {name}")
    db.execute(f"create foreign table {name} ({columns}) server {name}" + (f" options ({written})" if options else ""))
