"""Every way in which AWS, or what stands before it, can fail: rows or an ERROR with its HINT, within the timeout."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.emulator import Emulator, Reply, body, content, cut, drip, endless, error, hang, reset, slow
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, SLOWNESS, Server, install, new_database

Db = psycopg.Connection[Any]
TIMEOUT = 3.0 * SLOWNESS  # seconds
REPORT = csv(root(), user("alice"))
GET, GENERATE = "GetCredentialReport", "GenerateCredentialReport"
SECRET = "of/the+emulator/that/checks/none"


@pytest.fixture(scope="module")
def installed(server: Server) -> Iterator[str]:
    with new_database(server, "faults") as name:
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, timeout=f"{TIMEOUT:g} seconds", endpoint_url="http://127.0.0.1:9")
            db.execute(
                f"create user mapping for public server aws options"
                f" (aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key '{SECRET}')".encode()
            )
        yield name


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.account(ACCOUNT, report=REPORT, generated_time=datetime.now(timezone.utc).replace(microsecond=0))
        yield emulator


@pytest.fixture
def db(server: Server, installed: str, emulator: Emulator) -> Iterator[Db]:
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=installed, autocommit=True) as db:
        point(db, emulator.url)
        yield db


def point(db: Db, url: str) -> None:
    options = f"set endpoint_url '{url}', set timeout '{TIMEOUT:g} seconds'"
    db.execute(f"alter server aws options ({options})".encode())


def names(db: Db) -> list[str]:
    started = time.monotonic()
    try:
        return [name for (name,) in db.execute("select user_name from aws_iam_credential_report").fetchall()]
    finally:
        assert time.monotonic() - started < TIMEOUT + 1 * SLOWNESS


def refused(db: Db) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        names(db)
    shown = str(caught.value) + str(caught.value.diag.message_hint)
    assert SECRET not in shown
    assert "token/of/" not in shown
    assert "Traceback" not in shown
    assert str(caught.value.diag.message_primary).startswith("could not read the credential report of ")
    return caught.value


THE_ROWS = ["<root_account>", "alice"]


@pytest.mark.parametrize(
    ("action", "replies"),
    [
        (GET, [error("Throttling", "Rate exceeded"), error("Throttling", "Rate exceeded")]),
        (GET, [error("ServiceFailure"), error("ServiceFailure")]),
        (GET, [error("InternalFailure")]),
        (GET, [error("ServiceUnavailable")]),
        (GET, [body(b"<html>Bad Gateway</html>", "text/html", 502)]),
        (GET, [body(b"", "text/plain", 503)]),
        (GET, [reset(), reset()]),
        (GET, [cut()]),
        (GET, [hang()]),
        (GET, [slow(0.5)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(reply.kind for reply in value),
)
def test_what_passes_is_waited_for(db: Db, emulator: Emulator, action: str, replies: list[Reply]) -> None:
    emulator.script[action] = replies
    assert names(db) == THE_ROWS


@pytest.mark.parametrize(
    "replies",
    [
        [error("LimitExceeded", "Try again later")],
        [error("Throttling"), error("LimitExceeded")],
        [error("ServiceFailure")],
        [reset()],
        [slow(0.3)],
    ],
    ids=lambda replies: "-".join(reply.kind for reply in replies),
)
def test_making_a_report_is_tried_again(db: Db, emulator: Emulator, replies: list[Reply]) -> None:
    account = emulator.account(ACCOUNT, report=None, next_report=lambda: REPORT)
    emulator.script[GENERATE] = replies
    assert names(db) == THE_ROWS
    assert account.report == REPORT


def test_not_present_started_in_progress_complete(db: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT, report=None, next_report=lambda: REPORT, polls=3)
    emulator.script[GET] = [error("ReportNotPresent"), error("ReportInProgress")]
    assert names(db) == THE_ROWS
    assert emulator.count(GENERATE) == 5  # STARTED, INPROGRESS, INPROGRESS, COMPLETE, COMPLETE


def test_an_expired_report_is_made_anew(db: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT, report=None, next_report=lambda: REPORT)
    emulator.script[GET] = [error("ReportExpired")]
    assert names(db) == THE_ROWS


def test_a_report_that_is_made_by_another_is_waited_for(db: Db, emulator: Emulator) -> None:
    emulator.script[GET] = [error("ReportInProgress")]
    assert names(db) == THE_ROWS


@pytest.mark.parametrize("old_while_making", [True, False])
def test_an_old_report_is_not_taken_while_a_new_one_is_made(db: Db, emulator: Emulator, old_while_making: bool) -> None:
    old = datetime.now(timezone.utc) - timedelta(days=3)
    emulator.account(
        ACCOUNT,
        report=csv(root(), user("old")),
        generated_time=old,
        next_report=lambda: REPORT,
        polls=2,
        old_while_making=old_while_making,
    )
    assert names(db) == THE_ROWS


# What AWS answers, what the error says, what it advises, its SQLSTATE, and the state of the account.
LASTING = [
    (GET, error("AccessDenied", "no"), "AWS denied GetCredentialReport", "Allow iam:GetCredentialReport", "42501"),
    (GET, error("ExpiredToken", "old"), "AWS refused the credentials", "Renew the credentials", "28000"),
    (GET, error("InvalidClientTokenId", "?"), "AWS refused the credentials", "Check the access key", "28000"),
    (GET, error("SignatureDoesNotMatch", "differs"), "AWS refused the credentials", "Check the access key", "28000"),
    (
        GET,
        error("SignatureDoesNotMatch", "Signature expired: 20261123T000000Z is now earlier than"),
        "AWS refused the credentials",
        "Set the clock of the database server",
        "28000",
    ),
    (GET, error("RequestExpired", "old"), "AWS refused the credentials", "Set the clock", "28000"),
    (GET, error("SomethingNew", "unheard of"), "AWS answered GetCredentialReport with an error", "None", "HV000"),
    (GET, error("Throttling", "Rate exceeded"), "AWS did not answer in 1 s", "Try again", "HV000"),
    (GET, error("ServiceFailure"), "AWS did not answer in 1 s", "Try again", "HV000"),
    (GET, hang(), "AWS did not answer in 1 s", "Check that the server reaches AWS", "08001"),
    (GET, reset(), "AWS did not answer in 1 s", "Check that the server reaches AWS", "08001"),
    (
        GET,
        body(b"<html>Sign in</html>", "text/html"),
        "AWS gave an answer that is not understood",
        "Check what",
        "08P01",
    ),
    (GET, body(b"{}", "application/json"), "AWS gave an answer that is not understood", "Check what is", "08P01"),
    (GET, body(b"\0\xff", "text/xml"), "AWS gave an answer that is not understood", "Check what is", "08P01"),
    (GET, content(REPORT, "application/pdf"), "AWS gave an answer that is not understood", "Check what", "08P01"),
    (GET, content(REPORT, generated_time="2999-01-01T00:00:00Z"), "is not understood", "Check what", "08P01"),
    (GET, content(b""), "credential report is empty", "Fetch or save the report again", "22P04"),
    (GET, content(REPORT[:-3]), "credential report is cut off", "Fetch or save the report again", "22P04"),
    (GET, content(REPORT[:-30]), "credential report is cut off", "Fetch or save", "22P04"),
    (GET, content(b"\0" * 100), "credential report holds binary data", "Fetch or save", "22021"),
    (GET, content(b"\xff\xfe,"), "credential report is not valid UTF-8", "Fetch or save", "22021"),
    (GET, content(b"<html>"), "credential report is HTML, not CSV", "A proxy", "22P04"),
    (
        GET,
        content(b"a" * ((16 << 20) + 1)),
        "credential report is too large",
        "Check that this is a credential",
        "54000",
    ),
    (GENERATE, error("AccessDenied", "no"), "AWS denied GenerateCredentialReport", "Allow iam:Generate", "42501"),
    (GENERATE, error("LimitExceeded"), "AWS did not answer in 1 s", "Try again", "HV000"),
    (GENERATE, hang(), "AWS did not answer in 1 s", "Check that the server reaches AWS", "08001"),
]


@pytest.mark.parametrize(
    ("action", "reply", "message", "hint", "sqlstate"),
    [pytest.param(*case, marks=[pytest.mark.timing] if case[2].endswith("in 1 s") else []) for case in LASTING],
    ids=lambda value: str(value)[:40],
)
def test_what_lasts_is_an_error_with_its_hint(
    db: Db, emulator: Emulator, action: str, reply: Reply, message: str, hint: str, sqlstate: str
) -> None:
    emulator.always[action] = reply
    if "in 1 s" in message:
        db.execute("alter server aws options (set timeout '1 second')")
    if action == GENERATE:
        emulator.account(ACCOUNT, report=None)
    caught = refused(db)
    assert message in str(caught.diag.message_primary)
    assert hint in str(caught.diag.message_hint)
    assert caught.sqlstate == (sqlstate if ENGINE == "minicorn" else "XX000")
    found = db.execute("select state, error_code, error_message from aws_iam_credential_report_status").fetchall()
    assert len(found) == 1
    assert found[0][0] in ("denied", "error")
    assert message in found[0][2]


# Megabytes that a backend which asks AWS may have had at once: some 70 of them are Python and boto3.
MOST_MEMORY = 200


def most_memory(db: Db) -> int:
    """Return the most megabytes that the backend has had."""
    status = Path(f"/proc/{db.info.backend_pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


@pytest.fixture
def many(db: Db, emulator: Emulator) -> Iterator[Db]:
    """As many accounts as are asked for at once."""
    ids = ",".join(emulator.organization(16, ACCOUNT))
    db.execute(f"alter server aws options (add accounts '{ids}', add role_name 'audit')".encode())
    yield db
    db.execute("alter server aws options (drop accounts, drop role_name)")


@pytest.mark.parametrize("form", ["chunked", "as long as", "a lie", "marks"])
@pytest.mark.parametrize("action", [GET, GENERATE])
def test_an_answer_without_end_is_an_error_and_soon(many: Db, emulator: Emulator, form: str, action: str) -> None:
    emulator.always[action] = endless(form)
    if action == GENERATE:
        emulator.always[GET] = error("ReportNotPresent")
    started = time.monotonic()
    with pytest.raises(psycopg.Error) as caught:
        many.execute("select from aws_iam_credential_report")
    assert time.monotonic() - started < 2 * TIMEOUT
    detail = str(caught.value.diag.message_detail)
    assert "AWS gave an answer that is " + ("not understood" if form == "marks" else "too large") in detail
    assert most_memory(many) < MOST_MEMORY


def test_an_answer_that_would_become_a_hundred_times_its_size_is_an_error(many: Db, emulator: Emulator) -> None:
    parts = b"<a/>" * 5_000_000
    entities = b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + b"<!ENTITY b '&a;&a;'>" * 10 + b"]><a>&b;</a>"
    attributes = b"<!DOCTYPE a [<!ATTLIST b c CDATA '" + b"a" * 500_000 + b"'>]><a>" + b"<b/>" * 1000 + b"</a>"
    names = b"<a\nxmlns = '" + b"a" * 500_000 + b"'>" + b"".join(b"<b%d/>" % number for number in range(1000)) + b"</a>"
    for hostile in (b"<r>" + parts + b"</r>", entities, entities.decode().encode("utf-16"), attributes, names):
        emulator.always[GET] = body(hostile)
        with pytest.raises(psycopg.Error, match="could not read 16 credential reports") as caught:
            many.execute("select from aws_iam_credential_report")
        assert "AWS gave an answer that is not understood" in str(caught.value.diag.message_detail)
    assert most_memory(many) < MOST_MEMORY


def test_the_credentials_of_a_role_are_no_longer_than_those_of_aws(many: Db, emulator: Emulator) -> None:
    keys = f"<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>{'s' * 1_000_000}</SecretAccessKey>"
    keys += "<SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>"
    answer = f"<AssumeRoleResponse><AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult>"
    emulator.always["AssumeRole"] = body(f"{answer}</AssumeRoleResponse>".encode())
    with pytest.raises(psycopg.Error) as caught:
        many.execute("select from aws_iam_credential_report")
    assert "AssumeRole: It has no credentials" in str(caught.value.diag.message_detail)
    assert most_memory(many) < MOST_MEMORY


@pytest.mark.parametrize("reply", [endless("headers"), endless("continue"), drip(0.05)], ids=["headers", "100", "drip"])
def test_what_never_becomes_an_answer_ends_at_the_timeout(many: Db, emulator: Emulator, reply: Reply) -> None:
    emulator.always[GET] = reply
    many.execute("alter server aws options (set timeout '1 second')")
    started = time.monotonic()
    with pytest.raises(psycopg.Error) as caught:
        many.execute("select from aws_iam_credential_report")
    assert time.monotonic() - started < 3 * SLOWNESS
    assert "AWS did not answer in 1 s" in str(caught.value.diag.message_detail)
    # Python reads a hundred lines of headers of 64 kB each, for each request under way
    assert most_memory(many) < (2 * MOST_MEMORY if reply == endless("headers") else MOST_MEMORY)


def test_a_report_that_repeats_a_secret_has_none_shown(db: Db, emulator: Emulator) -> None:
    emulator.always[GET] = content(f"user,arn,{SECRET},{SECRET}\n".encode())
    assert "***" in str(refused(db).diag.message_primary)


def test_no_file_left_to_open_is_an_error_that_says_so(db: Db, emulator: Emulator) -> None:
    names(db)
    limit = resource.prlimit(db.info.backend_pid, resource.RLIMIT_NOFILE)
    number = len(os.listdir(f"/proc/{db.info.backend_pid}/fd")) + 50
    resource.prlimit(db.info.backend_pid, resource.RLIMIT_NOFILE, (number, limit[1]))
    db.execute("alter server aws options (add cache 'off')")
    try:
        with pytest.raises(psycopg.Error, match="the server process may not open enough files") as caught:
            names(db)
        assert "LimitNOFILE" in str(caught.value.diag.message_hint)
    finally:
        db.execute("alter server aws options (drop cache)")


def test_a_report_that_never_gets_done_is_an_error(db: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT, report=None, polls=1_000_000)
    caught = refused(db)
    assert f"AWS did not answer in {TIMEOUT:g} s" in str(caught.diag.message_primary)
    assert "still making the report" in str(caught.diag.message_detail)
    assert "timeout" in str(caught.diag.message_hint)


@pytest.mark.parametrize("state", [b"<State>DONE</State>", b""], ids=["unknown", "none"])
def test_an_unknown_state_is_an_error(db: Db, emulator: Emulator, state: bytes) -> None:
    emulator.account(ACCOUNT, report=None)
    emulator.always[GENERATE] = body(
        b"<GenerateCredentialReportResponse><GenerateCredentialReportResult>"
        + state
        + b"</GenerateCredentialReportResult></GenerateCredentialReportResponse>"
    )
    assert "AWS gave an answer that is not understood" in str(refused(db).diag.message_primary)


@pytest.mark.parametrize("text", ["!!!!", "YWJj*ZGVm", "YWJ", "YWJjZGVm=YWJj", ""])
def test_bad_base64_is_an_error(db: Db, emulator: Emulator, text: str) -> None:
    emulator.always[GET] = body(
        f"<GetCredentialReportResponse><GetCredentialReportResult><Content>{text}</Content><ReportFormat>text/csv"
        f"</ReportFormat><GeneratedTime>2026-11-23T08:00:00Z</GeneratedTime></GetCredentialReportResult>"
        f"</GetCredentialReportResponse>".encode()
    )
    refused(db)


def test_never_waits_for_a_report_that_is_being_made(db: Db, emulator: Emulator) -> None:
    emulator.script[GET] = [error("ReportInProgress"), error("ReportInProgress")]
    db.execute("alter server aws options (add generate 'never')")
    try:
        assert names(db) == THE_ROWS
        assert emulator.count(GENERATE) == 0
    finally:
        db.execute("alter server aws options (drop generate)")


def test_the_status_names_the_account_of_a_report_that_cannot_be_read(db: Db, emulator: Emulator) -> None:
    emulator.always[GET] = content(b"")
    rows = db.execute("select account_id, state from aws_iam_credential_report_status").fetchall()
    assert rows == [(ACCOUNT, "error")]


def test_a_role_that_a_profile_assumes_is_what_was_denied(db: Db, emulator: Emulator, configuration: Path) -> None:
    (configuration / "credentials").write_text(
        f"[base]\naws_access_key_id = AKIA{ACCOUNT}\naws_secret_access_key = {SECRET}\n"
    )
    (configuration / "config").write_text(
        f"[profile audit]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/no-such-role\nsource_profile = base\n"
        f"region = us-east-1\nservices = here\n[services here]\nsts =\n  endpoint_url = {emulator.url}\n"
    )
    db.execute("drop user mapping for public server aws")
    db.execute("alter server aws options (add profile 'audit')")
    try:
        caught = refused(db)
        assert "AWS denied AssumeRole" in str(caught.diag.message_primary)
        assert "trust policy" in str(caught.diag.message_hint)
    finally:
        db.execute("alter server aws options (drop profile)")
        db.execute(
            f"create user mapping for public server aws options"
            f" (aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key '{SECRET}')".encode()
        )


def test_an_unknown_partition_is_an_error(db: Db, emulator: Emulator) -> None:
    db.execute(f"alter server aws options (add role_arn 'arn:aws-iso:iam::{ACCOUNT}:role/x')".encode())
    try:
        assert 'partition "aws-iso" is not known' in str(refused(db).diag.message_primary)
    finally:
        db.execute("alter server aws options (drop role_arn)")


def test_a_timeout_of_years_is_no_error(db: Db, emulator: Emulator) -> None:
    db.execute("alter server aws options (set timeout '999999 days')")
    assert names(db) == THE_ROWS


def test_nobody_listens(db: Db, emulator: Emulator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        point(db, f"http://127.0.0.1:{taken.getsockname()[1]}")
        caught = refused(db)
    assert "AWS did not answer" in str(caught.diag.message_primary)
    assert "Could not connect to the endpoint URL" in str(caught.diag.message_detail)
    assert "Check that the server reaches AWS" in str(caught.diag.message_hint)


def test_nobody_accepts(db: Db, emulator: Emulator) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        point(db, f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert "AWS did not answer" in str(refused(db).diag.message_primary)


def test_http_where_https_is_asked_for(db: Db, emulator: Emulator) -> None:
    point(db, emulator.url.replace("http://", "https://"))
    caught = refused(db)
    assert "could not connect to AWS safely" in str(caught.diag.message_primary)
    assert "AWS_CA_BUNDLE" in str(caught.diag.message_hint)


def test_no_credentials_at_all(db: Db, emulator: Emulator) -> None:
    db.execute("drop user mapping for public server aws")
    try:
        caught = refused(db)
        assert "there are no AWS credentials" in str(caught.diag.message_primary)
        assert "create a user mapping" in str(caught.diag.message_hint)
        found = db.execute("select account_id, state, error_code from aws_iam_credential_report_status").fetchall()
        assert found == [(None, "error", "28000")]
    finally:
        db.execute(
            f"create user mapping for public server aws options"
            f" (aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key '{SECRET}')".encode()
        )


@pytest.fixture
def configuration() -> Iterator[Path]:
    """Where the server's user has its AWS configuration."""
    folder = Path.home() / ".aws"
    folder.mkdir()
    yield folder
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def test_a_profile_is_read_from_the_configuration(db: Db, emulator: Emulator, configuration: Path) -> None:
    other = "777788889999"
    emulator.account(other, report=csv(root(other)), generated_time=datetime.now(timezone.utc))
    (configuration / "credentials").write_text(
        f"[audit]\naws_access_key_id = AKIA{other}\naws_secret_access_key = {SECRET}\n"
    )
    db.execute("drop user mapping for public server aws")
    db.execute("alter server aws options (add profile 'audit')")
    try:
        rows = db.execute("select account_id from aws_iam_credential_report").fetchall()
        assert rows == [(other,)]
        db.execute("alter server aws options (set profile 'nobody')")
        caught = refused(db)
        assert "The config profile (nobody) could not be found" in str(caught.diag.message_detail)
    finally:
        db.execute("alter server aws options (drop profile)")
        db.execute(
            f"create user mapping for public server aws options"
            f" (aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key '{SECRET}')".encode()
        )


def test_what_a_credential_process_prints_is_not_shown(db: Db, emulator: Emulator, configuration: Path) -> None:
    (configuration / "config").write_text(
        "[profile leaky]\ncredential_process = sh -c 'echo hunter2 >&2; echo hunter2; exit 1'\n"
    )
    db.execute("drop user mapping for public server aws")
    db.execute("alter server aws options (add profile 'leaky')")
    try:
        caught = refused(db)
        assert "could not get AWS credentials" in str(caught.diag.message_primary)
        assert "hunter2" not in str(caught) + str(caught.diag.message_hint)
    finally:
        db.execute("alter server aws options (drop profile)")
        db.execute(
            f"create user mapping for public server aws options"
            f" (aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key '{SECRET}')".encode()
        )


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eusc-de-east-1", "aws-eusc")]
)
def test_other_partitions(db: Db, emulator: Emulator, region: str, partition: str) -> None:
    report = REPORT.replace(b"arn:aws:", f"arn:{partition}:".encode())
    emulator.account(ACCOUNT, report=report)
    db.execute(f"alter server aws options (add region '{region}')".encode())
    try:
        rows = db.execute("select distinct partition, region, account_id from aws_iam_credential_report").fetchall()
        assert rows == [(partition, "global", ACCOUNT)]
    finally:
        db.execute("alter server aws options (drop region)")
