"""Lock files: of the backends of a server, one fetches an account's report, and the others wait for it.

The lock is flock()'s, so that it ends with its holder, in whatever way that ends. A holder that waits for AWS touches
its file again and again. One that does not, whose session has an open cursor say, is not waited for: its file is
removed, and the next one is another lock.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.workers import Deadline

_BEAT = 0.5  # seconds: how often a backend touches its lock files
_SILENT = 20.0  # seconds without that: a session has an open cursor, and its threads do not run
_FIRST_DELAY, _LONGEST_DELAY, _GROWTH = 0.01, 0.5, 1.5  # seconds, seconds, factor: between attempts
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Locks:
    """The lock files that the threads of a backend hold. Any thread may call it."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, float]] = {}  # the descriptor of each, and since when
        self._lock = threading.Lock()
        self._beaten = 0.0

    @contextmanager
    def hold(self, path: str, deadline: Deadline) -> Iterator[None]:
        """Wait for a lock, and release it in the end; where no file can be made there is none.

        Raises LateError (LOCK_NOT_AVAILABLE) when another backend holds it until the deadline.
        """
        descriptor = _acquire(path, deadline)
        if descriptor is not None:
            with self._lock:
                self._held[path] = descriptor, time.monotonic()
        try:
            yield
        finally:
            self._release(path)

    def beat(self) -> None:
        """Show other backends that this one still waits for AWS."""
        if time.monotonic() - self._beaten > _BEAT:
            self._beaten = time.monotonic()
            with self._lock, suppress(OSError):
                for descriptor, _ in self._held.values():
                    os.utime(descriptor)

    def release(self) -> None:
        """Release all locks, those too whose threads still run."""
        for path in list(self._held):
            self._release(path)

    def _release(self, path: str) -> None:
        with self._lock:
            held = self._held.pop(path, None)
        if held is not None:
            descriptor, since = held
            if time.monotonic() - since < _SILENT / 2 or _is_same(path, descriptor):  # nobody else has made one
                with suppress(OSError):
                    os.unlink(path)
            os.close(descriptor)


class _RemovedError(Exception):
    """The file that was opened is no longer there: another one is the lock."""


def _acquire(path: str, deadline: Deadline) -> Optional[int]:
    """Wait for a lock, and return the descriptor that holds it, None where no file can be made. Raises LateError."""
    delay = _FIRST_DELAY
    while True:
        try:
            return _opened_and_locked(path)
        except _RemovedError:
            continue
        except BlockingIOError:
            reason = Error("another session is asking AWS for the same", sqlstate=errcodes.LOCK_NOT_AVAILABLE)
        except OSError:
            return None
        deadline.wait(delay, reason)
        delay = min(_GROWTH * delay, _LONGEST_DELAY)


def _opened_and_locked(path: str) -> int:
    """Return a descriptor that holds the lock.

    Raises BlockingIOError when another backend holds it, _RemovedError, and OSError where no file can be made.
    """
    descriptor = os.open(path, _OPEN, 0o600)
    try:
        _lock(path, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _lock(path: str, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if time.time() - os.fstat(descriptor).st_mtime <= _SILENT:
            raise
        # its holder may come back in hours, and then has a lock that nobody sees
        if _is_same(path, descriptor):
            with suppress(FileNotFoundError):
                os.unlink(path)
        raise _RemovedError from None
    if not _is_same(path, descriptor):  # its last holder has removed it
        raise _RemovedError
    if time.time() - os.fstat(descriptor).st_mtime > _BEAT:  # a backend that was killed left it
        os.utime(descriptor)


def _is_same(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
