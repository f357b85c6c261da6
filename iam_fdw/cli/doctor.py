"""`iam-fdw doctor`: check each prerequisite for reading the reports, and suggest fixes."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import Any, Optional

import click
import psycopg
from psycopg import conninfo
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iam_fdw.cli import prerequisites, readability
from iam_fdw.cli.diagnosis import FAILED, OK, SKIPPED, WARNING, Diagnosis, failed
from iam_fdw.cli.errors import plain_lines
from iam_fdw.live.errors import is_of_credentials

TOPICS = ("connection", "engine", "python", "installation", "settings", "options", "credentials", "report", "cache")

_STYLES = {OK: "green", WARNING: "yellow", FAILED: "bold red", SKIPPED: "dim"}


@click.command()
@click.argument("dsn", default="", metavar="[DSN]")
@click.option("--server", default="aws", show_default=True, help="The name of the foreign server.")
def doctor(dsn: str, server: str) -> None:
    """Say of each thing that reading the reports needs whether it is right, and what to do if it is not.

    DSN is a connection string, as in install. The reports are read by the server, with its credentials, not those of
    this command. The exit code is 2 if something failed, else 0.
    """
    console = Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False)
    with Console(stderr=True).status("Looking"):
        diagnoses = list(examine(dsn, server))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, show_header=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for diagnosis in diagnoses:
        to_do = f"\nto do: {plain_lines(diagnosis.to_do)}" if diagnosis.to_do else ""
        status = Text(diagnosis.status, _STYLES[diagnosis.status])
        table.add_row(diagnosis.topic, status, Text.assemble(plain_lines(diagnosis.facts), (to_do, "bold")))
    console.print(table)
    click.get_current_context().exit(2 if any(diagnosis.status == FAILED for diagnosis in diagnoses) else 0)


def examine(dsn: str, server: str) -> Iterator[Diagnosis]:
    """Yield at least one diagnosis for each of TOPICS, in that order.

    Topics that depend on one that failed are skipped. dsn: a connection string. server: the name of the foreign server.
    """
    done: list[str] = []
    try:
        for diagnosis in _examine(dsn, server):
            done.append(diagnosis.topic)
            yield diagnosis
    except psycopg.Error as error:
        topic = next((topic for topic in TOPICS if topic not in done), TOPICS[-1])
        done.append(topic)
        yield failed(topic, error)
    for topic in TOPICS:
        if topic not in done:
            yield Diagnosis(topic, SKIPPED, "not looked at")


def _examine(dsn: str, server: str) -> Iterator[Diagnosis]:
    """Yield diagnoses up to one that makes the rest impossible. Raises psycopg.Error, which is of the next topic."""
    try:
        conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:  # its message repeats parts of the string, which may be of a password
        to_do = 'Give it as "dbname=..." or postgresql://..., with %XX for special characters of the latter.'
        yield Diagnosis("connection", FAILED, "the connection string cannot be read", to_do)
        return
    with psycopg.connect(dsn, autocommit=True, client_encoding="UTF8") as connection:
        connection.execute("set search_path = pg_catalog, pg_temp")
        schema = yield from _installation(connection, server)
        if schema is None:
            return
        yield prerequisites.settings(connection, schema)
        source, diagnosis = prerequisites.server_options(connection, server)
        yield diagnosis
        if diagnosis.status != FAILED:
            yield from _reports(connection, server, schema, source)


def _installation(connection: psycopg.Connection[Any], server: str) -> Generator[Diagnosis, None, Optional[str]]:
    """Yield the diagnoses up to the installation. Return its schema, None where one of them failed."""
    version = connection.info.server_version // 10000
    diagnosis = prerequisites.connection(connection, version)
    yield diagnosis
    if diagnosis.status == FAILED:
        return None
    engine, diagnosis = prerequisites.engine(connection, version)
    yield diagnosis
    if diagnosis.status == FAILED:
        return None
    diagnosis = prerequisites.python(connection, engine)
    yield diagnosis
    if diagnosis.status == FAILED:
        return None
    schema, diagnosis = prerequisites.installation(connection, server)
    yield diagnosis
    return schema


def _reports(
    connection: psycopg.Connection[Any], server: str, schema: str, source: Optional[str]
) -> Iterator[Diagnosis]:
    try:
        accounts = readability.statuses(connection, schema)
    except psycopg.Error as error:  # which is of the report, too
        if is_of_credentials(error.sqlstate):
            yield failed("credentials", error)
        else:
            yield Diagnosis("credentials", SKIPPED, "not tried: the reports cannot be read")
        raise
    hint = readability.hint(connection, schema, accounts)
    yield readability.credentials(accounts, source, readability.user_mappings(connection, server), hint)
    yield from readability.reports(accounts, hint)
    yield readability.copies(connection, server, accounts)
