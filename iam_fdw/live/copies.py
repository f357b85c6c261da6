"""The file of a copy: a line of JSON that describes what AWS answered, and its bytes.

The line begins with a checksum of the rest. A file is believed only whole, under its own name, and where nobody else
could have written it; it is written beside and renamed. Any file may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Optional

from iam_fdw.tables.report import MAX_BYTES

SUFFIX = ".copy"

_FORM = "iam_fdw copy 1"
_MAX_LINE = 4096  # bytes of the description
_CLOCK_SKEW = timedelta(minutes=5)  # by which AWS's clock may be ahead of this one: beyond it AWS refuses requests
_CLOCK_STEP = timedelta(minutes=1)  # by which this machine's clock may be set back
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# What reading a file that others wrote may raise, besides OSError.
_BAD_FILE = (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError)


class Copy(NamedTuple):
    """What AWS answered. account_id: whose report it is, empty for a list. time: when AWS made it, UTC."""

    content: bytes
    account_id: str
    time: datetime


class Description(NamedTuple):
    """The description of a copy. time: when AWS made it; kept_at: when it was written; UTC. size: bytes of content."""

    account_id: str
    time: datetime
    kept_at: datetime
    size: int


def read(path: str, max_age: timedelta) -> Optional[Copy]:
    """Return the copy in a file; None for one that is older, of the future or damaged, and when there is none."""
    try:
        with open(_opened(path), "rb") as file:
            line = file.readline(_MAX_LINE)
            said = _parsed(line, os.path.basename(path))
            now = datetime.now(timezone.utc)
            if not -_CLOCK_SKEW <= now - said.time <= max_age or said.kept_at - now > _CLOCK_STEP:
                return None
            content = file.read(said.size + 1)
    except _BAD_FILE:
        return None
    checksum, _, rest = line.partition(b" ")
    if len(content) != said.size or _checksum(rest + content) != checksum:
        return None
    return Copy(content, said.account_id, said.time)


def describe(path: str) -> Optional[Description]:
    """Return the description of the copy in a file, None when the file is no copy. The content is not read."""
    try:
        with open(_opened(path), "rb") as file:
            return _parsed(file.readline(_MAX_LINE), os.path.basename(path))
    except _BAD_FILE:
        return None


def write(path: str, copy: Copy) -> None:
    """Write a copy to a file, wholly or not at all; a disk that is full is no error."""
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.{os.getpid()}.{threading.get_ident()}")
    content = _formatted(name, copy)
    with suppress(OSError):
        descriptor = os.open(beside, _WRITE, 0o600)
        try:
            with open(descriptor, "wb", buffering=0) as file:
                is_whole = file.write(content) == len(content)
            if is_whole:
                os.rename(beside, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(beside)


def _opened(path: str) -> int:
    """Open a file of the server's own user that nobody else can write. Raises OSError for any other."""
    descriptor = os.open(path, _READ)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        os.close(descriptor)
        raise OSError(0, "not a file of the server's own")
    return descriptor


def _formatted(name: str, copy: Copy) -> bytes:
    said = {
        "form": _FORM,
        "name": name,
        "account_id": copy.account_id,
        "time": copy.time.isoformat(),
        "kept_at": datetime.now(timezone.utc).isoformat(),
        "size": len(copy.content),
    }
    rest = json.dumps(said).encode() + b"\n" + copy.content
    return _checksum(rest) + b" " + rest


def _parsed(line: bytes, name: str) -> Description:
    """Read the first line of a copy of this name. Raises what is in _BAD_FILE for another."""
    if not line.endswith(b"\n"):
        raise ValueError("no description")
    said = json.loads(line.partition(b" ")[2])
    if said["form"] != _FORM or said["name"] != name or not 0 <= said["size"] <= MAX_BYTES:
        raise ValueError("no copy of this name")
    time, kept_at = (datetime.fromisoformat(said[key]) for key in ("time", "kept_at"))
    if time.tzinfo is None or kept_at.tzinfo is None:
        raise ValueError("a time without a zone")
    return Description(str(said["account_id"]), time, kept_at, said["size"])


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
