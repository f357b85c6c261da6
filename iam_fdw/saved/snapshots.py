"""Saved reports: which there are, and what each holds. A file, a folder, or a prefix of an S3 bucket.

What iam-fdw snapshot saves is at account_id=111122223333/date=2026-11-23/20261123T080000Z.csv.gz, so that names tell
whose report it is, and when AWS made it, and conditions on both choose what is read. On S3 nothing else is looked at.
Elsewhere a saved report is also the CSV itself (.csv), the same compressed (.csv.gz), or the answer of the AWS command
line (.json: `aws iam get-credential-report`), which tells when AWS made the report.
"""

from __future__ import annotations

import base64
import gc
import gzip
import json
import re
import threading
import time
import zlib
from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional, Union

from iam_fdw import errcodes, text
from iam_fdw.errors import Error
from iam_fdw.options import Settings
from iam_fdw.result import Result
from iam_fdw.saved.folder import Folder, shown, unreadable
from iam_fdw.tables import report
from iam_fdw.tables.report import MAX_BYTES
from iam_fdw.workers import CancelledError, Deadline, WorkerPool

if TYPE_CHECKING:
    from iam_fdw.live.client import Aws
    from iam_fdw.live.connections import Sockets
    from iam_fdw.saved.bucket import Bucket

SUFFIXES = (".csv", ".csv.gz", ".json")
S3 = "s3://"

_TIME_IN_NAME = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})T([0-9]{2}):?([0-9]{2}):?([0-9]{2})(?:\+00:?00|Z)")
_ACCOUNT = re.compile("account_id=([0-9]{12})")
_NAME = re.compile(rf"{_ACCOUNT.pattern}/date=([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})/(\2\3\4T[0-9]{{6}}Z)\.csv\.gz")
_FIRST, _LAST = "date=", "date=~"  # before and after all dates
_MOST_COMMAS = 10  # there are two
_FORMATS = "Save it as the AWS command line gives it, or its Content alone, decoded from base64."


class Snapshot(NamedTuple):
    """A saved report.

    generated_time: when AWS made it, UTC: from a .json as AWS told it, else from a time in the file's name such as
    2026-11-23T08:00:00Z, else None. When the file was written does not tell: a copy has a time of its own.
    """

    content: bytes
    generated_time: Optional[datetime]


class Listed(NamedTuple):
    """A snapshot as its name tells. generated_time: UTC."""

    account_id: str
    generated_time: datetime
    name: str


class Period(NamedTuple):
    """From when to when, UTC, both included; None: without end."""

    first: Optional[datetime] = None
    last: Optional[datetime] = None

    def dates(self) -> tuple[str, str]:
        """Return the names of the folders of its first and last day."""
        return (
            f"date={self.first:%Y-%m-%d}" if self.first else _FIRST,
            f"date={self.last:%Y-%m-%d}" if self.last else _LAST,
        )

    def has(self, moment: datetime) -> bool:
        """Whether a moment is in it. Names tell no fractions of a second."""
        return (self.first is None or self.first.replace(microsecond=0) <= moment) and (
            self.last is None or moment <= self.last
        )


class Choice(NamedTuple):
    """Which snapshots are wanted. account_ids: None for all. newest: of each account the newest alone."""

    account_ids: Optional[Container[str]] = None
    period: Period = Period()
    newest: bool = False


def named(account_id: str, generated_time: datetime) -> str:
    """Return the name of a snapshot."""
    made = generated_time.astimezone(timezone.utc)
    return f"account_id={account_id}/date={made:%Y-%m-%d}/{made:%Y%m%dT%H%M%SZ}.csv.gz"


def compressed(content: bytes) -> bytes:
    """Return what is saved of a report: the same each time, with a checksum."""
    return gzip.compress(content, mtime=0)


def newest(
    settings: Settings,
    account_ids: Optional[Container[str]],
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[report.Report]]:
    """Yield the newest report of each account in the option source, and what could not be read.

    account_ids: those that are wanted, None for all. columns: what a row of a report holds, see report.parse().
    Raises Error when the source cannot be opened, or has no report, and CancelledError.
    """
    source = settings.source or ""
    choice = Choice(account_ids, newest=True)
    if source.startswith(S3):
        found = False
        for one in snapshots(settings, source, choice, columns, is_cancelled):
            found = True
            yield one
        if not found and account_ids is None:
            raise _nothing()
        return
    accounts = frozenset(
        name for name in (Folder(source).folders() if Path(source).is_dir() else ()) if _ACCOUNT.fullmatch(name)
    )
    names = find(source, accounts)
    if names == [""]:
        yield _reading(source, "", columns)
        return
    if accounts:
        yield from snapshots(settings, source, choice, columns, is_cancelled)
    yield from _newest_by_content(source, names, account_ids, columns, is_cancelled)


def snapshots(
    settings: Settings,
    uri: str,
    choice: Choice,
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[report.Report]]:
    """Yield the snapshots that are chosen, in no order, and what could not be read. Raises Error and CancelledError."""
    scan = _Scan(settings, uri, choice, is_cancelled, reads=True)
    try:
        for one, content, started in scan.results():
            result: Union[report.Report, Error] = Error("there is neither report nor error")
            if isinstance(content, Error):
                result = content
            if isinstance(content, Error) and not one.name and not choice.newest:
                raise content  # the account as a whole: conditions on the time would hide its row
            made = one.generated_time if one.name else None
            saved_at = scan.place.uri(one.name) if one.name else None
            try:
                if isinstance(content, bytes):
                    content = _decompressed(content)
                    text.check(content)
                    result = report.parse(
                        content,
                        account_id=one.account_id,
                        account_name=None,
                        generated_time=_of_the_past(made),
                        columns=columns,
                        snapshot_uri=saved_at,
                    )
            except Error as error:
                result = error
            called = f"file {one.name}" if one.name else f"account {one.account_id}"
            yield Result(
                result,
                name=called,
                origin=scan.place.origin,
                started=started,
                account_id=one.account_id,
                time=made,
                snapshot_uri=saved_at,
            )
    finally:
        scan.close()


def listed(
    settings: Settings, uri: str, choice: Choice, is_cancelled: Callable[[], bool]
) -> Iterator[tuple[Listed, Union[str, Error]]]:
    """Yield the snapshots that are chosen, with their URI, as the names tell, and accounts with why they are not known.

    Raises Error when the accounts cannot be listed, and CancelledError.
    """
    scan = _Scan(settings, uri, choice, is_cancelled, reads=False)
    try:
        for found, error, _ in scan.results():
            if not isinstance(error, Error):
                yield found, scan.place.uri(found.name)
            elif error.state != "missing":
                yield found, error
    finally:
        scan.close()


def place(uri: str, connected: Callable[[], Aws]) -> Union[Folder, Bucket]:
    """Return the folder or the bucket of a URI. connected: is called for a bucket."""
    if not uri.startswith(S3):
        return Folder(uri)
    try:
        from iam_fdw.saved.bucket import Bucket  # not before it is needed: boto3 takes its time
    except ImportError as error:
        hint = "Install boto3 into the environment of the Python that the server runs."
        raise Error("could not import boto3", f"{error}.", hint, errcodes.UNDEFINED_FILE) from None
    return Bucket(connected(), uri)


def find(source: str, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """Return the names of the saved reports, below the source, in order: of a file its own.

    Hidden files and folders are not looked at, nor the folders that are left out. Raises Error when there are none.
    """
    folder = Folder(source)
    try:
        if not Path(source).is_dir():
            Path(source).stat()
            return [""]
        # a link to a folder is no file, and so an error: its accounts must not be missing without a word
        names = sorted(
            name
            for name in folder.all_names(leave_out)
            if name.lower().endswith(SUFFIXES) or Path(source, name).is_dir()
        )
    except OSError as error:
        raise unreadable("the source", error) from None
    if not names and not leave_out:
        raise _nothing()
    return names


def read(source: str, name: str) -> Snapshot:
    """Return the saved report of a name that find() gave. Raises Error, which names the file but not its folder."""
    content, last = Folder(source).read(name), Path(source, name).name
    suffix = next((suffix for suffix in SUFFIXES if last.lower().endswith(suffix)), "")
    if suffix == ".json":
        return _of_json(content)
    if suffix == ".csv.gz" or content.startswith(b"\x1f\x8b"):
        content = _decompressed(content)
    return Snapshot(content, _of_the_past(_time(last)))


class _Task(NamedTuple):
    """To list the accounts (neither is given), the snapshots of one, or to read one."""

    account_id: Optional[str] = None
    listed: Optional[Listed] = None


_Content = Union[bytes, Error, None]
_Result = tuple[Listed, _Content, float]  # and when it was begun
_ALL = _Task()


class _Scan:
    """One scan of a place. Whatever waits does so in the threads of the pool."""

    def __init__(
        self, settings: Settings, uri: str, choice: Choice, is_cancelled: Callable[[], bool], reads: bool
    ) -> None:
        self._settings, self._uri, self._choice, self._reads = settings, uri, choice, reads
        self._is_cancelled = is_cancelled
        # who reads a disk gains nothing from many threads
        size = settings.concurrency if uri.startswith(S3) else 2
        self._pool: WorkerPool[_Task, Union[list[_Task], _Result]] = WorkerPool(
            self._work, self._failed, size, settings.timeout
        )
        self._sockets: Optional[Sockets] = None
        self._aws: Optional[Aws] = None
        self._lock = threading.Lock()
        self.place = place(uri, self._connected)

    def results(self) -> Iterator[_Result]:
        """Yield what is found. Raises CancelledError, and Error when the accounts cannot be listed."""
        self._pool.submit(_ALL)
        while True:
            result: Any = self._pool.take(self._is_cancelled)
            if result is None:
                return
            if isinstance(result, Error):
                raise result
            if isinstance(result, list):
                for task in result:
                    if task.listed is None or self._reads:
                        self._pool.submit(task)
                    else:
                        yield task.listed, None, 0.0
                continue
            self._pool.leave()
            yield result
            self._pool.come_back()

    def close(self) -> None:
        """End what is still under way."""
        is_left_early = self._pool.close()
        if self._sockets is not None:
            self._sockets.break_all()
        self._pool.join()
        if self._aws is not None:
            self._aws.close()
        if is_left_early:
            gc.collect()  # the errors of broken calls hold their connections in circles

    def _connected(self) -> Aws:
        from iam_fdw.live.client import Aws as Made
        from iam_fdw.live.connections import Sockets as Watched

        self._aws, self._sockets = Made(self._settings), Watched(self._pool.stop)
        return self._aws

    def _failed(self, task: _Task, error: Error) -> Any:
        if task.account_id is None:
            return error
        nothing = Listed(task.account_id, datetime.now(timezone.utc), "")
        return task.listed or nothing, error, time.monotonic()

    # What follows runs in the threads of the pool.

    def _work(self, task: _Task, deadline: Deadline) -> Union[list[_Task], _Result, None]:
        if self._sockets is None:
            return self._done(task, deadline)
        with self._sockets.watch():
            return self._done(task, deadline)

    def _done(self, task: _Task, deadline: Deadline) -> Union[list[_Task], _Result]:
        started = time.monotonic()
        if task.listed is not None:
            return task.listed, self.place.read(task.listed.name, deadline), started
        choice = self._choice
        if task.account_id is None:
            matches = map(_ACCOUNT.fullmatch, self.place.folders(deadline))
            account_ids = [match[1] for match in matches if match]
            return [_Task(one) for one in account_ids if choice.account_ids is None or one in choice.account_ids]
        under = f"account_id={task.account_id}"
        if not choice.newest:
            return [_Task(task.account_id, one) for one in self._listed(under, *choice.period.dates(), deadline)]
        found = self._newest(under, deadline)
        if found is None:
            hint = "Remove its folder, or save its report anew."
            error = Error(
                "there is no saved report", None, hint, errcodes.OBJECT_NOT_IN_PREREQUISITE_STATE, state="missing"
            )
            return Listed(task.account_id, datetime.now(timezone.utc), ""), error, started
        if not self._reads:
            if found.generated_time <= datetime.now(timezone.utc):  # what is to come is told as such
                _decompressed(self.place.read(found.name, deadline))  # a name alone is no saved report
            return [_Task(task.account_id, found)]
        return found, self.place.read(found.name, deadline), started

    def _listed(self, under: str, first: str, last: str, deadline: Deadline) -> list[Listed]:
        found = []
        for name in dict.fromkeys(self.place.names(under, first, last, deadline)):  # S3 may list a key twice
            one = _of_name(name)
            if one is not None and self._choice.period.has(one.generated_time):
                found.append(one)
        return found

    def _newest(self, under: str, deadline: Deadline) -> Optional[Listed]:
        """Return the newest snapshot of an account: of its last days, without looking at all the others."""
        day = datetime.now(timezone.utc) + timedelta(days=2)  # what is of the future is an error, and not passed over
        for days in (9, 90, 36500):
            first = day - timedelta(days=days)
            found = self._listed(under, f"date={first:%Y-%m-%d}", _LAST, deadline)
            if found:
                return max(found, key=lambda one: one.generated_time)
        return None


def _newest_by_content(
    source: str,
    names: Sequence[str],
    account_ids: Optional[Container[str]],
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[report.Report]]:
    """Yield the newest report of each account among files whose account only their content tells."""
    found: dict[str, list[tuple[Optional[datetime], str]]] = {}
    for name in names:
        if is_cancelled():
            raise CancelledError
        first = _reading(source, name, ())
        if first.parsed is None:
            yield first
        elif account_ids is None or first.parsed.account_id in account_ids:
            found.setdefault(first.parsed.account_id, []).append((first.time, name))
    for account_id, files in sorted(found.items()):
        times = [made for made, _ in files if made is not None]
        if len(files) > 1 and len(times) < len(files):
            detail = f"They are: {', '.join(sorted(shown(name) for _, name in files))}."
            hint = "Keep one, or put the time of each into its name, such as 2026-11-23T08:00:00Z.csv."
            error = Error("which saved report is the newest is not known", detail, hint, errcodes.DATA_EXCEPTION)
            name, started = f"account {account_id}", time.monotonic()
            yield Result(error, name=name, origin="file", started=started, account_id=account_id)
        else:
            yield _reading(source, max(files)[1] if times else files[0][1], columns, account_id)


def _reading(
    source: str, name: str, columns: Sequence[Optional[str]], account_id: Optional[str] = None
) -> Result[report.Report]:
    started, made = time.monotonic(), None
    try:
        content, made = read(source, name)
        text.check(content)
        result: Union[report.Report, Error] = report.parse(
            content, account_id=account_id, account_name=None, generated_time=made, columns=columns
        )
    except Error as error:
        result = error
    if isinstance(result, report.Report):
        account_id = result.account_id
    called = f"file {shown(name or Path(source).name)}"
    return Result(result, name=called, origin="file", started=started, account_id=account_id, time=made)


def _nothing() -> Error:
    hint = f"Save reports there, as {', '.join(SUFFIXES)}, or change the option source."
    return Error("there is no saved credential report in the source", hint=hint, sqlstate=errcodes.UNDEFINED_FILE)


def _of_name(name: str) -> Optional[Listed]:
    """Return what the name of a snapshot tells, None for any other."""
    match = _NAME.fullmatch(name)
    try:
        made = datetime.strptime(match[5], "%Y%m%dT%H%M%SZ") if match else None
    except ValueError:  # the 30th of February
        made = None
    return Listed(match[1], made.replace(tzinfo=timezone.utc), name) if match and made else None


def _time(name: str) -> Optional[datetime]:
    match = _TIME_IN_NAME.search(name)
    if match is None:
        return None
    try:
        return datetime.fromisoformat("{}-{}-{}T{}:{}:{}+00:00".format(*match.groups()))
    except ValueError:
        raise Error("the name of the saved report holds no existing time", hint="Rename the file.") from None


def _of_the_past(made: Optional[datetime]) -> Optional[datetime]:
    """Refuse a time that would be the newest, and fresh, for ever; a clock may be a day off."""
    if made is not None and made - datetime.now(timezone.utc) > timedelta(days=1):
        detail = f"It is said to be of {made.isoformat()}."
        raise Error(
            "the saved report is of the future", detail, "Correct its time, or the clock.", errcodes.DATA_EXCEPTION
        )
    return made


def _of_json(content: bytes) -> Snapshot:
    try:
        # nothing within, nothing else: what would take time or memory is no such answer
        if content.count(b"{") != 1 or b"[" in content or content.count(b",") > _MOST_COMMAS:
            raise ValueError("not the answer's form")
        answer = json.loads(content, parse_int=str, parse_float=str)
        content = base64.b64decode(answer["Content"], validate=True)
        made = datetime.fromisoformat(str(answer["GeneratedTime"]).replace("Z", "+00:00"))
        if made.tzinfo is None:
            raise ValueError("a time without a zone")
        made = made.astimezone(timezone.utc)
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Error(
            "the saved report is no answer of GetCredentialReport",
            hint=_FORMATS,
            sqlstate=errcodes.BAD_COPY_FILE_FORMAT,
        ) from None
    return Snapshot(content, _of_the_past(made))


def _decompressed(content: bytes) -> bytes:
    decompressor = zlib.decompressobj(wbits=31)  # gzip
    try:
        decompressed = decompressor.decompress(content, MAX_BYTES + 1)
    except zlib.error:
        decompressed = b""
    if len(decompressed) <= MAX_BYTES and (not decompressor.eof or decompressor.unused_data):
        raise Error(
            "the saved report is damaged or cut off",
            "It is not one whole gzip file.",
            _FORMATS,
            errcodes.BAD_COPY_FILE_FORMAT,
        )
    return decompressed
