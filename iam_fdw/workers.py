"""A worker pool, so that PostgreSQL can cancel a statement that waits for AWS; and the deadline of a call.

No engine can cancel Python that waits for a socket. So calls run in threads, and the backend's thread waits in slices.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from collections import deque
from itertools import count
from typing import Callable, Generic, Optional, TypeVar

from iam_fdw import errcodes
from iam_fdw.errors import Error

Task = TypeVar("Task")
Found = TypeVar("Found")

_SLICE = 0.05  # seconds: how long a cancel may be unnoticed
_FILES_OF_A_TASK = 8  # two connections, each of which has two descriptors, a lock file and a copy; and some more
_FILES_TO_SPARE = 128  # of PostgreSQL, of connections that have ended, and of name lookups
_MOMENT = 0.2  # seconds: how long to wait for threads that have to end

OPEN_FILES = "Raise the limit of open files of the server (LimitNOFILE, ulimit -n), or lower the option concurrency."


class CancelledError(Exception):
    """The statement was cancelled, or the session terminated, while a call was waited for."""


class LateError(Error):
    """A call took too long."""


class Deadline:
    """The time until which a call must end, and why it has not ended yet.

    timeout: seconds from now. stop: is set when nobody waits for the call any more: it must then end soon. clock:
    returns seconds. reason: why the last attempt failed, None before the first failure.
    """

    def __init__(
        self,
        timeout: float,
        stop: Optional[threading.Event] = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeout = timeout
        self.stop = stop or threading.Event()
        self.reason: Optional[Error] = None
        self._clock = clock
        self._deadline = clock() + timeout

    def renew(self) -> None:
        """Set the deadline to the timeout from now: a part of the answer has come."""
        self._deadline, self.reason = self._clock() + self.timeout, None

    def lift(self) -> None:
        """Allow any time from now on: what follows does not wait for AWS."""
        self.timeout = math.inf
        self.renew()

    def remaining(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self._deadline - self._clock())

    def check(self) -> None:
        """Raise LateError when the time is over, or nobody waits for the call any more."""
        if self.stop.is_set() or not self.remaining():
            raise self.error()

    def wait_for(self, changed: threading.Condition, is_met: Callable[[], bool]) -> None:
        """Wait until is_met() returns true. Raises LateError as check() does.

        changed: a condition variable, held by the caller, that is notified when is_met() may have changed.
        """
        while not is_met():
            self.check()
            changed.wait(_SLICE)

    def wait(self, delay: float, reason: Error) -> None:
        """Wait some seconds before the next attempt. Raises LateError when that would be after the deadline."""
        self.reason = reason
        if self.stop.is_set() or delay > self.remaining():
            raise self.error()
        self.stop.wait(delay)

    def error(self) -> LateError:
        """Return the error of a call that took too long."""
        message = f"AWS did not answer in {self.timeout:g} s"
        if self.reason is None:
            hint = "Check that the server reaches AWS, or give AWS more time with the option timeout."
            return LateError(message, None, hint, errcodes.SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION)
        hint = "Try again in a minute, or give AWS more time with the option timeout."
        reason = self.reason
        detail = reason.detail or f"{reason.message[0].upper()}{reason.message[1:]}."
        return LateError(message, detail, reason.hint or hint, reason.sqlstate, reason.code)


def affordable() -> int:
    """Return how many tasks at once the process may open files for.

    Raises Error (INSUFFICIENT_RESOURCES) when there is not even one.
    """
    import resource  # not where nothing is waited for: a new connection waits for each module

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        limit = sys.maxsize
    are_open = len(os.listdir("/proc/self/fd"))
    number = (limit - are_open - _FILES_TO_SPARE) // _FILES_OF_A_TASK
    if number < 1:
        detail = f"It may have {limit} files open at once, and {are_open} are."
        raise Error("the server process may not open enough files", detail, OPEN_FILES, errcodes.INSUFFICIENT_RESOURCES)
    return number


class WorkerPool(Generic[Task, Found]):
    """Threads that work on tasks, and the backend's thread, which takes what they find.

    An engine may leave a scan for hours at an open cursor, or drop it without notice, and keep Python's lock, so that
    no thread runs. So no thread waits for the backend: it ends when there is no task, or when nobody has taken the last
    `size` results, and the next take() starts it again. And clock() stops while the backend does something else.

    work: is called with a task, in a thread; it returns what it finds, after what it gives to put(), or raises Error.
    Each task has exactly one end: a thread that comes too late finds nobody.
    failed: makes a result of a task that ended with an error, or not in time.
    size: the most threads, fewer where the process may not open the files for so many. timeout: seconds for a task, and
    how long all together may go without finding anything.
    """

    def __init__(
        self,
        work: Callable[[Task, Deadline], Optional[Found]],
        failed: Callable[[Task, Error], Found],
        size: int,
        timeout: float,
    ) -> None:
        self.stop = threading.Event()
        self._work, self._failed, self._size, self._timeout = work, failed, size, timeout
        self._tasks: deque[Task] = deque()
        self._results: deque[tuple[Found, bool]] = deque()  # and whether it is more than that time is over
        self._bugs: list[BaseException] = []
        self._running: dict[int, tuple[Task, Deadline]] = {}
        self._numbers = count()
        self._is_sized = False
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        # How long the backend did something else, and since when it does: one value, so that no thread sees half of it.
        self._absence: tuple[float, Optional[float]] = (0.0, None)
        self._progress = self.clock()

    def clock(self) -> float:
        """Return the seconds that have passed, except those while the backend did something else."""
        away, left = self._absence
        return (time.monotonic() if left is None else left) - away

    def leave(self) -> None:
        """Stop the clock: the backend turns to something else."""
        self._absence = (self._absence[0], time.monotonic())

    def come_back(self) -> None:
        """Start the clock again: the backend is back."""
        away, left = self._absence
        if left is not None:
            self._absence = (away + time.monotonic() - left, None)

    def submit(self, task: Task) -> None:
        """Add a task, and begin it when a thread is free."""
        with self._changed:
            self._tasks.append(task)
            self._hire()

    def put(self, result: Found, deadline: Deadline) -> None:
        """Give the backend a result of a task that continues. deadline: that of the task."""
        with self._changed:
            if any(deadline is waiting for _, waiting in self._running.values()):
                self._found(result)
                self._changed.notify_all()

    def take(self, is_cancelled: Callable[[], bool]) -> Optional[Found]:
        """Return the next result, None when all tasks are done.

        is_cancelled: is called 20 times a second, in the caller's thread. Raises CancelledError when it returns true,
        and Error insufficient_resources when no task can be begun.
        """
        with self._changed:
            while True:
                if is_cancelled():
                    raise CancelledError
                if self._bugs:
                    raise self._bugs[0]
                self._give_up()
                if self._results:
                    result, is_news = self._results.popleft()
                    if is_news:  # which may have waited, and the threads with it
                        self._progress = self.clock()
                    self._hire()
                    return result
                self._hire()
                if not self._running and not self._tasks:
                    return None
                self._changed.wait(_SLICE)

    def close(self) -> bool:
        """Ask the threads to end. Return whether any was working on a task."""
        self.stop.set()
        with self._changed:
            self._tasks.clear()
            is_about = bool(self._running)
            self._running.clear()
            return is_about

    def join(self) -> None:
        """Wait a moment for the threads to end: afterwards the backend keeps Python's lock, and they could not."""
        deadline = time.monotonic() + _MOMENT
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _found(self, result: Found, is_news: bool = True) -> None:
        self._results.append((result, is_news))
        if is_news:
            self._progress = self.clock()

    def _give_up(self) -> None:
        """Fail the tasks whose time is over, even if their threads hang; and all others when nothing is found."""
        for number, (task, deadline) in list(self._running.items()):
            if not deadline.remaining():
                del self._running[number]
                self._found(self._failed(task, deadline.error()), is_news=False)
        if self._tasks and not self._running and self._is_stuck():
            error = Deadline(self._timeout).error()
            while self._tasks:
                self._found(self._failed(self._tasks.popleft(), error), is_news=False)

    def _is_stuck(self) -> bool:
        return self.clock() - self._progress >= self._timeout

    def _begin(self, number: int) -> bool:
        """Assign the next task to a thread. Return False when there is none, or nobody takes the results."""
        if not self._tasks or len(self._results) >= self._size or self.stop.is_set() or self._is_stuck():
            return False
        self._running[number] = self._tasks.popleft(), Deadline(self._timeout, self.stop, self.clock)
        return True

    def _hire(self) -> None:
        if self._tasks and not self._is_sized:
            self._size, self._is_sized = min(self._size, affordable()), True
        while len(self._running) < self._size:
            number = next(self._numbers)
            if not self._begin(number):
                return
            # A thread starts with its maker's signal mask: PostgreSQL's signals must reach PostgreSQL's thread.
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            try:
                thread = threading.Thread(target=self._run, args=(number,), daemon=True)
                thread.start()
                self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
            except RuntimeError:  # the system gives no more threads
                self._tasks.appendleft(self._running.pop(number)[0])
                if not self._running:
                    hint = "Raise the limit of processes of the server's operating system user."
                    raise Error("could not start a thread", None, hint, errcodes.INSUFFICIENT_RESOURCES) from None
                return
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _run(self, number: int) -> None:
        with self._changed:
            mine = self._running.get(number)
        while mine is not None:
            task, deadline = mine
            result: Optional[Found] = None
            failure: Optional[Error] = None
            bug: Optional[BaseException] = None
            try:
                result = self._work(task, deadline)
            except Error as error:
                failure = error.with_traceback(None)  # which would keep what was read of an answer, for each account
                failure.__context__ = failure.__cause__ = None
            except BaseException as error:  # take() raises it again
                bug = error
            with self._changed:
                if self._running.get(number) is not mine:  # it took too long, or nobody waits any more
                    return
                del self._running[number]
                if bug is not None:
                    self._bugs.append(bug)
                if result is not None:
                    self._found(result)
                if failure is not None:
                    self._found(self._failed(task, failure), is_news=not isinstance(failure, LateError))
                mine = self._running[number] if bug is None and self._begin(number) else None
                self._changed.notify_all()
