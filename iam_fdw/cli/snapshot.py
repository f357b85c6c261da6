"""`iam-fdw snapshot`: save each account's report, now or again and again."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

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
from iam_fdw.saved import saving
from iam_fdw.workers import CancelledError

ERRORS = 2  # exit code, as of iam-fdw check

# AWS makes at most one report in this time, counted from the last.
_NO_NEWS = timedelta(hours=4)
# A run that would come so much too early for that waits for it: else every second one would find nothing new.
_PATIENCE = timedelta(minutes=5)
_MOMENT = timedelta(seconds=10)
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


class _Every(click.ParamType):  # type: ignore[type-arg,unused-ignore]
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
@click.option("--every", type=_Every(), metavar="TIME", help="Do it again and again, such as every 4h.")
def snapshot(dsn: str, to: Optional[str], server: Optional[str], given: tuple[str, ...], every: Any) -> None:
    """Save the credential report of each account, as AWS gave it. A report that is saved already is left as it is.

    With a DSN, of a superuser, the options are those of the foreign server there, with its user mapping. Without, they
    are those of --option, and of variables such as IAM_FDW_ROLE_NAME; credentials are those of the AWS configuration.

    The exit code is 0 when every report is saved, 2 when one is not.
    """
    settings = _settings(dsn, to, server, given)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    started = time.monotonic()
    while True:
        try:
            exit_code, newest = _run(settings, stop)
        except CancelledError:
            click.echo("Aborted!", err=True)
            exit_code, newest = ERRORS, None
        if every is None or stop.is_set():
            click.get_current_context().exit(0 if every is not None else exit_code)
        started = _next(started, every, newest)
        stop.wait(max(0.0, started - time.monotonic()))
        if stop.is_set():
            click.get_current_context().exit(0)


def _settings(dsn: str, to: Optional[str], server: Optional[str], given: tuple[str, ...]) -> Settings:
    try:
        if dsn or server is not None:
            with psycopg.connect(dsn, client_encoding="UTF8") as connection:
                trust.verify_server(connection, server or "aws")
                found = options_of(connection, server or "aws")
        else:
            found = server_options.of_environment(os.environ)
        for option in given:
            name, is_option, value = option.partition("=")
            if not is_option:
                raise click.BadParameter(f'"{option}" is not NAME=VALUE', param_hint="--option")
            found[name] = value
        if to is not None:
            if not to or (re.match("[A-Za-z0-9]+:/", to) and not to.startswith("s3://")):
                raise click.BadParameter(f'"{to}" is neither a folder nor s3://bucket/prefix', param_hint="--to")
            found["snapshots"] = to if to.startswith("s3://") else os.path.abspath(to)
        settings = saving.settings_of(found)
    except psycopg.Error as error:
        raise of_database(error, ERRORS) from None
    except Error as error:
        raise failure(error.message, error.detail, error.hint, ERRORS) from None
    except click.ClickException as error:
        error.exit_code = ERRORS  # type: ignore[misc]
        raise
    if settings.snapshots is None:
        hint = "Name a folder, or s3://bucket/prefix, with --to or the option snapshots."
        raise failure("it is not said where to save the reports", hint=hint, exit_code=ERRORS)
    return settings


def _run(settings: Settings, stop: threading.Event) -> tuple[int, Optional[datetime]]:
    """Save all once, and tell. Return the exit code, and when the newest report was made, UTC."""
    found: list[saving.Saved] = []
    try:
        with Console(stderr=True).status("Saving credential reports") as status:
            for saved in saving.save(settings, stop.is_set):
                found.append(saved)
                status.update(f"Saving credential reports: {len(found)}")
    except Error as error:
        click.echo(f"Error: {plain(saving.told(error))}", err=True)
        return ERRORS, None
    _tell(found)
    for saved in found:
        if saved.error is not None:
            click.echo(f"Error: {plain(saved.name)}: {plain(saving.told(saved.error))}", err=True)
    counts = Counter(saved.state for saved in found)
    click.echo(
        f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S} UTC: {counts[saving.SAVED]} saved,"
        f" {counts[saving.UNCHANGED]} unchanged, {counts[saving.FAILED]} errors."
    )
    sys.stdout.flush()
    times = [saved.generated_time for saved in found if saved.generated_time is not None]
    return (ERRORS if counts[saving.FAILED] else 0), max(times, default=None)


def _tell(found: list[saving.Saved]) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column in ("account", "state", "made", "bytes", "where"):
        table.add_column(column, no_wrap=True, justify="right" if column == "bytes" else "left")
    for saved in sorted(found, key=lambda one: one.account_id or ""):
        if saved.state == saving.SAVED:
            made = f"{saved.generated_time:%Y-%m-%d %H:%M:%S} UTC"
            table.add_row(saved.account_id, saved.state, made, f"{saved.size:,}", saved.uri)
    if table.row_count:
        Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False).print(table)


def _next(started: float, every: timedelta, newest: Optional[datetime]) -> float:
    """Return when to begin again, of time.monotonic()."""
    planned = max(started + every.total_seconds(), time.monotonic())
    if newest is None:
        return planned
    until_news = (newest + _NO_NEWS + _MOMENT - datetime.now(timezone.utc)).total_seconds()
    due = time.monotonic() + until_news
    return due if planned < due < planned + _PATIENCE.total_seconds() else planned
