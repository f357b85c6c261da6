"""The conditions of a query, as minicorn and both Multicorns write them: what they choose, and what chooses nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any, Optional

import pytest
from multicorn import Qual
from support.reports import ACCOUNT

from iam_fdw import conditions
from iam_fdw.errors import Error
from iam_fdw.result import Result

OTHER = "444455556666"
ANY = ("=", True)
MOMENT = datetime(2026, 11, 27, 19, 20, 27, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([], None),
        ([("=", ACCOUNT)], {ACCOUNT}),
        ([(ANY, [ACCOUNT, OTHER])], {ACCOUNT, OTHER}),
        ([(ANY, [ACCOUNT, None])], {ACCOUNT}),
        ([(ANY, [])], set()),
        ([("=", ACCOUNT), (ANY, [ACCOUNT, OTHER])], {ACCOUNT}),
        ([("=", ACCOUNT), ("=", OTHER)], set()),
        ([("<>", ACCOUNT)], None),
        ([(("=", False), [ACCOUNT])], None),  # = ALL
        # Multicorn, for a list that only the execution knows: in (..., current_setting('x.y')), = any ($1)
        ([(ANY, "\x01")], None),
        ([(ANY, "")], None),
        ([(ANY, None)], None),
        ([(ANY, [1, True])], None),
        ([(ANY, "\x01"), ("=", ACCOUNT)], {ACCOUNT}),
        ([("=", True)], None),
    ],
)
def test_accounts_are_chosen_by_what_is_an_id_or_a_list_of_them(given: list[Any], wanted: Optional[set[str]]) -> None:
    found = conditions.wanted([Qual("account_id", operator, value) for operator, value in given])
    assert (None if found is None else found.account_ids) == wanted
    assert conditions.wanted([Qual("account_name", operator, value) for operator, value in given]) is None


def test_null_is_no_account_where_it_is_not_how_is_null_is_written() -> None:
    quals = [Qual("account_id", "=", None)]
    found = conditions.wanted(quals)
    assert found is not None
    assert found.account_ids == set()
    assert conditions.wanted(quals, null_is_value=False) is None


def test_what_was_looked_for_and_not_found_is_known() -> None:
    wanted = conditions.wanted([Qual("account_id", ANY, [ACCOUNT, OTHER, "1"])])
    assert wanted is not None
    assert ACCOUNT in wanted
    assert "777788889999" not in wanted
    wanted.note(Result(Error("no account"), name="the account", origin="aws", started=0.0))
    assert wanted.absent() == ["1", OTHER]
    assert [result.account_id for result in wanted.unknown] == [None]
    wanted.note(Result(Error("denied"), name="it", origin="aws", started=0.0, account_id=OTHER))
    assert wanted.absent() == ["1"]
    assert len(wanted.unknown) == 1


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (MOMENT, MOMENT),
        ("2026-11-27T19:20:27+00:00", MOMENT),
        ("2026-11-27 19:20:27+00", MOMENT),
        ("2026-11-27 20:20:27+01", MOMENT),
        (MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45))), MOMENT),
        # without a zone, or not as ISO 8601 writes it: a guess would lose rows
        (MOMENT.replace(tzinfo=None), None),
        (date(2026, 11, 27), None),
        ("2026-11-27", None),
        ("27.11.2026 19:20:27 UTC", None),
        ("infinity", None),
        ("t", None),
        ("\x01", None),
        (None, None),
    ],
)
def test_times_choose_only_where_they_have_a_zone(value: object, moment: Optional[datetime]) -> None:
    for operator, expected in ((">=", (moment, None)), ("<", (None, moment)), ("=", (moment, moment))):
        assert conditions.period([Qual("generated_time", operator, value)]) == expected
    assert conditions.period([Qual("generated_time", ANY, [value])]) == (None, None)
