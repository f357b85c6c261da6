"""The cache: exact copies of what AWS answered, on disk, shared by all backends of the server.

copies.py has the file of a copy, locks.py the lock files, sweep.py the removal of old copies. The name of a copy has a
hash of all that AWS's answer depends on (CacheKey), so that nobody reads what other credentials fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from typing import Optional, Union

from iam_fdw import options
from iam_fdw.live import copies
from iam_fdw.live.copies import SUFFIX, Copy
from iam_fdw.live.locks import Locks
from iam_fdw.live.sweep import sweep
from iam_fdw.options import Settings
from iam_fdw.workers import Deadline

FOLDER = "iam_fdw"  # in the data directory, where the option cache_dir is not set

# The files of AWS's configuration: the variable that names another one, and the usual one.
_CONFIGURATION = (
    ("AWS_CONFIG_FILE", "~/.aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ("BOTO_CONFIG", "~/.boto"),
    ("", "/etc/boto.cfg"),
)

StrPath = Union[str, "os.PathLike[str]"]  # without pathlib, which a new connection would wait for


class CacheKey:
    """All that AWS's answer depends on: options (Option.in_cache_key), and the machine's configuration of AWS."""

    def __init__(self, settings: Settings) -> None:
        key = [
            options.cache_key_values(settings),
            sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")),
            [_digest(os.environ.get(name) or path) for name, path in _CONFIGURATION],
        ]
        self._hash = hashlib.sha256(json.dumps(key).encode())

    def name(self, what: str) -> str:
        """Return the name of this key's copy of an account's report, or of the list of accounts."""
        digest = self._hash.copy()
        digest.update(what.encode())
        return f"{what}.{digest.hexdigest()}{SUFFIX}"


class Cache:
    """The copies of one key in a folder. What cannot be kept is no error: it is fetched again each time.

    what: the id of an account, or another word, of which the copy is. Any thread may call it.
    """

    def __init__(self, folder: StrPath, key: CacheKey) -> None:
        self._folder, self._key = without_slash(os.fspath(folder)), key
        self._is_usable: Optional[bool] = None
        self._lock = threading.Lock()
        self._locks = Locks()

    def kept_at(self, what: str) -> float:
        """Return when a copy was written, in seconds since 1970, by the file's time alone: 0 without a copy."""
        try:
            return os.lstat(self._path(what)).st_mtime
        except OSError:
            return 0.0

    def find(self, what: str, max_age: timedelta) -> Optional[Copy]:
        """Return the copy, None when there is no whole one, of no more than an age, of the past."""
        return copies.read(self._path(what), max_age) if self._can_use() else None

    def keep(self, what: str, copy: Copy) -> None:
        """Write a copy, wholly or not at all, and remove old ones from time to time."""
        if self._can_use(make=True):
            sweep(self._folder)
            copies.write(self._path(what), copy)

    def one_at_a_time(self, what: str, deadline: Deadline) -> AbstractContextManager[None]:
        """Wait until no other backend fetches the same, and have others wait until the end. See Locks.hold()."""
        if not self._can_use(make=True):
            return nullcontext()
        return self._locks.hold(os.path.join(self._folder, f".{self._key.name(what)}.lock"), deadline)

    def beat(self) -> None:
        """Show other backends that this one still waits for AWS."""
        self._locks.beat()

    def release(self) -> None:
        """Release all locks, those too whose threads still run."""
        self._locks.release()

    def _path(self, what: str) -> str:
        return os.path.join(self._folder, self._key.name(what))

    def _can_use(self, make: bool = False) -> bool:
        """Return whether the folder exists and only the server's user can enter it. make: create it where it is not."""
        with self._lock:
            if self._is_usable is None or (make and not self._is_usable):
                if make:
                    with suppress(OSError):
                        os.mkdir(self._folder, 0o700)
                self._is_usable = problem(self._folder) is None
            return self._is_usable


def without_slash(path: str) -> str:
    """Return a path without what ends it and makes the system follow a link: / and /."""
    while len(path) > 1 and path.endswith(("/", "/.")):
        path = path[:-1]
    return path


def problem(folder: StrPath) -> Optional[str]:
    """Return why a folder cannot be used for copies, as the end of a sentence; None when it can."""
    try:
        found = os.lstat(folder)
    except OSError as error:
        return f"cannot be opened: {error.strerror}"
    if not stat.S_ISDIR(found.st_mode):
        return "is no folder"
    if found.st_uid != os.geteuid():
        return "belongs to another user of the operating system"
    if found.st_mode & 0o077:
        return "is open to other users of the operating system"
    return None


def _digest(path: str) -> Optional[str]:
    """Return a digest of a file of the configuration, None when it cannot be read."""
    try:
        with open(os.path.expanduser(path), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None
