"""The catalogue: every entry is complete, and names only what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iam_fdw.checks import CHECKS, access_keys, passwords, report, root, users
from iam_fdw.checks.benchmarks import BENCHMARKS, CONTROLS
from iam_fdw.checks.check import OTHERWISE, Check
from iam_fdw.tables import TABLES

SQL = Path(__file__).parent.parent.parent.parent / "sql"
BY_ID = {check.check_id: check for check in CHECKS}
(COLUMNS,) = [
    {column.name for column in table.columns} for table in TABLES if table.name == "aws_iam_credential_report_or_error"
]
each = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.check_id)


def fields(check: Check) -> set[str]:
    """Return the parameters that the SQL of an entry has."""
    text = " ".join(branch.condition + branch.reason for branch in check.rule)
    return set(re.findall(r"\{(\w+)\}", text + check.judges.rows + (check.credential or "")))


def test_every_entry_is_in_the_catalogue_once() -> None:
    modules = (access_keys, passwords, report, root, users)
    entries = {value.check_id for module in modules for value in vars(module).values() if isinstance(value, Check)}
    assert sorted(entries) == sorted(check.check_id for check in CHECKS)


@each
def test_its_words_are_complete(check: Check) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", check.check_id)
    assert check.severity in ("critical", "high", "medium", "low", "info")
    assert all(text.strip() == text != "" for text in (check.title, check.description, check.remediation))
    assert not check.title.endswith(".")
    assert check.description.endswith(".")


@each
def test_its_last_branch_and_no_other_is_for_the_rest(check: Check) -> None:
    conditions = [branch.condition for branch in check.rule]
    assert conditions.index(OTHERWISE) == len(conditions) - 1
    assert {branch.status for branch in check.rule} <= {"ok", "alarm", "info", "skip", "error"}


@each
def test_it_has_the_parameters_that_its_rule_names(check: Check) -> None:
    assert bool(check.setting) == ("limit" in fields(check))
    assert bool(check.judges.slots) == ("n" in fields(check))
    assert fields(check) <= {"limit", "limit_text", "n", "ago"}


@each
def test_its_limit_is_a_setting(check: Check) -> None:
    settings = re.findall(r"^      '(\w+)',\n      interval ", (SQL / "30_settings.sql").read_text(), re.MULTILINE)
    assert check.setting is None or check.setting in settings


@each
def test_columns_that_its_rule_names_exist(check: Check) -> None:
    text = " ".join(branch.condition + branch.reason for branch in check.rule) + check.judges.rows
    named = set(re.findall(r"\b(?:access_key|cert|password|mfa|user|generated|error)_\w+", text.replace("{n}", "1")))
    assert named <= COLUMNS


def test_a_control_is_in_benchmarks_that_exist_and_judged_by_checks_that_exist() -> None:
    for control in CONTROLS:
        assert control.numbers.keys() <= BENCHMARKS.keys()
        assert set(control.checks) <= BY_ID.keys()


def test_a_control_with_a_limit_is_judged_by_checks_that_have_one() -> None:
    limited = [control for control in CONTROLS if control.limit]
    assert all(re.fullmatch(r"[1-9][0-9]* days", control.limit or "") for control in limited)
    assert all(BY_ID[check_id].setting for control in limited for check_id in control.checks)


def test_only_checks_whose_rule_has_such_branches_pass_without_a_root_password() -> None:
    judging = {check_id for control in CONTROLS if control.passes_without_root_password for check_id in control.checks}
    branched = {
        check.check_id
        for check in CHECKS
        if any(branch.passes_without_root_password is not None for branch in check.rule)
    }
    assert judging == branched


def test_a_number_of_a_benchmark_is_of_one_control() -> None:
    numbers = [numbered for control in CONTROLS for numbered in control.numbers.items()]
    assert len(set(numbers)) == len(numbers)
    assert {benchmark for benchmark, _ in numbers} == BENCHMARKS.keys()
