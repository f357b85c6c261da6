"""`iam-fdw cache`: which copies of reports the server keeps, and dropping them."""

from __future__ import annotations

import os
import sys
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
from iam_fdw.live import cache
from iam_fdw.live.copies import SUFFIX, describe

_HERE = "Run it on the machine of the server (in its container), as the server's operating system user or as root."
_NONE = (
    "No copy is kept yet: a scan keeps one of each report that AWS returns. "
    'If "iam-fdw doctor" says that reports are read, the server could not write there: the disk is full, or the '
    "folder or its parent belongs to another user."
)


class Reason(str):
    """Why a server keeps no copies, by its options."""


@click.command("cache")
@click.argument("dsn", default="", metavar="[DSN]")
@click.option("--server", default="aws", show_default=True, help="The name of the foreign server.")
@click.option("--drop", is_flag=True, help="Remove all copies: AWS is asked anew for each account.")
def copies(dsn: str, server: str, drop: bool) -> None:
    """Show which copies of reports are kept for a foreign server, and those that have the same folder.

    DSN is a connection string, as in install, of a superuser. The copies are files: the command must run on the
    machine of the server. Copies may be removed at any time.
    """
    with psycopg.connect(dsn, client_encoding="UTF8") as connection:
        found = folder_of(connection, server)
        if isinstance(found, Reason):
            click.echo(f'Server "{plain(server)}" keeps no copies: {found}.')
            return
        ((is_kept,),) = connection.execute("select not pg_stat_file(%s, true) is null", (str(found),)).fetchall()
    if is_kept and not os.path.lexists(found):  # of another machine, or in a folder that this user may not enter
        raise failure(f'the folder "{found}" of the server cannot be seen here', hint=_HERE)
    _become_owner(found)
    reason = cache.problem(found) if os.path.lexists(found) else None
    if reason is not None:
        raise failure(f'the folder "{found}" cannot be used: it {reason}', hint=_HERE)
    is_there = os.path.isdir(found)
    files = sorted(found.glob(f"*{SUFFIX}")) if is_there else []
    if drop:
        for file in [*files, *(found.glob(f".*{SUFFIX}*") if is_there else ())]:
            with suppress(FileNotFoundError):
                file.unlink()
        click.echo(f"Removed {len(files)} copies from {plain(str(found))}.")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column in ("account", "made", "fetched", "bytes"):
        table.add_column(column, no_wrap=True, justify="right" if column == "bytes" else "left")
    for file in files:
        copy = describe(str(file))
        if copy is not None and copy.account_id:
            made, fetched = (f"{time:%Y-%m-%d %H:%M:%S} UTC" for time in (copy.time, copy.kept_at))
            table.add_row(plain(copy.account_id), made, fetched, f"{copy.size:,}")
    console = Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False)
    if table.row_count:
        console.print(table)
    click.echo(f"{table.row_count} copies of reports in {plain(str(found))}.")
    if not table.row_count:
        click.echo(_why_none(found))


def _why_none(found: Path) -> str:
    """Return why there is no copy in a folder that may be used, or that is not there."""
    if os.path.lexists(found):
        return _NONE
    if not os.path.isdir(found.parent):
        parent = plain(str(found.parent))
        return f'The folder "{parent}" does not exist. The server creates only the last folder of the path.'
    return f"The folder is created with the first copy. {_NONE}"


def folder_of(connection: psycopg.Connection[Any], server: str) -> Union[Path, Reason]:
    """Return where the copies of a foreign server are kept, or why it keeps none.

    Raises psycopg.Error, for one who may not know, too, and click.ClickException when there is no such server.
    """
    settings = options.read(options_of(connection, server))
    if settings.source is not None:
        return Reason("its option source is set, and saved reports are read where they are")
    if not settings.cache:
        return Reason("its option cache is off")
    if settings.cache_dir is not None:
        return Path(settings.cache_dir)
    (directory,) = connection.execute("show data_directory").fetchone() or ("",)
    return Path(directory) / cache.FOLDER


def _become_owner(folder: Path) -> None:
    """As root, do what is done as the folder's owner, whose files alone are copies."""
    if os.geteuid() == 0 and os.path.lexists(folder):
        found = os.lstat(folder)
        os.setegid(found.st_gid)
        os.seteuid(found.st_uid)
