"""The scope of the results of `iam-fdw check`: filters, settings, accounts, and the times of their reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional

import psycopg
from psycopg import sql

_MAX_LISTED = 20  # accounts; of more there is a summary


class Selection(NamedTuple):
    """Which results are wanted. An empty sequence or condition excludes none."""

    benchmarks: Sequence[str] = ()
    check_ids: Sequence[str] = ()
    account_ids: Sequence[str] = ()
    severities: Sequence[str] = ()
    where: str = ""

    def filters(self) -> dict[str, list[str]]:
        """Return the values of each filter that is set, by its option."""
        given = {
            "--benchmark": list(self.benchmarks),
            "--check": list(self.check_ids),
            "--account": list(self.account_ids),
            "--severity": list(self.severities),
            "--where": [self.where] if self.where else [],
        }
        return {option: values for option, values in given.items() if values}


class Account(NamedTuple):
    """An account and the state of its report.

    account_id, account_name: None when not known. generated_time: when AWS made the report, with a time zone; None
    when not known. error: why the report could not be read; None when it was read.
    """

    account_id: Optional[str]
    account_name: Optional[str]
    generated_time: Optional[datetime]
    error: Optional[str]


def settings(connection: psycopg.Connection[Any], schema: str) -> dict[str, str]:
    """Return the settings that are not at their defaults: iam_fdw.now, iam_fdw.report_at, and limits.

    Raises psycopg.Error.
    """
    query = sql.SQL(
        "select name, value from unnest(array['iam_fdw.now', 'iam_fdw.report_at']) as name,"
        " current_setting(name, true) as value where value <> ''"
        " union all"
        " select 'iam_fdw.' || name, {}(current_value) from {} where current_value <> default_value"
    ).format(sql.Identifier(schema, "iam_span"), sql.Identifier(schema, "iam_setting"))
    return dict(connection.execute(query).fetchall())


def described(
    selection: Selection, settings: dict[str, str], now: datetime, accounts: Sequence[Account]
) -> Iterator[tuple[str, str]]:
    """Yield the scope as names and values for a person."""
    yield "judged at", shown_time(now)
    yield from settings.items()
    filters = selection.filters()
    yield from ((option, ", ".join(values)) for option, values in filters.items())
    if not filters:
        yield "filters", "none"
    unread = sum(account.error is not None for account in accounts)
    yield "accounts", f"{len(accounts) - unread} read" + (f", {unread} not read" if unread else "")
    yield from reports(accounts) if len(accounts) <= _MAX_LISTED else _summarized(accounts)


def reports(accounts: Iterable[Account]) -> Iterator[tuple[str, str]]:
    """Yield each account and when its report was made, as names and values for a person."""
    for account in accounts:
        name = f" ({account.account_name})" if account.account_name else ""
        made = f"made {shown_time(account.generated_time)}" if account.generated_time else "made at an unknown time"
        if account.error is not None:
            made = "not read" if account.account_id else f"not read: {account.error}"
        yield f"report of {account.account_id or 'unknown account'}{name}", made


def _summarized(accounts: Iterable[Account]) -> Iterator[tuple[str, str]]:
    made = [account.generated_time for account in accounts if account.error is None]
    known = [moment for moment in made if moment is not None]
    if known:
        yield "reports made", f"{shown_time(min(known))} to {shown_time(max(known))}"
    if len(known) < len(made):
        yield "reports made at an unknown time", str(len(made) - len(known))


def shown_time(moment: datetime) -> str:
    """Return a time, which has a time zone, in UTC for a person."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
