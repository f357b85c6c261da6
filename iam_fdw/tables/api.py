"""Tables whose rows are made of answers of AWS's API: declare one with ApiTable, as account_summary.py does.

The status table of each is declared here, once for all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.result import Result, Row
from iam_fdw.tables.base import Account, Answer, Call, Column, Document, DocumentTable, Request, Table, row
from iam_fdw.text import holdable

if TYPE_CHECKING:
    from iam_fdw.options import Settings

# What JSON can hold of an answer, and the values of a row by the names of their columns.
Content = Any
Values = Mapping[str, object]

# Each table ends with these: Steampipe's, then ours.
_ACCOUNT_COLUMNS = (
    Column("partition", "text", "The AWS partition of the account: aws, aws-us-gov, aws-cn or aws-eusc"),
    Column("region", "text", "Always global: IAM has no Regions"),
    Column("account_id", "text", "The id of the AWS account, 12 digits"),
    Column("account_name", "text", "The name of the AWS account, where it is known"),
)


class _Parsed(NamedTuple):
    account_id: Optional[str]
    rows: list[Row]


class _ApiDocument(Document[_Parsed]):
    """Answers of AWS's API as JSON, with the partition, which no answer names."""

    def __init__(
        self,
        table: str,
        noun: str,
        plural: str,
        fetch: Callable[[Call], Content],
        rows: Callable[[Content], Iterable[Values]],
        max_age: timedelta,
    ) -> None:
        self.noun, self.plural, self.key = noun, plural, table
        self._fetch, self._rows, self._max_age = fetch, rows, max_age

    def fetch(self, account: Account) -> Answer:
        """Call AWS, and return its answers as JSON of now."""
        found = {"partition": account.partition(), "answer": self._fetch(account.call)}
        # half of a surrogate pair, which UTF-8 has not, stays escaped
        content = json.dumps(found, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return Answer(content, datetime.now(timezone.utc))

    def parse(
        self,
        content: bytes,
        *,
        account_id: Optional[str],
        account_name: Optional[str],
        time: Optional[datetime],
        columns: Sequence[Optional[str]],
    ) -> _Parsed:
        """Return the rows. Raises Error data_corrupted for what another release has written."""
        try:
            found = json.loads(content)
            of_account = {
                "partition": found["partition"],
                "region": "global",
                "account_id": account_id,
                "account_name": account_name,
                "fetched_at": time.isoformat() if time else None,
            }
            rows = [_row({**values, **of_account}, columns) for values in self._rows(found["answer"])]
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise Error(f"the copy of the {self.noun} is not understood", sqlstate=errcodes.DATA_CORRUPTED) from None
        return _Parsed(account_id, rows)

    def copy_age(self, settings: Settings) -> timedelta:
        """Return the age that the table declares, or less where the option max_age says so."""
        return min(self._max_age, settings.max_age)

    def saved(self, request: Request, columns: Sequence[Optional[str]]) -> Iterator[Result[_Parsed]]:
        """Raise Error: an empty result would look as if there were none."""
        del request, columns
        detail = "The option source of the server names saved credential reports, which have nothing of it."
        hint = "Create another server, without that option, to read it from AWS."
        sqlstate = errcodes.OBJECT_NOT_IN_PREREQUISITE_STATE
        raise Error(f"the {self.noun} of an account is not saved", detail, hint, sqlstate)


class ApiTable(DocumentTable):
    """A table of answers of AWS's API.

    noun, plural: what errors call the answers of one account, and of several.
    columns: those of the answers; partition, region, account_id, account_name and fetched_at come after them.
    fetch: makes the calls for one account, in a thread, and returns what JSON can hold of the answers. Raises Error,
    which then is the account's: not_understood() of live/errors.py for what AWS does not answer.
    rows: makes rows of what fetch returned: str, int, bool or None by the name of the column.
    copy_age: how long a copy is taken for what AWS would answer; no longer than the option max_age.
    rows_of_account: a guess for the planner.
    """

    def __init__(
        self,
        *,
        name: str,
        comment: str,
        noun: str,
        plural: str,
        columns: Iterable[Column],
        fetch: Callable[[Call], Content],
        rows: Callable[[Content], Iterable[Values]],
        copy_age: timedelta,
        rows_of_account: int = 1,
    ) -> None:
        minutes = f"{copy_age.total_seconds() / 60:g} minutes"
        fetched_at = f"When AWS answered. A copy of up to {minutes} is read in place of a call, see the option max_age"
        super().__init__(
            name,
            comment,
            (*columns, *_ACCOUNT_COLUMNS, Column("fetched_at", "timestamptz", fetched_at)),
            _ApiDocument(name, noun, plural, fetch, rows, copy_age),
            rows_of_account=rows_of_account,
        )


class ApiStatus(Table):
    """The status table of an ApiTable: a row for each account, whether it could be read or not."""

    def __init__(self, table: ApiTable) -> None:
        noun = table.document.noun
        super().__init__(
            table.status,
            f"The state of the {noun} of each account, whether it could be read or not",
            (
                *_ACCOUNT_COLUMNS[2:],
                Column("state", "text", "fresh (it was read), denied (AWS refused access), error (see error_message)"),
                Column("fetched_at", "timestamptz", f"When AWS answered. Null when the {noun} could not be read"),
                Column("row_count", "bigint", f"The number of rows in {table.name}. Null when there was an error"),
                Column("origin", "text", "Where the answer came from: aws (called now) or cache (a copy)"),
                Column("error_code", "text", "The error code of AWS, or the SQLSTATE. Null when there was no error"),
                Column("error_message", "text", "What went wrong. Null when there was no error"),
                Column("checked_at", "timestamptz", "When this state was determined"),
                Column("duration_ms", "bigint", "How long that took, in milliseconds"),
            ),
            table.document,
            rows_of_account=1,
            status=table.status,
        )

    def scan(self, request: Request) -> Iterator[tuple[Iterable[Row], Optional[Result[Any]]]]:
        """Yield a row for each account."""
        for result in self.document.results(request, ()):
            error, parsed = result.error, result.parsed
            values = {
                "account_id": result.account_id,
                "account_name": result.account_name,
                "state": error.state if error else "fresh",
                "fetched_at": result.time.isoformat() if result.time and parsed else None,
                "row_count": str(len(parsed.rows)) if parsed else None,
                "origin": result.origin,
                "error_code": error.code if error else None,
                "error_message": result.error_message,
                "checked_at": result.checked_at.isoformat(),
                "duration_ms": str(round(1000 * result.seconds)),
            }
            yield [row(values, request.columns)], None


def _row(values: Values, columns: Sequence[Optional[str]]) -> Row:
    return tuple(_as_text(values.get(name)) if name else None for name in columns)


def _as_text(value: object) -> Optional[str]:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else holdable(str(value))
