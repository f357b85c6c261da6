"""What a report does not tell: the column unknown_columns, by which the checks know."""

from __future__ import annotations

from typing import Optional

import pytest
from support.reports import HEADER, root, user

from iam_fdw.tables.report import parse


def unknown(*rows: dict[str, str], without: str = "") -> list[Optional[str]]:
    names = [name for name in HEADER if name != without] + ["additional_credentials_info"]
    lines = [names, *([{**row, "additional_credentials_info": "N/A"}[name] for name in names] for row in rows)]
    content = "\n".join(map(",".join, lines)).encode()
    columns = ("user_name", None, "unknown_columns")
    report = parse(content, account_id=None, account_name=None, generated_time=None, columns=columns)
    assert [row[:2] for row in report.rows] == [(row["user"], None) for row in rows]
    return [row[2] for row in report.rows]


def test_a_report_that_tells_all_has_no_unknown_columns() -> None:
    used = {"password_last_used": "no_information", "access_key_1_last_used_date": "2026-01-01T00:00:00Z"}
    assert unknown(root(), user("alice", **used), user("bob", mfa_active="TRUE")) == [None, None, None]


@pytest.mark.parametrize(
    ("name", "value", "is_unknown"),
    [
        ("password_enabled", "not_supported", True),
        ("mfa_active", "N/A", True),
        ("cert_2_active", "", True),
        ("password_last_used", "not_supported", True),
        ("password_last_used", "N/A", False),
        ("password_last_changed", "yesterday", True),
        ("access_key_2_last_rotated", "2026-02-30T00:00:00Z", True),
        ("access_key_2_last_used_date", "no_information", False),
        ("user_creation_time", "", True),
        ("access_key_1_last_used_region", "not_supported", False),
    ],
)
def test_unknown_columns_are_those_that_the_report_does_not_tell(name: str, value: str, is_unknown: bool) -> None:
    found = unknown(root(), user("alice", **{name: value}))
    assert found == [None, f"{{{name}}}" if is_unknown else None]


@pytest.mark.parametrize("name", ["mfa_active", "access_key_1_last_used_date", "password_next_rotation"])
def test_a_missing_column_is_unknown_in_every_row(name: str) -> None:
    alice = user("alice", password_enabled="not_supported")
    assert unknown(root(), alice, without=name) == [f"{{{name}}}", f"{{password_enabled,{name}}}"]
