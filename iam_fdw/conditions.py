"""The conditions of a query: which accounts, and of what time, can fulfil them. PostgreSQL checks each row again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Optional

from multicorn import Qual

from iam_fdw.errors import Error
from iam_fdw.result import Result
from iam_fdw.text import printable

_MOST_NAMED = 5  # accounts in a notice


class Wanted:
    """The accounts that conditions choose, as a container that learns which of them there are.

    unknown: what could not be read, and may be one of them: its account is not known.
    """

    def __init__(self, account_ids: Iterable[str]) -> None:
        self.account_ids = frozenset(account_ids)
        self.unknown: list[Result] = []
        self._there: set[object] = set()

    def saw(self, account_id: object) -> None:
        """Learn that there is an account."""
        self._there.add(account_id)

    def __contains__(self, account_id: object) -> bool:
        """Whether an account that there is, is wanted."""
        self.saw(account_id)
        return account_id in self.account_ids

    def __len__(self) -> int:
        return len(self.account_ids)

    def absent(self) -> list[str]:
        """Return what is wanted, and was not found, in order."""
        return sorted(self.account_ids - self._there)


def wanted(quals: Iterable[Qual], null_is_value: bool = True) -> Optional[Wanted]:
    """Return the accounts that can fulfil the conditions on account_id, None for all.

    null_is_value: whether NULL is what is compared with, and so no account; Multicorn writes IS NULL as that.
    """
    found: Optional[set[str]] = None
    for qual in quals:
        if qual.field_name != "account_id" or qual.operator not in ("=", ("=", True)):
            continue
        values = qual.value if isinstance(qual.operator, tuple) else [qual.value]
        # Multicorn gives the text "\x01" in place of a list that only the execution knows
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


def not_there(account_ids: list[str], is_saved: bool) -> Error:
    """Return the notice about accounts that conditions choose and that are not among those that are read."""
    shown = [f'"{printable(one[:40])}"' for one in account_ids[:_MOST_NAMED]]
    if len(account_ids) > _MOST_NAMED:
        shown.append(f"{len(account_ids) - _MOST_NAMED} more")
    what = "account {} is" if len(account_ids) == 1 else "accounts {} are"
    hints = ["Select account_id from aws_iam_credential_report_status for the accounts that are read"]
    hints[0] += "." if is_saved else ", or change the option accounts of the server."
    if not all(re.fullmatch("[0-9]{12}", one) for one in account_ids):
        hints.insert(0, "An account id has 12 digits.")
    return Error(f"{what.format(', '.join(shown))} not among those that are read", hint=" ".join(hints))


def _moment(value: object) -> Optional[datetime]:
    """Return a time of a condition, None for what says nothing, such as infinity."""
    try:
        # Multicorn gives what PostgreSQL writes: 2026-11-23 08:00:00+00, which Python reads from 3.11 on
        text = re.sub(r"([+-]\d\d)$", r"\1:00", str(value))
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(text)
        return moment.astimezone(timezone.utc) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
