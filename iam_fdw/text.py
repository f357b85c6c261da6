"""Text that others chose, in a form that a database can hold and a terminal can show."""

from __future__ import annotations

import codecs
import functools
from typing import Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error


def holdable(text: str) -> str:
    """Return a text as the database can hold it: NUL, lone surrogates and what its encoding lacks are escaped."""
    codec = _codec()
    return text.replace("\0", "\\x00").encode(codec, "backslashreplace").decode(codec)


def printable(text: str) -> str:
    """Return a text in one line, for an error: what a terminal would obey is escaped, too."""
    if not text.isprintable():
        text = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return holdable(text)


def check(content: bytes, noun: str = "credential report") -> None:
    """Raise Error untranslatable_character for a character that the database's encoding lacks: no row could be read.

    noun: what an error calls the content.
    """
    codec = _codec()
    if codec == "utf-8" or content.isascii():
        return
    try:
        content.decode(errors="replace").encode(codec)
    except UnicodeEncodeError as error:
        lacking = f"U+{ord(error.object[error.start]):04X}"
        detail = f"It holds {lacking}, which the database's encoding lacks."
        hint = "Read it in a database of the encoding UTF8."
        sqlstate = errcodes.UNTRANSLATABLE_CHARACTER
        raise Error(f"the {noun} cannot be read in this database", detail, hint, sqlstate) from None


@functools.cache
def _codec() -> str:
    """Return Python's name of the database's encoding; of one that it does not know, that of what all have."""
    name = _encoding()
    if name in (None, "UTF8"):
        return "utf-8"
    try:
        return codecs.lookup(str(name).replace("WIN", "cp")).name
    except LookupError:
        return "ascii"


def _encoding() -> Optional[str]:
    """Return PostgreSQL's name of the database's encoding, None outside a server."""
    import ctypes  # not where nothing is escaped

    try:
        tell = ctypes.CDLL(None).GetDatabaseEncodingName
    except AttributeError:
        return None
    tell.restype = ctypes.c_char_p
    return str(tell().decode())
