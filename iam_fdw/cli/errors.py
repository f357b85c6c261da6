"""Errors on the command line, in PostgreSQL's form."""

from __future__ import annotations

from typing import Optional

import click
import psycopg


class _Failure(click.ClickException):
    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]


def failure(
    message: str, detail: Optional[str] = None, hint: Optional[str] = None, exit_code: int = 1
) -> click.ClickException:
    """Return the error to raise: primary text, DETAIL and HINT, each on a line of its own."""
    lines = [message]
    lines += [f"DETAIL:  {detail}"] if detail else []
    lines += [f"HINT:  {hint}"] if hint else []
    return _Failure("\n".join(lines), exit_code)


def of_database(error: psycopg.Error, exit_code: int = 1) -> click.ClickException:
    """Return the error to raise for one of PostgreSQL's."""
    diagnostic = error.diag
    message = diagnostic.message_primary or str(error).strip()
    return failure(message, diagnostic.message_detail, diagnostic.message_hint, exit_code)


def plain(text: str) -> str:
    """Return text without what a terminal would obey: reports are written by others."""
    return "".join(mark if mark.isprintable() else f"\\x{ord(mark):02x}" for mark in text)
