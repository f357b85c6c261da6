"""`iam-fdw demo`: a PostgreSQL of its own, on minicorn, over the sample account; what the tables and checks show."""

from __future__ import annotations

import fcntl
import glob
import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple, Optional

import click
import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from iam_fdw.cli import installer, sample

DIRECTORY = "/var/tmp/iam_fdw-demo"  # noqa: S108, made by mkdir(), and of others it is refused
WIDTH = 120  # where the output is no terminal, which has its own

_MARK = "iam_fdw-demo.json"  # in a directory of ours alone
_HOST = "127.0.0.1"
_OTHER = "Choose another one with --directory."
_GENERATED = timedelta(minutes=10)  # how long ago the report was made
_TABLE = "aws_iam_credential_report"
_COLUMNS = (
    "user_name, password_enabled, mfa_active, access_key_1_active, access_key_1_last_used_date, access_key_2_active"
)
_QUERY = "select user_name, credential, last_changed from iam_credential where is_active order by last_changed;"


class Check(NamedTuple):
    """A check: its view, what it asks, and, where it has a row for each account, the columns that answer."""

    view: str
    question: str
    answers: tuple[str, ...] = ()


# Questions and order of https://steampipe.io/blog/aws-iam-credential-report-top-10
CHECKS = (
    Check("iam_check_report_freshness", "Are you running your credential report?", ("is_fresh",)),
    Check("iam_check_root_last_used", "Has the root user been accessed recently?", ("pw_last_used",)),
    Check("iam_check_root_mfa", "Does the root account have MFA enabled?", ("mfa_active",)),
    Check(
        "iam_check_root_access_keys",
        "Does the root account have access keys enabled?",
        ("access_key_1_active", "access_key_2_active"),
    ),
    Check("iam_check_password_and_access_keys", "Are there users with access keys and console credentials?"),
    Check("iam_check_inactive_users", "Are there inactive users, or ones that never logged in?"),
    Check("iam_check_password_rotation", "Are there users with passwords that have not been rotated?"),
    Check("iam_check_user_mfa", "Is MFA enabled for all users?"),
    Check("iam_check_access_key_rotation", "Are access keys being rotated?"),
    Check("iam_check_unused_access_keys", "Are there users with unused access keys?"),
)


class Demo(NamedTuple):
    """What is known of a demo, which its directory keeps: the programs' directory, the port, a password per role."""

    programs: str
    port: int
    postgres: str
    reader: str


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help=f"The port, on {_HOST}. Default: a free one.")
@click.option("--directory", default=DIRECTORY, show_default=True, help="Where everything of it is kept.")
@click.option("--stop", is_flag=True, help="Stop it, and remove its directory.")
def demo(port: Optional[int], directory: str, stop: bool) -> None:
    """Show the tables and the checks over a made-up account, in a PostgreSQL of its own.

    It uses the PostgreSQL that minicorn is installed in (see PG_CONFIG), but none of its databases, and asks AWS
    nothing. As root it runs as the user postgres.
    """
    place = Path(os.path.abspath(directory))
    found, stopped = None, False
    if os.path.lexists(place):
        with _locked(place):
            earlier = _earlier(place)
            found = earlier if earlier and _answers(earlier) else None
            if stop or found is None:
                stopped = _remove(place, earlier)
    if stop:
        click.echo(f"Stopped the demo, and removed {place}." if stopped else f"No demo is running in {place}.")
    elif found:
        click.echo(f"The demo is running already.\n\n{_way_on(place, found)}")
    else:
        output, found = _start(place, port)
        console = Console(width=None if sys.stdout.isatty() else WIDTH, markup=False, highlight=False, emoji=False)
        for part in output:
            console.print(part)
        click.echo(_way_on(place, found))


def _way_on(directory: Path, demo: Demo) -> str:
    options = "" if str(directory) == DIRECTORY else f" --directory {shlex.quote(str(directory))}"
    return (
        f"Connect with psql, or with whatever speaks to PostgreSQL:\n\n"
        f"    psql postgresql://reader:{demo.reader}@{_HOST}:{demo.port}/iam\n\n"
        f"Try:\n\n    {_QUERY}\n\n"
        f"Stop it, and remove {directory}:\n\n    iam-fdw demo{options} --stop"
    )


def _start(directory: Path, port: Optional[int]) -> tuple[list[RenderableType], Demo]:
    """Make the directory and all that is in it. Return what there is to show; leave nothing where that fails."""
    programs = _programs()
    demo = Demo(str(programs), _free_port(port), secrets.token_urlsafe(18), secrets.token_urlsafe(18))
    try:
        directory.mkdir(0o700)
    except OSError as error:
        raise _failure(f'could not create directory "{directory}": {error.strerror}', hint=_OTHER) from None
    with _locked(directory), Console(stderr=True).status("Starting PostgreSQL"):
        try:
            _write(directory, demo)
            _start_server(directory, demo)
            _install(directory, demo)
            return _shown(demo), demo
        except BaseException:
            _remove(directory, demo)
            raise


def _write(directory: Path, demo: Demo) -> None:
    """Write the files that are ours, and then give the directory away: not a moment before may others enter it."""
    (directory / _MARK).touch(0o600)
    (directory / _MARK).write_text(json.dumps(demo._asdict()), encoding="utf-8")
    (directory / "password").write_text(demo.postgres, encoding="utf-8")
    (directory / "reports").mkdir()
    made = datetime.now(timezone.utc).replace(microsecond=0) - _GENERATED
    (directory / "reports" / f"{made:%Y-%m-%dT%H:%M:%SZ}.csv").write_bytes(sample.report(made))
    owner = _owner()
    if owner is not None:
        for path in (*directory.rglob("*"), directory):
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _start_server(directory: Path, demo: Demo) -> None:
    data, log = str(directory / "data"), directory / "log"
    password = directory / "password"
    arguments = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C"]
    _run(demo, "initdb", "-D", data, "--no-sync", *arguments)
    password.unlink()
    settings = {
        "listen_addresses": _HOST,
        "port": str(demo.port),
        "unix_socket_directories": "",  # the path of a socket in the directory may be too long
        "fsync": "off",  # there is nothing to lose
    }
    if sys.prefix != sys.base_prefix:
        settings["minicorn.python"] = sys.executable  # the environment that has this very package
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    try:
        _run(demo, "pg_ctl", "start", "-D", data, "-w", "-l", str(log), "-o", options)
    except click.ClickException:
        if not log.exists():
            raise
        told = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise _failure("could not start the server", "\n".join(told)) from None


def _install(directory: Path, demo: Demo) -> None:
    with _connect(demo, "postgres", "postgres") as connection:
        connection.execute("create database iam")
        password = sql.Literal(demo.reader)
        connection.execute(sql.SQL("create role reader login password {}").format(password))
    option = f"source={directory / 'reports'}"
    variables = {"schema": "public", "server": "aws", "option": option, "reader": "reader", "host": "minicorn"}
    with _connect(demo, "postgres", "iam") as connection, connection.transaction():
        installer.install(connection, variables)


def _shown(demo: Demo) -> list[RenderableType]:
    """Return the table, the checks and their summary, as the role reader sees them."""
    output: list[RenderableType] = []
    summary = []
    with _connect(demo, "reader", "iam") as connection:
        for name in ("interval", "timestamptz"):
            connection.adapters.register_loader(name, TextLoader)  # as PostgreSQL writes them
        connection.execute("set timezone = 'UTC'")
        columns, rows = _select(connection, f"select {_COLUMNS} from {_TABLE}")
        title = f"The credential report of the sample account {sample.ACCOUNT_ID}, some of its columns"
        output += [_title(title, _TABLE), _table(columns, rows), ""]
        for number, check in enumerate(CHECKS, 1):
            columns, rows = _select(connection, f"select * from {check.view}")
            columns, rows = columns[2:], [row[2:] for row in rows]  # the account is one and the same
            output += [_title(f"{number}. {check.question}", check.view), _table(columns, rows), ""]
            found = [f"{name}: {rows[0][columns.index(name)]}" for name in check.answers]
            summary.append([str(number), check.question, ", ".join(found) or f"{len(rows)} users"])
    return [*output, _title("Summary"), _table(["", "check", "found"], summary), ""]


def _title(text: str, relation: str = "") -> Text:
    return Text.assemble((text, "bold"), f"\n{relation}" if relation else "")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == columns[0])
    for row in rows:
        table.add_row(*row)
    return table


def _select(connection: psycopg.Connection[Any], query: str) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns, and the rows as text."""
    cursor = connection.execute(query.encode())
    texts = {None: "", True: "true", False: "false"}
    rows = [[value if isinstance(value, str) else texts[value] for value in row] for row in cursor]
    return [column.name for column in cursor.description or ()], rows


def _connect(demo: Demo, role: str, database: str) -> psycopg.Connection[Any]:
    """Connect, whatever PGOPTIONS and the like are set to."""
    return psycopg.connect(
        host=_HOST,
        hostaddr=_HOST,
        port=demo.port,
        user=role,
        password=getattr(demo, role),
        dbname=database,
        sslmode="disable",
        options="",
        connect_timeout=10,
        autocommit=True,
    )


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep other demos out of the directory. Raises ClickException unless it is the user's own."""
    owner = _owner()
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise _failure(f'could not open directory "{directory}": {error.strerror}', hint=_OTHER) from None
    try:
        if os.fstat(descriptor).st_uid not in (os.geteuid(), owner.pw_uid if owner else None):
            raise _failure(f'directory "{directory}" belongs to another user', hint=_OTHER)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _failure(f'directory "{directory}" is in use by another iam-fdw demo', hint=_OTHER) from None
        yield
    finally:
        os.close(descriptor)


def _earlier(directory: Path) -> Optional[Demo]:
    """Return the demo that the directory is of, None if it was cut short. Raises ClickException if of none."""
    try:
        return Demo(**json.loads((directory / _MARK).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise _failure(f'directory "{directory}" is not one of iam-fdw demo', hint=_OTHER) from None
    except (ValueError, TypeError):
        return None


def _answers(demo: Demo) -> bool:
    try:
        with _connect(demo, "reader", "iam") as connection:
            connection.execute(f"select from {CHECKS[-1].view}".encode())
    except psycopg.Error:
        return False
    return True


def _remove(directory: Path, demo: Optional[Demo]) -> bool:
    """Stop the server that runs in the directory, and remove the directory. Return whether one did."""
    data = directory / "data"
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        # after a restart of the machine the number may be another server's, which pg_ctl would stop
        is_running = os.path.realpath(f"/proc/{pid}/cwd") == os.path.realpath(data)
    except (OSError, ValueError, IndexError):
        is_running = False
    if demo is not None and is_running:
        _run(demo, "pg_ctl", "stop", "-D", str(data), "-w", "-m", "fast")
    shutil.rmtree(directory)
    return is_running


def _programs() -> Path:
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
        raise _failure(f'the PostgreSQL in "{lacking}" has no extension "minicorn"', hint=hint)
    raise _failure("could not find the programs of a PostgreSQL server", hint=hint)


def _free_port(port: Optional[int]) -> int:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, port or 0))
        except OSError as error:
            raise _failure(f"could not listen on port {port}: {error.strerror}", hint="Choose another.") from None
        return int(listener.getsockname()[1])


def _owner() -> Optional[pwd.struct_passwd]:
    """Return the user to run PostgreSQL as, which refuses root. None: the present one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        hint = "Run the command as an ordinary user, or create that one."
        raise _failure('there is no user "postgres" to run PostgreSQL as', hint=hint) from None


def _run(demo: Demo, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises ClickException with what it told."""
    owner = _owner()
    identity: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    with subprocess.Popen(  # noqa: S603
        [str(Path(demo.programs) / program), *arguments],
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
        raise _failure(f"{program} failed", error.strip() or told.strip())


def _failure(message: str, detail: Optional[str] = None, hint: Optional[str] = None) -> click.ClickException:
    lines = [message]
    lines += [f"DETAIL:  {detail}"] if detail else []
    lines += [f"HINT:  {hint}"] if hint else []
    return click.ClickException("\n".join(lines))
