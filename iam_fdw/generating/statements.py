"""What statements of SQL make in the schema: read from their text, so that nothing is listed twice.

They are in the form that all of sql/ has: `create or replace view :"schema".name` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_NAME = r':"schema"\.(\w+)'
_COMMENT = re.compile(rf"comment on column {_NAME}\.(\w+) is\s+'((?:[^']|'')*)'")
_FOREIGN = re.compile(rf"create foreign table if not exists {_NAME}:suffix")
_INDEX = re.compile(r"create (?:unique )?index if not exists (\w+) on")
_ROUTINE = re.compile(rf"create or replace (function|procedure) {_NAME}\(([^()]*)\)(.*?)\bas \$", re.DOTALL)
_TABLE = re.compile(rf"create table if not exists {_NAME} \((.*?)\n\);", re.DOTALL)
_COLUMN = re.compile(r"^  (\w+) ", re.MULTILINE)
_ADDED = re.compile(rf"alter table {_NAME}((?:,?\s+add column if not exists [^,;]+)+);")
_VIEW = re.compile(rf"create or replace view {_NAME}[^;]*?\bas\s+select\s+([^;]*)")
_TYPES = {"timestamptz": "timestamp with time zone"}


class Routine(NamedTuple):
    """A function or procedure. types: of its arguments, as written. is_read: whether queries call it."""

    kind: str
    name: str
    types: tuple[str, ...]
    is_read: bool

    @property
    def signature(self) -> str:
        """Return it as GRANT names it."""
        return f':"schema".{self.name}({", ".join(self.types)})'

    @property
    def regprocedure(self) -> str:
        """Return it as regprocedure writes it after format() has put the schema in."""
        types = [_TYPES.get(written, written).replace(':"schema"', "%1$I") for written in self.types]
        return f"%1$I.{self.name}({','.join(types)})"


class Objects(NamedTuple):
    """What statements make. tables, views: names and columns. comments: of columns, by relation and column."""

    foreign_tables: list[str]
    tables: dict[str, list[str]]
    indexes: list[str]
    views: dict[str, list[str]]
    routines: list[Routine]
    comments: dict[tuple[str, str], str]


def objects(texts: Iterable[str]) -> Objects:
    """Return what the statements of texts make, in order. Views with the name of a foreign table are left out."""
    text = "\n".join(re.sub(r"--[^\n]*", "", text) for text in texts)
    foreign_tables = _FOREIGN.findall(text)
    bodies = dict(_TABLE.findall(text))
    tables = {
        name: [column for column in _COLUMN.findall(body) if column not in ("primary", "check", "constraint")]
        for name, body in bodies.items()
    }
    for name, added in _ADDED.findall(text):
        tables[name] += re.findall(r"if not exists (\w+)", added)
    keys = [f"{name}_pkey" for name, body in bodies.items() if "primary key" in body]
    return Objects(
        foreign_tables,
        tables,
        [*keys, *_INDEX.findall(text)],
        {name: list(_columns(rest)) for name, rest in _VIEW.findall(text) if name not in foreign_tables},
        list(
            dict.fromkeys(_routine(*found) for found in _ROUTINE.findall(text))
        ),  # one may have a variant for Multicorn
        {(name, column): comment.replace("''", "'") for name, column, comment in _COMMENT.findall(text)},
    )


def _routine(kind: str, name: str, arguments: str, rest: str) -> Routine:
    types = []
    for argument in filter(None, map(str.strip, arguments.split(","))):
        words = re.split(r"\s+default\s", argument)[0].split(None, 1)
        if words[0] != "out":
            types.append(words[1])
    return Routine(kind, name, tuple(types), bool(re.search(r"\b(stable|immutable)\b", rest)))


def _columns(rest: str) -> Iterator[str]:
    """Yield the names of the columns of a select list, in order; its text goes on with FROM."""
    column, depth = "", 0
    for part in re.findall(r"'(?:[^']|'')*'|\w+|.", rest, re.DOTALL):
        depth += {"(": 1, "[": 1, "case": 1, ")": -1, "]": -1, "end": -1}.get(part, 0)
        is_end = depth == 0 and part == "from"
        if is_end or (depth == 0 and part == ","):
            yield re.split(r"[\s.]", column.strip())[-1]
            column = ""
        else:
            column += part
        if is_end:
            return
