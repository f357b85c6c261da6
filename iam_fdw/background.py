"""Wait for a call that may take long, while PostgreSQL may cancel the statement.

No host can cancel Python that waits for a socket. So the call runs in a thread of its own, and the backend's
thread only waits, in slices.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import Callable, Optional, TypeVar

from iam_fdw.errors import Error

Result = TypeVar("Result")

_SLICE = 0.05  # seconds: how long a cancel may go unseen


class CancelledError(Exception):
    """The statement was cancelled, or the session terminated, while a call was waited for."""


class Patience:
    """How long a call may take, and why it takes so long.

    timeout: seconds. deadline: when it ends, of time.monotonic().
    stop: is set when nobody waits any more: the call must then end soon. reason: why the last attempt failed.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.deadline = time.monotonic() + timeout
        self.stop = threading.Event()
        self.reason: Optional[Error] = None

    def remaining(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    def wait(self, delay: float, reason: Error) -> None:
        """Wait some seconds before the next attempt. Raises Error when that would be after the deadline."""
        self.reason = reason
        if self.stop.is_set() or delay > self.remaining():
            raise self.error()
        self.stop.wait(delay)

    def error(self) -> Error:
        """Return the error of a call that took too long."""
        message = f"AWS did not answer in {self.timeout:g} s"
        if self.reason is None:
            hint = "Check that the server reaches AWS, or give the scan more time with the option timeout."
            return Error(message, None, hint, "08001")  # sqlclient_unable_to_establish_sqlconnection
        hint = "Try again in a minute, or give the scan more time with the option timeout."
        reason = self.reason
        detail = reason.detail or f"{reason.message[0].upper()}{reason.message[1:]}."
        return Error(message, detail, reason.hint or hint, reason.sqlstate, reason.code)


def run(call: Callable[[], Result], patience: Patience, is_cancelled: Callable[[], bool]) -> Result:
    """Return what the call returns, or raise what it raises.

    is_cancelled: is asked 20 times a second, in the caller's thread.

    Raises CancelledError when that says so, and Error when the call is not done at the deadline.
    """
    done = threading.Event()
    results: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(call())
        except BaseException as error:  # it is raised again, below
            errors.append(error)
        finally:
            done.set()

    # A thread starts with the signal mask of its maker: PostgreSQL's signals must reach PostgreSQL's thread.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        threading.Thread(target=work, daemon=True).start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        while not done.wait(_SLICE):
            if is_cancelled():
                raise CancelledError
            if not patience.remaining():
                raise patience.error()
    finally:
        patience.stop.set()
    if errors:
        raise errors[0]
    return results[0]
