"""What became of one account: the rows of its document or an error, and the errors that name accounts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any, Generic, Optional, Protocol, TypeVar, Union

from iam_fdw.errors import Error
from iam_fdw.text import holdable

# Values of a row as text that PostgreSQL reads, None for null.
Row = tuple[Optional[str], ...]

_MOST_LINES = 20  # accounts with their errors in an error; the others are named alone


class Parsed(Protocol):
    """A document that was parsed."""

    @property
    def account_id(self) -> Optional[str]:
        """The account that it is of, None where neither the document nor the request names it."""

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the table, with the columns that were asked for."""


Found = TypeVar("Found", bound=Parsed)


class Result(Generic[Found]):
    """What became of one account: a document or an error, either is None.

    parsed: the document. error: why there is none.
    name: what an error calls the account or file. account_id, account_name: None when not known.
    origin: aws, cache, file or s3. time: when AWS made the document, UTC; None when not known.
    checked_at: when the result was made, UTC. seconds: how long that took.
    snapshot_uri: where the document is saved, None where it is not one of the snapshots. content: its bytes.
    """

    def __init__(
        self,
        outcome: Union[Found, Error],
        *,
        name: str,
        origin: str,
        started: float,
        account_id: Optional[str] = None,
        account_name: Optional[str] = None,
        time: Optional[datetime] = None,
        snapshot_uri: Optional[str] = None,
        content: Optional[bytes] = None,
    ) -> None:
        """Make the result of now. started: when the work for it began, of time.monotonic()."""
        self.parsed = None if isinstance(outcome, Error) else outcome
        self.error = outcome if isinstance(outcome, Error) else None
        self.name, self.origin = name, origin
        self.account_id, self.account_name = account_id, account_name
        self.time, self.snapshot_uri, self.content = time, snapshot_uri, content
        self.checked_at, self.seconds = datetime.now(timezone.utc), _seconds_since(started)

    @property
    def error_message(self) -> Optional[str]:
        """The error in a line that names the account, None without an error."""
        return error_line(self.name, self.error) if self.error else None


def failure(failed: Sequence[Result[Any]], noun: str, plural: str) -> Error:
    """Return one error that names all that could not be read. noun, plural: what a document is, and documents are."""
    problems = [(result.name, result.error) for result in failed if result.error is not None]
    name, error = problems[0]
    if len(problems) == 1:
        message = f"could not read the {noun} of {name}: {error.message}"
        return Error(message, error.detail, error.hint, error.sqlstate, error.code, error.state)
    details = [error_line(name, error) for name, error in problems[:_MOST_LINES]]
    if len(problems) > _MOST_LINES:
        details.append(f"And of: {', '.join(name for name, _ in problems[_MOST_LINES:])}.")
    hints = dict.fromkeys(error.hint for _, error in problems if error.hint)
    message = f"could not read {len(problems)} {plural}"
    return Error(message, "\n".join(details), "\n".join(hints) or None, error.sqlstate, error.code, error.state)


def error_line(name: str, error: Error) -> str:
    """Return an error of an account or file in one line, as the database can hold it."""
    return holdable(f"{name}: {error.message}" + (f" ({error.detail})" if error.detail else ""))


def _seconds_since(started: float) -> float:
    return time.monotonic() - started
