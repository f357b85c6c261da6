"""What the threads of a scan do: list the accounts, and fetch the document of one. And what they find.

A task ends with an outcome, of which the backend's thread makes results.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Generic, NamedTuple, Optional

from iam_fdw import errcodes, partitions
from iam_fdw.errors import Error
from iam_fdw.live.copies import Copy
from iam_fdw.options import ORGANIZATION
from iam_fdw.result import Found, Result
from iam_fdw.tables.base import Account, Answer, Call
from iam_fdw.workers import Deadline, LateError

if TYPE_CHECKING:
    from iam_fdw.live.scan import Scan

# Seconds for the call that returns the account's id, where the document has none, or could not be read.
_IDENTITY_TIMEOUT = 5.0


class Target(NamedTuple):
    """An account to read. account_id: None for that of the credentials, which is not known yet."""

    account_id: Optional[str]
    account_name: Optional[str] = None

    @property
    def name(self) -> str:
        """What an error calls it."""
        return f"account {self.account_id}" if self.account_id else "the account"


class Outcome(ABC, Generic[Found]):
    """What a task finds."""

    @abstractmethod
    def results(self) -> Iterable[Result[Found]]:
        """Return results, in the backend's thread. Raises Error, which ends the scan."""


class Task(ABC, Generic[Found]):
    """Work for a thread of the pool."""

    @abstractmethod
    def run(self, deadline: Deadline) -> Optional[Outcome[Found]]:
        """Do it, in a thread, and return what is found after what was put. Raises Error."""

    @abstractmethod
    def failed(self, error: Error) -> Outcome[Found]:
        """Return the outcome of a task that ended with an error, or not in time."""


class List(Task[Found]):
    """The task to list the accounts of the organization."""

    def __init__(self, scan: Scan[Found]) -> None:
        self._scan = scan

    def run(self, deadline: Deadline) -> Optional[Outcome[Found]]:
        """Put each page of the list as it comes."""
        scan = self._scan
        with scan.one_at_a_time(ORGANIZATION, deadline):
            kept = scan.find_list()  # another backend has listed them meanwhile
            if kept is not None:
                return _Listed(scan, kept)
            found: list[tuple[str, Optional[str]]] = []
            for page in scan.pool.client().accounts(deadline):
                found += page
                scan.pool.put(_Listed(scan, [Target(*account) for account in page]), deadline)
            if not found:
                hint = "Check whose the credentials are."
                raise Error("AWS lists no account of the organization", None, hint, errcodes.NO_DATA)
            if scan.cache is not None:
                scan.cache.keep(ORGANIZATION, Copy(json.dumps(found).encode(), "", datetime.now(timezone.utc)))
        return None

    def failed(self, error: Error) -> Outcome[Found]:
        """Return the end of the scan."""
        return _NotListed(error)


class Fetch(Task[Found]):
    """The task to fetch the document of an account."""

    def __init__(self, scan: Scan[Found], target: Target) -> None:
        self._scan, self._target = scan, target

    def run(self, deadline: Deadline) -> Outcome[Found]:
        """Return the document, or AWS's error. Raises Error, also where AWS does not answer."""
        scan, target = self._scan, self._target
        with scan.one_at_a_time(scan.copy_name(target), deadline):
            started = time.monotonic()
            copy = scan.find_copy(target)
            if copy is not None:  # another backend has fetched it meanwhile
                return _Fetched(scan, target, copy, "cache", started)
            return self._fetched(deadline, started)

    def failed(self, error: Error) -> Outcome[Found]:
        """Return the account's error."""
        started = time.monotonic() - self._scan.settings.timeout
        return _Ended(self._scan.result(self._target, error, "aws", started))

    def _fetched(self, deadline: Deadline, started: float) -> Outcome[Found]:
        scan, target = self._scan, self._target
        document = scan.document
        answer: Optional[Answer] = None
        try:
            client = scan.pool.client()

            def partition() -> str:
                return partitions.of_region(client.region(deadline))

            def fetch(call: Call) -> Answer:
                return document.fetch(Account(call, scan.settings, deadline, partition))

            answer = client.account(target.account_id, deadline, fetch)
            with scan.parsing:
                parsed = document.parse(
                    answer.content, account_id=target.account_id, account_name=None, time=answer.time, columns=()
                )
            account_id = parsed.account_id or client.account_id(self._short(deadline))
            if account_id is None:
                hint = "Check that the server reaches AWS STS."
                raise Error("AWS does not name the account of the credentials", None, hint)
        except LateError:
            raise
        except Error as error:
            if answer is not None:  # the error shows what AWS sent as a document
                error = scan.pool.client().without_secrets(error)
            # AWS did answer: with a document that cannot be read, or with an error of its own
            if target.account_id is None and (answer is not None or error.code != error.sqlstate):
                target = target._replace(account_id=scan.pool.client().account_id(self._short(deadline)))
            return _Ended(scan.result(target, error, "aws", started, answer and answer.time))
        copy = Copy(answer.content, account_id, answer.time)
        if scan.cache is not None and datetime.now(timezone.utc) - answer.time <= scan.copy_age:
            scan.cache.keep(scan.copy_name(target), copy)
        return _Fetched(scan, target, copy, "aws", started)

    def _short(self, deadline: Deadline) -> Deadline:
        pool = self._scan.pool
        return Deadline(min(_IDENTITY_TIMEOUT, deadline.remaining()), pool.stop, pool.clock)


class _Listed(Outcome[Found]):
    """Some accounts of the organization."""

    def __init__(self, scan: Scan[Found], targets: list[Target]) -> None:
        self._scan, self._targets = scan, targets

    def results(self) -> Iterable[Result[Found]]:
        """Have the accounts read."""
        self._scan.add(self._targets)
        return ()


class _NotListed(Outcome[Found]):
    """The end of a scan whose accounts are not known."""

    def __init__(self, error: Error) -> None:
        self._error = error

    def results(self) -> Iterable[Result[Found]]:
        """Raise the error."""
        raise self._error


class _Fetched(Outcome[Found]):
    """A whole document. origin: aws, or cache where another backend fetched it meanwhile."""

    def __init__(self, scan: Scan[Found], target: Target, copy: Copy, origin: str, started: float) -> None:
        self._scan, self._target, self._copy, self._origin, self._started = scan, target, copy, origin, started

    def results(self) -> Iterable[Result[Found]]:
        """Return its rows, or why it cannot be read."""
        return (self._scan.parsed(self._target, self._copy, self._origin, self._started),)


class _Ended(Outcome[Found]):
    """An account without a document."""

    def __init__(self, result: Result[Found]) -> None:
        self._result = result

    def results(self) -> Iterable[Result[Found]]:
        """Return its error."""
        return (self._result,)
