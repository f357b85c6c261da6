"""What a foreign table is: its columns, the document that its rows are made of, and the scan of one query.

A document is what AWS answers for one account: the credential report, the account summary. Its class says which calls
fetch it, how its bytes become rows, and how long a copy is exact. Everything else, which accounts are read, as whom,
how many at once, copies, deadlines, errors, is the same for all documents and knows none of them: see live/scan.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Callable, Generic, NamedTuple, Optional

from iam_fdw import text
from iam_fdw.result import Found, Result, Row

if TYPE_CHECKING:
    from iam_fdw.conditions import Wanted
    from iam_fdw.options import Settings
    from iam_fdw.workers import Deadline

# call(service, action, **arguments), such as call("iam", "GetAccountSummary"): one request, repeated with backoff
# until AWS answers it; returns the answer as boto3 does. Raises Error.
Call = Callable[..., dict[str, Any]]


class Column(NamedTuple):
    """A column: its name, its type as SQL writes it, and its comment in the database."""

    name: str
    type: str
    comment: str


class Account(NamedTuple):
    """An account of which a document is fetched.

    call: makes a request that the account's role signs. deadline: ends the fetch. partition: returns the partition,
    such as aws; only documents that do not name it pay for that.
    """

    call: Call
    settings: Settings
    deadline: Deadline
    partition: Callable[[], str]


class Answer(NamedTuple):
    """A document as it was fetched. time: when AWS made it, UTC."""

    content: bytes
    time: datetime


class Request(NamedTuple):
    """A scan of a table.

    wanted: the accounts that fulfil the conditions, None for all. period: the first and the last generated_time that
    fulfil them, UTC, None for without end. columns: the values of a row, in order, None for one that is not used.
    is_cancelled: whether the statement must end.
    """

    settings: Settings
    wanted: Optional[Wanted]
    period: tuple[Optional[datetime], Optional[datetime]]
    columns: Sequence[Optional[str]]
    is_cancelled: Callable[[], bool]


class Document(ABC, Generic[Found]):
    """What AWS answers for one account.

    noun, plural: what errors call it. key: a word for its copies, beside the account's; empty for the report's, whose
    copies are older than the other documents.
    """

    noun: str
    plural: str
    key: str

    @abstractmethod
    def fetch(self, account: Account) -> Answer:
        """Call AWS, in a thread. Raises Error, with the code of AWS where AWS answered with one."""

    @abstractmethod
    def parse(
        self,
        content: bytes,
        *,
        account_id: Optional[str],
        account_name: Optional[str],
        time: Optional[datetime],
        columns: Sequence[Optional[str]],
    ) -> Found:
        """Return what the content holds, with rows of these columns.

        account_id: the account that was asked for, None for any. time: when AWS made the document, UTC. Raises Error.
        """

    @abstractmethod
    def copy_age(self, settings: Settings) -> timedelta:
        """Return how old a copy may be: a younger one is what AWS would answer."""

    def check(self, content: bytes) -> None:
        """Raise Error untranslatable_character for a character that the database's encoding does not have."""
        text.check(content, self.noun)

    def saved(self, request: Request, columns: Sequence[Optional[str]]) -> Iterator[Result[Found]]:
        """Yield the documents in the option source, of the wanted accounts. Raises Error."""
        raise NotImplementedError

    def results(self, request: Request, columns: Sequence[Optional[str]]) -> Iterator[Result[Found]]:
        """Yield what became of each account that is wanted, as it comes. columns: those of a row.

        Raises Error when the accounts are not known, and CancelledError.
        """
        if request.settings.source is not None:
            found = self.saved(request, columns)
        else:
            from iam_fdw.live import scan  # not for saved documents: a new connection waits for each module

            found = scan.read(self, request.settings, request.wanted, columns, request.is_cancelled)
        for result in found:
            if request.wanted is not None:
                request.wanted.note(result)
            yield result


class Table(ABC):
    """A foreign table.

    document: what its rows are made of. rows_of_account: a guess for the planner. status: the name of the table that
    has a row for each account that is read.
    """

    def __init__(
        self,
        name: str,
        comment: str,
        columns: tuple[Column, ...],
        document: Document[Any],
        *,
        rows_of_account: int = 1000,
        status: Optional[str] = None,
    ) -> None:
        self.name, self.comment, self.columns, self.document = name, comment, columns, document
        self.rows_of_account, self.status = rows_of_account, status or f"{name}_status"

    @abstractmethod
    def scan(self, request: Request) -> Iterator[tuple[Iterable[Row], Optional[Result[Any]]]]:
        """Yield rows, and with them what could not be read and is not a row. Raises Error and CancelledError."""


class DocumentTable(Table):
    """The rows of a document."""

    def scan(self, request: Request) -> Iterator[tuple[Iterable[Row], Optional[Result[Any]]]]:
        """Yield the rows of each account, or its result without rows."""
        for result in self.document.results(request, request.columns):
            yield (result.parsed.rows, None) if result.parsed else ((), result)


def row(values: Mapping[str, Optional[str]], columns: Sequence[Optional[str]]) -> Row:
    """Return the values of these columns, None for None."""
    return tuple(values.get(name) if name else None for name in columns)
