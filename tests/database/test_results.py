"""iam_check_result and what is made from it: right verdicts, with their reasons, and nothing left unsaid."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from support.reports import ACCOUNT, HEADER, ago, csv, root, user
from support.server import ENGINE, Server, install, new_database, pg_config, runner, save

from iam_fdw.checks import CHECKS as CATALOGUE
from iam_fdw.cli import main

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=timezone.utc)
PASSWORD = {"password_enabled": "true", "password_last_used": "no_information", "password_last_changed": ago(NOW, 1)}
FRESH = NOW - timedelta(hours=1)
CHECKS = [check.check_id for check in CATALOGUE]
ROOT_CHECKS = [check_id for check_id in CHECKS if check_id.startswith("root_")]
OF_THE_REPORT = ["user_extra_credentials", "report_stale"]  # the first in every live report, which lacks the field

Db = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def installed(server: Server, folder: Path) -> Iterator[str]:
    with new_database(server, "results") as name:
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, source=str(folder))
        yield name


@pytest.fixture
def db(server: Server, installed: str, folder: Path) -> Iterator[Db]:
    """A session whose now is NOW, over an empty folder, without exemptions."""
    for file in folder.iterdir():
        file.unlink()
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=installed, autocommit=True) as db:
        db.execute(f"set iam_fdw.now = '{NOW.isoformat()}'".encode())
        db.execute("delete from iam_exemption")
        yield db


def judge(folder: Path, *rows: dict[str, str], generated_time: datetime = FRESH) -> None:
    """Save the report of these users, and of a root user unless one is among them."""
    has_root = any(row["user"] == "<root_account>" for row in rows)
    save(folder, csv(*([] if has_root else [root()]), *rows), generated_time)


def verdicts(db: Db, check_id: str, condition: str = "true") -> list[tuple[str, str | None]]:
    query = f"select status, credential from iam_check_result where check_id = %s and {condition} order by credential"
    return db.execute(query.encode(), (check_id,)).fetchall()


def reason(db: Db, check_id: str, user_name: str = "alice") -> str:
    query = "select reason from iam_check_result where check_id = %s and user_name = %s"
    ((text,),) = db.execute(query, (check_id, user_name)).fetchall()
    return str(text)


def key(slot: int, **fields: str) -> dict[str, str]:
    return {f"access_key_{slot}_{name}": value for name, value in fields.items()}


# What others get wrong: D of Steampipe's mod, P of Prowler, C of CloudQuery


def test_d1_a_root_key_used_yesterday_is_an_alarm(db: Db, folder: Path) -> None:
    judge(folder, root(**key(1, active="true", last_rotated=ago(NOW, 500), last_used_date=ago(NOW, 1))))
    assert verdicts(db, "root_recently_used") == [("alarm", None)]
    assert reason(db, "root_recently_used", "<root_account>") == (
        "Access key 1 of root was last used on 2026-11-22 01:30:00 UTC, 1 day 00:00:00 ago; the limit is 90 days"
    )


def test_d2_a_root_key_used_400_days_ago_is_ok(db: Db, folder: Path) -> None:
    judge(folder, root(**key(1, active="true", last_rotated=ago(NOW, 500), last_used_date=ago(NOW, 400))))
    assert verdicts(db, "root_recently_used") == [("ok", None)]


def test_d3_an_inactive_key_1_does_not_hide_key_2(db: Db, folder: Path) -> None:
    first = key(1, active="false", last_rotated=ago(NOW, 500), last_used_date=ago(NOW, 499))
    second = key(2, active="true", last_rotated=ago(NOW, 450), last_used_date=ago(NOW, 400))
    judge(folder, user("alice", **first, **second))
    assert verdicts(db, "user_access_key_unused") == [("alarm", "access_key_2")]
    assert "Access key 2 was last used on" in reason(db, "user_access_key_unused")


def test_d4_a_key_made_today_and_never_used_is_ok(db: Db, folder: Path) -> None:
    judge(folder, user("alice", **key(1, active="true", last_rotated=ago(NOW, 0.5))))
    assert verdicts(db, "user_access_key_unused") == [("ok", "access_key_1")]


def test_d5_a_password_made_today_and_never_used_is_ok(db: Db, folder: Path) -> None:
    judge(folder, user("alice", **{**PASSWORD, "password_last_changed": ago(NOW, 0.5)}))
    assert verdicts(db, "user_password_unused") == [("ok", "password")]


def test_d6_root_is_in_no_check_of_users(db: Db, folder: Path) -> None:
    keys = key(1, active="true", last_rotated=ago(NOW, 900))
    judge(folder, root(password_enabled="true", password_last_used="no_information", **keys))
    rows = db.execute("select distinct check_id from iam_check_result where user_name = '<root_account>'").fetchall()
    assert {check_id for (check_id,) in rows} == {*ROOT_CHECKS, *OF_THE_REPORT}


def test_d7_key_2_made_with_the_user_is_an_alarm(db: Db, folder: Path) -> None:
    made = ago(NOW, 30)
    judge(folder, user("alice", user_creation_time=made, **PASSWORD, **key(2, active="true", last_rotated=made)))
    assert verdicts(db, "access_key_created_with_user") == [("alarm", "access_key_2")]
    assert verdicts(db, "access_key_made_at_setup") == [("alarm", "access_key_2")]


def test_d8_root_without_mfa_is_in_the_checks_of_root_alone(db: Db, folder: Path) -> None:
    judge(folder, root(password_enabled="true", mfa_active="false"), user("alice", mfa_active="true"))
    rows = db.execute("select check_id from iam_check_result where check_id ~ 'mfa' and status = 'alarm'").fetchall()
    assert rows == [("root_mfa_disabled",), ("root_hardware_mfa",)]


def test_d9_45_days_and_some_hours_are_an_alarm(db: Db, folder: Path) -> None:
    judge(folder, user("alice", **key(1, active="true", last_rotated=ago(NOW, 80), last_used_date=ago(NOW, 45.2))))
    assert verdicts(db, "user_access_key_unused") == [("alarm", "access_key_1")]


def test_d10_a_password_of_which_nothing_is_known_is_skipped_with_the_reason(db: Db, folder: Path) -> None:
    judge(folder, user("alice", password_enabled="true"))  # N/A for both dates
    assert verdicts(db, "user_password_unused") == [("skip", "password")]
    assert reason(db, "user_password_unused") == (
        "The report does not tell password_last_used, nor password_last_changed"
    )


def test_p1_a_key_of_400_days_that_was_never_used_is_an_alarm(db: Db, folder: Path) -> None:
    judge(folder, user("alice", **key(1, active="true", last_rotated=ago(NOW, 400))))
    assert verdicts(db, "user_access_key_unused") == [("alarm", "access_key_1")]


def test_p2_an_old_use_of_the_password_does_not_hide_a_use_of_the_key(db: Db, folder: Path) -> None:
    keys = key(1, active="true", last_rotated=ago(NOW, 500), last_used_date=ago(NOW, 0.1))
    judge(folder, root(password_enabled="true", password_last_used=ago(NOW, 365), **keys))
    assert verdicts(db, "root_recently_used") == [("alarm", None)]
    assert "Access key 1" in reason(db, "root_recently_used", "<root_account>")


def test_p3_a_report_that_cannot_be_read_is_one_error_for_each_check(db: Db, folder: Path) -> None:
    (folder / f"{ACCOUNT}.csv").write_bytes(b"")
    save(folder, csv(root("444455556666"), user("bob", "444455556666")), FRESH)
    rows = db.execute(
        "select check_id, reason, account_id, user_name, credential, resource, generated_time from iam_check_result"
        " where status = 'error'"
    ).fetchall()
    assert sorted(row[0] for row in rows) == sorted(CHECKS)
    assert {row[1] for row in rows} == {f"file {ACCOUNT}.csv: credential report is empty"}
    assert {row[2:] for row in rows} == {(None, None, None, "unknown account", None)}
    others = db.execute("select distinct account_id from iam_check_result where status <> 'error'").fetchall()
    assert others == [("444455556666",)]


def test_c1_the_column_is_user_name_and_finds_root(db: Db, folder: Path) -> None:
    judge(folder, user("alice"))
    for relation in ("aws_iam_credential_report", "iam_check_result"):
        query = f"select count(*) > 0 from {relation} where user_name = '<root_account>'"
        assert db.execute(query.encode()).fetchone() == (True,)


# Every check, with an alarm, what is right, and what cannot be judged: fields of the user or of root, status, and what
# the reason must tell

OLD, DAY = ago(NOW, 400), ago(NOW, 1)
OLD_TEXT, DAY_TEXT = "on 2025-10-19 01:30:00 UTC, 400 days ago", "on 2026-11-22 01:30:00 UTC, 1 day 00:00:00 ago"
KEY_1 = key(1, active="true", last_rotated=OLD, last_used_date=OLD)
NEVER_2 = key(2, active="true", last_rotated=OLD)
OFF_1 = key(1, active="false", last_rotated=OLD, last_used_date=OLD)
CASES: list[tuple[str, dict[str, str], str, str]] = [
    ("root_access_key_active", KEY_1, "alarm", f"key 1, made {OLD_TEXT}"),
    ("root_access_key_active", NEVER_2, "alarm", f"key 2, made {OLD_TEXT}"),
    ("root_access_key_active", OFF_1, "ok", "Neither"),
    ("root_access_key_active", key(2, active="not_supported"), "skip", "access_key_2_active"),
    ("root_access_key_active", {**KEY_1, "access_key_2_active": "garbage"}, "alarm", "key 1"),
    ("root_mfa_disabled", {"password_enabled": "true"}, "alarm", "password, and no MFA"),
    ("root_mfa_disabled", KEY_1, "alarm", "active access key (key 1), and no MFA"),
    ("root_mfa_disabled", {"password_enabled": "not_supported", **NEVER_2}, "alarm", "(key 2)"),
    ("root_mfa_disabled", {}, "ok", "neither a password nor an active access key"),
    ("root_mfa_disabled", OFF_1, "ok", "neither"),
    ("root_mfa_disabled", {"password_enabled": "true", "mfa_active": "true"}, "ok", "has MFA"),
    ("root_mfa_disabled", {"password_enabled": "not_supported", "mfa_active": "true"}, "ok", "has MFA"),
    ("root_mfa_disabled", {"password_enabled": "not_supported"}, "skip", "password_enabled"),
    ("root_mfa_disabled", {"mfa_active": "not_supported", "password_enabled": "true"}, "skip", "mfa_active"),
    ("root_mfa_disabled", key(2, active="x"), "skip", "access_key_2_active"),
    ("root_hardware_mfa", {"password_enabled": "true"}, "alarm", "no MFA at all"),
    ("root_hardware_mfa", KEY_1, "alarm", "no MFA at all"),
    ("root_hardware_mfa", {"password_enabled": "true", "mfa_active": "true"}, "info", "does not tell whether"),
    ("root_hardware_mfa", {"password_enabled": "not_supported"}, "info", "nor the kind"),
    ("root_hardware_mfa", {"mfa_active": "x"}, "info", "mfa_active"),
    ("root_hardware_mfa", {}, "info", "no password"),
    (
        "root_recently_used",
        {"password_enabled": "true", "password_last_used": DAY},
        "alarm",
        f"password of root was last used {DAY_TEXT}",
    ),
    ("root_recently_used", key(2, last_rotated=OLD, last_used_date=DAY), "alarm", "Access key 2"),
    ("root_recently_used", {"password_last_used": "not_supported", **key(1, last_used_date=DAY)}, "alarm", "key 1"),
    ("root_recently_used", {"password_last_used": "not_supported"}, "skip", "password_last_used"),
    ("root_recently_used", key(1, last_used_date="not_supported"), "skip", "access_key_1_last_used_date"),
    ("root_recently_used", key(2, last_used_date="yesterday"), "skip", "access_key_2_last_used_date"),
    ("root_recently_used", {"password_last_used": "no_information"}, "ok", "ever"),
    ("root_recently_used", {"password_last_used": OLD}, "ok", f"{OLD_TEXT}; the limit is 90 days"),
    (
        "root_signing_certificate_active",
        {"cert_2_active": "true", "cert_2_last_rotated": OLD},
        "alarm",
        f"certificate 2, made {OLD_TEXT}",
    ),
    ("root_signing_certificate_active", {"cert_1_last_rotated": OLD}, "ok", "Neither"),
    ("root_signing_certificate_active", {"cert_1_active": "x"}, "skip", "cert_1_active"),
    ("root_access_key_inactive", OFF_1, "alarm", f"key 1, made {OLD_TEXT}"),
    ("root_access_key_inactive", KEY_1, "ok", "no access key that is inactive"),
    ("root_access_key_inactive", key(2, active="false", last_rotated="?"), "skip", "access_key_2_last_rotated"),
    ("root_password_present", {"password_enabled": "true", "password_last_changed": OLD}, "alarm", f"set {OLD_TEXT}"),
    ("root_password_present", {}, "ok", "no password"),
    ("root_password_present", {"password_enabled": "not_supported"}, "skip", "password_enabled"),
    ("user_console_without_mfa", PASSWORD, "alarm", "no MFA"),
    ("user_console_without_mfa", {**PASSWORD, "mfa_active": "true"}, "ok", "has MFA"),
    ("user_console_without_mfa", KEY_1, "ok", "no password"),
    ("user_console_without_mfa", {"password_enabled": "x"}, "skip", "password_enabled"),
    ("user_console_without_mfa", {**PASSWORD, "mfa_active": "x"}, "skip", "mfa_active"),
    ("user_without_mfa", KEY_1, "alarm", "no MFA"),
    ("user_without_mfa", {"mfa_active": "true"}, "ok", "has MFA"),
    ("user_without_mfa", {"mfa_active": "N/A"}, "skip", "mfa_active"),
    (
        "user_password_unused",
        {"password_enabled": "true", "password_last_used": OLD},
        "alarm",
        f"last used {OLD_TEXT}; the limit is 45 days",
    ),
    ("user_password_unused", {**PASSWORD, "password_last_changed": OLD}, "alarm", f"never used, and set {OLD_TEXT}"),
    ("user_password_unused", {"password_enabled": "true", "password_last_used": DAY}, "ok", DAY_TEXT),
    ("user_password_unused", {}, "ok", "no password"),
    ("user_password_unused", {**PASSWORD, "password_last_used": "x"}, "skip", "password_last_used"),
    ("user_password_unused", {**PASSWORD, "password_last_changed": "N/A"}, "skip", "password_last_changed"),
    ("user_access_key_unused", NEVER_2, "alarm", f"Access key 2 was never used, and made {OLD_TEXT}"),
    ("user_access_key_unused", key(1, active="true", last_rotated=OLD, last_used_date="x"), "skip", "last_used_date"),
    ("user_access_key_unused", key(1, active="true"), "skip", "access_key_1_last_rotated"),
    ("user_access_key_unused", key(1, active="x", last_rotated=DAY), "skip", "access_key_1_active"),
    ("access_key_not_rotated", KEY_1, "alarm", f"{OLD_TEXT}; the limit is 90 days"),
    ("access_key_not_rotated", key(2, active="true", last_rotated=DAY), "ok", f"Access key 2 was made {DAY_TEXT}"),
    ("access_key_not_rotated", key(2, active="true", last_rotated="x"), "skip", "access_key_2_last_rotated"),
    ("user_two_active_access_keys", {**KEY_1, **NEVER_2}, "alarm", "both active"),
    ("user_two_active_access_keys", {**OFF_1, **NEVER_2}, "ok", "Access key 1 is not active"),
    ("user_two_active_access_keys", {**KEY_1, "access_key_2_active": "x"}, "skip", "access_key_2_active"),
    ("access_key_made_at_setup", {**PASSWORD, **NEVER_2}, "alarm", "access key 2"),
    ("access_key_made_at_setup", {**PASSWORD, **KEY_1}, "ok", f"last used {OLD_TEXT}"),
    ("access_key_made_at_setup", NEVER_2, "ok", "no password"),
    ("access_key_made_at_setup", {**NEVER_2, "password_enabled": "x"}, "skip", "password_enabled"),
    (
        "access_key_created_with_user",
        {**PASSWORD, **NEVER_2, "user_creation_time": OLD},
        "alarm",
        "within 10 seconds of the user",
    ),
    ("access_key_created_with_user", {**PASSWORD, **NEVER_2, "user_creation_time": ago(NOW, 500)}, "ok", "window"),
    ("access_key_created_with_user", {**PASSWORD, **NEVER_2, "user_creation_time": "x"}, "skip", "user_creation_time"),
    (
        "access_key_unused_since_rotation",
        key(1, active="true", last_rotated=DAY, last_used_date=OLD),
        "alarm",
        f"last used {OLD_TEXT}, and rotated {DAY_TEXT}",
    ),
    ("access_key_unused_since_rotation", key(1, active="true", last_rotated=OLD, last_used_date=DAY), "ok", DAY_TEXT),
    ("access_key_unused_since_rotation", NEVER_2, "ok", "never used"),
    (
        "access_key_unused_since_rotation",
        key(1, active="true", last_rotated="x", last_used_date=DAY),
        "skip",
        "last_rotated",
    ),
    ("access_key_never_used", NEVER_2, "alarm", f"made {OLD_TEXT}; the limit is 0 days"),
    ("access_key_never_used", KEY_1, "ok", "last used"),
    ("access_key_never_used", key(2, active="true", last_rotated=ago(NOW)), "ok", "01:30:00 UTC, 00:00:00 ago"),
    ("user_never_logged_in", PASSWORD, "alarm", f"set {DAY_TEXT}"),
    ("user_never_logged_in", {**PASSWORD, "password_last_used": OLD}, "ok", OLD_TEXT),
    ("user_never_logged_in", {**PASSWORD, "password_last_used": "not_supported"}, "skip", "password_last_used"),
    ("user_password_and_access_key", {**PASSWORD, **NEVER_2}, "alarm", "key 2"),
    ("user_password_and_access_key", {**PASSWORD, **OFF_1}, "ok", "no active access key"),
    ("user_password_and_access_key", {**PASSWORD, "access_key_1_active": "x"}, "skip", "access_key_1_active"),
    ("user_inactive", KEY_1, "alarm", f"{OLD_TEXT}; the limit is 90 days"),
    ("user_inactive", {"user_creation_time": OLD}, "alarm", f"created {OLD_TEXT}"),
    ("user_inactive", {"user_creation_time": OLD, **NEVER_2}, "alarm", "never used a credential"),
    (
        "user_inactive",
        {"user_creation_time": OLD, **key(1, last_rotated=OLD, last_used_date=DAY)},
        "ok",
        "Access key 1",
    ),
    ("user_inactive", {"user_creation_time": DAY}, "ok", "created"),
    ("user_inactive", {**KEY_1, "password_last_used": "?"}, "skip", "password_last_used"),
    ("user_inactive", {"user_creation_time": "?"}, "skip", "user_creation_time"),
    ("access_key_inactive_kept", OFF_1, "alarm", f"Access key 1 is inactive, and was made {OLD_TEXT}"),
    ("access_key_inactive_kept", key(2, active="false", last_rotated=DAY), "ok", DAY_TEXT),
    ("access_key_inactive_kept", key(2, active="false", last_rotated="x"), "skip", "access_key_2_last_rotated"),
    ("user_signing_certificate", {"cert_1_active": "true", "cert_1_last_rotated": OLD}, "alarm", "certificate 1"),
    ("user_signing_certificate", {"cert_1_last_rotated": OLD}, "ok", "Neither"),
    ("user_signing_certificate", {"cert_2_active": "x"}, "skip", "cert_2_active"),
    ("user_password_not_rotated", {**PASSWORD, "password_last_changed": OLD}, "alarm", f"set {OLD_TEXT}"),
    (
        "user_password_not_rotated",
        {**PASSWORD, "password_next_rotation": ago(NOW, 1)},
        "alarm",
        f"policy asked for another password {DAY_TEXT}",
    ),
    ("user_password_not_rotated", {**PASSWORD, "password_next_rotation": ago(NOW, -1)}, "ok", DAY_TEXT),
    ("user_password_not_rotated", {**PASSWORD, "password_next_rotation": "x"}, "skip", "password_next_rotation"),
    ("user_password_not_rotated", {**PASSWORD, "password_last_changed": "x"}, "skip", "password_last_changed"),
    ("user_without_credentials", {**OFF_1, "cert_1_last_rotated": OLD}, "alarm", "no active access key"),
    ("user_without_credentials", {"cert_2_active": "true"}, "ok", "signing certificate 2"),
    ("user_without_credentials", {"cert_2_active": "x"}, "skip", "cert_2_active"),
]


@pytest.mark.parametrize(("check_id", "fields", "status", "fact"), CASES)
def test_each_check_and_its_reason(
    db: Db, folder: Path, check_id: str, fields: dict[str, str], status: str, fact: str
) -> None:
    if check_id in ROOT_CHECKS:
        judge(folder, root(**fields), user("other", mfa_active="true"))
        name = "<root_account>"
    else:
        judge(folder, user("alice", **fields))
        name = "alice"
    rows = db.execute(
        "select status, reason from iam_check_result where check_id = %s and user_name = %s", (check_id, name)
    ).fetchall()
    assert [row[0] for row in rows] == [status], rows
    assert fact in rows[0][1]


def test_every_check_has_a_case_of_each_verdict_that_it_can_give() -> None:
    found = {(check_id, status) for check_id, _, status, _ in CASES}
    expected = {(check_id, status) for check_id in CHECKS for status in ("ok", "alarm", "skip")}
    # of its own below, or never: the kind of MFA, and the report's field that AWS documents and does not write
    apart = {("report_stale", status) for status in ("ok", "alarm", "skip")}
    apart |= {("root_hardware_mfa", "ok"), ("root_hardware_mfa", "skip")}
    apart |= {("user_extra_credentials", status) for status in ("ok", "alarm", "skip")}
    apart |= {("bedrock_api_key_user_with_credentials", status) for status in ("ok", "alarm", "skip")}
    apart |= {(check_id, "ok") for check_id in ("user_access_key_unused",)}  # D4
    apart |= {(check_id, "skip") for check_id in ("access_key_never_used",)}  # as of user_access_key_unused
    assert expected - found - apart == set()


def test_that_the_report_lacks_the_field_of_extra_credentials_is_one_skip_of_the_account(db: Db, folder: Path) -> None:
    judge(folder, user("alice"), user("bob"))
    query = "select status, reason, user_name from iam_check_result where check_id = 'user_extra_credentials'"
    assert db.execute(query).fetchall() == [
        ("skip", "The report does not tell additional_credentials_info", "<root_account>")
    ]


@pytest.mark.parametrize(("value", "status"), [("N/A", "ok"), ("", "ok"), ("2 access keys", "alarm")])
def test_extra_credentials_where_the_report_has_the_field(db: Db, folder: Path, value: str, status: str) -> None:
    rows = [",".join(row.values()) for row in (root(), user("alice"))]
    header = ",".join([*HEADER, "additional_credentials_info"])
    save(folder, "\n".join([header, f"{rows[0]},N/A", f"{rows[1]},{value}", ""]).encode(), FRESH)
    assert verdicts(db, "user_extra_credentials") == [(status, None)]
    if status == "alarm":
        assert reason(db, "user_extra_credentials") == "AWS tells of more: 2 access keys"


BEDROCK = "BedrockAPIKey-a1b2"


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        (
            {**PASSWORD, **NEVER_2},
            "alarm",
            f"The user of an Amazon Bedrock API key has a password, set {DAY_TEXT} and access key 2, made {OLD_TEXT}",
        ),
        (KEY_1, "alarm", f"The user of an Amazon Bedrock API key has access key 1, made {OLD_TEXT}"),
        ({**KEY_1, "password_enabled": "x"}, "alarm", "access key 1"),
        (OFF_1, "ok", "neither a password nor an active access key"),
        ({"password_enabled": "x"}, "skip", "The report does not tell password_enabled"),
        ({"access_key_2_active": "x"}, "skip", "The report does not tell access_key_2_active"),
    ],
)
def test_the_user_of_a_bedrock_api_key_has_no_other_credentials(
    db: Db, folder: Path, fields: dict[str, str], status: str, text: str
) -> None:
    # of other users nothing is said
    judge(folder, user(BEDROCK, **fields), user("alice", **fields), user("BedrockAPIKeys", **fields))
    query = "select user_name, status, reason from iam_check_result where check_id ~ 'bedrock'"
    rows = db.execute(query).fetchall()
    assert [row[:2] for row in rows] == [(BEDROCK, status)]
    assert text in rows[0][2]


def test_nobody_is_advised_to_delete_a_user_with_credentials_that_the_report_does_not_list(db: Db) -> None:
    query = "select description, remediation from iam_check where check_id = 'user_without_credentials'"
    ((description, remediation),) = db.execute(query).fetchall()
    assert all(name in description for name in ("Bedrock", "CodeCommit", "CloudWatch Logs"))
    assert remediation.startswith("Look first")
    assert "Bedrock" in remediation
    assert "list-service-specific-credentials" in remediation


# What the report does not tell


def told(db: Db, user_name: str = "alice") -> dict[str, set[str]]:
    """Return the statuses of a user by check."""
    found: dict[str, set[str]] = {}
    query = "select check_id, status from iam_check_result where user_name = %s"
    for check_id, status in db.execute(query, (user_name,)).fetchall():
        found.setdefault(check_id, set()).add(status)
    return found


def test_a_password_and_no_answer_whether_it_was_used_contradict_each_other(db: Db, folder: Path) -> None:
    password = {"password_enabled": "true", "password_last_used": "N/A", "password_last_changed": OLD}
    judge(folder, root(**password), user("alice", user_creation_time=OLD, **password))
    found = told(db)
    for check_id in ("user_password_unused", "user_never_logged_in", "user_inactive"):
        assert found[check_id] == {"skip"}, check_id
        assert reason(db, check_id) == "The report does not tell password_last_used"
    assert told(db, "<root_account>")["root_recently_used"] == {"skip"}


KEY_CHECKS = [
    "user_access_key_unused", "access_key_not_rotated", "access_key_made_at_setup", "access_key_created_with_user",
    "access_key_unused_since_rotation", "access_key_never_used", "access_key_inactive_kept",
]  # fmt: skip


@pytest.mark.parametrize("slot", [1, 2])
@pytest.mark.parametrize("dates", [{}, {"last_rotated": OLD, "last_used_date": OLD}], ids=["undated", "dated"])
def test_a_key_that_may_be_active_is_skipped_in_every_check_of_keys(
    db: Db, folder: Path, slot: int, dates: dict[str, str]
) -> None:
    judge(folder, user("alice", **key(slot, active="not_supported", **dates)))
    for check_id in KEY_CHECKS:
        assert verdicts(db, check_id) == [("skip", f"access_key_{slot}")], check_id
        assert reason(db, check_id) == f"The report does not tell access_key_{slot}_active"
    judge(folder, root(**key(slot, active="not_supported", **dates)))
    assert told(db, "<root_account>")["root_access_key_inactive"] == {"skip"}


def test_no_answer_whether_a_credential_was_used_is_skipped_within_the_grace(db: Db, folder: Path) -> None:
    young = key(1, active="true", last_rotated=DAY, last_used_date="not_supported")
    judge(folder, user("alice", **{**PASSWORD, "password_last_used": "not_supported"}, **young))
    db.execute("set iam_fdw.never_used_grace = '9 days'")
    assert verdicts(db, "access_key_never_used") == [("skip", "access_key_1")]
    assert verdicts(db, "user_never_logged_in") == [("skip", "password")]


# Later than now


SOON, LATER = ago(NOW, seconds=-3600), ago(NOW, seconds=-3601)
AGED = {
    "user_password_unused": ["password_last_used", "password_last_changed"],
    "user_access_key_unused": ["access_key_1_last_used_date", "access_key_1_last_rotated"],
    "access_key_not_rotated": ["access_key_1_last_rotated"],
    "access_key_made_at_setup": ["access_key_1_last_used_date"],
    "access_key_created_with_user": ["access_key_1_last_rotated", "user_creation_time"],
    "access_key_unused_since_rotation": ["access_key_1_last_used_date", "access_key_1_last_rotated"],
    "access_key_never_used": ["access_key_1_last_used_date", "access_key_1_last_rotated"],
    "user_never_logged_in": ["password_last_used", "password_last_changed"],
    "user_inactive": ["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date",
                      "user_creation_time"],
    "access_key_inactive_kept": ["access_key_2_last_rotated"],
    "user_password_not_rotated": ["password_last_changed"],
    "root_recently_used": ["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date"],
}  # fmt: skip


@pytest.mark.parametrize(("check_id", "column"), [(check_id, one) for check_id in AGED for one in AGED[check_id]])
def test_a_date_later_than_now_is_no_verdict(db: Db, folder: Path, check_id: str, column: str) -> None:
    fields = {**PASSWORD, **key(1, active="true", last_rotated=OLD), **key(2, active="false", last_rotated=OLD)}
    if check_id == "access_key_unused_since_rotation":
        fields["access_key_1_last_used_date"] = OLD
    for moment, is_skipped in ((SOON, False), (LATER, True)):
        fields[column] = moment
        name = "<root_account>" if check_id == "root_recently_used" else "alice"
        judge(folder, user(name, **fields))
        ((status, text),) = db.execute(
            "select status, reason from iam_check_result where check_id = %s and user_name = %s", (check_id, name)
        ).fetchall()
        assert (status == "skip") == is_skipped, text
    assert text.startswith(f"The report has {column} on 2026-11-23 02:30:01 UTC, 01:00:01 later than now")
    assert text.endswith(" (iam_fdw.now is set)")


def test_a_use_that_is_known_decides_beside_one_that_is_later_than_now(db: Db, folder: Path) -> None:
    fields = {"password_last_used": LATER, **key(1, last_rotated=OLD, last_used_date=DAY)}
    judge(folder, root(**fields), user("alice", **fields))
    assert verdicts(db, "root_recently_used") == [("alarm", None)]
    assert verdicts(db, "user_inactive") == [("ok", None)]
    assert f"Access key 1 was last used {DAY_TEXT}" in reason(db, "user_inactive")


def test_a_report_later_than_now_is_an_error_unless_now_is_set(db: Db, folder: Path) -> None:
    judge(folder, user("alice"), generated_time=NOW + timedelta(hours=1))
    assert verdicts(db, "report_stale") == [("ok", None)]
    assert reason(db, "report_stale", "<root_account>").startswith(
        "The report was made on 2026-11-23 02:30:00 UTC, 01:00:00 later than now; the limit"
    )
    for file in folder.iterdir():
        file.unlink()
    later = datetime.now(timezone.utc) + timedelta(hours=12)  # of a day and more the class says so
    judge(folder, user("alice"), generated_time=later)
    assert verdicts(db, "report_stale") == [("skip", None)]
    assert reason(db, "report_stale", "<root_account>").endswith(" later than now (iam_fdw.now is set)")
    db.execute("reset iam_fdw.now")
    assert verdicts(db, "report_stale") == [("error", None)]
    assert reason(db, "report_stale", "<root_account>").endswith(" later than now")


# Boundaries, to the second


@pytest.mark.parametrize(
    ("before", "age", "limit"),
    [
        (timedelta(days=90, seconds=5), "90 days 00:00:05", "90 days"),
        (timedelta(days=91), "91 days", "90 days"),
        (timedelta(days=90, milliseconds=400), "90 days 00:00:00.4", "90 days"),
        (timedelta(hours=5), "05:00:00", "4 hours"),
        (timedelta(days=1, hours=5), "1 day 05:00:00", "4 hours"),
        (timedelta(days=3), "3 days", "4 hours"),
    ],
)
def test_a_reason_tells_age_and_limit_apart(db: Db, folder: Path, before: timedelta, age: str, limit: str) -> None:
    db.execute(f"set iam_fdw.now = '{(NOW + timedelta(milliseconds=before.microseconds / 1000)).isoformat()}'".encode())
    made = NOW + timedelta(microseconds=before.microseconds) - before
    if limit == "4 hours":
        judge(folder, user("alice"), generated_time=made)
        text = reason(db, "report_stale", "<root_account>")
    else:
        judge(folder, user("alice", **key(1, active="true", last_rotated=f"{made:%Y-%m-%dT%H:%M:%SZ}")))
        text = reason(db, "access_key_not_rotated")
    assert text.endswith(f"UTC, {age} ago; the limit is {limit}")


def test_an_alarm_at_the_very_limit_says_so(db: Db, folder: Path) -> None:
    judge(folder, user("alice", password_enabled="true", password_last_used=ago(NOW, 45), password_last_changed=OLD))
    assert verdicts(db, "user_password_unused") == [("alarm", "password")]
    assert reason(db, "user_password_unused").endswith("UTC, 45 days 00:00:00 ago; the limit is 45 days")


@pytest.mark.parametrize(
    ("check_id", "days", "at_limit"),
    [
        ("user_password_unused", 45, "alarm"),
        ("user_access_key_unused", 45, "alarm"),
        ("user_inactive", 90, "alarm"),
        ("access_key_not_rotated", 90, "ok"),
        ("user_password_not_rotated", 90, "ok"),
        ("access_key_inactive_kept", 90, "ok"),
        ("root_recently_used", 90, "ok"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/Sao_Paulo", "Europe/Berlin"])
def test_limits_hold_to_the_second_in_every_time_zone(
    db: Db, folder: Path, check_id: str, days: int, at_limit: str, zone: str
) -> None:
    # 25 October 2026 is the end of daylight saving in Berlin: within all of these limits
    db.execute(f"set timezone = '{zone}'".encode())
    for seconds, status in ((-1, "ok"), (0, at_limit), (1, "alarm")):
        if check_id == "root_recently_used":  # the other way round: a use is a finding
            status = "alarm" if seconds < 0 else "ok"
        moment = ago(NOW, days, seconds)
        fields = {
            "user_password_unused": {"password_enabled": "true", "password_last_used": moment},
            "user_access_key_unused": key(2, active="true", last_rotated=OLD, last_used_date=moment),
            "user_inactive": {"user_creation_time": moment},
            "access_key_not_rotated": key(1, active="true", last_rotated=moment),
            "user_password_not_rotated": {**PASSWORD, "password_last_changed": moment},
            "access_key_inactive_kept": key(2, active="false", last_rotated=moment),
            "root_recently_used": {},
        }[check_id]
        judge(folder, root(password_last_used=moment), user("alice", **fields))
        assert [status for status, _ in verdicts(db, check_id)] == [status], seconds


@pytest.mark.parametrize(("seconds", "status"), [(-11, "ok"), (-10, "alarm"), (0, "alarm"), (10, "alarm"), (11, "ok")])
def test_the_window_of_setup_is_ten_seconds(db: Db, folder: Path, seconds: int, status: str) -> None:
    keys = key(1, active="true", last_rotated=ago(NOW, 9, seconds))
    judge(folder, user("alice", user_creation_time=ago(NOW, 9), **PASSWORD, **keys))
    assert verdicts(db, "access_key_created_with_user") == [(status, "access_key_1")]


def test_an_inactive_key_that_was_made_with_the_user_counts_as_none(db: Db, folder: Path) -> None:
    made = ago(NOW, 9)
    judge(folder, user("alice", user_creation_time=made, **PASSWORD, **key(1, active="false", last_rotated=made)))
    assert verdicts(db, "access_key_created_with_user") == []


@pytest.mark.parametrize(("used", "status"), [("01:30:00", "ok"), ("01:29:00", "alarm"), ("01:31:00", "ok")])
def test_use_and_rotation_are_compared_to_the_minute(db: Db, folder: Path, used: str, status: str) -> None:
    keys = {"last_rotated": "2026-11-01T01:30:59Z", "last_used_date": f"2026-11-01T{used}Z"}
    judge(folder, user("alice", **key(2, active="true", **keys)))
    assert verdicts(db, "access_key_unused_since_rotation") == [(status, "access_key_2")]


@pytest.mark.parametrize(("seconds", "status"), [(0, "ok"), (1, "alarm")])
def test_stale_is_a_report_of_more_than_four_hours(db: Db, folder: Path, seconds: int, status: str) -> None:
    judge(folder, user("alice"), generated_time=NOW - timedelta(hours=4, seconds=seconds))
    assert verdicts(db, "report_stale") == [(status, None)]
    assert "hours" in reason(db, "report_stale", "<root_account>")


def test_the_age_of_a_report_that_does_not_tell_it_is_skipped(db: Db, folder: Path) -> None:
    (folder / "report.csv").write_bytes(csv(root()))
    assert verdicts(db, "report_stale") == [("skip", None)]


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn", "aws-eusc"])
def test_other_partitions_are_judged_alike(db: Db, folder: Path, partition: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:"
    rows = (
        {**root(password_enabled="not_supported"), "arn": f"{arn}root"},
        {**user("alice", **KEY_1), "arn": f"{arn}user/alice"},
    )
    judge(folder, *rows)
    found = db.execute("select resource, status from iam_check_result where check_id = 'access_key_not_rotated'")
    assert found.fetchall() == [(f"{arn}user/alice", "alarm")]
    assert verdicts(db, "root_mfa_disabled") == [("skip", None)]


def test_an_account_without_users_has_every_check_in_the_summary(db: Db, folder: Path) -> None:
    judge(folder)
    rows = db.execute("select check_id, ok + alarm + info + skip, error from iam_check_summary").fetchall()
    assert sorted(row[0] for row in rows) == sorted(CHECKS)
    assert {row[0] for row in rows if row[1]} == {*ROOT_CHECKS, *OF_THE_REPORT}
    assert {row[2] for row in rows} == {0}


def test_a_report_without_root_does_not_let_root_look_clean(db: Db, folder: Path) -> None:
    save(folder, csv(user("alice")), FRESH)
    rows = dict(
        db.execute("select check_id, status from iam_check_result where user_name = '<root_account>'").fetchall()
    )
    assert rows.pop("report_stale") == "ok"
    assert rows.pop("root_hardware_mfa") == "info"
    assert set(rows) == {*ROOT_CHECKS, "user_extra_credentials"} - {"root_hardware_mfa"}
    assert set(rows.values()) == {"skip"}
    mfa = db.execute("select user_name, mfa_active from iam_check_root_mfa").fetchall()
    assert mfa == [("<root_account>", None)]
    used = db.execute("select user_name, password_last_used, pw_last_used from iam_check_root_last_used").fetchall()
    assert used == [("<root_account>", None, None)]
    keys = db.execute("select access_key_1_active, access_key_2_active from iam_check_root_access_keys").fetchall()
    assert keys == [(None, None)]


def shown(db: Db) -> dict[tuple[str, str, str | None], str]:
    query = "select check_id, user_name, credential, status from iam_check_result where check_id <> %s"
    return {row[:3]: row[3] for row in db.execute(query, ("user_extra_credentials",)).fetchall()}


@pytest.mark.parametrize("missing", [name for name in HEADER if name not in ("user", "arn")])
def test_a_missing_column_is_never_a_silent_ok(db: Db, folder: Path, missing: str) -> None:
    used = {"password_enabled": "true", "password_last_used": DAY, "password_last_changed": DAY, "mfa_active": "true"}
    keys = {name: value for slot in (1, 2) for name, value in key(slot, active="true", last_rotated=DAY).items()}
    rows = [root(**used), user("alice", user_creation_time=DAY, **keys, **used), user("bob", user_creation_time=DAY)]
    judge(folder, *rows)
    before = shown(db)
    assert "skip" not in before.values()
    names = [name for name in HEADER if name != missing]
    lines = [names, *([row[name] for name in names] for row in rows)]
    save(folder, "\n".join(map(",".join, lines)).encode(), FRESH)
    after = shown(db)
    changed = {status for judged, status in after.items() if status != before.get(judged)}
    assert changed <= {"skip", "info"}
    assert before.keys() <= after.keys()
    # what no check looks at, or only for the age of what is active
    unused = missing.endswith(("_region", "_service")) or missing in ("cert_1_last_rotated", "cert_2_last_rotated")
    assert bool(changed) != unused


# The catalogue


def test_iam_check_is_the_catalogue_in_its_order(db: Db) -> None:
    columns = ("check_id", "title", "description", "severity", "remediation", "setting")
    rows = db.execute(f"select {', '.join(columns)} from iam_check".encode()).fetchall()
    assert rows == [tuple(getattr(check, column) for column in columns) for check in CATALOGUE]
    settings = {name for (name,) in db.execute("select name from iam_setting").fetchall()}
    assert {check.setting for check in CATALOGUE if check.setting} <= settings


def test_results_are_of_checks_of_the_catalogue_with_its_title_and_severity(db: Db, folder: Path) -> None:
    judge(folder, user("BedrockAPIKey-a1b2", **PASSWORD, **KEY_1, **key(2, active="false", last_rotated=OLD)))
    rows = db.execute("select distinct check_id, title, severity from iam_check_result").fetchall()
    assert set(rows) == set(db.execute("select check_id, title, severity from iam_check").fetchall())


def test_the_summary_counts_the_results(db: Db, folder: Path) -> None:
    (folder / "broken.csv").write_bytes(b"")
    judge(folder, user("alice", **PASSWORD, **KEY_1), user("bob"))
    counted = db.execute(
        "select account_id, check_id, status, count(*) from iam_check_result group by 1, 2, 3"
    ).fetchall()
    summary = db.execute(
        "select account_id, check_id, status, number from iam_check_summary,"
        " lateral (values ('ok', ok), ('alarm', alarm), ('info', info), ('skip', skip), ('error', error))"
        " as counted (status, number) where number > 0"
    ).fetchall()
    assert set(summary) == set(counted)
    assert len(db.execute("select from iam_check_summary").fetchall()) == 2 * len(CHECKS)


SETTINGS = {
    "root_use_max_age": ("root_recently_used", "5 days", "ok"),
    "unused_max_age": ("user_password_unused", "5 days", "alarm"),
    "access_key_max_age": ("access_key_not_rotated", "5 days", "alarm"),
    "setup_window": ("access_key_created_with_user", "20 days", "alarm"),
    "never_used_grace": ("access_key_never_used", "20 days", "ok"),
    "inactive_max_age": ("user_inactive", "5 days", "alarm"),
    "inactive_key_max_age": ("access_key_inactive_kept", "5 days", "alarm"),
    "password_max_age": ("user_password_not_rotated", "5 days", "alarm"),
    "report_max_age": ("report_stale", "10 minutes", "alarm"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_limit_is_a_setting(db: Db, folder: Path, name: str) -> None:
    check_id, value, status = SETTINGS[name]
    ten = ago(NOW, 10)
    keys = {**key(1, active="true", last_rotated=ten), **key(2, active="false", last_rotated=ten)}
    password = {"password_enabled": "true", "password_last_used": ten, "password_last_changed": ten}
    judge(folder, root(password_last_used=ten), user("alice", user_creation_time=ago(NOW, 15), **password, **keys))
    (before,) = {status for status, _ in verdicts(db, check_id)}
    db.execute(f"set iam_fdw.{name} = '{value}'".encode())
    (after,) = {status for status, _ in verdicts(db, check_id)}
    assert (before, after) == ({"ok": "alarm", "alarm": "ok"}[status], status)


def test_settings_of_a_role_and_a_database_hold(db: Db, folder: Path, server: Server, installed: str) -> None:
    judge(folder, user("alice", **key(1, active="true", last_rotated=ago(NOW, 10))))
    where = {"host": server.host, "port": server.port, "dbname": installed}
    db.execute("create role regress_auditor superuser login")
    try:
        for what, expected in ((f"database {installed}", "5 days"), ("role regress_auditor", "7 days")):
            db.execute(f"alter {what} set iam_fdw.access_key_max_age = '{expected}'".encode())
            with psycopg.connect(user="regress_auditor", **where) as other:  # type: ignore[arg-type]
                other.execute(f"set iam_fdw.now = '{NOW.isoformat()}'".encode())
                assert verdicts(other, "access_key_not_rotated") == [("alarm", "access_key_1")]
                assert f"the limit is {expected}" in reason(other, "access_key_not_rotated")
    finally:
        db.execute(f"alter database {installed} reset all".encode())
        db.execute("drop role regress_auditor")


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("relation", ["iam_check_result", "iam_check_summary", "iam_benchmark_result", "iam_verdict"])
def test_a_bad_setting_is_an_error_that_names_it(db: Db, folder: Path, name: str, relation: str) -> None:
    judge(folder)
    db.execute("select set_config(%s, 'soon', false)", (f"iam_fdw.{name}",))
    with pytest.raises(errors.InvalidParameterValue, match=f'invalid value for parameter "iam_fdw.{name}": "soon"'):
        db.execute(f"select * from {relation}".encode())


# Exemptions


def exempt(db: Db, **columns: str | None) -> None:
    given = {"reason": "break-glass drill", **columns}
    names, marks = ", ".join(given), ", ".join(["%s"] * len(given))
    db.execute(f"insert into iam_exemption ({names}) values ({marks})".encode(), list(given.values()))


def statuses(db: Db, check_id: str = "access_key_not_rotated") -> dict[str, str]:
    query = "select user_name, status from iam_check_result where check_id = %s"
    return dict(db.execute(query, (check_id,)).fetchall())


@pytest.fixture
def old_keys(db: Db, folder: Path) -> Db:
    """Three users with an old key each, and one whose key is young."""
    judge(
        folder,
        *(user(name, **KEY_1) for name in ("svc_a", "svc-b", "bob")),
        user("eve", **key(1, active="true", last_rotated=DAY)),
    )
    return db


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({}, {"svc_a", "svc-b", "bob"}),
        ({"user_name": "svc%"}, {"svc_a", "svc-b"}),
        ({"user_name": "svc_a"}, {"svc_a"}),
        ({"user_name": "svc__"}, {"svc_a", "svc-b"}),
        ({"user_name": r"svc\_%"}, {"svc_a"}),
        ({"user_name": "SVC%"}, set()),
        ({"account_id": ACCOUNT}, {"svc_a", "svc-b", "bob"}),
        ({"account_id": "4%"}, set()),
        ({"check_id": "access_key_%"}, {"svc_a", "svc-b", "bob"}),
        ({"check_id": "root_%"}, set()),
        ({"check_id": "access_key_not_rotated", "account_id": ACCOUNT, "user_name": "bob"}, {"bob"}),
    ],
)
def test_an_exemption_turns_alarms_that_match_into_skip(old_keys: Db, columns: dict[str, str], found: set[str]) -> None:
    before = statuses(old_keys)
    exempt(old_keys, **columns)
    after = statuses(old_keys)
    assert {name for name in before if after[name] != before[name]} == found
    assert {after[name] for name in found} <= {"skip"}
    assert after["eve"] == "ok"


def test_a_result_tells_why_by_whom_and_until_when_it_is_exempt(old_keys: Db) -> None:
    exempt(old_keys, user_name="bob", owner="carol", expires_at="2026-12-31 12:00:00+02")
    assert reason(old_keys, "access_key_not_rotated", "bob") == (
        "Exempt until 2026-12-31 10:00:00 UTC by carol: break-glass drill. "
        f"Access key 1 was made {OLD_TEXT}; the limit is 90 days"
    )
    old_keys.execute("update iam_exemption set owner = null, expires_at = null")
    assert reason(old_keys, "access_key_not_rotated", "bob").startswith("Exempt: break-glass drill. Access key 1")
    old_keys.execute("update iam_exemption set expires_at = 'infinity'")
    assert reason(old_keys, "access_key_not_rotated", "bob").startswith("Exempt: break-glass drill. Access key 1")


def test_an_exemption_ends_by_the_time_of_the_session(old_keys: Db) -> None:
    exempt(old_keys, user_name="bob", expires_at=NOW.isoformat())
    assert statuses(old_keys)["bob"] == "alarm"
    old_keys.execute(f"set iam_fdw.now = '{(NOW - timedelta(seconds=1)).isoformat()}'".encode())
    assert statuses(old_keys)["bob"] == "skip"


def test_of_several_exemptions_the_one_that_lasts_longest_is_told(old_keys: Db) -> None:
    for reason_, expires_at in (("gone", "2026-01-01"), ("short", "2026-12-01"), ("long", "2027-12-01")):
        exempt(old_keys, user_name="bob", reason=reason_, expires_at=expires_at)
    assert "2027-12-01" in reason(old_keys, "access_key_not_rotated", "bob")
    exempt(old_keys, user_name="bob", reason="for ever")
    assert reason(old_keys, "access_key_not_rotated", "bob").startswith("Exempt: for ever.")


def test_exemptions_change_no_error_and_nothing_else(old_keys: Db, folder: Path) -> None:
    (folder / "broken.csv").write_bytes(b"")
    query = "select status, count(*) from iam_check_result group by status"
    before = dict(old_keys.execute(query).fetchall())
    exempt(old_keys)
    after = dict(old_keys.execute(query).fetchall())
    assert after == {
        **{status: before[status] for status in ("ok", "error", "info") if status in before},
        "skip": before["skip"] + before["alarm"],
    }


def test_root_and_a_benchmark_can_be_exempt(db: Db, folder: Path) -> None:
    judge(folder, root(password_enabled="true", mfa_active="false"))
    exempt(db, check_id="root_mfa_disabled", user_name="<root_account>")
    assert verdicts(db, "root_mfa_disabled") == [("skip", None)]
    query = "select distinct status from iam_benchmark_result where check_id = 'root_mfa_disabled'"
    assert db.execute(query).fetchall() == [("skip",)]


@pytest.mark.parametrize("name", ["check_id", "account_id", "user_name", "reason"])
def test_an_exemption_without_a_pattern_or_a_reason_is_refused(db: Db, name: str) -> None:
    with pytest.raises(errors.NotNullViolation):
        exempt(db, **{name: None})


@pytest.mark.parametrize(
    "columns",
    [{"user_name": "bob\\"}, {"check_id": "\\"}, {"account_id": "%\\\\\\"}, {"reason": " "}, {"reason": "\n"}],
)
def test_an_exemption_that_would_break_every_check_or_tells_nothing_is_refused(db: Db, columns: dict[str, str]) -> None:
    with pytest.raises(errors.CheckViolation):
        exempt(db, **columns)


@pytest.mark.parametrize(
    ("check_id", "hint"),
    [
        ("user_acess_key_unused", 'Perhaps you meant "user_access_key_unused".'),
        (r"root\_mfa\_disable", 'Perhaps you meant "root_mfa_disabled".'),
        ("User%", "The view iam_check lists the checks. In a pattern, % is any text."),
        ("", "The view iam_check lists the checks. In a pattern, % is any text."),
    ],
)
def test_an_exemption_of_no_check_is_refused(db: Db, check_id: str, hint: str) -> None:
    with pytest.raises(errors.CheckViolation) as caught:
        exempt(db, check_id=check_id)
    assert caught.value.diag.message_primary == f'no check matches "{check_id}"'
    assert caught.value.diag.message_hint == hint
    exempt(db, check_id="user\\_access%")
    with pytest.raises(errors.CheckViolation):
        db.execute("update iam_exemption set check_id = %s", (check_id,))


def test_who_may_write_exemptions_needs_no_right_to_read_the_checks(db: Db) -> None:
    db.execute("create role regress_exempting")
    try:
        db.execute("grant insert on iam_exemption to regress_exempting")
        db.execute("set role regress_exempting")
        exempt(db, check_id="report_stale")
        with pytest.raises(errors.CheckViolation):
            exempt(db, check_id="report_old")
    finally:
        db.execute("reset role")
        db.execute("drop owned by regress_exempting")
        db.execute("drop role regress_exempting")


def test_an_exemption_is_validated_without_what_others_created_in_the_schema(db: Db) -> None:
    trap = "language plpgsql as $$ begin raise 'trapped'; end $$"
    operators = [("~~", "boolean"), ("||", "text")]
    functions = ["unnest(text[]) returns setof text", "replace(text, text, text) returns text"]
    functions += ["replace(text, varchar, text) returns text", "iam_nearest(varchar, text[]) returns text"]
    functions += ["iam_nearest(anyelement, anyarray) returns text"]
    with db.transaction(force_rollback=True):
        for function in functions:
            db.execute(f"create function public.{function} {trap}".encode())
        for name, result in operators:
            for left, right in (("text", "text"), ("text", "varchar"), ("varchar", "text")):
                function = f"trap_{left}_{right}_{result}"
                db.execute(f"create function public.{function}({left}, {right}) returns {result} {trap}".encode())
                operator = f"leftarg = {left}, rightarg = {right}, function = public.{function}"
                db.execute(f"create operator public.{name} ({operator})".encode())
        with pytest.raises(errors.RaiseException, match="trapped"), db.transaction():
            db.execute("set local search_path = pg_catalog, public; select unnest(array['a'])")
        exempt(db, check_id="report_%")
        with pytest.raises(errors.CheckViolation) as caught, db.transaction():
            exempt(db, check_id="report_stal")
    assert caught.value.diag.message_hint == 'Perhaps you meant "report_stale".'


def test_an_exemption_of_a_check_that_is_gone_is_kept_and_warned_of(
    admin: Db, notices: list[str], tmp_path: Path, server: Server
) -> None:
    install(admin, source=str(tmp_path))
    admin.execute("set standard_conforming_strings = off")  # as the owner of the database may, for all sessions
    exempt(admin, check_id="report_%")
    admin.execute("alter table iam_exemption disable trigger user")
    exempt(admin, check_id="user_gone")
    admin.execute("alter table iam_exemption enable trigger user")
    install(admin, source=str(tmp_path))
    assert notices == ['WARNING: exemptions of "user_gone" match no check']
    dsn = f"host={server.host} port={server.port} user=postgres dbname={admin.info.dbname}"
    told = runner().invoke(main, ["install", dsn]).stderr
    assert told.startswith('WARNING:  exemptions of "user_gone" match no check\nHINT:  They have no effect.')
    query = "select check_id from iam_exemption order by 1"
    kept = [("report_%",), ("user_gone",)]
    assert admin.execute(query).fetchall() == kept
    # a dump brings both back
    where = ["--host", server.host, "--port", str(server.port), "--username", "postgres"]
    program, dump = pg_config("bindir"), tmp_path / "dump.sql"
    subprocess.run([program / "pg_dump", *where, "--file", str(dump), admin.info.dbname], check=True)
    with new_database(server, "exempted") as name:
        subprocess.run([program / "psql", *where, "-Xqv", "ON_ERROR_STOP=1", "-f", str(dump), "-o", "/dev/null", name],
                       check=True)  # fmt: skip
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            assert db.execute("select check_id from public.iam_exemption order by 1").fetchall() == kept
            with pytest.raises(errors.CheckViolation):
                db.execute("insert into public.iam_exemption (check_id, reason) values ('user_gone', 'x')")


def test_a_pattern_may_end_in_an_escaped_backslash(old_keys: Db) -> None:
    exempt(old_keys, user_name="bob\\\\")
    assert statuses(old_keys)["bob"] == "alarm"


# Benchmarks

# The numbers of CHECKS.md, by the versions that have them in common.
NUMBERS = {
    "root_access_key_active": ("1.12", "1.4", "1.3", "2.3", "2.4"),
    "root_mfa_disabled": ("1.13", "1.5", "1.4", "2.4", "2.5"),
    "root_hardware_mfa": ("1.14", "1.6", "1.5", "2.5", "2.6"),
    "root_recently_used": ("1.1", "1.7", "1.6", "2.6", "2.7"),
    "user_console_without_mfa": ("1.2", "1.10", "1.9", "2.9", "2.10"),
    "user_password_unused": ("1.3", "1.12", "1.11", "2.11", "2.11"),
    "user_access_key_unused": ("1.3", "1.12", "1.11", "2.11", "2.11"),
    "access_key_not_rotated": ("1.4", "1.14", "1.13", "2.13", "2.12"),
    "user_two_active_access_keys": (None, "1.13", "1.12", "2.12", None),
    "access_key_made_at_setup": ("1.21", "1.11", "1.10", "2.10", None),
    "access_key_created_with_user": ("1.21", "1.11", None, None, None),
}
GROUPS = (
    ("cis_v1.2.0",),
    ("cis_v1.3.0", "cis_v1.4.0", "cis_v1.5.0", "cis_v2.0.0", "cis_v3.0.0", "cis_v4.0.1"),
    ("cis_v5.0.0",),
    ("cis_v6.0.0",),
    ("cis_v7.0.0",),
)
FSBP = {
    ("IAM.3", "access_key_not_rotated", 90),
    ("IAM.4", "root_access_key_active", None),
    ("IAM.5", "user_console_without_mfa", None),
    ("IAM.6", "root_hardware_mfa", None),
    ("IAM.8", "user_password_unused", 90),
    ("IAM.8", "user_access_key_unused", 90),
}
SECURITY_HUB = FSBP | {
    ("IAM.9", "root_mfa_disabled", None),
    ("IAM.19", "user_without_mfa", None),
    ("IAM.22", "user_password_unused", 45),
    ("IAM.22", "user_access_key_unused", 45),
}
PCI = {
    ("8.2.6", "user_password_unused", 90),
    ("8.2.6", "user_access_key_unused", 90),
    ("8.3.9", "access_key_not_rotated", 90),
    ("8.4.2", "user_console_without_mfa", None),
}
OTHERS = {
    (name, *control)
    for name, controls in (("fsbp", FSBP), ("security_hub", SECURITY_HUB), ("pci_dss_v4.0.1", PCI))
    for control in controls
}


def test_each_control_has_its_number_check_and_limit(db: Db) -> None:
    expected = set(OTHERS)
    for check_id, numbers in NUMBERS.items():
        for benchmarks, number in zip(GROUPS, numbers):
            for benchmark in benchmarks if number else ():
                limit = {"access_key_not_rotated": 90}.get(check_id)
                if check_id in ("user_password_unused", "user_access_key_unused"):
                    limit = 90 if benchmark in ("cis_v1.2.0", "cis_v1.3.0") else 45
                expected.add((benchmark, str(number), check_id, limit))
    rows = db.execute(
        "select benchmark, control, check_id, (extract(epoch from limit_override) / 86400)::int,"
        " passes_without_root_password, level, title from iam_benchmark_control"
    ).fetchall()
    assert {row[:4] for row in rows} == expected
    assert len(rows) == len(expected)
    passing = {(row[0], row[2]) for row in rows if row[4]}
    late = ("cis_v5.0.0", "cis_v6.0.0", "cis_v7.0.0")
    assert passing == {(name, check_id) for name in late for check_id in ("root_mfa_disabled", "root_hardware_mfa")}
    for benchmark, _, check_id, _, _, level, title in rows:
        assert level == ((2 if check_id == "root_hardware_mfa" else 1) if benchmark.startswith("cis") else None)
        named = re.search(r"\b(45|90) days", title)
        assert not named or int(named[1]) == next(row[3] for row in rows if row[0] == benchmark and row[6] == title)
    listed = db.execute("select benchmark from iam_benchmark").fetchall()
    assert {name for (name,) in listed} == {row[0] for row in rows}


@pytest.mark.parametrize(
    ("days", "alarms"),
    [
        (44, set()),
        (45, {"cis_v1.4.0", "cis_v4.0.1", "cis_v7.0.0", "security_hub IAM.22"}),
        (
            90,
            {
                "cis_v1.2.0",
                "cis_v1.3.0",
                "cis_v1.4.0",
                "cis_v4.0.1",
                "cis_v7.0.0",
                "security_hub IAM.22",
                "fsbp IAM.8",
                "security_hub IAM.8",
                "pci_dss_v4.0.1",
            },
        ),
    ],
)
@pytest.mark.parametrize("setting", [None, "10 days", "400 days"])
def test_a_control_is_judged_by_its_own_limit_whatever_the_settings(
    db: Db, folder: Path, days: int, alarms: set[str], setting: str | None
) -> None:
    used = ago(NOW, days)
    judge(folder, user("alice", password_enabled="true", password_last_used=used, password_last_changed=OLD))
    if setting:
        db.execute(f"set iam_fdw.unused_max_age = '{setting}'".encode())
    rows = db.execute(
        "select case when control ~ 'IAM' then benchmark || ' ' || control else benchmark end, status, reason"
        " from iam_benchmark_result where check_id = 'user_password_unused'"
        " and (benchmark !~ 'cis' or benchmark ~ '1.2|1.3|1.4|4.0|7.0')"
    ).fetchall()
    assert {name for name, status, _ in rows if status == "alarm"} == alarms
    assert {re.search(r"the limit is (\d+ days)", text)[1] for _, _, text in rows} == {"45 days", "90 days"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("fields", "early", "late"),
    [
        (KEY_1, "alarm", "ok"),
        ({"password_enabled": "true"}, "alarm", "alarm"),
        ({"password_enabled": "true", "mfa_active": "true"}, "ok", "ok"),
        ({"password_enabled": "not_supported", **KEY_1}, "alarm", "skip"),
    ],
)
def test_cis_5_and_later_pass_a_root_without_a_password(
    db: Db, folder: Path, fields: dict[str, str], early: str, late: str
) -> None:
    judge(folder, root(**fields))
    rows = db.execute(
        "select benchmark, status from iam_benchmark_result where check_id = 'root_mfa_disabled'"
    ).fetchall()
    found = dict(rows)
    assert {found[name] for name in ("cis_v1.2.0", "cis_v4.0.1", "security_hub")} == {early}
    assert {found[name] for name in ("cis_v5.0.0", "cis_v6.0.0", "cis_v7.0.0")} == {late}


def test_an_account_that_could_not_be_read_is_an_error_of_each_control(db: Db, folder: Path) -> None:
    (folder / "broken.csv").write_bytes(b"")
    rows = db.execute("select benchmark, control, check_id from iam_benchmark_result where status = 'error'").fetchall()
    assert sorted(rows) == sorted(
        db.execute("select benchmark, control, check_id from iam_benchmark_control").fetchall()
    )
    assert len(rows) > 100


# One scan


@pytest.mark.parametrize(
    "query",
    [
        "select * from iam_check_result",
        "select * from iam_check_summary",
        "select * from iam_benchmark_result",
        "select * from iam_benchmark_result where benchmark = 'cis_v7.0.0' and status = 'alarm'",
        "select count(*) from iam_check_result where severity = 'high'",
    ],
)
@pytest.mark.parametrize("condition", ["", f"account_id = '{ACCOUNT}'", f"account_id in ('{ACCOUNT}', '444455556666')"])
def test_all_checks_are_one_scan_of_the_accounts_that_are_asked_for(
    db: Db, folder: Path, query: str, condition: str
) -> None:
    judge(folder, user("alice"))
    if condition:
        query += f" {'and' if ' where ' in query else 'where'} {condition}"
    lines = [line for (line,) in db.execute(f"explain (analyze, timing off) {query}".encode()).fetchall()]
    (scan,) = [line for line in lines if "Foreign Scan" in line]
    assert "loops=1)" in scan
    (accounts,) = [line for line in lines if "Accounts:" in line]
    expected = {"": "all", f"account_id = '{ACCOUNT}'": ACCOUNT}.get(condition, f"{ACCOUNT}, 444455556666")
    if ENGINE == "multicorn":  # its views let no condition through
        expected = "all"
    assert accounts.strip().endswith(f": Accounts: {expected}")


def test_a_condition_on_the_check_leaves_the_others_out_of_the_plan(db: Db, folder: Path) -> None:
    judge(folder)

    def judged(condition: str) -> set[str]:
        query = f"explain (verbose) select check_id, status from iam_check_result {condition}"
        lines = [line.strip() for (line,) in db.execute(query.encode()).fetchall()]
        return {
            found[1]
            for line, following in zip(lines, [*lines[1:], ""])
            for found in [re.match(r"Output: \(?'(\w+)'::text", line)]
            if found and following != "One-Time Filter: false"
        }

    assert judged("") == set(CHECKS)
    assert judged("where check_id = 'user_inactive'") == {"user_inactive"}
    two = {"user_inactive", "access_key_not_rotated"}
    assert judged("where check_id in ('user_inactive', 'access_key_not_rotated')") == two
    assert judged("where severity = 'critical'") == set(CHECKS[:3])
    assert judged("where title = 'Users have MFA'") == {"user_without_mfa"}


def test_operators_on_the_path_of_who_reads_are_not_called(db: Db, folder: Path) -> None:
    judge(folder, root(password_enabled="true", password_last_used=DAY), user("alice", **PASSWORD, **KEY_1))
    exempt(db, user_name="nobody")
    trap = "language plpgsql as $$ begin raise 'called'; end $$"
    types = ("numeric", "double precision", "integer", "text", "interval", "timestamptz")
    made = []
    try:
        for number, operator in enumerate(("/", "||", "-", "<", ">", ">=", "=", "<>", "~~")):
            for left in types:
                for right in types:
                    name = f"public.trap_{number}({left}, {right})"
                    result = "boolean" if operator in ("<", ">", ">=", "=", "<>", "~~") else "text"
                    db.execute(f"create function {name} returns {result} {trap}".encode())
                    made.append(name)
                    function = name.partition("(")[0]
                    db.execute(
                        f"create operator public.{operator}"
                        f" (leftarg = {left}, rightarg = {right}, function = {function})".encode()
                    )
        for relation in ("iam_check_result", "iam_benchmark_result", "iam_check_summary", "iam_setting"):
            assert db.execute(f"select * from {relation}".encode()).fetchall()
    finally:
        for name in made:
            db.execute(f"drop function {name} cascade".encode())


def test_who_may_read_the_results_alone_reads_them_and_nothing_more(db: Db, folder: Path) -> None:
    judge(folder, user("alice", **KEY_1))
    db.execute("create role regress_dashboard")
    try:
        db.execute("grant select on iam_check_result to regress_dashboard")
        db.execute("set role regress_dashboard")
        assert verdicts(db, "access_key_not_rotated") == [("alarm", "access_key_1")]
        for relation in ("iam_verdict", "iam_exemption", "iam_check_summary", "aws_iam_credential_report_or_error"):
            with pytest.raises(errors.InsufficientPrivilege):
                db.execute(f"select * from {relation}".encode())
        with pytest.raises(errors.InsufficientPrivilege):
            db.execute("insert into iam_exemption (reason) values ('me')")
    finally:
        db.execute("reset role")
        db.execute("drop owned by regress_dashboard")
        db.execute("drop role regress_dashboard")
