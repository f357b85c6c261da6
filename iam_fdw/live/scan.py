"""A scan of live documents: which accounts to read, and of each a copy, or what AWS answers now.

A copy is read by the backend's thread. Whatever waits does so in the threads of the pool: the calls of AWS, and the
locks between backends. Nothing here knows what a document holds.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Callable, Generic, Optional, Union

from iam_fdw import text
from iam_fdw.errors import Error
from iam_fdw.live.cache import Cache, CacheKey
from iam_fdw.live.copies import Copy
from iam_fdw.live.pool import AwsPool
from iam_fdw.live.tasks import Fetch, List, Outcome, Target, Task
from iam_fdw.options import ORGANIZATION, SELF, Settings
from iam_fdw.result import Found, Result
from iam_fdw.tables.base import Document
from iam_fdw.workers import CancelledError, Deadline

# Accounts come and go at any time: a list of an organization's accounts is used again for so long.
_LIST_MAX_AGE = timedelta(hours=1)


def read(
    document: Document[Found],
    settings: Settings,
    account_ids: Optional[Container[str]],
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result[Found]]:
    """Yield what became of each account, as it comes.

    account_ids: those that are wanted, None for all. An account whose id is not known before is read.
    columns: those of a row, see Document.parse().

    Raises CancelledError when is_cancelled returns true, and Error where the accounts cannot be listed: no_data for an
    organization without accounts, else that of the call.
    """
    yield from Scan(document, settings, account_ids, columns, is_cancelled).results()


class Scan(Generic[Found]):
    """One scan: copies at once, the others as AWS answers, many at a time."""

    def __init__(
        self,
        document: Document[Found],
        settings: Settings,
        account_ids: Optional[Container[str]],
        columns: Sequence[Optional[str]],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self.document, self.settings = document, settings
        self._account_ids, self._columns, self._is_cancelled = account_ids, columns, is_cancelled
        self.cache: Optional[Cache] = None
        if settings.cache and settings.cache_dir is not None:
            self.cache = Cache(settings.cache_dir, CacheKey(settings))
        self.copy_age = document.copy_age(settings)
        self.pool: AwsPool[Task[Found], Outcome[Found]] = AwsPool(
            settings, lambda task, deadline: task.run(deadline), lambda task, error: task.failed(error)
        )
        self.parsing = threading.Lock()  # one at a time: it takes many times a report's size, and none is sooner done
        self._with_copy: deque[Target] = deque()
        self._seen: set[Optional[str]] = set()

    def results(self) -> Iterator[Result[Found]]:
        """Yield what became of each account. Raises CancelledError, and Error when the accounts cannot be listed."""
        try:
            with self.pool:
                self._begin()
                for result in self._results():
                    with self.pool.away():
                        yield result
        finally:
            if self.cache is not None:
                self.cache.release()

    def add(self, targets: Iterable[Target]) -> None:
        """Read these accounts: those without a copy, at first sight, are submitted to the pool at once."""
        youngest = time.time() - self.copy_age.total_seconds()
        for target in targets:
            if target.account_id is not None and (
                target.account_id in self.settings.exclude_accounts
                or target.account_id in self._seen
                or not self._is_wanted(target.account_id)
            ):
                continue
            self._seen.add(target.account_id)
            if target.account_name is not None:  # the account chose it
                target = target._replace(account_name=text.holdable(target.account_name))
            if self.cache is not None and self.cache.kept_at(self.copy_name(target)) >= youngest:
                self._with_copy.append(target)
            else:
                self.pool.submit(self.fetch(target))

    def fetch(self, target: Target) -> Task[Found]:
        """Return the task that reads an account."""
        return Fetch(self, target)

    def parsed(self, target: Target, copy: Copy, origin: str, started: float) -> Result[Found]:
        """Return the result of an account whose document there is."""
        target = target._replace(account_id=copy.account_id)
        try:
            self.document.check(copy.content)
            outcome: Union[Found, Error] = self.document.parse(
                copy.content,
                account_id=copy.account_id,
                account_name=target.account_name,
                time=copy.time,
                columns=self._columns,
            )
        except Error as error:
            outcome = error
        return self.result(target, outcome, origin, started, copy.time, copy.content)

    def result(
        self,
        target: Target,
        outcome: Union[Found, Error],
        origin: str,
        started: float,
        made: Optional[datetime] = None,
        content: Optional[bytes] = None,
    ) -> Result[Found]:
        """Return the result of an account. made: when AWS made its document, UTC. content: its bytes."""
        return Result(
            outcome,
            name=target.name,
            origin=origin,
            started=started,
            account_id=target.account_id,
            account_name=target.account_name,
            time=made,
            content=content,
        )

    def copy_name(self, target: Target) -> str:
        """Return what the cache calls the account's document."""
        return ".".join(filter(None, (target.account_id or SELF, self.document.key)))

    def find_copy(self, target: Target) -> Optional[Copy]:
        """Return the copy of the account's document, None without one that may be used."""
        return self.cache.find(self.copy_name(target), self.copy_age) if self.cache else None

    def find_list(self) -> Optional[list[Target]]:
        """Return the accounts of the organization from a copy of the list, None without one that may be used."""
        max_age = min(self.settings.max_age, _LIST_MAX_AGE)
        listed = self.cache.find(ORGANIZATION, max_age) if self.cache else None
        return [Target(*account) for account in json.loads(listed.content)] if listed else None

    def one_at_a_time(self, name: str, deadline: Deadline) -> AbstractContextManager[None]:
        """Return the lock of a copy between backends."""
        return self.cache.one_at_a_time(name, deadline) if self.cache else nullcontext()

    def _begin(self) -> None:
        """Add the accounts that are known, or have them listed."""
        accounts = self.settings.accounts
        if accounts == (SELF,):
            self.add([Target(self.settings.role_account_id)])
        elif accounts != (ORGANIZATION,):
            self.add(Target(account_id) for account_id in accounts)
        else:
            listed = self.find_list()
            if listed is not None:
                self.add(listed)
            else:
                self.pool.submit(List(self))

    def _results(self) -> Iterator[Result[Found]]:
        while True:
            if self._with_copy:
                if self._look():
                    raise CancelledError
                yield from self._of_copy(self._with_copy.popleft())
                continue
            outcome = self.pool.take(self._look)
            if outcome is None:
                return
            yield from outcome.results()

    def _look(self) -> bool:
        if self.cache is not None:
            self.cache.beat()
        return self._is_cancelled()

    def _is_wanted(self, account_id: str) -> bool:
        return self._account_ids is None or account_id in self._account_ids

    def _of_copy(self, target: Target) -> Iterable[Result[Found]]:
        """Return the result of a copy, when the account is wanted. Without a copy that can be used AWS is called."""
        started = time.monotonic()
        copy = self.find_copy(target)
        if copy is not None:
            if not self._is_wanted(copy.account_id):
                return ()
            result = self.parsed(target, copy, "cache", started)
            if result.error is None:  # no release keeps what it cannot read, but another may have
                return (result,)
        self.pool.submit(self.fetch(target))
        return ()
