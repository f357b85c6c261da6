"""Errors on the command line, in PostgreSQL's form, and text of others with its control characters escaped."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Optional

import click
import psycopg
from psycopg import sql

from iam_fdw.text import escaped

READER_HINT = 'Run "iam-fdw install --reader ROLE" as a superuser, for this role.'
_INDENT = " " * len("DETAIL:  ")


class _Failure(click.ClickException):
    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]


def failure(
    message: str, detail: Optional[str] = None, hint: Optional[str] = None, exit_code: int = 1
) -> click.ClickException:
    """Return the error to raise: primary text, DETAIL and HINT, each on a line of its own."""
    lines = [plain_lines(message)]
    lines += [f"DETAIL:  {plain_lines(detail, _INDENT)}"] if detail else []
    lines += [hint_line(hint)] if hint else []
    return _Failure("\n".join(lines), exit_code)


def of_database(error: psycopg.Error, exit_code: int = 1, hint: Optional[str] = None) -> click.ClickException:
    """Return the error to raise for one of PostgreSQL's. hint: what to do where PostgreSQL does not say it."""
    diagnostic = error.diag
    message = diagnostic.message_primary or str(error).strip()
    return failure(message, diagnostic.message_detail, diagnostic.message_hint or hint, exit_code)


def hint_line(hint: str) -> str:
    """Return a hint as PostgreSQL's clients show it."""
    return f"HINT:  {plain_lines(hint, _INDENT)}"


def scan_hint(
    connection: psycopg.Connection[Any],
    relation: sql.Identifier,
    account_ids: Collection[Optional[str]],
    timeout: int = 0,
) -> Optional[str]:
    """Return the hint of the error that a scan of accounts ends with, None when it has none.

    The status and the rows of an account that could not be read have its error without the hint. relation: a table or
    view whose scan fails. account_ids: None in it means all accounts. timeout: seconds, 0 for that of the session.
    """
    query = sql.SQL("select user_name from {}").format(relation)
    if None not in account_ids:
        query += sql.SQL(" where account_id = any ({})").format(sql.Literal(list(account_ids)))
    warned: dict[str, None] = {}

    def keep(diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.message_hint:
            warned[diagnostic.message_hint] = None

    connection.add_notice_handler(keep)  # with on_account_error = skip the error is a warning
    try:
        with connection.transaction(force_rollback=True):
            if timeout:
                connection.execute(f"set local statement_timeout = '{timeout}s'".encode())
            connection.execute(query)
    except psycopg.Error as error:
        return error.diag.message_hint
    finally:
        connection.remove_notice_handler(keep)
    return "\n".join(warned) or None


def plain(text: str) -> str:
    """Return text of others (names, reports, errors) as a terminal can show it: escaped()."""
    return escaped(text)


def plain_lines(text: str, indent: str = "") -> str:
    """Return text like plain(), with its line breaks. indent: what each line after the first begins with."""
    return f"\n{indent}".join(plain(line.expandtabs(4)) for line in text.split("\n"))
