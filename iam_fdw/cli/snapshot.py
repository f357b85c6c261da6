"""`iam-fdw snapshot`: save the report of each account, once or repeatedly."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn, Optional

import click
import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from iam_fdw import options as server_options
from iam_fdw.cli import trust
from iam_fdw.cli.errors import failure, of_database, plain
from iam_fdw.cli.servers import options_of
from iam_fdw.errors import Error
from iam_fdw.options import Settings
from iam_fdw.saved import write
from iam_fdw.saved.place import is_bucket
from iam_fdw.tables.credential_report import MADE_EVERY
from iam_fdw.workers import CancelledError

ERRORS = 2  # exit code, as of iam-fdw check

# With --every 4h a run would come some seconds before AWS makes the next report, and every second run would find
# nothing new: so one that would come too early by at most this much waits until then, and the margin more.
_LONGEST_WAIT = timedelta(minutes=5)
_MARGIN = timedelta(seconds=10)
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


class _Interval(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    name = "time"

    def convert(self, value: Any, parameter: Optional[click.Parameter], context: Optional[click.Context]) -> timedelta:
        match = re.fullmatch("([0-9]{1,6}) ?(s|min|h|d)", str(value))
        found = timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else timedelta(0)
        if not found:
            self.fail(f'"{value}" is no time such as 4h, 30min or 90s', parameter, context)
        return found


@click.command()
@click.argument("dsn", default="", metavar="[DSN]")
@click.option("--to", metavar="PLACE", help="A folder, or s3://bucket/prefix. Default: the option snapshots.")
@click.option("--server", metavar="NAME", help="The foreign server that has the options. Default with a DSN: aws.")
@click.option("--option", "given", multiple=True, metavar="NAME=VALUE", help="An option of the server; repeatable.")
@click.option("--every", type=_Interval(), metavar="TIME", help="Do it again and again, such as every 4h.")
def snapshot(
    dsn: str, to: Optional[str], server: Optional[str], given: tuple[str, ...], every: Optional[timedelta]
) -> None:
    """Save the credential report of each account, as AWS gave it. A report that is saved already is left as it is.

    With a DSN, of a superuser, the options are those of the foreign server there, with its user mapping. Without, they
    are those of --option, and of variables such as IAM_FDW_ROLE_NAME; credentials are those of the AWS configuration.

    The exit code is 0 when every report is saved, 2 when one is not.
    """
    settings = _settings(dsn, to, server, given)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if every is None:
        exit_code, _ = _save(settings, stop)
        click.get_current_context().exit(exit_code)
    _repeat(settings, every, stop)


def _repeat(settings: Settings, every: timedelta, stop: threading.Event) -> NoReturn:
    """Save the reports again and again until a signal comes, and exit with 0."""
    started = time.monotonic()
    while not stop.is_set():
        _, newest = _save(settings, stop)
        if not stop.is_set():
            started = _next(started, every, newest)
            stop.wait(max(0.0, started - time.monotonic()))
    click.get_current_context().exit(0)


def _settings(dsn: str, to: Optional[str], server: Optional[str], given: tuple[str, ...]) -> Settings:
    """Return the options of the server, or of the environment, with those of the command line.

    Raises click.ClickException.
    """
    try:
        found = _options(dsn, server)
        for option in given:
            name, is_option, value = option.partition("=")
            if not is_option:
                raise click.BadParameter(f'"{option}" is not NAME=VALUE', param_hint="--option")
            found[name] = value
        if to is not None:
            found["snapshots"] = _place(to)
        return write.settings_of(found)
    except psycopg.Error as error:
        raise of_database(error, ERRORS) from None
    except Error as error:
        raise failure(error.message, error.detail, error.hint, ERRORS) from None
    except click.ClickException as error:
        error.exit_code = ERRORS  # type: ignore[misc]
        raise


def _options(dsn: str, server: Optional[str]) -> dict[str, str]:
    """Return the options of the foreign server, without a DSN and a name of one those of the environment."""
    if not dsn and server is None:
        return server_options.of_environment(os.environ)
    with psycopg.connect(dsn, client_encoding="UTF8") as connection:
        trust.verify_server(connection, server or "aws")
        return options_of(connection, server or "aws")


def _place(to: str) -> str:
    """Return the place that --to names: s3://..., or the absolute path of a folder."""
    if is_bucket(to):
        return to
    if not to or re.match("[A-Za-z0-9]+:/", to):
        raise click.BadParameter(f'"{to}" is neither a folder nor s3://bucket/prefix', param_hint="--to")
    return os.path.abspath(to)


def _save(settings: Settings, stop: threading.Event) -> tuple[int, Optional[datetime]]:
    """Save all reports once, and show what became of them.

    Return the exit code, and when AWS made the newest report, UTC, None when not known.
    """
    found: list[write.Saved] = []
    try:
        with Console(stderr=True).status("Saving credential reports") as status:
            for saved in write.save(settings, stop.is_set):
                found.append(saved)
                status.update(f"Saving credential reports: {len(found)}")
    except Error as error:
        click.echo(f"Error: {plain(write.one_line(error))}", err=True)
        return ERRORS, None
    except CancelledError:
        click.echo("Aborted!", err=True)
        return ERRORS, None
    _show(found)
    times = [saved.generated_time for saved in found if saved.generated_time is not None]
    return (ERRORS if any(saved.error for saved in found) else 0), max(times, default=None)


def _show(found: list[write.Saved]) -> None:
    """Print the reports that are new, the errors, and the number of each."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column in ("account", "state", "made", "bytes", "where"):
        table.add_column(column, no_wrap=True, justify="right" if column == "bytes" else "left")
    for saved in sorted(found, key=lambda one: one.account_id or ""):
        if saved.state == write.SAVED:
            made = f"{saved.generated_time:%Y-%m-%d %H:%M:%S} UTC"
            table.add_row(saved.account_id, saved.state, made, f"{saved.size:,}", saved.uri)
    if table.row_count:
        Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False).print(table)
    for saved in found:
        if saved.error is not None:
            click.echo(f"Error: {plain(saved.name)}: {plain(write.one_line(saved.error))}", err=True)
    counts = Counter(saved.state for saved in found)
    click.echo(
        f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S} UTC: {counts[write.SAVED]} saved,"
        f" {counts[write.UNCHANGED]} unchanged, {counts[write.FAILED]} errors."
    )
    sys.stdout.flush()


def _next(started: float, every: timedelta, newest: Optional[datetime]) -> float:
    """Return when the next run begins, of time.monotonic(). started: when the last one began.

    newest: when AWS made the newest report, UTC, None when not known.
    """
    planned = max(started + every.total_seconds(), time.monotonic())
    if newest is None:
        return planned
    until_next_report = (newest + MADE_EVERY + _MARGIN - datetime.now(timezone.utc)).total_seconds()
    due = time.monotonic() + until_next_report
    return due if planned < due < planned + _LONGEST_WAIT.total_seconds() else planned
