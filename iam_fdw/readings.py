"""What became of each account: its report or an error, and how tables and errors tell of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Optional

from iam_fdw.errors import Error
from iam_fdw.report import ROOT, TOLD, Report, array
from iam_fdw.tables import CREDENTIAL_REPORT_OR_ERROR, CREDENTIAL_REPORT_STATUS, Table

_MOST_LINES = 20  # of accounts with their errors; of the others an error has the names


class Reading(NamedTuple):
    """What became of one account: a report or an error.

    account_id, account_name: None when not known. name: what an error calls it.
    origin: aws, cache or file. generated_time: when AWS made the report, UTC.
    checked_at: when that was known, UTC. seconds: how long it took.
    """

    account_id: Optional[str]
    account_name: Optional[str]
    name: str
    origin: str
    generated_time: Optional[datetime]
    report: Optional[Report]
    error: Optional[Error]
    checked_at: datetime
    seconds: float


def reading(
    account_id: Optional[str],
    account_name: Optional[str],
    name: str,
    origin: str,
    generated_time: Optional[datetime],
    result: object,
    started: float,
) -> Reading:
    """Return the reading of now. result: a Report or an Error. started: when it was begun, of time.monotonic()."""
    return Reading(
        account_id,
        account_name,
        name,
        origin,
        generated_time,
        result if isinstance(result, Report) else None,
        result if isinstance(result, Error) else None,
        datetime.now(timezone.utc),
        time.monotonic() - started,
    )


def status(reading: Reading, max_age: timedelta) -> list[Optional[str]]:
    """Return the row of aws_iam_credential_report_status, in the order of its columns."""
    error, made = reading.error, reading.generated_time
    if error is not None:
        state = error.state
    else:
        state = "fresh" if made is not None and reading.checked_at - made <= max_age else "stale"
    return _row(
        CREDENTIAL_REPORT_STATUS,
        {
            "account_id": reading.account_id,
            "account_name": reading.account_name,
            "state": state,
            "generated_time": made.isoformat() if made else None,
            "users": str(reading.report.users) if reading.report else None,
            "origin": reading.origin,
            "error_code": error.code if error else None,
            "error_message": _line(reading.name, error) if error else None,
            "checked_at": reading.checked_at.isoformat(),
            "duration_ms": str(round(1000 * reading.seconds)),
        },
    )


def rows_or_error(reading: Reading) -> list[list[Optional[str]]]:
    """Return the rows of aws_iam_credential_report_or_error, in the order of its columns: root's always."""
    report, made = reading.report, reading.generated_time
    if report is not None:
        rows = report.rows  # nobody else's: they are extended where they are
        for row, unknown in zip(rows, report.unknown_columns):
            row += (None, None, unknown)
        if report.users == len(rows):
            known = {
                "user_name": ROOT,
                "user_arn": f"arn:{report.partition}:iam::{report.account_id}:root",
                "generated_time": made.isoformat() if made else None,
                "partition": report.partition,
                "region": "global",
                "account_id": report.account_id,
                "account_name": reading.account_name,
                "is_root": "true",
                "unknown_columns": array(TOLD),
            }
            rows.insert(0, _row(CREDENTIAL_REPORT_OR_ERROR, known))
        return rows
    error = reading.error or Error("there is neither report nor error")
    values = {
        "account_id": reading.account_id,
        "account_name": reading.account_name,
        "error_code": error.code,
        "error_message": _line(reading.name, error),
    }
    return [_row(CREDENTIAL_REPORT_OR_ERROR, values)]


def failure(failed: Sequence[Reading]) -> Error:
    """Return one error that names every report that could not be read."""
    problems = [(reading.name, reading.error) for reading in failed if reading.error is not None]
    name, error = problems[0]
    if len(problems) == 1:
        message = f"could not read the credential report of {name}: {error.message}"
        return Error(message, error.detail, error.hint, error.sqlstate, error.code, error.state)
    details = [_line(name, error) for name, error in problems[:_MOST_LINES]]
    if len(problems) > _MOST_LINES:
        details.append(f"And of: {', '.join(name for name, _ in problems[_MOST_LINES:])}.")
    hints = dict.fromkeys(error.hint for _, error in problems if error.hint)
    message = f"could not read {len(problems)} credential reports"
    return Error(message, "\n".join(details), "\n".join(hints) or None, error.sqlstate, error.code, error.state)


def _line(name: str, error: Error) -> str:
    return f"{name}: {error.message}" + (f" ({error.detail})" if error.detail else "")


def _row(table: Table, values: dict[str, Optional[str]]) -> list[Optional[str]]:
    return [values.get(column.name) for column in table.columns]
