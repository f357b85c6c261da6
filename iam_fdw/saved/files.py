"""Reports of the option source: the newest of each account, from a file, a folder, or a prefix of an S3 bucket.

Snapshots are read by their names. In a file or folder other saved reports are read, too: only their content says whose
they are.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Callable, NamedTuple, Optional, Union

from iam_fdw import errcodes, text
from iam_fdw.errors import Error
from iam_fdw.options import Settings
from iam_fdw.result import Result
from iam_fdw.saved import formats, names, read
from iam_fdw.saved.folder import Folder, unreadable
from iam_fdw.saved.place import is_bucket
from iam_fdw.tables import report
from iam_fdw.tables.report import Report
from iam_fdw.workers import CancelledError


def newest(
    settings: Settings,
    account_ids: Optional[Container[str]],
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[Report]]:
    """Yield the newest report of each account in the option source, or why it could not be read.

    account_ids: those that are wanted, None for all. columns: what a row of a report holds, see report.parse().
    Raises CancelledError, and Error: UNDEFINED_FILE when there is no saved report, or no source.
    """
    source = settings.source or ""
    if is_bucket(source):
        is_empty = True
        for result in read.newest_snapshots(settings, source, account_ids, columns, is_cancelled):
            is_empty = False
            yield result
        if is_empty and account_ids is None:
            raise _nothing()
    elif not _is_folder(source):
        path = Path(source)
        yield _read(Folder(str(path.parent)), path.name, columns)
    else:
        accounts = frozenset(name for name in Folder(source).folders() if names.account_of(name))
        files = find(source, accounts)
        if accounts:
            yield from read.newest_snapshots(settings, source, account_ids, columns, is_cancelled)
        yield from _newest_by_content(Folder(source), files, account_ids, columns, is_cancelled)


def find(source: str, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """Return the names of the saved reports in a folder, with all that is below it, in order.

    leave_out: folders directly in it whose files are not wanted. Hidden files and folders are ignored.
    Raises Error: UNDEFINED_FILE when there are none and no folder was left out, else as Folder does.
    """
    try:
        # reading a link to a folder is an error: ignored, the accounts in it would be missing silently
        found = sorted(
            name
            for name in Folder(source).all_names(leave_out)
            if name.lower().endswith(formats.SUFFIXES) or Path(source, name).is_dir()
        )
    except OSError as error:
        raise unreadable("the source", error) from None
    if not found and not leave_out:
        raise _nothing()
    return found


def load(folder: Folder, name: str) -> formats.SavedReport:
    """Return the saved report of this name. Raises Error, which names the file without its folder."""
    return formats.decode(Path(name).name, folder.read(name))


class _File(NamedTuple):
    """A file that holds a report of a known account. generated_time: UTC, None when not known."""

    name: str
    generated_time: Optional[datetime]


def _is_folder(source: str) -> bool:
    """Return whether the source is a folder. Raises Error when it does not exist, or may not be looked at."""
    try:
        return stat.S_ISDIR(Path(source).stat().st_mode)
    except OSError as error:
        raise unreadable("the source", error) from None


def _newest_by_content(
    folder: Folder,
    files: Sequence[str],
    account_ids: Optional[Container[str]],
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[Report]]:
    """Yield the newest report of each account among files whose account only their content gives."""
    found: dict[str, list[_File]] = {}
    for name in files:
        if is_cancelled():
            raise CancelledError
        first = _read(folder, name, ())
        if first.parsed is None:
            yield first
        elif account_ids is None or first.parsed.account_id in account_ids:
            found.setdefault(first.parsed.account_id, []).append(_File(name, first.time))
    for account_id, of_account in sorted(found.items()):
        times = [file.generated_time for file in of_account if file.generated_time is not None]
        if len(of_account) > 1 and len(times) < len(of_account):
            error, name, started = _unknown_newest(of_account), f"account {account_id}", time.monotonic()
            yield Result(error, name=name, origin=folder.origin, started=started, account_id=account_id)
        else:
            newest = max(of_account, key=lambda file: (file.generated_time, file.name)) if times else of_account[0]
            yield _read(folder, newest.name, columns, account_id)


def _read(
    folder: Folder, name: str, columns: Sequence[Optional[str]], account_id: Optional[str] = None
) -> Result[Report]:
    """Read a saved report. account_id: whose it must be, None for that of its content."""
    started, made = time.monotonic(), None
    outcome: Union[Report, Error]
    try:
        content, made = load(folder, name)
        text.check(content)
        outcome = report.parse(content, account_id=account_id, account_name=None, generated_time=made, columns=columns)
        account_id = outcome.account_id
    except Error as error:
        outcome = error
    shown = f"file {names.shown(name)}"
    return Result(outcome, name=shown, origin=folder.origin, started=started, account_id=account_id, time=made)


def _unknown_newest(files: Sequence[_File]) -> Error:
    detail = f"They are: {', '.join(sorted(names.shown(file.name) for file in files))}."
    hint = "Keep one, or put the time of each into its name, such as 2026-11-23T08:00:00Z.csv."
    return Error("which saved report is the newest is not known", detail, hint, errcodes.DATA_EXCEPTION)


def _nothing() -> Error:
    hint = f"Save reports there, as {', '.join(formats.SUFFIXES)}, or change the option source."
    return Error("there is no saved credential report in the source", hint=hint, sqlstate=errcodes.UNDEFINED_FILE)
