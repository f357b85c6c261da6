"""`iam-fdw demo`: start a PostgreSQL with the sample account, and show its tables and checks."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Sequence
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

from iam_fdw.cli import cluster, installer, sample
from iam_fdw.cli.cluster import Cluster
from iam_fdw.cli.errors import failure

DIRECTORY = "/var/tmp/iam_fdw-demo"  # noqa: S108, made by mkdir(), and refused when it is another user's
WIDTH = 120  # when the output is no terminal

_TABLE = "aws_iam_credential_report"
_COLUMNS = (
    "user_name, password_enabled, mfa_active, access_key_1_active, access_key_1_last_used_date, access_key_2_active"
)
_QUERY = "select user_name, credential, last_changed from iam_credential where is_active order by last_changed;"


class Check(NamedTuple):
    """A check: its view and its question. answers: the columns that answer it, when the view has a row an account."""

    view: str
    question: str
    answers: tuple[str, ...] = ()


# Questions and order of https://steampipe.io/blog/aws-iam-credential-report-top-10-checks
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


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help=f"The port, on {cluster.HOST}. Default: a free one.")
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
        with cluster.locked(place):
            state = cluster.read_state(place)
            found = state if state and _is_running(state) else None
            if stop or found is None:
                stopped = cluster.remove(place, state)
    if stop:
        click.echo(f"Stopped the demo, and removed {place}." if stopped else f"No demo is running in {place}.")
    elif found:
        click.echo(f"The demo is running already.\n\n{_next_steps(place, found)}")
    else:
        output, found = _start(place, port)
        console = Console(width=None if sys.stdout.isatty() else WIDTH, markup=False, highlight=False, emoji=False)
        for part in output:
            console.print(part)
        click.echo(_next_steps(place, found))


def _is_running(demo: Cluster) -> bool:
    try:
        with cluster.connect(demo, "reader", "iam") as connection:
            connection.execute(f"select from {CHECKS[-1].view}".encode())
    except psycopg.Error:
        return False
    return True


def _next_steps(directory: Path, demo: Cluster) -> str:
    options = "" if str(directory) == DIRECTORY else f" --directory {shlex.quote(str(directory))}"
    return (
        f"Connect with psql, or with whatever speaks to PostgreSQL:\n\n"
        f"    psql postgresql://reader:{demo.reader}@{cluster.HOST}:{demo.port}/iam\n\n"
        f"Try:\n\n    {_QUERY}\n\n"
        f"All checks, with their reasons:\n\n"
        f"    iam-fdw check postgresql://reader:{demo.reader}@{cluster.HOST}:{demo.port}/iam\n\n"
        f"Stop it, and remove {directory}:\n\n    iam-fdw demo{options} --stop"
    )


def _start(directory: Path, port: Optional[int]) -> tuple[list[RenderableType], Cluster]:
    """Create the demo. Return the output to show, and the state; remove everything when that fails."""
    programs = cluster.programs()
    demo = Cluster(str(programs), cluster.free_port(port), secrets.token_urlsafe(18), secrets.token_urlsafe(18))
    try:
        directory.mkdir(0o700)
    except OSError as error:
        raise failure(f'could not create directory "{directory}": {error.strerror}', hint=cluster.OTHER_HINT) from None
    with cluster.locked(directory), Console(stderr=True).status("Starting PostgreSQL"):
        try:
            cluster.write(directory, demo, dict([sample.file()]))
            cluster.start(directory, demo)
            _install(directory, demo)
            return _output(demo), demo
        except BaseException:
            cluster.remove(directory, demo)
            raise


def _install(directory: Path, demo: Cluster) -> None:
    with cluster.connect(demo, "postgres", "postgres") as connection:
        connection.execute("create database iam")
        password = sql.Literal(demo.reader)
        connection.execute(sql.SQL("create role reader login password {}").format(password))
    option = f"source={directory / 'reports'}"
    variables = {"schema": "public", "server": "aws", "option": option, "reader": "reader", "engine": "minicorn"}
    with cluster.connect(demo, "postgres", "iam") as connection, connection.transaction():
        installer.install(connection, variables)


def _output(demo: Cluster) -> list[RenderableType]:
    """Return the table, the checks and their summary, as the role reader sees them. Raises psycopg.Error."""
    output: list[RenderableType] = []
    summary = []
    with cluster.connect(demo, "reader", "iam") as connection:
        for name in ("interval", "timestamptz"):
            connection.adapters.register_loader(name, TextLoader)  # as PostgreSQL writes them
        connection.execute("set timezone = 'UTC'")
        columns, rows = _select(connection, f"select {_COLUMNS} from {_TABLE}")
        title = f"The credential report of the sample account {sample.ACCOUNT_ID}, some of its columns"
        output += [_title(title, _TABLE), _table(columns, rows), ""]
        for number, check in enumerate(CHECKS, 1):
            columns, rows = _select(connection, f"select * from {check.view}")
            # there is one account, and it can be read: its columns say nothing new
            columns, rows = columns[2:], [row[2:] for row in rows]
            if columns[-1] == "error_message":
                columns, rows = columns[:-1], [row[:-1] for row in rows]
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
