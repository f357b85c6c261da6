"""The PostgreSQL cluster of `iam-fdw demo`: create it in its own directory, start, find and remove it."""

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
OTHER_HINT = "Choose another one with --directory."

_STATE_FILE = "iam_fdw-demo.json"  # only a directory of the demo has it


class Cluster(NamedTuple):
    """The state of a demo, which its directory has in a file.

    programs: the directory of PostgreSQL's programs. postgres, reader: the passwords of these roles.
    """

    programs: str
    port: int
    postgres: str
    reader: str


def write(directory: Path, cluster: Cluster, reports: Mapping[str, bytes]) -> None:
    """Write state, password and reports, then make the directory PostgreSQL's.

    Until then no other user may enter it. reports: their contents by file name.
    """
    (directory / _STATE_FILE).touch(0o600)
    (directory / _STATE_FILE).write_text(json.dumps(cluster._asdict()), encoding="utf-8")
    (directory / "password").write_text(cluster.postgres, encoding="utf-8")
    (directory / "reports").mkdir()
    for name, content in reports.items():
        (directory / "reports" / name).write_bytes(content)
    owner = _owner()
    if owner is not None:
        for path in (*directory.rglob("*"), directory):
            os.chown(path, owner.pw_uid, owner.pw_gid)


def start(directory: Path, cluster: Cluster) -> None:
    """Create the cluster and start its server. Raises ClickException with the end of the server's log."""
    data, log = str(directory / "data"), directory / "log"
    password = directory / "password"
    arguments = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C"]
    _run(cluster, "initdb", "-D", data, "--no-sync", *arguments)
    password.unlink()
    settings = {
        "listen_addresses": HOST,
        "port": str(cluster.port),
        "unix_socket_directories": "",  # the path of a socket in the directory may be too long
        "fsync": "off",  # the demo has no data to lose
    }
    if sys.prefix != sys.base_prefix:
        settings["minicorn.python"] = sys.executable  # the environment that has this very package
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    try:
        _run(cluster, "pg_ctl", "start", "-D", data, "-w", "-l", str(log), "-o", options)
    except click.ClickException:
        if not log.exists():
            raise
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise failure("could not start the server", "\n".join(lines)) from None


def connect(cluster: Cluster, role: str, database: str) -> psycopg.Connection[Any]:
    """Connect as a role. PGOPTIONS and similar variables have no effect. Raises psycopg.Error."""
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
    """Lock the directory. Raises ClickException when it is locked, or belongs to another user."""
    owner = _owner()
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise failure(f'could not open directory "{directory}": {error.strerror}', hint=OTHER_HINT) from None
    try:
        if os.fstat(descriptor).st_uid not in (os.geteuid(), owner.pw_uid if owner else None):
            raise failure(f'directory "{directory}" belongs to another user', hint=OTHER_HINT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise failure(f'directory "{directory}" is in use by another iam-fdw demo', hint=OTHER_HINT) from None
        yield
    finally:
        os.close(descriptor)


def read_state(directory: Path) -> Optional[Cluster]:
    """Return the demo of a directory, None if its creation was interrupted. Raises ClickException if there is none."""
    try:
        return Cluster(**json.loads((directory / _STATE_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise failure(f'directory "{directory}" is not one of iam-fdw demo', hint=OTHER_HINT) from None
    except (ValueError, TypeError):
        return None


def remove(directory: Path, cluster: Optional[Cluster]) -> bool:
    """Stop the server of the directory if it runs, and remove the directory. Return whether the server ran."""
    data = directory / "data"
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        # after a reboot another server may have this process id, and pg_ctl would stop it
        is_running = os.path.realpath(f"/proc/{pid}/cwd") == os.path.realpath(data)
    except (OSError, ValueError, IndexError):
        is_running = False
    if cluster is not None and is_running:
        _run(cluster, "pg_ctl", "stop", "-D", str(data), "-w", "-m", "fast")
    shutil.rmtree(directory)
    return is_running


def programs() -> Path:
    """Return the directory of the programs of a PostgreSQL that has minicorn.

    With PG_CONFIG only that one is considered, else pg_config on the PATH and then Debian's, newest first. Raises
    ClickException when none has minicorn.
    """
    pg_config = os.environ.get("PG_CONFIG")
    debian = glob.glob("/usr/lib/postgresql/*/bin/pg_config")
    debian.sort(key=lambda path: [int(number) for number in re.findall("[0-9]+", path)], reverse=True)
    without_minicorn = None
    for candidate in [pg_config] if pg_config else ["pg_config", *debian]:
        try:
            command = [candidate, "--bindir", "--sharedir"]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        except (OSError, subprocess.CalledProcessError):
            continue
        programs, shared = (Path(line) for line in output.splitlines())
        if all((programs / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            if (shared / "extension" / "minicorn.control").exists():
                return programs
            without_minicorn = without_minicorn or programs
    hint = 'Run "make install", or name another pg_config in PG_CONFIG.'
    if without_minicorn:
        raise failure(f'the PostgreSQL in "{without_minicorn}" has no extension "minicorn"', hint=hint)
    raise failure("could not find the programs of a PostgreSQL server", hint=hint)


def free_port(port: Optional[int]) -> int:
    """Return the port, or a free one for None. Raises ClickException when it is in use."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port or 0))
        except OSError as error:
            raise failure(f"could not listen on port {port}: {error.strerror}", hint="Choose another.") from None
        return int(listener.getsockname()[1])


def _owner() -> Optional[pwd.struct_passwd]:
    """Return the user to run PostgreSQL as, which refuses root; None for the current one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        hint = "Run the command as an ordinary user, or create that one."
        raise failure('there is no user "postgres" to run PostgreSQL as', hint=hint) from None


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises ClickException with its output when it fails."""
    owner = _owner()
    identity: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    with subprocess.Popen(  # noqa: S603
        [str(Path(cluster.programs) / program), *arguments],
        cwd="/",  # that user may not be allowed into the current one
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
            output, error = process.communicate()
        except KeyboardInterrupt:
            process.communicate()  # killing it would leave a server running
            raise
    if process.returncode != 0:
        raise failure(f"{program} failed", error.strip() or output.strip())
