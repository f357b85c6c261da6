"""What saved reports hold: CSV (.csv), the same compressed (.csv.gz), or an answer of the AWS command line (.json)."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.saved import names
from iam_fdw.tables.report import MAX_BYTES

SUFFIXES = (".csv", ".csv.gz", ".json")

_GZIP = b"\x1f\x8b"  # how each gzip file begins, https://www.rfc-editor.org/rfc/rfc1952
_GZIP_WINDOW = 31  # for zlib: a gzip header and trailer, with a checksum
_MOST_COMMAS = 10  # an answer of GetCredentialReport has two
_CLOCK_ERROR = timedelta(days=1)  # how far a clock may be off
_HINT = "Save it as the AWS command line gives it, or its Content alone, decoded from base64."


class SavedReport(NamedTuple):
    """The content of a saved report: the CSV as AWS made it.

    generated_time: when AWS made it, UTC: in .json as AWS says, else the time in the file's name, such as
    2026-11-23T08:00:00Z; None where there is none. The time of the file itself is not used: a copy has its own.
    """

    content: bytes
    generated_time: Optional[datetime]


def decode(file_name: str, content: bytes) -> SavedReport:
    """Read the bytes of a file. file_name: without its folder; the ending says the format, in any case of letters.

    Raises Error: BAD_COPY_FILE_FORMAT for what is damaged or in no such format, DATA_EXCEPTION for a time that is to
    come, and FDW_ERROR for a time in the name that does not exist.
    """
    lower = file_name.lower()
    if lower.endswith(".json"):
        return _answer(content)
    if lower.endswith(".csv.gz") or content.startswith(_GZIP):
        content = decompress(content)
    return SavedReport(content, refuse_future(names.time_in(file_name)))


def compress(content: bytes) -> bytes:
    """Return a report as a snapshot holds it: gzip, the same bytes each time, with a checksum."""
    return gzip.compress(content, mtime=0)


def decompress(content: bytes) -> bytes:
    """Return the content of a gzip file; of one that is too large for a report, MAX_BYTES + 1 bytes.

    Raises Error (BAD_COPY_FILE_FORMAT) for what is not one whole gzip file.
    """
    decompressor = zlib.decompressobj(_GZIP_WINDOW)
    try:
        decompressed = decompressor.decompress(content, MAX_BYTES + 1)
    except zlib.error:
        decompressed = b""
    if len(decompressed) <= MAX_BYTES and not _is_whole(decompressor):
        raise Error(
            "the saved report is damaged or cut off",
            "It is not one whole gzip file.",
            _HINT,
            errcodes.BAD_COPY_FILE_FORMAT,
        )
    return decompressed


def holds(compressed: bytes, content: bytes) -> bool:
    """Return whether a gzip file, which another version of zlib may have made, is whole and has this content."""
    decompressor = zlib.decompressobj(_GZIP_WINDOW)
    try:
        decompressed = decompressor.decompress(compressed, len(content) + 1)
    except zlib.error:
        return False
    return decompressed == content and _is_whole(decompressor)


def refuse_future(made: Optional[datetime]) -> Optional[datetime]:
    """Return a time, UTC, that is not to come: a report of the future would be the newest, and fresh, for ever.

    Raises Error (DATA_EXCEPTION) for a time more than a day ahead.
    """
    if made is not None and made - datetime.now(timezone.utc) > _CLOCK_ERROR:
        detail = f"It is said to be of {made.isoformat()}."
        hint = "Correct its time, or the clock."
        raise Error("the saved report is of the future", detail, hint, errcodes.DATA_EXCEPTION)
    return made


def _is_whole(decompressor: zlib._Decompress) -> bool:
    """Return whether a gzip file was read to its end, with a right checksum, and nothing follows it."""
    return decompressor.eof and not decompressor.unused_data


def _answer(content: bytes) -> SavedReport:
    """Read what `aws iam get-credential-report` prints."""
    try:
        # an answer has no object within it and no array: others could take much time or memory
        if content.count(b"{") != 1 or b"[" in content or content.count(b",") > _MOST_COMMAS:
            raise ValueError("not the answer's form")
        answer = json.loads(content, parse_int=str, parse_float=str)
        content = base64.b64decode(answer["Content"], validate=True)
        made = datetime.fromisoformat(str(answer["GeneratedTime"]).replace("Z", "+00:00"))
        if made.tzinfo is None:
            raise ValueError("a time without a zone")
        made = made.astimezone(timezone.utc)
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Error(
            "the saved report is no answer of GetCredentialReport", None, _HINT, errcodes.BAD_COPY_FILE_FORMAT
        ) from None
    return SavedReport(content, refuse_future(made))
