"""Prowler and iam_fdw judge one account, both over HTTP: where they differ is what docs/powerpipe-prowler.md says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import psycopg
import pytest
from support.emulator import error
from support.server import TREE, Server, install, new_database, point

from iam_fdw import checks
from iam_fdw.cli import sample
from prowler.account import ReportedAccount
from prowler.cases import large, special
from prowler.run_prowler import CHECKS, run

Db = psycopg.Connection[Any]
Verdicts = dict[tuple[str, str], str]
PAGE = (TREE / "docs" / "powerpipe-prowler.md").read_text()
# Of Prowler's checks, ours; without root_hardware_mfa, of which the report does not tell.
OURS = {
    "iam_avoid_root_usage": "root_recently_used",
    "iam_no_root_access_key": "root_access_key_active",
    "iam_root_mfa_enabled": "root_mfa_disabled",
    "iam_rotate_access_key_90_days": "access_key_not_rotated",
    "iam_user_accesskey_unused": "user_access_key_unused",
    "iam_user_console_access_unused": "user_password_unused",
    "iam_user_mfa_enabled_console_access": "user_console_without_mfa",
    "iam_user_no_setup_initial_access_key": "access_key_made_at_setup",
    "iam_user_two_active_access_key": "user_two_active_access_keys",
}


@pytest.fixture(scope="module")
def db(server: Server) -> Iterator[Db]:
    with new_database(server, "prowler") as name:
        where = {"host": server.host, "port": server.port, "dbname": name}
        with psycopg.connect(user="postgres", autocommit=True, **where) as db:  # type: ignore[arg-type]
            install(db, endpoint_url="http://127.0.0.1:9")
            keys = "aws_access_key_id 'AKIA111122223333', aws_secret_access_key 'of/the+emulator/that/checks/none'"
            db.execute(f"create user mapping for public server aws options ({keys})".encode())
            yield db


def ours(db: Db, report: bytes) -> Verdicts:
    """Return the worst status of each check and user, over HTTP from the account that Prowler is given."""
    with ReportedAccount(report) as account:
        point(db, endpoint_url=account.url)
        rows = db.execute(
            "select check_id, user_name, (array_agg(status order by status <> 'alarm', status))[1]"
            " from iam_check_result group by 1, 2"
        ).fetchall()
    return {(check_id, user_name): status for check_id, user_name, status in rows}


def prowlers(report: bytes) -> Verdicts:
    """Return FAIL where a user has one in a check, else PASS."""
    done = run(report)
    assert {verdict.check for verdict in done.verdicts} == set(CHECKS), done.output
    found: Verdicts = {}
    for verdict in done.verdicts:
        key = (verdict.check, verdict.user)
        found[key] = "FAIL" if "FAIL" in (verdict.status, found.get(key)) else "PASS"
    return found


def differences(theirs: Verdicts, found: Verdicts) -> set[tuple[str, str, str, str]]:
    """Return user, Prowler's check, its verdict and ours, where both judge and do not agree."""
    differ = set()
    for (check, user), status in theirs.items():
        own = found.get((OURS.get(check, ""), user), "")
        if own and (status == "FAIL") != (own == "alarm"):
            differ.add((user, check, status, own))
    return differ


def test_the_sample_account_is_judged_alike_but_for_roots_use(db: Db) -> None:
    report = sample.report(datetime.now(timezone.utc).replace(microsecond=0))
    # used 12 days ago: Prowler's limit is two days, ours 90
    assert differences(prowlers(report), ours(db, report)) == {
        ("<root_account>", "iam_avoid_root_usage", "PASS", "alarm"),
    } | {
        # never used, for 62 days: Prowler passes it for ever
        ("metrics_reader", "iam_user_accesskey_unused", "PASS", "alarm")
    }


def test_each_difference_is_explained_and_no_other_is_there(db: Db) -> None:
    report = special(datetime.now(timezone.utc).replace(microsecond=0))
    section = PAGE.split("## Side by side")[1].split("\n## ")[0]
    cells = [re.findall(r"`([^`]+)`", line) for line in section.splitlines() if line.startswith("| `")]
    explained = {(user, check, status, own) for user, check, status, own in cells}
    assert differences(prowlers(report), ours(db, report)) == explained
    assert len(explained) >= 4


def test_an_account_that_cannot_be_read_is_no_finding_of_prowlers_and_errors_of_ours(db: Db) -> None:
    report = special(datetime.now(timezone.utc).replace(microsecond=0))
    denied = {action: error("AccessDenied", "no") for action in ("GenerateCredentialReport", "GetCredentialReport")}
    done = run(report, answers=denied)
    assert done.exit_code == 0
    assert {verdict.status for verdict in done.verdicts} == {"PASS"}
    assert {verdict.check for verdict in done.verdicts} == {"iam_user_console_access_unused"}  # of ListUsers
    with ReportedAccount(report) as account:
        account.always.update(denied)
        point(db, endpoint_url=account.url)
        rows = db.execute("select status, count(*) from iam_check_result group by 1").fetchall()
    assert rows == [("error", len(checks.CHECKS))]


def test_five_thousand_users_take_a_fraction_of_the_time(db: Db) -> None:
    report = large(datetime.now(timezone.utc).replace(microsecond=0), 5000)
    theirs = run(report)
    assert len(theirs.verdicts) > 5000
    with ReportedAccount(report) as account:
        point(db, endpoint_url=account.url)
        started = time.monotonic()
        rows = db.execute("select count(reason) from iam_check_result").fetchone()
        seconds = time.monotonic() - started
        requests = len(account.requests)
    assert rows is not None
    assert rows[0] > 80_000
    print(f"\nProwler {theirs.seconds:.1f} s, {theirs.requests.total()} requests; ours {seconds:.2f} s, {requests}")
    assert requests <= 3
    assert seconds < theirs.seconds / 10
