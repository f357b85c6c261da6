"""Which accounts to read, and each account's report: the kept copy, what AWS answers now, or a saved one."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, Union

from iam_fdw import errcodes, text
from iam_fdw.errors import Error
from iam_fdw.live.cache import Cache, CacheKey, Copy
from iam_fdw.live.pool import AwsPool
from iam_fdw.options import ORGANIZATION, SELF, Settings
from iam_fdw.result import Result, reading
from iam_fdw.tables import report
from iam_fdw.workers import CancelledError, Deadline, LateError

# AWS makes at most one report in this time: a younger copy is what it would answer.
_NO_NEWS = timedelta(hours=4)
# Accounts come and go at any time: the list of an organization's accounts is asked for as often as this.
_LIST_MAX_AGE = timedelta(hours=1)
# How long, in seconds, AWS is asked for the account's id when its report could not be read.
_IDENTITY_TIMEOUT = 5.0


def read(
    settings: Settings,
    account_ids: Optional[Container[str]],
    columns: Sequence[Optional[str]],
    is_cancelled: Callable[[], bool],
) -> Iterator[Result]:
    """Yield what became of each account, as they come.

    account_ids: those that are wanted, None for all. An account whose id is not known before is read.
    columns: what a row of a report holds, see report.parse().

    Raises CancelledError when is_cancelled says so, and Error where not even the accounts can be found.
    """
    if settings.source is not None:
        from iam_fdw.saved import files  # not where it is not needed: a new connection waits for each module

        yield from files.newest(settings, account_ids, columns, is_cancelled)
        return
    yield from _Scan(settings, account_ids, columns, is_cancelled).readings()


class _Target(NamedTuple):
    """An account to read. account_id: None for that of the credentials, which is not known yet."""

    account_id: Optional[str]
    account_name: Optional[str] = None

    @property
    def name(self) -> str:
        return f"account {self.account_id}" if self.account_id else "the account"


class _Listed(NamedTuple):
    """Some accounts of the organization."""

    targets: list[_Target]


class _Answer(NamedTuple):
    """A whole report. origin: aws, or cache where another backend fetched it meanwhile."""

    target: _Target
    copy: Copy
    origin: str
    started: float


_LIST = _Target(ORGANIZATION)  # the task to list the accounts


class _Scan:
    """One scan: kept copies at once, the others as AWS answers, many at a time.

    Whatever waits does so in the threads of the pool: what asks AWS, and the locks between backends.
    """

    def __init__(
        self,
        settings: Settings,
        account_ids: Optional[Container[str]],
        columns: Sequence[Optional[str]],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._settings, self._account_ids, self._columns = settings, account_ids, columns
        self._is_cancelled = is_cancelled
        self._cache: Optional[Cache] = None
        if settings.cache and settings.cache_dir is not None:
            self._cache = Cache(Path(settings.cache_dir), CacheKey(settings))
        self._max_age = max(settings.max_age, _NO_NEWS)
        self._pool: AwsPool[_Target, Union[_Listed, _Answer, Result, Error]] = AwsPool(
            settings, self._work, self._failed
        )
        self._parsing = threading.Lock()  # one at a time: it takes many times a report's size, and none is sooner done
        self._seen: set[Optional[str]] = set()

    def readings(self) -> Iterator[Result]:
        """Yield what became of each account. Raises CancelledError, and Error when the accounts cannot be listed."""
        try:
            with self._pool:
                yield from self._found()
        finally:
            if self._cache is not None:
                self._cache.release()

    def _found(self) -> Iterator[Result]:
        seem_kept = deque(self._without_copy_submitted(self._targets()))
        while True:
            result: Any
            if seem_kept:
                if self._look():
                    raise CancelledError
                result = self._kept(seem_kept.popleft())
                if result is None:
                    continue
            else:
                result = self._pool.take(self._look)
                if result is None:
                    return
            if isinstance(result, Error):
                raise result
            if isinstance(result, _Listed):
                seem_kept.extend(self._without_copy_submitted(result.targets))
                continue
            if isinstance(result, _Answer):
                result = self._parsed(result)
            with self._pool.away():
                yield result

    def _look(self) -> bool:
        if self._cache is not None:
            self._cache.beat()
        return self._is_cancelled()

    def _targets(self) -> list[_Target]:
        """Return the accounts that are known, or have them listed."""
        accounts = self._settings.accounts
        if accounts == (SELF,):
            return [_Target(self._settings.role_account_id)]
        if accounts != (ORGANIZATION,):
            return [_Target(account_id) for account_id in accounts]
        listed = self._cache.find(ORGANIZATION, self._list_max_age) if self._cache else None
        if listed is not None:
            return _listed(listed)
        self._pool.submit(_LIST)
        return []

    def _without_copy_submitted(self, targets: Iterable[_Target]) -> list[_Target]:
        """Have AWS asked for the accounts of which there is no copy at first sight; return the others."""
        youngest = time.time() - self._max_age.total_seconds()
        seem_kept = []
        for target in targets:
            if target.account_id is not None and (
                target.account_id in self._settings.exclude_accounts
                or target.account_id in self._seen
                or not self._is_wanted(target.account_id)
            ):
                continue
            self._seen.add(target.account_id)
            if target.account_name is not None:  # the account chose it
                target = target._replace(account_name=text.holdable(target.account_name))
            if self._cache is not None and self._cache.kept_at(_what(target)) >= youngest:
                seem_kept.append(target)
            else:
                self._pool.submit(target)
        return seem_kept

    def _is_wanted(self, account_id: str) -> bool:
        return self._account_ids is None or account_id in self._account_ids

    def _kept(self, target: _Target) -> Optional[Result]:
        """Return what is kept of an account that is wanted. Without a copy that can be believed have AWS asked."""
        started = time.monotonic()
        copy = self._cache.find(_what(target), self._max_age) if self._cache else None
        if copy is not None and not self._is_wanted(copy.account_id):
            return None
        found = self._parsed(_Answer(target, copy, "cache", started)) if copy is not None else None
        if found is None or found.error is not None:  # no release keeps what it cannot read, but another may have
            self._pool.submit(target)
            return None
        return found

    def _parsed(self, answer: _Answer) -> Result:
        target, copy = answer.target, answer.copy
        try:
            text.check(copy.content)
            result: object = report.parse(
                copy.content,
                account_id=copy.account_id,
                account_name=target.account_name,
                generated_time=copy.time,
                columns=self._columns,
            )
        except Error as error:
            result = error
        target = target._replace(account_id=copy.account_id)
        return reading(*target, target.name, answer.origin, copy.time, result, answer.started, content=copy.content)

    @property
    def _list_max_age(self) -> timedelta:
        return min(self._settings.max_age, _LIST_MAX_AGE)

    def _failed(self, target: _Target, error: Error) -> Union[Result, Error]:
        if target is _LIST:
            return error
        return reading(*target, target.name, "aws", None, error, time.monotonic() - self._settings.timeout)

    # What follows runs in the threads of the pool.

    def _work(self, target: _Target, deadline: Deadline) -> Union[_Answer, Result, None]:
        with self._alone(_what(target), deadline):
            if target is not _LIST:
                return self._ask(target, deadline)
            self._list(deadline)
            return None

    def _alone(self, what: str, deadline: Deadline) -> AbstractContextManager[None]:
        return self._cache.one_at_a_time(what, deadline) if self._cache else nullcontext()

    def _list(self, deadline: Deadline) -> None:
        kept = self._cache.find(ORGANIZATION, self._list_max_age) if self._cache else None
        if kept is not None:
            self._pool.put(_Listed(_listed(kept)), deadline)
            return
        found: list[tuple[str, Optional[str]]] = []
        for page in self._pool.client().accounts(deadline):
            found += page
            self._pool.put(_Listed([_Target(*account) for account in page]), deadline)
        if not found:
            raise Error(
                "AWS lists no account of the organization", None, "Check whose the credentials are.", errcodes.NO_DATA
            )
        if self._cache is not None:
            self._cache.keep(ORGANIZATION, Copy(json.dumps(found).encode(), "", datetime.now(timezone.utc)))

    def _ask(self, target: _Target, deadline: Deadline) -> Union[_Answer, Result]:
        started = time.monotonic()
        copy = self._cache.find(_what(target), self._max_age) if self._cache else None
        if copy is not None:  # another backend has asked meanwhile
            return _Answer(target, copy, "cache", started)
        made: Optional[datetime] = None
        try:
            content, made = self._pool.client().report(target.account_id, deadline)
            with self._parsing:
                parsed = report.parse(
                    content, account_id=target.account_id, account_name=None, generated_time=made, columns=()
                )
        except LateError:
            raise
        except Error as error:
            if made is not None:  # it shows what AWS sent as a report
                error = self._pool.client().without_secrets(error)
            # AWS did answer: with a report that cannot be read, or with an error of its own
            if target.account_id is None and (made is not None or error.code != error.sqlstate):
                short = Deadline(min(_IDENTITY_TIMEOUT, deadline.remaining()), self._pool.stop, self._pool.clock)
                target = target._replace(account_id=self._pool.client().account_id(short))
            return reading(*target, target.name, "aws", made, error, started)
        copy = Copy(content, parsed.account_id, made)
        if self._cache is not None and datetime.now(timezone.utc) - made <= self._max_age:
            self._cache.keep(_what(target), copy)
        return _Answer(target, copy, "aws", started)


def _what(target: _Target) -> str:
    """Return what the cache calls it."""
    return target.account_id or SELF


def _listed(copy: Copy) -> list[_Target]:
    return [_Target(*account) for account in json.loads(copy.content)]
