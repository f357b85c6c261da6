"""Messages to PostgreSQL, and checks for a pending cancel.

A class that waits (for a socket, a lock, a thread) blocks the backend: PostgreSQL cannot cancel it.
So wait in slices of at most 50 ms and check between them:

    while not done.wait(0.05):
        check_interrupts()

interrupt_pending() and check_interrupts() only read flags that PostgreSQL's signal handlers set.
Whatever is raised once a cancel is pending, the statement ends with PostgreSQL's own error for it.
Start threads with every signal blocked (signal.pthread_sigmask), so that the backend's signals
reach its own thread, and call nothing of this module from them.

A class that does not check is interrupted, too: Interrupted is raised in its Python code a quarter
of a second after the cancel, and then each second.
"""

from __future__ import annotations

from typing import Any, Optional

try:
    import _minicorn as _backend
except ImportError:  # outside PostgreSQL: unit tests
    _backend = None

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "WARNING",
    "Interrupted",
    "PostgresError",
    "check_interrupts",
    "interrupt_pending",
    "log_to_postgres",
]

# The values of the module logging, which takes longer to import than this package.
CRITICAL, ERROR, WARNING, INFO, DEBUG = 50, 40, 30, 20, 10


class PostgresError(Exception):
    """An ERROR with its primary text, SQLSTATE, DETAIL and HINT; if fatal, a FATAL, which ends the session."""

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str = "HV000",
        detail: Optional[str] = None,
        hint: Optional[str] = None,
        fatal: bool = False,
    ) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint
        self.fatal = fatal


class Interrupted(BaseException):
    """The statement was cancelled, or the session terminated. Not an Exception: do not catch it."""

    sqlstate = "57014"

    def __init__(self, message: str = "canceling statement due to user request") -> None:
        super().__init__(message)


def interrupt_pending() -> bool:
    """Return whether a cancel, a timeout or a termination is pending."""
    return _backend is not None and bool(_backend.interrupt_pending())


def check_interrupts() -> None:
    """Raise Interrupted when a cancel, a timeout or a termination is pending."""
    if interrupt_pending():
        raise Interrupted


def log_to_postgres(message: Any, level: int = INFO, hint: Optional[str] = None, detail: Optional[str] = None) -> None:
    """Send a message to the client and the server log, as PostgreSQL's settings for its level say.

    level: one of the module logging. DEBUG is sent as DEBUG1, INFO as NOTICE, WARNING as WARNING;
    ERROR raises PostgresError, and CRITICAL raises one that ends the session (FATAL).

    Raises RuntimeError if the calling thread is not the backend's own.
    """
    if level >= ERROR:
        raise PostgresError(str(message), detail=detail, hint=hint, fatal=level >= CRITICAL)
    if _backend is None:
        import logging

        logging.getLogger("multicorn").log(level, "%s", message)
        return
    _backend.log(level, printable(message), printable(detail), printable(hint))


def printable(text: Any) -> Optional[str]:
    """Return the text in a form that every message can have, None for None.

    NUL and lone surrogates are escaped and, in a database that is not UTF8, every character outside ASCII.
    """
    if text is None:
        return None
    encoding = "ascii" if _backend is not None and not _backend.utf8() else "utf-8"
    # exactly a str: __str__() may return a subclass
    return str.__str__(str(text)).replace("\0", "\\x00").encode(encoding, "backslashreplace").decode(encoding)
