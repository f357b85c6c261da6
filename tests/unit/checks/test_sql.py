"""The SQL of the checks: parameters are filled in, and nothing of an entry is lost."""

from __future__ import annotations

import re

import pytest

from iam_fdw.checks import CHECKS, sql
from iam_fdw.checks.benchmarks import CONTROLS
from iam_fdw.checks.check import Check

WRITERS = {
    "iam_benchmark": sql.benchmark_view,
    "iam_benchmark_control": sql.control_view,
    "iam_check": sql.check_view,
    "iam_check_result": sql.result_view,
    "iam_verdict": sql.verdict_view,
}


def arms(view: str, check_id: str) -> list[str]:
    """Return the queries of a check in a view of results."""
    return [arm for arm in re.split(r"\n +union all\n", WRITERS[view]()) if f"'{check_id}' as check_id" in arm]


@pytest.mark.parametrize("name", WRITERS)
def test_it_is_one_statement_in_the_schema(name: str) -> None:
    text = WRITERS[name]()
    assert text.count(f'\ncreate or replace view :"schema".{name} ') == text.count(";\n") == 1
    assert "{" not in text
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


@pytest.mark.parametrize("view", ["iam_check_result", "iam_verdict"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.check_id)
def test_a_check_has_an_arm_for_each_slot_and_each_limit(view: str, check: Check) -> None:
    variants: set[tuple[object, bool]] = {(None, False)}
    if view == "iam_verdict":
        controls = [control for control in CONTROLS if check.check_id in control.checks]
        variants |= {(control.limit, control.passes_without_root_password) for control in controls}
    assert len(arms(view, check.check_id)) == len(variants) * max(1, len(check.judges.slots))


def test_a_setting_is_a_column_and_the_limit_of_a_benchmark_a_constant() -> None:
    by_setting, by_45_days, by_90_days = arms("iam_verdict", "user_password_unused")
    assert "when now - password_last_used >= rule.unused_max_age then 'alarm'" in by_setting
    assert "when now - password_last_used >= interval '45 days' then 'alarm'" in by_45_days
    assert "|| '; the limit is ' || '90 days'" in by_90_days
    assert "unused_max_age" not in by_45_days + by_90_days


def test_a_slot_is_judged_by_its_own_columns() -> None:
    first, second = arms("iam_check_result", "access_key_never_used")
    assert "access_key_2" not in first
    assert "access_key_1" not in second
    assert "then 'access_key_2' end as credential" in second


def test_an_account_that_could_not_be_read_has_one_result_of_a_check_of_two_slots() -> None:
    first, second = re.findall(r"where\n +not is_root and access_key_._active is not false\n(.*)\n", sql.result_view())
    assert "or error_message is not null" in first
    assert "or error_message is not null" not in second


def test_a_root_user_without_a_password_passes_in_some_benchmarks_only() -> None:
    usual, lenient = arms("iam_verdict", "root_mfa_disabled")
    assert "when not password_enabled then 'ok'" not in usual
    assert "when access_key_1_active or access_key_2_active then 'alarm'" in usual
    assert "when not password_enabled then 'ok'" in lenient
    assert "when access_key_1_active or access_key_2_active then 'alarm'" not in lenient


def test_quotes_are_doubled() -> None:
    assert "'Ensure no ''root'' user account access key exists'" in sql.control_view()
