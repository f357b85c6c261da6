r"""Run the files of sql/ as psql does, which install.sql and uninstall.sql are written for.

They use no more of psql's language than this module understands: variables, and the commands \gset, \ir, \if :name,
\else and \endif, each on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_PACKAGE = Path(__file__).parent.parent
# Beside the package in a checkout, in it where it is installed.
SQL = next(folder for folder in (_PACKAGE / "sql", _PACKAGE.parent / "sql") if (folder / "install.sql").exists())

_QUOTED = re.compile(r"(\$\w*\$).*?\1|--[^\n]*|'[^']*'|(?<!:):(?:\"(\w+)\"|'(\w+)'|([a-z_]\w*))", re.DOTALL)
_COMMAND = re.compile(r"^\\(\w+) ?(.*)\n", re.MULTILINE)


def install(connection: psycopg.Connection[Any], variables: Mapping[str, str]) -> str:
    """Run install.sql in the connection's transaction; its variables are all given. Return the engine.

    Raises psycopg.Error.
    """
    return run(connection, _included("install.sql"), variables)["engine"]


def uninstall(connection: psycopg.Connection[Any], variables: Mapping[str, str]) -> None:
    """Run uninstall.sql in the connection's transaction. Raises psycopg.Error."""
    run(connection, _included("uninstall.sql"), variables)


def _included(name: str) -> list[str]:
    """Return what install.sql or uninstall.sql runs between BEGIN and COMMIT: files, in order."""
    return re.findall(r"^\\ir (\S+)$", (SQL / name).read_text(encoding="utf-8"), re.MULTILINE)


def run(connection: psycopg.Connection[Any], files: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Run files of sql/ in the connection's transaction. Return the variables. Raises psycopg.Error."""
    variables = dict(given)
    for file in files:
        _run(connection, SQL / file, variables)
    return variables


def _run(connection: psycopg.Connection[Any], path: Path, variables: dict[str, str]) -> None:
    """Run a file, and set the variables that it sets."""
    # Text, then for each command its name, its argument, and the text after it.
    first, *rest = _COMMAND.split(path.read_text(encoding="utf-8"))
    commands = ["", *rest[::3]]
    conditions: list[bool] = []  # of each \if that has not ended
    for command, argument, text, next_command in zip(
        commands, ["", *rest[1::3]], [first, *rest[2::3]], [*rest[::3], ""]
    ):
        if command == "if":
            conditions.append(all(conditions) and variables[argument.removeprefix(":")] == "true")
        elif command == "else":
            conditions[-1] = all(conditions[:-1]) and not conditions[-1]
        elif command == "endif":
            conditions.pop()
        elif command == "ir" and all(conditions):
            _run(connection, path.parent / argument, variables)
        if all(conditions) and text.strip():
            query = substituted(text, variables, connection)
            if next_command == "gset":
                variables.update(_row(connection, query))
            else:
                connection.execute(query)


def _row(connection: psycopg.Connection[Any], query: bytes) -> dict[str, str]:
    """Return what the last statement of a query gives, by column."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        while cursor.nextset():
            pass
        row, description = cursor.fetchone(), cursor.description
    if row is None or description is None:
        raise ValueError(r"a query before \gset must give a row")
    return {column.name: value for column, value in zip(description, row)}


def substituted(text: str, variables: Mapping[str, str], connection: psycopg.Connection[Any]) -> bytes:
    """Replace :"name", :'name' and :name, as psql does: not in comments, literals, and between dollars."""

    def value(match: re.Match[str]) -> str:
        _, identifier, literal, plain = match.groups()
        if identifier:
            return sql.Identifier(variables[identifier]).as_string(connection)
        if literal:
            return sql.Literal(variables[literal]).as_string(connection)
        return variables[plain] if plain else match[0]

    return _QUOTED.sub(value, text).encode(connection.info.encoding)
