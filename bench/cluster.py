"""A throw-away PostgreSQL cluster, so that a benchmark meets no other load and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PG_CONFIG = os.environ.get("PG_CONFIG", "pg_config")
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
CLASSES = Path(__file__).resolve().parent / "classes"
TREE = CLASSES.parent.parent
sys.path[:0] = [str(TREE), str(TREE / "tests")]

# jit and parallel workers would make runs differ by more than what is measured
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum": "off",
}


class Cluster:
    """A running server with minicorn.python set, reached by its socket in directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def connect(self) -> psycopg.Connection[Any]:
        """Return a new session: a backend of its own that has not started Python yet."""
        return psycopg.connect(
            host=str(self.directory), user="postgres", dbname="postgres", autocommit=True, prepare_threshold=None
        )


def _environment(directory: Path) -> Path:
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", directory], check=True)
    (site_packages,) = directory.glob("lib/python3.*/site-packages")
    found = [CLASSES, TREE, sysconfig.get_path("purelib")]
    subprocess.run([PYTHON, "-m", "compileall", "-q", TREE / "iam_fdw"], check=True)  # as pip does at an installation
    (site_packages / "found.pth").write_text("".join(f"{path}\n" for path in found))
    return directory / "bin" / "python3"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster in a temporary directory, yield it, stop and delete it."""
    bindir = Path(subprocess.check_output([PG_CONFIG, "--bindir"], text=True).strip())
    with tempfile.TemporaryDirectory(prefix="bench.") as temporary:
        directory = Path(temporary)
        data = directory / "data"
        python = _environment(directory / "environment")
        initdb = [
            str(bindir / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL)
        written = "".join(f"{name} = {value}\n" for name, value in SETTINGS.items())
        (data / "postgresql.auto.conf").write_text(
            f"{written}unix_socket_directories = '{directory}'\nminicorn.python = '{python}'\n"
        )
        pg_ctl = [str(bindir / "pg_ctl"), "-D", str(data), "-w", "-s"]
        subprocess.run([*pg_ctl, "-l", str(directory / "log"), "start"], check=True)
        try:
            yield Cluster(directory)
        finally:
            subprocess.run([*pg_ctl, "-m", "immediate", "stop"], check=True)


def define(connection: psycopg.Connection[Any], name: str, columns: str, **options: object) -> None:
    """Make a wrapper of class benchmark.NAME, a server and a foreign table, all called NAME in lower case."""
    table = name.lower()
    written = ", ".join(f"{key} '{value}'" for key, value in options.items())
    connection.execute("create extension if not exists minicorn")
    connection.execute(
        f"create foreign data wrapper {table} handler minicorn_handler validator minicorn_validator"
        f" options (wrapper 'benchmark.{name}')"
    )
    connection.execute(f"create server {table} foreign data wrapper {table}")
    connection.execute(
        f"create foreign table {table} ({columns}) server {table}" + (f" options ({written})" if written else "")
    )


def install(connection: psycopg.Connection[Any], **options: str) -> None:
    """Install iam_fdw anew, with a server named aws that has these options, and keys of the emulator's."""
    from iam_fdw.cli import installer

    option = "\n".join(f"{name}={value}" for name, value in options.items())
    variables = {"schema": "public", "server": "aws", "option": option, "reader": "", "engine": "minicorn"}
    with connection.transaction():
        if connection.execute("select from pg_foreign_server where srvname = 'aws'").rowcount:
            installer.uninstall(connection, variables)
        installer.install(connection, variables)
        connection.execute(
            "create user mapping for public server aws options"
            " (aws_access_key_id 'AKIA111122223333', aws_secret_access_key 'of/the+emulator/that/checks/none')"
        )
