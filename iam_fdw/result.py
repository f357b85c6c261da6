"""What became of each account: its report or an error, and how tables and errors tell of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Optional, Union

from iam_fdw.errors import Error
from iam_fdw.tables.report import ROOT, TOLD, Report, Row, array
from iam_fdw.text import holdable

_MOST_LINES = 20  # of accounts with their errors; of the others an error has the names


class Result(NamedTuple):
    """What became of one account: a report or an error.

    account_id, account_name: None when not known. name: what an error calls it.
    origin: aws, cache, file or s3. generated_time: when AWS made the report, UTC.
    checked_at: when that was known, UTC. seconds: how long it took.
    snapshot_uri: where the report is saved, None where it is not one of the snapshots. content: its bytes.
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
    snapshot_uri: Optional[str] = None
    content: Optional[bytes] = None


def reading(
    account_id: Optional[str],
    account_name: Optional[str],
    name: str,
    origin: str,
    generated_time: Optional[datetime],
    result: object,
    started: float,
    snapshot_uri: Optional[str] = None,
    content: Optional[bytes] = None,
) -> Result:
    """Return the reading of now. result: a Report or an Error. started: when it was begun, of time.monotonic()."""
    return Result(
        account_id,
        account_name,
        name,
        origin,
        generated_time,
        result if isinstance(result, Report) else None,
        result if isinstance(result, Error) else None,
        datetime.now(timezone.utc),
        time.monotonic() - started,
        snapshot_uri,
        content,
    )


def status(
    reading: Result,
    max_age: timedelta,
    saved: Union[datetime, Error, None],
    columns: Sequence[Optional[str]],
) -> Row:
    """Return the row of aws_iam_credential_report_status: the values of these columns, None for None.

    saved: when AWS made the newest saved report of the account, UTC; or why that is not known, which then is the error
    of a row that has no other; None without one.
    """
    error, made = reading.error, reading.generated_time
    told = _line(reading.name, error) if error else None
    if error is not None:
        state = error.state
    else:
        state = "fresh" if made is not None and reading.checked_at - made <= max_age else "stale"
    if error is None and isinstance(saved, Error):
        error, told = saved, _line(f"the saved reports of {reading.name}", saved)
    values: dict[str, Optional[str]] = {
        "account_id": reading.account_id,
        "account_name": reading.account_name,
        "state": state,
        "generated_time": made.isoformat() if made else None,
        "users": str(reading.report.users) if reading.report else None,
        "origin": reading.origin,
        "error_code": error.code if error else None,
        "error_message": told,
        "checked_at": reading.checked_at.isoformat(),
        "duration_ms": str(round(1000 * reading.seconds)),
        "snapshot_time": saved.isoformat() if isinstance(saved, datetime) else None,
    }
    return _row(values, columns)


def rows_or_error(reading: Result, columns: Sequence[Optional[str]]) -> list[Row]:
    """Return the rows of aws_iam_credential_report_or_error and _snapshot: the values of these columns, None for None.

    columns: those that the report was parsed for.
    """
    report, made = reading.report, reading.generated_time
    if report is None:
        error = reading.error or Error("there is neither report nor error")
        values: dict[str, Optional[str]] = {
            "account_id": reading.account_id,
            "account_name": reading.account_name,
            "error_code": error.code,
            "error_message": _line(reading.name, error),
        }
        if reading.snapshot_uri:
            values.update(snapshot_uri=reading.snapshot_uri, generated_time=made.isoformat() if made else None)
        return [_row(values, columns)]
    if report.has_root:
        return report.rows
    values = {
        "user_name": ROOT,
        "user_arn": f"arn:{report.partition}:iam::{report.account_id}:root",
        "generated_time": made.isoformat() if made else None,
        "partition": report.partition,
        "region": "global",
        "account_id": report.account_id,
        "account_name": reading.account_name,
        "is_root": "true",
        "unknown_columns": array(TOLD),
        "snapshot_uri": reading.snapshot_uri,
    }
    return [_row(values, columns), *report.rows]


def failure(failed: Sequence[Result]) -> Error:
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
    return holdable(f"{name}: {error.message}" + (f" ({error.detail})" if error.detail else ""))


def _row(values: Mapping[str, Optional[str]], columns: Sequence[Optional[str]]) -> Row:
    return tuple(values.get(name) if name else None for name in columns)
