"""The name of a copy: of all that AWS's answer depends on, without a secret."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from support.copies import OTHER, REPORT, fetched, key
from support.emulator import Emulator
from support.reports import ACCOUNT

from iam_fdw import options
from iam_fdw.live.cache import Cache
from iam_fdw.live.client import Client
from iam_fdw.live.copies import SUFFIX
from iam_fdw.options import OPTIONS, Settings
from iam_fdw.workers import Deadline

# A value of each option that is not its default.
VALUES = {
    "accounts": "organization",
    "exclude_accounts": OTHER,
    "role_name": "audit",
    "role_arn": f"arn:aws:iam::{OTHER}:role/audit",
    "external_id": "corp:1",
    "role_session_name": "nightly",
    "profile": "audit",
    "region": "us-gov-west-1",
    "generate": "never",
    "max_age": "1 day",
    "timeout": "5 seconds",
    "concurrency": "9",
    "cache": "off",
    "on_account_error": "skip",
    "endpoint_url": "http://127.0.0.1:9",
    "cache_dir": "/var/tmp",
    "source": "/var/tmp",
    "snapshots": "/var/tmp",
    "aws_access_key_id": "AKIA111122223333",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG",
    "aws_session_token": "FwoGZXIvYXdzEXAMPLE==",
    "table": "aws_iam_credential_report_status",
}
# What the client reads of the options, though AWS's answer is the same for another value.
NOT_ABOUT_THE_ANSWER = {"concurrency"}


def test_an_option_is_part_of_the_name_as_its_declaration_says() -> None:
    assert {option.name for option in OPTIONS} == set(VALUES)
    names = {name: key(**{name: value}).name(ACCOUNT) for name, value in VALUES.items()}
    changed = {name for name in names if names[name] != key().name(ACCOUNT)}
    assert changed == {option.name for option in OPTIONS if option.in_cache_key}
    assert len({names[name] for name in changed}) == len(changed)


class Recorder:
    """Settings that note which options are read."""

    def __init__(self, settings: Settings, read: set[str]) -> None:
        self._settings, self._read = settings, read

    def __getattr__(self, name: str) -> Any:
        self._read.add(name)
        return getattr(self._settings, name)


def test_each_option_that_the_client_reads_is_part_of_the_name(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.account(OTHER, roles={"audit": None}, report=REPORT.content, generated_time=REPORT.time)
    emulator.account(ACCOUNT, roles={"audit": None}, name="management")
    given = {"endpoint_url": emulator.url, "role_arn": VALUES["role_arn"], "role_name": "audit"}
    read: set[str] = set()
    for variable, value in (("AWS_ACCESS_KEY_ID", f"AKIA{ACCOUNT}"), ("AWS_SECRET_ACCESS_KEY", "of/the+emulator")):
        monkeypatch.setenv(variable, value)
    with closing(Client(cast(Settings, Recorder(options.read(given), read)))) as client:
        assert fetched(client, ACCOUNT, Deadline(10)) == REPORT.content
        assert [account.name for page in client.accounts(Deadline(10)) for account in page] == ["management"]
    marked = {option.name for option in OPTIONS if option.in_cache_key}
    assert read - NOT_ABOUT_THE_ANSWER == marked


def test_who_asks_is_part_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    role = "arn:aws:iam::444455556666:role/auditor"
    keys = {"aws_access_key_id": "AKIA111122223333", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG"}
    settings: list[dict[str, str]] = [
        {},
        {"region": "us-gov-west-1"},
        {"endpoint_url": "http://127.0.0.1:9"},
        {"profile": "audit"},
        {"role_arn": role},
        {"role_arn": role, "external_id": "corp:1"},
        {"role_arn": role, "role_session_name": "nightly"},
        {"role_name": "audit", "accounts": "organization"},
        keys,
        {**keys, "aws_secret_access_key": "of/another/who/guesses"},
        {**keys, "aws_session_token": "FwoGZXIvYXdzEXAMPLE=="},
    ]
    names = [key(**given).name(ACCOUNT) for given in settings]
    for name, value in (("AWS_PROFILE", "x"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_ENDPOINT_URL_IAM", "http://x")):
        monkeypatch.setenv(name, value)
        names.append(key().name(ACCOUNT))
    for file in ("config", "credentials"):
        (tmp_path / ".aws" / file).write_text("[default]\n")
        names.append(key().name(ACCOUNT))
    assert len(set(names)) == len(names)


def test_what_is_not_about_the_answer_is_not_part_of_the_name() -> None:
    same = [{}, {"timeout": "5 seconds"}, {"max_age": "1 day"}, {"concurrency": "9"}, {"on_account_error": "skip"}]
    assert len({key(**given).name(ACCOUNT) for given in same}) == 1


def test_no_secret_is_in_names_or_files(folder: Path) -> None:
    keys = {"aws_access_key_id": "AKIA111122223333", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG"}
    Cache(folder, key(**keys)).keep(ACCOUNT, REPORT)
    (file,) = folder.glob(f"*{SUFFIX}")
    assert not any(key in file.name for key in keys.values())
    assert not any(key.encode() in file.read_bytes() for key in keys.values())
