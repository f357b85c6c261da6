"""Exact copies of what AWS answered, on disk, shared by all backends of the server.

AWS makes at most one report in four hours, so a copy younger than that is what AWS would answer. A copy is a line of
JSON that describes it, and the bytes. It is written beside and renamed, and believed only whole, by its checksum;
its name says who asked, so that nobody reads what other credentials fetched. Any file may be deleted at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple, Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.options import Settings
from iam_fdw.tables.report import MAX_BYTES
from iam_fdw.workers import Deadline

FOLDER = "iam_fdw"  # in the data directory, where nothing else is said
SUFFIX = ".copy"

_FORM = "iam_fdw copy 1"
_MAX_LINE = 4096  # bytes of the description
_CLOCKS = timedelta(minutes=5)  # how far apart AWS's clock and this may be: beyond it AWS refuses requests
_STEP = timedelta(minutes=1)  # by which this machine's clock may be set back
_KEPT = timedelta(days=1)  # after that a copy is removed, whatever max_age: it would only save one fetch a day
_SWEEP_EVERY = timedelta(hours=1)
_BEAT = 0.5  # seconds: how often a backend shows that it waits for AWS
_SILENT = 20.0  # seconds without that: another stands at a cursor, and its threads do not run
_SWEPT = "swept"  # a file whose time is that of the last sweep
_CONFIGURATION = (
    ("AWS_CONFIG_FILE", "~/.aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ("BOTO_CONFIG", "~/.boto"),
    ("", "/etc/boto.cfg"),
)


class Copy(NamedTuple):
    """What AWS answered. account_id: whose report it is. time: when AWS made it, UTC."""

    content: bytes
    account_id: str
    time: datetime


class Kept(NamedTuple):
    """What is said of a copy, by its description. size: bytes of the content. kept_at: when it was written, UTC."""

    account_id: str
    time: datetime
    kept_at: datetime
    size: int


class CacheKey:
    """Who asks AWS: the options that matter to what is answered, and the machine's configuration of AWS."""

    def __init__(self, settings: Settings) -> None:
        asked = [
            settings.region,
            settings.endpoint_url,
            settings.profile,
            settings.role_arn,
            settings.role_name,
            settings.role_session_name,
            settings.external_id,
            settings.aws_access_key_id,
            settings.aws_secret_access_key,
            settings.aws_session_token,
            sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")),
            [_contents(os.environ.get(name) or path) for name, path in _CONFIGURATION],
        ]
        self._hash = hashlib.sha256(json.dumps(asked).encode())

    def name(self, what: str) -> str:
        """Return the name of this key's copy of an account's report, or of the list of accounts."""
        digest = self._hash.copy()
        digest.update(what.encode())
        return f"{what}.{digest.hexdigest()}{SUFFIX}"


class Cache:
    """The copies of one key in a folder. No method fails: what cannot be kept is fetched again, each time.

    what: the id of an account, or another word, of which the copy is.
    """

    def __init__(self, folder: Path, key: CacheKey) -> None:
        self._folder, self._key = folder, key
        self._is_usable: Optional[bool] = None
        self._lock = threading.Lock()
        self._held: dict[Path, tuple[int, float]] = {}
        self._beaten = self._swept = 0.0

    def kept_at(self, what: str) -> float:
        """Return when a copy was written, in seconds since 1970, by the file's time alone: 0 without a copy."""
        try:
            return os.lstat(self._folder / self._key.name(what)).st_mtime
        except OSError:
            return 0.0

    def find(self, what: str, max_age: timedelta) -> Optional[Copy]:
        """Return the copy, None when there is no whole one, of no more than an age, of the past."""
        if not self._open():
            return None
        name = self._key.name(what)
        try:
            with open(_opened(self._folder / name), "rb") as file:
                line = file.readline(_MAX_LINE)
                kept = _described(line, name)
                now = datetime.now(timezone.utc)
                if not -_CLOCKS <= now - kept.time <= max_age or kept.kept_at - now > _STEP:
                    return None
                content = file.read(kept.size + 1)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        if len(content) != kept.size or not _is_whole(line, content):
            return None
        return Copy(content, kept.account_id, kept.time)

    def keep(self, what: str, copy: Copy) -> None:
        """Write a copy, wholly or not at all."""
        if not self._open(make=True):
            return
        name = self._key.name(what)
        self._sweep()
        beside = self._folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        whole, is_kept = _written(name, copy), False
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                try:
                    is_written = os.write(descriptor, whole) == len(whole)
                finally:
                    os.close(descriptor)
                if is_written:  # else the disk is full
                    os.rename(beside, self._folder / name)
                    is_kept = True
            finally:
                if not is_kept:
                    os.unlink(beside)
        except OSError:
            return

    @contextmanager
    def one_at_a_time(self, what: str, deadline: Deadline) -> Iterator[None]:
        """Wait until no other backend fetches the same. The lock goes with its holder, however that ends.

        Raises Error when that takes too long.
        """
        path = self._folder / f".{self._key.name(what)}.lock"
        descriptor = _locked(path, deadline) if self._open(make=True) else None
        if descriptor is not None:
            with self._lock:
                self._held[path] = descriptor, time.monotonic()
        try:
            yield
        finally:
            self._release(path)

    def beat(self) -> None:
        """Show the others that this backend still waits for AWS: they do not wait for one that does something else."""
        if time.monotonic() - self._beaten > _BEAT:
            self._beaten = time.monotonic()
            with self._lock, suppress(OSError):
                for descriptor, _ in self._held.values():
                    os.utime(descriptor)

    def release(self) -> None:
        """Give all locks back, whatever their threads are about."""
        for path in list(self._held):
            self._release(path)

    def _release(self, path: Path) -> None:
        with self._lock:
            held = self._held.pop(path, None)
        if held is not None:
            descriptor, since = held
            if time.monotonic() - since < _SILENT / 2 or _is_same(path, descriptor):  # nobody else has made one
                with suppress(OSError):
                    os.unlink(path)
            os.close(descriptor)

    def _open(self, make: bool = False) -> bool:
        """Tell whether the folder is there, the server's own, and nobody else can write into it."""
        with self._lock:
            if self._is_usable is None or (make and not self._is_usable):
                if make:
                    with suppress(OSError):
                        os.mkdir(self._folder, 0o700)
                self._is_usable = problem(self._folder) is None
            return self._is_usable

    def _sweep(self) -> None:
        """Remove what is old: copies of credentials that are used no more, and what a killed backend left."""
        now = time.time()
        if abs(now - self._swept) < _SWEEP_EVERY.total_seconds():
            return
        self._swept = now
        swept = self._folder / _SWEPT
        try:
            with suppress(FileNotFoundError):
                if abs(now - os.lstat(swept).st_mtime) < _SWEEP_EVERY.total_seconds():
                    return
            os.close(os.open(swept, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            os.utime(swept)
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    is_ours = SUFFIX in entry.name and stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
                    # a file's time may be set, that of its last change not
                    if is_ours and now - entry.stat(follow_symlinks=False).st_ctime > _KEPT.total_seconds():
                        with suppress(OSError):
                            os.unlink(entry.path)
        except OSError:
            return


def problem(folder: Path) -> Optional[str]:
    """Return why a folder cannot be used for copies, None when it can."""
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


def kept(path: Path) -> Optional[Kept]:
    """Return what is said of the copy in a file, None when the file is no copy."""
    try:
        with open(_opened(path), "rb") as file:
            return _described(file.readline(_MAX_LINE), path.name)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _opened(path: Path) -> int:
    """Open a file of the server's own user, which nobody else can write: others are as if they were not there."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        os.close(descriptor)
        raise OSError(0, "not a file of the server's own")
    return descriptor


def _locked(path: Path, deadline: Deadline) -> Optional[int]:
    """Wait for a lock, and return the descriptor that holds it, None where no file can be made. Raises Error."""
    delay = 0.01
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.time() - os.fstat(descriptor).st_mtime > _SILENT:
                        # its holder may come back in hours, and then has a lock that nobody sees
                        if _is_same(path, descriptor):
                            os.unlink(path)
                        break
                    deadline.wait(
                        delay, Error("another session is asking AWS for the same", sqlstate=errcodes.LOCK_NOT_AVAILABLE)
                    )
                    delay = min(1.5 * delay, 0.5)
                else:
                    if not _is_same(path, descriptor):  # its last holder has removed it
                        break
                    if time.time() - os.fstat(descriptor).st_mtime > _BEAT:  # one that a killed backend left
                        os.utime(descriptor)
                    kept, descriptor = descriptor, -1
                    return kept
        except FileNotFoundError:  # two have removed it
            pass
        except OSError:
            return None
        finally:
            if descriptor >= 0:
                os.close(descriptor)


def _is_same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _written(name: str, copy: Copy) -> bytes:
    said = {
        "form": _FORM,
        "name": name,
        "account_id": copy.account_id,
        "time": copy.time.isoformat(),
        "kept_at": datetime.now(timezone.utc).isoformat(),
        "size": len(copy.content),
    }
    rest = json.dumps(said).encode() + b"\n" + copy.content
    return hashlib.sha256(rest).hexdigest().encode() + b" " + rest


def _described(line: bytes, name: str) -> Kept:
    """Read the first line of a copy. Raises ValueError, KeyError, TypeError when it is none."""
    if not line.endswith(b"\n"):
        raise ValueError("no description")
    said = json.loads(line.partition(b" ")[2])
    if said["form"] != _FORM or said["name"] != name or not 0 <= said["size"] <= MAX_BYTES:
        raise ValueError("no copy of this name")
    time, kept_at = (datetime.fromisoformat(said[key]) for key in ("time", "kept_at"))
    if time.tzinfo is None or kept_at.tzinfo is None:
        raise ValueError("a time without a zone")
    return Kept(str(said["account_id"]), time, kept_at, said["size"])


def _is_whole(line: bytes, content: bytes) -> bool:
    checksum, _, rest = line.partition(b" ")
    return hashlib.sha256(rest + content).hexdigest().encode() == checksum


def _contents(path: str) -> Optional[str]:
    """Return a digest of a file of the configuration, None when it cannot be read."""
    try:
        return hashlib.sha256(Path(os.path.expanduser(path)).read_bytes()).hexdigest()
    except (OSError, RuntimeError):
        return None
