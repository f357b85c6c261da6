"""iam-fdw check: what is chosen, what is told, the exit code, and each format against its public schema."""

from __future__ import annotations

import csv as csv_module
import io
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable
from xml.etree import ElementTree

import botocore.session
import html5lib
import psycopg
import pytest
import xmlschema
from botocore.validate import ParamValidator
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt
from support.emulator import Emulator, error, json_error
from support.reports import ACCOUNT, ago, csv, root, user
from support.server import ENGINE, TREE, Server, install, new_database, point, prepare, runner, save

from iam_fdw.checks import CHECKS
from iam_fdw.cli import formats, main
from iam_fdw.cli.results import Results

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=timezone.utc)
OTHER = "444455556666"
OLD = ago(NOW, 400)
FORMATS = ("table", "csv", "json", "html", "md", "junit", "asff", "ocsf")
UNKNOWN = "could not read the credential report of the account: there are no AWS credentials"
# What a hostile report, of a file, can have as a name.
HOSTILE = "<script>alert(1)</script>|`x`*_[a](b)\x1b[31m"

Db = psycopg.Connection[Any]
Check = Callable[..., Result]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def database(server: Server, folder: Path) -> Iterator[str]:
    with new_database(server, "checked") as name:
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, source=str(folder))
            db.execute(f"alter database {name} set iam_fdw.now = '{NOW.isoformat()}'".encode())
        yield name


@pytest.fixture
def check(server: Server, database: str, folder: Path) -> Check:
    """Call the command over the reports in the folder, which is empty at first."""
    for file in folder.iterdir():
        file.unlink()
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"

    def check(*arguments: str) -> Result:
        return runner().invoke(main, ["check", dsn, *arguments])

    return check


def keep(folder: Path, *rows: dict[str, str], hours: float = 1) -> None:
    save(folder, csv(*rows), NOW - timedelta(hours=hours))


@pytest.fixture
def clean(folder: Path, check: Check) -> Check:
    keep(folder, root(), user("alice", mfa_active="true", user_creation_time=ago(NOW, 1), cert_1_active="false"))
    return check


@pytest.fixture
def mixed(folder: Path, check: Check) -> Check:
    """Two accounts, one of which cannot be read; alarms, skips, and hostile names."""
    alice = {"password_enabled": "true", "password_last_used": ago(NOW, 1), "password_last_changed": OLD}
    bob = {"access_key_1_active": "true", "access_key_1_last_rotated": OLD, "mfa_active": "x"}
    keep(folder, root(mfa_active="true"), user("alice", **alice), user("bob", **bob), user("=1+1,@x"))
    (folder / f"{OTHER}.csv").write_bytes(b"")
    return check


def results(check: Check, *arguments: str) -> list[dict[str, Any]]:
    done = check("--output", "json", *arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    found: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    return found


# Exit codes


def test_exit_code_0_where_nothing_is_wrong(clean: Check) -> None:
    done = clean("--severity", "critical", "--severity", "high")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "1 account: 5 ok, 0 alarm, 1 info, 0 skip, 0 error" in done.stdout


def test_exit_code_1_where_there_are_alarms(folder: Path, check: Check) -> None:
    keep(folder, root(), user("alice", password_enabled="true", password_last_changed=OLD))
    done = check("--check", "user_console_without_mfa")
    assert (done.exit_code, done.stderr) == (1, "")
    assert re.search(
        r"alarm +high +user_console_without_mfa +111122223333 +alice +The user has a password and no MFA", done.stdout
    )


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize(
    "arguments", [[], ["--where", "user_name = 'nobody'"], ["--check", "root_mfa_disabled"], ["--benchmark", "fsbp"]]
)
def test_exit_code_2_and_the_error_where_an_account_could_not_be_read(
    mixed: Check, output: str, arguments: list[str]
) -> None:
    done = mixed("--output", output, *arguments)
    assert done.exit_code == 2
    error = f"file {OTHER}.csv: credential report is empty"
    assert f"Error: {error}\n" in done.stderr
    if output != "asff":  # a finding of Security Hub needs an account
        assert re.search(r"credential\s+report\s+is\s+empty", done.stdout)


@pytest.mark.parametrize("output", FORMATS)
def test_an_account_that_is_not_there_is_an_error(clean: Check, output: str) -> None:
    done = clean("--account", OTHER, "--output", output)
    assert done.exit_code == 2
    assert f"Error: there is no credential report of account {OTHER}\n" in done.stderr
    if output == "junit":
        assert ElementTree.fromstring(done.stdout).find(".//error") is not None
    elif output in ("json", "html", "md"):
        assert OTHER in done.stdout


def test_one_of_two_accounts_that_is_not_there_is_an_error(clean: Check) -> None:
    done = clean("--account", ACCOUNT, "--account", OTHER, "--severity", "high")
    assert done.exit_code == 2
    assert OTHER in done.stderr


def test_no_account_at_all_is_an_error(check: Check) -> None:
    done = check()
    assert done.exit_code == 2
    assert "there is no saved credential report in the source" in done.stderr


def test_an_account_in_error_beside_the_chosen_one_is_not_looked_at(folder: Path, check: Check) -> None:
    keep(folder, root(mfa_active="true"))
    save(folder, csv(root(OTHER))[:-3], NOW - timedelta(hours=2))
    assert check("--account", ACCOUNT, "--severity", "critical").exit_code == 0
    assert check("--severity", "critical").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--check", "user_without_mf"],
            'there is no check "user_without_mf"\nHINT:  Perhaps you mean user_without_mfa',
        ),
        (["--check", "mfa"], "HINT:  Perhaps you mean root_mfa_disabled or "),
        (["--check", "xyz"], 'there is no check "xyz"\nHINT:  "iam-fdw check --list-checks" lists all.'),
        (["--benchmark", "cis_7"], 'there is no benchmark "cis_7"\nHINT:  Perhaps you mean cis_v7.0.0'),
        (["--check", "user_without_mfa", "--severity", "high"], "--check user_without_mfa chooses no check"),
        (["--check", "report_stale", "--benchmark", "fsbp"], "--benchmark fsbp chooses no check"),
        # each value must choose something, not one of two
        (
            ["--check", "report_stale", "--check", "root_mfa_disabled", "--benchmark", "cis_v7.0.0"],
            "--check report_stale chooses no check",
        ),
        (
            ["--check", "root_mfa_disabled", "--severity", "critical", "--severity", "low"],
            "--severity low chooses no check",
        ),
        (["--where", "user = 'x'"], 'the condition of --where has "user"\nDETAIL:  In SQL, user is the role'),
        (["--where", "user_name = 'user' or USER like 'x'"], "HINT:  The column is user_name."),
        (["--raw"], "--raw is for --output csv"),
        (["--list-checks", "--output", "csv"], "A list is a table"),
        (["--list-checks", "--list-benchmarks"], "ask for one"),
        (["--account", "12"], '"12" is not the id of an account'),
        (["--severity", "bad"], "'bad' is not one of"),
        (["--output", "xml"], "'xml' is not one of"),
        (["--where", "user_name ="], "syntax error"),
        (["--where", "no_such = 1"], 'column "no_such" does not exist'),
        (["--where", "exists (select from iam_report)"], "A table in it needs the name of its schema."),
        (["--schema", "nowhere"], 'iam_fdw is not installed in schema "nowhere"'),
    ],
)
def test_what_cannot_be_done_is_exit_code_2(clean: Check, arguments: list[str], message: str) -> None:
    done = clean(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_no_server_is_exit_code_2() -> None:
    done = CliRunner().invoke(main, ["check", "host=127.0.0.1 port=1 connect_timeout=2"])
    assert done.exit_code == 2
    assert "connection" in done.output


def defect(results: Results) -> Iterator[str]:
    raise ValueError("defect")
    yield ""


def test_a_defect_of_the_command_is_not_taken_for_alarms(clean: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(formats.WRITERS, "csv", defect)
    done = clean("--output", "csv")
    assert done.exit_code == 2
    assert "ValueError: defect" in done.stderr


def test_an_interrupt_is_not_taken_for_alarms(clean: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(results: Results) -> Iterator[str]:
        raise KeyboardInterrupt
        yield ""

    monkeypatch.setitem(formats.WRITERS, "csv", interrupted)
    done = clean("--output", "csv")
    assert (done.exit_code, done.stderr) == (2, "Aborted!\n")


def test_who_stops_reading_gets_no_traceback(folder: Path, clean: Check, server: Server, database: str) -> None:
    keep(folder, root(), *(user(f"u{number:04}") for number in range(3000)))
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"
    command = [sys.executable, "-c", "from iam_fdw.cli import main; main()", "check", dsn, "--output", "csv"]
    environment = {**os.environ, "PYTHONPATH": str(TREE)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("benchmark,control,")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 2


@pytest.mark.parametrize("output", FORMATS)
def test_functions_and_operators_of_others_are_not_called(
    folder: Path, clean: Check, server: Server, database: str, output: str
) -> None:
    keep(folder, root(), user("alice", password_enabled="true", password_last_changed=OLD))
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database, autocommit=True) as db:
        trap = "language plpgsql as $$ begin raise 'called'; end $$"
        db.execute(f"create function public.trap(numeric, integer) returns numeric {trap}".encode())
        db.execute("create operator public./ (leftarg = numeric, rightarg = integer, function = public.trap)")
        try:
            done = clean("--output", output)
        finally:
            db.execute("drop operator public./ (numeric, integer)")
            db.execute("drop function public.trap")
    assert done.exit_code == 1
    assert "Error" not in done.stderr


def test_a_report_that_is_old_is_told_whatever_is_chosen(folder: Path, check: Check) -> None:
    keep(folder, root(), hours=50)
    done = check("--benchmark", "cis_v7.0.0", "--check", "root_access_key_active", "--output", "csv")
    assert done.exit_code == 0
    assert done.stderr.startswith(
        f"Note: account {ACCOUNT}: The report was made on 2026-11-20 23:30:00 UTC, 2 days ago"
    )
    assert check("--check", "report_stale").exit_code == 1


def test_a_condition_that_matches_nothing_is_an_error(clean: Check) -> None:
    for condition in ("user_name = 'bob'", "status = 'failed'", "current_user = user_name", "level = 1"):
        done = clean("--where", condition)
        assert done.exit_code == 2, condition
        assert re.search(r"^Error: none of the \d+ results fulfills the condition of --where", done.stderr)
        assert "\nHINT:  Its columns are: benchmark, control, " in done.stderr
        assert "0 of 1 account: 0 ok, 0 alarm" in done.stdout


@pytest.mark.parametrize("condition", ["status = 'alarm'", "user_name = 'alice' and status in ('alarm', 'error')"])
def test_a_condition_on_a_status_that_nothing_has_is_none(clean: Check, condition: str) -> None:
    done = clean("--where", condition, "--check", "user_without_mfa")
    assert (done.exit_code, done.stderr) == (0, "Note: no result fulfills the condition of --where\n")
    assert "0 of 1 account: 0 ok" in done.stdout


def test_words_in_quotes_are_no_names(clean: Check) -> None:
    for condition in ("reason ~ $$user$$", "user_name <> 'the user' -- user", r"e'\' user' <> user_name /* user */"):
        assert "Error" not in clean("--where", condition).stderr, condition


@pytest.mark.parametrize("condition", [[], ["--where", "user_name = 'bob'"]])
def test_a_check_with_nothing_to_judge_is_told_and_no_error(clean: Check, condition: list[str]) -> None:
    done = clean("--check", "access_key_not_rotated", *condition)
    assert done.exit_code == 0
    assert done.stderr.startswith("Note: ")
    assert condition or "check access_key_not_rotated: there is nothing that it judges" in done.stderr


@pytest.mark.parametrize("output", FORMATS)
def test_an_error_of_an_account_is_told_once(mixed: Check, output: str) -> None:
    done = mixed("--output", output)
    assert done.stderr.count("credential report is empty") == 1 + (output in ("csv", "asff", "ocsf"))
    assert done.stderr.count("HINT:") == 1
    assert "HINT:  Fetch or save the report again" in done.stderr
    if output in ("table", "md", "html"):
        assert len(re.findall(r"credential\s+report\s+is\s+empty", done.stdout)) <= 2


def test_what_aws_says_is_told_with_its_hint_and_obeyed_by_no_terminal(server: Server) -> None:
    with Emulator() as emulator, new_database(server, "asked") as name:
        emulator.organization(2, ACCOUNT)
        prepare(server, name, ACCOUNT)
        dsn = f"host={server.host} port={server.port} user=postgres dbname={name}"
        with psycopg.connect(dsn, autocommit=True) as db:
            point(db, endpoint_url=emulator.url, accounts="organization", role_name="audit")
            emulator.account("100000000000").always["GetCredentialReport"] = error("AccessDenied", "no\u202e\x9b31m!")
            for output in FORMATS:
                done = runner().invoke(main, ["check", dsn, "--output", output])
                assert done.exit_code == 2
                assert len(re.findall("^Error: account 100000000000: AWS denied", done.stderr, re.MULTILINE)) == 1
                assert done.stderr.count("HINT:  Allow iam:GetCredentialReport to this user or role.") == 1
                assert not re.search("[\x1b\x80-\x9f\u202e]", done.stdout + done.stderr)
            point(db, endpoint_url=emulator.url, accounts="organization", role_name="audit", cache="off")
            emulator.always["ListAccounts"] = json_error("AccessDeniedException", "no\x1b]0;owned\x07!")
            done = runner().invoke(main, ["check", dsn])
            assert done.exit_code == 2
            assert re.search("AccessDeniedException: no.*!", done.stderr)
            assert not re.search("[\x1b\x07]", done.stdout + done.stderr)


@pytest.mark.parametrize("condition", [[], ["--where", "user_name = 'alice'"]])
def test_a_report_that_was_never_made_is_an_error_whatever_the_check(server: Server, condition: list[str]) -> None:
    with Emulator() as emulator, new_database(server, "missing") as name:
        emulator.account(ACCOUNT).always["GetCredentialReport"] = error("ReportNotPresent", "none")
        prepare(server, name, ACCOUNT)
        dsn = f"host={server.host} port={server.port} user=postgres dbname={name}"
        with psycopg.connect(dsn, autocommit=True) as db:
            point(db, endpoint_url=emulator.url, generate="never")
        done = runner().invoke(main, ["check", dsn, "--check", "report_stale", "--output", "junit", *condition])
        assert done.exit_code == 2
        assert done.stderr.count("there is no credential report") == 1
        assert len(ElementTree.fromstring(done.stdout).findall(".//error")) == 1


@pytest.mark.skipif(ENGINE == "multicorn", reason="its warnings corrupt its memory")
def test_an_account_that_may_be_the_one_in_error_is_told_why(server: Server) -> None:
    with new_database(server, "unknown") as name:
        dsn = f"host={server.host} port={server.port} user=postgres dbname={name}"
        with psycopg.connect(dsn, autocommit=True) as db:
            install(db, endpoint_url="http://127.0.0.1:9")
            told: list[str] = []
            db.add_notice_handler(lambda notice: told.append(f"{notice.severity}: {notice.message_primary}"))
            for view in ("iam_check_user_mfa", "iam_check_result", "aws_iam_credential_report_status"):
                told.clear()
                assert db.execute(f"select from {view} where account_id = '{ACCOUNT}'".encode()).fetchall() == []
                assert told == [f"WARNING: {UNKNOWN}"]
        done = runner().invoke(main, ["check", dsn, "--account", ACCOUNT])
        assert done.exit_code == 2
        assert f"Warning: {UNKNOWN}" in done.stderr
        assert "HINT:  Give the operating system user of the server credentials" in done.stderr


def test_who_may_not_read_is_told_what_to_do(clean: Check, server: Server, database: str) -> None:
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database, autocommit=True) as db:
        db.execute("create role regress_nobody login")
        try:
            dsn = f"host={server.host} port={server.port} user=regress_nobody dbname={database}"
            done = runner().invoke(main, ["check", dsn])
        finally:
            db.execute("drop role regress_nobody")
    assert done.exit_code == 2
    assert "permission denied for view iam_check" in done.stderr
    assert 'HINT:  Run "iam-fdw install --reader ROLE" as a superuser' in done.stderr


# What the results are about


@pytest.mark.parametrize("output", FORMATS)
def test_every_output_says_what_it_is_about(
    folder: Path, check: Check, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    keep(folder, root(), user("alice", mfa_active="true"))
    save(folder, csv(root(OTHER)), NOW - timedelta(hours=2))
    monkeypatch.setenv("PGOPTIONS", "-c iam_fdw.unused_max_age=30d")
    arguments = ["--output", output, "--where", "severity <> 'info'", "--severity", "critical", "--severity", "info"]
    done = check(*arguments)
    assert done.exit_code == 0
    told = done.stdout + (done.stderr if output in formats.WITHOUT_SCOPE else "")
    if output == "md":
        told = told.replace("\\", "").replace("&lt;", "<")
    told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'")
    assert "severity <> 'info'" in told
    assert re.search("""critical("?), ?\\1info""", told)
    assert re.search(r"2026-11-23[ T]01:30:00", told)
    assert "iam_fdw.now" in told
    assert re.search("iam_fdw.unused_max_age.{0,20}30 days", told)
    for account, hour in ((ACCOUNT, "00"), (OTHER, "23")):
        assert re.search(f"{account}.{{0,80}}2026-11-2.[ T]{hour}:30:00", told, re.DOTALL)


@pytest.mark.parametrize("output", ["asff", "ocsf"])
def test_a_finding_says_what_it_is_about(clean: Check, output: str) -> None:
    finding = json.loads(clean("--output", output, "--where", "user_name = 'alice'").stdout)[0]
    if output == "asff":
        assert finding["ProductFields"] == {
            "iam_fdw/generated_time": "2026-11-23T00:30:00Z",
            "iam_fdw/iam_fdw.now": NOW.isoformat(),
            "iam_fdw/--where": "user_name = 'alice'",
        }
    else:
        assert finding["unmapped"] == {
            "generated_time": "2026-11-23T00:30:00Z",
            "settings": {"iam_fdw.now": NOW.isoformat()},
            "filters": {"--where": ["user_name = 'alice'"]},
        }


def test_verdicts_and_pictures_are_of_the_same_reports(
    folder: Path, check: Check, server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, root(mfa_active="true"), user("alice", password_enabled="true", mfa_active="false"))
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database, autocommit=True) as db:
        db.execute("call iam_record_history()")
        try:
            keep(folder, root(mfa_active="true"), user("alice", password_enabled="true", mfa_active="true"), hours=0.5)
            assert "with MFA: 1" in check("--output", "html").stdout
            monkeypatch.setenv("PGOPTIONS", "-c iam_fdw.report_at=2026-11-23T00:45:00Z")
            text = check("--output", "html", "--check", "user_console_without_mfa").stdout
        finally:
            db.execute("truncate iam_history, iam_history_account, iam_history_report")
    assert 'aria-label="without MFA: 1"' in text
    assert re.search(r"<dt>iam_fdw\.report_at</dt><dd>2026-11-23T00:45:00Z</dd>", text)
    assert "--account is the only filter that they follow" in text


def test_many_accounts_have_one_line(folder: Path, check: Check) -> None:
    for number in range(21):
        save(folder, csv(root(f"{100000000000 + number}")), NOW - timedelta(minutes=number))
    text = check("--severity", "critical").stdout
    assert re.search("accounts +21 read", text)
    assert re.search("reports made +2026-11-23 01:10:00 UTC to 2026-11-23 01:30:00 UTC", text)
    assert "report of 100000000000" not in text
    assert len(re.findall("<dt>report of 1", check("--output", "html", "--severity", "critical").stdout)) == 21


def test_headers_are_names_that_a_condition_can_have(mixed: Check) -> None:
    lines = mixed().stdout.splitlines()
    headers = [line.split() for line in lines if line.startswith(("status", "severity"))]
    assert headers == [
        ["status", "severity", "check_id", "account_id", "user_name", "reason"],
        ["severity", "title", "ok", "alarm", "info", "skip", "error"],
    ]
    (header,) = [line.split() for line in mixed("--benchmark", "fsbp").stdout.splitlines() if line.startswith("bench")]
    assert header[:4] == ["benchmark", "control", "severity", "control_title"]


def test_lists_read_no_report(check: Check, server: Server, database: str) -> None:
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database) as db:
        checks = db.execute("select check_id, severity, title from iam_check").fetchall()
        benchmarks = db.execute("select benchmark, title from iam_benchmark").fetchall()
    done = check("--list-checks")  # there is no report: to read one would fail
    assert (done.exit_code, done.stderr) == (0, "")
    assert {tuple(re.split("  +", line.strip())) for line in done.stdout.splitlines()[2:]} == set(checks)
    done = check("--list-benchmarks")
    assert (done.exit_code, done.stderr) == (0, "")
    assert {tuple(re.split("  +", line.strip())) for line in done.stdout.splitlines()[2:]} == set(benchmarks)
    assert "2.11 " in check("--list-checks", "--benchmark", "cis_v7.0.0", "--severity", "medium").stdout


# What is chosen


def test_everything_is_what_the_view_has(mixed: Check, server: Server, database: str) -> None:
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database) as db:
        cursor = db.execute("select * from iam_check_result")
        names = [column.name for column in cursor.description or ()]
        expected = [dict(zip(names, row)) for row in cursor.fetchall()]
    found = results(mixed)
    assert len(found) == len(expected)
    for row in expected:
        made = row["generated_time"]
        row["generated_time"] = f"{made:%Y-%m-%dT%H:%M:%SZ}" if made else None
        row.update(benchmark=None, control=None, control_title=None, level=None)
        assert row in found


def test_filters_narrow_and_repeating_widens(mixed: Check) -> None:
    everything = results(mixed)
    for name, column, values in (
        ("--check", "check_id", ["user_without_mfa", "root_mfa_disabled"]),
        ("--severity", "severity", ["high", "low"]),
        ("--account", "account_id", [ACCOUNT]),
    ):
        for number in range(1, len(values) + 1):
            arguments = [part for value in values[:number] for part in (name, value)]
            expected = [row for row in everything if row[column] in values[:number]]
            assert Counter(map(str, results(mixed, *arguments))) == Counter(map(str, expected))


def test_where_chooses_but_hides_no_error(mixed: Check) -> None:
    found = results(mixed, "--where", "user_name like 'a%' and status <> 'ok' -- and no more")
    assert {row["user_name"] for row in found} == {"alice", None}
    assert {row["status"] for row in found if row["user_name"] is None} == {"error"}
    assert len([row for row in found if row["status"] == "error"]) == len(CHECKS)


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("user_name = 'alice", "syntax error"),
        ("check = 'user_inactive'", 'syntax error at or near "check"'),
        ("account_id", "must be type boolean, not type text"),
        ("exists (select from nothing)", 'relation "nothing" does not exist'),
    ],
)
def test_an_error_of_the_condition_says_so(clean: Check, condition: str, error: str) -> None:
    done = clean("--where", condition)
    assert done.exit_code == 2
    assert error in done.stderr
    assert "HINT:  Check the condition of --where, such as " in done.stderr


def test_a_benchmark_has_its_controls_and_limits(mixed: Check, server: Server, database: str) -> None:
    found = results(mixed, "--benchmark", "cis_v1.2.0", "--benchmark", "cis_v7.0.0")
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database) as db:
        query = "select count(*) from iam_benchmark_result where benchmark in ('cis_v1.2.0', 'cis_v7.0.0')"
        assert db.execute(query).fetchone() == (len(found),)
    assert {row["benchmark"] for row in found} == {"cis_v1.2.0", "cis_v7.0.0"}
    limits = {(row["benchmark"], row["control"]): row["reason"] for row in found if row["user_name"] == "alice"}
    assert "the limit is 90 days" in limits["cis_v1.2.0", "1.3"]
    assert "the limit is 45 days" in limits["cis_v7.0.0", "2.11"]


def test_nothing_is_changed_by_a_condition(clean: Check, server: Server, database: str) -> None:
    done = clean("--where", "(select set_config('iam_fdw.x', 'y', false)) is null; delete from iam_exemption; --")
    assert done.exit_code == 2
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=database) as db:
        db.execute("create sequence numbers")
    done = clean("--where", "nextval('public.numbers') > 0")
    assert done.exit_code == 2
    assert "read-only transaction" in done.stderr


def test_the_summary_has_checks_with_nothing_to_judge(clean: Check) -> None:
    summary = json.loads(clean("--output", "json", "--check", "access_key_not_rotated").stdout)["summary"]
    assert [(line["check_id"], line["ok"], line["alarm"]) for line in summary] == [("access_key_not_rotated", 0, 0)]


def test_controls_stand_in_the_order_of_their_numbers(clean: Check) -> None:
    summary = json.loads(clean("--output", "json", "--benchmark", "cis_v7.0.0").stdout)["summary"]
    assert [line["control"] for line in summary] == ["2.4", "2.5", "2.6", "2.7", "2.10", "2.11", "2.11", "2.12"]


# Formats


def test_csv_has_a_line_for_each_result(mixed: Check) -> None:
    done = mixed("--output", "csv", "--raw")
    rows = list(csv_module.DictReader(io.StringIO(done.stdout), strict=True))
    expected = [{name: "" if value is None else str(value) for name, value in row.items()} for row in results(mixed)]
    assert rows == expected
    assert "=1+1,@x" in {row["user_name"] for row in rows}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "'x", "\uff1d1", " =1", "a;=1", "a; @x", 'a;"=1'])
def test_csv_has_no_formula_and_can_be_taken_back(folder: Path, check: Check, name: str) -> None:
    keep(folder, root(), {**user("x"), "user": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
    (cell,) = csv_names(check("--output", "csv"))
    assert not re.search(r'(^|;)[\s"]*[=+@\uff1d-]', cell)
    # as docs/check-command.md says
    assert re.sub(r"(^|;)'", r"\1", cell) == name
    assert csv_names(check("--output", "csv", "--raw")) == {name}


@pytest.mark.parametrize("name", ["\t=1", "\x1b[31m", "\u202ex"])
def test_csv_has_no_control_character(folder: Path, check: Check, name: str) -> None:
    keep(folder, root(), {**user("x"), "user": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
    (cell,) = csv_names(check("--output", "csv"))
    assert cell.startswith("\\")
    assert cell.isprintable()
    assert csv_names(check("--output", "csv", "--raw")) == {name}


def csv_names(done: Result) -> set[str]:
    rows = list(csv_module.DictReader(io.StringIO(done.stdout), strict=True))
    return {row["user_name"] for row in rows} - {"<root_account>"}


def test_json_tells_all_that_the_others_do(mixed: Check) -> None:
    told = json.loads(mixed("--output", "json").stdout)
    assert told["now"] == "2026-11-23T01:30:00Z"
    assert told["errors"] == [f"file {OTHER}.csv: credential report is empty"]
    assert len(told["summary"]) == len(CHECKS)
    assert (told["settings"], told["filters"]) == ({"iam_fdw.now": NOW.isoformat()}, {})
    made = {"account_id": ACCOUNT, "account_name": None, "generated_time": "2026-11-23T00:30:00Z", "error": None}
    assert made in told["accounts"]
    assert len(told["accounts"]) == 2
    counted = Counter(row["status"] for row in told["results"])
    assert {status: sum(line[status] for line in told["summary"]) for status in counted} == counted


def test_junit_is_valid_and_counts(mixed: Check) -> None:
    text = mixed("--output", "junit").stdout
    xmlschema.XMLSchema(str(TREE / "tests" / "support" / "schemas" / "junit-10.xsd")).validate(text)
    tree = ElementTree.fromstring(text)
    found = results(mixed)
    assert len(tree.findall(".//testcase")) == len(found)
    for tag, status, attribute in (
        ("failure", "alarm", "failures"),
        ("error", "error", "errors"),
        ("skipped", "skip", "skipped"),
    ):
        number = sum(row["status"] == status for row in found)
        assert len(tree.findall(f".//{tag}")) == number > 0
        assert sum(int(suite.get(attribute, 0)) for suite in tree) == number
    assert sum(int(suite.get("tests", 0)) for suite in tree) == len(found)


@pytest.mark.parametrize("benchmark", [[], ["--benchmark", "security_hub"]])
def test_asff_is_what_batch_import_findings_takes(mixed: Check, benchmark: list[str]) -> None:
    done = mixed("--output", "asff", *benchmark)
    findings = json.loads(done.stdout)
    model = botocore.session.get_session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    report = ParamValidator().validate({"Findings": findings}, shape)
    assert not report.has_errors(), report.generate_report()
    assert len({finding["Id"] for finding in findings}) == len(findings)
    found = [row for row in results(mixed, *benchmark) if row["account_id"]]
    status = {"ok": "PASSED", "alarm": "FAILED", "info": "WARNING", "skip": "NOT_AVAILABLE"}
    assert [finding["Compliance"]["Status"] for finding in findings] == [status[row["status"]] for row in found]
    for finding in findings:
        assert finding["SchemaVersion"] == "2018-10-08"
        assert finding["ProductArn"] == f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/{ACCOUNT}/default"
        assert len(finding["Title"]) <= 256
        assert len(finding["Description"]) <= 1024
        assert finding["Resources"][0]["Type"] in ("AwsIamUser", "AwsAccount")
        assert datetime.fromisoformat(finding["CreatedAt"].replace("Z", "+00:00")) == NOW
        assert ("RelatedRequirements" in finding["Compliance"]) == bool(benchmark)


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_asff_names_partition_and_region(folder: Path, check: Check, partition: str) -> None:
    row = {**root(), "arn": f"arn:{partition}:iam::{ACCOUNT}:root"}
    save(folder, csv(row), NOW)
    (finding,) = json.loads(check("--output", "asff", "--check", "root_mfa_disabled").stdout)
    region = {"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}[partition]
    assert finding["ProductArn"].startswith(f"arn:{partition}:securityhub:{region}:")
    assert finding["Resources"][0] == {
        "Type": "AwsAccount",
        "Id": f"AWS::::Account:{ACCOUNT}",
        "Partition": partition,
        "Region": region,
    }


@pytest.mark.skipif(sys.version_info < (3, 10), reason="py-ocsf-models needs Python 3.10")
@pytest.mark.parametrize("benchmark", [[], ["--benchmark", "cis_v7.0.0"]])
def test_ocsf_findings_are_compliance_findings(mixed: Check, benchmark: list[str]) -> None:
    from py_ocsf_models import OCSF_VERSION
    from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
    from py_ocsf_models.objects.cloud import Cloud

    findings = json.loads(mixed("--output", "ocsf", *benchmark).stdout)
    found = results(mixed, *benchmark)
    assert len(findings) == len(found)
    for finding, row in zip(findings, found):
        assert finding["metadata"]["version"] == OCSF_VERSION
        model = ComplianceFinding.model_validate(finding)
        assert model.type_uid == 200301
        assert model.compliance.status_id == {"ok": 1, "alarm": 3, "info": 2, "skip": 2}.get(row["status"], 0)
        # what the schema does not know would be left out
        kept = json.loads(model.model_dump_json(exclude_none=True))
        cloud = Cloud.model_validate(finding["cloud"])  # of the profile named in metadata
        kept["cloud"] = json.loads(cloud.model_dump_json(exclude_none=True))
        assert missing_from(kept, finding) <= {"compliance.status", "compliance.status_code"}, finding
    assert len(
        {finding["finding_info"]["uid"] for finding in findings if finding["cloud"]["account"]["uid"] != "unknown"}
    )


def missing_from(kept: Any, given: Any, path: str = "") -> set[str]:
    """Return the names in what was given that are not in what was kept."""
    if isinstance(given, dict):
        found = {f"{path}{name}" for name in given if name not in kept}
        for name in set(given) & set(kept):
            found |= missing_from(kept[name], given[name], f"{path}{name}.")
        return found
    if isinstance(given, list):
        return {name for one, other in zip(kept, given) for name in missing_from(one, other, path)}
    return set()


def hostile(folder: Path) -> None:
    # a path may hold what a name may not: the file is not AWS's
    row = user("x", password_enabled="true", password_last_changed=OLD)
    name = HOSTILE.replace("/", "")
    row.update(user=name, arn=f"arn:aws:iam::{ACCOUNT}:user/{name}")
    keep(folder, root(), row)


def test_html_is_valid_stands_alone_and_obeys_no_name(folder: Path, check: Check) -> None:
    hostile(folder)
    (folder / f"{OTHER}.csv").write_bytes(b"")
    text = check("--output", "html").stdout
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<script" not in text
    assert not re.search(r"""(?:src|href|url|@import)\s*[=(]""", text)
    assert "default-src 'none'" in text
    assert "&lt;script&gt;alert(1)&lt;script&gt;" in text
    assert f"file {OTHER}.csv: credential report is empty" in text
    assert "What to do:" in text


def test_html_draws_ages_and_mfa(folder: Path, check: Check) -> None:
    made = {days: ago(NOW, days) for days in (29, 89, 179, 364, 366)}
    rows = [
        user(f"u{days}", password_enabled="true", password_last_changed=moment, mfa_active=str(days > 100).lower())
        for days, moment in made.items()
    ]
    keys = user("k", access_key_1_active="true", access_key_1_last_rotated=made[29], access_key_2_active="true")
    later = user("l", access_key_1_active="true", access_key_1_last_rotated=ago(NOW, -1))
    keep(folder, root(password_enabled="true", mfa_active="x"), *rows, keys, later)
    text = check("--output", "html").stdout
    labels = re.findall(r'aria-label="([^"]*)"', text)
    assert labels == [
        "under 30 days: 1, 30 to 90 days: 1, 90 to 180 days: 1, 180 days to a year: 1, over a year: 1, unknown: 1",
        "under 30 days: 1, unknown: 2",
        "with MFA: 3, without MFA: 2",
        "unknown: 1",
    ]


def test_html_of_a_clean_account_says_so(clean: Check) -> None:
    text = clean("--output", "html", "--check", "user_without_mfa").stdout
    assert "Nothing to mend." in text


def test_html_of_what_no_result_matches_does_not_look_clean(clean: Check) -> None:
    for condition in ("user_name = 'bob'", "status = 'alarm'"):
        text = clean("--output", "html", "--check", "user_without_mfa", "--where", condition).stdout
        assert "No result matches the filters." in text
        assert "0 of 1 account: 0 ok" in text
        assert re.search('<p class="note">.*of --where', text)


def test_html_of_a_part_of_the_accounts_does_not_look_clean(folder: Path, clean: Check) -> None:
    (folder / f"{OTHER}.csv").write_bytes(b"")
    text = clean("--output", "html", "--check", "user_without_mfa").stdout
    assert "Nothing to mend in what could be read." in text
    assert "1 of 2 accounts: 1 ok" in text


def test_markdown_shows_names_as_they_are(folder: Path, check: Check) -> None:
    hostile(folder)
    text = check("--output", "md").stdout
    html = MarkdownIt("commonmark").enable("table").render(text)
    body = html5lib.parse(html, namespaceHTMLElements=False)
    tags = {element.tag for element in body.iter()}
    assert tags <= {"html", "head", "body", "h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    cells = {"".join(cell.itertext()) for cell in body.iter("td")}
    assert HOSTILE.replace("/", "").replace("\x1b", "\\x1b") in cells
    assert len({len(row) for row in body.iter("tr")}) == 2  # summary and findings: no name makes a cell


@pytest.mark.parametrize("output", FORMATS)
def test_a_terminal_obeys_no_name(folder: Path, check: Check, output: str) -> None:
    name = "\x1b[31m\x9b31m\u202e!"
    row = user("x", password_enabled="true", password_last_changed=OLD)
    keep(folder, root(), {**row, "user": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
    done = check("--output", output, "--check", "user_console_without_mfa")
    assert done.exit_code == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout + done.stderr)
    shown = done.stdout.replace("\\\\x1b\\[", "\\x1b[")  # Markdown
    assert re.search(r"\\(x1b|u001b)\[31m", shown)


def test_a_terminal_obeys_no_error_either(folder: Path, check: Check) -> None:
    (folder / "bad\x1b[31m.csv").write_bytes(b"")
    done = check("--check", "root_mfa_disabled")
    assert done.exit_code == 2
    assert "\x1b" not in done.stdout + done.stderr
    assert "Error: file bad?[31m.csv: credential report is empty\n" in done.stderr


def test_an_error_message_cannot_break_junit(folder: Path, check: Check) -> None:
    (folder / "bad\x01name.csv").write_bytes(b"")
    text = check("--output", "junit").stdout
    ElementTree.fromstring(text)


@pytest.mark.parametrize("output", FORMATS)
def test_five_thousand_users_take_seconds(folder: Path, check: Check, output: str) -> None:
    keep(
        folder,
        root(),
        *(user(f"u{number:04}", password_enabled="true", password_last_changed=OLD) for number in range(5000)),
    )
    started = time.monotonic()
    done = check("--output", output)
    assert done.exit_code == 1
    assert time.monotonic() - started < 60
    if output in ("html", "md"):
        assert "And 4000 more" in done.stdout
