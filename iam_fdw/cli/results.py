"""What `iam-fdw check` has to show: results of the checks, as they come from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Optional

import psycopg
from psycopg import sql

SEVERITIES = ("critical", "high", "medium", "low", "info")
STATUSES = ("ok", "alarm", "info", "skip", "error")
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


class Selection(NamedTuple):
    """Which results are wanted: empty sequences, and no condition, leave none out."""

    benchmarks: Sequence[str] = ()
    check_ids: Sequence[str] = ()
    account_ids: Sequence[str] = ()
    severities: Sequence[str] = ()
    where: str = ""


class Results:
    """The results that a selection has, read as they are iterated over, once; then counts and accounts are known.

    now: the moment that ages are measured by, with a time zone. checks: the catalogue by check_id.
    counts: how many results there are by status, for each subject that the selection has. accounts: those that were
    read or could not be. old: what there is to say of reports that are not up to date. errors: what there is to say of
    accounts that could not be read.
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
        self.counts: dict[Subject, Counter[str]] = {subject: Counter() for subject in self._subjects()}
        self.accounts: set[Optional[str]] = set()
        self.old: list[str] = []
        self.errors: dict[str, None] = {}

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
                    self.accounts.add(result.account_id)
                    if result.status not in ("ok", "error") and not is_wanted:
                        self.old.append(f"account {result.account_id or 'unknown'}: {result.reason}")
                if result.status == "error":
                    self.errors[result.reason] = None
                if is_wanted:
                    self.counts[subject_of(result)][result.status] += 1
                    yield result

    @property
    def unread(self) -> list[str]:
        """What there is to say of accounts of which there is neither report nor error: they must not look clean."""
        missing = sorted(set(self.selection.account_ids) - self.accounts)
        if missing:
            return [f"there is no credential report of account {', '.join(missing)}"]
        return [] if self.accounts else ["there is no credential report of any account"]

    @property
    def totals(self) -> Counter[str]:
        """How many results there are of each status."""
        return sum(self.counts.values(), Counter())

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
        chosen = self.selection
        conditions: list[sql.Composable] = [sql.SQL("true")]
        wanted: list[sql.Composable] = [sql.SQL("true")]
        if chosen.check_ids:
            wanted.append(sql.SQL("check_id = any ({})").format(list(chosen.check_ids)))
        if chosen.severities:
            wanted.append(sql.SQL("severity = any ({})").format(list(chosen.severities)))
        if chosen.account_ids:
            conditions.append(sql.SQL("account_id = any ({})").format(list(chosen.account_ids)))
        both = sql.SQL(" and ")
        # leaves the other checks out of the plan
        planned = sorted({WITNESS, *(subject.check_id for subject in self.counts)})
        conditions.append(sql.SQL("check_id = any ({})").format(planned))
        if chosen.benchmarks:
            rows = sql.SQL(
                "select control.benchmark, control.control, control.title as control_title, control.level, verdict.*"
                " from {} as verdict left join {} as control on control.check_id = verdict.check_id"
                " and control.limit_override is not distinct from verdict.limit_override"
                " and control.passes_without_root_password = verdict.passes_without_root_password"
                " and control.benchmark = any ({})"
                " where control.check_id is not null or (verdict.check_id = {}"
                " and verdict.limit_override is null and not verdict.passes_without_root_password)"
            ).format(self.name("iam_verdict"), self.name("iam_benchmark_control"), list(chosen.benchmarks), WITNESS)
            wanted.append(sql.SQL("control is not null"))
        else:
            rows = sql.SQL(
                "select null as benchmark, null as control, null as control_title, null as level, result.*"
                " from {} as result"
            ).format(self.name("iam_check_result"))
        judged = both.join(wanted)
        if chosen.where:
            # an account that could not be read has no user: a condition on users must not hide it
            judged += sql.SQL(" and (status = 'error' or coalesce((\n{}\n), false))").format(sql.SQL(chosen.where))
        columns = sql.SQL(", ").join(map(sql.Identifier, Result._fields))
        return sql.SQL(
            "select * from (select {}, {} as is_wanted from ({}) as result where {}) as result"
            " where is_wanted or check_id = {}"
        ).format(columns, judged, rows, both.join(conditions), WITNESS)


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
