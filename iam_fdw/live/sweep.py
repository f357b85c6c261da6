"""Removing old files from a folder of copies: those of credentials no longer used, and what a killed backend left."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from datetime import timedelta

from iam_fdw.live.copies import SUFFIX

_MAX_AGE = timedelta(days=1)  # whatever the option max_age: an older copy would save only one fetch a day
_INTERVAL = timedelta(hours=1)
_SWEPT = "swept"  # a file whose time is that of the last sweep
_TOUCH = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def sweep(folder: str) -> None:
    """Remove old files, at most once an hour. What cannot be removed remains."""
    with suppress(OSError):
        if not _is_due(os.path.join(folder, _SWEPT)):
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                if SUFFIX in entry.name and _is_old(entry.stat(follow_symlinks=False)):
                    with suppress(OSError):
                        os.unlink(entry.path)


def _is_due(swept: str) -> bool:
    """Return whether the last sweep was long ago, and if so note that one begins now. Raises OSError."""
    with suppress(FileNotFoundError):
        if abs(time.time() - os.lstat(swept).st_mtime) < _INTERVAL.total_seconds():
            return False
    os.close(os.open(swept, _TOUCH, 0o600))
    os.utime(swept)
    return True


def _is_old(found: os.stat_result) -> bool:
    # the time of a file's last change: that of its content may be set
    return stat.S_ISREG(found.st_mode) and time.time() - found.st_ctime > _MAX_AGE.total_seconds()
