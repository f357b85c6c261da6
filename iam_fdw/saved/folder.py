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
from iam_fdw.saved.names import shown
from iam_fdw.tables.report import MAX_SAVED_BYTES
from iam_fdw.workers import Deadline

_MOST_DEPTH = 32  # folders within one another
# Modes of new folders and files, of which the umask may clear more bits. The group is that of the process, or of a
# folder with the setgid bit.
_FOLDER_MODE, _FILE_MODE = 0o750, 0o640
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC
_PART = ".part"  # the end of the name of a file that is being written
_PART_MAX_AGE = 86400  # seconds: the writer of an older one was killed


class Folder:
    """A Place: see place.py. Files and folders whose names begin with a dot are ignored.

    The deadlines have no effect: a file system has no timeout.
    """

    origin = "file"

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._is_swept = False

    def uri(self, name: str) -> str:
        """Return the URI of a file."""
        path = os.fsencode(os.path.join(os.path.abspath(self._path), name))
        return f"file://{quote(path, safe='/=')}"

    def folders(self, deadline: Optional[Deadline] = None) -> list[str]:
        """Return the names of the folders in it, in order.

        Raises Error: UNDEFINED_FILE, INSUFFICIENT_PRIVILEGE or IO_ERROR.
        """
        try:
            return _folders(self._path)
        except OSError as error:
            raise unreadable("the folder of saved reports", error) from None

    def names(self, under: str, first: str, last: str, deadline: Optional[Deadline] = None) -> list[str]:
        """Return the names of the files in the folders of `under`, from the folder first to last, in order.

        Raises Error: INSUFFICIENT_PRIVILEGE or IO_ERROR.
        """
        found = []
        try:
            for folder in _folders(self._path / under):
                if first <= folder <= last:
                    files = sorted(os.listdir(self._path / under / folder))
                    found += [f"{under}/{folder}/{file}" for file in files if not file.startswith(".")]
        except FileNotFoundError:  # no report of this account has been saved
            return []
        except OSError as error:
            raise unreadable(shown(under), error) from None
        return found

    def all_names(self, leave_out: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yield the names of all files and of links to folders below it, in no order.

        leave_out: names of folders directly in it whose files are not wanted.
        Raises OSError, and Error (PROGRAM_LIMIT_EXCEEDED) for folders that are nested too deep.
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
        """Return the bytes of a regular file, at most the first MAX_SAVED_BYTES; a link may lead to one in the folder.

        Raises Error, which does not show the folder: UNDEFINED_FILE, INSUFFICIENT_PRIVILEGE or IO_ERROR.
        """
        path = self._path / name
        try:
            return _read(path, self._path)
        except OSError as error:
            raise unreadable(shown(path.name), error) from None

    def write(self, name: str, content: bytes, deadline: Optional[Deadline] = None) -> bool:
        """Write a file, wholly or not at all, and never over one that exists. Return whether it is new.

        Folders that do not exist are created. Raises Error: INSUFFICIENT_PRIVILEGE or IO_ERROR.
        """
        part = f".{name.rpartition('/')[2]}.{os.getpid()}.{threading.get_ident()}{_PART}"
        hint = "Check that the folder can be written, and that the disk is not full."
        try:
            with ExitStack() as opened:
                root, folder, last = self._opened(name, opened, creates=True)
                if _exists(last, folder):
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

    def read_existing(self, name: str, expected: bytes, deadline: Optional[Deadline] = None) -> bytes:
        """Return the bytes of a file that write() found, at most the first MAX_SAVED_BYTES. No link is followed.

        Raises Error: INSUFFICIENT_PRIVILEGE or IO_ERROR.
        """
        try:
            with ExitStack() as opened:
                _, folder, last = self._opened(name, opened, creates=False)
                with open(
                    os.open(last, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | _FLAGS, dir_fd=folder), "rb"
                ) as file:
                    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                        raise OSError(0, "not a regular file")
                    return file.read(MAX_SAVED_BYTES)
        except OSError as error:
            hint = "Check that the user who saves reports may read them."
            raise _failed(f"compare {shown(name)}, which was saved before", error, hint) from None

    def _opened(self, name: str, opened: ExitStack, creates: bool) -> tuple[int, int, str]:
        """Open the folder and, below it, that of a name. Return the descriptors of both, and the name's last part.

        Other users may be able to write below the folder, so that no part of the name may be a link. Raises OSError.
        """
        if creates:
            _create(self._path)
        root = folder = _open_folder(self._path, opened)
        *parts, last = name.split("/")
        for part in parts:
            if creates:
                with suppress(FileExistsError):
                    os.mkdir(part, _FOLDER_MODE, dir_fd=folder)
            folder = _open_folder(part, opened, folder)
        return root, folder, last

    def _sweep(self) -> None:
        """Remove the files that killed writers left, once in the life of this object."""
        if self._is_swept:
            return
        self._is_swept = True
        with os.scandir(self._path) as entries:
            for entry in entries:
                if entry.name.startswith(".") and entry.name.endswith(_PART):
                    with suppress(OSError):
                        if time.time() - entry.stat(follow_symlinks=False).st_mtime > _PART_MAX_AGE:
                            os.unlink(entry.path)


def unreadable(what: str, error: OSError) -> Error:
    """Return the error for what could not be read: UNDEFINED_FILE, INSUFFICIENT_PRIVILEGE or IO_ERROR."""
    sqlstates = {FileNotFoundError: errcodes.UNDEFINED_FILE, PermissionError: errcodes.INSUFFICIENT_PRIVILEGE}
    hint = "Check the option source or snapshots, and that the operating system user of the server may read it."
    return Error(f"could not open {what}: {error.strerror}", None, hint, sqlstates.get(type(error), errcodes.IO_ERROR))


def _folders(path: Path) -> list[str]:
    with os.scandir(path) as entries:
        # a link to a folder counts, so that reading it is an error: ignored, its reports would be missing silently
        return sorted(entry.name for entry in entries if not entry.name.startswith(".") and _is_folder(entry))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # entry.is_dir() raises for a broken link; for anything else it needs no system call
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()


def _read(path: Path, folder: Path) -> bytes:
    # Opening a device may have an effect, a pipe may block, and a terminal may become the backend's controlling one.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "not a regular file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file")
        # Users who may write in the folder must not make the server read other files and quote them in errors.
        actual = Path(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        if Path(os.path.realpath(folder)) not in actual.parents:
            raise OSError(0, "a link to another folder")
        return file.read(MAX_SAVED_BYTES)


def _create(folder: Path) -> None:
    """Create a folder and its parents, all with the same mode, which os.makedirs() gives only to the last."""
    if not folder.is_dir():
        _create(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(_FOLDER_MODE)


def _open_folder(path: Union[Path, str], opened: ExitStack, at: Optional[int] = None) -> int:
    """Return a descriptor of a folder. at: the descriptor of the folder that it is in, where it must not be a link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(path, flags if at is None else flags | os.O_NOFOLLOW, dir_fd=at)
    opened.callback(os.close, descriptor)
    return descriptor


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _linked(part: str, root: int, name: str, folder: int) -> bool:
    """Give a written file its name. Return False when another file has that name, which is left as it is."""
    try:
        os.link(part, name, src_dir_fd=root, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:  # not every file system has hard links
        if _exists(name, folder):
            return False
        os.rename(part, name, src_dir_fd=root, dst_dir_fd=folder)
    return True


def _failed(what: str, error: OSError, hint: str) -> Error:
    """Return the error for a file that could not be saved, or compared with the one to save."""
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
