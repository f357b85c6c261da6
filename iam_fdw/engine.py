"""The engine that runs the foreign-table class: what differs between minicorn and Multicorn, and PostgreSQL's state."""

from __future__ import annotations

import ctypes
import functools
import os
from typing import NoReturn, Optional

from multicorn import utils

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.text import holdable


class OrphanedError(Error):
    """The postmaster is gone: the session must end, else the server cannot be started again."""

    def __init__(self) -> None:
        super().__init__("terminating connection due to unexpected postmaster exit", sqlstate=errcodes.ADMIN_SHUTDOWN)


def is_minicorn() -> bool:
    """Whether minicorn runs the class, else Multicorn."""
    return hasattr(utils, "PostgresError")


def is_cancelled() -> bool:
    """Whether the statement must end. Raises OrphanedError (admin_shutdown) when the session must."""
    flags, postmaster = _state()
    if postmaster.value and os.getppid() != postmaster.value:
        raise OrphanedError
    return any(flag.value for flag in flags)


def data_directory() -> Optional[str]:
    """Return the server's data directory, None outside a server."""
    try:
        directory = ctypes.c_char_p.in_dll(ctypes.CDLL(None), "DataDir").value
    except ValueError:
        return None
    return os.fsdecode(directory) if directory else None


def statement_start() -> int:
    """Return when the statement began, in microseconds since 2000-01-01 UTC: another number for each statement."""
    start = ctypes.CDLL(None).GetCurrentStatementStartTimestamp
    start.restype = ctypes.c_int64
    return int(start())


def notify(error: Error, level: int) -> None:
    """Send a NOTICE (level utils.INFO) or a WARNING on minicorn; on Multicorn that corrupts the server's memory."""
    if is_minicorn():
        utils.log_to_postgres(error.message, level, hint=error.hint, detail=error.detail)


def fail(error: Error) -> NoReturn:
    """Raise the ERROR that PostgreSQL shows: minicorn reads an exception's attributes, Multicorn has a function."""
    if not is_minicorn():
        texts = (text and holdable(text) for text in (error.hint, error.detail))
        utils.log_to_postgres(holdable(error.message), utils.ERROR, **dict(zip(("hint", "detail"), texts)))
    elif isinstance(error, OrphanedError):
        raise utils.PostgresError(error.message, sqlstate=error.sqlstate, fatal=True) from None
    raise error from None


@functools.cache
def _state() -> tuple[list[ctypes.c_int], ctypes.c_int]:
    """Return PostgreSQL's flags that say that the statement must end, and the postmaster's process id (0: none).

    They are read from memory: a call of an engine could raise.
    """
    server = ctypes.CDLL(None)
    flags = [ctypes.c_int.in_dll(server, flag) for flag in ("QueryCancelPending", "ProcDiePending")]
    return flags, ctypes.c_int.in_dll(server, "PostmasterPid")
