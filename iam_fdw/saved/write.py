"""Saving the report of each account, as AWS gave it, to a folder or a bucket."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Callable, NamedTuple, Optional

from iam_fdw import errcodes, options
from iam_fdw.errors import Error
from iam_fdw.live import scan
from iam_fdw.live.pool import AwsPool
from iam_fdw.options import Settings
from iam_fdw.result import Result
from iam_fdw.saved import formats, names
from iam_fdw.saved.place import Place, is_bucket, open_place
from iam_fdw.tables import report
from iam_fdw.tables.credential_report import REPORT
from iam_fdw.workers import Deadline

# What became of a report: see Saved.
SAVED, UNCHANGED, FAILED = "saved", "unchanged", "error"

# The code of an error where there are no credentials, so that AWS was not called: errors of AWS have codes of AWS.
_NO_CREDENTIALS = errcodes.INVALID_AUTHORIZATION_SPECIFICATION
_CREDENTIALS_HINT = (
    "Give credentials to the user who runs the command: environment variables, ~/.aws, or a role of the machine or "
    "function. With a DSN, the keys of the user mapping of its role, else of PUBLIC, are used."
)


class Saved(NamedTuple):
    """What became of the report of an account.

    account_id: None when not known. name: what an error calls the account. state: SAVED, UNCHANGED (it was saved
    before, with the same content) or FAILED. generated_time: when AWS made the report, UTC, None when not known.
    size: bytes, compressed. uri: where it is saved, None when it is not. error: why it is not, else None.
    """

    account_id: Optional[str]
    name: str
    state: str
    generated_time: Optional[datetime]
    size: int = 0
    uri: Optional[str] = None
    error: Optional[Error] = None


def settings_of(given: Mapping[str, str]) -> Settings:
    """Read options of the server, for save(). Without max_age, AWS makes a new report whenever it can.

    Raises Error: FDW_INVALID_OPTION_NAME for an unknown option, and for the option source; FDW_INVALID_ATTRIBUTE_VALUE
    for an invalid value; FDW_INVALID_HANDLE without the option snapshots.
    """
    settings = options.read({"max_age": "0 seconds", **given})
    if settings.source is not None:
        raise Error(
            "what is saved must come from AWS", None, "Leave out the option source.", errcodes.FDW_INVALID_OPTION_NAME
        )
    _uri(settings)
    return settings._replace(cache=False)


def save(settings: Settings, is_cancelled: Callable[[], bool] = lambda: False) -> Iterator[Saved]:
    """Save the report of each account to the option snapshots, and yield what became of it, in the order of the scan.

    is_cancelled: is called many times a second, in the caller's thread.
    Raises CancelledError, and Error where the accounts cannot be listed, or without the option snapshots
    (FDW_INVALID_HANDLE).
    """
    yield from _Saving(settings, is_cancelled).all()


def one_line(error: Error) -> str:
    """Return an error in one line: message, detail and hint."""
    return " ".join(filter(None, (f"{error.message}.", error.detail, error.hint)))


class _Task(NamedTuple):
    """A report to save. number: of the account, in the order of the scan."""

    number: int
    result: Result[report.Report]
    account_id: str
    generated_time: datetime
    content: bytes


class _Done(NamedTuple):
    """What became of the report with this number."""

    number: int
    saved: Saved


class _Saving:
    """Two stages: a scan reads the reports, and threads of their own save those that are read."""

    def __init__(self, settings: Settings, is_cancelled: Callable[[], bool]) -> None:
        self._settings, self._is_cancelled = settings, is_cancelled
        uri = _uri(settings)
        calls_aws = is_bucket(uri)
        # the option timeout is for AWS: a disk may be slower
        limits = settings if calls_aws else settings._replace(timeout=math.inf)
        self._pool: AwsPool[_Task, _Done] = AwsPool(limits, self._work, _failed, calls_aws=calls_aws)
        self._place: Place = open_place(uri, self._pool.client)
        self._saved: dict[int, Saved] = {}  # by number, until all before it are yielded
        self._yielded = 0

    def all(self) -> Iterator[Saved]:
        """Yield what became of each report. Raises as save() does."""
        with self._pool:
            for number, result in enumerate(self._results()):
                self._begin(number, result)
                yield from self._in_order(wait=False)
            yield from self._in_order(wait=True)

    def _results(self) -> Iterator[Result[report.Report]]:
        """Yield the reports as they are read."""
        results = scan.read(REPORT, self._settings, None, (), self._is_cancelled)
        while True:
            try:
                with self._pool.away():  # waiting for AWS to give reports takes no time of those that are being saved
                    result = next(results, None)
            except Error as error:
                raise _for_user(error) from None
            if result is None:
                return
            yield result

    def _begin(self, number: int, result: Result[report.Report]) -> None:
        made, content, account_id = result.time, result.content, result.account_id
        if result.error is None and made is not None and content is not None and account_id is not None:
            self._pool.submit(_Task(number, result, account_id, made, content))
        else:
            self._saved[number] = _failure(result, result.error or Error("there is neither report nor error"))

    def _in_order(self, wait: bool) -> Iterator[Saved]:
        """Yield what is done and whose turn it is. wait: until all is done."""
        while True:
            while self._yielded in self._saved:
                saved = self._saved.pop(self._yielded)
                self._yielded += 1
                with self._pool.away():
                    yield saved
            done = self._pool.take(self._is_cancelled, wait=wait)
            if done is None:
                return
            self._saved[done.number] = done.saved

    def _work(self, task: _Task, deadline: Deadline) -> _Done:
        """Save a report, in a thread."""
        name, compressed = names.snapshot_name(task.account_id, task.generated_time), formats.compress(task.content)
        is_new = self._place.write(name, compressed, deadline)
        if not is_new:
            deadline.renew()
            existing = self._place.read_existing(name, compressed, deadline)
            if existing != compressed and not formats.holds(existing, task.content):
                raise _damaged(name, existing)
        state, uri = SAVED if is_new else UNCHANGED, self._place.uri(name)
        saved = Saved(task.account_id, task.result.name, state, task.generated_time, len(compressed), uri)
        return _Done(task.number, saved)


def _uri(settings: Settings) -> str:
    """Return where reports are saved. Raises Error (FDW_INVALID_HANDLE)."""
    if settings.snapshots is None:
        hint = "Name a folder, or s3://bucket/prefix, with --to or the option snapshots."
        raise Error("it is not said where to save the reports", hint=hint, sqlstate=errcodes.FDW_INVALID_HANDLE)
    return settings.snapshots


def _failed(task: _Task, error: Error) -> _Done:
    return _Done(task.number, _failure(task.result, error))


def _failure(result: Result[report.Report], error: Error) -> Saved:
    return Saved(result.account_id, result.name, FAILED, result.time, error=_for_user(error))


def _damaged(name: str, existing: bytes) -> Error:
    detail = f"{name} has {len(existing)} bytes, which are not the report that AWS gave; it is left as it is."
    hint = "Find out who changed it, and move it away: then the report is saved anew."
    return Error("the saved report is damaged, or another one", detail, hint, errcodes.DATA_CORRUPTED)


def _for_user(error: Error) -> Error:
    """Return an error with a hint for the user of the command: credentials of the server are not used here."""
    if error.code != _NO_CREDENTIALS:
        return error
    return Error(error.message, error.detail, _CREDENTIALS_HINT, error.sqlstate, error.code, error.state)
