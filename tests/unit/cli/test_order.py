"""The order in which `iam-fdw check` lists subjects and results."""

from __future__ import annotations

from collections import Counter
from typing import Optional

from iam_fdw.cli.results import Result, Subject, by_severity, is_of_account, ordered, subject_of


def subject(control: Optional[str], severity: str = "low") -> Subject:
    return Subject("cis_v7.0.0" if control else None, control, "title", "check", severity)


def result(status: str, severity: str = "low", user_name: Optional[str] = "alice", check_id: str = "check") -> Result:
    return Result(
        benchmark=None,
        control=None,
        control_title=None,
        level=None,
        check_id=check_id,
        title="title",
        severity=severity,
        status=status,
        reason="reason",
        resource="arn",
        account_id="111122223333",
        account_name=None,
        user_name=user_name,
        credential=None,
        generated_time=None,
    )


def test_controls_are_in_the_order_of_their_numbers() -> None:
    controls = ["IAM.9", "1.10", "1.2", "IAM.10", "8.3.1"]
    found = ordered({subject(control): Counter() for control in controls})
    assert [line.control for line, _ in found] == ["1.2", "1.10", "8.3.1", "IAM.9", "IAM.10"]


def test_checks_are_in_the_order_of_their_severity() -> None:
    found = ordered({subject(None, severity): Counter() for severity in ("info", "critical", "medium")})
    assert [line.severity for line, _ in found] == ["critical", "medium", "info"]


def test_results_are_in_the_order_of_their_urgency() -> None:
    results = [
        result("ok", "critical"),
        result("alarm", "low", "zoe"),
        result("alarm", "low", "alice"),
        result("alarm", "high"),
        result("error"),
        result("skip"),
        result("info"),
    ]
    found = [(one.status, one.severity, one.user_name) for one in by_severity(results)]
    assert found == [
        ("error", "low", "alice"),
        ("alarm", "high", "alice"),
        ("alarm", "low", "alice"),
        ("alarm", "low", "zoe"),
        ("info", "low", "alice"),
        ("skip", "low", "alice"),
        ("ok", "critical", "alice"),
    ]


def test_the_error_of_an_account_has_no_user() -> None:
    assert is_of_account(result("error", user_name=None))
    assert not is_of_account(result("error"))
    assert not is_of_account(result("alarm", user_name=None))


def test_a_result_of_a_control_belongs_to_the_control() -> None:
    of_control = result("ok")._replace(benchmark="cis_v7.0.0", control="1.4", control_title="Ensure MFA")
    assert subject_of(of_control) == Subject("cis_v7.0.0", "1.4", "Ensure MFA", "check", "low")
    assert subject_of(result("ok")) == Subject(None, None, "title", "check", "low")
