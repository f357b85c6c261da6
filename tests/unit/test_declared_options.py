"""What options say of copies, and how durations are read."""

from __future__ import annotations

from typing import Optional

import pytest

from iam_fdw import durations, options
from iam_fdw.options import OPTIONS

VALUES = {
    "role_name": "auditor",
    "role_arn": "arn:aws:iam::111122223333:role/auditor",
    "external_id": "corp:4711",
    "role_session_name": "nightly",
    "profile": "audit",
    "region": "us-gov-west-1",
    "endpoint_url": "http://127.0.0.1:5000",
    "aws_access_key_id": "AKIA111122223333",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG",
    "aws_session_token": "FwoGZXIvYXdzEXAMPLE==",
}


def test_a_copy_is_of_those_who_ask_with_the_same_credentials_role_and_place() -> None:
    assert {option.name for option in OPTIONS if option.in_cache_key} == set(VALUES)


def test_the_cache_key_has_a_value_for_each_in_the_order_of_the_declarations() -> None:
    expected: list[Optional[str]] = [VALUES[option.name] for option in OPTIONS if option.name in VALUES]
    assert options.cache_key_values(options.read(VALUES)) == expected
    default = options.cache_key_values(options.read({}))
    assert default == [option.default for option in OPTIONS if option.name in VALUES]


@pytest.mark.parametrize("name", VALUES)
def test_each_changes_the_cache_key(name: str) -> None:
    assert options.cache_key_values(options.read({name: VALUES[name]})) != options.cache_key_values(options.read({}))


@pytest.mark.parametrize(
    ("written", "seconds"), [("1500 ms", 1.5), ("1 second", 1), ("4hours", 14400), ("7 days", 604800)]
)
def test_a_duration_is_in_seconds(written: str, seconds: float) -> None:
    assert durations.seconds(written) == seconds


@pytest.mark.parametrize("written", ["", "4", "4 weeks", "1.5 hours", "-1 day", "1 day "])
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        durations.seconds(written)
