"""Reading and listing snapshots, of many accounts at once."""

from __future__ import annotations

import time
from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timezone
from functools import partial
from typing import Callable, NamedTuple, Optional, Union

from iam_fdw import errcodes, text
from iam_fdw.errors import Error
from iam_fdw.live.pool import AwsPool
from iam_fdw.options import Settings
from iam_fdw.result import Result
from iam_fdw.saved import formats, names
from iam_fdw.saved.names import Choice, Period, Snapshot
from iam_fdw.saved.place import Place, is_bucket, open_place
from iam_fdw.tables import report
from iam_fdw.tables.report import Report
from iam_fdw.workers import Deadline

_DISK_THREADS = 2  # more would not make a disk faster
# The newest snapshot is looked for in this many days, and only where there is none in more of them.
_RECENT_DAYS = (9, 90, 36500)
# A snapshot of the future is an error: it must be found, too.
_DAYS_AHEAD = 2


def snapshots(
    settings: Settings,
    uri: str,
    choice: Choice,
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[Report]]:
    """Yield the reports of the snapshots that are wanted, in no order, and those that could not be read.

    columns: what a row of a report holds, see report.parse().
    Raises CancelledError, and Error where the accounts, or the snapshots of one, cannot be listed: conditions on the
    time would hide a row with that error.
    """
    scan = _Scan(settings, uri, choice.account_ids, is_cancelled, partial(_read_later, choice.period))
    with closing(scan.steps()) as steps:
        for step in steps:
            if step.error is not None and not step.snapshots:
                raise step.error
            yield _result(scan.place, step, columns)


def newest_snapshots(
    settings: Settings,
    uri: str,
    account_ids: Optional[Container[str]],
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[Report]]:
    """Yield the report of the newest snapshot of each account, in no order, or why it could not be read.

    account_ids: those that are wanted, None for all. columns: what a row of a report holds, see report.parse().
    Raises CancelledError, and Error where the accounts cannot be listed.
    """
    scan = _Scan(settings, uri, account_ids, is_cancelled, _read_newest)
    with closing(scan.steps()) as steps:
        for step in steps:
            yield _result(scan.place, step, columns)


def snapshot_list(
    settings: Settings, uri: str, choice: Choice, is_cancelled: Callable[[], bool]
) -> Iterator[tuple[Snapshot, str]]:
    """Yield the snapshots that are wanted, in no order, each with its URI; none is read.

    Raises CancelledError, and Error where the accounts, or the snapshots of one, cannot be listed.
    """
    scan = _Scan(settings, uri, choice.account_ids, is_cancelled, partial(_list, choice.period))
    with closing(scan.steps()) as steps:
        for step in steps:
            if step.error is not None:
                raise step.error
            for snapshot in step.snapshots:
                yield snapshot, scan.place.uri(snapshot.name)


def newest_times(
    settings: Settings, uri: str, account_ids: Optional[Container[str]], is_cancelled: Callable[[], bool]
) -> dict[str, Union[datetime, Error]]:
    """Return when AWS made the newest snapshot of each account that has one, UTC, or why that is not known.

    account_ids: those that are wanted, None for all. A damaged snapshot is an error.
    Raises CancelledError, and Error where the accounts cannot be listed.
    """
    found: dict[str, Union[datetime, Error]] = {}
    with closing(_Scan(settings, uri, account_ids, is_cancelled, _check_newest).steps()) as steps:
        for step in steps:
            found[step.account_id] = step.error or step.snapshots[0].generated_time
    return found


class _Task(NamedTuple):
    """What a thread has to do: list the accounts; where one is given, its snapshots; where one is given, read it."""

    account_id: str = ""
    snapshot: Optional[Snapshot] = None


class _Step(NamedTuple):
    """What a task has brought.

    tasks: what is to be done next; the rest is then empty. snapshots: of the account; the one that was to be read.
    content: its bytes. error: why there are none of both. started: of time.monotonic().
    """

    account_id: str
    started: float
    tasks: Sequence[_Task] = ()
    snapshots: Sequence[Snapshot] = ()
    content: Optional[bytes] = None
    error: Optional[Error] = None


class _Scan:
    """A scan of a place: what is wanted of each account, many at a time. Whatever waits does so in threads.

    of_account: runs in a thread, for each account.
    """

    def __init__(
        self,
        settings: Settings,
        uri: str,
        account_ids: Optional[Container[str]],
        is_cancelled: Callable[[], bool],
        of_account: Callable[[Place, _Step, Deadline], _Step],
    ) -> None:
        self._account_ids, self._is_cancelled, self._of_account = account_ids, is_cancelled, of_account
        calls_aws = is_bucket(uri)
        size = None if calls_aws else _DISK_THREADS
        self._pool: AwsPool[_Task, _Step] = AwsPool(settings, self._work, self._failed, size=size, calls_aws=calls_aws)
        self.place = open_place(uri, self._pool.client)

    def steps(self) -> Generator[_Step, None, None]:
        """Yield what is found. Raises CancelledError, and Error when the accounts cannot be listed."""
        with self._pool:
            self._pool.submit(_Task())
            while True:
                step = self._pool.take(self._is_cancelled)
                if step is None:
                    return
                if not step.account_id and step.error is not None:
                    raise step.error
                for task in step.tasks:
                    self._pool.submit(task)
                if step.snapshots or step.error is not None:
                    with self._pool.away():
                        yield step

    def _failed(self, task: _Task, error: Error) -> _Step:
        snapshots = (task.snapshot,) if task.snapshot is not None else ()
        return _Step(task.account_id, time.monotonic(), snapshots=snapshots, error=error)

    def _work(self, task: _Task, deadline: Deadline) -> _Step:
        step = _Step(task.account_id, time.monotonic())
        if task.snapshot is not None:
            return step._replace(snapshots=(task.snapshot,), content=self.place.read(task.snapshot.name, deadline))
        if task.account_id:
            return self._of_account(self.place, step, deadline)
        account_ids = filter(None, map(names.account_of, self.place.folders(deadline)))
        return step._replace(tasks=[_Task(account_id) for account_id in account_ids if self._is_wanted(account_id)])

    def _is_wanted(self, account_id: str) -> bool:
        return self._account_ids is None or account_id in self._account_ids


# What a scan does with an account.


def _list(period: Period, place: Place, step: _Step, deadline: Deadline) -> _Step:
    return step._replace(snapshots=_in_period(place, step.account_id, period, deadline))


def _read_later(period: Period, place: Place, step: _Step, deadline: Deadline) -> _Step:
    found = _in_period(place, step.account_id, period, deadline)
    return step._replace(tasks=[_Task(step.account_id, snapshot) for snapshot in found])


def _read_newest(place: Place, step: _Step, deadline: Deadline) -> _Step:
    newest = _newest(place, step.account_id, deadline)
    if newest is None:
        hint = "Remove its folder, or save its report anew."
        sqlstate = errcodes.OBJECT_NOT_IN_PREREQUISITE_STATE
        raise Error("there is no saved report", None, hint, sqlstate, state="missing")
    return step._replace(snapshots=(newest,), content=place.read(newest.name, deadline))


def _check_newest(place: Place, step: _Step, deadline: Deadline) -> _Step:
    newest = _newest(place, step.account_id, deadline)
    if newest is None:
        return step
    if newest.generated_time <= datetime.now(timezone.utc):  # a time to come is shown as such
        formats.decompress(place.read(newest.name, deadline))  # a name alone is no saved report
    return step._replace(snapshots=(newest,))


def _in_period(place: Place, account_id: str, period: Period, deadline: Deadline) -> list[Snapshot]:
    found = _between(place, account_id, *period.days(), deadline)
    return [snapshot for snapshot in found if period.includes(snapshot.generated_time)]


def _newest(place: Place, account_id: str, deadline: Deadline) -> Optional[Snapshot]:
    """Return the newest snapshot of an account, None without any. Older days are listed only where they are needed."""
    now = datetime.now(timezone.utc)
    for days in _RECENT_DAYS:
        first = names.days_before(now, days - _DAYS_AHEAD)
        found = _between(place, account_id, first, names.AFTER_ALL_DAYS, deadline)
        if found:
            return max(found, key=lambda one: one.generated_time)
    return None


def _between(place: Place, account_id: str, first: str, last: str, deadline: Deadline) -> list[Snapshot]:
    """Return the snapshots of an account in the folders of some days."""
    listed = place.names(names.account_folder(account_id), first, last, deadline)
    parsed = map(names.parse, dict.fromkeys(listed))  # S3 may list a key twice
    return [snapshot for snapshot in parsed if snapshot is not None]


def _result(place: Place, step: _Step, columns: Sequence[Optional[str]]) -> Result[Report]:
    """Return what became of a snapshot, or of an account whose snapshots could not be found."""
    snapshot = step.snapshots[0] if step.snapshots else None
    name = f"file {snapshot.name}" if snapshot else f"account {step.account_id}"
    made = snapshot.generated_time if snapshot else None
    uri = place.uri(snapshot.name) if snapshot else None
    outcome: Union[Report, Error] = step.error or Error("there is neither report nor error")
    try:
        if step.content is not None:
            content = formats.decompress(step.content)
            text.check(content)
            outcome = report.parse(
                content,
                account_id=step.account_id,
                account_name=None,
                generated_time=formats.refuse_future(made),
                columns=columns,
                snapshot_uri=uri,
            )
    except Error as error:
        outcome = error
    return Result(
        outcome,
        name=name,
        origin=place.origin,
        started=step.started,
        account_id=step.account_id,
        time=made,
        snapshot_uri=uri,
    )
