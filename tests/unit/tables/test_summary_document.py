"""aws_iam_account_summary: Steampipe's columns, and what becomes of an answer, without AWS and PostgreSQL."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.tables.account_summary import ACCOUNT_SUMMARY
from iam_fdw.tables.base import Account
from iam_fdw.workers import Deadline

# https://github.com/turbot/steampipe-plugin-aws/blob/main/aws/table_aws_iam_account_summary.go
STEAMPIPES = [
    *["access_keys_per_user_quota", "account_access_keys_present", "account_mfa_enabled", "account_password_present"],
    *["account_signing_certificates_present", "assume_role_policy_size_quota", "attached_policies_per_group_quota"],
    *["attached_policies_per_role_quota", "attached_policies_per_user_quota", "global_endpoint_token_version"],
    *["group_policy_size_quota", "groups", "groups_per_user_quota", "groups_quota", "instance_profiles"],
    *["instance_profiles_quota", "mfa_devices", "mfa_devices_in_use", "policies", "policies_quota"],
    *["policy_size_quota", "policy_versions_in_use", "policy_versions_in_use_quota", "providers"],
    *["role_policy_size_quota", "roles", "roles_quota", "server_certificates", "server_certificates_quota"],
    *["signing_certificates_per_user_quota", "user_policy_size_quota", "users", "users_quota"],
    *["versions_per_policy_quota", "partition", "region", "account_id"],
]
MADE = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)


def fetched(summary: object, partition: str = "aws") -> bytes:
    """Fetch the document from an AWS that answers with this summary."""

    def call(service: str, action: str) -> dict[str, Any]:
        assert (service, action) == ("iam", "GetAccountSummary")
        return {"SummaryMap": summary, "ResponseMetadata": {}} if summary is not None else {}

    account = Account(call, options.read({}), Deadline(1, threading.Event()), lambda: partition)
    answer = ACCOUNT_SUMMARY.document.fetch(account)
    assert abs(answer.time - datetime.now(timezone.utc)) < timedelta(minutes=1)
    return answer.content


def parsed(content: bytes, *columns: str) -> Any:
    return ACCOUNT_SUMMARY.document.parse(
        content, account_id="111122223333", account_name="prod", time=MADE, columns=columns
    )


def test_it_has_steampipes_columns_in_its_order_then_ours() -> None:
    assert [column.name for column in ACCOUNT_SUMMARY.columns] == [*STEAMPIPES, "account_name", "fetched_at"]


def test_it_has_steampipes_types() -> None:
    types = {"account_mfa_enabled": "boolean", "fetched_at": "timestamptz"}
    types.update(dict.fromkeys(["partition", "region", "account_id", "account_name"], "text"))
    assert {column.name: column.type for column in ACCOUNT_SUMMARY.columns} == {
        column.name: types.get(column.name, "bigint") for column in ACCOUNT_SUMMARY.columns
    }


def test_an_entry_is_the_value_of_its_column_and_one_that_is_not_there_null() -> None:
    content = fetched({"Users": 27, "AccountMFAEnabled": 0, "MFADevicesInUse": 1, "NewlyCounted": 5}, "aws-us-gov")
    columns = ("users", "account_mfa_enabled", "mfa_devices_in_use", "roles", "partition", "region", "account_id")
    assert parsed(content, *columns, "account_name", "fetched_at").rows == [
        ("27", "false", "1", None, "aws-us-gov", "global", "111122223333", "prod", "2026-11-23T08:00:00+00:00")
    ]
    assert b"NewlyCounted" not in content


@pytest.mark.parametrize(
    "summary",
    [
        None,
        {},
        [],
        "Users",
        {"Roles": 1},
        {"Users": -1},
        {"Users": 2**31},
        {"Users": 10**4000},
        {"Users": "1"},
        {"Users": 1.5},
        {"Users": {"Users": 1}},
        {"Users": 1, "AccountMFAEnabled": 2},
    ],
    ids=lambda summary: repr(summary)[:40],
)
def test_an_answer_that_aws_does_not_give_is_an_error(summary: object) -> None:
    with pytest.raises(Error) as caught:
        fetched(summary)
    assert (caught.value.message, caught.value.sqlstate) == ("AWS gave an answer that is not understood", "08P01")
    assert str(caught.value.detail).startswith("GetAccountSummary: ")


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"partition": "aws", "answer": [1]}', b"[" * 100_000],
    ids=lambda content: repr(content[:20]),
)
def test_a_copy_of_another_release_is_an_error_and_so_fetched_again(content: bytes) -> None:
    with pytest.raises(Error, match="the copy of the account summary is not understood"):
        parsed(content, "users")


def test_a_copy_is_used_for_five_minutes_or_less_where_max_age_says_so() -> None:
    copy_age = ACCOUNT_SUMMARY.document.copy_age
    assert copy_age(options.read({})) == timedelta(minutes=5)
    assert copy_age(options.read({"max_age": "1 minute"})) == timedelta(minutes=1)
    assert copy_age(options.read({"max_age": "0 ms"})) == timedelta(0)


def test_the_copy_is_json_that_says_what_it_holds() -> None:
    assert json.loads(fetched({"Users": 1})) == {"partition": "aws", "answer": {"Users": 1}}
