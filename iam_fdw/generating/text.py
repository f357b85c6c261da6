"""Literals, lists and templates: what the generators of SQL have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# A line of a template in whose place a list is written, an element a line, with commas between them.
_MARKER = re.compile(r"^( *)-- generate: (\w+)\n", re.MULTILINE)


def head(source: str) -> str:
    """Return the first line of a file that is made from a source."""
    return f"-- Written by make generate from {source}: do not edit.\n"


def literal(text: str) -> str:
    """Return a text as a literal of SQL, for sessions with standard_conforming_strings."""
    return "'" + text.replace("'", "''") + "'"


def lines(elements: Sequence[str], indentation: str = "  ") -> str:
    """Return elements of a list, each on a line, with commas between them."""
    return ",\n".join(f"{indentation}{element}" for element in elements)


def comment_on(what: str, text: str) -> str:
    """Return the statement that gives an object a comment."""
    return f"comment on {what} is\n  {literal(text)};\n"


def fill(template: str, lists: Mapping[str, Sequence[str]]) -> str:
    """Return a template with a list in place of each line `-- generate: NAME`. Raises KeyError for an unknown name."""
    return _MARKER.sub(lambda marker: lines(lists[marker[2]], marker[1]) + "\n", template)
