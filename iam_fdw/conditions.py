"""The conditions of a query: which accounts, and of what time, can fulfil them. PostgreSQL checks each row again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, Optional

from multicorn import Qual

from iam_fdw.errors import Error
from iam_fdw.result import Result
from iam_fdw.text import printable

_MOST_NAMED = 5  # accounts in a notice


class Wanted:
    """The accounts that conditions choose, as a container that remembers which of them exist.

    unknown: the results that may be of one of them: their account is not known, for an error.
    """

    def __init__(self, account_ids: Iterable[str]) -> None:
        self.account_ids = frozenset(account_ids)
        self.unknown: list[Result[Any]] = []
        self._there: set[object] = set()

    def note(self, result: Result[Any]) -> None:
        """Remember that a result's account exists, and a result whose account is not known."""
        self._there.add(result.account_id)
        if result.account_id is None and result.error is not None:
            self.unknown.append(result)

    def __contains__(self, account_id: object) -> bool:
        """Whether an account, which exists, is wanted."""
        self._there.add(account_id)
        return account_id in self.account_ids

    def __len__(self) -> int:
        return len(self.account_ids)

    def absent(self) -> list[str]:
        """Return the accounts that are wanted and do not exist, in order."""
        return sorted(self.account_ids - self._there)


def wanted(quals: Iterable[Qual], null_is_value: bool = True) -> Optional[Wanted]:
    """Return the accounts that can fulfil the conditions on account_id, None for all.

    null_is_value: whether a comparison with None is one with NULL, which no account fulfils. Multicorn passes IS NULL
    in the same form.
    """
    found: Optional[set[str]] = None
    for qual in quals:
        if qual.field_name != "account_id" or qual.operator not in ("=", ("=", True)):
            continue
        values = qual.value if isinstance(qual.operator, tuple) else [qual.value]
        # Multicorn passes the text "\x01" in place of a list that is not known before the execution
        if not isinstance(values, (list, tuple)) or not all(isinstance(value, (str, type(None))) for value in values):
            continue
        if not isinstance(qual.operator, tuple) and qual.value is None and not null_is_value:
            continue
        ids = {value for value in values if value is not None}
        found = ids if found is None else found & ids
    return None if found is None else Wanted(found)


def period(quals: Iterable[Qual]) -> tuple[Optional[datetime], Optional[datetime]]:
    """Return the first and the last generated_time that can fulfil the conditions, None for without end."""
    first: Optional[datetime] = None
    last: Optional[datetime] = None
    for qual in quals:
        if qual.field_name != "generated_time" or isinstance(qual.operator, tuple):
            continue
        moment = _moment(qual.value)
        if moment is not None and qual.operator in ("=", ">", ">="):
            first = moment if first is None else max(first, moment)
        if moment is not None and qual.operator in ("=", "<", "<="):
            last = moment if last is None else min(last, moment)
    return first, last


def not_there(account_ids: list[str], status: str, is_saved: bool) -> Error:
    """Return the notice about accounts that conditions choose and that are not among those that are read.

    status: the table that has the accounts that are read. is_saved: whether these are those of saved reports.
    """
    shown = [f'"{printable(one[:40])}"' for one in account_ids[:_MOST_NAMED]]
    if len(account_ids) > _MOST_NAMED:
        shown.append(f"{len(account_ids) - _MOST_NAMED} more")
    what = "account {} is" if len(account_ids) == 1 else "accounts {} are"
    hints = [f"Select account_id from {status} for the accounts that are read"]
    hints[0] += "." if is_saved else ", or change the option accounts of the server."
    if not all(re.fullmatch("[0-9]{12}", one) for one in account_ids):
        hints.insert(0, "An account id has 12 digits.")
    return Error(f"{what.format(', '.join(shown))} not among those that are read", hint=" ".join(hints))


def _moment(value: object) -> Optional[datetime]:
    """Return a time of a condition, None for one without a date, such as infinity."""
    try:
        # Multicorn passes what PostgreSQL writes: 2026-11-23 08:00:00+00, which Python before 3.11 does not read
        text = re.sub(r"([+-]\d\d)$", r"\1:00", str(value))
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(text)
        return moment.astimezone(timezone.utc) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
