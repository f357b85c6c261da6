"""Saving each account's report, as AWS gave it, to a folder or a bucket: for iam-fdw snapshot, and for AWS Lambda."""

from __future__ import annotations

import os
import threading
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional

from iam_fdw import errcodes, options
from iam_fdw.errors import Error
from iam_fdw.live import scan
from iam_fdw.live.connections import Sockets
from iam_fdw.options import Settings
from iam_fdw.result import Result
from iam_fdw.saved import snapshots
from iam_fdw.saved.folder import Folder
from iam_fdw.tables import credential_report
from iam_fdw.tables.report import Report
from iam_fdw.workers import Deadline

if TYPE_CHECKING:
    from iam_fdw.live.client import Aws
    from iam_fdw.saved.bucket import Bucket

SAVED, UNCHANGED, FAILED = "saved", "unchanged", "error"

_MOST_NAMED = 20  # accounts in the error of a function
_NO_CREDENTIALS = (
    errcodes.INVALID_AUTHORIZATION_SPECIFICATION
)  # the code of an error where AWS was not asked for want of credentials; AWS's are others
_CREDENTIALS_HINT = (
    "Give credentials to the user who runs the command: environment variables, ~/.aws, or a role of the machine or "
    "function. With a DSN, the keys of the user mapping of its role, else of PUBLIC, are used."
)


class Saved(NamedTuple):
    """What became of an account's report.

    account_id: None when not known. name: what an error calls it. state: SAVED, UNCHANGED (it was saved before, and is
    what AWS gave) or FAILED. generated_time: when AWS made it, UTC. size: bytes, compressed. uri: where it is. error:
    why it is not.
    """

    account_id: Optional[str]
    name: str
    state: str
    generated_time: Optional[datetime]
    size: int = 0
    uri: Optional[str] = None
    error: Optional[Error] = None


def settings_of(given: Mapping[str, str]) -> Settings:
    """Read options of the server. AWS is asked for the newest report that it makes, unless max_age says otherwise.

    Raises Error.
    """
    settings = options.read({"max_age": "0 seconds", **given})
    if settings.source is not None:
        raise Error(
            "what is saved must come from AWS", None, "Leave out the option source.", errcodes.FDW_INVALID_OPTION_NAME
        )
    return settings._replace(cache=False)


def save(settings: Settings, is_cancelled: Callable[[], bool] = lambda: False) -> Iterator[Saved]:
    """Save the report of each account to the option snapshots, and yield what became of it.

    Raises CancelledError, and Error where not even the accounts can be found.
    """
    if settings.snapshots is None:
        hint = "Name a folder, or s3://bucket/prefix, with --to or the option snapshots."
        raise Error("it is not said where to save the reports", hint=hint, sqlstate=errcodes.FDW_INVALID_HANDLE)
    sockets = Sockets(threading.Event())
    with ExitStack() as ends:
        ends.callback(sockets.break_all)
        pool = ends.enter_context(ThreadPoolExecutor(settings.concurrency))
        place = snapshots.place(settings.snapshots, lambda: _connected(settings))
        waiting: deque[Future[Saved]] = deque()
        try:
            for reading in scan.read(credential_report.REPORT, settings, None, (), is_cancelled):
                waiting.append(pool.submit(_saved, place, reading, settings.timeout, sockets))
                while waiting and waiting[0].done():
                    yield waiting.popleft().result()
        except Error as error:
            raise _for_caller(error) from None
        for future in waiting:
            yield future.result()


def handler(event: object, context: object) -> dict[str, int]:
    """Save the reports, as AWS Lambda calls it; the options are in variables such as IAM_FDW_SNAPSHOTS.

    Raises RuntimeError when a report could not be read or saved, so that the call counts as failed.
    """
    del event, context
    found: Counter[str] = Counter()
    failed = []
    try:
        for saved in save(settings_of(options.of_environment(os.environ))):
            found[saved.state] += 1
            if saved.error is not None:
                failed.append(f"{saved.name}: {told(saved.error)}")
    except Error as error:
        failed.append(told(error))
    if failed:
        more = f" And {len(failed) - _MOST_NAMED} more." if len(failed) > _MOST_NAMED else ""
        raise RuntimeError(f"{len(failed)} reports were not saved. {' '.join(failed[:_MOST_NAMED])}{more}")
    return {SAVED: found[SAVED], UNCHANGED: found[UNCHANGED]}


def told(error: Error) -> str:
    """Return an error in one line."""
    return " ".join(filter(None, (f"{error.message}.", error.detail, error.hint)))


def _connected(settings: Settings) -> Aws:
    from iam_fdw.live.client import Aws as Made  # not before it is needed: boto3 takes its time

    return Made(settings)


def _saved(place: Folder | Bucket, reading: Result[Report], timeout: float, sockets: Sockets) -> Saved:
    # what sends headers for ever is never late by itself; the others, whose connections break too, ask again
    limit = threading.Timer(min(2 * timeout + 1, threading.TIMEOUT_MAX), sockets.break_all)
    limit.daemon = True
    limit.start()
    try:
        with sockets.watch():
            return _kept(place, reading, timeout)
    finally:
        limit.cancel()


def _kept(place: Folder | Bucket, reading: Result[Report], timeout: float) -> Saved:
    made, content, error = reading.time, reading.content, reading.error
    if error is None and content is not None and made is not None and reading.account_id is not None:
        name, packed = snapshots.named(reading.account_id, made), snapshots.compressed(content)
        try:
            is_new = place.write(name, packed, Deadline(timeout))
            if not is_new:
                _compare(place.present(name, packed, Deadline(timeout)), packed, content, name)
        except Error as caught:
            error = caught
        else:
            state = SAVED if is_new else UNCHANGED
            return Saved(reading.account_id, reading.name, state, made, len(packed), place.uri(name))
    error = _for_caller(error or Error("there is neither report nor error"))
    return Saved(reading.account_id, reading.name, FAILED, made, error=error)


def _compare(found: bytes, packed: bytes, content: bytes, name: str) -> None:
    """Raise Error where what is saved is not this report, which another version of zlib may have compressed."""
    if found == packed:
        return
    decompressor = zlib.decompressobj(wbits=31)  # gzip
    try:
        decompressed = decompressor.decompress(found, len(content) + 1)
    except zlib.error:
        decompressed = b""
    if decompressed == content and decompressor.eof and not decompressor.unused_data:
        return
    detail = f"{name} has {len(found)} bytes, which are not the report that AWS gave; it is left as it is."
    hint = "Find out who changed it, and move it away: then the report is saved anew."
    raise Error("the saved report is damaged, or another one", detail, hint, errcodes.DATA_CORRUPTED)


def _for_caller(error: Error) -> Error:
    """Return an error for who saves reports: without credentials of their own AWS was not asked, not the server's."""
    if error.code != _NO_CREDENTIALS:
        return error
    return Error(error.message, error.detail, _CREDENTIALS_HINT, error.sqlstate, error.code, error.state)
