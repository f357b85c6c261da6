"""A folder of the machine that holds saved reports: listing, reading and writing files in it."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Optional, Union
from urllib.parse import quote

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.tables.report import MAX_SAVED
from iam_fdw.workers import Deadline

ORIGIN = "file"

_MOST_DEPTH = 32
# Of what is made; the umask may take more away, and the group is that of a folder that has the bit setgid.
_FOLDER_MODE, _FILE_MODE = 0o750, 0o640
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC
_PART = ".part"  # the end of the name of a file that is being written
_LEFT = 86400  # seconds after which such a file was left by what was killed


class Folder:
    """A folder. Names are relative to it, with / between their parts; hidden ones are not there."""

    origin = ORIGIN

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._is_swept = False

    def uri(self, name: str) -> str:
        """Return where a file is."""
        path = os.fsencode(os.path.join(os.path.abspath(self._path), name))
        return f"file://{quote(path, safe='/=')}"

    def folders(self, deadline: Optional[Deadline] = None) -> list[str]:
        """Return the names of the folders in it, in order. Raises Error."""
        try:
            return _folders(self._path)
        except OSError as error:
            raise unreadable("the folder of saved reports", error) from None

    def names(self, under: str, first: str, last: str, deadline: Optional[Deadline] = None) -> list[str]:
        """Return the names of the files in the folders of a folder, from one of them to another, in order.

        Raises Error.
        """
        found = []
        try:
            for folder in _folders(self._path / under):
                if first <= folder <= last:
                    files = sorted(os.listdir(self._path / under / folder))
                    found += [f"{under}/{folder}/{file}" for file in files if not file.startswith(".")]
        except FileNotFoundError:  # no report of this account was ever saved
            return []
        except OSError as error:
            raise unreadable(shown(under), error) from None
        return found

    def all_names(self, leave_out: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yield the names of all files and of links to folders below it, but for those in some of its folders.

        Raises OSError.
        """
        folders = [(self._path, 0)]
        while folders:
            folder, depth = folders.pop()
            if depth > _MOST_DEPTH:
                hint = "Change the option source."
                raise Error(
                    "there are too many folders within one another in the source",
                    hint=hint,
                    sqlstate=errcodes.PROGRAM_LIMIT_EXCEEDED,
                )
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or (depth == 0 and entry.name in leave_out):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((folder / entry.name, depth + 1))
                    else:
                        yield str((folder / entry.name).relative_to(self._path))

    def read(self, name: str, deadline: Optional[Deadline] = None) -> bytes:
        """Return the bytes of a regular file, no more than MAX_SAVED. Raises Error, which does not tell the folder."""
        path = self._path / name
        try:
            return _read(path, path.parent if name == "" else self._path)
        except OSError as error:
            raise unreadable(shown(path.name), error) from None

    def write(self, name: str, content: bytes, deadline: Optional[Deadline] = None) -> bool:
        """Write a file, wholly or not at all, and never over what is there. Return whether it was not there.

        Folders that are missing are made. Raises Error.
        """
        part = f".{name.rpartition('/')[2]}.{os.getpid()}.{threading.get_ident()}{_PART}"
        hint = "Check that the folder can be written, and that the disk is not full."
        try:
            with ExitStack() as opened:
                root, folder, last = self._opened(name, opened, makes=True)
                if _is_there(last, folder):
                    return False
                self._sweep()
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, _FILE_MODE, dir_fd=root)
                try:
                    with open(descriptor, "wb") as file:
                        file.write(content)
                        file.flush()
                        os.fsync(descriptor)
                    if not _linked(part, root, last, folder):
                        return False
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(part, dir_fd=root)
                os.fsync(folder)  # its name must survive a power cut
        except OSError as error:
            raise _failed(f"save {shown(name)}", error, hint) from None
        return True

    def present(self, name: str, expected: bytes, deadline: Optional[Deadline] = None) -> bytes:
        """Return the bytes of a file that should be the expected ones, no more than MAX_SAVED. Raises Error."""
        try:
            with ExitStack() as opened:
                _, folder, last = self._opened(name, opened, makes=False)
                with open(
                    os.open(last, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | _FLAGS, dir_fd=folder), "rb"
                ) as file:
                    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                        raise OSError(0, "not a regular file")
                    return file.read(MAX_SAVED)
        except OSError as error:
            hint = "Check that the user who saves reports may read them."
            raise _failed(f"compare {shown(name)}, which was saved before", error, hint) from None

    def _opened(self, name: str, opened: ExitStack, makes: bool) -> tuple[int, int, str]:
        """Open the folder and, below it, that of a name. Return the descriptors of both, and the name's last part.

        Others may be able to write below the folder: nothing there may be a link. Raises OSError.
        """
        if makes:
            _make(self._path)
        root = folder = _open_folder(self._path, opened)
        *parts, last = name.split("/")
        for part in parts:
            if makes:
                with suppress(FileExistsError):
                    os.mkdir(part, _FOLDER_MODE, dir_fd=folder)
            folder = _open_folder(part, opened, folder)
        return root, folder, last

    def _sweep(self) -> None:
        """Remove what a killed writer left."""
        if self._is_swept:
            return
        self._is_swept = True
        with os.scandir(self._path) as entries:
            for entry in entries:
                if entry.name.startswith(".") and entry.name.endswith(_PART):
                    with suppress(OSError):
                        if time.time() - entry.stat(follow_symlinks=False).st_mtime > _LEFT:
                            os.unlink(entry.path)


def shown(name: str) -> str:
    """Return a file's name as errors can show it: others may have put anything into it."""
    return "".join(character if character.isprintable() else "?" for character in name)


def unreadable(what: str, error: OSError) -> Error:
    """Return the error of what could not be read."""
    sqlstates = {FileNotFoundError: errcodes.UNDEFINED_FILE, PermissionError: errcodes.INSUFFICIENT_PRIVILEGE}
    hint = "Check the option source or snapshots, and that the operating system user of the server may read it."
    return Error(f"could not open {what}: {error.strerror}", None, hint, sqlstates.get(type(error), errcodes.IO_ERROR))


def _folders(path: Path) -> list[str]:
    with os.scandir(path) as entries:
        # a link to a folder counts: what it leads to is then refused by name, and not missing without a word
        return sorted(entry.name for entry in entries if not entry.name.startswith(".") and _is_folder(entry))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # of a link that leads nowhere entry.is_dir() would raise; of what is no link it asks the disk for nothing
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()


def _read(path: Path, folder: Path) -> bytes:
    # Opened, a device may do something, a pipe may wait, and a terminal may become the backend's own.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "not a regular file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file")
        # Who may write in the folder must not have the server read other files, and tell of them in errors.
        actual = Path(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        if Path(os.path.realpath(folder)) not in actual.parents:
            raise OSError(0, "a link to another folder")
        return file.read(MAX_SAVED)


def _make(folder: Path) -> None:
    """Make a folder, and those that it is in. The mode that os.makedirs() takes is not that of the others."""
    if not folder.is_dir():
        _make(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(_FOLDER_MODE)


def _open_folder(path: Union[Path, str], opened: ExitStack, at: Optional[int] = None) -> int:
    """Return a descriptor of a folder; of one in another folder only where it is no link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(path, flags if at is None else flags | os.O_NOFOLLOW, dir_fd=at)
    opened.callback(os.close, descriptor)
    return descriptor


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _linked(part: str, root: int, name: str, folder: int) -> bool:
    """Give a file that was written its name. Return whether nothing had that name: what is there stays what it is."""
    try:
        os.link(part, name, src_dir_fd=root, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:  # not every file system has links
        if _is_there(name, folder):
            return False
        os.rename(part, name, src_dir_fd=root, dst_dir_fd=folder)
    return True


def _failed(what: str, error: OSError, hint: str) -> Error:
    """Return the error of a file that could not be saved, or compared with what would be."""
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        hint = "Find out who created it, and remove it: links are not allowed below the folder of saved reports."
        return Error(
            f"could not {what}: it, or a folder in its name, is a link or no folder",
            None,
            hint,
            errcodes.INSUFFICIENT_PRIVILEGE,
        )
    sqlstate = errcodes.INSUFFICIENT_PRIVILEGE if isinstance(error, PermissionError) else errcodes.IO_ERROR
    return Error(f"could not {what}: {error.strerror}", None, hint, sqlstate)
