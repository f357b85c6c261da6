"""A line of `iam-fdw doctor`, and the queries that its modules share."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

import psycopg

from iam_fdw.cli.errors import READER_HINT

OK, WARNING, FAILED, SKIPPED = "ok", "warning", "FAILED", "-"


class Diagnosis(NamedTuple):
    """The state of one topic.

    topic: one of doctor.TOPICS. status: OK, WARNING, FAILED or SKIPPED. facts: what was found. to_do: how to fix it;
    None where there is nothing to fix or the fix is not known.
    """

    topic: str
    status: str
    facts: str
    to_do: Optional[str] = None


def failed(topic: str, error: psycopg.Error) -> Diagnosis:
    """Return the diagnosis for an error of PostgreSQL, with its DETAIL and HINT."""
    diagnostic = error.diag
    facts = diagnostic.message_primary or str(error).strip()
    if diagnostic.message_detail:
        facts += f"\nDETAIL:  {diagnostic.message_detail}"
    to_do = None
    if topic == "connection":
        to_do = "Check the connection string, that the server runs, and that it lets you in."
    elif isinstance(error, psycopg.errors.InsufficientPrivilege):
        to_do = READER_HINT
    return Diagnosis(topic, FAILED, facts, diagnostic.message_hint or to_do)


def first_value(connection: psycopg.Connection[Any], query: str, *parameters: object) -> Any:
    """Return the first column of the first row; None when there is no row. Raises psycopg.Error."""
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return row[0] if row else None


def first_column(connection: psycopg.Connection[Any], query: str, *parameters: object) -> list[str]:
    """Return the values of a query that has one column. Raises psycopg.Error."""
    return [value for (value,) in connection.execute(query.encode(), parameters or None).fetchall()]
