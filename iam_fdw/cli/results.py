"""The results of the checks that `iam-fdw check` shows, as the database returns them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Optional

import psycopg
from psycopg import sql

from iam_fdw.cli import scope
from iam_fdw.cli.errors import scan_hint
from iam_fdw.cli.queries import ACCOUNT_CHECK, Queries
from iam_fdw.cli.scope import Account, Selection

SEVERITIES = ("critical", "high", "medium", "low", "info")
STATUSES = ("ok", "alarm", "info", "skip", "error")
_HINT_TIMEOUT = 30  # seconds


class Result(NamedTuple):
    """A row of iam_benchmark_result; of iam_check_result where benchmark, control, control_title, level are None.

    generated_time: when AWS made the report, with a time zone; None when not known.
    """

    benchmark: Optional[str]
    control: Optional[str]
    control_title: Optional[str]
    level: Optional[int]
    check_id: str
    title: str
    severity: str
    status: str
    reason: str
    resource: str
    account_id: Optional[str]
    account_name: Optional[str]
    user_name: Optional[str]
    credential: Optional[str]
    generated_time: Optional[datetime]


class Check(NamedTuple):
    """A row of iam_check."""

    check_id: str
    title: str
    description: str
    severity: str
    remediation: str


class Subject(NamedTuple):
    """The subject of a line of the summary: a check, or a control of a benchmark and its check."""

    benchmark: Optional[str]
    control: Optional[str]
    title: str
    check_id: str
    severity: str


class Results:
    """The results of a selection. Iterate over them once, which reads them; the attributes are complete after that.

    now: the time that ages are measured from, with a time zone. settings: those that are not at their defaults.
    checks: the catalogue by check_id. counts: the number of results by status, for each subject of the selection.
    accounts: each account that was read or could not be read, by its id, or by its error when the id is not known.
    matched: the ids of accounts that have a result in the selection. failed: the errors of accounts that could not be
    read, each with the id of its account. errors: other errors. impossible: an error when no result can match --where,
    else None. notes: what a user should know, and is no error.

    Raises psycopg.Error.
    """

    def __init__(self, connection: psycopg.Connection[Any], schema: str, selection: Selection) -> None:
        self.connection, self._schema, self.selection = connection, schema, selection
        self.checks: dict[str, Check] = {}
        for row in connection.execute(
            sql.SQL("select check_id, title, description, severity, remediation from {}").format(self.name("iam_check"))
        ):
            self.checks[row[0]] = Check(*row)
        self.benchmarks: dict[str, str] = dict(
            connection.execute(sql.SQL("select benchmark, title from {}").format(self.name("iam_benchmark"))).fetchall()
        )
        ((self.now,),) = connection.execute(sql.SQL("select {}()").format(self.name("iam_now"))).fetchall()
        self.settings = scope.settings(connection, schema)
        self.counts: dict[Subject, Counter[str]] = {subject: Counter() for subject in self._subjects()}
        self.accounts: dict[str, Account] = {}
        self.matched: set[Optional[str]] = set()
        self.failed: dict[str, Optional[str]] = {}
        self.errors: dict[str, None] = {}
        self.notes: list[str] = []
        self.impossible: Optional[str] = None
        check_ids = [subject.check_id for subject in self.counts]
        self._queries = Queries(schema, selection, Result._fields, check_ids, STATUSES)

    def name(self, relation: str) -> sql.Identifier:
        """Return the name of a relation with its schema."""
        return sql.Identifier(self._schema, relation)

    def __iter__(self) -> Iterator[Result]:
        with self.connection.cursor(name="results") as cursor:
            cursor.itersize = 5000
            cursor.execute(self._queries.results())
            for *values, is_wanted in cursor:
                result = Result(*values)
                if result.check_id == ACCOUNT_CHECK:
                    self._add_account(result, is_wanted)
                if is_of_account(result):
                    self.failed[result.reason] = result.account_id
                elif result.status == "error":
                    user = f"account {result.account_id}, user {result.user_name}"
                    self.errors[f"{user}: {result.reason}"] = None
                elif is_wanted:
                    self.matched.add(result.account_id)
                if is_wanted:
                    self.counts[subject_of(result)][result.status] += 1
                    yield result
        self.accounts = dict(sorted(self.accounts.items()))
        self._note_empty_filters()

    def _add_account(self, result: Result, is_wanted: bool) -> None:
        """Add the account of a result of ACCOUNT_CHECK."""
        error = None if result.generated_time is not None or result.status == "skip" else result.reason
        account = Account(result.account_id, result.account_name, result.generated_time, error)
        self.accounts[result.account_id or result.reason] = account
        if error is not None:  # a report that was never made is an alarm here, which --where may leave out
            self.failed[error] = result.account_id
        elif result.status not in ("ok", "error") and not is_wanted:
            self.notes.append(f"account {result.account_id or 'unknown'}: {result.reason}")

    @property
    def problems(self) -> list[str]:
        """The errors that make the results incomplete or meaningless."""
        return [*self.failed, *self.errors, *self.unread, *([self.impossible] if self.impossible else [])]

    @property
    def unread(self) -> list[str]:
        """Errors for accounts that have neither a report nor an error: they must not look clean."""
        found = {account.account_id for account in self.accounts.values()}
        missing = sorted(set(self.selection.account_ids) - found)
        if missing:
            return [f"there is no credential report of account {', '.join(missing)}"]
        return [] if found else ["there is no credential report of any account"]

    @property
    def totals(self) -> Counter[str]:
        """The number of results by status."""
        return sum(self.counts.values(), Counter())

    @property
    def scope(self) -> list[tuple[str, str]]:
        """Filters, settings, accounts and times of the results, each a name and a value."""
        return list(scope.described(self.selection, self.settings, self.now, list(self.accounts.values())))

    def hint(self) -> Optional[str]:
        """Return how to fix the accounts that could not be read, None when there is none or the fix is not known."""
        if not self.failed:
            return None
        return scan_hint(self.connection, self.name("iam_report"), set(self.failed.values()), _HINT_TIMEOUT)

    def _note_empty_filters(self) -> None:
        """Note the filters that matched nothing; one that cannot match is an error."""
        chosen = self.selection
        if all(account.error is not None for account in self.accounts.values()):
            return
        if not chosen.where:
            for subject, counts in self.counts.items():
                if subject.check_id in chosen.check_ids and not counts:
                    self.notes.append(f"check {subject.check_id}: there is nothing that it judges in these accounts")
        elif not self.matched:
            ((judged, possible),) = self.connection.execute(self._queries.possible()).fetchall()
            if judged and not possible:
                self.impossible = f"none of the {judged} results fulfills the condition of --where, whatever its status"
            else:
                self.notes.append("no result fulfills the condition of --where")

    def _subjects(self) -> Iterator[Subject]:
        """Yield the subjects of the selection: a check that has no result is shown, too."""
        chosen = self.selection
        if chosen.benchmarks:
            query = sql.SQL(
                "select benchmark, control, control.title, control.check_id, known.severity"
                " from {} as control join {} as known using (check_id)"
                " where benchmark = any ({})"
            ).format(self.name("iam_benchmark_control"), self.name("iam_check"), list(chosen.benchmarks))
            subjects = [Subject(*row) for row in self.connection.execute(query)]
        else:
            subjects = [
                Subject(None, None, known.title, known.check_id, known.severity) for known in self.checks.values()
            ]
        for subject in subjects:
            if chosen.check_ids and subject.check_id not in chosen.check_ids:
                continue
            if chosen.severities and subject.severity not in chosen.severities:
                continue
            yield subject


def is_of_account(result: Result) -> bool:
    """Return whether a result is the error of an account that could not be read, which each check repeats."""
    return result.status == "error" and result.user_name is None


def subject_of(result: Result) -> Subject:
    """Return the line of the summary that a result belongs to."""
    title = result.title if result.control_title is None else result.control_title
    return Subject(result.benchmark, result.control, title, result.check_id, result.severity)


def ordered(counts: Mapping[Subject, Counter[str]]) -> list[tuple[Subject, Counter[str]]]:
    """Return the lines of the summary: controls by their number, checks by severity."""

    def key(line: tuple[Subject, Counter[str]]) -> tuple[Any, ...]:
        subject = line[0]
        if subject.control is None:
            return ("", (), SEVERITIES.index(subject.severity))
        numbers = [int(part) if part.isdigit() else part for part in subject.control.replace(".", " ").split()]
        return (subject.benchmark, [(isinstance(part, str), part) for part in numbers], 0)

    return sorted(counts.items(), key=key)


def by_severity(results: Iterable[Result]) -> list[Result]:
    """Return results in order of urgency: by status, severity, check, account and user."""
    order = {status: rank for rank, status in enumerate(("error", "alarm", "info", "skip", "ok"))}
    return sorted(
        results,
        key=lambda result: (
            order[result.status],
            SEVERITIES.index(result.severity),
            result.check_id,
            result.account_id or "",
            result.user_name or "",
            result.credential or "",
        ),
    )
