"""Text that others chose, in a form that a database can hold and a terminal can show."""

from __future__ import annotations

import codecs
import functools
from typing import Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error


def escaped(text: str) -> str:
    r"""Return a text with an escape, such as \x1b, in place of each character that is not printable.

    These are control characters (C0, C1, newlines), those that change the direction of writing, and invisible ones.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def holdable(text: str) -> str:
    """Return a text as the database can hold it: NUL, lone surrogates and what its encoding lacks are escaped."""
    codec = _codec()
    return text.replace("\0", "\\x00").encode(codec, "backslashreplace").decode(codec)


def printable(text: str) -> str:
    """Return a text in one line, for an error of the database: escaped(), and as its encoding can hold it."""
    return holdable(escaped(text))


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
        character = f"U+{ord(error.object[error.start]):04X}"
        detail = f"It holds {character}, which the database's encoding lacks."
        hint = "Read it in a database of the encoding UTF8."
        sqlstate = errcodes.UNTRANSLATABLE_CHARACTER
        raise Error(f"the {noun} cannot be read in this database", detail, hint, sqlstate) from None


@functools.cache
def _codec() -> str:
    """Return Python's name of the database's encoding; ascii, which all have, for one that Python does not know."""
    name = _encoding()
    if name in (None, "UTF8"):
        return "utf-8"
    try:
        return codecs.lookup(str(name).replace("WIN", "cp")).name
    except LookupError:
        return "ascii"


def _encoding() -> Optional[str]:
    """Return PostgreSQL's name of the database's encoding, None outside a server."""
    import ctypes  # not at the top: a new connection waits for each module

    try:
        encoding_name = ctypes.CDLL(None).GetDatabaseEncodingName
    except AttributeError:
        return None
    encoding_name.restype = ctypes.c_char_p
    return str(encoding_name().decode())
