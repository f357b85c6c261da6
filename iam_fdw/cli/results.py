"""What `iam-fdw check` has to show: results of the checks, as they come from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Optional

import psycopg
from psycopg import sql

from iam_fdw.cli import scope
from iam_fdw.cli.errors import scan_hint
from iam_fdw.cli.scope import Account, Selection

SEVERITIES = ("critical", "high", "medium", "low", "info")
STATUSES = ("ok", "alarm", "info", "skip", "error")
_HINT_TIMEOUT = 30  # seconds
WITNESS = "report_stale"  # the check that has one row for each account, which tells that the account was read


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
    """What a line of a summary is about: a check, or a control of a benchmark and its check."""

    benchmark: Optional[str]
    control: Optional[str]
    title: str
    check_id: str
    severity: str


class Results:
    """The results that a selection has, read as they are iterated over, once; then counts and accounts are known.

    now: the moment that ages are measured by, with a time zone. settings: those that are not at their defaults.
    checks: the catalogue by check_id. counts: how many results there are by status, for each subject that the
    selection has. accounts: those that were read or could not be, by their id, or by the error of one without an id.
    matched: those of them that have a result in the selection. failed: the errors of accounts that could not be read,
    and their ids. errors: other errors. impossible: that --where can leave nothing. notes: what else there is to say.
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

    def name(self, relation: str) -> sql.Identifier:
        """Return the name of a relation with its schema."""
        return sql.Identifier(self._schema, relation)

    def __iter__(self) -> Iterator[Result]:
        with self.connection.cursor(name="results") as cursor:
            cursor.itersize = 5000
            cursor.execute(self._query())
            for *values, is_wanted in cursor:
                result = Result(*values)
                if result.check_id == WITNESS:
                    self._witness(result, is_wanted)
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
        self._find_nothing()

    def _witness(self, result: Result, is_wanted: bool) -> None:
        """Take note of an account, of which this is the row of WITNESS."""
        error = None if result.generated_time is not None or result.status == "skip" else result.reason
        account = Account(result.account_id, result.account_name, result.generated_time, error)
        self.accounts[result.account_id or result.reason] = account
        if error is not None:  # a report that was never made is an alarm here, which --where may leave out
            self.failed[error] = result.account_id
        elif result.status not in ("ok", "error") and not is_wanted:
            self.notes.append(f"account {result.account_id or 'unknown'}: {result.reason}")

    @property
    def problems(self) -> list[str]:
        """What must not be overlooked: with it the results are not all that was asked for."""
        return [*self.failed, *self.errors, *self.unread, *([self.impossible] if self.impossible else [])]

    @property
    def unread(self) -> list[str]:
        """Errors for accounts of which there is neither report nor error: they must not look clean."""
        found = {account.account_id for account in self.accounts.values()}
        missing = sorted(set(self.selection.account_ids) - found)
        if missing:
            return [f"there is no credential report of account {', '.join(missing)}"]
        return [] if found else ["there is no credential report of any account"]

    @property
    def totals(self) -> Counter[str]:
        """How many results there are of each status."""
        return sum(self.counts.values(), Counter())

    @property
    def scope(self) -> list[tuple[str, str]]:
        """What the results are about, each a name and a value."""
        return list(scope.described(self.selection, self.settings, self.now, list(self.accounts.values())))

    def hint(self) -> Optional[str]:
        """Return what to do about the accounts that could not be read, None when that is not known."""
        if not self.failed:
            return None
        return scan_hint(self.connection, self.name("iam_report"), set(self.failed.values()), _HINT_TIMEOUT)

    def _find_nothing(self) -> None:
        """Note a filter that matched nothing: an error where it never could match."""
        chosen = self.selection
        if all(account.error is not None for account in self.accounts.values()):
            return
        if not chosen.where:
            for subject, counts in self.counts.items():
                if subject.check_id in chosen.check_ids and not counts:
                    self.notes.append(f"check {subject.check_id}: there is nothing that it judges in these accounts")
        elif not self.matched:
            ((judged, possible),) = self.connection.execute(self._query_of_nothing()).fetchall()
            if judged and not possible:
                self.impossible = f"none of the {judged} results fulfills the condition of --where, whatever its status"
            else:
                self.notes.append("no result fulfills the condition of --where")

    def _subjects(self) -> Iterable[Subject]:
        """Return what is judged, so that a check without anything to judge is shown."""
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

    def _query(self) -> sql.Composed:
        """Return the query: what is wanted, and WITNESS of each account, in one scan of the reports."""
        wanted = self._wanted()
        if self.selection.where:
            # an account that could not be read has no user: a condition on users must not hide it
            wanted += sql.SQL(" and (status = 'error' or {})").format(self._condition())
        return sql.SQL(
            "select * from (select {}, {} as is_wanted from ({}) as result where {}) as result"
            " where is_wanted or check_id = {}"
        ).format(_columns(), wanted, self._rows(), self._planned(), WITNESS)

    def _query_of_nothing(self) -> sql.Composed:
        """Return the query: how many results there are without --where, and with it, were their statuses others.

        A condition such as status = 'alarm' is fulfilled by no result of a clean account, and right.
        """
        columns = sql.SQL(", ").join(
            sql.Identifier("other" if name == "status" else "result", name) for name in Result._fields
        )
        return sql.SQL(
            "select count(*) / {}, count(*) filter (where {}) from ("
            "select {} from (select * from ({}) as result where {} and {} and status <> 'error') as result"
            " cross join unnest({}::text[]) as other (status)) as result"
        ).format(
            len(STATUSES), self._condition(), columns, self._rows(), self._planned(), self._wanted(), list(STATUSES)
        )

    def _condition(self) -> sql.Composed:
        return sql.SQL("((\n{}\n) is true)").format(sql.SQL(self.selection.where))

    def _planned(self) -> sql.Composed:
        """Return the condition that accounts and checks fulfill: it leaves the others out of the plan."""
        planned = sorted({WITNESS, *(subject.check_id for subject in self.counts)})
        condition = sql.SQL("check_id = any ({})").format(planned)
        if self.selection.account_ids:
            condition += sql.SQL(" and account_id = any ({})").format(list(self.selection.account_ids))
        return condition

    def _wanted(self) -> sql.Composed:
        """Return the condition that wanted results fulfill, except that of --where."""
        chosen = self.selection
        condition = sql.Composed([sql.SQL("true")])
        if chosen.check_ids:
            condition += sql.SQL(" and check_id = any ({})").format(list(chosen.check_ids))
        if chosen.severities:
            condition += sql.SQL(" and severity = any ({})").format(list(chosen.severities))
        if chosen.benchmarks:
            condition += sql.SQL(" and control is not null")
        return condition

    def _rows(self) -> sql.Composed:
        """Return the query for all results, those of controls where benchmarks are chosen, and WITNESS."""
        if not self.selection.benchmarks:
            return sql.SQL(
                "select null as benchmark, null as control, null as control_title, null::integer as level, result.*"
                " from {} as result"
            ).format(self.name("iam_check_result"))
        return sql.SQL(
            "select control.benchmark, control.control, control.title as control_title, control.level, verdict.*"
            " from {} as verdict left join {} as control on control.check_id = verdict.check_id"
            " and control.limit_override is not distinct from verdict.limit_override"
            " and control.passes_without_root_password = verdict.passes_without_root_password"
            " and control.benchmark = any ({})"
            " where control.check_id is not null or (verdict.check_id = {}"
            " and verdict.limit_override is null and not verdict.passes_without_root_password)"
        ).format(self.name("iam_verdict"), self.name("iam_benchmark_control"), list(self.selection.benchmarks), WITNESS)


def _columns() -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, Result._fields))


def is_of_account(result: Result) -> bool:
    """Tell whether a result is the error of an account that could not be read, which each check has."""
    return result.status == "error" and result.user_name is None


def subject_of(result: Result) -> Subject:
    """Return the line of the summary that a result belongs to."""
    title = result.title if result.control_title is None else result.control_title
    return Subject(result.benchmark, result.control, title, result.check_id, result.severity)


def ordered(counts: Mapping[Subject, Counter[str]]) -> list[tuple[Subject, Counter[str]]]:
    """Return the lines of the summary: controls by their number, checks by severity."""

    def place(line: tuple[Subject, Counter[str]]) -> tuple[Any, ...]:
        subject = line[0]
        if subject.control is None:
            return ("", (), SEVERITIES.index(subject.severity))
        numbers = [int(part) if part.isdigit() else part for part in subject.control.replace(".", " ").split()]
        return (subject.benchmark, [(isinstance(part, str), part) for part in numbers], 0)

    return sorted(counts.items(), key=place)


def by_severity(results: Iterable[Result]) -> list[Result]:
    """Return results as one who has to mend them reads them: by status, severity, check, account and user."""
    order = {status: place for place, status in enumerate(("error", "alarm", "info", "skip", "ok"))}
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
