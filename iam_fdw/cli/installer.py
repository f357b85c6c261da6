r"""Run the files of sql/ as psql does, which install.sql and uninstall.sql are written for.

Of psql's language they use no more than what is understood here: variables, \gset and \ir.
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


def install(connection: psycopg.Connection[Any], variables: Mapping[str, str]) -> str:
    """Run install.sql in the connection's transaction; its variables are all given. Return the engine.

    Raises psycopg.Error.
    """
    return run(connection, _included("install.sql"), variables)["engine"]


def uninstall(connection: psycopg.Connection[Any], variables: Mapping[str, str]) -> None:
    """Run uninstall.sql in the connection's transaction. Raises psycopg.Error."""
    run(connection, _included("uninstall.sql"), variables)


def _included(name: str) -> list[str]:
    return re.findall(r"^\\ir (\S+)$", (SQL / name).read_text(encoding="utf-8"), re.MULTILINE)


def run(connection: psycopg.Connection[Any], files: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Run files of sql/ in the connection's transaction. Return the variables. Raises psycopg.Error."""
    variables = dict(given)
    for file in files:
        text = (SQL / file).read_text(encoding="utf-8")
        *queries, rest = re.split(r"\\gset$", text, flags=re.MULTILINE)
        for query in queries:
            variables.update(_row(connection, substituted(query, variables, connection)))
        connection.execute(substituted(rest, variables, connection))
    return variables


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
