"""The page of `iam-fdw check --output html`: one file, without scripts and without links to other files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from psycopg import sql

from iam_fdw.cli import scope
from iam_fdw.cli.errors import plain
from iam_fdw.cli.results import STATUSES, Result, Results, Subject, ordered, subject_of

_MAX_SHOWN = 1000  # findings of a check
_AGES = ("under 30 days", "30 to 90 days", "90 to 180 days", "180 days to a year", "over a year", "unknown")
_DAYS = [30, 90, 180, 365]
_QUERY = """
    select drawn.what, drawn.part, count(*)
    from {report} cross join lateral (
      values
        ('Passwords', case when password_enabled then {password_age} end),
        ('Access keys', case when access_key_1_active then {key_1_age} end),
        ('Access keys', case when access_key_2_active then {key_2_age} end),
        ('Users with a password', case when password_enabled and not is_root then {mfa} end),
        ('Root users', case when is_root then {mfa} end)
    ) as drawn (what, part)
    where error_message is null and drawn.part is not null and {condition}
    group by drawn.what, drawn.part
"""
# as in the checks, the age is unknown when the date is more than an hour later than now
_AGE = """
    coalesce(
      case when {made} <= {now} + interval '1 hour' then
        width_bucket(extract(epoch from {now} - {made})::numeric / 86400, {days}::numeric[])
      end,
      {unknown}
    )
"""


class Part(NamedTuple):
    """A part of a bar. number: of credentials or users. percent: of the bar. colour: its CSS class."""

    name: str
    number: int
    percent: float
    colour: str


class Bar(NamedTuple):
    """A bar of a chart."""

    name: str
    total: int
    parts: list[Part]


class Findings(NamedTuple):
    """The findings of a check or control. more: the number of findings that are not shown."""

    subject: Subject
    description: str
    remediation: str
    shown: Sequence[Result]
    more: int


def rendered(results: Results, shown: Sequence[Result], total: str) -> str:
    """Return the HTML. shown: the results to list, in order. total: a line about all results. Raises psycopg.Error."""
    findings: dict[Subject, list[Result]] = {}
    for result in shown:
        findings.setdefault(subject_of(result), []).append(result)
    listed = []
    for subject, found in findings.items():
        check = results.checks[subject.check_id]
        more = max(0, len(found) - _MAX_SHOWN)
        listed.append(Findings(subject, check.description, check.remediation, found[:_MAX_SHOWN], more))
    counted = _counted(results)
    environment = Environment(
        loader=PackageLoader("iam_fdw.cli"), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_plain
    )
    accounts = list(results.accounts.values())
    filters = results.selection.filters()
    return environment.get_template("check.html").render(
        now=scope.shown_time(results.now),
        total=total,
        settings=results.settings,
        filters=filters,
        pictures_show_more=bool(set(filters) - {"--account"}),
        reports=list(scope.reports(accounts)),
        benchmarks=[results.benchmarks[name] for name in results.selection.benchmarks],
        statuses=STATUSES,
        totals=results.totals,
        summary=ordered(results.counts),
        findings=listed,
        is_judged=bool(results.matched),
        errors=results.problems,
        notes=results.notes,
        ages=[_bar(name, dict(enumerate(_AGES)), counted) for name in ("Passwords", "Access keys")],
        coverage=[
            _bar(name, {0: "with MFA", 4: "without MFA", 5: "unknown"}, counted)
            for name in ("Users with a password", "Root users")
        ],
    )


def _plain(value: object) -> object:
    """Return a value without control characters, which HTML cannot contain."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _counted(results: Results) -> dict[tuple[str, int], int]:
    """Return the number of credentials by age, and of users by MFA, by the name of the bar and the number of the part.

    They are those of the selected accounts, from the reports that were judged: of the time in iam_fdw.report_at, too.
    """

    def age(made: str) -> sql.Composed:
        return sql.SQL(_AGE).format(now=results.now, made=sql.Identifier(made), days=_DAYS, unknown=len(_AGES) - 1)

    chosen = list(results.selection.account_ids)
    if results.failed:  # do not call AWS again for accounts that could not be read
        chosen = [one.account_id for one in results.accounts.values() if one.error is None and one.account_id]
        if not chosen:
            return {}
    query = sql.SQL(_QUERY).format(
        report=results.name("iam_report_or_error"),
        password_age=age("password_last_changed"),
        key_1_age=age("access_key_1_last_rotated"),
        key_2_age=age("access_key_2_last_rotated"),
        mfa=sql.SQL("case when mfa_active then 0 when not mfa_active then 4 else 5 end"),
        condition=sql.SQL("account_id = any ({})").format(chosen) if chosen else sql.SQL("true"),
    )
    return {(what, part): count for what, part, count in results.connection.execute(query)}


def _bar(name: str, parts: dict[int, str], counted: dict[tuple[str, int], int]) -> Bar:
    counts = {part: counted.get((name, part), 0) for part in parts}
    total = sum(counts.values())
    return Bar(
        name,
        total,
        [
            Part(parts[part], count, round(100 * count / total, 2), f"c{part}")
            for part, count in counts.items()
            if count
        ],
    )
