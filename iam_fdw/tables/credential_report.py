"""The credential report: the five tables that are made of it, how it is fetched, and how long a copy is exact.

Its columns are in report_columns.py, its calls in report_fetch.py, its parser is report.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Optional, Union

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.result import Result, Row, error_line
from iam_fdw.tables import report
from iam_fdw.tables.base import Account, Answer, Column, Document, DocumentTable, Request, Table, row
from iam_fdw.tables.report import OPTIONAL, ROOT, Report, array
from iam_fdw.tables.report_columns import COLUMNS

if TYPE_CHECKING:
    from iam_fdw.options import Settings

# AWS makes at most one report in this time, a younger copy is what it would answer:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
MADE_EVERY = timedelta(hours=4)


class CredentialReport(Document[Report]):
    """The credential report, from AWS or from the option source."""

    noun, plural, key = "credential report", "credential reports", ""

    def fetch(self, account: Account) -> Answer:
        """Return the report; AWS makes it first where the options generate and max_age ask for that."""
        from iam_fdw.tables import report_fetch  # not where nothing is called

        return report_fetch.fetch(account.call, account.settings, account.deadline)

    def parse(
        self,
        content: bytes,
        *,
        account_id: Optional[str],
        account_name: Optional[str],
        time: Optional[datetime],
        columns: Sequence[Optional[str]],
    ) -> Report:
        """Return the report, see report.parse(). Raises ReportError."""
        return report.parse(
            content, account_id=account_id, account_name=account_name, generated_time=time, columns=columns
        )

    def copy_age(self, settings: Settings) -> timedelta:
        """Return four hours, or more where the option max_age allows it."""
        return max(settings.max_age, MADE_EVERY)

    def saved(self, request: Request, columns: Sequence[Optional[str]]) -> Iterator[Result[Report]]:
        """Yield the newest report of each account in the option source."""
        from iam_fdw.saved import files  # not where it is not needed: a new connection waits for each module

        return files.newest(request.settings, request.wanted, columns, request.is_cancelled)


class _Status(Table):
    """A row for each account, whether its report could be read or not."""

    def scan(self, request: Request) -> Iterator[tuple[Iterable[Row], Optional[Result[Any]]]]:
        saved = _newest_saved(request) if "snapshot_time" in request.columns else {}
        for result in self.document.results(request, ()):
            newest = saved.get(result.account_id or "")
            yield [_status(result, request.settings.max_age, newest, request.columns)], None


class _OrError(Table):
    """The rows of the report, or one of its error."""

    def scan(self, request: Request) -> Iterator[tuple[Iterable[Row], Optional[Result[Any]]]]:
        for result in self.document.results(request, request.columns):
            yield _rows_or_error(result, request.columns), None


class _Snapshots(Table):
    """The rows of each saved report, or one of its error."""

    def scan(self, request: Request) -> Iterator[tuple[Iterable[Row], Optional[Result[Any]]]]:
        from iam_fdw.saved import names, read

        choice = names.Choice(request.wanted, names.Period(*request.period))
        place = _place(request.settings)
        for result in read.snapshots(request.settings, place, choice, request.columns, request.is_cancelled):
            if request.wanted is not None:
                request.wanted.note(result)
            yield _rows_or_error(result, request.columns), None


class _SnapshotList(Table):
    """A row for each saved report, of its name alone."""

    def scan(self, request: Request) -> Iterator[tuple[Iterable[Row], Optional[Result[Any]]]]:
        from iam_fdw.saved import names, read

        choice, place = names.Choice(request.wanted, names.Period(*request.period)), _place(request.settings)
        for snapshot, uri in read.snapshot_list(request.settings, place, choice, request.is_cancelled):
            values = {
                "account_id": snapshot.account_id,
                "generated_time": snapshot.generated_time.isoformat(),
                "snapshot_uri": uri,
            }
            yield [row(values, request.columns)], None


def _place(settings: Settings) -> str:
    """Return where the snapshots are. Raises Error fdw_invalid_handle."""
    place = settings.snapshots or settings.source
    if place is None:
        hint = "Set the option snapshots of the server to where iam-fdw snapshot saves them."
        raise Error("the server has no saved reports", hint=hint, sqlstate=errcodes.FDW_INVALID_HANDLE)
    return place


def _newest_saved(request: Request) -> dict[str, Union[datetime, Error]]:
    """Return when the newest snapshot of each account was made, UTC, or why that is not known; none without any."""
    if request.settings.snapshots is None:
        return {}
    from iam_fdw.saved import read

    account_ids = None if request.wanted is None else request.wanted.account_ids
    return read.newest_times(request.settings, request.settings.snapshots, account_ids, request.is_cancelled)


def _status(
    result: Result[Report], max_age: timedelta, saved: Union[datetime, Error, None], columns: Sequence[Optional[str]]
) -> Row:
    """Return the row of aws_iam_credential_report_status.

    saved: when AWS made the newest saved report of the account, UTC, None without one; or why that is not known, which
    is the error of a row that has no other.
    """
    error, message, made = result.error, result.error_message, result.time
    if error is not None:
        state = error.state
    else:
        state = "fresh" if made is not None and result.checked_at - made <= max_age else "stale"
    if error is None and isinstance(saved, Error):
        error, message = saved, error_line(f"the saved reports of {result.name}", saved)
    values: dict[str, Optional[str]] = {
        "account_id": result.account_id,
        "account_name": result.account_name,
        "state": state,
        "generated_time": made.isoformat() if made else None,
        "users": str(result.parsed.users) if result.parsed else None,
        "origin": result.origin,
        "error_code": error.code if error else None,
        "error_message": message,
        "checked_at": result.checked_at.isoformat(),
        "duration_ms": str(round(1000 * result.seconds)),
        "snapshot_time": saved.isoformat() if isinstance(saved, datetime) else None,
    }
    return row(values, columns)


def _rows_or_error(result: Result[Report], columns: Sequence[Optional[str]]) -> list[Row]:
    """Return the rows of a report, always one of root among them, or a row with its error.

    columns: those that the report was parsed for.
    """
    found, made = result.parsed, result.time.isoformat() if result.time else None
    if found is None:
        values = {
            "account_id": result.account_id,
            "account_name": result.account_name,
            "error_code": result.error.code if result.error else None,
            "error_message": result.error_message,
        }
        if result.snapshot_uri:
            values.update(snapshot_uri=result.snapshot_uri, generated_time=made)
        return [row(values, columns)]
    if found.has_root:
        return found.rows
    values = {
        "user_name": ROOT,
        "user_arn": f"arn:{found.partition}:iam::{found.account_id}:root",
        "generated_time": made,
        "partition": found.partition,
        "region": "global",
        "account_id": found.account_id,
        "account_name": result.account_name,
        "is_root": "true",
        "unknown_columns": array(OPTIONAL),
        "snapshot_uri": result.snapshot_uri,
    }
    return [row(values, columns), *found.rows]


REPORT = CredentialReport()
_STATUS = "aws_iam_credential_report_status"

CREDENTIAL_REPORT = DocumentTable(
    "aws_iam_credential_report",
    "The IAM credential report of each account: one row for root and one for each IAM user",
    COLUMNS,
    REPORT,
    status=_STATUS,
)

CREDENTIAL_REPORT_STATUS = _Status(
    _STATUS,
    "The state of the credential report of each account, whether it could be read or not",
    (
        Column("account_id", "text", "The id of the AWS account, 12 digits"),
        Column("account_name", "text", "The name of the AWS account, where it is known"),
        Column(
            "state",
            "text",
            "fresh (a report no older than max_age), stale (an older one, or of unknown age), missing (AWS has none), "
            "denied (AWS refused access), error (anything else: see error_message)",
        ),
        Column("generated_time", "timestamptz", "When AWS made the report. Null when not known, or there is none"),
        Column("users", "bigint", "The number of IAM users in the report, without root. Null when there is none"),
        Column(
            "origin",
            "text",
            "Where the report came from: aws (asked now), cache (the kept copy), file or s3 (a saved report)",
        ),
        Column("error_code", "text", "The error code of AWS, or the SQLSTATE. Null when there was no error"),
        Column("error_message", "text", "What went wrong. Null when there was no error"),
        Column("checked_at", "timestamptz", "When this state was determined"),
        Column("duration_ms", "bigint", "How long that took, in milliseconds"),
        Column(
            "snapshot_time",
            "timestamptz",
            "When AWS made the newest saved report of the account, as the names in the option snapshots tell. "
            "Null without one, where it is damaged, and without that option",
        ),
    ),
    REPORT,
    status=_STATUS,
    rows_of_account=1,
)

_ERROR = {column.name: column for column in CREDENTIAL_REPORT_STATUS.columns if column.name.startswith("error_")}

CREDENTIAL_REPORT_OR_ERROR = _OrError(
    "aws_iam_credential_report_or_error",
    "The rows of aws_iam_credential_report, and one with its error for each account that could not be read: "
    "what the checks are made from. Reading it never fails because an account does. "
    "An account whose report has no row of root has one of which nothing is known",
    (
        *COLUMNS,
        *_ERROR.values(),
        Column(
            "unknown_columns",
            "text[]",
            "The columns that are null because the report does not tell: not_supported, a value that is not "
            "understood, or no such field. Null when the report tells all",
        ),
    ),
    REPORT,
    status=_STATUS,
)

_SNAPSHOT_URI = Column("snapshot_uri", "text", "Where the report is saved: file:///... or s3://bucket/key")

CREDENTIAL_REPORT_SNAPSHOT = _Snapshots(
    "aws_iam_credential_report_snapshot",
    "The rows of every saved report in the option snapshots (else source), and one with its error for each that is "
    "damaged. Conditions on account_id and generated_time choose the reports before any is read",
    (*CREDENTIAL_REPORT_OR_ERROR.columns, _SNAPSHOT_URI),
    REPORT,
    status=_STATUS,
)

CREDENTIAL_REPORT_SNAPSHOT_LIST = _SnapshotList(
    "aws_iam_credential_report_snapshot_list",
    "One row for each saved report in the option snapshots (else source), as the names tell: none is read",
    (
        Column("account_id", "text", "The 12-digit id of the AWS account"),
        Column("generated_time", "timestamptz", "When AWS made the report"),
        _SNAPSHOT_URI,
    ),
    REPORT,
    status=_STATUS,
)

TABLES: tuple[Table, ...] = (
    CREDENTIAL_REPORT,
    CREDENTIAL_REPORT_STATUS,
    CREDENTIAL_REPORT_OR_ERROR,
    CREDENTIAL_REPORT_SNAPSHOT,
    CREDENTIAL_REPORT_SNAPSHOT_LIST,
)
