"""`iam-fdw cache`: show or remove the copies of AWS's answers that a foreign server keeps."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Union

import click
import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from iam_fdw import options
from iam_fdw.cli.errors import failure, plain
from iam_fdw.cli.servers import options_of
from iam_fdw.live.cache import FOLDER, problem
from iam_fdw.live.copies import SUFFIX, describe
from iam_fdw.tables import CREDENTIAL_REPORT

_HERE = "Run it on the machine of the server (in its container), as the server's operating system user or as root."
_NONE = (
    "No copy is kept yet: a scan keeps one of each report that AWS returns. "
    'If "iam-fdw doctor" says that reports are read, the server could not write there: the disk is full, or the '
    "folder or its parent belongs to another user."
)


class Reason(str):
    """Why a server keeps no copies, as far as its options say."""


@click.command()
@click.argument("dsn", default="", metavar="[DSN]")
@click.option("--server", default="aws", show_default=True, help="The name of the foreign server.")
@click.option("--drop", is_flag=True, help="Remove all copies: AWS is asked anew for each account.")
def cache(dsn: str, server: str, drop: bool) -> None:
    """Show which copies are kept for a foreign server, and those that have the same folder.

    DSN is a connection string, as in install, of a superuser. The copies are files: the command must run on the
    machine of the server. Copies may be removed at any time.
    """
    with psycopg.connect(dsn, client_encoding="UTF8") as connection:
        folder = folder_of(connection, server)
        if isinstance(folder, Reason):
            click.echo(f'Server "{plain(server)}" keeps no copies: {folder}.')
            return
        ((exists,),) = connection.execute("select not pg_stat_file(%s, true) is null", (str(folder),)).fetchall()
    if exists and not os.path.lexists(folder):  # on another machine, or in a folder that this user may not enter
        raise failure(f'the folder "{folder}" of the server cannot be seen here', hint=_HERE)
    _become_owner(folder)
    reason = problem(folder) if os.path.lexists(folder) else None
    if reason is not None:
        raise failure(f'the folder "{folder}" cannot be used: it {reason}', hint=_HERE)
    copies = sorted(folder.glob(f"*{SUFFIX}")) if os.path.isdir(folder) else []
    if drop:
        _drop(folder, copies)
    else:
        _show(folder, copies)


def _drop(folder: Path, copies: Sequence[Path]) -> None:
    """Remove the copies, and what is left of those that were being written."""
    unfinished = folder.glob(f".*{SUFFIX}*") if os.path.isdir(folder) else ()
    for file in (*copies, *unfinished):
        with suppress(FileNotFoundError):
            file.unlink()
    click.echo(f"Removed {len(copies)} copies from {plain(str(folder))}.")


def _show(folder: Path, copies: Sequence[Path]) -> None:
    """Print the copies, and why there is none."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column in ("account", "table", "made", "fetched", "bytes"):
        table.add_column(column, no_wrap=True, justify="right" if column == "bytes" else "left")
    for file in copies:
        copy = describe(str(file))
        if copy is not None and copy.account_id:
            made, fetched = (f"{time:%Y-%m-%d %H:%M:%S} UTC" for time in (copy.time, copy.kept_at))
            table.add_row(plain(copy.account_id), _table_of(file.name), made, fetched, f"{copy.size:,}")
    if table.row_count:
        Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False).print(table)
    click.echo(f"{table.row_count} copies in {plain(str(folder))}.")
    if not table.row_count:
        click.echo(_why_none(folder))


def _table_of(name: str) -> str:
    """Return the table of a copy by the name of its file: account.key.digest.copy, without a key for the report's."""
    parts = name[: -len(SUFFIX)].split(".")
    return plain(parts[1]) if len(parts) > 2 else CREDENTIAL_REPORT.name


def _why_none(folder: Path) -> str:
    """Return why there is no copy in a folder that can be used, or does not exist."""
    if os.path.lexists(folder):
        return _NONE
    if not os.path.isdir(folder.parent):
        parent = plain(str(folder.parent))
        return f'The folder "{parent}" does not exist. The server creates only the last folder of the path.'
    return f"The folder is created with the first copy. {_NONE}"


def folder_of(connection: psycopg.Connection[Any], server: str) -> Union[Path, Reason]:
    """Return the folder of the copies of a foreign server, or why it keeps none.

    Raises psycopg.Error, also for a role that may not see the folder, and click.ClickException when there is no such
    server.
    """
    settings = options.read(options_of(connection, server))
    if settings.source is not None:
        return Reason("its option source is set, and saved reports are read where they are")
    if not settings.cache:
        return Reason("its option cache is off")
    if settings.cache_dir is not None:
        return Path(settings.cache_dir)
    (directory,) = connection.execute("show data_directory").fetchone() or ("",)
    return Path(directory) / FOLDER


def _become_owner(folder: Path) -> None:
    """Continue as the owner of the folder where this is root: files of other users are not copies."""
    if os.geteuid() == 0 and os.path.lexists(folder):
        status = os.lstat(folder)
        os.setegid(status.st_gid)
        os.seteuid(status.st_uid)
