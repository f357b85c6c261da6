"""Saving the report of each account, as AWS gave it, to a folder or a bucket."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Callable, NamedTuple, Optional

from iam_fdw import errcodes, options
from iam_fdw.errors import Error
from iam_fdw.live.scan import Scan
from iam_fdw.live.tasks import Fetch, Outcome, Target, Task
from iam_fdw.options import Settings
from iam_fdw.result import Result
from iam_fdw.saved import formats, names
from iam_fdw.saved.place import is_bucket, open_place
from iam_fdw.tables import credential_report
from iam_fdw.tables.report import Report
from iam_fdw.workers import Deadline, LateError

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
    return settings


def save(settings: Settings, is_cancelled: Callable[[], bool] = lambda: False) -> Iterator[Saved]:
    """Save the report of each account to the option snapshots, and yield what became of it, in no order.

    is_cancelled: is called many times a second, in the caller's thread.
    Raises CancelledError, and Error where the accounts cannot be listed, or without the option snapshots
    (FDW_INVALID_HANDLE).
    """
    yield from _Saving(settings, is_cancelled).all()


def one_line(error: Error) -> str:
    """Return an error in one line: message, detail and hint."""
    return " ".join(filter(None, (f"{error.message}.", error.detail, error.hint)))


class _Saving(Scan[Report]):
    """A scan whose threads save each report that they fetch."""

    def __init__(self, settings: Settings, is_cancelled: Callable[[], bool]) -> None:
        # without copies: what is saved is what AWS answers now
        super().__init__(credential_report.REPORT, settings._replace(cache=False), None, (), is_cancelled)
        uri = _uri(settings)
        self._is_bucket = is_bucket(uri)
        self._place = open_place(uri, self.pool.client)
        self.saved: deque[Saved] = deque()  # one for each result that the scan yields, in their order

    def all(self) -> Iterator[Saved]:
        """Yield what became of each report. Raises as save() does."""
        try:
            for _ in self.results():
                yield self.saved.popleft()
        except Error as error:
            raise _for_user(error) from None

    def fetch(self, target: Target) -> Task[Report]:
        """Return the task that fetches a report and saves it."""
        return _FetchAndSave(self, target)

    def save(self, result: Result[Report], deadline: Deadline) -> Saved:
        """Save a report, in a thread. Raises Error, that of the result where it has no report."""
        account_id, made, content = result.account_id, result.time, result.content
        if result.error is not None or account_id is None or made is None or content is None:
            raise result.error or Error("there is neither report nor error")
        if self._is_bucket:
            deadline.renew()
        else:
            deadline.lift()  # the option timeout is for AWS: a disk may be slower
        name, compressed = names.snapshot_name(account_id, made), formats.compress(content)
        is_new = self._place.write(name, compressed, deadline)
        if not is_new:
            deadline.renew()
            existing = self._place.read_existing(name, compressed, deadline)
            if existing != compressed and not formats.holds(existing, content):
                raise _damaged(name, existing)
        state = SAVED if is_new else UNCHANGED
        return Saved(account_id, result.name, state, made, len(compressed), self._place.uri(name))


class _FetchAndSave(Fetch[Report]):
    """The task to fetch the report of an account, and to save it."""

    def __init__(self, saving: _Saving, target: Target) -> None:
        super().__init__(saving, target)
        self._saving = saving
        self._result: Optional[Result[Report]] = None

    def run(self, deadline: Deadline) -> Outcome[Report]:
        """Return what became of the report. Raises LateError when AWS does not answer."""
        outcome = super().run(deadline)
        with self._saving.parsing:
            (self._result,) = outcome.results()
        try:
            return _Done(self._saving, self._result, self._saving.save(self._result, deadline))
        except LateError:  # the pool ends a scan of which all calls are late
            raise
        except Error as error:
            return _Done(self._saving, self._result, _failure(self._result, error))

    def failed(self, error: Error) -> Outcome[Report]:
        """Return the error of the account."""
        result = self._result
        if result is None:
            (result,) = super().failed(error).results()
        return _Done(self._saving, result, _failure(result, error))


class _Done(Outcome[Report]):
    """What became of a report."""

    def __init__(self, saving: _Saving, result: Result[Report], saved: Saved) -> None:
        self._saving, self._result, self._saved = saving, result, saved

    def results(self) -> Iterable[Result[Report]]:
        """Return the result of the scan, and add what became of it to those of the caller."""
        self._saving.saved.append(self._saved)
        return (self._result,)


def _uri(settings: Settings) -> str:
    """Return where reports are saved. Raises Error (FDW_INVALID_HANDLE)."""
    if settings.snapshots is None:
        hint = "Name a folder, or s3://bucket/prefix, with --to or the option snapshots."
        raise Error("it is not said where to save the reports", hint=hint, sqlstate=errcodes.FDW_INVALID_HANDLE)
    return settings.snapshots


def _failure(result: Result[Report], error: Error) -> Saved:
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
