"""The columns that users, and Steampipe's users, rely on."""

from __future__ import annotations

import pytest

from iam_fdw.tables import CREDENTIAL_REPORT, CREDENTIAL_REPORT_OR_ERROR, CREDENTIAL_REPORT_STATUS, TABLES, Table


def test_credential_report_has_steampipes_columns_in_its_order_then_ours() -> None:
    assert " ".join(column.name for column in CREDENTIAL_REPORT.columns).split() == [
        *["user_name", "user_arn", "user_creation_time", "generated_time"],
        *["access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date"],
        *["access_key_1_last_used_region", "access_key_1_last_used_service"],
        *["access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"],
        *["access_key_2_last_used_region", "access_key_2_last_used_service"],
        *["cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"],
        *["mfa_active", "password_enabled", "password_last_changed", "password_last_used", "password_status"],
        *["password_next_rotation", "partition", "region", "account_id"],
        *["account_name", "is_root", "additional_credentials_info", "raw"],
    ]


def test_credential_report_has_steampipes_types() -> None:
    for name, sql_type, _ in CREDENTIAL_REPORT.columns:
        if name == "raw":
            assert sql_type == "jsonb"
        elif name.endswith(("_active", "_enabled")) or name == "is_root":
            assert sql_type == "boolean", name
        elif name.endswith(("_time", "_date", "_rotated", "_rotation", "_last_changed", "_last_used")):
            assert sql_type == "timestamptz", name
        else:
            assert sql_type == "text", name


def test_status_has_a_row_of_facts_for_each_account() -> None:
    assert [(column.name, column.type) for column in CREDENTIAL_REPORT_STATUS.columns] == [
        ("account_id", "text"),
        ("account_name", "text"),
        ("state", "text"),
        ("generated_time", "timestamptz"),
        ("users", "bigint"),
        ("origin", "text"),
        ("error_code", "text"),
        ("error_message", "text"),
        ("checked_at", "timestamptz"),
        ("duration_ms", "bigint"),
        ("snapshot_time", "timestamptz"),
    ]


def test_tables_have_the_names_that_users_select_from() -> None:
    assert [table.name for table in TABLES] == [
        "aws_iam_credential_report",
        "aws_iam_credential_report_status",
        "aws_iam_credential_report_or_error",
        "aws_iam_credential_report_snapshot",
        "aws_iam_credential_report_snapshot_list",
        "aws_iam_account_summary",
        "aws_iam_account_summary_status",
    ]


def test_what_the_checks_are_made_from_has_the_report_and_the_error() -> None:
    added = CREDENTIAL_REPORT_OR_ERROR.columns[len(CREDENTIAL_REPORT.columns) :]
    assert CREDENTIAL_REPORT_OR_ERROR.columns[: len(CREDENTIAL_REPORT.columns)] == CREDENTIAL_REPORT.columns
    assert [column.name for column in added] == ["error_code", "error_message", "unknown_columns"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_column_names_are_distinct(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_everything_has_a_comment_of_its_own_without_a_final_period(table: Table) -> None:
    comments = [table.comment, *(column.comment for column in table.columns)]
    assert all(comment and not comment.endswith(".") for comment in comments)
    assert len(comments) == len(set(comments))
