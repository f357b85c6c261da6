"""The page that `iam-fdw check --output html` writes: one file, without scripts, that asks no network for anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from psycopg import sql

from iam_fdw.cli import scope
from iam_fdw.cli.errors import plain
from iam_fdw.cli.results import STATUSES, Result, Results, Subject, ordered, subject_of

_MOST = 1000  # findings of a check
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
# of what is later than now by more than an hour, nothing is known, as in the checks
_AGE = """
    coalesce(
      case when {made} <= {now} + interval '1 hour' then
        width_bucket(extract(epoch from {now} - {made})::numeric / 86400, {days}::numeric[])
      end,
      {unknown}
    )
"""


class Part(NamedTuple):
    """A part of a bar: how many, of all how many percent, and its class of colour."""

    name: str
    number: int
    percent: float
    colour: str


class Bar(NamedTuple):
    """A line of a picture."""

    name: str
    total: int
    parts: list[Part]


class Findings(NamedTuple):
    """What is to be mended of a check: those shown, and how many more there are."""

    subject: Subject
    description: str
    remediation: str
    shown: Sequence[Result]
    more: int


def written(results: Results, shown: Sequence[Result], total: str) -> str:
    """Return the page. shown: the results that are listed, in order. total: a line about all of them."""
    findings: dict[Subject, list[Result]] = {}
    for result in shown:
        findings.setdefault(subject_of(result), []).append(result)
    listed = []
    for subject, found in findings.items():
        check = results.checks[subject.check_id]
        rest = max(0, len(found) - _MOST)
        listed.append(Findings(subject, check.description, check.remediation, found[:_MOST], rest))
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
    """Return what the page shows of a value: HTML cannot hold control characters."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _counted(results: Results) -> dict[tuple[str, int], int]:
    """Return how many credentials there are of each age, and users with and without MFA: of the accounts chosen.

    They are those of the reports that were judged: of iam_fdw.report_at, too.
    """

    def age(made: str) -> sql.Composed:
        return sql.SQL(_AGE).format(now=results.now, made=sql.Identifier(made), days=_DAYS, unknown=len(_AGES) - 1)

    chosen = list(results.selection.account_ids)
    if results.failed:  # AWS need not be asked again for accounts that it did not give
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
