"""Which accounts to read, each account's report from where the settings say, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable, NamedTuple, Optional

from iam_fdw import background, report, snapshots
from iam_fdw.background import Patience
from iam_fdw.errors import Error
from iam_fdw.options import Settings
from iam_fdw.report import Report
from iam_fdw.tables import CREDENTIAL_REPORT_STATUS

# How long, in seconds, AWS is asked for the account's id when its report could not be read.
_IDENTITY_TIMEOUT = 5.0


class Reading(NamedTuple):
    """What became of one account: a report or an error.

    account_id, account_name: None when not known. name: what an error calls it.
    origin: aws or file. generated_time: when AWS made the report, UTC.
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


def read(
    settings: Settings,
    account_ids: Optional[Container[str]],
    columns: Container[str],
    is_cancelled: Callable[[], bool],
) -> Iterator[Reading]:
    """Yield what became of each account, one after the other.

    account_ids: those that are wanted, None for all. An account whose id is not known before is read.
    columns: those of the report that are wanted.

    Raises CancelledError when is_cancelled says so, and Error where not even the accounts can be found.
    """
    if settings.source is not None:
        yield from _saved(settings.source, account_ids, columns)
    elif account_ids is None or settings.role_account_id is None or settings.role_account_id in account_ids:
        yield _asked(settings, columns, is_cancelled)


def status(reading: Reading, max_age: timedelta) -> list[Optional[str]]:
    """Return the row of aws_iam_credential_report_status, in the order of its columns."""
    error, made = reading.error, reading.generated_time
    if error is not None:
        state = error.state
    else:
        state = "fresh" if made is not None and reading.checked_at - made <= max_age else "stale"
    values: dict[str, Optional[str]] = {
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
    }
    return [values[column.name] for column in CREDENTIAL_REPORT_STATUS.columns]


def failure(failed: Sequence[Reading]) -> Error:
    """Return one error that names every report that could not be read."""
    problems = [(reading.name, reading.error) for reading in failed if reading.error is not None]
    name, error = problems[0]
    if len(problems) == 1:
        message = f"could not read the credential report of {name}: {error.message}"
        return Error(message, error.detail, error.hint, error.sqlstate, error.code, error.state)
    details = [_line(name, error) for name, error in problems]
    hints = dict.fromkeys(error.hint for _, error in problems if error.hint)
    message = f"could not read {len(problems)} credential reports"
    return Error(message, "\n".join(details), "\n".join(hints) or None, error.sqlstate, error.code, error.state)


def _line(name: str, error: Error) -> str:
    return f"{name}: {error.message}" + (f" ({error.detail})" if error.detail else "")


def _asked(settings: Settings, columns: Container[str], is_cancelled: Callable[[], bool]) -> Reading:
    started, patience = time.monotonic(), Patience(settings.timeout)
    account_id, made, parsed, problem = settings.role_account_id, None, None, None

    def fetch() -> tuple[bytes, datetime]:
        try:
            from iam_fdw import aws  # not before it is needed: boto3 takes its time
        except ImportError as error:
            hint = "Install boto3 into the environment of the Python that the server runs."
            raise Error("could not import boto3", f"{error}.", hint, "58P01") from None  # undefined_file
        return aws.fetch(settings, patience)

    try:
        content, made = background.run(fetch, patience, is_cancelled)
        parsed = report.parse(content, account_id=account_id, account_name=None, generated_time=made, columns=columns)
        account_id = parsed.account_id
    except Error as error:
        problem = error
        # AWS did answer: with a report that cannot be read, or with an error of its own
        if account_id is None and (made is not None or error.code != error.sqlstate):
            account_id = _identity(settings, min(_IDENTITY_TIMEOUT, patience.remaining()), is_cancelled)
    name = f"account {account_id}" if account_id else "the account"
    return _reading(account_id, name, "aws", made, parsed, problem, started)


def _identity(settings: Settings, timeout: float, is_cancelled: Callable[[], bool]) -> Optional[str]:
    patience = Patience(timeout)

    def ask() -> Optional[str]:
        from iam_fdw import aws

        return aws.account_id(settings, patience)

    try:
        return background.run(ask, patience, is_cancelled)
    except Error:
        return None


def _saved(source: str, account_ids: Optional[Container[str]], columns: Container[str]) -> Iterator[Reading]:
    """Yield the newest report of each account, and the files that could not be read."""
    names = snapshots.find(source)
    if len(names) == 1:
        yield _file(source, names[0], columns)
        return
    found: dict[str, list[tuple[Optional[datetime], str]]] = {}
    for name in names:
        reading = _file(source, name, ())
        if reading.report is None:
            yield reading
        elif account_ids is None or reading.report.account_id in account_ids:
            found.setdefault(reading.report.account_id, []).append((reading.generated_time, name))
    for account_id, files in sorted(found.items()):
        times = [made for made, _ in files if made is not None]
        if len(files) > 1 and len(times) < len(files):
            detail = f"They are: {', '.join(sorted(snapshots.shown(name) for _, name in files))}."
            hint = "Keep one, or put the time of each into its name, such as 2026-11-23T08:00:00Z.csv."
            error = Error("which saved report is the newest is not known", detail, hint, "22000")  # data_exception
            yield _reading(account_id, f"account {account_id}", "file", None, None, error, time.monotonic())
        else:
            yield _file(source, max(files)[1] if times else files[0][1], columns, account_id)


def _file(source: str, name: str, columns: Container[str], account_id: Optional[str] = None) -> Reading:
    started, made, parsed, problem = time.monotonic(), None, None, None
    try:
        content, made = snapshots.read(source, name)
        parsed = report.parse(content, account_id=account_id, account_name=None, generated_time=made, columns=columns)
        account_id = parsed.account_id
    except Error as error:
        problem = error
    return _reading(
        account_id, f"file {snapshots.shown(name or Path(source).name)}", "file", made, parsed, problem, started
    )


def _reading(
    account_id: Optional[str],
    name: str,
    origin: str,
    generated_time: Optional[datetime],
    parsed: Optional[Report],
    problem: Optional[Error],
    started: float,
) -> Reading:
    seconds = time.monotonic() - started
    now = datetime.now(timezone.utc)
    return Reading(account_id, None, name, origin, generated_time, parsed, problem, now, seconds)
