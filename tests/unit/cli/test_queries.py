"""The queries of `iam-fdw check`: what a selection becomes in SQL."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql

from iam_fdw.cli.queries import ACCOUNT_CHECK, Queries
from iam_fdw.cli.results import STATUSES, Result
from iam_fdw.cli.scope import Selection


def queries(**selection: Any) -> Queries:
    return Queries("iam", Selection(**selection), Result._fields, ["root_mfa_disabled"], STATUSES)


def text(query: sql.Composed) -> str:
    return query.as_string(None)


def test_the_check_of_accounts_is_read_whatever_is_chosen() -> None:
    assert f"check_id = any ('{{{ACCOUNT_CHECK},root_mfa_disabled}}')" in text(queries().results())


def test_accounts_leave_the_others_out() -> None:
    assert "and account_id = any ('{111122223333}')" in text(queries(account_ids=["111122223333"]).results())
    assert "account_id = any" not in text(queries().results())


@pytest.mark.parametrize(
    ("selection", "condition"),
    [
        ({"check_ids": ["root_mfa_disabled"]}, "true and check_id = any ('{root_mfa_disabled}') as is_wanted"),
        ({"severities": ["high", "low"]}, "true and severity = any ('{high,low}') as is_wanted"),
        ({"benchmarks": ["cis_v7.0.0"]}, "true and control is not null as is_wanted"),
        ({}, "true as is_wanted"),
    ],
)
def test_each_filter_is_a_condition(selection: dict[str, Any], condition: str) -> None:
    assert condition in text(queries(**selection).results())


def test_where_hides_no_error_and_its_comment_ends_with_its_line() -> None:
    query = text(queries(where="user_name = 'a' -- and no more").results())
    assert "and (status = 'error' or ((\nuser_name = 'a' -- and no more\n) is true)) as is_wanted" in query


def test_benchmarks_are_read_with_their_limits() -> None:
    query = text(queries(benchmarks=["cis_v7.0.0"]).results())
    assert 'from "iam"."iam_verdict" as verdict left join "iam"."iam_benchmark_control" as control' in query
    assert "iam_check_result" not in query


def test_a_condition_is_tried_with_every_status() -> None:
    query = text(queries(where="status = 'alarm'").possible())
    assert query.startswith("select count(*) / 5, count(*) filter (where ((\nstatus = 'alarm'\n) is true))")
    assert '"other"."status"' in query
    assert "unnest('{ok,alarm,info,skip,error}'::text[])" in query
