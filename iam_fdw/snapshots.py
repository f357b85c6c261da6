"""Saved reports: a file, or a folder with one for each account.

A saved report is the CSV itself (.csv), the same compressed (.csv.gz), or the answer of the AWS command line
(.json: `aws iam get-credential-report`), which alone tells when AWS made the report.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import time
import zlib
from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple, Optional

from iam_fdw import report
from iam_fdw.errors import Error
from iam_fdw.readings import Reading, reading
from iam_fdw.report import MAX_BYTES

SUFFIXES = (".csv", ".csv.gz", ".json")

_TIME_IN_NAME = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})T([0-9]{2}):?([0-9]{2}):?([0-9]{2})(?:\+00:?00|Z)")
_MOST_DEPTH = 32
_MOST_COMMAS = 10  # there are two
_FORMATS = "Save it as the AWS command line gives it, or its Content alone, decoded from base64."


class Snapshot(NamedTuple):
    """A saved report.

    generated_time: when AWS made it, UTC: from a .json as AWS told it, else from a time in the file's name such as
    2026-11-23T08:00:00Z, else None. When the file was written does not tell: a copy has a time of its own.
    """

    content: bytes
    generated_time: Optional[datetime]


def readings(source: str, account_ids: Optional[Container[str]], columns: Sequence[Optional[str]]) -> Iterator[Reading]:
    """Yield the newest report of each account, and the files that could not be read.

    account_ids: those that are wanted, None for all. columns: what a row of a report holds, see report.parse().
    Raises Error when the source cannot be opened, or has no report.
    """
    names = find(source)
    if len(names) == 1:
        yield _reading(source, names[0], columns)
        return
    found: dict[str, list[tuple[Optional[datetime], str]]] = {}
    for name in names:
        first = _reading(source, name, ())
        if first.report is None:
            yield first
        elif account_ids is None or first.report.account_id in account_ids:
            found.setdefault(first.report.account_id, []).append((first.generated_time, name))
    for account_id, files in sorted(found.items()):
        times = [made for made, _ in files if made is not None]
        if len(files) > 1 and len(times) < len(files):
            detail = f"They are: {', '.join(sorted(shown(name) for _, name in files))}."
            hint = "Keep one, or put the time of each into its name, such as 2026-11-23T08:00:00Z.csv."
            error = Error("which saved report is the newest is not known", detail, hint, "22000")  # data_exception
            yield reading(account_id, None, f"account {account_id}", "file", None, error, time.monotonic())
        else:
            yield _reading(source, max(files)[1] if times else files[0][1], columns, account_id)


def find(source: str) -> list[str]:
    """Return the names of the saved reports, below the source, in order: of a file its own.

    Hidden files and folders are not looked at. Raises Error when there are none.
    """
    path = Path(source)
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            return [""]
        names = sorted(_walk(path))
    except OSError as error:
        raise _unreadable("the source", error) from None
    if not names:
        hint = f"Save reports there, as {', '.join(SUFFIXES)}, or change the option source."
        raise Error("there is no saved credential report in the source", hint=hint, sqlstate="58P01")  # undefined_file
    return names


def read(source: str, name: str) -> Snapshot:
    """Return the saved report of a name that find() gave. Raises Error, which names the file but not its folder."""
    path = Path(source, name)
    try:
        content = _read(path, path.parent if name == "" else Path(source))
    except OSError as error:
        raise _unreadable(shown(path.name), error) from None
    suffix = next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), "")
    if suffix == ".json":
        return _of_json(content)
    if suffix == ".csv.gz" or content.startswith(b"\x1f\x8b"):
        content = _decompressed(content)
    return Snapshot(content, _of_the_past(_time(path.name)))


def _reading(source: str, name: str, columns: Sequence[Optional[str]], account_id: Optional[str] = None) -> Reading:
    started, made = time.monotonic(), None
    try:
        content, made = read(source, name)
        result: object = report.parse(
            content, account_id=account_id, account_name=None, generated_time=made, columns=columns
        )
    except Error as error:
        result = error
    if isinstance(result, report.Report):
        account_id = result.account_id
    return reading(account_id, None, f"file {shown(name or Path(source).name)}", "file", made, result, started)


def shown(name: str) -> str:
    """Return a file's name as errors can show it: others may have put anything into it."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _time(name: str) -> Optional[datetime]:
    match = _TIME_IN_NAME.search(name)
    if match is None:
        return None
    try:
        return datetime.fromisoformat("{}-{}-{}T{}:{}:{}+00:00".format(*match.groups()))
    except ValueError:
        raise Error("the name of the saved report holds no existing time", hint="Rename the file.") from None


def _of_the_past(made: Optional[datetime]) -> Optional[datetime]:
    """Refuse a time that would be the newest, and fresh, for ever; a clock may be a day off."""
    if made is not None and made - datetime.now(timezone.utc) > timedelta(days=1):
        detail = f"It is said to be of {made.isoformat()}."
        raise Error("the saved report is of the future", detail, "Correct its time, or the clock.", "22000")
    return made


def _walk(top: Path) -> Iterator[str]:
    folders = [(top, 0)]
    while folders:
        folder, depth = folders.pop()
        if depth > _MOST_DEPTH:
            hint = "Change the option source."
            raise Error("there are too many folders within one another in the source", hint=hint, sqlstate="54000")
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append((folder / entry.name, depth + 1))
                # a link to a folder is no file, and so an error: its accounts must not be missing without a word
                elif entry.name.lower().endswith(SUFFIXES) or os.path.isdir(entry.path):
                    yield str((folder / entry.name).relative_to(top))


def _read(path: Path, folder: Path) -> bytes:
    """Return the bytes of a regular file below a folder, no more than base64 needs for a report that is too large."""
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
        return file.read(2 * MAX_BYTES)


def _of_json(content: bytes) -> Snapshot:
    try:
        # nothing within, nothing else: what would take time or memory is no such answer
        if content.count(b"{") != 1 or b"[" in content or content.count(b",") > _MOST_COMMAS:
            raise ValueError("not the answer's form")
        answer = json.loads(content, parse_int=str, parse_float=str)
        content = base64.b64decode(answer["Content"], validate=True)
        made = datetime.fromisoformat(str(answer["GeneratedTime"]).replace("Z", "+00:00"))
        if made.tzinfo is None:
            raise ValueError("a time without a zone")
        made = made.astimezone(timezone.utc)
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Error("the saved report is no answer of GetCredentialReport", hint=_FORMATS, sqlstate="22P04") from None
    return Snapshot(content, _of_the_past(made))


def _decompressed(content: bytes) -> bytes:
    decompressor = zlib.decompressobj(wbits=31)  # gzip
    try:
        decompressed = decompressor.decompress(content, MAX_BYTES + 1)
    except zlib.error:
        decompressed = b""
    if len(decompressed) <= MAX_BYTES and (not decompressor.eof or decompressor.unused_data):
        raise Error("the saved report is damaged or cut off", "It is not one whole gzip file.", _FORMATS, "22P04")
    return decompressed


def _unreadable(what: str, error: OSError) -> Error:
    sqlstates = {FileNotFoundError: "58P01", PermissionError: "42501"}  # undefined_file, insufficient_privilege
    hint = "Check the option source, and that the operating system user of the server may read it."
    return Error(f"could not open {what}: {error.strerror}", None, hint, sqlstates.get(type(error), "58030"))
