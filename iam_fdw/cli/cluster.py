"""The PostgreSQL cluster of `iam-fdw demo`: made in a directory of its own, started, found again, removed."""

from __future__ import annotations

import fcntl
import glob
import json
import os
import pwd
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Optional

import click
import psycopg

from iam_fdw.cli.errors import failure

HOST = "127.0.0.1"
OTHER = "Choose another one with --directory."

_MARK = "iam_fdw-demo.json"  # in a directory of ours alone


class Cluster(NamedTuple):
    """What is known of a demo, which its directory keeps: the programs' directory, the port, a password per role."""

    programs: str
    port: int
    postgres: str
    reader: str


def write(directory: Path, cluster: Cluster, reports: Mapping[str, bytes]) -> None:
    """Write the files that are ours, reports by name, and then give the directory away.

    Not a moment before that may others enter it.
    """
    (directory / _MARK).touch(0o600)
    (directory / _MARK).write_text(json.dumps(cluster._asdict()), encoding="utf-8")
    (directory / "password").write_text(cluster.postgres, encoding="utf-8")
    (directory / "reports").mkdir()
    for name, content in reports.items():
        (directory / "reports" / name).write_bytes(content)
    owner = _owner()
    if owner is not None:
        for path in (*directory.rglob("*"), directory):
            os.chown(path, owner.pw_uid, owner.pw_gid)


def start(directory: Path, cluster: Cluster) -> None:
    """Make the cluster, and start its server. Raises ClickException with what was told where that fails."""
    data, log = str(directory / "data"), directory / "log"
    password = directory / "password"
    arguments = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C"]
    _run(cluster, "initdb", "-D", data, "--no-sync", *arguments)
    password.unlink()
    settings = {
        "listen_addresses": HOST,
        "port": str(cluster.port),
        "unix_socket_directories": "",  # the path of a socket in the directory may be too long
        "fsync": "off",  # there is nothing to lose
    }
    if sys.prefix != sys.base_prefix:
        settings["minicorn.python"] = sys.executable  # the environment that has this very package
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    try:
        _run(cluster, "pg_ctl", "start", "-D", data, "-w", "-l", str(log), "-o", options)
    except click.ClickException:
        if not log.exists():
            raise
        told = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise failure("could not start the server", "\n".join(told)) from None


def connect(cluster: Cluster, role: str, database: str) -> psycopg.Connection[Any]:
    """Connect, whatever PGOPTIONS and the like are set to."""
    return psycopg.connect(
        host=HOST,
        hostaddr=HOST,
        port=cluster.port,
        user=role,
        password=getattr(cluster, role),
        dbname=database,
        sslmode="disable",
        options="",
        connect_timeout=10,
        autocommit=True,
    )


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep other demos out of the directory. Raises ClickException unless it is the user's own."""
    owner = _owner()
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise failure(f'could not open directory "{directory}": {error.strerror}', hint=OTHER) from None
    try:
        if os.fstat(descriptor).st_uid not in (os.geteuid(), owner.pw_uid if owner else None):
            raise failure(f'directory "{directory}" belongs to another user', hint=OTHER)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise failure(f'directory "{directory}" is in use by another iam-fdw demo', hint=OTHER) from None
        yield
    finally:
        os.close(descriptor)


def earlier(directory: Path) -> Optional[Cluster]:
    """Return the demo that the directory is of, None if it was cut short. Raises ClickException if of none."""
    try:
        return Cluster(**json.loads((directory / _MARK).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise failure(f'directory "{directory}" is not one of iam-fdw demo', hint=OTHER) from None
    except (ValueError, TypeError):
        return None


def remove(directory: Path, cluster: Optional[Cluster]) -> bool:
    """Stop the server that runs in the directory, and remove the directory. Return whether one did."""
    data = directory / "data"
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        # after a restart of the machine the number may be another server's, which pg_ctl would stop
        is_running = os.path.realpath(f"/proc/{pid}/cwd") == os.path.realpath(data)
    except (OSError, ValueError, IndexError):
        is_running = False
    if cluster is not None and is_running:
        _run(cluster, "pg_ctl", "stop", "-D", str(data), "-w", "-m", "fast")
    shutil.rmtree(directory)
    return is_running


def programs() -> Path:
    """Return where the programs are of the PostgreSQL that has minicorn: pg_config's, else Debian's newest."""
    pg_config = os.environ.get("PG_CONFIG")
    debian = glob.glob("/usr/lib/postgresql/*/bin/pg_config")
    debian.sort(key=lambda path: [int(number) for number in re.findall("[0-9]+", path)], reverse=True)
    lacking = None
    for candidate in [pg_config] if pg_config else ["pg_config", *debian]:
        try:
            command = [candidate, "--bindir", "--sharedir"]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        except (OSError, subprocess.CalledProcessError):
            continue
        programs, shared = (Path(line) for line in told.splitlines())
        if all((programs / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            if (shared / "extension" / "minicorn.control").exists():
                return programs
            lacking = lacking or programs
    hint = 'Run "make install", or name another pg_config in PG_CONFIG.'
    if lacking:
        raise failure(f'the PostgreSQL in "{lacking}" has no extension "minicorn"', hint=hint)
    raise failure("could not find the programs of a PostgreSQL server", hint=hint)


def free_port(port: Optional[int]) -> int:
    """Return the port, or any that is free for None. Raises ClickException where it is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port or 0))
        except OSError as error:
            raise failure(f"could not listen on port {port}: {error.strerror}", hint="Choose another.") from None
        return int(listener.getsockname()[1])


def _owner() -> Optional[pwd.struct_passwd]:
    """Return the user to run PostgreSQL as, which refuses root. None: the present one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        hint = "Run the command as an ordinary user, or create that one."
        raise failure('there is no user "postgres" to run PostgreSQL as', hint=hint) from None


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises ClickException with what it told."""
    owner = _owner()
    identity: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    with subprocess.Popen(  # noqa: S603
        [str(Path(cluster.programs) / program), *arguments],
        cwd="/",  # the present one may be closed to that user
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        **identity,
    ) as process:
        try:
            told, error = process.communicate()
        except KeyboardInterrupt:
            process.communicate()  # killed, it would leave a server behind
            raise
    if process.returncode != 0:
        raise failure(f"{program} failed", error.strip() or told.strip())
